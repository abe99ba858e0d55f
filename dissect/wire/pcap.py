"""The pcap format: a file header, then records of 16 bytes (24 in the modified variant) and the packet.

https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from dissect.wire.chain import follow
from dissect.wire.files import Mapped
from dissect.wire.gather import Positions, gather
from dissect.wire.walk import SANE, RecordBatch, Report, Survey, Walker

FILE_HEADER = 24
MICROSECONDS = 0xA1B2C3D4
NANOSECONDS = 0xA1B23C4D
MODIFIED = 0xA1B2CD34
"""Alexey Kuznetzov's variant of old Linux distributions: 8 more bytes in each record header."""

CHAIN = 4
"""Records that have to follow each other before a place is believed to be one."""

NEAR = 30 * 86400
"""Seconds that records around a damaged place may lie apart."""

RECENT = 9
"""Records whose times tell what time is to be expected."""

BIGGEST = 16 << 20
"""No packet on a wire is longer."""


class PcapWalker(Walker):
    """The records of a pcap file."""

    length_at = 8

    def __init__(self, mapped: Mapped, report: Report) -> None:
        super().__init__(mapped, report)
        start = bytes(mapped.data[:4])
        order = "<" if start[3] == 0xA1 else ">"
        (magic,) = struct.unpack(order + "I", start)
        self.header = self.extra = 24 if magic == MODIFIED else 16
        self._unit = 1_000_000_000 if magic == NANOSECONDS else 1_000_000
        self.length = struct.Struct(f"{order}I{self.header - 12}x")
        self._fields = struct.Struct(order + "IIII")
        self._file_fields = struct.Struct(order + "16xII")
        names = ("seconds", "fraction", "captured", "original")
        self._form = np.dtype([(name, order + "u4") for name in names])
        self._word = np.dtype(order + "u4")
        self._head = np.empty(0, self._form)
        self._sane = SANE
        self._link = -1
        self._seconds: int | None = None
        """About when the records around a damaged place were captured."""
        self._recent: list[int] = []

    def _open(self) -> bool:
        """Read the file header, once it is there."""
        if len(self.mapped.data) < FILE_HEADER:
            return False
        snaplen, link = self._file_fields.unpack_from(self.mapped.data)
        if snaplen <= BIGGEST:  # 0x7fffffff says nothing about the records
            self._sane = max(SANE, snaplen)
        self._link = link & 0xFFFF  # above it: the length of frame check sequences
        self.position = FILE_HEADER
        return True

    def survey(self, limit: int) -> Survey:
        if self.position == 0 and not self._open():
            none = np.empty(0, np.int64)
            return Survey(none, none, 0, 0)
        mapped, size = self.mapped, len(self.mapped.data)
        rows = follow(self, limit + CHAIN)
        self._head = head = gather(mapped.array, rows, self._form)
        captured = head["captured"].astype(np.int64)
        ends = rows + self.header + captured
        original = head["original"]
        sane = (captured <= self._sane) & ((captured > 0) | (original > 0))
        short, late = original < captured, head["fraction"] >= self._unit
        doubtful = ~sane | short | late
        count = len(rows)
        bad = hold = count
        if doubtful.any():
            wild = (~sane & (short | late)) | (short & late)
            bad, hold = self._doubts(sane & ~wild, wild, np.flatnonzero(doubtful), ends, size)
        if bad < count or (count and int(ends[-1]) > size):
            good = head["seconds"][: min(bad, int(np.searchsorted(ends, size, "right")))]
            self._orient((self._recent + good[-RECENT:].tolist())[-RECENT:])
        return Survey(rows, ends, bad, hold)

    def _doubts(
        self,
        sane: npt.NDArray[np.bool_],
        wild: npt.NDArray[np.bool_],
        doubtful: Positions,
        ends: Positions,
        size: int,
    ) -> tuple[int, int]:
        """The first doubtful row that is no record, and the first that cannot be judged yet.

        A header with one strange field is a record all the same when sane records follow it, or the end of
        the file; with two (`wild`) it is none.
        """
        count = len(sane)
        for index in doubtful.tolist():
            following = sane[index + 1 : index + CHAIN]
            whole = ends[index] <= size
            if wild[index] or not following.all() or not (whole or sane[index]):
                return index, count
            if len(following) < CHAIN - 1 and ends[-1] != size:
                if not self.final:
                    return count, index
                if not whole:
                    return index, count
        return count, count

    def _orient(self, recent: list[int]) -> None:
        """Records behind a damaged place will be near those before it, of which one or the other may lie."""
        self._seconds = sorted(recent)[len(recent) // 2] if recent else None

    def restart(self, rows: Positions, bad: int) -> int:
        # The length of the record before may be what is wrong: search inside it.
        return int(rows[bad - 1]) + self.header if bad else int(rows[bad]) + 1

    def vouches(self, row: int, end: int) -> bool:
        seconds, fraction, _, original = self._fields.unpack_from(self.mapped.data, row)
        near = self._seconds is None or abs(seconds - self._seconds) <= NEAR
        return bool(near and fraction < self._unit and row + self.header + original == end)

    def batch(self, rows: Positions, ends: Positions) -> RecordBatch:
        head = self._head[: len(rows)]  # gathered by `survey`, of which these rows are the first
        captured = ends - rows - self.header
        seconds = head["seconds"].astype(np.int64)
        self._recent = (self._recent + seconds[-RECENT:].tolist())[-RECENT:]
        return RecordBatch(
            first=self.count,
            offset=rows + self.header,
            captured=captured,
            original=np.maximum(head["original"].astype(np.int64), captured),
            time=seconds * 1_000_000_000 + head["fraction"].astype(np.int64) * (1_000_000_000 // self._unit),
            link=np.full(len(rows), self._link, np.int32),
        )

    def relax(self) -> bool:
        strict, self._seconds = self._seconds is not None, None
        return strict

    def candidates(self, low: int, high: int) -> Positions:
        places = np.arange(low, min(high, len(self.mapped.data) - 15), dtype=np.int64)
        if not len(places):
            return places
        words = np.ndarray((len(places) + 8,), self._word, self.mapped.data, low, (1,))
        near = words[8:] - np.uint32(1) < self._sane  # captured, not 0
        if self._seconds is not None:
            early = np.uint32(max(self._seconds - NEAR, 0))
            near &= words[: len(places)] - early <= 2 * NEAR
        places = places[near]
        head = gather(self.mapped.array, places, self._form)
        return places[
            (head["captured"] <= head["original"])
            & (head["original"] <= BIGGEST)
            & (head["fraction"] < self._unit)
        ]

    def chains(self, position: int) -> bool | None:
        data, size = self.mapped.data, len(self.mapped.data)
        reference = self._seconds
        for step in range(CHAIN):
            if position == size and step:
                return True
            if position + self.header > size:
                return True if self.final and step > 1 else None
            seconds, fraction, captured, original = self._fields.unpack_from(data, position)
            if reference is not None and abs(seconds - reference) > NEAR:
                return False
            if not 0 < captured <= self._sane or not captured <= original <= BIGGEST:
                return False
            if fraction >= self._unit:
                return False
            reference = seconds
            position += self.header + captured
        return True if position <= size or self.final else None
