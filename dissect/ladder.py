"""The rows of a ladder: who said what to whom, when, for one association or several that belong together.

Columns are parties, in the order they come up; rows are in the order of time. Nothing here knows how a ladder
is drawn: see `outputs/ladder.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import PENDING
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.statistics.flow import Stall
from dissect.wire.streams import Endpoint

_NO_DATA = re.compile(b"[^%c]" % P_DATA_TF, re.DOTALL)
FOLDED = 3
"""Pending responses in a row from which on they become one row."""


@dataclass(slots=True)
class Column:
    """A party: an AE title where one is known, and the addresses it was seen at, in order."""

    title: str | None
    ends: list[Endpoint]


@dataclass(slots=True)
class Row:
    """One arrow: a message, a run of pending responses, a PDU that is no P-DATA-TF, or the end of TCP."""

    association: Association
    what: Message | Pdu | None
    """The first message of a run; None for the end of the TCP connection."""
    side: int
    """The side of the connection that sent it."""
    time: int
    """When its first byte was captured, in nanoseconds since the epoch."""
    order: tuple[int, int]
    """Record and position of its first byte."""
    sender: int = 0
    receiver: int = 0
    """Columns."""
    delta: int | None = None
    """Nanoseconds since the row before; None in the first."""
    messages: list[Message] = field(default_factory=list)
    """The message, or all of a run; none for a PDU."""
    stalls: list[Stall] = field(default_factory=list)
    """What time was lost to before its last byte, and after the row before."""

    @property
    def end(self) -> int:
        """When its last byte was captured, in nanoseconds since the epoch."""
        if self.messages:
            return self.messages[-1].end_time
        return self.association.time(self.what.record) if isinstance(self.what, Pdu) else self.time


@dataclass(slots=True)
class Ladder:
    """Columns and rows; `zero` is the time of the capture's first record."""

    columns: list[Column]
    rows: list[Row]
    zero: int
    associations: list[Association]


def ladder(
    associations: Sequence[Association],
    *,
    fold: bool = True,
    stalls: Iterable[tuple[Association, Stall]] = (),
) -> Ladder:
    """The ladder of associations of one capture; `fold`: runs of pending responses are one row."""
    columns: list[Column] = []
    parties = {
        (id(association), side): _column(columns, association, side)
        for association in associations
        for side in (association.requestor_side, association.acceptor_side)
    }
    rows = [row for association in associations for row in _rows(association)]
    rows.sort(key=lambda row: row.order)
    if fold:
        rows = _folded(rows)
    mark(rows, stalls)
    before = None
    for row in rows:
        row.sender = parties[id(row.association), row.side]
        row.receiver = parties[id(row.association), 1 - row.side]
        row.delta = None if before is None else row.time - before
        before = row.time
    zero = associations[0].time(0) if associations else 0
    return Ladder(columns, rows, zero, list(associations))


def mark(rows: list[Row], stalls: Iterable[tuple[Association, Stall]]) -> None:
    """Give each stall to the row that it held up: the first of its association that ends with it or after.

    Once: rows keep what they were given.
    """
    held = list(stalls)
    if not held:  # most ladders: their rows need not be sorted
        return
    own: dict[int, list[Row]] = {}
    for row in sorted(rows, key=_end):
        own.setdefault(id(row.association), []).append(row)
    for association, stall in held:
        mine = own.get(id(association), [])
        place = bisect_left(mine, stall.end, key=_end)
        if place < len(mine):
            mine[place].stalls.append(stall)


def _end(row: Row) -> int:
    return row.end


def _column(columns: list[Column], association: Association, side: int) -> int:
    """The column of one side, which may be there already: known by its AE title, else by its address.

    Addresses tell parties apart only where the two sides have different ones, which on one machine they have
    not.
    """
    title = association.calling_ae if side == association.requestor_side else association.called_ae
    end, peer = association.stream.ends[side], association.stream.ends[1 - side]
    for index, column in enumerate(columns):
        same_host = end.number != peer.number and end.number in (known.number for known in column.ends)
        if (title and title == column.title) or (same_host and not (title and column.title)):
            column.title = column.title or title
            if end not in column.ends:
                column.ends.append(end)
            return index
    columns.append(Column(title, [end]))
    return len(columns) - 1


def _rows(association: Association) -> Iterator[Row]:
    for message in association.messages:
        order = (message.first_record, message.start)
        yield Row(association, message, message.side, message.time, order, messages=[message])
    for side in (0, 1):
        for found in _NO_DATA.finditer(association.kinds(side)):  # of 60,000 PDUs, a handful
            pdu = association.pdu(side, found.start())
            order = (pdu.first_record, pdu.start)
            yield Row(association, pdu, side, association.time(pdu.first_record), order)
    stream = association.stream
    if association.outcome == "closed" and stream.closed is not None and not association.superseded:
        # who sent the first FIN is not kept; the requestor stands for both
        side = association.requestor_side if stream.reset is None else stream.reset
        order = (stream.closed, 1 << 62)
        yield Row(association, None, side, association.time(stream.closed), order)


def _folded(rows: list[Row]) -> list[Row]:
    """`rows` with each run of pending responses to one request in a single row."""
    found: list[Row] = []
    run: list[Row] = []
    for row in rows:
        if run and not _continues(run[-1], row):
            found += _fold(run)
            run = []
        if isinstance(row.what, Message) and row.what.is_response and row.what.status in PENDING:
            run.append(row)
        else:
            found.append(row)
    return found + _fold(run)


def _continues(row: Row, following: Row) -> bool:
    one, other = row.what, following.what
    return (
        isinstance(one, Message)
        and isinstance(other, Message)
        and row.association is following.association
        and (one.side, one.command, one.responding_to) == (other.side, other.command, other.responding_to)
        and other.status in PENDING
    )


def _fold(run: list[Row]) -> list[Row]:
    if len(run) < FOLDED:
        return run
    run[0].messages = [message for row in run for message in row.messages]
    return [run[0]]
