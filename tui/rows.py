"""The rows of the exchange list, without a screen: which row is what, and where something has its row.

Rows are virtual. Each association has a height, of which a running sum is kept, so that a million exchanges
cost two array look-ups a row, and an association that grew costs one number.

    row 0   association 1                heights  4   2        folded: 1
        1       exchange                 ends     4   6
        2       exchange, unfolded
        3           message
        4   association 2
        5       exchange
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from tui.unfolding import Unfolded, message_at, message_count

Item = Association | Exchange | Message
"""What a row can be about."""


class Row(NamedTuple):
    """What a row shows: the innermost of the three."""

    association: Association
    exchange: Exchange | None = None
    message: Message | None = None

    @property
    def item(self) -> Item:
        return self.message or self.exchange or self.association

    @property
    def first_record(self) -> int:
        if self.message is not None:
            return self.message.first_record
        return self.exchange.first.first_record if self.exchange else self.association.first_record


_NOTHING = Unfolded()


class Rows:
    """Associations with their exchanges below; or, sorted, exchanges of all associations alone.

    `kept` says which exchanges of which associations are to be shown; without it, all are.
    """

    def __init__(
        self,
        associations: Iterable[Association] = (),
        *,
        kept: dict[Association, list[Exchange]] | None = None,
        flat: list[Exchange] | None = None,
    ) -> None:
        self.flat = flat
        self._kept = kept
        self._head = 0 if flat is not None else 1
        self._groups: list[Association | None] = [None] if flat is not None else []
        self._places: dict[Association, int] = {}
        self._counts: npt.NDArray[np.int64] = np.zeros(max(len(self._groups), 16), np.int64)
        self._folded = np.zeros(len(self._counts), np.bool_)
        self._hidden = np.zeros(len(self._counts), np.bool_)
        """Whether an association that was to be shown once is not any more."""
        self._folds = False
        """Whether associations that begin are folded."""
        self._ends: npt.NDArray[np.int64] = np.zeros(len(self._counts), np.int64)
        self._summed = 0
        """For how many groups `_ends` is true: what comes at the end leaves those before it as they are."""
        self._unfolded: dict[Association | None, Unfolded] = {}
        if flat is not None:
            self._count(0)
        self.take(list(associations), ())

    def __len__(self) -> int:
        ends = self._sums()
        return int(ends[-1]) if len(ends) else 0

    @property
    def exchange_count(self) -> int:
        """How many exchanges there are, folded ones too."""
        below = sum(each.befores[-1] for each in self._unfolded.values())
        return int(self._counts[: len(self._groups)].sum()) - below

    @property
    def association_count(self) -> int:
        return len(self._places)

    @property
    def associations(self) -> list[Association]:
        hidden = self._hidden
        return [group for place, group in enumerate(self._groups) if group is not None and not hidden[place]]

    def exchanges(self, association: Association) -> list[Exchange]:
        """Those of an association that are to be shown, folded or not."""
        return self._list(association)

    def _list(self, group: Association | None) -> list[Exchange]:
        if group is None:
            return self.flat or []
        return group.exchanges if self._kept is None else self._kept[group]

    # what comes while a capture is read

    def take(self, began: list[Association], changed: Iterable[Association]) -> None:
        """Take associations that began, in the order of their first records, and note what changed."""
        if began:
            self._merge(began)
        places = self._places
        for association in changed:
            place = places.get(association)
            if place is not None:
                self._count(place)

    def keep(self, chosen: Mapping[Association, list[Exchange] | None]) -> None:
        """Show these exchanges of associations from now on; None: nothing of an association."""
        if self._kept is None:
            raise ValueError("these rows show all there is")
        began = []
        for association, exchanges in chosen.items():
            place = self._places.get(association)
            if place is not None:
                self._hidden[place] = exchanges is None
            elif exchanges is not None:
                began.append(association)
            else:
                continue
            self._kept[association] = exchanges or []
        self.take(began, chosen)

    def renew(self, flat: list[Exchange]) -> None:
        """Show other exchanges, or in another order; those that are unfolded stay so."""
        unfolded = self._unfolded.get(None)
        self.flat = flat
        if unfolded is not None and unfolded.exchanges:
            opened = set(unfolded.exchanges.values())
            unfolded.exchanges = {n: exchange for n, exchange in enumerate(flat) if exchange in opened}
        self._count(0)

    def settle(self) -> None:
        """Put all associations in the order of their first records, which may have changed since."""
        if self._groups and self.flat is None:
            self._merge([], 0)

    def _merge(self, began: list[Association], at: int | None = None) -> None:
        known = self._groups
        began.sort(key=_first_record)
        if at is None:
            at = len(known)
            while at and _first_record(known[at - 1]) > began[0].first_record:
                at -= 1
        tail = known[at:] + began
        old = len(known)
        if old + len(began) > len(self._counts):
            size = max(2 * len(self._counts), old + len(began))
            self._counts, self._folded, self._hidden, self._ends = (
                np.concatenate([column, np.zeros(size - len(column), column.dtype)])
                for column in (self._counts, self._folded, self._hidden, self._ends)
            )
        self._folded[old : old + len(began)] = self._folds
        if at < old:
            order = sorted(range(len(tail)), key=lambda index: _first_record(tail[index]))
            tail = [tail[index] for index in order]
            for column in (self._counts, self._folded, self._hidden):
                column[at : at + len(tail)] = column[at : at + len(tail)][order]
        known[at:] = tail
        for place, group in enumerate(tail, at):
            if group is not None:
                self._places[group] = place
        for association in began:
            self._count(self._places[association])
        self._summed = min(self._summed, at)

    def _count(self, place: int) -> None:
        group = self._groups[place]
        exchanges = self._list(group)
        unfolded = self._unfolded.get(group)
        self._counts[place] = len(exchanges) + (unfolded.refresh(exchanges) if unfolded else 0)
        self._summed = min(self._summed, place)

    def _sums(self) -> npt.NDArray[np.int64]:
        first, size = self._summed, len(self._groups)
        if first < size:
            heights = np.where(self._folded[first:size], 0, self._counts[first:size])
            heights += np.where(self._hidden[first:size], 0, self._head)
            heights[0] += self._ends[first - 1] if first else 0
            np.cumsum(heights, out=self._ends[first:size])
            self._summed = size
        return self._ends[:size]

    # rows to things and back

    def at(self, row: int) -> Row:
        """What a row shows; IndexError where there is no such row."""
        ends = self._sums()
        if not 0 <= row < len(self):
            raise IndexError(row)
        place = int(np.searchsorted(ends, row, side="right"))
        group = self._groups[place]
        within = row - (int(ends[place - 1]) if place else 0) - self._head
        if within < 0 and group is not None:
            return Row(group)
        exchanges = self._list(group)
        number, message = self._unfolded.get(group, _NOTHING).find(within)
        if number >= len(exchanges):  # it is being put in order by the thread that reads
            number = len(exchanges) - 1
        exchange = exchanges[number]
        association = exchange.first.association if group is None else group
        if message is None:
            return Row(association, exchange)
        return Row(association, exchange, message_at(exchange, message))

    def row_of(self, row: Row, hint: int = -1) -> int | None:
        """Where something has its row; looked for at `hint` first. What is folded away has none."""
        try:
            if self.at(hint) == row:
                return hint
        except IndexError:
            pass
        group = None if self.flat is not None else row.association
        place = 0 if group is None else self._places.get(group)
        if place is None or (group is None and row.exchange is None) or self._hidden[place]:
            return None
        start = int(self._sums()[place - 1]) if place else 0
        if row.exchange is None:
            return start
        if self._folded[place]:
            return None
        try:
            number = self._list(group).index(row.exchange)
        except ValueError:
            return None
        unfolded = self._unfolded.get(group, _NOTHING)
        found = start + self._head + unfolded.row(number)
        if row.message is None:
            return found
        if number not in unfolded.exchanges:
            return None
        count = message_count(row.exchange)
        places = (at for at in range(count) if message_at(row.exchange, at) is row.message)
        at = next(places, None)
        return None if at is None else found + 1 + at

    def parent(self, row: Row) -> Row | None:
        """What a row is folded into."""
        if row.message is not None:
            return Row(row.association, row.exchange)
        return Row(row.association) if row.exchange is not None and self.flat is None else None

    # folding

    def is_folded(self, row: Row) -> bool:
        if row.message is not None or row.exchange is None:
            place = self._places.get(row.association)
            return row.message is None and place is not None and bool(self._folded[place])
        group = None if self.flat is not None else row.association
        unfolded = self._unfolded.get(group)
        return unfolded is None or all(each is not row.exchange for each in unfolded.exchanges.values())

    def fold(self, row: Row, folded: bool) -> None:
        """Fold an association or an exchange, or unfold it."""
        if row.message is not None:
            return
        group = None if self.flat is not None else row.association
        place = 0 if group is None else self._places.get(group)
        if place is None:
            return
        if row.exchange is None:
            self._folded[place] = folded
            self._summed = min(self._summed, place)
            return
        unfolded = self._unfolded.setdefault(group, Unfolded())
        if folded:
            unfolded.exchanges = {n: e for n, e in unfolded.exchanges.items() if e is not row.exchange}
        elif row.exchange in (exchanges := self._list(group)):
            unfolded.exchanges[exchanges.index(row.exchange)] = row.exchange
        self._count(place)

    def fold_all(self, folded: bool) -> None:
        """Fold all associations, also those to come, or unfold them; their exchanges fold with them."""
        if self.flat is None:
            self._folded[:] = self._folds = folded
        if folded:
            groups, self._unfolded = list(self._unfolded), {}
            for group in groups:
                self._count(0 if group is None else self._places[group])
        self._summed = 0


def _first_record(association: Association | None) -> int:
    return association.first_record if association is not None else 0
