"""GotoScreen: where to go, by number. The screen below goes there.

self.app.push_screen(GotoScreen(), self._go)
def _go(self, target: Target | None) -> None:
    if target is not None and target.what == "frame":
        found = find_frame(self.capture.associations, target.number)
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

What = Literal["frame", "message", "association", "offset"]

WORDS: dict[str, What] = {
    "": "frame", "f": "frame", "frame": "frame",
    "m": "message", "message": "message",
    "#": "association", "a": "association", "association": "association",
    "o": "offset", "offset": "offset",
}  # fmt: skip
MOST = 10**15
"""No number that means anything is greater."""
HELP = Content.from_markup(
    "[b]41[/] or [b]f 41[/]  frame 41 of the capture\n"
    "[b]#3[/] or [b]a 3[/]   association 3\n"
    "[b]m 12[/]        message 12 of the association\n"
    "[b]0x1A2B[/]      offset 1A2BH of the bytes that show ([b]o 6699[/])"
)
_FORM = re.compile(r"\s*([a-zA-Z]*|#)\s*(0[xX][0-9a-fA-F]+|\d+)\s*", re.ASCII)


class TargetError(ValueError):
    """No place can be meant by that."""


class Target(NamedTuple):
    """A place: frames, messages and associations count from 1, offsets from 0."""

    what: What
    number: int

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read what somebody typed. Raises TargetError."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise TargetError("a number is needed, such as 41, #3, m 12 or 0x1A2B")
        word, digits = found[1].lower(), found[2]
        if word not in WORDS:
            raise TargetError(f"{found[1]} is none of frame, message, association, offset")
        hexadecimal = digits[:2].lower() == "0x"
        what: What = "offset" if hexadecimal and not word else WORDS[word]
        number = int(digits, 16) if hexadecimal else int(digits[:30])
        if number > MOST:
            raise TargetError("there is nothing as far as that")
        if not number and what != "offset":
            raise TargetError(f"{what}s count from 1")
        return cls(what, number)

    def __str__(self) -> str:
        return f"offset 0x{self.number:X}" if self.what == "offset" else f"{self.what} {self.number:,}"


class GotoScreen(ModalScreen[Target | None]):
    """Ask where to go; None: nowhere."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Stay", tooltip="Stay where you are")]
    DEFAULT_CSS = """
    GotoScreen {
        align: center middle;
        & > .box {
            width: 60;
            max-width: 96%;
            height: auto;
            background: $surface;
            border: round $accent;
            border-title-color: $text-accent;
            border-subtitle-color: $foreground 60%;
            padding: 0 1;
        }
        & Input { border: none; height: 1; padding: 0; background: $boost; }
        & #goto-says { color: $text-error; height: 1; }
        & #goto-help { color: $foreground 60%; }
    }
    """

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Go to"
            box.border_subtitle = "Enter: go · Escape: stay"
            yield Input(placeholder="41", compact=True)
            yield Static(id="goto-says")
            yield Static(HELP, id="goto-help")

    def on_input_changed(self, event: Input.Changed) -> None:
        says = ""
        if event.value.strip():
            try:
                Target.parse(event.value)
            except TargetError as error:
                says = str(error)
        self.query_one("#goto-says", Static).update(Content(says))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(Target.parse(event.value))
        except TargetError:
            self.app.bell()

    def action_leave(self) -> None:
        self.dismiss(None)
