"""The bytes of the PDU, where they can be typed over; what was typed and what shifted by it stands out."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.hexview import MOVES, HexView

DIGITS = "0123456789abcdefABCDEF"
MOST_PASTED = 1 << 16
NOT_PASTED = "Hexadecimal digits can be pasted here, of up to 64 kB: 00 cc or 00CC."


class LessonBytes(HexView, can_focus=False, inherit_bindings=False):
    """A hex view that gives way to the keys of the lesson until somebody edits."""

    HELP_TITLE = "While you type bytes"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"hex--typed", "hex--shifted"}
    DEFAULT_CSS = """
    LessonBytes {
        & > .hex--typed { color: $text-error; text-style: bold; }
        & > .hex--shifted { color: $text-warning; text-style: bold underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(keys.removesuffix(",0"), act, text, show=False, tooltip=tip)  # 0 is typed
            for keys, act, text, name, tip in MOVES
            if not name.startswith("select")
        ),
        Binding("escape,enter", "leave", "Done", tooltip="Done with typing"),
        Binding("plus,insert", "put_in", "Put in 00", key_display="+", tooltip="Put 00 in before this byte"),
        Binding("x,delete", "take_out", "Take out", key_display="x", tooltip="Take this byte away"),
    ]

    class Typed(Message):
        """A byte is to be another; `amend` where its first digit was typed a moment ago."""

        def __init__(self, position: int, byte: int, *, amend: bool) -> None:
            super().__init__()
            self.position = position
            self.byte = byte
            self.amend = amend

    class Pasted(Message):
        """Bytes are to take the place of as many others."""

        def __init__(self, position: int, data: bytes) -> None:
            super().__init__()
            self.position = position
            self.data = data

    class Counted(Message):
        """A byte is to be put in or taken out."""

        def __init__(self, position: int, *, more: bool) -> None:
            super().__init__()
            self.position = position
            self.more = more

    class Left(Message):
        """Done with editing."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._half: int | None = None
        """The byte of which one digit was typed."""

    @property
    def editing(self) -> bool:
        return self.can_focus

    def begin(self, position: int) -> None:
        """Let bytes be typed over, from one on."""
        self.can_focus = True
        self.screen.set_focus(self)  # at once: the next key may be there already
        self._half = None
        self.goto(position)

    def end(self) -> None:
        self._half = None
        self.blur()
        self.can_focus = False

    def on_key(self, event: events.Key) -> None:
        if not self.editing or event.character is None or event.character not in DIGITS:
            return
        event.stop()
        event.prevent_default()
        cursor = self.cursor
        if cursor is None:
            return
        digit, position = int(event.character, 16), self.position
        byte = cursor.read()[0]
        if self._half == position:
            self.post_message(self.Typed(position, byte & 0xF0 | digit, amend=True))
        else:
            self._half = position
            self.post_message(self.Typed(position, digit << 4 | byte & 0x0F, amend=False))

    def on_paste(self, event: events.Paste) -> None:
        """Hexadecimal digits, with spaces between or without, are typed all at once."""
        event.stop()
        if not self.editing or self.cursor is None:
            return
        try:
            data = bytes.fromhex(event.text)
        except ValueError:
            data = b""
        if 0 < len(data) <= MOST_PASTED:
            self.post_message(self.Pasted(self.position, data))
        else:
            self.notify(NOT_PASTED, severity="warning", timeout=3)

    def renewed(self, position: int, *, half: bool) -> None:
        """The bytes were read again: stay at the one that was edited, of which `half` was typed."""
        self.goto(position)
        self._half = position if half else None

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_put_in(self) -> None:
        if self.editing and self.cursor is not None:
            self._half = None
            self.post_message(self.Counted(self.position, more=True))

    def action_take_out(self) -> None:
        if self.editing and self.cursor is not None:
            self._half = None
            self.post_message(self.Counted(self.position, more=False))
