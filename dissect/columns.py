"""Long rows of whole numbers whose older part lies in a temporary file.

A capture that grows for hours has tables with a row for each packet. Whoever follows it puts them on a Shelf:
what is looked at again is read back, and memory stays as it is. At MTU 1500 the tables take a fortieth of the
room that the packets do.
"""

from __future__ import annotations

import threading
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, overload

WIDTH = 8
"""Bytes of a number."""
BLOCK = 4096
"""Numbers that are put away together; up to twice as many stay in memory."""
FULL = 1 << 30
"""Bytes of a file after which another one is begun: it goes with the last column that has numbers in it."""


class _File:
    """A temporary file without a name."""

    def __init__(self) -> None:
        import tempfile  # deferred: 5 ms that whoever follows nothing need not wait for

        self.file = tempfile.TemporaryFile(prefix="pduscope-", buffering=0)  # noqa: SIM115 (see below)
        self.size = 0
        self._close = weakref.finalize(self, self.file.close)


class _Extent(NamedTuple):
    """Numbers of a column that lie at `offset` of a file."""

    first: int
    stop: int
    file: _File
    offset: int


class Shelf:
    """Where columns put their numbers away. Where there is no room for them they stay in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._full = False

    def put(self, first: int, numbers: array[int]) -> _Extent | None:
        """Write numbers down, of which the first one is number `first` of its column; None: no room."""
        data = memoryview(numbers).cast("B")
        with self._lock:
            if self._full:
                return None
            try:
                if self._file is None or self._file.size >= FULL:
                    self._file = _File()
                file, offset = self._file, self._file.size
                file.file.seek(offset)
                written = 0
                while written < len(data):
                    written += file.file.write(data[written:])
            except OSError:
                self._full = True
                return None
            file.size = offset + len(data)
            return _Extent(first, first + len(numbers), file, offset)

    def get(self, extent: _Extent, low: int, high: int) -> array[int]:
        """The numbers from number `low` to before `high` of a column, which lie in one extent."""
        numbers = array("q")
        with self._lock:
            extent.file.file.seek(extent.offset + (low - extent.first) * WIDTH)
            numbers.frombytes(extent.file.file.read((high - low) * WIDTH))
        return numbers


class Column:
    """Numbers in a row, as an array("q") has them. It only ever grows at its end; one thread adds to it."""

    __slots__ = ("_extents", "_held", "_latest", "_shelf")

    def __init__(self, shelf: Shelf, numbers: Iterable[int] = ()) -> None:
        self._shelf = shelf
        self._extents: list[_Extent] = []
        self._held = 0, array("q", numbers)
        """What is in memory, and which number of the column is its first; others may read meanwhile."""
        self._latest: tuple[int, array[int]] = 0, array("q")
        """The same for what was read back last."""

    def __len__(self) -> int:
        base, held = self._held
        return base + len(held)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> array[int]: ...

    def __getitem__(self, index: int | slice) -> int | array[int]:
        base, held = self._held
        if isinstance(index, slice):
            start, stop, step = index.indices(base + len(held))
            return self._part(start, stop)[::step]
        if index < 0:
            index += base + len(held)
        if index >= base:
            return held[index - base]
        low, numbers = self._latest
        if not low <= index < low + len(numbers):
            low, numbers = self._latest = self._fetch(index)
        return numbers[index - low]

    def __iter__(self) -> Iterator[int]:
        return iter(self[:])

    def append(self, number: int) -> None:
        self._held[1].append(number)
        if len(self._held[1]) >= 2 * BLOCK:
            self.put_away(BLOCK)

    def extend(self, numbers: Iterable[int]) -> None:
        self._held[1].extend(numbers)
        if len(self._held[1]) >= 2 * BLOCK:
            self.put_away(BLOCK)

    def frombytes(self, data: bytes) -> None:
        self._held[1].frombytes(data)
        if len(self._held[1]) >= 2 * BLOCK:
            self.put_away(BLOCK)

    def put_away(self, keep: int = 0) -> None:
        """Hold no more than the latest `keep` numbers in memory."""
        base, held = self._held
        while len(held) > keep:
            count = min(len(held) - keep, BLOCK)
            extent = self._shelf.put(base, held[:count])
            if extent is None:
                return
            self._extents.append(extent)
            base, held = base + count, held[count:]
            self._held = base, held

    def forget(self, number: int) -> None:
        """Give back what lies before a number; nobody will ask for it."""
        index = bisect_right(self._extents, number, key=_stop)
        del self._extents[:index]

    def _fetch(self, index: int) -> tuple[int, array[int]]:
        """All that was put away with a number."""
        extent = self._extents[bisect_right(self._extents, index, key=_first) - 1]
        return extent.first, self._shelf.get(extent, extent.first, extent.stop)

    def _part(self, start: int, stop: int) -> array[int]:
        base, held = self._held
        found = array("q")
        while start < min(stop, base):
            extent = self._extents[bisect_right(self._extents, start, key=_first) - 1]
            end = min(extent.stop, stop)
            found += self._shelf.get(extent, start, end)
            start = end
        return found + held[start - base : stop - base] if start < stop else found


Numbers: TypeAlias = "array[int] | Column"


def shelved(numbers: Numbers, shelf: Shelf) -> Column:
    """Numbers as a column, all of which is put away for now."""
    column = numbers if isinstance(numbers, Column) else Column(shelf, numbers)
    column.put_away()
    return column


def _first(extent: _Extent) -> int:
    return extent.first


def _stop(extent: _Extent) -> int:
    return extent.stop
