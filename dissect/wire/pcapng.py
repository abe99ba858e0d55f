"""The pcapng format: sections of blocks, each with its length before and after it.

https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from dissect.wire.chain import follow
from dissect.wire.files import Mapped
from dissect.wire.gather import Positions, gather
from dissect.wire.interfaces import Interfaces
from dissect.wire.walk import SLOW, RecordBatch, Report, Survey, Walker

SECTION = 0x0A0D0D0A
INTERFACE = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
PACKET = 6
SECRETS = 10

BIGGEST = 16 << 20
"""A block that claims more than this must lie in the file to be believed."""

AHEAD = 3
"""Blocks looked at beyond those asked for."""

OPTIONS = 64
"""Options of one packet that are looked through for comments."""


class PcapngWalker(Walker):
    """The packet blocks of a pcapng file."""

    length_at = 4
    header = 4  # the length field of a block may be what is wrong with it

    def __init__(self, mapped: Mapped, report: Report) -> None:
        super().__init__(mapped, report)
        self.secrets: list[tuple[int, bytes]] = []
        self._time = 0
        self._undeclared = False
        self._clipped = False
        self._section("<")

    def _section(self, order: str) -> None:
        """A new section starts: its byte order, and no interfaces yet."""
        self._order = order
        self.length = struct.Struct(order + "I4x")
        self._words = struct.Struct(order + "II")
        self._half = np.dtype(order + "u2")
        self._word = np.dtype(order + "u4")
        self._block = np.dtype([("kind", order + "u4"), ("length", order + "u4")])
        names = ("interface", "high", "low", "captured", "original")
        self._form = np.dtype(
            {"names": names, "formats": [self._word] * 5, "offsets": [8, 12, 16, 20, 24], "itemsize": 28}
        )
        self._interfaces = Interfaces(order)

    def survey(self, limit: int) -> Survey:
        mapped, size = self.mapped, len(self.mapped.data)
        while True:
            rows = follow(self, min(limit, self._pace) + AHEAD)
            head = gather(mapped.array, rows, self._block)
            sections = np.flatnonzero(head["kind"] == SECTION)
            if not len(sections) or sections[0] > 0:
                break
            if self.position:
                self._pace = SLOW  # where sections are short, what lies behind the next is in vain
            begun = self._begin(self.position)
            if begun is None:
                return Survey(rows[:1], np.full(1, size + 1), 1, 1)
            if not begun:
                return Survey(rows[:1], rows[:1], 0, 1)
        lengths = head["length"].astype(np.int64)
        closed = len(sections) > 0
        if closed:
            rows, lengths = rows[: sections[0]], lengths[: sections[0]]
        ends = rows + lengths
        whole = (lengths >= 12) & (ends <= size)
        trailers = gather(mapped.array, np.where(whole, ends - 4, 0), self._word)
        strange = (lengths < 12) | (lengths % 4 != 0) | (whole & (trailers != lengths))
        strange |= ~whole & (lengths > BIGGEST)
        count = len(rows)
        bad = hold = count
        if strange.any():
            closed |= int(ends[-1]) == size
            bad, hold = self._doubts(strange, whole, closed)
        return Survey(rows, ends, bad, hold)

    def _doubts(
        self, strange: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_], closed: bool
    ) -> tuple[int, int]:
        """The first strange row that is no block, and the first that cannot be judged yet.

        A block whose two lengths differ is a block all the same when sane blocks follow it.
        """
        count = len(strange)
        for index in np.flatnonzero(strange).tolist():
            following = strange[index + 1 : index + AHEAD]
            if not whole[index] or following.any():
                return index, count
            if len(following) < AHEAD - 1 and not closed:
                return (index, count) if self.final else (count, index)
        return count, count

    def _begin(self, position: int) -> bool | None:
        """Start the section whose header block is at `position`: False if it is damaged, None if cut."""
        data = self.mapped.data
        order = self._section_order(position)
        if not order:
            return False
        self._section(order)
        (length,) = self.length.unpack_from(data, position + 4)
        if length < 28 or length % 4 or (position + length > len(data) and length > BIGGEST):
            return False
        if position + length > len(data):
            return None
        if data[position + 4 : position + 8] != data[position + length - 4 : position + length]:
            return False
        self.position = position + length
        return True

    def _section_order(self, position: int) -> str:
        """The byte order of the section header block at `position`; empty when it is none."""
        magic = self.mapped.data[position + 8 : position + 12]
        return {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(magic, "")

    def restart(self, rows: Positions, bad: int) -> int:
        return int(rows[bad]) + self.header  # the length of the block before it was confirmed

    def candidates(self, low: int, high: int) -> Positions:
        places = np.arange(low, min(high, len(self.mapped.data) - 11), dtype=np.int64)
        if not len(places):
            return places
        words = np.ndarray((len(places),), self._word, self.mapped.data, low, (1,))
        possible: npt.NDArray[np.bool_] = (words - np.uint32(1) < SECRETS) | (words == SECTION)
        return places[possible]

    def chains(self, position: int) -> bool | None:
        data, size = self.mapped.data, len(self.mapped.data)
        words = self._words
        for step in range(2):
            if position + 12 > size:
                return True if step else None
            kind, length = words.unpack_from(data, position)
            if kind == SECTION:
                order = self._section_order(position)
                if not order:
                    return False
                words = struct.Struct(order + "II")
                kind, length = words.unpack_from(data, position)
            elif not 0 < kind <= SECRETS and not step:
                return False
            if length < 12 or length % 4:
                return False
            end = position + length
            if end > size:
                return None if length <= BIGGEST and not step else step == 1
            if data[position + 4 : position + 8] != data[end - 4 : end]:
                return False
            position = end
        return True

    def batch(self, rows: Positions, ends: Positions) -> RecordBatch:
        array = self.mapped.array
        kinds = gather(array, rows, self._word)
        packets = (kinds == PACKET) | (kinds == SIMPLE_PACKET) | (kinds == OLD_PACKET)
        if not packets.all():
            for index in np.flatnonzero((kinds == INTERFACE) | (kinds == SECRETS)).tolist():
                block = bytes(array[int(rows[index]) : int(ends[index])])
                if kinds[index] == INTERFACE:
                    self._interfaces.add(int(rows[index]), block)
                elif len(block) >= 20:
                    kind, length = self._words.unpack_from(block, 8)
                    self.secrets.append((kind, block[16 : min(16 + length, len(block) - 4)]))
            rows, ends, kinds = rows[packets], ends[packets], kinds[packets]
        head = gather(array, rows, self._form)
        numbers = head["interface"].astype(np.int64)
        offset = rows + 28
        captured, original = head["captured"].astype(np.int64), head["original"].astype(np.int64)
        simple = kinds == SIMPLE_PACKET
        if (kinds != PACKET).any():
            short = gather(array, rows + 8, self._half)  # of the obsolete packet block
            numbers = np.where(kinds == OLD_PACKET, short, numbers)
            numbers[simple] = 0
            offset[simple] -= 16
            original = np.where(simple, head["interface"], original)
        numbers = self._interfaces.named(rows, numbers)
        self._report_undeclared(rows, numbers < 0)
        room = np.maximum(ends - offset - 4, 0)
        if simple.any():
            kept = np.minimum(self._interfaces.snaplens(numbers), room)
            captured = np.where(simple, np.minimum(original, kept), captured)
        self._report_clipped(rows, captured > room)
        captured = np.minimum(captured, room)
        time = self._interfaces.times(numbers, head["high"].astype(np.uint64) << np.uint64(32) | head["low"])
        self._carry_time(time, simple)
        link = self._interfaces.links(numbers)
        found = RecordBatch(self.count, offset, captured, np.maximum(original, captured), time, link)
        after = offset + (captured + 3) // 4 * 4
        options = (after + 8 <= ends) & ~simple
        if options.any():
            self._comments(found, np.flatnonzero(options), after[options], ends[options] - 4)
        return found

    def _carry_time(self, time: npt.NDArray[np.int64], simple: npt.NDArray[np.bool_]) -> None:
        """Simple packets have no time: they get that of the packet before."""
        if simple.any():
            index = np.where(simple, -1, np.arange(len(time)))
            index = np.maximum.accumulate(index)
            time[:] = np.where(index < 0, self._time, time[index])
        if len(time):
            self._time = int(time[-1])

    def _report_undeclared(self, rows: Positions, which: npt.NDArray[np.bool_]) -> None:
        if not self._undeclared and which.any():
            self._undeclared = True
            start = int(rows[which][0])
            text = f"The packet at offset {start:,} is of an interface that the file does not describe"
            self.report("capture-damaged", "warning", text, start, 28)

    def _report_clipped(self, rows: Positions, which: npt.NDArray[np.bool_]) -> None:
        if not self._clipped and which.any():
            self._clipped = True
            start = int(rows[which][0])
            text = f"The packet at offset {start:,} claims more bytes than its block holds"
            self.report("capture-damaged", "warning", text, start, 28)

    def _comments(self, found: RecordBatch, index: Positions, at: Positions, stop: Positions) -> None:
        """Read the comments of the packets at `index`, whose options lie from `at` to `stop`."""
        form = np.dtype([("code", self._half), ("length", self._half)])
        for _ in range(OPTIONS):
            head = gather(self.mapped.array, at, form)
            for one in np.flatnonzero(head["code"] == 1).tolist():
                start = int(at[one]) + 4
                raw = bytes(self.mapped.array[start : min(start + int(head["length"][one]), int(stop[one]))])
                text, record = raw.decode("utf-8", "replace"), found.first + int(index[one])
                earlier = found.comments.get(record)
                found.comments[record] = text if earlier is None else f"{earlier}\n{text}"
            at = at + 4 + (head["length"].astype(np.int64) + 3) // 4 * 4
            more = (head["code"] != 0) & (at + 4 <= stop)
            if not more.any():
                return
            index, at, stop = index[more], at[more], stop[more]
