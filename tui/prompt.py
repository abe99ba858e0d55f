"""Prompt: a line in which something is typed that is judged with each key, with keys of its own besides."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Input


class Prompt(Input):
    """One line of text. A subclass binds keys to `press`; who shows it does what they stand for."""

    DEFAULT_CSS = """
    Prompt {
        width: 1fr;
        height: 1;
        border: none;
        padding: 0;
        background: $boost;
        &.-good { background: $success 25%; }
        &.-bad { background: $error 25%; }
    }
    """

    class Pressed(Message):
        """A key that is not for the text: `what` of `step`."""

        def __init__(self, what: str, step: int) -> None:
            self.what, self.step = what, step
            super().__init__()

    def action_press(self, what: str, step: int = 0) -> None:
        self.post_message(self.Pressed(what, step))

    def judge(self, right: bool | None) -> None:
        """Show whether the text can be used; None: there is none to judge."""
        self.set_class(right is True, "-good")
        self.set_class(right is False, "-bad")

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is for the text: Textual knows no character for "slash" and would offer it."""
        return key == "slash" or super().check_consume_key(key, character)
