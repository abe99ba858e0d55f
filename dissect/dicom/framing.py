"""PDUs out of one direction's bytes: where each begins, of what type, how long (PS3.8 9.3.1).

Only headers are read. Where a PDU is due and none can be, the next one is sought, and what was passed over
becomes a finding.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.columns import Numbers, Shelf, shelved
from dissect.dicom.bursts import Burst, burst
from dissect.dicom.recognition import (
    A_ABORT,
    HEADER,
    LONGEST_ASSOCIATE,
    P_DATA_TF,
    Look,
    Recogniser,
    sane,
)
from dissect.findings import Finding, Severity, octets
from dissect.pieces import Span
from dissect.wire.direction import Direction
from dissect.wire.source import CaptureSource

PDU_NAMES = {
    1: "A-ASSOCIATE-RQ",
    2: "A-ASSOCIATE-AC",
    3: "A-ASSOCIATE-RJ",
    4: "P-DATA-TF",
    5: "A-RELEASE-RQ",
    6: "A-RELEASE-RP",
    7: "A-ABORT",
}
SEARCH_LIMIT = 4 << 20
"""Bytes of a direction without a single PDU after which it is taken for something else."""
PATIENCE = 8
"""PDUs that are looked at one by one after many at once could not be taken."""
WINDOW = 512
"""Bytes from the header of a PDU on that are read at once: mostly all that the index needs of it."""


class Pdu(NamedTuple):
    """A PDU in its direction: its header begins at `start`, its length field says `length`."""

    number: int
    """Counted from 0."""
    kind: int
    start: int
    length: int
    stop: int
    """Where its bytes end: before start + 6 + length where the direction or the next PDU cuts it short."""
    first_record: int
    """Number of the record that holds its first byte."""
    record: int
    """Number of the record that completed it."""

    @property
    def type_name(self) -> str:
        return PDU_NAMES.get(self.kind, f"PDU type {self.kind:02X}H")


class Framer:
    """Walks along a direction, PDU by PDU; what is found stays in columns."""

    __slots__ = (
        "_at", "_kinds", "_lengths", "_lost_since", "_patience", "_recogniser", "_records", "_source",
        "_starts", "_window", "_window_start", "direction", "findings", "found",
    )  # fmt: skip

    def __init__(self, direction: Direction, source: CaptureSource) -> None:
        self.direction = direction
        self._source = source
        self.findings: list[Finding] = []
        self.found = False
        """Whether any PDU was recognised."""
        self._recogniser = Recogniser(direction)
        self._at = 0
        self._lost_since: int | None = None
        self._patience = 0
        """PDUs to go before the next try to take many at once."""
        self._window = b""
        self._window_start = 0
        self._starts: Numbers = array("q")
        self._lengths: Numbers = array("q")
        self._kinds = bytearray()
        self._records: Numbers = array("q")

    def __len__(self) -> int:
        return len(self._starts)

    def pdu(self, number: int) -> Pdu:
        start, length = self._starts[number], self._lengths[number]
        direction = self.direction
        following = self._starts[number + 1] if number + 1 < len(self._starts) else len(direction.pieces)
        stop = min(start + 6 + length, following)
        first_record = direction.records[direction.pieces.number(start)]
        return Pdu(number, self._kinds[number], start, length, stop, first_record, self._records[number])

    def number_at(self, position: int) -> int:
        """The number of the last PDU that begins at or before a position; -1 where there is none."""
        return bisect_right(self._starts, position) - 1

    def completed_by(self, record: int) -> int:
        """How many PDUs were complete once a record was seen."""
        return bisect_right(self._records, record)

    def longer_than(self, limit: int, first: int, last: int) -> list[Pdu]:
        """P-DATA-TF PDUs from number `first` to before `last` whose length field says more than `limit`."""
        lengths = self._lengths[first:last]
        if not lengths or max(lengths) <= limit:
            return []
        numbers = (first + index for index, length in enumerate(lengths) if length > limit)
        return [self.pdu(number) for number in numbers if self._kinds[number] == P_DATA_TF]

    def data_lengths(self, first: int, last: int) -> list[int]:
        """What the length fields of the P-DATA-TF PDUs from number `first` to before `last` say."""
        return [
            length
            for kind, length in zip(self._kinds[first:last], self._lengths[first:last], strict=True)
            if kind == P_DATA_TF
        ]

    def kinds(self, first: int, last: int) -> bytes:
        """The types of the PDUs from number `first` to before `last`, a byte for each."""
        return bytes(self._kinds[first:last])

    def sizes(self, first: int, last: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Of the PDUs from number `first` to before `last`: the bytes that are there, the last records."""
        starts = np.array(self._starts[first : last + 1], np.int64)
        if last >= len(self._starts):
            starts = np.append(starts, len(self.direction.pieces))
        claimed = np.array(self._lengths[first:last], np.int64) + 6
        return np.minimum(claimed, np.diff(starts)), np.array(self._records[first:last], np.int64)

    def record(self, number: int) -> int:
        """Number of the record that completed a PDU."""
        return self._records[number]

    @property
    def aborts(self) -> bool:
        """Whether its last PDU is an A-ABORT."""
        return self._kinds[-1:] == bytes([A_ABORT])

    def read(self, start: int, stop: int) -> bytes:
        """Bytes of the direction; those near the PDU at hand are there already."""
        low = start - self._window_start
        if low >= 0 and stop - self._window_start <= len(self._window):
            return self._window[low : stop - self._window_start]
        return self.direction.pieces.read(start, stop)

    def walk(self, *, final: bool) -> Iterator[Pdu | Burst]:
        """The PDUs that are complete by now, short ones by many; `final`: there will be no more bytes."""
        direction = self.direction
        pieces = direction.pieces
        end = len(pieces)
        while True:
            if self._lost_since is not None and not self._search(final=final):
                return
            at = self._at
            if at + 6 > end:
                if final and at < end:
                    self._at = end
                    self._leave(at, end)
                return
            if self._patience:
                self._patience -= 1
            elif self._lost_since is None and not direction.holes and not direction.late:
                many = burst(direction, self._source, at)
                if many is not None:
                    self._take_all(many)
                    yield many
                    continue
                self._patience = PATIENCE
            window, piece = pieces.row(at, WINDOW)
            in_row = len(window)
            if in_row < 6:
                window = pieces.read(at, at + WINDOW)
            self._window, self._window_start = window, at
            kind, length = HEADER.unpack_from(window)
            stop = at + 6 + length
            if direction.holes and pieces.gaps(at, at + 6):
                self._lose(at)
                continue
            doubtful = not sane(kind, length)
            if doubtful:
                look = self._doubt(stop, length, final=final)
                if look is Look.SOON:
                    return
                if look is Look.NO:
                    self._lose(at)
                    continue
                self._object(kind, at, length)
            elif stop > end:
                if not final:
                    return
                stop = self._end_within(kind, at, length, end)
            first = direction.records[piece]
            within = stop - at <= in_row and not direction.late
            record = first if within else direction.record_of(stop - 1)
            if self._records and record < self._records[-1]:
                record = self._records[-1]  # behind a hole segments may lie in any order; PDUs do not
            self._starts.append(at)
            self._lengths.append(length)
            self._kinds.append(kind)
            self._records.append(record)
            self._at = stop
            yield Pdu(len(self._starts) - 1, kind, at, length, stop, first, record)

    def recognise(self, *, final: bool) -> Look:
        """Whether this direction speaks DICOM, as far as can be told by now."""
        if self.found:
            return Look.PDU
        pieces = self.direction.pieces
        if self._lost_since is None:
            if not len(pieces):
                return Look.NO if final else Look.SOON
            if self.direction.isn is not None and not (self.direction.holes and pieces.gaps(0, 1)):
                look = self._recogniser.look(0, final=final)
                self.found = look is Look.PDU
                return look
            self._lost_since = 0
        if self._search(final=final):
            self.found = True
            return Look.PDU
        return Look.NO if final or self._recogniser.position > SEARCH_LIMIT else Look.SOON

    def end(self) -> None:
        """Keep only what was found."""
        self._window = b""

    def shelve(self, shelf: Shelf, least: int) -> None:
        """Put tables of more than `least` rows away, its PDUs' and its segments'."""
        if self.direction.pieces.count > least:
            self.direction.shelve(shelf)
        if len(self._starts) > least:
            self._starts, self._lengths = shelved(self._starts, shelf), shelved(self._lengths, shelf)
            self._records = shelved(self._records, shelf)

    def begin(self) -> None:
        """The connection is known to speak DICOM, whatever this direction looks like."""
        if not self.found and self.direction.isn is None:
            self._lost_since = 0
        self.found = True

    def _search(self, *, final: bool) -> bool:
        """Look for the next PDU from where the last search ended; True once there is one."""
        at = self._recogniser.seek(final=final)
        since, end = self._lost_since, len(self.direction.pieces)
        if at is not None:
            self._lost_since, self._at = None, at
            if since is not None and at > since:
                self._skip(since, at)
            return True
        if final and self.found and since is not None:
            self._lost_since, self._at = None, end
            self._leave(since, end)
        return False

    def _doubt(self, stop: int, length: int, *, final: bool) -> Look:
        """An unlikely header where one is due: believe it if its length leads to a PDU or just to the end."""
        if length > LONGEST_ASSOCIATE:
            return Look.NO
        if stop == len(self.direction.pieces) and final:
            return Look.PDU
        return self._recogniser.look(stop, final=final)

    def _end_within(self, kind: int, at: int, length: int, end: int) -> int:
        """Where a PDU ends that the direction cuts short, or whose length is wrong: other PDUs follow."""
        self._recogniser.position = at + 6
        following = self._recogniser.seek(final=True)
        stop = end if following is None else following
        if following is not None or not self.direction.missed:
            text = f"The {PDU_NAMES[kind]} says {octets(length)}, of which {stop - at - 6} are there."
            self.find("pdu-cut", "warning", text, at, stop, "")
        return stop

    def _take_all(self, burst: Burst) -> None:
        self._starts.frombytes(burst.starts.tobytes())
        self._lengths.frombytes(burst.lengths.tobytes())
        self._kinds += bytes([P_DATA_TF]) * len(burst.starts)
        self._records.frombytes(burst.records.tobytes())
        self._at = int(burst.starts[-1]) + 6 + int(burst.lengths[-1])

    def _lose(self, at: int) -> None:
        self._lost_since = at
        self._recogniser.position = at + 1

    def _skip(self, since: int, at: int) -> None:
        if not since and self.direction.isn is None:
            return  # the capture begins within a PDU: nothing was due there
        missing = sum(gap.length for gap in self.direction.pieces.gaps(since, at))
        if missing:
            text = f"{octets(missing)} not captured; {octets(at - since)} passed over to the next PDU."
            self.find("bytes-missing", "warning", text, since, at, "")
        else:
            text = f"No PDU begins here; {octets(at - since)} passed over to the next one."
            self.find("lost-framing", "error", text, since, at, "PS3.8 Table 9-10")

    def _leave(self, since: int, end: int) -> None:
        if self.direction.pieces.gaps(since, end) or (not since and self.direction.isn is None):
            self._skip(since, end)
        else:
            text = f"This direction ends with {octets(end - since)} that are no whole PDU."
            self.find("lost-framing", "error", text, since, end, "PS3.8 Table 9-10")

    def _object(self, kind: int, at: int, length: int) -> None:
        if 1 <= kind <= 7:
            text = f"{PDU_NAMES[kind]} with a length of {length}."
            self.find("pdu-length", "error", text, at, at + 6, f"PS3.8 9.3.{kind + 1}")
        else:
            text = f"PDU type {kind:02X}H is not one of 01H to 07H; its {length} bytes were passed over."
            self.find("unknown-pdu", "error", text, at, at + 6 + length, "PS3.8 Table 9-10")

    def find(self, rule: str, severity: Severity, text: str, start: int, stop: int, clause: str) -> None:
        """Note what is wrong with the bytes from `start` to `stop`."""
        span = Span(self.direction.pieces, start, stop - start)
        self.findings.append(Finding(rule, severity, text, span, clause))
