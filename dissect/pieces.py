"""A byte has an address: sources of bytes, spans in them, and Pieces, which are put together from others.

A TCP direction is Pieces over the capture; the data set of a message is Pieces over a TCP direction.
Bytes that were lost or never captured are pieces too: holes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from dissect.columns import Numbers, Shelf, shelved

HOLE = -1
"""The source position of a piece whose bytes are not there."""


class Source(Protocol):
    """Bytes that can be addressed by position."""

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`, clipped to the source; a hole reads as zero bytes."""
        ...


class Buffer:
    """A Source in memory: hex text somebody typed, or an inflated data set."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def read(self, start: int, stop: int) -> bytes:
        return self.data[max(start, 0) : max(stop, 0)]


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes of `source` from position `start`."""

    source: Source
    start: int
    length: int

    @property
    def stop(self) -> int:
        return self.start + self.length

    def read(self) -> bytes:
        return self.source.read(self.start, self.start + self.length)


class Run(NamedTuple):
    """`length` bytes at `position` that lie in one row at `source` below, or are a HOLE."""

    position: int
    source: int
    length: int


class Pieces:
    """An ordered run of pieces of another source, which is `below`. It only ever grows at its end.

    Columns, not objects: a capture has millions of them. Reading in ascending order is fast because the
    piece of the last reading is tried first.
    """

    __slots__ = ("_last", "_length", "_sources", "_starts", "below")

    def __init__(self, below: Source) -> None:
        self.below = below
        self._starts: Numbers = array("q")
        self._sources: Numbers = array("q")
        self._length = 0
        self._last = 0

    def __len__(self) -> int:
        return self._length

    def append(self, source: int, length: int) -> None:
        """Add `length` bytes that lie at `source` below (HOLE: they are missing)."""
        if length > 0:
            self._starts.append(self._length)
            self._sources.append(source)
            self._length += length

    def extend(self, sources: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> None:
        """Add many pieces in one step; every length is at least 1."""
        ends = np.cumsum(lengths, dtype=np.int64)
        self._starts.frombytes((ends - lengths + self._length).tobytes())
        self._sources.frombytes(np.ascontiguousarray(sources, dtype=np.int64).tobytes())
        self._length += int(ends[-1]) if len(ends) else 0

    def extend_by_few(self, sources: list[int], lengths: list[int]) -> None:
        """The same for a handful of pieces, for which numpy is slow."""
        at = self._length
        for length in lengths:
            self._starts.append(at)
            at += length
        self._sources.extend(sources)
        self._length = at

    def shelve(self, shelf: Shelf) -> None:
        """Put the columns away; they are read back where somebody looks."""
        self._starts, self._sources = shelved(self._starts, shelf), shelved(self._sources, shelf)

    def _index(self, position: int) -> int:
        """The index of the piece that holds `position`, which lies inside."""
        starts, last = self._starts, self._last
        if starts[last] <= position:
            following = last + 1
            if following == len(starts) or position < starts[following]:
                return last
            last = bisect_right(starts, position, following) - 1
        else:
            last = bisect_right(starts, position, 0, last) - 1
        self._last = last
        return last

    def runs(self, start: int, stop: int) -> Iterator[Run]:
        """The pieces between `start` and `stop` in order, cut to fit."""
        start, stop = max(start, 0), min(stop, self._length)
        if start >= stop:
            return
        starts, sources = self._starts, self._sources
        index, count = self._index(start), len(starts)
        while start < stop:
            end = starts[index + 1] if index + 1 < count else self._length
            source = sources[index]
            length = min(end, stop) - start
            yield Run(start, source if source == HOLE else source + start - starts[index], length)
            start += length
            index += 1

    def read(self, start: int, stop: int) -> bytes:
        if start < 0:  # comparisons: max and min would take as long as all the rest
            start = 0
        if stop > self._length:
            stop = self._length
        if start >= stop:
            return b""
        starts = self._starts
        index = self._index(start)
        first, source = starts[index], self._sources[index]
        end = starts[index + 1] if index + 1 < len(starts) else self._length
        if stop <= end and source != HOLE:  # almost every header lies in one piece
            return self.below.read(source + start - first, source + stop - first)
        below = self.below
        return b"".join(
            bytes(length) if source == HOLE else below.read(source, source + length)
            for _, source, length in self.runs(start, stop)
        )

    def row(self, position: int, limit: int) -> tuple[bytes, int]:
        """At most `limit` bytes from `position` on that lie in one piece, and the number of that piece."""
        index = self._index(position)
        first, source = self._starts[index], self._sources[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._length
        stop = min(end, position + limit)
        if source == HOLE:
            return bytes(stop - position), index
        return self.below.read(source + position - first, source + stop - first), index

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self._starts)

    def columns(self, first: int, last: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Position here and below (HOLE: nowhere) of the pieces from number `first` to before `last`."""
        return np.array(self._starts[first:last]), np.array(self._sources[first:last])

    def start(self, number: int) -> int:
        """Where the piece with a number begins; the end of all for the number after the last."""
        return self._starts[number] if number < len(self._starts) else self._length

    def number(self, position: int) -> int:
        """The number of the piece that holds `position`, counted from 0."""
        return self._index(position)

    def gaps(self, start: int = 0, stop: int | None = None) -> list[Run]:
        """The holes between `start` and `stop`, also those of the Pieces below, at positions in this one."""
        found = []
        for run in self.runs(start, self._length if stop is None else stop):
            if run.source == HOLE:
                found.append(run)
            elif isinstance(self.below, Pieces):
                found.extend(
                    Run(run.position + gap.position - run.source, HOLE, gap.length)
                    for gap in self.below.gaps(run.source, run.source + run.length)
                )
        return found

    def covering(self, source: int, length: int = 1) -> list[Span]:
        """The inverse of `runs`: the spans here whose bytes lie at `source` to `source + length` below."""
        # slices, which copy at once: another thread may append
        starts, sources = np.array(self._starts[:]), np.array(self._sources[:])
        lengths = np.diff(starts, append=self._length)
        hits = np.flatnonzero((sources != HOLE) & (sources < source + length) & (sources + lengths > source))
        spans = []
        for index in hits.tolist():
            low = max(source, int(sources[index]))
            high = min(source + length, int(sources[index] + lengths[index]))
            spans.append(Span(self, int(starts[index]) + low - int(sources[index]), high - low))
        return spans


def locate(span: Span) -> list[Span]:
    """`span` taken down through all Pieces to the ground; holes are left out."""
    source = span.source
    if not isinstance(source, Pieces):
        return [span]
    found: list[Span] = []
    for run in source.runs(span.start, span.stop):
        if run.source != HOLE:
            found.extend(locate(Span(source.below, run.source, run.length)))
    return found
