"""TCP connections out of batches of segments.

A batch is sorted by connection and side in one step. Where a side's segments follow one another, and follow
what is there, its payload is appended as a whole; any other connection is gone through row by row. The result
does not depend on how the segments were batched.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from dissect.pieces import Pieces, Source
from dissect.wire.direction import Direction
from dissect.wire.frames import Segments

FIN, SYN, RST, ACK = 1, 2, 4, 16
FEW = 12
"""Up to so many payloads a loop is faster than numpy."""

Column = npt.NDArray[Any]


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

    def advance(self, *, final: bool) -> None:
        """There are more bytes; `final`: there will be no more."""
        ...


class Stream:
    """A TCP connection between two ends; its sides are numbered 0 and 1 as `ends` is."""

    __slots__ = (
        "closed", "consumer", "directions", "ended", "ends", "ignored", "initiator", "record", "reset", "rows",
    )  # fmt: skip

    def __init__(self, capture: Source, ends: tuple[Endpoint, Endpoint], record: int) -> None:
        self.ends = ends
        self.directions = (Direction(capture), Direction(capture))
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
        self.rows = 0
        self.consumer: Consumer | None = None

    def restarts(self, side: int, isn: int) -> bool:
        """Whether a SYN opens another connection on the same pair of ports."""
        direction = self.directions[side]
        if direction.isn is not None:
            return direction.isn != isn
        return self.closed is not None or (direction.settled and len(direction.pieces) > 0)

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
        elif self.closed is None and all(
            d.finished or (d.fin is not None and not d.begun) for d in self.directions
        ):
            self.closed = record

    def ignore(self) -> None:
        """Let go of its bytes: nobody reads them."""
        self.ignored = True
        for direction in self.directions:
            direction.pieces = Pieces(direction.pieces.below)

    def finish(self) -> None:
        self.ended = True
        for direction in self.directions:
            direction.finish(self.record)


class Streams:
    """Sorts segments to connections."""

    def __init__(self, capture: Source) -> None:
        self._capture = capture
        self._table: dict[bytes, Stream] = {}

    def update(self, segments: Segments) -> list[Stream]:
        """Add a batch, whose `record` and `offset` count over the whole capture; returns what changed."""
        if not len(segments.record):
            return []
        group = _Groups(segments)
        touched: list[Stream] = []
        for index, key in enumerate(group.keys):
            stream = self._table.get(key)
            if stream is None:
                stream = self._begin(key, group.first_records[index])
            if stream.ignored and not group.opens[index]:
                continue
            if stream.ended or not (group.ordered[index] and self._append(stream, group, index)):
                stream = self._row_by_row(stream, key, group, index, touched)
            touched.append(stream)
        return touched

    def finish(self) -> list[Stream]:
        """The capture ends: nothing waits any more."""
        streams = [stream for stream in self._table.values() if not stream.ended]
        for stream in streams:
            stream.finish()
        self._table.clear()
        return streams

    def _begin(self, key: bytes, record: int) -> Stream:
        high, low, other_high, other_low, ports = struct.unpack("=5Q", key)
        ends = Endpoint(high << 64 | low, ports >> 16), Endpoint(other_high << 64 | other_low, ports & 0xFFFF)
        stream = self._table[key] = Stream(self._capture, ends, record)
        return stream

    def _append(self, stream: Stream, group: _Groups, index: int) -> bool:
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
        if not all(direction.flows or not direction.begun for direction in directions):
            return False
        for run in runs:
            direction = directions[run.side]
            if run.syn:
                direction.open(run.sequence)
                if stream.initiator is None:
                    stream.initiator = 1 - run.side if run.answer else run.side
            if run.low < run.high and not stream.ignored:
                group.payload(run, direction)
            direction.following = run.following
            if run.fin:
                direction.fin = (run.following - 1) & 0xFFFFFFFF
        stream.rows += group.counts[index]
        stream.record = group.last_records[index]
        if stream.closed is None and directions[0].finished and directions[1].finished:
            stream.closed = stream.record
        return True

    def _row_by_row(
        self, stream: Stream, key: bytes, group: _Groups, index: int, touched: list[Stream]
    ) -> Stream:
        for side, flags, sequence, number, offset, captured, length, record in group.rows_of(index):
            restarts = flags & SYN and stream.restarts(side, sequence)
            if restarts or (length and not stream.ignored and stream.directions[side].foreign(sequence)):
                if not stream.ended:
                    stream.finish()
                    touched.append(stream)
                stream = self._begin(key, record)
            if not stream.ended:
                stream.row(side, flags, sequence, number, offset, captured, length, record)
        return stream


class _Run(NamedTuple):
    """The rows of one side of a connection in a batch, known to follow one another."""

    side: int
    sequence: int
    following: int
    syn: bool
    answer: bool
    fin: bool
    low: int
    high: int


class _Groups:
    """A batch sorted by connection, side and record; connections are numbered in order of their keys."""

    def __init__(self, segments: Segments) -> None:
        swap = _swapped(segments)
        high, low = (
            _choose(swap, segments.source_high, segments.target_high),
            _choose(swap, segments.source_low, segments.target_low),
        )
        other_high, other_low = (
            _choose(swap, segments.target_high, segments.source_high),
            _choose(swap, segments.target_low, segments.source_low),
        )
        source_port, target_port = (
            segments.source_port.astype(np.uint64),
            segments.target_port.astype(np.uint64),
        )
        ports = _choose(
            swap, source_port << np.uint64(16) | target_port, target_port << np.uint64(16) | source_port
        )
        columns = (high, low, other_high, other_low, ports)
        order, starts = _sort(columns, swap)
        self._segments, self._order = segments, order
        self._side = swap[order]
        self._starts = starts
        first = order[starts]
        packed = np.stack([column[first] for column in columns], axis=1).tobytes()
        self.keys = [packed[at : at + 40] for at in range(0, len(packed), 40)]
        self._measure(len(order))

    def _measure(self, count: int) -> None:
        """Find the runs: which follow on without a break, and where their payloads are."""
        segments, order, starts = self._segments, self._order, self._starts
        length, flags = segments.length[order], segments.flags[order]
        sequence = segments.sequence[order].astype(np.int64)
        first_of_run = np.zeros(count, dtype=bool)
        first_of_run[starts] = True
        first_of_run[1:] |= self._side[1:] != self._side[:-1]
        run_starts = np.flatnonzero(first_of_run)
        syn, fin = flags & SYN != 0, flags & FIN != 0
        following = (sequence + length + syn + fin) & 0xFFFFFFFF
        plain = flags & RST == 0
        plain &= segments.captured[order] == length
        plain[1:] &= first_of_run[1:] | ((sequence[1:] == following[:-1]) & ~syn[1:])
        ends = np.append(starts[1:], count)
        run_ends = np.append(run_starts[1:], count)
        payload = np.flatnonzero(length)
        self._offsets = segments.offset[order[payload]]
        self._lengths = length[payload]
        records = segments.record[order]
        self.ordered = np.logical_and.reduceat(plain, starts).tolist()
        self.opens = np.logical_or.reduceat(syn, starts).tolist()
        self.counts = (ends - starts).tolist()
        self.first_records = np.minimum.reduceat(records, starts).tolist()
        self.last_records = np.maximum.reduceat(records, starts).tolist()
        self._run_of = np.searchsorted(run_starts, np.append(starts, count)).tolist()
        self._runs = list(
            map(
                _Run,
                self._side[run_starts].astype(int).tolist(),
                sequence[run_starts].tolist(),
                following[run_ends - 1].tolist(),
                syn[run_starts].tolist(),
                (flags[run_starts] & ACK != 0).tolist(),
                np.logical_or.reduceat(fin, run_starts).tolist(),
                np.searchsorted(payload, run_starts).tolist(),
                np.searchsorted(payload, run_ends).tolist(),
            )
        )

    def runs_of(self, index: int) -> list[_Run]:
        return self._runs[self._run_of[index] : self._run_of[index + 1]]

    def payload(self, run: _Run, direction: Direction) -> None:
        offsets, lengths = self._offsets[run.low : run.high], self._lengths[run.low : run.high]
        if run.high - run.low > FEW:
            direction.pieces.extend(offsets, lengths)
        else:
            for offset, length in zip(offsets.tolist(), lengths.tolist(), strict=True):
                direction.pieces.append(offset, length)

    def rows_of(self, index: int) -> zip[tuple[int, int, int, int, int, int, int, int]]:
        """A connection's rows as they were captured, as arguments of `Stream.row`."""
        segments = self._segments
        stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._order)
        part = slice(self._starts[index], stop)
        arrival = np.argsort(self._order[part], kind="stable")
        rows = self._order[part][arrival]
        return zip(
            self._side[part][arrival].astype(int).tolist(),
            *(
                column[rows].tolist()
                for column in (
                    segments.flags, segments.sequence, segments.acknowledgement, segments.offset,
                    segments.captured, segments.length, segments.record,
                )
            ),
            strict=True,
        )  # fmt: skip


def _swapped(segments: Segments) -> npt.NDArray[np.bool_]:
    """Which rows go from the higher end to the lower one."""
    swap = segments.source_port > segments.target_port
    for source, target in (
        (segments.source_low, segments.target_low),
        (segments.source_high, segments.target_high),
    ):
        swap = (source > target) | ((source == target) & swap)
    return swap


def _choose(swap: npt.NDArray[np.bool_], straight: Column, swapped: Column) -> Column:
    return np.where(swap, swapped, straight)


def _sort(columns: tuple[Column, ...], side: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], Column]:
    """The order by connection, side and record, and where each connection starts in it."""
    hashed = np.zeros(len(side), dtype=np.uint64)
    for column in columns:
        hashed = (hashed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        hashed ^= hashed >> np.uint64(29)
    hashed = hashed & ~np.uint64(1) | side
    order = np.argsort(hashed, kind="stable")
    starts = _starts(hashed[order] >> np.uint64(1))
    within = np.ones(len(order), dtype=bool)
    within[starts] = False
    if any(np.any((column[order][1:] != column[order][:-1]) & within[1:]) for column in columns):
        # two connections share a hash: sort by all that tells them apart
        order = np.lexsort((side, *columns))
        changes = [column[order][1:] != column[order][:-1] for column in columns]
        starts = np.flatnonzero(np.append(True, np.logical_or.reduce(changes)))
    return order, starts


def _starts(ordered: Column) -> Column:
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
