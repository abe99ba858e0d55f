"""SeekingScreen: what is looked for on a screen, gone to by number, copied and saved.

Each pane is searched in its own way: a thread goes through what it holds, the screen lands on what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message as DimseMessage
from dissect.outputs.words import plural
from dissect.search import Pattern, exchange_of, find_frame
from tui import saving
from tui.copying import copy, field_text, say, tree_text
from tui.exchanges import ExchangeList
from tui.fields import FieldTree
from tui.goto import GotoScreen, Target
from tui.hexview import HexView
from tui.judging import JudgingScreen
from tui.rows import Row, Rows
from tui.saving import SaveScreen
from tui.searchbar import SearchBar
from tui.seekers import Hit, UnwantedError, seeker
from tui.viewtext import text_of

SECONDS = 3
"""How long it stands on the screen that a search went round, or found nothing."""


class SeekingScreen(JudgingScreen):
    """A screen with a list of exchanges, a tree of fields, bytes, and a search bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Search the pane that has the focus"),
        Binding("n", "again(True)", "Next hit", show=False, tooltip="The next place where it is found"),
        Binding("N", "again(False)", "Hit before", show=False, tooltip="The place before where it is found"),
        Binding(
            "colon", "goto", "Go to", key_display=":", tooltip="Go to a frame, message, association, offset"
        ),
        Binding("y", "copy_field", "Copy field", show=False, tooltip="Copy the field: name and value"),
        Binding("Y", "copy_bytes", "Copy bytes", show=False, tooltip="Copy the bytes that are lit, in hex"),
        Binding(
            "T", "copy_tree", "Copy tree", show=False, tooltip="Copy the field and all below it, as text"
        ),
        Binding(
            "w,ctrl+s", "save", "Save", show=False, tooltip="Save packets, a data set, or the pane's text"
        ),
    ]
    pattern: Pattern | None = None
    """What is looked for."""
    _unwanted = Event()
    """Set once what is being looked for is so no more."""

    @property
    def exchanges(self) -> ExchangeList:
        return self.query_one(ExchangeList)

    @property
    def fields(self) -> FieldTree:
        return self.query_one(FieldTree)

    @property
    def bytes(self) -> HexView:
        return self.query_one(HexView)

    # search

    def action_search(self) -> None:
        self.query_one(SearchBar).open()

    def on_search_bar_search(self, event: SearchBar.Search) -> None:
        self.pattern = event.pattern
        self.action_again(True)

    def action_again(self, forward: bool) -> None:
        """Go to the next place, or to the one before."""
        pattern = self.pattern
        if pattern is None:
            self.action_search()
            return
        self._unwanted.set()
        self._unwanted = unwanted = Event()
        panes = (self.focused, self.exchanges)
        looks = (seeker(pane, pattern, forward, unwanted.is_set) for pane in panes)
        look = next(filter(None, looks), None)
        if look is not None:
            self.working("searching")
            self.run_worker(
                partial(self._seek, look, pattern, forward), thread=True, group="search", exclusive=True
            )

    def _seek(self, look: Callable[[], Hit | None], pattern: Pattern, forward: bool) -> None:
        """In a thread."""
        worker = get_current_worker()
        hit, trouble = None, ""
        try:
            hit = look()
        except UnwantedError:
            return
        except Exception as error:  # whatever a capture holds, a row that went meanwhile
            trouble = f"The search ended early: {error}"
        if not worker.is_cancelled:
            self.app.call_from_thread(self._sought, hit, pattern, forward, trouble)

    def _sought(self, hit: Hit | None, pattern: Pattern, forward: bool, trouble: str) -> None:
        self.working("")
        if trouble:
            self.fail(trouble)
        elif hit is None:
            self._say(f"Not found here: {pattern.text}")
        else:
            if hit.round:
                self._say(f"Search went on from the {'top' if forward else 'bottom'}.")
            hit.land()

    def _say(self, text: str) -> None:
        self.notify(text, severity="warning", timeout=SECONDS, markup=False)

    # go to

    def action_goto(self) -> None:
        self.app.push_screen(GotoScreen(), self._go)

    def _go(self, target: Target | None) -> None:
        if target is None:
            return
        associations, number = self.all_rows.associations, target.number
        row = self.exchanges.row
        if target.what == "offset":
            self._go_to_offset(number)
        elif target.what == "association":
            if number <= len(associations):
                self._reveal(associations[number - 1], None)
            else:
                self._say(
                    f"There is no {target}; the capture has {plural(len(associations), 'association')}."
                )
        elif target.what == "frame":
            found = find_frame(associations, number)
            if found is None:
                self._say(f"{str(target).capitalize()} is part of no association.")
            else:
                self._reveal(*found)
        elif row is None or number > len(row.association.messages):
            count = len(row.association.messages) if row else 0
            self._say(f"There is no {target}; the association has {plural(count, 'message')}.")
        else:
            self._reveal(row.association, row.association.messages[number - 1])

    def _go_to_offset(self, number: int) -> None:
        view = self.bytes
        span = view.span
        if span is None or not span.length:
            self._say("No bytes show.")
            return
        first = 0 if view.counts_in_source else span.start
        if not span.start <= first + number < span.stop:
            low, high = span.start - first, span.stop - first - 1
            self._say(f"There is no {Target('offset', number)}; they go from 0x{low:X} to 0x{high:X}.")
            return
        view.focus()
        view.goto(first + number)

    def _reveal(self, association: Association, message: DimseMessage | None) -> None:
        """Go to the row of an association or message."""
        exchange: Exchange | None = None if message is None else exchange_of(message)
        if exchange is None or message is exchange.first:
            message = None
        row = Row(association, exchange, message)
        self.exchanges.reveal(row)
        if self.exchanges.row != row:
            self._say("The list does not show it: it is filtered out, or has no row of its own.")

    # copy

    def action_copy_field(self) -> None:
        node = self.fields.selected
        if node is not None:
            copy(self, field_text(node), "the field")

    def action_copy_bytes(self) -> None:
        self.bytes.action_copy()

    def on_hex_view_copied(self, event: HexView.Copied) -> None:
        some = "" if event.copied == event.length else f"the first {event.copied:,} of "
        say(self, f"{some}{plural(event.length, 'byte')}")

    def action_copy_tree(self) -> None:
        node = self.fields.selected
        if node is not None:
            copy(self, tree_text(node), "the field and all below it")

    # save

    def action_save(self) -> None:
        """Ask what to save: packets of what is selected, marked or shown, a data set, what the pane shows."""
        table, choices = self.exchanges, []
        if table.row is not None:
            one = table.row.association
            label = f"The association of the row ({one.calling_ae or '?'} → {one.called_ae or '?'})"
            choices.append(saving.packets(self.capture, label, [one], f"association-{one.index}"))
            exchange = table.row.exchange
            message = table.row.message or (exchange.request if exchange else None)
            file = saving.dicom_file(self.capture, message, exchange) if exchange and message else None
            choices += [file] if file else []
        marked = list(dict.fromkeys(_association(item) for item in table.lines.marks))
        if marked:
            label = f"{plural(len(marked), 'association')} with a mark"
            choices.append(saving.packets(self.capture, label, marked, "marked"))
        shown = shown_associations(self.rows)
        if shown:
            label = f"{plural(len(shown), 'association')} in the list"
            choices.append(saving.packets(self.capture, label, shown, "shown"))
        lines = text_of(self.focused) or text_of(table)
        if lines is not None:
            choices.append(saving.view(self.capture, "What the pane shows", lines, "view"))
        self.app.push_screen(SaveScreen(choices))


def shown_associations(rows: Rows) -> list[Association]:
    """The associations that rows show anything of."""
    if rows.flat is not None:
        return list(dict.fromkeys(exchange.first.association for exchange in rows.flat))
    return rows.associations


def _association(item: object) -> Association:
    """That of something with a mark."""
    if isinstance(item, Exchange):
        return item.first.association
    if isinstance(item, DimseMessage):
        return item.association
    assert isinstance(item, Association)
    return item
