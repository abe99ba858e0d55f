"""A batch of segments sorted to connections and sides, in numpy."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.wire.direction import Direction
from dissect.wire.frames import Segments

FIN, SYN, RST, ACK = 1, 2, 4, 16
FEW = 12
"""Up to so many payloads a loop is faster than numpy."""

Column = npt.NDArray[Any]


class Run(NamedTuple):
    """The rows of one side of a connection in a batch, known to follow one another."""

    side: int
    sequence: int
    following: int
    syn: bool
    answer: bool
    fin: int
    """Record of its FIN, behind which nothing comes; -1: there is none."""
    low: int
    high: int


class Groups:
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
        fins = np.flatnonzero(fin)
        last = run_ends[np.searchsorted(run_starts, fins, "right") - 1] - 1
        plain[fins] &= following[last] == following[fins]
        payload = np.flatnonzero(length)
        self._offsets = segments.offset[order[payload]]
        self._lengths = length[payload]
        records = segments.record[order]
        self._records = records[payload]
        self.ordered = np.logical_and.reduceat(plain, starts).tolist()
        self.opens = np.logical_or.reduceat(syn, starts).tolist()
        self.counts = (ends - starts).tolist()
        self.first_records = np.minimum.reduceat(records, starts).tolist()
        self.last_records = np.maximum.reduceat(records, starts).tolist()
        self._run_of = np.searchsorted(run_starts, np.append(starts, count)).tolist()
        self._runs = list(
            map(
                Run,
                self._side[run_starts].astype(int).tolist(),
                sequence[run_starts].tolist(),
                following[run_ends - 1].tolist(),
                syn[run_starts].tolist(),
                (flags[run_starts] & ACK != 0).tolist(),
                np.maximum.reduceat(np.where(fin, records, -1), run_starts).tolist(),
                np.searchsorted(payload, run_starts).tolist(),
                np.searchsorted(payload, run_ends).tolist(),
            )
        )

    def runs_of(self, index: int) -> list[Run]:
        return self._runs[self._run_of[index] : self._run_of[index + 1]]

    def deliver(self, run: Run, direction: Direction) -> None:
        """Append the payloads of a run to its direction."""
        part = slice(run.low, run.high)
        if run.high - run.low > FEW:
            direction.extend(self._offsets[part], self._lengths[part], self._records[part])
        else:
            offsets, lengths, records = self._lists
            direction.extend_by_few(offsets[part], lengths[part], records[part])

    @cached_property
    def _lists(self) -> tuple[list[int], list[int], list[int]]:
        """The payload columns as lists: one conversion for all short runs of the batch."""
        return self._offsets.tolist(), self._lengths.tolist(), self._records.tolist()

    def arrivals(self, index: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """A connection's rows as they were captured: the side that sent each, and its place in the batch."""
        stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._order)
        part = slice(self._starts[index], stop)
        arrival = np.argsort(self._order[part], kind="stable")
        return self._side[part][arrival], self._order[part][arrival]

    def rows_of(self, index: int) -> zip[tuple[int, int, int, int, int, int, int, int]]:
        """A connection's rows as they were captured, as arguments of `Stream.row`."""
        segments = self._segments
        sides, rows = self.arrivals(index)
        return zip(
            sides.astype(int).tolist(),
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
    hashed = _hash(columns)
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


def _hash(columns: tuple[Column, ...]) -> Column:
    hashed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        hashed = (hashed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        hashed ^= hashed >> np.uint64(29)
    return hashed
