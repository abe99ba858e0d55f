"""Going through a pane for a pattern, in a thread of its own: a list may be long, and a message big."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from textual.widget import Widget

from dissect.search import Entry, Pattern, find_bytes, find_exchange, find_node
from tui.exchanges import ExchangeList
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.rows import Row, Rows
from tui.views.lines import Lines as ViewLines


class Hit(NamedTuple):
    """Something that was found: how to land on it, and whether the search went round the end for it."""

    land: Callable[[], None]
    round: bool


class UnwantedError(Exception):
    """Nobody waits for what is found any more."""


class _Wanted(Sequence[Entry]):
    """Lines of a list, given for as long as somebody wants them."""

    def __init__(self, lines: Sequence[Entry], unwanted: Callable[[], bool]) -> None:
        self._lines, self._unwanted = lines, unwanted

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: Any) -> Any:
        if self._unwanted():
            raise UnwantedError
        return self._lines[number]


def seeker(
    pane: Widget | None, pattern: Pattern, forward: bool, unwanted: Callable[[], bool]
) -> Callable[[], Hit | None] | None:
    """What goes through a pane, in any thread; None for a pane that cannot be searched.

    Once it is `unwanted`, it ends with an UnwantedError, if that saves time.
    """
    if isinstance(pane, ExchangeList):
        return partial(_seek_rows, pane, pane.rows, pane.row, pattern, forward, unwanted)
    if isinstance(pane, FieldTree):
        return partial(_seek_fields, pane, pattern, forward)
    if isinstance(pane, HexView):
        return partial(_seek_bytes, pane, pattern, forward)
    if isinstance(pane, ViewLines):
        return partial(_seek_lines, pane, pattern, forward)
    return None


def _seek_rows(
    table: ExchangeList,
    rows: Rows,
    row: Row | None,
    pattern: Pattern,
    forward: bool,
    unwanted: Callable[[], bool],
) -> Hit | None:
    """Folded rows are gone through too."""
    lines = _Wanted(list_entries(rows), unwanted)
    here = Entry(row.association, row.exchange) if row else None
    at = next((number for number, entry in enumerate(lines) if entry == here), None)
    find = partial(find_exchange, lines, pattern, forward=forward, titles=rows.flat is not None)
    number = find(at)
    went_round = number is None
    if number is None:
        number = find(None)
    if number is None:
        return None
    return Hit(partial(table.reveal, Row(*lines[number])), went_round)


def _seek_fields(tree: FieldTree, pattern: Pattern, forward: bool) -> Hit | None:
    root = tree.root
    if root is None:
        return None
    node = find_node(root, pattern, tree.selected, forward)
    went_round = node is None
    if node is None:
        node = find_node(root, pattern, None, forward)
    return None if node is None else Hit(partial(tree.reveal, node), went_round)


def _seek_bytes(view: HexView, pattern: Pattern, forward: bool) -> Hit | None:
    span = view.span
    if span is None:
        return None
    find = partial(find_bytes, span.source, pattern, forward=forward, low=span.start, high=span.stop)
    start = view.selection[0]
    found = find(start=start + 1 if forward else start)
    went_round = found is None
    found = found or find()
    if found is None:
        return None
    return Hit(partial(view.select, found.start, found.stop), went_round)


def _seek_lines(view: ViewLines, pattern: Pattern, forward: bool) -> Hit | None:
    count, here = view.count(), view.cursor
    order = [*range(here + 1, count), *range(here + 1)]
    if not forward:
        order = [*range(here - 1, -1, -1), *range(count - 1, here - 1, -1)]
    for number in order:
        if pattern.fits("".join(text for text, _ in view.line(number))):
            went_round = number <= here if forward else number >= here
            return Hit(partial(setattr, view, "cursor", number), went_round)
    return None


def list_entries(rows: Rows) -> list[Entry]:
    """What rows hold, folded or not, in their order."""
    if rows.flat is not None:
        return [Entry(exchange.first.association, exchange) for exchange in rows.flat]
    return [
        entry
        for association in rows.associations
        for entry in (Entry(association), *(Entry(association, each) for each in rows.exchanges(association)))
    ]
