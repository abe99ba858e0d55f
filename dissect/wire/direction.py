"""One direction of a TCP connection: segments in, one ordered run of bytes out, holes included.

Rules a maintainer must keep:
- Where segments overlap, the first to arrive wins, as the receiver saw it.
- A gap becomes a hole only once nothing can fill it any more: the receiver acknowledged bytes behind it
  (so only the capture lost them), far too much waits behind it, or the connection ended.
- A direction whose SYN was not captured begins at the earliest byte of its first segments.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.columns import Numbers, Shelf, shelved
from dissect.pieces import HOLE, Pieces, Source
from dissect.wire.coverage import cover

MASK = 0xFFFFFFFF
FAR = 1 << 30
"""Further than any window from where a direction stands: not this connection, but a reuse of its ports."""
PATIENCE_ROWS = 32
"""Rows of a connection to wait for a late packet after its bytes were acknowledged: monitor ports reorder."""
PATIENCE_BYTES = 16 << 20
PATIENCE_SEGMENTS = 4096
"""How much may wait behind a gap when no acknowledgement of it is captured."""


Column = npt.NDArray[np.int64]


class Waiting(NamedTuple):
    """Bytes that came before those in front of them; `start` and `stop` are stream positions."""

    start: int
    stop: int
    captured: int
    offset: int
    record: int


class Late(NamedTuple):
    """The bytes from `start` to `stop` were of use only when `record` had filled the gap before them."""

    start: int
    stop: int
    record: int


class Direction:
    """What one end sent. `pieces` holds what is settled, `following` the sequence number after it."""

    __slots__ = (
        "_acked",
        "_borders",
        "_waiting",
        "fin",
        "following",
        "holes",
        "isn",
        "late",
        "pieces",
        "records",
        "settled",
    )

    def __init__(self, capture: Source) -> None:
        self.pieces = Pieces(capture)
        self.records: Numbers = array("q")
        """The record that each piece lies in; for a hole, the one that made it sure."""
        self.following = 0
        self.settled = False
        """Whether position 0 is known; until then positions count from the first segment that came."""
        self.isn: int | None = None
        self.fin: int | None = None
        self.holes = 0
        self.late: list[Late] = []
        self._waiting: list[Waiting] = []
        self._borders: list[int] = []
        """Those of what waits; see `cover`."""
        self._acked: int | None = None

    @property
    def begun(self) -> bool:
        return self.settled or bool(self._waiting)

    @property
    def flows(self) -> bool:
        """Whether segments that come in order may be appended without a look at each."""
        return self.settled and not self._waiting

    @property
    def finished(self) -> bool:
        return self.fin is not None and self.settled and self.following == (self.fin + 1) & MASK

    def position(self, sequence: int) -> int:
        ahead = (sequence - self.following) & MASK
        return len(self.pieces) + (ahead - 0x100000000 if ahead & 0x80000000 else ahead)

    def foreign(self, sequence: int) -> bool:
        """Whether a sequence number is too far off to belong to this connection."""
        return self.begun and abs(self.position(sequence) - len(self.pieces)) > FAR

    def may_begin_at(self, sequence: int) -> bool:
        """Whether a SYN that comes after data may be that of this direction: packets overtake one another.

        Its first byte, at `sequence`, lies at or a little before the earliest that came.
        """
        earliest = 0 if self.settled or not self._waiting else self._waiting[0].start
        return not self.begun or earliest - PATIENCE_BYTES < self.position(sequence) <= earliest

    def open(self, isn: int) -> None:
        """A SYN: position 0 is the byte after it."""
        self.isn = isn
        if self.settled:
            return
        first = (isn + 1) & MASK
        shift = self.position(first) if self._waiting else 0
        self.following = first
        self._begin_at(shift)

    def add(self, sequence: int, offset: int, captured: int, length: int, record: int) -> None:
        """One segment of `length` > 0 bytes, of which `captured` lie at `offset` of the capture."""
        if not self.begun:
            self.following = sequence
        start, settled = self.position(sequence), len(self.pieces)
        segment = Waiting(start, start + length, captured, offset, record)
        if not self.settled:
            self._hold(segment)
            if len(self._waiting) > PATIENCE_ROWS:
                self.settle()
        elif start <= settled:
            # bytes that were sent before are a retransmission, a monitor port's duplicate or a keep-alive
            if segment.stop > settled:
                self._append(segment)
                self._drain(record)
        else:
            self._hold(segment)
            if len(self._waiting) > PATIENCE_SEGMENTS or self._waiting[-1].stop - settled > PATIENCE_BYTES:
                self.concede(record)

    def end(self, sequence: int) -> None:
        """A FIN, whose own sequence number is `sequence`."""
        if self.fin is None:
            self.fin = sequence
            self._take_fin()

    def acknowledge(self, number: int, row: int, record: int) -> None:
        """The other end has all before `number`, says `record`, the connection's segment number `row`."""
        if not self._waiting:
            return
        if not self.settled:
            if self.position(number) > self._waiting[0].start:
                self.settle()
        elif self._acked is None:
            if self.position(number) > self._waiting[0].start:
                self._acked = row
        elif row - self._acked >= PATIENCE_ROWS:
            self.concede(record)

    def record_of(self, position: int) -> int:
        """Number of the record with which the byte at `position` and all before it were there."""
        record = self.records[self.pieces.number(position)]
        return max(record, self._late_record(position)) if self.late else record

    def _late_record(self, position: int) -> int:
        """The record with which a byte that came too early was of use; -1 for one that came in its turn."""
        index = bisect_right(self.late, position, key=_start) - 1
        if index >= 0 and position < self.late[index].stop:
            return self.late[index].record
        return -1

    def extend(self, offsets: Column, lengths: Column, records: Column) -> None:
        """Segments that follow on, whole and in order: their payloads at `offsets` of the capture."""
        self.pieces.extend(offsets, lengths)
        self.records.frombytes(records.tobytes())

    def extend_by_few(self, offsets: list[int], lengths: list[int], records: list[int]) -> None:
        """The same for a handful of segments, for which numpy is slow."""
        self.pieces.extend_by_few(offsets, lengths)
        self.records.extend(records)

    def settle(self) -> None:
        """Begin mid-stream with the earliest byte seen."""
        if not self.settled and self._waiting:
            first = self._waiting[0].start
            self.following = (self.following + first) & MASK
            self._begin_at(first)

    def concede(self, record: int) -> None:
        """The bytes before those that wait will not come: a hole takes their place."""
        self.settle()
        if self._waiting:
            missing = self._waiting[0].start - len(self.pieces)
            self._lay(HOLE, missing, record)
            self.following = (self.following + missing) & MASK
            self.holes += 1
            self._drain(None)  # the receiver had the missing bytes in time

    def hurry(self, record: int, *, patient: bool) -> bool:
        """Nothing came for a while: take what waits, unless `patient` and its sender may repeat the gap."""
        if not self._waiting:
            return False
        if self.settled and self._acked is None and patient:
            return False
        if self.settled:
            self.concede(record)
        else:
            self.settle()
        return True

    def forget(self) -> None:
        """Let go of the bytes: nobody reads them."""
        self.pieces, self.records = Pieces(self.pieces.below), array("q")
        self._waiting, self._borders, self.late = [], [], []

    def shelve(self, shelf: Shelf) -> None:
        """Put the rows of its segments away; they are read back where somebody looks."""
        self.pieces.shelve(shelf)
        self.records = shelved(self.records, shelf)

    def finish(self, record: int) -> None:
        """No more segments will come."""
        self.settle()
        while self._waiting:
            self.concede(record)

    def _begin_at(self, first: int) -> None:
        """Settle: what was position `first` is position 0 now; what lies before it belongs to no one."""
        self.settled = True
        waiting, self._waiting = self._waiting, []
        self._borders = [border - first for border in self._borders]
        for segment in waiting:
            if segment.stop > first:
                self._waiting.append(segment._replace(start=segment.start - first, stop=segment.stop - first))
        self._drain(None)

    def _append(self, segment: Waiting) -> None:
        cut = len(self.pieces) - segment.start
        length = segment.stop - segment.start - cut
        captured = max(min(segment.captured - cut, length), 0)
        if captured:
            self._lay(segment.offset + cut, captured, segment.record)
        if captured < length:  # cut by the snap length
            self._lay(HOLE, length - captured, segment.record)
            self.holes += 1
        self.following = (self.following + length) & MASK
        if self.fin is not None:
            self._take_fin()

    def _lay(self, source: int, length: int, record: int) -> None:
        self.pieces.append(source, length)
        self.records.append(record)

    def _take_fin(self) -> None:
        if self.settled and self.following == self.fin:
            self.following = (self.following + 1) & MASK

    def _hold(self, segment: Waiting) -> None:
        """Put those parts of a segment that no earlier one brought among those that wait, in order."""
        for start, stop in cover(self._borders, segment.start, segment.stop):
            cut = start - segment.start
            part = Waiting(start, stop, segment.captured - cut, segment.offset + cut, segment.record)
            insort(self._waiting, part, key=_start)

    def _drain(self, record: int | None) -> None:
        """Take what waited and now follows."""
        start, taken = len(self.pieces), 0
        for segment in self._waiting:
            if segment.start > len(self.pieces):
                break
            if segment.stop > len(self.pieces):
                self._append(segment)
            taken += 1
        if taken:
            del self._waiting[:taken]
            self._acked = None
            if record is not None and len(self.pieces) > start:
                self.late.append(Late(start, len(self.pieces), record))
        del self._borders[: bisect_right(self._borders, len(self.pieces))]


def _start(part: Late | Waiting) -> int:
    return part.start
