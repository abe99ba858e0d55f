"""The hex view: the bytes of a span in hex and ASCII, of which only those on the screen are read.

A position counts in the source of the span: in a TCP direction, or in an inflated data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dissect.pieces import Pieces, Source, Span
from tui.hexlayout import layout
from tui.hexline import Lights, Marks, digits, draw
from tui.scrolling import extend

MOST_COPIED = 1 << 16
INFLATED = "~"
"""Before the offsets of bytes that lie in no direction."""

MOVES = (
    ("left,h", "move(-1)", "Back", "left", "A byte back"),
    ("right,l", "move(1)", "On", "right", "A byte on"),
    ("up,k", "line(-1)", "Up", "up", "A line up"),
    ("down,j", "line(1)", "Down", "down", "A line down"),
    ("shift+left,H", "move(-1,True)", "Select back", "select-left", "Select a byte back"),
    ("shift+right,L", "move(1,True)", "Select on", "select-right", "Select a byte on"),
    ("shift+up,K", "line(-1,True)", "Select up", "select-up", "Select a line up"),
    ("shift+down,J", "line(1,True)", "Select down", "select-down", "Select a line down"),
    ("home,0", "line_end(-1)", "Line start", "home", "The first byte of the line"),
    ("end,dollar_sign", "line_end(1)", "Line end", "end", "The last byte of the line"),
    ("ctrl+home", "far(-1)", "First byte", "first", "The first byte of all"),
    ("ctrl+end", "far(1)", "Last byte", "last", "The last byte of all"),
    ("pageup,ctrl+b", "page(-1)", "Page up", "pageup", "A page up"),
    ("pagedown,ctrl+f", "page(1)", "Page down", "pagedown", "A page down"),
)
"""Keys, action, description, id and tooltip."""


class HexView(ScrollView, can_focus=True):
    """Shows the bytes of one span."""

    ALLOW_SELECT = False
    HELP_TITLE = "Bytes"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "hex--byte",
        "hex--cursor",
        "hex--error",
        "hex--hole",
        "hex--info",
        "hex--lit",
        "hex--offset",
        "hex--pdu",
        "hex--pdv",
        "hex--selection",
        "hex--warning",
        "hex--zero",
    }
    DEFAULT_CSS = """
    HexView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
        & > .hex--offset { color: $foreground 50%; }
        & > .hex--byte { color: $foreground; }
        & > .hex--zero { color: $foreground 50%; }
        & > .hex--pdu { color: $text-warning; }
        & > .hex--pdv { color: $text-success; }
        & > .hex--error { color: $text-error; text-style: bold underline; }
        & > .hex--warning { color: $text-warning; text-style: bold underline; }
        & > .hex--info { color: $text-secondary; text-style: bold underline; }
        & > .hex--hole { color: $text-error; }
        & > .hex--lit { background: $primary 45%; text-style: bold; }
        & > .hex--selection { color: $background; background: $accent; }
        & > .hex--cursor { text-style: underline; }
        &:focus > .hex--cursor { text-style: reverse; }
        &:light > .hex--lit { background: $primary 25%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(keys, act, text, show=False, id=f"hex.{name}", tooltip=tip)
            for keys, act, text, name, tip in MOVES
        ),
        Binding("o", "offsets", "Offsets", id="hex.offsets", tooltip="Count from here, or in the direction"),
        Binding("y", "copy", "Copy hex", id="hex.copy", tooltip="Copy the selected or lit bytes as hex"),
    ]

    class Moved(Message):
        """The cursor is on another byte; `selected` is from where to before where."""

        def __init__(self, view: HexView, source: Source, position: int, start: int, stop: int) -> None:
            super().__init__()
            self.view = view
            self.source = source
            self.position = position
            self.selected = start, stop

        @property
        def control(self) -> HexView:
            return self.view

    class Copied(Message):
        """Bytes went to the clipboard: `copied` of `length`."""

        def __init__(self, view: HexView, text: str, copied: int, length: int) -> None:
            super().__init__()
            self.view = view
            self.text = text
            self.copied = copied
            self.length = length

        @property
        def control(self) -> HexView:
            return self.view

    counts_in_source: reactive[bool] = reactive(False)
    """Whether offsets count in the direction and not from the first byte shown."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self.span: Span | None = None
        self.position = 0
        """Where the cursor is."""
        self._anchor: int | None = None
        """Where the selection began."""
        self._held = False
        """Whether the cursor was put where it is, and not just taken along to what is lit."""
        self._lit: list[tuple[int, int]] = []
        self._marks: Marks | None = None
        self._lay = layout(0, 4)

    def show(self, span: Span | None, marks: Marks | None = None) -> None:
        """Show other bytes; where they are the same, the cursor stays."""
        self._marks = marks
        if span == self.span:
            self.refresh()
            return
        self.span = span
        self.position = span.start if span else 0
        self._anchor, self._lit = None, []
        self._lay_out()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def highlight(self, spans: Sequence[Span]) -> None:
        """Light bytes and bring the first of them into view; spans of another source are left out."""
        source = self.span.source if self.span else None
        self._lit = sorted((span.start, span.stop) for span in spans if span.source is source and span.length)
        held = self._held and any(start <= self.position < stop for start, stop in self._lit)
        self._held = False
        if self.span and self._lit and not held:
            self._anchor = None
            self.position = _within(self._lit[0][0], self.span)
            self._bring(self._lit[0][0], self._lit[0][1])
        self.refresh()

    def goto(self, position: int, *, select: bool = False) -> None:
        """Put the cursor on a byte, and select all from where it was if told to."""
        if self.span is None or not self.span.length:
            return
        position = _within(position, self.span)
        if not select:
            self._anchor = None
        elif self._anchor is None:
            self._anchor = self.position
        moved = position != self.position
        self.position = position
        self._held = True
        self._bring(position, position + 1)
        self.refresh()
        if moved:
            self.post_message(self.Moved(self, self.span.source, position, *self.selection))

    @property
    def cursor(self) -> Span | None:
        """The byte at the cursor."""
        return Span(self.span.source, self.position, 1) if self.span and self.span.length else None

    def select(self, start: int, stop: int) -> None:
        """Select the bytes from `start` to before `stop`; the cursor is on the last."""
        self._anchor = start
        self.goto(stop - 1, select=True)

    @property
    def selection(self) -> tuple[int, int]:
        """The first selected byte and the one behind the last."""
        anchor = self.position if self._anchor is None else self._anchor
        return min(anchor, self.position), max(anchor, self.position) + 1

    # keys and mouse

    def action_move(self, by: int, select: bool = False) -> None:
        self.goto(self.position + by, select=select)

    def action_line(self, by: int, select: bool = False) -> None:
        target = self.position + by * self._lay.count
        if self.span and self.span.start <= target < self.span.stop:
            self.goto(target, select=select)

    def action_line_end(self, way: int) -> None:
        if self.span:
            count = self._lay.count
            first = self.position - (self.position - self.span.start) % count
            self.goto(first if way < 0 else first + count - 1)

    def action_far(self, way: int) -> None:
        if self.span:
            self.goto(self.span.start if way < 0 else self.span.stop - 1)

    def action_page(self, pages: int) -> None:
        lines = max(self.scrollable_content_region.height - 1, 1)
        self.goto(self.position + pages * lines * self._lay.count)

    def action_offsets(self) -> None:
        self.counts_in_source = not self.counts_in_source

    def action_copy(self) -> None:
        """Copy what is selected, or else lit, or else the byte at the cursor."""
        if self.span is None or not self.span.length:
            return
        ranges = [self.selection] if self._anchor is not None or not self._lit else self._lit
        length = sum(stop - start for start, stop in ranges)
        parts: list[str] = []
        for start, stop in ranges:
            parts += digits(self.span.source, start, min(stop, start + MOST_COPIED - len(parts)))
        text = " ".join(parts)
        self.app.copy_to_clipboard(text)
        self.post_message(self.Copied(self, text, len(parts), length))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self.span is not None:
            self.capture_mouse()
            self.goto(self._under(event), select=event.shift)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self and event.button == 1:
            self.goto(self._under(event), select=True)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def on_blur(self) -> None:
        self._held = False

    # drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y
        span, lay = self.span, self._lay
        if span is None or row * lay.count >= max(span.length, 1):
            return Strip.blank(width, self.rich_style)
        if not span.length:
            segments = [Segment("no bytes", self.get_component_rich_style("hex--offset"))]
            return Strip(segments).adjust_cell_length(width, self.rich_style)
        start = span.start + row * lay.count
        stop = min(start + lay.count, span.stop)
        sign = "" if isinstance(span.source, Pieces) else INFLATED
        number = start if self.counts_in_source else start - span.start
        offset = f"{sign}{number:0{lay.digits - len(sign)}x}"
        selected = self.selection if self._anchor is not None else None
        lights = Lights(self._lit, selected, self.position, self._marks)
        segments = draw(span.source, start, stop, offset, lay, lights, self.get_component_rich_style)
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, self.rich_style)

    def watch_counts_in_source(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        top = self.scroll_offset.y * self._lay.count
        self._lay_out()
        self.scroll_to(y=top // self._lay.count, animate=False, force=True, immediate=True)
        self._bring(self.position, self.position + 1)

    def _lay_out(self) -> None:
        span = self.span
        last = 0 if span is None else span.stop if self.counts_in_source else span.length
        width = max(4, (len(f"{last:x}") + 1) // 2 * 2)
        if span is not None and not isinstance(span.source, Pieces):
            width += len(INFLATED)
        self._lay = layout(self.scrollable_content_region.width, width)
        extend(self, Size(1, -(-max(span.length, 1) // self._lay.count) if span else 0))
        self.refresh()

    def _under(self, event: events.MouseEvent) -> int:
        """The byte under the mouse, or the nearest."""
        row = self.scroll_offset.y + event.y
        start = self.span.start if self.span else 0
        return start + row * self._lay.count + self._lay.index(event.x)

    def _bring(self, start: int, stop: int) -> None:
        """Bring bytes into view, from the first on as many as fit."""
        height = self.scrollable_content_region.height
        if self.span is None or not height:
            return
        count = self._lay.count
        row = (start - self.span.start) // count
        lines = min(-(-(stop - self.span.start) // count) - row, height)
        far = not -height <= row - self.scroll_offset.y < 2 * height
        region = Region(0, row, 1, max(lines, 1))
        self.scroll_to_region(region, animate=False, center=far, force=True, immediate=True)


def _within(position: int, span: Span) -> int:
    return max(min(position, span.stop - 1), span.start)
