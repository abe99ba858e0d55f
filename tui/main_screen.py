"""MainScreen: the list or a view of an association above, fields and bytes below. It alone knows them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.outputs.words import clean, finding_counts, plural
from tui import units
from tui.bars import Splitter, TitleBar, ViewBar
from tui.choosers import ColumnsScreen, HelpScreen, SortScreen
from tui.columns import BY_NAME, TIMES
from tui.details import Details
from tui.exchanges import ExchangeList
from tui.filterbar import FilterBar
from tui.help import keys
from tui.keybar import KeyBar
from tui.notice import damage, nothing
from tui.reading import FollowedCapture
from tui.searchbar import SearchBar
from tui.seeking import SeekingScreen
from tui.settings import Settings
from tui.upper import EXCHANGES, FINDINGS, VIEWS, Upper

MIDDLE, WIDE = 92, 132
"""Columns from which on eight bytes a line, and then sixteen, leave enough for their fields."""
FEW, LASTING = 2, 15
"""Lines of damage that are told over the list, and the seconds that they stand there."""
LEAST, MOST, STEP = 15, 85, 5
"""Per cent that a pane keeps at least and takes at most, and by which a key changes it."""


class MainScreen(SeekingScreen):
    """One capture."""

    HELP_TITLE = "Anywhere"
    AUTO_FOCUS = f"#{EXCHANGES}"
    LIST: ClassVar[type[ExchangeList]] = ExchangeList
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (MIDDLE, "-middle"), (WIDE, "-wide")]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"view('{name}')", heading, show=False, tooltip=f"View: {heading}")
            for number, (name, heading) in enumerate(VIEWS.items(), 1)
        ),
        Binding("escape", "back", "Back", show=False, tooltip="Back to the list of exchanges"),
        Binding("tab", "app.focus_next", "Next pane", show=False, tooltip="To the next pane"),
        Binding("shift+tab", "app.focus_previous", "Pane before", show=False, tooltip="To the pane before"),
        Binding("right_square_bracket", "unit(1)", "Next", False, key_display="]", tooltip="Next message"),
        Binding("left_square_bracket", "unit(-1)", "Last", False, key_display="[", tooltip="Message before"),
        Binding("f", "filter", "Filter", tooltip="Show only exchanges that match"),
        Binding("e", "lesson", "Lesson", show=False, tooltip="What is selected, byte by byte, and what if"),
        Binding("t", "times", "Times", show=False, tooltip="Times relative, as delta, UTC, local or epoch"),
        Binding("left_curly_bracket", "height(-1)", "List smaller", show=False, key_display="{"),
        Binding("right_curly_bracket", "height(1)", "List bigger", show=False, key_display="}"),
        Binding("less_than_sign", "width(-1)", "Fields narrower", show=False, key_display="<"),
        Binding("greater_than_sign", "width(1)", "Fields wider", show=False, key_display=">"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="All keys"),
        Binding("q", "app.quit", "Quit", tooltip="Leave at once"),
    ]

    def __init__(
        self, capture: FollowedCapture, settings: Settings, remember: Callable[[], None], filter_: str = ""
    ) -> None:
        super().__init__(capture)
        self.settings = settings
        self.settings.times = settings.times if settings.times in TIMES else TIMES[0]
        self._remember = remember
        self._filter_text = filter_
        self._unit = 0

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title")
        yield ViewBar(VIEWS, id="views")
        yield FilterBar(lambda: self.settings.filters, id="filter")
        yield Upper(self.capture, self.findings_of, self.LIST, id="upper")
        yield Details(self.findings_of, id="details")
        yield SearchBar(id="search")
        yield KeyBar()

    def on_mount(self) -> None:
        more = len(self.capture.names) - 1
        name = clean(self.capture.name) + (f" and {more} more" if more > 0 else "")
        self.query_one(TitleBar).name_of_capture = name
        self.exchanges.findings = self.findings_of
        self.exchanges.lines.choose(self.settings.columns)
        self._place_panes()
        if self._filter_text:
            self._use_filter(self._filter_text)
        self.follow()

    @property
    def association(self) -> Association | None:
        """That of the row under the cursor."""
        row = self.exchanges.row
        return row.association if row else None

    # news

    def progressed(self, part: float | None) -> None:
        bar, context = self.query_one(TitleBar), self.exchanges.lines.context
        bar.part = part
        self.exchanges.lines.reading = part is not None
        if self.capture.source.records:
            context.use(self.settings.times, self.capture.source.time(0))
        if part is None:
            self.query_one(Upper).renew(self.association)
        if part is None and not self.all_rows:
            self.exchanges.notice = nothing(self.capture)
        elif part is None and (lines := damage(self.capture, FEW)):
            title = clean(self.capture.name.rpartition("/")[2])
            text = "\n".join(lines)
            self.notify(text, title=title, severity="warning", timeout=LASTING, markup=False)

    def changed(self) -> None:
        bar, table = self.query_one(TitleBar), self.exchanges
        count, exchanges = self.all_rows.association_count, self.all_rows.exchange_count
        shown = self.rows.exchange_count
        some = "" if shown == exchanges else f"{shown:,} of "
        bar.counts = f"{plural(count, 'association')}  {some}{plural(exchanges, 'exchange')}"
        table.lines.number = len(str(count))
        if table.rows is self.rows:
            table.update_rows()
        else:
            table.show(self.rows)
        if not self.rows and self.filter is not None:
            table.notice = "Nothing matches the filter."
        self._title_unit()

    def found(self, findings: list[Finding]) -> None:
        counts = finding_counts(self.all_findings())
        self.query_one(TitleBar).trouble = "  ".join(text for text, _ in counts)
        self.exchanges.refresh()
        self.query_one(Details).flag()
        upper = self.query_one(Upper)
        if upper.view == FINDINGS and self.association is not None:
            self.ask(self.association)
            upper.renew(self.association)

    def working(self, what: str) -> None:
        self.query_one(TitleBar).work = what

    # what shows below

    def on_exchange_list_selected(self, event: ExchangeList.Selected) -> None:
        self._unit = 0
        self._show_unit()
        self.query_one(Upper).follow(self.association)

    def on_exchange_list_entered(self) -> None:
        self.query_one("#fields").focus()

    def on_upper_wanted(self, event: Upper.Wanted) -> None:
        self.query_one(Details).show(event.unit, event.unit.title, event.light)

    def on_lines_entered(self) -> None:
        self.query_one("#fields").focus()

    def on_details_failed(self, event: Details.Failed) -> None:
        self.fail(f"These bytes cannot be dissected: {event.error}")

    def action_unit(self, step: int) -> None:
        row = self.exchanges.row
        if row is not None:
            self._unit = max(0, min(self._unit + step, units.count(row) - 1))
            self._show_unit()

    def _show_unit(self) -> None:
        row = self.exchanges.row
        unit = units.unit(row, self._unit) if row else None
        self.query_one(Details).show(unit, unit.title if unit else "")
        self._title_unit()

    def _title_unit(self) -> None:
        """Say which of the messages of the row it is: more may have come."""
        row, details = self.exchanges.row, self.query_one(Details)
        if row is not None and details.unit is not None:
            details.place = f"{self._unit + 1:,} of {units.count(row):,}"

    # views

    async def action_view(self, name: str) -> None:
        try:
            await self.query_one(Upper).switch(name, self.association)
        except Exception as error:  # whatever a capture holds, the other views are still of use
            self.fail(f"{VIEWS[name]}: {error}")
        self.query_one(ViewBar).current = self.query_one(Upper).view
        if name == FINDINGS and self.association is not None:
            self.ask(self.association)

    async def on_view_bar_chosen(self, event: ViewBar.Chosen) -> None:
        await self.action_view(event.name)

    async def action_compare(self) -> None:
        marks = sorted(self.exchanges.lines.marks, key=units.first_record)
        if len(marks) != 2 or type(marks[0]) is not type(marks[1]):
            text = "Mark two associations, two exchanges or two messages first (m)."
            if len(marks) > 1:
                kinds = "of different kinds" if len(marks) == 2 else "some perhaps out of sight"
                text = f"{len(marks):,} rows are marked, {kinds}: M takes all marks away. {text}"
            self.notify(text, severity="warning")
            return
        try:
            await self.query_one(Upper).compare(*marks)
        except Exception as error:  # as above
            self.fail(f"Comparing: {error}")
        self.query_one(ViewBar).current = self.query_one(Upper).view

    async def action_back(self) -> None:
        upper, filter_, search = self.query_one(Upper), self.query_one(FilterBar), self.query_one(SearchBar)
        if filter_.display:  # a click took the focus from it
            filter_.close()
        elif search.display:
            search.close()
        elif self.focused is not None and upper in self.focused.ancestors:
            await self.action_view(EXCHANGES)
        else:
            upper.take_focus()

    # filter, order, columns, times

    def action_filter(self) -> None:
        bar = self.query_one(FilterBar)
        bar.capture = self.capture if self.capture.finished else None
        bar.open(self._filter_text)

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        self.settings.remember_filter(event.text)
        self._remember()
        self._use_filter(event.text)
        self.on_filter_bar_closed()

    def on_filter_bar_closed(self) -> None:
        self.query_one(FilterBar).close()
        self.query_one(Upper).take_focus()

    def _use_filter(self, text: str) -> None:
        from dissect import filters  # deferred: most captures are looked at without one

        try:
            self.filter = filters.compile(text) if text else None
        except filters.FilterError as error:
            self.fail(f"{text}: {error}")
            return
        self._filter_text = self.query_one(TitleBar).filter_text = text
        self.exchanges.notice = ""
        self.rearrange()

    def action_sort(self) -> None:
        def use(name: str | None) -> None:
            if name is not None:
                self._sort_by(name)

        self.app.push_screen(SortScreen(self.sort[0] if self.sort else ""), use)

    def action_reverse(self) -> None:
        if self.sort is not None:
            self._sort_by(self.sort[0])
        else:
            self.notify("Nothing is sorted yet (s).", severity="warning", timeout=3)

    def on_exchange_list_heading_clicked(self, event: ExchangeList.HeadingClicked) -> None:
        self._sort_by(event.column)

    def _sort_by(self, name: str) -> None:
        """Sort by a column, by the same one again in reverse; "": as captured."""
        again = self.sort is not None and self.sort[0] == name
        self.sort = (name, again and not (self.sort and self.sort[1])) if name else None
        self.exchanges.lines.sort = self.sort
        if name and name not in (each.name for each in self.exchanges.lines.columns):
            self.notify(f"sorted by {BY_NAME[name].heading or name}, which does not show", timeout=3)
        self.rearrange()

    def action_columns(self) -> None:
        def use(names: list[str] | None) -> None:
            if names is not None:
                self.settings.columns = names
                self._remember()
                self.exchanges.lines.choose(names)
                self.exchanges.relayout()

        self.app.push_screen(ColumnsScreen([each.name for each in self.exchanges.lines.columns]), use)

    def action_times(self) -> None:
        self.settings.times = TIMES[(TIMES.index(self.settings.times) + 1) % len(TIMES)]
        self._remember()
        context = self.exchanges.lines.context
        context.use(self.settings.times, context.zero)
        self.exchanges.relayout()
        self.notify(f"times: {self.settings.times}", timeout=2)

    # panes

    def _place_panes(self) -> None:
        height, width = self.settings.list_height, self.settings.tree_width
        self.query_one("#upper").styles.height = f"{max(LEAST, min(height, MOST))}%"
        if width:
            self.query_one("#fields").styles.width = f"{max(LEAST, min(width, MOST))}%"
        self.query_one(Details).set_class(bool(width), "-chosen")

    def action_height(self, step: int) -> None:
        self._resize(height=self.settings.list_height + step * STEP)

    def action_width(self, step: int) -> None:
        fields = self.query_one("#fields")
        now = self.settings.tree_width or round(100 * fields.outer_size.width / max(self.size.width, 1))
        self._resize(width=now + step * STEP)

    def _resize(self, height: int = 0, width: int = 0) -> None:
        if height:
            self.settings.list_height = max(LEAST, min(height, MOST))
        if width:
            self.settings.tree_width = max(LEAST, min(width, MOST))
        self._place_panes()
        self._remember()

    def on_splitter_dragged(self, event: Splitter.Dragged) -> None:
        if event.splitter.id == "split-list":
            top = self.query_one("#upper").region.y
            self._resize(height=round(100 * (event.y - top) / max(self.size.height, 1)))
        else:
            self._resize(width=round(100 * event.x / max(self.size.width, 1)))

    def action_lesson(self) -> None:
        """Go through what is below byte by byte."""
        unit = self.query_one(Details).unit
        if unit is None:
            return
        from tui.teach.screen import open_lesson  # deferred: most captures are looked at without it

        self.app.push_screen(
            open_lesson(self.all_rows.associations, unit.association, unit.span, Path(self.capture.name).name)
        )

    def action_help(self) -> None:
        """Show the keys, first those of the pane that has the focus."""
        panes = {type(node): node for node in self.query("*") if node.focusable}.values()
        first, *others = sorted(panes, key=lambda node: type(node) is not type(self.focused))
        self.app.push_screen(HelpScreen(keys([first, self, *others, self.app])))
