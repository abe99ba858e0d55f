"""CursorList: lines with a cursor on one of them. Draws the lines that show, and no others, however many."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.lines import Part
from tui.scrolling import extend

HEADING = 1
"""Lines that stay above the rows."""
MOST_DRAWN = 1000
"""Lines that are remembered to see whether they changed."""


class CursorList(ScrollView, can_focus=True):
    """A subclass says how many rows there are, and what is in each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, tooltip="The row above"),
        Binding("down,j", "move(1)", "Down", show=False, tooltip="The row below"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, tooltip="A page up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, tooltip="A page down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False),
        Binding("home,g", "go(0)", "First", show=False, tooltip="The first row"),
        Binding("end,G", "go(-1)", "Last", show=False, tooltip="The last row"),
        Binding("shift+left", "scroll_left", "Left", show=False, tooltip="Scroll left"),
        Binding("shift+right", "scroll_right", "Right", show=False, tooltip="Scroll right"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.cursor = 0
        self._painted: dict[str, Style] = {}
        self._drawn: dict[int, list[Part] | None] = {}
        """What was drawn last, by row."""

    # what a subclass says

    def count(self) -> int:
        """How many rows there are."""
        return 0

    def width(self) -> int:
        """How many columns of the screen a row takes."""
        return self.room.width

    def heading(self) -> list[Part]:
        return []

    def parts(self, row: int) -> list[Part] | None:
        """The line of a row; None where there is no such row."""
        return None

    def empty(self, line: int) -> str:
        """What stands in a line below the last row."""
        return ""

    def style(self, name: str) -> Style:
        """What a style's name stands for."""
        raise NotImplementedError

    def landed(self) -> None:
        """The cursor may be on something else."""

    # the cursor

    @property
    def room(self) -> Size:
        """Columns and lines beside the scrollbars."""
        return self.scrollable_content_region.size

    def move_to(self, row: int) -> None:
        """Set the cursor on a row and bring it into sight."""
        self.refresh_row(self.cursor)
        self.cursor = max(0, min(row, self.count() - 1))
        self.refresh_row(self.cursor)
        self.keep_in_sight()
        self.landed()

    @property
    def in_sight(self) -> bool:
        """Whether the cursor is: a wheel or a scrollbar may have left it behind."""
        top = round(self.scroll_y)
        return not self.room.height or top <= self.cursor < top + max(self.room.height - HEADING, 1)

    def keep_in_sight(self) -> None:
        height = max(self.room.height - HEADING, 1)
        top = round(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def resize(self) -> None:
        """There are more rows or fewer, or longer ones."""
        extend(self, Size(self.width(), self.count() + HEADING))

    def on_resize(self) -> None:
        self.resize()
        self.keep_in_sight()

    def action_move(self, step: int) -> None:
        self.move_to(self.cursor + step)

    def action_page(self, pages: float) -> None:
        self.move_to(self.cursor + int(pages * max(self.room.height - HEADING - 1, 1)))

    def action_go(self, row: int) -> None:
        self.move_to(row if row >= 0 else self.count() + row)

    def row_under(self, event: events.Click) -> int | None:
        """The row of a click, -1 for the heading, None for none."""
        offset = event.get_content_offset(self)
        if offset is None:
            return None
        if offset.y < HEADING:
            return -1
        row = self.scroll_offset.y + offset.y - HEADING
        return row if row < self.count() else None

    # drawing

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def notify_style_update(self) -> None:
        self._painted.clear()
        super().notify_style_update()

    def refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row - self.scroll_offset.y + HEADING, self.size.width, 1))

    def refresh_changed(self) -> None:
        """Draw the lines that are others than when they were drawn: while a capture is read, few are."""
        top = self.scroll_offset.y
        for row in range(top, top + self.room.height - HEADING):
            if self._drawn.get(row) != self.parts(row):
                self.refresh_row(row)

    def render_line(self, y: int) -> Strip:
        width, left = self.room.width, self.scroll_offset.x
        if y < HEADING:
            return self._strip(self.heading(), self._look("heading"), left, width)
        row = self.scroll_offset.y + y - HEADING
        if len(self._drawn) > MOST_DRAWN:
            self._drawn.clear()
        parts = self._drawn[row] = self.parts(row)
        base = self.rich_style
        if parts is None:
            parts = [(self.empty(y - HEADING), "")]
        elif row == self.cursor and self.has_focus:
            base = self._look("cursor")
            parts = [(text, "") for text, _ in parts]  # no other colour can be read on this one
        elif row == self.cursor:
            base = self._look("blurred")
        return self._strip(parts, base, left, width)

    def _look(self, name: str) -> Style:
        if name not in self._painted:
            self._painted[name] = self.style(name)
        return self._painted[name]

    def _strip(self, parts: list[Part], base: Style, left: int, width: int) -> Strip:
        segments = [Segment(text, base + self._look(name) if name else base) for text, name in parts if text]
        return Strip(segments).adjust_cell_length(max(self.width(), width), base).crop(left, left + width)
