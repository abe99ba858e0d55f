"""PDUs out of one direction's bytes: where each begins, of what type, how long (PS3.8 9.3.1).

Only headers are read. DICOM is known by its bytes, on any port: an A-ASSOCIATE-RQ at the start of a direction
or, where the start was not captured, PDU headers that lead to one another. After damage the next such header
is sought, and what was passed over becomes a finding.
"""

from __future__ import annotations

import struct
from array import array
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.findings import Finding, Severity
from dissect.pieces import Span
from dissect.wire.direction import Direction
from dissect.wire.source import CaptureSource

HEADER = struct.Struct(">BxI")
PDV_HEADER = struct.Struct(">IBB")

A_ASSOCIATE_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, P_DATA_TF, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = range(1, 8)
PDU_NAMES = (
    "", "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT",
)  # fmt: skip

FIXED_PART = 68
"""Bytes of an A-ASSOCIATE-RQ or -AC between its header and its items (PS3.8 Table 9-11)."""
LONGEST_ASSOCIATE = 1 << 20
LONGEST_GUESS = 1 << 24
"""P-DATA-TF PDUs longer than this are believed only where a PDU is due."""
BLOCK = 1 << 20
SEARCH_LIMIT = 4 << 20
"""Bytes of a direction without a single PDU after which it is taken for something else."""
CHAIN = 3
"""Headers that have to lead to one another before a weak one is believed."""


class Look(Enum):
    """What a position looks like."""

    PDU = "the header of a PDU"
    NO = "no PDU"
    SOON = "cannot be told before more bytes come"


class Pdu(NamedTuple):
    """A PDU in its direction: `number` counts from 0, `start` is where its header begins,
    `length` the value of its length field.
   """

    number: int
    kind: int
    start: int
    length: int
    stop: int
    """Where its bytes end; less than start + 6 + length where the direction ends first."""
    record: int
    """Number of the record that completed it."""

    @property
    def type_name(self) -> str:
        return PDU_NAMES[self.kind] if 1 <= self.kind <= 7 else f"PDU type {self.kind:02X}H"


class Framer:
    """Walks along a direction, PDU by PDU; what is found stays in columns."""

    __slots__ = (
        "_at",
        "_candidate",
        "_kinds",
        "_lengths",
        "_lost_since",
        "_records",
        "_source",
        "_starts",
        "direction",
        "findings",
        "found",
    )  # fmt: skip

    def __init__(self, direction: Direction, source: CaptureSource) -> None:
        self.direction = direction
        self.findings: list[Finding] = []
        self.found = False
        """Whether any PDU was recognised."""
        self._source = source
        self._at = 0
        self._lost_since: int | None = None
        self._candidate = 0
        self._starts = array("q")
        self._lengths = array("q")
        self._kinds = bytearray()
        self._records = array("q")

    def __len__(self) -> int:
        return len(self._starts)

    def pdu(self, index: int) -> Pdu:
        start, length = self._starts[index], self._lengths[index]
        stop = min(start + 6 + length, len(self.direction.pieces))
        return Pdu(index, self._kinds[index], start, length, stop, self._records[index])

    def index_at(self, position: int) -> int:
        """The index of the last PDU that begins at or before a position; -1 where there is none."""
        return int(np.searchsorted(np.array(self._starts), position, side="right")) - 1

    def completed_by(self, record: int) -> int:
        """How many PDUs were complete once a record was seen."""
        return int(np.searchsorted(np.array(self._records), record, side="right"))

    def record_of(self, position: int) -> int:
        """Number of the record with which the byte at `position` and all before it were there."""
        direction = self.direction
        record = self._source.record_at(direction.pieces.source_near(position))
        return max(record, direction.late_record(position)) if direction.late else record

    def advance(self, *, final: bool) -> None:
        """Walk on as far as the bytes reach; `final`: there will be no more of them."""
        pieces = self.direction.pieces
        end = len(pieces)
        while True:
            if self._lost_since is not None and not self._search(final=final):
                return
            at = self._at
            if at + 6 > end:
                if final and at < end:
                    self._leave(at, end)
                return
            kind, length = HEADER.unpack(pieces.read(at, at + 6))
            stop = at + 6 + length
            if self.direction.holes and pieces.gaps(at, at + 6):
                self._lose(at)
            elif not _sane(kind, length):
                look = self._doubt(stop, length, final=final)
                if look is Look.SOON:
                    return
                if look is Look.PDU:
                    self._take(kind, at, length, stop)
                    self._object(kind, at, length)
                else:
                    self._lose(at)
            elif stop <= end:
                self._take(kind, at, length, stop)
            elif not final:
                return
            else:
                self._end_within(kind, at, length, end)

    def recognise(self, *, final: bool) -> Look:
        """Whether this direction speaks DICOM, as far as can be told by now."""
        if self.found:
            return Look.PDU
        pieces = self.direction.pieces
        if self._lost_since is None:
            if self.direction.isn is not None and len(pieces) and not pieces.gaps(0, 1):
                look = self.look(0, final=final)
                self.found = look is Look.PDU
                return look
            if not len(pieces):
                return Look.NO if final else Look.SOON
            self._lost_since = 0
        if self._search(final=final):
            self.found = True
            return Look.PDU
        return Look.NO if final or self._candidate > SEARCH_LIMIT else Look.SOON

    def begin(self) -> None:
        """The connection is known to speak DICOM, whatever this direction looks like."""
        if not self.found and self.direction.isn is None:
            self._lost_since = 0
        self.found = True

    def look(self, position: int, *, final: bool) -> Look:
        """Whether a PDU begins at `position`: its header alone may prove it, else it must lead to others."""
        end = len(self.direction.pieces)
        kind = 0
        for step in range(CHAIN):
            if position >= end:
                if not final:
                    return Look.SOON
                reached = position == end or kind == P_DATA_TF  # a P-DATA-TF that the end cuts short
                return Look.PDU if step and reached else Look.NO
            belief, kind, position = self._believe(position, end)
            if belief is None:
                return Look.NO if final else Look.SOON
            if belief == 0:
                return Look.NO
            if belief == 2:
                return Look.PDU
        return Look.PDU

    def _believe(self, at: int, end: int) -> tuple[int | None, int, int]:
        """How much a header convinces (0 not, 1 somewhat, 2 wholly, None: too few bytes), its type, its PDU's end."""
        pieces = self.direction.pieces
        head = pieces.read(at, at + 80)
        if len(head) < 6:
            return None, 0, at
        if self.direction.holes and pieces.gaps(at, at + 12):
            return 0, 0, at
        kind, length = HEADER.unpack_from(head)
        stop = at + 6 + length
        if head[1] or not _sane(kind, length):
            return 0, kind, stop
        if kind in (A_ASSOCIATE_RQ, A_ASSOCIATE_AC):
            if length < FIXED_PART or (len(head) >= 8 and not head[7] & 1 and head[74:76] != b"\x10\0"):
                return 0, kind, stop
            if len(head) < 76:
                return None, kind, stop
            return (2 if head[74:76] == b"\x10\0" else 1), kind, stop
        if kind != P_DATA_TF:
            return 1, kind, stop
        if not 6 <= length <= LONGEST_GUESS:
            return 0, kind, stop
        if len(head) < 12:
            return None, kind, stop
        size, _, control = PDV_HEADER.unpack_from(head, 6)
        if control & 1 and head[12:20] == b"\0\0\0\0\4\0\0\0" and size <= length - 4:
            return 2, kind, stop
        return (1 if self._chains(at + 6, min(stop, end), stop) else 0), kind, stop

    def _chains(self, at: int, end: int, stop: int) -> bool:
        """Whether PDV items lead to one another from `at` to the PDU's end at `stop`, bytes being there up to `end`."""
        while at + 6 <= end:
            size, _, control = PDV_HEADER.unpack(self.direction.pieces.read(at, at + 6))
            if size < 2 or control > 3 or at + 4 + size > stop:
                return False
            at += 4 + size
        return at == stop or end < stop

    def _search(self, *, final: bool) -> bool:
        """Look for the next PDU from where the last search ended; True once there is one."""
        at = self._seek(final=final)
        since, end = self._lost_since, len(self.direction.pieces)
        if at is not None:
            self._lost_since, self._at = None, at
            if self.found and since is not None:
                self._skip(since, at)
            return True
        if final and self.found and since is not None:
            self._lost_since, self._at = None, end
            self._leave(since, end)
        return False

    def _seek(self, *, final: bool) -> int | None:
        """The position of the next PDU from `_candidate` on, which moves along; None where there is none yet."""
        pieces, end = self.direction.pieces, len(self.direction.pieces)
        while self._candidate + 6 <= end:
            base = self._candidate
            block = pieces.read(base, base + BLOCK)
            for offset in _candidates(block):
                look = self.look(base + offset, final=final)
                if look is Look.PDU:
                    return base + offset
                if look is Look.SOON:
                    self._candidate = base + offset
                    return None
            if base + len(block) >= end:
                self._candidate = max(base, end - 11)  # the last bytes may be the beginning of a header
                break
            self._candidate = base + len(block) - 11
        return None

    def _doubt(self, stop: int, length: int, *, final: bool) -> Look:
        """An unlikely header where one is due: believe it if its length leads to a PDU or just to the end."""
        if length > LONGEST_ASSOCIATE:
            return Look.NO
        if stop == len(self.direction.pieces) and final:
            return Look.PDU
        return self.look(stop, final=final)

    def _take(self, kind: int, at: int, length: int, stop: int) -> None:
        self._starts.append(at)
        self._lengths.append(length)
        self._kinds.append(kind)
        self._records.append(self.record_of(stop - 1))
        self._at = stop

    def _end_within(self, kind: int, at: int, length: int, end: int) -> None:
        """The direction ends inside a PDU: either bytes are missing, or its length is wrong and PDUs follow."""
        self._candidate = at + 6
        following = self._seek(final=True)
        stop = end if following is None else following
        self._take(kind, at, length, stop)
        text = f"The {PDU_NAMES[kind]} says {length} bytes, of which {stop - at - 6} are there."
        self._find("pdu-cut", "warning", text, at, stop, "PS3.8 9.3.1")

    def _lose(self, at: int) -> None:
        self._lost_since = at
        self._candidate = at + 1

    def _skip(self, since: int, at: int) -> None:
        missing = sum(gap.length for gap in self.direction.pieces.gaps(since, at))
        if missing:
            text = f"{missing} bytes were not captured; {at - since} bytes passed over to the next PDU."
            self._find("bytes-missing", "warning", text, since, at, "")
        else:
            text = f"No PDU begins here; {at - since} bytes passed over to the next one."
            self._find("lost-framing", "error", text, since, at, "PS3.8 Table 9-10")

    def _leave(self, since: int, end: int) -> None:
        if self.direction.pieces.gaps(since, end):
            self._skip(since, end)
        else:
            text = f"The last {end - since} bytes of this direction are no whole PDU."
            self._find("lost-framing", "error", text, since, end, "PS3.8 9.3.1")

    def _object(self, kind: int, at: int, length: int) -> None:
        if 1 <= kind <= 7:
            text = f"{PDU_NAMES[kind]} with a length of {length}."
            self._find("pdu-length", "error", text, at, at + 6, "PS3.8 9.3.1")
        else:
            text = f"PDU type {kind:02X}H is not one of 01H to 07H; its {length} bytes were passed over."
            self._find("unknown-pdu", "error", text, at, at + 6 + length, "PS3.8 Table 9-10")

    def _find(self, rule: str, severity: Severity, text: str, start: int, stop: int, clause: str) -> None:
        span = Span(self.direction.pieces, start, stop - start)
        self.findings.append(Finding(rule, severity, text, span, clause))


def _sane(kind: int, length: int) -> bool:
    """Whether a type and a length may go together where a PDU is due."""
    if kind == P_DATA_TF:
        return length < 1 << 28
    if kind in (A_ASSOCIATE_RQ, A_ASSOCIATE_AC):
        return length <= LONGEST_ASSOCIATE
    return 1 <= kind <= 7 and length == 4


def _candidates(block: bytes) -> list[int]:
    """Offsets in `block` at which a PDU header may stand."""
    data = np.frombuffer(block, dtype=np.uint8)
    if len(data) < 6:
        return []
    offsets = np.flatnonzero((data[:-5] - np.uint8(1) < 7) & (data[1:-4] == 0))
    kinds, lengths = data[offsets], _long(data, offsets + 2)
    data_transfer = kinds == P_DATA_TF
    associate = kinds <= A_ASSOCIATE_AC
    likely = np.where(associate, (lengths >= FIXED_PART) & (lengths <= LONGEST_ASSOCIATE), lengths == 4)
    likely = np.where(data_transfer, (lengths >= 6) & (lengths <= LONGEST_GUESS), likely)
    whole = offsets + 12 <= len(data)
    inside = np.where(whole, offsets, 0) + 6
    if len(data) >= 12:
        sizes = _long(data, inside)
        odd_and_clear = (data[inside + 4] & 1 == 1) & (data[inside + 5] <= 3)
        several = (sizes >= 2) & (sizes + 10 <= lengths) & (lengths <= LONGEST_ASSOCIATE) & odd_and_clear
        likely &= ~(data_transfer & whole) | (sizes + 4 == lengths) | several
    return offsets[likely].tolist()


def _long(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Four bytes at each offset as an unsigned number, most significant byte first."""
    value = np.zeros(len(offsets), dtype=np.int64)
    for index in range(4):
        value = value << 8 | data[offsets + index]
    return value
