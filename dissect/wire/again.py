"""Captured packets read once more, for what the index does not keep.

Windows, acknowledgements and repeated segments are of use to whoever asks why something was slow, and to
nobody else: the index would pay for them in every capture. So their headers are read again where they are
asked for, those of the connections in question alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.wire.frames import FrameReader
from dissect.wire.groups import Groups
from dissect.wire.records import BATCH, CaptureFile, RecordBatch
from dissect.wire.segments import Segments
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

MASK = (1 << 64) - 1

Report = Callable[[float], None]
"""Hears how far the work has come, from 0 to 1. What it raises ends the work."""


class Part(NamedTuple):
    """A batch of the records of one file."""

    file: CaptureFile
    records: RecordBatch
    base: int
    """Position of the file in the capture."""
    before: int
    """Number of the capture's records in the files before."""

    @property
    def numbers(self) -> slice:
        """Numbers of the records in the capture."""
        first = self.before + self.records.first
        return slice(first, first + len(self.records))


def parts(source: CaptureSource, report: Report = lambda done: None) -> Iterator[Part]:
    """All records that the capture knows of. Raises CaptureError where a file cannot be read any more."""
    count, done = source.records, 0
    # not strict: another thread may be adding a file; of one that was dropped, nothing is left
    files = [
        each for each in zip(source.files, source.bases, source.first_records, strict=False) if len(each[0])
    ]
    total = sum(file.size for file, _, _ in files) or 1
    for known, base, before in files:
        with CaptureFile(known.path) as file:
            for records in file.batches(BATCH):
                if before + records.first >= count:
                    break
                yield Part(file, records, base, before)
                report(min((done + file.position) / total, 1.0))
            done += file.size


def key(stream: Stream) -> bytes:
    """The connection as `Groups` names it."""
    (one, port), (other, other_port) = stream.ends
    return struct.pack("=5Q", one >> 64, one & MASK, other >> 64, other & MASK, port << 16 | other_port)


def reach(stream: Stream, source: CaptureSource) -> tuple[int, int]:
    """A connection's first record, and the one behind the last it can have: ports are used again."""
    return stream.first_record, source.records if stream.succeeded is None else stream.succeeded


class Headers(NamedTuple):
    """Segments of one connection in the order they were captured, a list for each column."""

    record: list[int]
    time: list[int]
    """Nanoseconds since the epoch."""
    side: list[int]
    """The side of the connection that sent it."""
    flags: list[int]
    sequence: list[int]
    acknowledgement: list[int]
    window: list[int]
    """As it stands in the header, whatever its scale; 0 is 0 in all of them."""
    length: list[int]


def headers(
    source: CaptureSource, streams: Iterable[Stream], report: Report = lambda done: None
) -> Iterator[tuple[Stream, Headers]]:
    """The TCP headers of connections, batch by batch: what a batch has of one comes at once.

    Raises CaptureError where a file cannot be read any more.
    """
    wanted: dict[bytes, list[Stream]] = {}
    for stream in dict.fromkeys(streams):
        wanted.setdefault(key(stream), []).append(stream)
    if not wanted:
        return
    ends = (stream.ends for each in wanted.values() for stream in each)
    pairs = np.unique([_pair(one.port, other.port) for one, other in ends])
    frames = FrameReader()
    for part in parts(source, report):
        segments = frames.read(part.records, part.file.array)
        low = np.minimum(segments.source_port, segments.target_port).astype(np.int64)
        high = np.maximum(segments.source_port, segments.target_port).astype(np.int64)
        segments = segments.take(np.flatnonzero(np.isin(low << 16 | high, pairs)))
        if len(segments):
            times = part.records.time[segments.record - part.records.first]
            segments.record += part.before
            yield from _sorted(source, wanted, segments, times)


def _sorted(
    source: CaptureSource,
    wanted: dict[bytes, list[Stream]],
    segments: Segments,
    times: npt.NDArray[np.int64],
) -> Iterator[tuple[Stream, Headers]]:
    """The segments of a batch, sorted to their connections."""
    groups = Groups(segments)
    for index, name in enumerate(groups.keys):
        if name not in wanted:
            continue
        sides, rows = groups.arrivals(index)
        records = segments.record[rows]
        for stream in wanted[name]:
            low, high = np.searchsorted(records, reach(stream, source)).tolist()
            if low == high:
                continue
            own = rows[low:high]
            columns = (
                segments.flags, segments.sequence, segments.acknowledgement, segments.window, segments.length,
            )  # fmt: skip
            yield (
                stream,
                Headers(
                    records[low:high].tolist(),
                    times[own].tolist(),
                    sides[low:high].astype(int).tolist(),
                    *(column[own].tolist() for column in columns),
                ),
            )


def _pair(one: int, other: int) -> int:
    return min(one, other) << 16 | max(one, other)
