"""Where a PDU begins: known by its bytes, on any port (PS3.8 9.3.1).

A header may prove itself (an application context item, a command group length); a weaker one has to lead to
others. So DICOM is found where its negotiation was not captured, and again behind damage.
"""

from __future__ import annotations

import struct
from enum import Enum

import numpy as np
import numpy.typing as npt

from dissect.pieces import HOLE
from dissect.wire.direction import Direction

HEADER = struct.Struct(">BxI")
PDV_HEADER = struct.Struct(">IBB")

A_ASSOCIATE_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, P_DATA_TF, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = range(1, 8)

FIXED_PART = 68
"""Bytes of an A-ASSOCIATE-RQ or -AC between its header and its items (PS3.8 Table 9-11)."""
LONGEST_ASSOCIATE = 1 << 20
LONGEST_GUESS = 1 << 24
"""P-DATA-TF PDUs longer than this are believed only where a PDU is due."""
BLOCK = 1 << 20
FIRST_BLOCK = 1 << 9
"""Bytes that a search reads first; then more and more, up to BLOCK: mostly the next PDU is near."""
CHAIN = 3
"""Headers that have to lead to one another before a weak one is believed."""
PDVS = 16
"""PDVs of a PDU that are looked at: 16 MB hold millions, and each of them may look like a header too."""
TAIL = 11
"""Bytes at the end of a block that may be the beginning of a header."""


class Look(Enum):
    """What a position looks like."""

    PDU = "the header of a PDU"
    NO = "no PDU"
    SOON = "cannot be told before more bytes come"


class Belief(Enum):
    """How much one header convinces."""

    NONE = 0
    WEAK = 1
    FULL = 2
    UNTOLD = 3


class Recogniser:
    """Looks for PDUs in one direction. `position` is where the search goes on."""

    __slots__ = ("_direction", "position")

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self.position = 0

    def look(self, position: int, *, final: bool) -> Look:
        """Whether a PDU begins at `position`: its header alone may prove it, else it must lead to others."""
        end = len(self._direction.pieces)
        kind = 0
        for step in range(CHAIN):
            if position >= end:
                if not final:
                    return Look.SOON
                reached = position == end or kind == P_DATA_TF  # a P-DATA-TF that the end cuts short
                return Look.PDU if step and reached else Look.NO
            belief, kind, position = self._believe(position, end)
            if belief is Belief.UNTOLD:
                return Look.NO if final else Look.SOON
            if belief is Belief.NONE:
                return Look.NO
            if belief is Belief.FULL:
                return Look.PDU
        return Look.PDU

    def _believe(self, at: int, end: int) -> tuple[Belief, int, int]:
        """How much a header convinces, its PDU's type, and where that PDU ends."""
        pieces = self._direction.pieces
        head = pieces.read(at, at + 80)
        if len(head) < 6:
            return Belief.UNTOLD, 0, at
        if self._direction.holes and pieces.gaps(at, at + 12):
            return Belief.NONE, 0, at
        kind, length = HEADER.unpack_from(head)
        stop = at + 6 + length
        if head[1] or not sane(kind, length):
            return Belief.NONE, kind, stop
        if kind in (A_ASSOCIATE_RQ, A_ASSOCIATE_AC):
            if length < FIXED_PART or (len(head) >= 8 and not head[7] & 1 and head[74:76] != b"\x10\0"):
                return Belief.NONE, kind, stop
            if len(head) < 76:
                return Belief.UNTOLD, kind, stop
            return (Belief.FULL if head[74:76] == b"\x10\0" else Belief.WEAK), kind, stop
        if kind != P_DATA_TF:
            return Belief.WEAK, kind, stop
        if not 6 <= length <= LONGEST_GUESS:
            return Belief.NONE, kind, stop
        if len(head) < 12:
            return Belief.UNTOLD, kind, stop
        size, _, control = PDV_HEADER.unpack_from(head, 6)
        if control & 1 and head[12:20] == b"\0\0\0\0\4\0\0\0" and size <= length - 4:
            return Belief.FULL, kind, stop
        return (Belief.WEAK if self._chains(at + 6, min(stop, end), stop) else Belief.NONE), kind, stop

    def _chains(self, at: int, end: int, stop: int) -> bool:
        """Whether PDV items lead from `at` to `stop`, their PDU's end, as far as there are bytes (`end`)."""
        for _ in range(PDVS):
            if at + 6 > end:
                return at == stop or end < stop
            size, _, control = PDV_HEADER.unpack(self._direction.pieces.read(at, at + 6))
            if size < 2 or control > 3 or at + 4 + size > stop:
                return False
            at += 4 + size
        return True

    def seek(self, *, final: bool) -> int | None:
        """Where the next PDU from `position` on begins, or None; goes on from there when called again."""
        pieces = self._direction.pieces
        end, size = len(pieces), FIRST_BLOCK
        while self.position + 6 <= end:
            base = self.position
            if self._direction.holes and (run := next(pieces.runs(base, end))).source == HOLE:
                self.position += run.length
                continue
            block = pieces.read(base, base + size)
            size = min(2 * size, BLOCK)
            for offset in candidates(block):
                look = self.look(base + offset, final=final)
                if look is Look.PDU:
                    return base + offset
                if look is Look.SOON:
                    self.position = base + offset
                    return None
            if base + len(block) >= end:
                self.position = max(base, end - TAIL)
                break
            self.position = base + len(block) - TAIL
        return None


def sane(kind: int, length: int) -> bool:
    """Whether a type and a length may go together where a PDU is due."""
    if kind == P_DATA_TF:
        return length < 1 << 28
    if kind in (A_ASSOCIATE_RQ, A_ASSOCIATE_AC):
        return length <= LONGEST_ASSOCIATE
    return 1 <= kind <= 7 and length == 4


def candidates(block: bytes) -> list[int]:
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
    found: list[int] = offsets[likely].tolist()
    return found


def _long(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Four bytes at each offset as an unsigned number, most significant byte first."""
    value = np.zeros(len(offsets), dtype=np.int64)
    for index in range(4):
        value = value << 8 | data[offsets + index]
    return value
