"""ArrangingScreen: which exchanges of a capture a screen shows, and in which order, while they still come.

Filtering and sorting have a thread of their own, and tell the screen by messages. Filtered rows grow as the
capture does: only associations that changed are looked at again. Sorted ones are put in order anew now and
then, the more seldom the longer that takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message
from textual.screen import Screen

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from tui.columns import BY_NAME
from tui.reading import FollowedCapture
from tui.rows import Rows

if TYPE_CHECKING:
    from dissect.filters import Filter

PATIENCE = 20
"""Times as long as arranging took, to the next one while a capture is read."""
Key = Callable[[Exchange], Any]
"""What exchanges are sorted by; None goes last."""


class Choice(Protocol):
    """Which exchanges are to be shown, and which associations that have none. A filter is one."""

    def select(self, association: Association) -> list[Exchange]: ...

    def matches_association(self, association: Association) -> bool: ...


def kept_of(association: Association, choice: Choice | None) -> list[Exchange] | None:
    """What is to be shown of an association; None: not even itself."""
    if choice is None:
        return list(association.exchanges)
    exchanges = choice.select(association)
    if exchanges or (not association.exchanges and choice.matches_association(association)):
        return exchanges
    return None


def arranged(
    associations: Iterable[Association], choice: Choice | None, key: Key | None, reverse: bool
) -> Rows:
    """Rows for a filter, an order, or both. It may take long: call it in a thread of its own."""
    kept: dict[Association, list[Exchange]] = {}
    for association in associations:
        exchanges = kept_of(association, choice)
        if exchanges is not None:
            kept[association] = exchanges
    if key is None:
        return Rows(kept, kept=kept)
    keyed: list[tuple[Any, Exchange]] = []
    rest: list[Exchange] = []
    for exchanges in kept.values():
        for exchange in exchanges:
            value = key(exchange)
            if value is None:
                rest.append(exchange)
            else:
                keyed.append((value, exchange))
    keyed.sort(key=lambda pair: pair[0], reverse=reverse)
    return Rows(flat=[exchange for _, exchange in keyed] + rest)


class ArrangingScreen(Screen[None]):
    """Shows the rows of one capture. A subclass says what is to happen when there are others."""

    class Arranged(Message, bubble=False):
        """Rows for a filter and an order."""

        def __init__(self, rows: Rows, of: Rows, took: float, *, again: bool) -> None:
            self.rows, self.of, self.took = rows, of, took
            self.again = again
            """Whether it is the same filter and order as before."""
            super().__init__()

    class Chosen(Message, bubble=False):
        """What of some associations rows are to show."""

        def __init__(self, rows: Rows, chosen: dict[Association, list[Exchange] | None], took: float) -> None:
            self.rows, self.chosen, self.took = rows, chosen, took
            super().__init__()

    def __init__(self, capture: FollowedCapture) -> None:
        super().__init__()
        self.capture = capture
        self.rows = Rows()
        """The rows that show."""
        self.all_rows = self.rows
        """Those that neither filter nor order changes."""
        self.filter: Filter | None = None
        self.sort: tuple[str, bool] | None = None
        """Name of the column sorted by, and whether in reverse."""
        self._arranging = False
        self._wanted = False
        """Whether rows are to be arranged once more."""
        self._due = 0.0
        self._stale: set[Association] = set()
        """Associations with news that filtered or sorted rows do not show yet."""
        self._waits = False
        """Whether a timer will see to them."""

    # what a subclass does with news

    def changed(self) -> None:
        """There are other rows, or more of them."""

    def working(self, what: str) -> None:
        """What goes on; empty when nothing does."""

    def fail(self, text: str) -> None:
        """Something went wrong that the screen outlives."""
        self.notify(text, title="That went wrong", severity="error", markup=False)

    def tell(self, message: Message) -> None:
        """Post a message from a thread, unless the screen is gone by now."""
        if self.is_attached:
            self.post_message(message)

    # filter and order

    def rearrange(self) -> None:
        """Arrange rows by the filter and the order in force."""
        if not self._chooses:
            self.rows = self.all_rows
            self._stale.clear()
            self.changed()
        elif self._arranging:
            self._wanted = True
        else:
            self.working("filtering" if self.sort is None else "sorting")
            self._arrange(again=False)

    def take(self, began: list[Association], changed: set[Association]) -> None:
        """Associations began, and others changed; `catch_up` makes that show."""
        self.all_rows.take(began, changed)
        if self._chooses:
            self._stale.update(began, changed)

    def start_over(self) -> None:
        """Forget all rows so far."""
        self._stale.clear()
        self.all_rows = self.rows = Rows()
        if self._chooses:
            self.rows = Rows(kept={}) if self.sort is None else Rows(flat=[])
        self.changed()

    @property
    def _chooses(self) -> bool:
        return self.filter is not None or self.sort is not None

    def catch_up(self) -> None:
        """Show what changed, unless filtering or sorting was done just now."""
        if self.rows is self.all_rows:
            self.changed()
        if self._arranging or not self._stale:
            return
        rest = self._due - time.monotonic()
        if rest > 0 and not self.capture.finished:
            if not self._waits:
                self._waits = True
                self.set_timer(rest, self._waited)
        elif self.sort is None:
            self._arranging = True
            stale, self._stale = self._stale, set()
            work = partial(self._choose, self.rows, stale, self.filter)
            self.run_worker(work, thread=True, group="arrange")
        else:
            self._arrange(again=True)

    def _waited(self) -> None:
        self._waits = False
        if self.rows is not self.all_rows:
            self.catch_up()

    def _arrange(self, *, again: bool) -> None:
        self._arranging = True
        self._stale.clear()
        work = partial(self._put_in_order, self.all_rows, self.filter, self.sort, again)
        self.run_worker(work, thread=True, group="arrange")

    # in threads

    def _put_in_order(
        self, all_rows: Rows, filter_: Filter | None, sort: tuple[str, bool] | None, again: bool
    ) -> None:
        began = time.monotonic()
        column, reverse = sort or ("", False)
        try:
            rows = arranged(all_rows.associations, filter_, BY_NAME[column].key if column else None, reverse)
        except Exception as error:  # a value that no rule foresaw must not take the screen away
            self.app.call_from_thread(self.fail, f"No such order: {error}")
            rows = self.rows
        self.tell(self.Arranged(rows, all_rows, time.monotonic() - began, again=again))

    def _choose(self, rows: Rows, associations: Iterable[Association], filter_: Filter | None) -> None:
        began = time.monotonic()
        try:
            chosen = {each: kept_of(each, filter_) for each in associations}
        except Exception as error:  # as above
            self.app.call_from_thread(self.fail, f"Filtering ended early: {error}")
            chosen = {}
        self.tell(self.Chosen(rows, chosen, time.monotonic() - began))

    # what came of it

    def on_arranging_screen_arranged(self, event: Arranged) -> None:
        event.stop()
        if event.of is self.all_rows and self._chooses:
            flat = event.rows.flat
            if event.again and flat is not None and self.rows.flat is not None and not self._wanted:
                self.rows.renew(flat)
            else:
                self.rows = event.rows
            self.changed()
        self._arranged(event.took)

    def on_arranging_screen_chosen(self, event: Chosen) -> None:
        event.stop()
        if event.rows is self.rows:
            self.rows.keep(event.chosen)
            self.changed()
        self._arranged(event.took)

    def _arranged(self, took: float) -> None:
        self._arranging = False
        self.working("")
        self._due = time.monotonic() + took * PATIENCE
        if self._wanted:
            self._wanted = False
            self.rearrange()
        elif self.rows is not self.all_rows:
            self.catch_up()
