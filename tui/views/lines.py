"""Lines: a list of any length with a cursor, of which only the lines on the screen are ever made.

        heading                 stays at the top
      > row  <- cursor          the rest scrolls
        row

A line is parts of text, each in one of the colours of `dissect.outputs.words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

Line = Sequence[tuple[str, str]]
"""Parts of text with their colours; "" is that of the widget."""


class Lines(ScrollView, can_focus=True):
    """What shows rows says how many there are (`count`), what each looks like (`line`), and tells of the one
    that the cursor is on (`choose`).
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--bold", "lines--cursor", "lines--cyan", "lines--dim", "lines--green", "lines--red",
        "lines--yellow",
    }  # fmt: skip
    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .lines--bold { text-style: bold; }
        & > .lines--dim { color: $foreground 70%; }
        & > .lines--green { color: $text-success; }
        & > .lines--yellow { color: $text-warning; }
        & > .lines--red { color: $text-error; }
        & > .lines--cyan { color: $text-accent; }
        & > .lines--cursor { background: $foreground 10%; }
        &:focus > .lines--cursor { background: $primary 20%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Bytes", tooltip="Show the fields and bytes of this line"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
    ]
    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor stands on another row."""

        def __init__(self, lines: Lines, row: int) -> None:
            super().__init__()
            self.lines = lines
            self.row = row

        @property
        def control(self) -> Lines:
            return self.lines

    class Entered(Message):
        """Somebody wants to go to the bytes of the row."""

    # what a subclass fills in

    def count(self) -> int:
        return 0

    def heading(self) -> Sequence[Line]:
        """Lines that stay at the top."""
        return ()

    def line(self, row: int) -> Line:
        raise NotImplementedError

    def choose(self, row: int) -> None:
        """The cursor came to a row: tell what it is about."""

    def leads(self, row: int) -> bool:
        """Whether there are bytes for a row."""
        return True

    def nothing(self) -> str:
        """What is shown where there are no rows."""
        return ""

    def lay_out(self, width: int) -> None:
        """The lines have this many columns from now on."""

    # what it does with them

    _arranged = Size(-1, -1)
    """What the lines were made for."""

    @property
    def _extent(self) -> Size:
        """Columns and rows beside the scrollbar."""
        return self.scrollable_content_region.size

    def _fit(self) -> None:
        """Whatever made the widget wider or narrower, be it its scrollbar: the lines fit."""
        if self._arranged != self._extent:
            self._arranged = self._extent
            self.lay_out(self._arranged.width)

    def renew(self, cursor: int = 0) -> None:
        """The rows are others now."""
        self._arranged = Size(-1, -1)
        self._fit()
        self._measure()
        self.set_reactive(Lines.cursor, max(min(cursor, self.count() - 1), 0))
        self._reveal()
        self.refresh()
        self.post_message(self.Highlighted(self, self.cursor))

    def _measure(self) -> None:
        self.virtual_size = Size(self._extent.width, len(self.heading()) + self.count())

    def on_resize(self, event: events.Resize) -> None:
        self._fit()
        self._measure()
        self._reveal()
        self.refresh()

    @property
    def _page(self) -> int:
        """Rows on the screen."""
        return max(self._extent.height - len(self.heading()), 1)

    def render_line(self, y: int) -> Strip:
        self._fit()
        heading, width = self.heading(), self._arranged.width
        if y < len(heading):
            return self._strip(heading[y], Style(), width)
        row = self.scroll_offset.y + y - len(heading)
        if row >= self.count():
            text = self.nothing() if row == 0 else ""
            return self._strip([(text, "dim")] if text else [], Style(), width)
        own = Style()
        if row == self.cursor:
            own = Style(bgcolor=self.get_component_rich_style("lines--cursor").bgcolor)
        return self._strip(self.line(row), own, width)

    def _strip(self, line: Line, own: Style, width: int) -> Strip:
        segments = [Segment(text, self._style(colour) + own) for text, colour in line]
        strip = Strip(segments)
        if strip.cell_length > width > 0:
            cut = strip.crop(0, width - 1)
            strip = Strip([*cut, Segment("…", self._style("dim") + own)])
        return strip.adjust_cell_length(width, self.rich_style + own)

    def _style(self, colour: str) -> Style:
        return self.get_component_rich_style(f"lines--{colour}") if colour else self.rich_style

    def watch_cursor(self, before: int, after: int) -> None:
        top = len(self.heading())
        self.refresh_line(top + before)
        self.refresh_line(top + after)
        self._reveal()
        self.post_message(self.Highlighted(self, after))
        if self.has_focus and after < self.count() and self.leads(after):
            self.choose(after)

    def validate_cursor(self, cursor: int) -> int:
        return max(min(cursor, self.count() - 1), 0)

    def _reveal(self) -> None:
        """Scroll so that the cursor is on the screen."""
        top, page = self.scroll_offset.y, self._page
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + page:
            self.scroll_to(y=self.cursor - page + 1, animate=False)

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, by: int) -> None:
        self.cursor += by * self._page

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self.count() - 1

    def action_choose(self) -> None:
        if self.count() and self.leads(self.cursor):
            self.choose(self.cursor)
            self.post_message(self.Entered())
        elif self.count():
            self.notify("No bytes show this.", severity="warning", timeout=3)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click goes to the bytes."""
        row = self.scroll_offset.y + event.y - len(self.heading())
        if event.y >= len(self.heading()) and row < self.count():
            self.cursor = row
            if event.chain > 1:
                self.action_choose()
