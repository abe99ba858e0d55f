"""Element headers as bytes: what one says, and whether what follows makes sense.

A wrong length or a lost segment shows only in what comes after it. So where bytes are in doubt, a reading is
judged by its `chain`: how many headers follow one another with ascending tags and lengths that fit.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.dicom.dataset import ITEM, SEQUENCE_DELIMITATION, UNDEFINED
from dissect.dicom.vrs import LONG_LETTERS, MAY_BE_UNDEFINED, SHORT_LETTERS
from dissect.pieces import Pieces, Source

WINDOW = 4096  # what one read fetches: many small elements, and little waste between large ones
SCAN = 1 << 20  # what a search reads at most at once; it begins small, as most damage is
CANDIDATES = 50_000  # of a search after damage; random bytes of 100 MB offer fewer
CHAIN = 4


class Header(NamedTuple):
    """A header at face value. `vr` is empty where the header has none."""

    tag: int
    vr: str
    size: int
    length: int

    @property
    def explicit(self) -> bool:
        return self.vr != ""


class Encoding(NamedTuple):
    """One of the ways a data set may be written."""

    implicit: bool
    little: bool

    def __str__(self) -> str:
        return f"{'implicit' if self.implicit else 'explicit'} VR {'little' if self.little else 'big'} endian"


EXPLICIT_LITTLE = Encoding(implicit=False, little=True)
EXPLICIT_BIG = Encoding(implicit=False, little=False)
IMPLICIT_LITTLE = Encoding(implicit=True, little=True)

_SHORT_HEADER = {True: struct.Struct("<HH2xH"), False: struct.Struct(">HH2xH")}
_LONG_HEADER = {True: struct.Struct("<HHI"), False: struct.Struct(">HHI")}
_LENGTH = {True: struct.Struct("<I"), False: struct.Struct(">I")}


@cache
def _groups() -> npt.NDArray[np.bool_]:
    """Groups an element may plausibly have: those of the dictionary, and beside each its private one."""
    from pydicom._dicom_dict import DicomDictionary  # deferred: 0.25 s

    known = np.zeros(1 << 16, dtype=np.bool_)
    for tag in DicomDictionary:
        known[tag >> 16] = True
    known[0x5000:0x5020:2] = known[0x6000:0x6020:2] = True  # repeating groups
    known[9::2] |= known[8:-1:2]
    known[[0x0000, 0x0001, 0x0003, 0xFFFE, 0xFFFF]] = False
    return known


@cache
def _letters() -> npt.NDArray[np.bool_]:
    """The VRs as little endian words."""
    known = np.zeros(1 << 16, dtype=np.bool_)
    for letters in SHORT_LETTERS | LONG_LETTERS:
        known[letters[0] | letters[1] << 8] = True
    return known


class Reader:
    """Headers of a source, read through a small window, with the holes of the source in mind."""

    __slots__ = ("_data", "_hole_starts", "_low", "_tried", "holes", "source")

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source = source
        self.holes = (
            [(gap.position, gap.position + gap.length) for gap in source.gaps(start, stop)]
            if isinstance(source, Pieces)
            else []
        )
        self._hole_starts = [low for low, _ in self.holes]
        self._low = 0
        self._data = b""
        self._tried = 0

    def peek(self, position: int, count: int) -> bytes:
        """`count` bytes (up to WINDOW) from `position`, fewer at the end of the source."""
        offset = position - self._low
        if offset < 0 or offset + count > len(self._data):
            self._data = self.source.read(position, position + WINDOW)
            self._low, offset = position, 0
        return self._data[offset : offset + count]

    def hole(self, start: int, stop: int) -> tuple[int, int] | None:
        """The first hole that overlaps `start` to `stop`."""
        if not self.holes:
            return None
        index = max(bisect_right(self._hole_starts, start) - 1, 0)
        for low, high in self.holes[index : index + 2]:
            if low < stop and high > start:
                return low, high
        return None

    def missing(self, start: int, stop: int) -> int:
        """How many bytes between `start` and `stop` lie in holes."""
        if self.hole(start, stop) is None:
            return 0
        first = max(bisect_right(self._hole_starts, start) - 1, 0)
        last = bisect_right(self._hole_starts, stop)
        return sum(max(min(high, stop) - max(low, start), 0) for low, high in self.holes[first:last])

    def header(self, position: int, stop: int, encoding: Encoding) -> Header | None:
        """The header at `position` in one encoding; None where it cannot be one or is cut off."""
        if stop - position < 8:
            return None
        raw = self.peek(position, 12)
        if len(raw) < 8:
            return None
        little = encoding.little
        group, element, length = _LONG_HEADER[little].unpack_from(raw)
        tag = group << 16 | element
        if encoding.implicit or group == 0xFFFE:
            return Header(tag, "", 8, length)
        letters = raw[4:6]
        if letters in SHORT_LETTERS:
            return Header(tag, letters.decode(), 8, _SHORT_HEADER[little].unpack_from(raw)[2])
        if letters in LONG_LETTERS and stop - position >= 12 and len(raw) == 12:
            return Header(tag, letters.decode(), 12, _LENGTH[little].unpack_from(raw, 8)[0])
        return None

    def chain(self, position: int, stop: int, encoding: Encoding, last: int = -1) -> int:
        """How many headers, CHAIN at most, make sense one after another from `position`.

        The end of the bytes, a delimitation item and items after an undefined length are as good as CHAIN.
        """
        known = _groups()
        for count in range(CHAIN):
            if position == stop:
                return CHAIN if count else 0
            header = self.header(position, stop, encoding)
            if header is None:
                return count
            tag, _, size, length = header
            if tag >> 16 == 0xFFFE:
                return CHAIN if count and (length == 0 or tag == ITEM) else count
            if tag <= last or not (known[tag >> 16] or (tag >> 16 & 1 and not encoding.implicit)):
                return count
            position, last = position + size, tag
            if length == UNDEFINED and (encoding.implicit or header.vr in MAY_BE_UNDEFINED):
                following = self.header(position, stop, encoding)
                return CHAIN if following and following.tag in (ITEM, SEQUENCE_DELIMITATION) else count
            position += length
            if position > stop:
                return count
        return CHAIN

    def resume(self, position: int, stop: int, encoding: Encoding, last: int, delimited: bool) -> int:
        """Where elements go on after damage at `position`; `stop` if nowhere.

        A header counts if at least two follow in a chain; where the container is `delimited`, so does the
        delimitation item or the next item. Headers lie at even distances, as all lengths are even.
        """
        hole = self.hole(position, position + 12)
        start = position + 2
        if hole is not None and hole[1] > start:
            start = hole[1] + (hole[1] - position) % 2
        order = "<" if encoding.little else ">"
        size = WINDOW
        groups, letters = _groups(), _letters()
        while start < stop:
            words = np.frombuffer(self._even(start, min(start + size + 8, stop)), dtype=f"{order}u2")
            if len(words) < 4:
                break
            heads = words[:-3]
            hits = groups[heads]
            if encoding.implicit:
                low, high = (words[2:-1], words[3:]) if encoding.little else (words[3:], words[2:-1])
                lengths = low.astype(np.int64) | high.astype(np.int64) << 16
                hits &= (lengths <= stop - start) | (lengths == UNDEFINED)
            else:
                hits &= letters[words[2:-1] if encoding.little else words[2:-1].byteswap()]
            if delimited:
                hits |= heads == 0xFFFE
            for index in np.flatnonzero(hits).tolist():
                self._tried += 1
                if self._tried > CANDIDATES:
                    return stop
                candidate = start + 2 * index
                if self._resumes(candidate, stop, encoding, last, delimited):
                    return candidate
            start += 2 * len(heads)
            size = min(2 * size, SCAN)
        return stop

    def _resumes(self, position: int, stop: int, encoding: Encoding, last: int, delimited: bool) -> bool:
        if self.hole(position, position + 8) is not None:
            return False
        header = self.header(position, stop, encoding)
        if header is not None and header.tag >> 16 == 0xFFFE:
            if header.tag == ITEM:
                return header.length == UNDEFINED or header.length <= stop - position - 8
            return delimited and header.tag & 0xFF in (0x0D, 0xDD) and header.length == 0
        return self.chain(position, stop, encoding, last) >= 2

    def _even(self, start: int, stop: int) -> bytes:
        data = self.source.read(start, stop)
        return data[: len(data) & ~1]

    def find(self, pattern: re.Pattern[bytes], start: int, stop: int) -> int:
        """The first position before `stop` of a pattern of four bytes, or `stop`."""
        size = WINDOW
        while start + 4 <= stop:
            match = pattern.search(self.source.read(start, min(start + size, stop)))
            if match:
                return start + match.start()
            start += size - 3
            size = min(2 * size, SCAN)
        return stop


def read_as(reader: Reader, start: int, stop: int, promised: Encoding) -> Encoding:
    """The encoding that fits the first headers best: the one `promised` unless another is clearly better."""
    best, score = promised, reader.chain(start, stop, promised)
    for encoding in (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG):
        count = reader.chain(start, stop, encoding)
        if count > score and (count >= 2 or (count == 1 and not encoding.implicit)):
            best, score = encoding, count
    return best
