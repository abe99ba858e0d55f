"""The pcapng format: sections of blocks, each with its length before and after it.

https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dissect.wire.files import Mapped
from dissect.wire.gather import Positions, gather
from dissect.wire.walk import RecordBatch, Report, Survey, Walker, follow

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


@dataclass(slots=True)
class Interface:
    """An Interface Description Block, as far as packets need it."""

    position: int
    link: int
    snaplen: int
    resolution: int
    """if_tsresol: units a second are 10 ** it, or 2 ** (it - 128) from 128 on."""
    shift: int
    """if_tsoffset, seconds."""


class PcapngWalker(Walker):
    """The packet blocks of a pcapng file."""

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
        self._length = struct.Struct(order + "I4x")
        self._words = struct.Struct(order + "II")
        self._half = np.dtype(order + "u2")
        self._word = np.dtype(order + "u4")
        self._block = np.dtype([("kind", order + "u4"), ("length", order + "u4")])
        names = ("interface", "high", "low", "captured", "original")
        self._form = np.dtype(
            {"names": names, "formats": [self._word] * 5, "offsets": [8, 12, 16, 20, 24], "itemsize": 28}
        )
        self.interfaces: list[Interface] = []

    def survey(self, limit: int) -> Survey:
        mapped = self.mapped
        while True:
            size = len(mapped.data)
            rows = follow(mapped, self.position, limit + AHEAD, self._length, 4, 0)
            head = gather(mapped.array, rows, self._block)
            sections = np.flatnonzero(head["kind"] == SECTION)
            if not len(sections) or sections[0] > 0:
                break
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
        (length,) = self._length.unpack_from(data, position + 4)
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
                    self.interfaces.append(self._interface(int(rows[index]), block))
                elif len(block) >= 20:
                    kind, length = self._words.unpack_from(block, 8)
                    self.secrets.append((kind, block[16 : min(16 + length, len(block) - 4)]))
            rows, ends, kinds = rows[packets], ends[packets], kinds[packets]
        head = gather(array, rows, self._form)
        number = head["interface"].astype(np.int64)
        offset = rows + 28
        captured, original = head["captured"].astype(np.int64), head["original"].astype(np.int64)
        stamp = head["high"].astype(np.uint64) << np.uint64(32) | head["low"]
        simple = kinds == SIMPLE_PACKET
        if (kinds != PACKET).any():
            short = gather(array, rows + 8, self._half)  # of the old packet block
            number = np.where(kinds == OLD_PACKET, short, number)
            number[simple] = 0
            offset[simple] -= 16
            original = np.where(simple, head["interface"], original)
            limit = (self.interfaces[0].snaplen if self.interfaces else 0) or 0xFFFFFFFF
            captured = np.where(simple, np.minimum(original, limit), captured)
            captured[simple] = np.minimum(captured[simple], (ends - offset - 4)[simple])
        link, time = self._meanings(rows, number, stamp)
        self._carry_time(time, simple)
        room = np.maximum(ends - offset - 4, 0)
        if (captured > room).any():
            self._report_clipped(rows, captured > room)
            captured = np.minimum(captured, room)
        found = RecordBatch(self.count, offset, captured, np.maximum(original, captured), time, link)
        after = offset + (captured + 3) // 4 * 4
        options = (after + 8 <= ends) & ~simple
        if options.any():
            self._comments(found, np.flatnonzero(options), after[options], ends[options] - 4)
        return found

    def _interface(self, position: int, block: bytes) -> Interface:
        """The interface that an Interface Description Block declares."""
        found = Interface(position, -1, 0, 6, 0)
        if len(block) < 20:
            return found
        order = self._order
        found.link, found.snaplen = struct.unpack_from(order + "H2xI", block, 8)
        at = 16
        while at + 8 <= len(block):
            code, length = struct.unpack_from(order + "HH", block, at)
            value = block[at + 4 : at + 4 + length]
            if code == 0:
                break
            if code == 9 and value:
                found.resolution = value[0]
            elif code == 14 and len(value) == 8:
                (found.shift,) = struct.unpack(order + "q", value)
            at += 4 + (length + 3) // 4 * 4
        return found

    def _meanings(
        self, rows: Positions, number: Positions, stamp: npt.NDArray[np.uint64]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Link type and time (ns since the epoch) of packets, by the interfaces that they name."""
        if not len(rows):
            return np.empty(0, np.int32), np.empty(0, np.int64)
        known = [*self.interfaces, Interface(-1, -1, 0, 6, 0)]  # the last one: not declared
        unknown = len(known) - 1
        number = np.minimum(number, unknown)
        number = np.where(np.array([one.position for one in known])[number] > rows, unknown, number)
        if not self._undeclared and (number == unknown).any():
            self._undeclared = True
            start = int(rows[number == unknown][0])
            text = f"The packet at offset {start:,} is of an interface that the file does not describe"
            self.report("capture-damaged", "warning", text, start, 28)
        link = np.array([one.link for one in known], np.int32)[number]
        units = np.array([one.resolution for one in known])[number]
        shift = np.array([_wrapped(one.shift * 1_000_000_000) for one in known])[number]
        return link, _nanoseconds(stamp, units).astype(np.int64) + shift

    def _carry_time(self, time: npt.NDArray[np.int64], simple: npt.NDArray[np.bool_]) -> None:
        """Simple packets have no time: they get that of the packet before."""
        if simple.any():
            index = np.where(simple, -1, np.arange(len(time)))
            index = np.maximum.accumulate(index)
            time[:] = np.where(index < 0, self._time, time[index])
        if len(time):
            self._time = int(time[-1])

    def _report_clipped(self, rows: Positions, clipped: npt.NDArray[np.bool_]) -> None:
        if not self._clipped:
            self._clipped = True
            start = int(rows[clipped][0])
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


def _wrapped(value: int) -> int:
    """`value` as 64 bits hold it: what a damaged file says must not raise."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _nanoseconds(stamp: npt.NDArray[np.uint64], units: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Time stamps of the given resolutions (if_tsresol) in nanoseconds."""
    multiply = np.array([10 ** max(9 - power, 0) for power in range(128)], np.uint64)
    divide = np.array([10 ** min(max(power - 9, 0), 19) for power in range(128)], np.uint64)
    time: npt.NDArray[np.uint64] = stamp * multiply[units & 0x7F]
    if (units > 9).any():
        time = time // divide[units & 0x7F]
    binary = units >= 128
    if binary.any():
        bits = (units[binary] - 128).astype(np.uint64)
        value = stamp[binary]
        whole = value >> bits
        part = value - (whole << bits)
        kept = np.minimum(bits, np.uint64(30))  # 30 bits are a nanosecond
        part = part >> (bits - kept)
        time[binary] = whole * np.uint64(1_000_000_000) + (part * np.uint64(1_000_000_000) >> kept)
    return time
