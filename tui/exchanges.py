"""ExchangeList: associations, their exchanges below, and below those, once unfolded, their messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message as Event
from textual.reactive import reactive

from dissect.dicom.associations import Association
from dissect.findings import Finding
from tui.cursorlist import CursorList
from tui.lines import Lines, Part
from tui.rows import Row, Rows


class ExchangeList(CursorList):
    """Shows Rows, whichever it is given."""

    HELP_TITLE = "List of exchanges"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "fold", "Fold", show=False, tooltip="Fold, or go to what it is part of"),
        Binding("right,l", "unfold", "Unfold", show=False, tooltip="Unfold into exchanges and messages"),
        Binding("space", "switch", "Fold", show=False, tooltip="Show or hide what a row holds"),
        Binding("minus", "fold_all(True)", "Fold all", show=False, tooltip="Show associations only"),
        Binding("plus", "fold_all(False)", "Unfold all", show=False, tooltip="Show all exchanges"),
        Binding("enter", "enter", "Fields", tooltip="Go to the fields of the row"),
        Binding("m", "mark", "Mark", tooltip="Mark the row, or take its mark away"),
        Binding("M", "unmark", "No marks", show=False, tooltip="Take all marks away"),
        Binding(
            "d", "screen.compare", "Compare", show=False, tooltip="Two marked rows of a kind side by side"
        ),
        Binding("s", "screen.sort", "Sort", tooltip="Sort exchanges by a column"),
        Binding("S", "screen.reverse", "Reverse", show=False, tooltip="Sort the other way round"),
        Binding("c", "screen.columns", "Columns", tooltip="Choose columns"),
    ]
    STYLES: ClassVar[tuple[str, ...]] = (
        "heading", "sorted", "cursor", "blurred", "mark", "strong", "dim", "Success", "Pending", "Cancel",
        "Warning", "Failure", "Unknown", "released", "aborted", "rejected", "closed", "open", "error",
        "warning", "info",
    )  # fmt: skip
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"exchange-list--{name.lower()}" for name in STYLES}

    notice: reactive[str] = reactive("")
    """What stands in the place of rows where there are none."""

    class Selected(Event):
        """The cursor is on another row; None where there are none."""

        def __init__(self, row: Row | None) -> None:
            self.row = row
            super().__init__()

    class Entered(Event):
        """Somebody wants to see the fields of the row."""

    class HeadingClicked(Event):
        def __init__(self, column: str) -> None:
            self.column = column
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.rows = Rows()
        self.lines = Lines(lambda association: self.findings(association))
        self.findings: Callable[[Association], list[Finding]] = Association.noted
        """Says what is known to be wrong with an association."""
        self.row: Row | None = None
        """What the cursor is on."""

    # what it shows

    def show(self, rows: Rows) -> None:
        """Show other rows; the cursor stays on what it is on, if that is still there."""
        self.rows = rows
        self.lines.forget()
        self.update_rows()
        self.refresh()

    def update_rows(self) -> None:
        """The rows are others than they were."""
        was, before, in_sight = self.cursor, self.row, self.in_sight
        count = len(self.rows)
        if before is not None:
            found = self._nearest(before)
            self.cursor = min(was, max(count - 1, 0)) if found is None else found
        else:
            self.cursor = 0
        self.resize()
        if self.cursor != was and self.scroll_y:
            self.scroll_to(y=self.scroll_y + self.cursor - was, animate=False, force=True)
        if in_sight:
            self.keep_in_sight()
        self.landed()
        if self.cursor == was:
            self.refresh_changed()
        else:
            self.refresh()

    def _nearest(self, row: Row) -> int | None:
        """The row of something, or of what it is folded into."""
        each: Row | None = row
        while each is not None:
            found = self.rows.row_of(each, self.cursor)
            if found is not None:
                return found
            each = self.rows.parent(each)
        return None

    def reveal(self, row: Row) -> None:
        """Go to something, unfolding what hides it."""
        parent = self.rows.parent(row)
        if parent is not None and self.rows.row_of(row, self.cursor) is None:
            self.reveal(parent)
            self.rows.fold(parent, False)
            self.resize()
        found = self.rows.row_of(row, self.cursor)
        if found is not None:
            self.move_to(found)

    def relayout(self) -> None:
        """Columns are others, or are written otherwise."""
        self.lines.forget()
        self.resize()
        self.refresh()

    def watch_notice(self) -> None:
        self.refresh()

    # folding and marks

    def action_fold(self) -> None:
        if self.row is None:
            return
        parent = self.rows.parent(self.row)
        if self.row.message is None and not self.rows.is_folded(self.row):
            self.rows.fold(self.row, True)
            self.update_rows()
        elif parent is not None:
            self.move_to(self._nearest(parent) or 0)

    def action_unfold(self) -> None:
        if self.row is None or self.row.message is not None:
            return
        if self.rows.is_folded(self.row):
            self.rows.fold(self.row, False)
            self.update_rows()
        else:
            self.action_move(1)

    def action_switch(self) -> None:
        if self.row is not None and self.row.message is None:
            self.rows.fold(self.row, not self.rows.is_folded(self.row))
            self.update_rows()

    def action_fold_all(self, folded: bool) -> None:
        self.rows.fold_all(folded)
        self.update_rows()

    def action_mark(self) -> None:
        if self.row is not None:
            self.lines.marks ^= {self.row.item}
            self.action_move(1)

    def action_unmark(self) -> None:
        self.lines.marks.clear()
        self.refresh()

    def action_enter(self) -> None:
        self.post_message(self.Entered())

    def on_click(self, event: events.Click) -> None:
        row = self.row_under(event)
        if row is None:
            return
        x = event.x + self.scroll_offset.x
        if row < 0:
            column = self.lines.column_at(x)
            if column is not None:
                self.post_message(self.HeadingClicked(column.name))
            return
        self.move_to(row)
        if x < self.lines.gutter or event.chain == 2:
            self.action_switch()

    # drawing

    def count(self) -> int:
        return len(self.rows)

    def width(self) -> int:
        return self.lines.width

    def resize(self) -> None:
        self.lines.layout(max(self.room.width, 1))
        super().resize()

    def landed(self) -> None:
        row = self.rows.at(self.cursor) if len(self.rows) else None
        if row != self.row:
            self.row = row
            self.post_message(self.Selected(row))

    def style(self, name: str) -> Style:
        part = f"exchange-list--{name.lower()}"
        if name in ("cursor", "blurred", "heading", "sorted"):
            return self.get_component_rich_style(part)
        found = self.get_component_rich_style(part, partial=True)
        colour = self.get_component_styles(part).color
        if colour.a < 1:  # a style that says nothing of the background is not blended with it
            found += Style(color=(self.background_colors[1] + colour).rich_color)
        return found

    def heading(self) -> list[Part]:
        return self.lines.heading()

    def parts(self, row: int) -> list[Part] | None:
        if row >= len(self.rows):
            return None
        shown = self.rows.at(row)
        if self.lines.measure(shown):
            self.lines.layout(max(self.room.width, 1))
            self.call_after_refresh(self._grown)
        if row:
            before = shown.association.source.time(self.rows.at(row - 1).first_record)
        else:
            before = self.lines.context.zero
        return self.lines.line(self.rows, shown, before)

    def empty(self, line: int) -> str:
        lines = self.notice.splitlines()
        return f"  {lines[line - 1]}" if not len(self.rows) and 1 <= line <= len(lines) else ""

    def _grown(self) -> None:
        """Columns became wider while lines were drawn: draw them all alike."""
        self.resize()
        self.refresh()
