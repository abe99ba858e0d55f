"""The bytes and records of a capture, which may be several files that follow on.

A capture position is a position in the files laid end to end; records are numbered through all of them
from 0, so that record n is tshark's frame n + 1 (of the files joined, where there are several).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from mmap import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from dissect.columns import Column, Numbers, Shelf
from dissect.wire.gather import gather
from dissect.wire.records import CaptureFile, RecordBatch

Bytes = mmap | bytes


class CaptureSource:
    """A Source over the captured files, with the number and time of the record at each position."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        """Without a `shelf` the places and times of all records are held in memory."""
        self.files: list[CaptureFile] = []
        self.bases: list[int] = []
        """Capture position of each file's first byte."""
        self.first_records: list[int] = []
        """Number of each file's first record."""
        self._only: Bytes | None = None
        """The bytes of the file while there is but one: almost every read is of it."""
        self._offsets: Numbers = array("q") if shelf is None else Column(shelf)
        self._times: Numbers = array("q") if shelf is None else Column(shelf)
        self._forgotten = 0
        self.dropped = 0
        """Capture position before which bytes are gone: they read as zeros."""

    def __len__(self) -> int:
        return self.bases[-1] + len(self.files[-1]) if self.files else 0

    @property
    def records(self) -> int:
        return len(self._offsets)

    def add(self, file: CaptureFile) -> int:
        """Lay a file behind the others, which grow no more; returns its capture position."""
        base = len(self)
        self.files.append(file)
        self.bases.append(base)
        self.first_records.append(self.records)
        self._only = file.data if len(self.files) == 1 else None
        return base

    def note(self, batch: RecordBatch, base: int) -> None:
        """Remember where the records of a batch lie and when they were captured."""
        self._offsets.frombytes((batch.offset + base).tobytes())
        self._times.frombytes(batch.time.tobytes())
        if len(self.files) == 1:
            self._only = self.files[0].data  # mapped anew when the file grew

    def read(self, start: int, stop: int) -> bytes:
        if self._only is not None:
            return self._only[start:stop]
        parts = []
        while start < stop:
            index = bisect_right(self.bases, start) - 1
            base = self.bases[index]
            end = self.bases[index + 1] if index + 1 < len(self.bases) else stop
            part = self.files[index].read(start - base, min(stop, end) - base)
            if not part:
                if len(self.files[index]):
                    break
                part = bytes(min(stop, end) - start)  # of a file that was dropped
            parts.append(part)
            start += len(part)
        return b"".join(parts)

    def gather(self, positions: npt.NDArray[np.int64], form: np.dtype[Any]) -> npt.NDArray[Any] | None:
        """The `form` at each of many positions; None unless all lie in the latest file."""
        base = self.bases[-1]
        if positions.min() < base:
            return None
        return gather(self.files[-1].array, positions - base, form)

    def record_at(self, position: int) -> int:
        """Number of the record that holds a capture position."""
        return bisect_right(self._offsets, position, self._forgotten) - 1

    def time(self, record: int) -> int:
        """When a record was captured, in nanoseconds since the epoch."""
        return self._times[record if record >= self._forgotten else self._forgotten]

    def times(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """When each of many records was captured."""
        if not len(records):
            return records
        places = np.maximum(records, self._forgotten)
        first, last = int(places.min()), int(places.max())
        # a copy: while a view of it lives, an array cannot grow
        found: npt.NDArray[np.int64] = np.array(self._times[first : last + 1], np.int64)[places - first]
        return found

    def forget(self, record: int) -> None:
        """Let go of the places and times of all records before one; who asks gets that one's instead."""
        if self._forgotten < record < len(self._times):
            self._forgotten = record
            for column in (self._offsets, self._times):
                if isinstance(column, Column):
                    column.forget(record)

    def drop_files(self, keep: int, record: int = 0) -> None:
        """Give back all but the latest `keep` files, and those that end before a record."""
        count = max(len(self.files) - keep, bisect_right(self.first_records, record) - 1, 0)
        for file in self.files[:count]:
            file.close()
        self.dropped = max(self.dropped, self.bases[count]) if self.files else 0
