"""FilterBar: where a filter is typed, checked with each key, completed, and taken from history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from dissect.capture import Capture
from dissect.filters import Completion, check, complete
from tui.prompt import Prompt

ENDS = ('"', "'", ")", "}")
"""What may end an expression: a word does not begin right behind it."""


class FilterInput(Prompt):
    """Where it is typed."""

    HELP_TITLE = "Filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "tab", "press('complete',1)", "Complete", tooltip="Complete the word, or take the next completion"
        ),
        Binding("shift+tab", "press('complete',-1)", "Complete back", show=False),
        Binding("up", "press('history',1)", "Earlier", tooltip="The filter used before this one"),
        Binding("down", "press('history',-1)", "Later", show=False, tooltip="The filter used after this one"),
        Binding("escape", "press('leave')", "Leave", tooltip="Leave the filter as it was"),
    ]


class FilterBar(Vertical):
    """Shows itself while a filter is typed."""

    class Applied(Message):
        """A filter is to be used; empty: none."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Closed(Message):
        pass

    def __init__(self, history: Callable[[], Sequence[str]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.capture: Capture | None = None
        """Where values to complete come from."""
        self._history = history
        self._recalled = -1
        self._offers: list[Completion] = []
        self._offer = -1
        self._typed = ""
        self._stem = ""
        """What was typed when the offers were made."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label("filter ")
            yield FilterInput(
                placeholder='command == "C-STORE" and status != 0', compact=True, select_on_focus=False
            )
        yield Label(id="filter-says")
        yield Label(id="filter-offers")

    def open(self, text: str) -> None:
        """Show the bar with a filter to change."""
        self.display = True
        self._recalled, self._typed = -1, text
        field = self.query_one(FilterInput)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        field.focus()
        self._look(text)

    def close(self) -> None:
        self.display = False

    def on_resize(self) -> None:
        """There is other room: before the bar first shows, none."""
        self._judge(self.query_one(FilterInput).value)
        self._offer_words()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if check(event.value) is None:
            self.post_message(self.Applied(event.value.strip()))
        else:
            self.app.bell()

    def on_prompt_pressed(self, event: FilterInput.Pressed) -> None:
        event.stop()
        if event.what == "leave":
            self.post_message(self.Closed())
        elif event.what == "complete":
            self._complete(event.step)
        else:
            self._recall(event.step)

    def _look(self, text: str) -> None:
        """Judge the text, and see what may come next."""
        self._judge(text)
        self._stem, self._offer = text, -1
        self._offers = complete(text, self.query_one(FilterInput).cursor_position, self.capture)
        self._offer_words()

    def _judge(self, text: str) -> None:
        field = self.query_one(FilterInput)
        error = check(text) if text.strip() else None
        field.judge(error is None if text.strip() else None)
        says = self.query_one("#filter-says", Label)
        if error is None:
            says.update("")
            return
        at = min(error.column - 1, len(text))
        room = max(self.size.width - 9, 20)
        pointer = "^" * min(error.length, max(len(text) - at, 1))
        if at + len(pointer) + 2 + len(error.message) <= room:
            line = f"{' ' * at}{pointer} {error.message}"
        elif len(error.message) + 1 <= at:
            line = f"{error.message:>{at - 1}} {pointer}"
        else:
            line = f"column {error.column}: {error.message}"
        says.update(Content.styled(f"       {line}", "$text-error"))

    def _offer_words(self) -> None:
        content = Content("       ")
        room = self.size.width - 8
        first = max(self._offer, 0)
        for index, offer in enumerate(self._offers[first:], first):
            chosen = index == self._offer
            note = f" {offer.note}" if offer.note and (chosen or len(self._offers) == 1) else ""
            if content.cell_length + len(offer.text) + len(note) > room:
                break
            content += Content.styled(offer.text, "$text-accent b" if chosen else "$foreground 60%")
            content += Content.styled(note, "$foreground 60% i") + Content("  ")
        self.query_one("#filter-offers", Label).update(content)

    def _complete(self, step: int) -> None:
        field = self.query_one(FilterInput)
        if self._offer < 0:  # the cursor may have gone elsewhere since the last character
            self._offers = complete(field.value, field.cursor_position, self.capture)
        if not self._offers:
            return
        self._offer = (self._offer + step) % len(self._offers) if self._offer >= 0 else 0
        offer = self._offers[self._offer]
        with field.prevent(Input.Changed):
            before = self._stem[: offer.start]
            if offer.text[:1].isalpha() and before[-1:] in ENDS:
                before += " "
            field.value = before + offer.text + self._stem[offer.stop :]
        field.cursor_position = len(before) + len(offer.text)
        self._judge(field.value)
        self._offer_words()

    def _recall(self, step: int) -> None:
        history = self._history()
        field = self.query_one(FilterInput)
        if self._recalled < 0:
            self._typed = field.value
        self._recalled = max(-1, min(self._recalled + step, len(history) - 1))
        field.value = history[self._recalled] if self._recalled >= 0 else self._typed
        field.cursor_position = len(field.value)
