"""The driver: drives a capture's bytes up through the house, batch by batch.

records -> frames -> streams -> framing and messages -> associations. A capture only ever grows, so a file, a
growing file and a live interface take this one path; every stage keeps its state and looks at new bytes only.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple, Protocol

from dissect.columns import Shelf
from dissect.dicom.associations import Association, Readings
from dissect.dicom.conversation import Conversation
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.pieces import Span
from dissect.wire.frames import FrameReader, Segments
from dissect.wire.records import CaptureFile, RecordBatch
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Endpoint, Stream, Streams

BATCH = 65536
"""Records a batch: enough for numpy to be worth its while, little enough to show progress."""


SECOND = 1.0
QUIET, LONG, OLD = 2, 10, 120
"""Seconds without a packet after which a connection's gaps are taken for holes if the receiver has the bytes;
if it does not, and a finished connection is forgotten; any that never spoke DICOM is."""


MOST_FOREIGN = 10_000
"""Connections of other protocols that are remembered."""


class Progress(NamedTuple):
    """How far reading has come, in bytes of the capture files."""

    done: int
    total: int


class Foreign(NamedTuple):
    """A connection that speaks something else, and where the first bytes of its sides lie."""

    ends: tuple[Endpoint, Endpoint]
    heads: tuple[Span | None, ...]


class Feed(Protocol):
    """Where a growing capture comes from: one file after the other, of which the latest is being written."""

    name: str
    keeps: int | None
    """Files behind the latest that stay; None: all do."""

    @property
    def over(self) -> bool:
        """Whether nobody writes any more."""
        ...

    @property
    def moved(self) -> bool:
        """Whether its writer left the latest file for another."""
        ...

    def next(self) -> str | CaptureFile | None:
        """The file to read now, once it has begun."""
        ...

    def wait(self) -> None:
        """Let a moment pass."""
        ...


class Capture:
    """One capture, in one file or several that follow on.

    `read` goes through it batch by batch; `associations` grows meanwhile. Opening raises CaptureError where a
    file is no capture; nothing inside one does.
    """

    def __init__(
        self,
        paths: Sequence[str | PathLike[str]],
        *,
        readings: Readings | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """`shelf`: where tables with a row for each packet go, which are held in memory else."""
        self.names = [str(path) for path in paths]
        self.source = CaptureSource(shelf)
        self.counts: dict[str, int] = {}
        """Records that are no TCP, by what they are."""
        self.findings: list[Finding] = []
        """What is wrong with the files themselves."""
        self._files = [CaptureFile(Path(path)) for path in paths]
        self._readings = readings
        self._frames = FrameReader()
        self._streams = Streams(self.source)
        self._associations: list[Association] = []
        self._in_order = True
        self.foreign: list[Foreign] = []
        """The connections that speak something else than DICOM, the first of them."""
        self._ages: deque[tuple[float, int]] = deque(maxlen=OLD)
        """Once a second: the time, and the number of records then."""
        self.finished = False

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def associations(self) -> list[Association]:
        """In the order of their first packets."""
        if not self._in_order:
            self._associations.sort(key=lambda association: association.first_record)
            for index, association in enumerate(self._associations, 1):
                association.index = index
            self._in_order = True
        return self._associations

    def read(self, batch: int = BATCH) -> Iterator[Progress]:
        """Read to the end, `batch` records at a time, with a report after each."""
        total = sum(file.size for file in self._files)
        done = 0
        for file in self._files:
            base, first = self.source.add(file), self.source.records
            for records in file.batches(batch):
                self._take(file, records, base, first)
                yield Progress(done + file.position, total)
            self._leave(file)
            done += file.size
        self._finish()
        yield Progress(total, total)

    def follow(self, feed: Feed, batch: int = BATCH) -> Iterator[Progress]:
        """Read what `feed` gives until it is over; reports after each batch, and after each look for more.

        Raises CaptureError where a file turns out to be no capture.
        """
        done = 0
        while True:
            over = feed.over  # asked before looking: what was written until then is read
            path = feed.next()
            if path is not None:
                file = path if isinstance(path, CaptureFile) else CaptureFile(path)
                for progress in self._follow_file(file, feed, batch):
                    yield Progress(done + progress.done, done + progress.total)
                done += self.source.files[-1].size
                if feed.keeps is not None:
                    self.source.drop_files(feed.keeps + 1)
            elif over:
                break
            else:
                feed.wait()
                yield Progress(done, done)
        self._finish()
        yield Progress(done, done)

    def _follow_file(self, file: CaptureFile, feed: Feed, batch: int) -> Iterator[Progress]:
        self.names.append(feed.name)
        base, first = self.source.add(file), self.source.records
        done = False
        told = 0
        while True:
            done = done or feed.over or feed.moved
            records = file.batch(batch)
            if len(file.findings) > told:  # as they come: the file may be open for days
                self.findings += file.findings[told:]
                told = len(file.findings)
            if len(records):
                self._take(file, records, base, first)
                if len(records) < batch:  # all that was there a moment ago
                    self._rest()
            elif not done:
                self._rest()
                feed.wait()
            elif not file.finish():
                break
            yield Progress(file.position, file.size)
        self._leave(file, told)

    def _take(self, file: CaptureFile, records: RecordBatch, base: int, first: int) -> None:
        self.source.note(records, base)
        self._update(_shift(self._frames.read(records, file.array), base, first))

    def _leave(self, file: CaptureFile, told: int = 0) -> None:
        """All records of a file were read, and so many of its findings told."""
        self._frames.finish()  # what waits for fragments lies at offsets of this file, and no other
        file.release()
        self.findings += file.findings[told:]

    def _finish(self) -> None:
        for stream in self._streams.finish():
            self._advance(stream, final=True)
        self.findings += self._frames.findings
        self.counts = dict(self._frames.counts)
        self.finished = True

    def _rest(self) -> None:
        """Nothing more is there for now: once a second, see to the connections that were silent for long."""
        now = time.monotonic()
        if self._ages and now - self._ages[-1][0] < SECOND:
            return
        self._ages.append((now, self.source.records))
        for stream in self._streams.rest(self._older(QUIET), self._older(LONG), self._older(OLD - 1)):
            self._advance(stream, final=stream.ended)

    def _older(self, seconds: float) -> int:
        """Number of the first record that is not known to be older than so many seconds."""
        border = self._ages[-1][0] - seconds
        return next((records for moment, records in reversed(self._ages) if moment <= border), 0)

    def _update(self, segments: Segments) -> None:
        for stream in self._streams.update(segments):
            self._advance(stream, final=stream.ended)

    def _advance(self, stream: Stream, *, final: bool) -> None:
        if stream.consumer is None and any(len(direction.pieces) for direction in stream.directions):
            stream.consumer = Conversation(stream, self.source, self._readings, self)
        if stream.consumer is not None:
            stream.consumer.advance(final=final)
        elif final:  # as each connection of a port scan: a conversation takes 2 KB
            stream.ignore()
        if final and stream.ignored and len(self.foreign) < MOST_FOREIGN:
            self.foreign.append(Foreign(stream.ends, stream.heads))
        if final:
            stream.consumer = None

    # what a conversation reports

    def began(self, association: Association) -> None:
        self._associations.append(association)
        self._in_order = False

    def said(self, message: Message) -> None:
        """A message is complete."""

    def changed(self, association: Association) -> None:
        """An association has news, of packets before those known so far perhaps."""
        self._in_order = False


def _shift(segments: Segments, base: int, records: int) -> Segments:
    """Count offsets and records over the whole capture."""
    if not base and not records:
        return segments
    return replace(segments, record=segments.record + records, offset=segments.offset + base)


def series(paths: Sequence[str | PathLike[str]]) -> list[list[str]]:
    """Group files that make up one capture: names that differ in digits only, and times that follow on.

    So ring buffers of dumpcap and tcpdump name theirs. All other files stay captures of their own.
    """
    groups: list[list[str]] = []
    latest: dict[str, list[str]] = {}
    for path in map(str, paths):
        stem = re.sub(r"\d+", "#", path)
        group = latest.get(stem)
        if group is not None and _follows(group[-1], path):
            group.append(path)
        else:
            latest[stem] = [path]
            groups.append(latest[stem])
    return groups


def _follows(before: str, after: str) -> bool:
    """Whether the first record of a capture file comes after the last one of another."""
    with CaptureFile(after) as file:
        first = file.batch(1)
    if not len(first):
        return False
    latest = None
    with CaptureFile(before) as file:
        for batch in file.batches():
            latest = int(batch.time[-1])
    return latest is not None and latest <= int(first.time[0])
