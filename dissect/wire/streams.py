"""TCP connections out of batches of segments.

A batch is sorted by connection and side in one step. Where a side's segments follow one another, and follow
what is there, its payload is appended as a whole; any other connection is gone through row by row. The result
does not depend on how the segments were batched.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from operator import attrgetter
from typing import NamedTuple, Protocol

from dissect.pieces import Pieces, Source, Span, locate
from dissect.wire.direction import Direction
from dissect.wire.frames import Segments
from dissect.wire.groups import ACK, FIN, RST, SYN, Groups

HEAD = 16
"""Bytes of each side of an ignored connection whose place is kept: enough to tell what it speaks."""


class Endpoint(NamedTuple):
    """One end of a connection: a 128 bit address (IPv4 as ::ffff:a.b.c.d) and a TCP port."""

    number: int
    port: int

    @property
    def address(self) -> str:
        if self.number >> 32 == 0xFFFF:
            return str(IPv4Address(self.number & 0xFFFFFFFF))
        return str(IPv6Address(self.number))


class Consumer(Protocol):
    """Who reads the bytes of a connection."""

    recognised: bool
    """Whether it understands what is said."""

    def advance(self, *, final: bool) -> None:
        """There are more bytes; `final`: there will be no more."""
        ...


class Stream:
    """A TCP connection between two ends; its sides are numbered 0 and 1 as `ends` is."""

    __slots__ = (
        "closed", "consumer", "directions", "ended", "ends", "first_record", "heads", "ignored", "initiator",
        "record", "reset", "rows", "succeeded",
    )  # fmt: skip

    def __init__(self, capture: Source, ends: tuple[Endpoint, Endpoint], record: int) -> None:
        self.ends = ends
        self.directions = (Direction(capture), Direction(capture))
        self.first_record = record
        """Number of its first record, from 0."""
        self.succeeded: int | None = None
        """The first record from which on its ends are those of another connection."""
        self.record = record
        """Number of the last record seen, from 0."""
        self.initiator: int | None = None
        """The side that sent the SYN; None where it was not captured."""
        self.closed: int | None = None
        """Record of the RST or of the later FIN."""
        self.reset: int | None = None
        """The side that sent an RST."""
        self.ended = False
        self.ignored = False
        """The consumer has seen enough: its bytes are not kept."""
        self.heads: tuple[Span | None, ...] = (None, None)
        """Where the first bytes of each side lie in the capture, if those are all that is kept."""
        self.rows = 0
        self.consumer: Consumer | None = None

    def reused(self, side: int, flags: int, sequence: int, length: int) -> bool:
        """Whether a segment is of another connection on the same pair of ports."""
        direction = self.directions[side]
        if flags & SYN:
            if direction.isn is not None:
                return direction.isn != sequence
            return self.closed is not None or not direction.may_begin_at(sequence + 1)
        if not length or self.ignored:
            return False
        if self.ended and direction.finished and direction.position(sequence) > len(direction.pieces):
            return True  # nothing comes behind a FIN
        return direction.foreign(sequence)

    def row(
        self,
        side: int,
        flags: int,
        sequence: int,
        number: int,
        offset: int,
        captured: int,
        length: int,
        record: int,
    ) -> None:
        """One segment, on its own."""
        self.rows += 1
        self.record = record
        direction, other = self.directions[side], self.directions[1 - side]
        if flags & SYN:
            direction.open(sequence)
            if self.initiator is None:
                self.initiator = 1 - side if flags & ACK else side
            sequence = (sequence + 1) & 0xFFFFFFFF
        if length and not self.ignored:
            direction.add(sequence, offset, captured, length, record)
        if flags & FIN:
            direction.end((sequence + length) & 0xFFFFFFFF)
        if flags & ACK:
            other.acknowledge(number, self.rows, record)
        if flags & RST and self.reset is None:
            self.reset = side
            self.closed = record
        self.close_if_finished(record)

    def close_if_finished(self, record: int) -> None:
        """Once both FINs came, and all bytes before them, nothing can follow; the last came with `record`."""
        first, second = self.directions
        if self.closed is None and first.finished and second.finished:
            self.closed = record
            self.finish()

    def hurry(self, *, patient: bool) -> bool:
        """Nothing came for a while: take what waits; returns whether anything did."""
        hurried = [direction.hurry(self.record, patient=patient) for direction in self.directions]
        if any(hurried):
            self.close_if_finished(self.record)
        return any(hurried)

    def ignore(self) -> None:
        """Let go of its bytes: nobody reads them."""
        if not self.ignored:
            self.heads = tuple(_head(direction.pieces) for direction in self.directions)
        self.ignored = True
        for direction in self.directions:
            direction.forget()

    def finish(self) -> None:
        self.ended = True
        for direction in self.directions:
            direction.finish(self.record)
        self.close_if_finished(self.record)


def _head(pieces: Pieces) -> Span | None:
    """The first bytes of a direction, as far as they lie in one row."""
    return next(iter(locate(Span(pieces, 0, HEAD))), None) if len(pieces) else None


class Streams:
    """Sorts segments to connections."""

    def __init__(self, capture: Source) -> None:
        self._capture = capture
        self._table: dict[bytes, Stream] = {}

    def update(self, segments: Segments) -> list[Stream]:
        """Add a batch, whose `record` and `offset` count over the whole capture; returns what changed."""
        if not len(segments.record):
            return []
        group = Groups(segments)
        touched: list[Stream] = []
        for index, key in enumerate(group.keys):
            stream = self._table.get(key)
            if stream is None:
                stream = self._begin(key, group.first_records[index])
            if stream.ignored and not group.opens[index]:
                continue
            if stream.ended or not (group.ordered[index] and self._append(stream, group, index)):
                self._row_by_row(stream, key, group, index, touched)
            else:
                touched.append(stream)
        touched.sort(key=attrgetter("first_record"))  # who began first is told of first, however they hash
        return touched

    def finish(self) -> list[Stream]:
        """The capture ends: nothing waits any more."""
        streams = [stream for stream in self._table.values() if not stream.ended]
        for stream in streams:
            stream.finish()
        self._table.clear()
        return streams

    def rest(self, quiet: int, long: int, old: int) -> list[Stream]:
        """See to connections whose latest record comes before `quiet`; returns what changed.

        What waits is taken. Before `long`, finished connections are forgotten, and before `old` those that
        nobody understands.
        """
        changed: list[Stream] = []
        gone: list[bytes] = []
        for key, stream in self._table.items():
            if stream.record >= quiet:
                continue
            if stream.ended or stream.ignored:
                if stream.record < (long if stream.ended else old):
                    gone.append(key)
                continue
            unknown = stream.consumer is None or not stream.consumer.recognised
            if stream.closed is not None or (unknown and stream.record < old):
                stream.finish()
                changed.append(stream)
            elif stream.hurry(patient=stream.record >= long):
                changed.append(stream)
        for key in gone:
            self._table.pop(key).succeeded = quiet
        return changed

    def oldest(self) -> int | None:
        """Number of the first record of all connections that somebody may read yet."""
        alive = (each for each in self._table.values() if not (each.ended or each.ignored))
        return min((stream.first_record for stream in alive), default=None)

    def _begin(self, key: bytes, record: int) -> Stream:
        high, low, other_high, other_low, ports = struct.unpack("=5Q", key)
        ends = Endpoint(high << 64 | low, ports >> 16), Endpoint(other_high << 64 | other_low, ports & 0xFFFF)
        stream = self._table[key] = Stream(self._capture, ends, record)
        return stream

    def _append(self, stream: Stream, group: Groups, index: int) -> bool:
        """Add a connection's rows as a whole; False, and nothing done, where they need a look at each."""
        runs = group.runs_of(index)
        directions = stream.directions
        for run in runs:
            direction = directions[run.side]
            if run.syn:
                if direction.begun or direction.isn is not None:
                    return False
            elif not direction.flows or direction.following != run.sequence:
                return False
            if direction.fin is not None and run.following != run.sequence:
                return False  # what its FIN waited for, or what should not be
        if not all(direction.flows or not direction.begun for direction in directions):
            return False
        for run in runs:
            direction = directions[run.side]
            if run.syn:
                direction.open(run.sequence)
                if stream.initiator is None:
                    stream.initiator = 1 - run.side if run.answer else run.side
            if run.low < run.high and not stream.ignored:
                group.deliver(run, direction)
            direction.following = run.following
            if run.fin >= 0:
                direction.fin = (run.following - 1) & 0xFFFFFFFF
        stream.rows += group.counts[index]
        stream.record = group.last_records[index]
        stream.close_if_finished(max(run.fin for run in runs))
        return True

    def _row_by_row(
        self, stream: Stream, key: bytes, group: Groups, index: int, touched: list[Stream]
    ) -> None:
        """Add a connection's rows one by one; what changed goes into `touched`."""
        if not stream.ended:
            touched.append(stream)
        for side, flags, sequence, number, offset, captured, length, record in group.rows_of(index):
            if stream.reused(side, flags, sequence, length):
                if not stream.ended:
                    stream.finish()
                stream.succeeded = record
                stream = self._begin(key, record)
                touched.append(stream)
            if not stream.ended:
                stream.row(side, flags, sequence, number, offset, captured, length, record)
