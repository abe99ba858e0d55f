"""IP fragments waiting for each other. Their bytes stay in the capture: what is kept is where they lie."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from dissect.wire.coverage import cover
from dissect.wire.gather import Bytes

DATAGRAMS = 4096
"""Datagrams that may wait at a time; the oldest is dropped for the next."""

PIECES = 65_536
"""Fragments that may wait at a time, of all datagrams."""

PATIENCE = 60_000_000_000
"""Nanoseconds a datagram waits (RFC 8200 4.5). Later, its identification belongs to another one."""

LARGEST = 65_535
"""Bytes of an IP datagram's payload at most."""


class Run(NamedTuple):
    """Bytes of a packet that lie in one row in the capture."""

    file: int
    """Where they start."""
    captured: int
    """How many are there."""
    length: int
    """How many were on the wire."""


def part(runs: list[Run], start: int, stop: int) -> list[Run]:
    """What lies from `start` to `stop` in `runs` laid end to end."""
    found = []
    at = 0
    for run in runs:
        low, high = max(start, at), min(stop, at + run.length)
        if low < high:
            skip = min(low - at, run.captured)
            found.append(Run(run.file + skip, min(run.captured - skip, high - low), high - low))
        at += run.length
    return found


class Packet:
    """A frame, or a datagram put together: where its bytes lie, and those that can be read as headers."""

    __slots__ = ("data", "length", "runs")

    def __init__(self, array: Bytes, runs: list[Run]) -> None:
        self.runs = runs
        self.length = sum(run.length for run in runs)
        """Bytes on the wire."""
        parts = []
        for run in runs:
            parts.append(array[run.file : run.file + run.captured].tobytes())
            if run.captured < run.length:
                break
        self.data = b"".join(parts)
        """Its bytes up to the first that was not captured."""

    def slice(self, start: int, stop: int) -> list[Run]:
        """The runs from `start` to `stop`. Beyond the packet's end there are bytes that were not captured."""
        found = part(self.runs, start, stop)
        missing = stop - max(self.length, start)
        if missing > 0 and found:
            found[-1] = found[-1]._replace(length=found[-1].length + missing)
        elif missing > 0:
            last = self.runs[-1]
            found.append(Run(last.file + last.captured, 0, missing))
        return found

    def trim(self, stop: int) -> None:
        """Forget what lies behind `stop`: padding, which is nobody's payload."""
        if stop < self.length:
            self.runs = part(self.runs, 0, stop)
            self.data = self.data[:stop]
            self.length = stop


class Datagram:
    """The fragments of one datagram, none overlapping another."""

    __slots__ = ("_borders", "complete", "covered", "pieces", "since", "total")

    def __init__(self, since: int) -> None:
        self.since = since
        self.pieces: list[tuple[int, list[Run]]] = []
        """Where each begins, and where its bytes lie, in the order they came."""
        self._borders: list[int] = []
        """Those of what is there; see `cover`."""
        self.covered = 0
        self.total = -1
        self.complete = False

    def add(self, start: int, runs: list[Run]) -> None:
        """Put a fragment in its place; where another was first, that one stays."""
        stop = start + sum(run.length for run in runs)
        for low, high in cover(self._borders, start, stop):
            self.pieces.append((low, part(runs, low - start, high - start)))
            self.covered += high - low


class Fragments:
    """All datagrams of a capture that wait for fragments."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Datagram] = {}
        self._pieces = 0
        self.lost = 0
        """Datagrams given up."""

    def add(
        self, array: Bytes, key: Hashable, time: int, start: int, runs: list[Run], *, last: bool
    ) -> Packet | None:
        """Take the fragment at `start` of the datagram `key`; the whole datagram when it completes it.

        A fragment of a datagram that is complete is a repetition and is left out.
        """
        waiting = self._waiting
        datagram = waiting.get(key)
        if datagram is not None and not 0 <= time - datagram.since <= PATIENCE:
            self._drop(key)
            datagram = None
        if datagram is None:
            datagram = waiting[key] = Datagram(time)
            if len(waiting) > DATAGRAMS:
                self._drop(next(iter(waiting)))
        if datagram.complete:
            return None
        before = len(datagram.pieces)
        datagram.add(start, runs)
        self._pieces += len(datagram.pieces) - before
        if last and datagram.total < 0:
            datagram.total = start + sum(run.length for run in runs)
        while self._pieces > PIECES:
            self._drop(next(iter(waiting)))
        if datagram.total < 0 or datagram.covered < datagram.total:
            return None
        whole = [run for _, piece in sorted(datagram.pieces) for run in piece]
        self._pieces -= len(datagram.pieces)
        datagram.pieces, datagram.complete = [], True
        packet = Packet(array, whole)
        packet.trim(datagram.total)
        return packet

    def finish(self) -> int:
        """Give up what waits; how many datagrams were lost since the last time."""
        for key in list(self._waiting):
            self._drop(key)
        lost, self.lost = self.lost, 0
        return lost

    def _drop(self, key: Hashable) -> None:
        datagram = self._waiting.pop(key)
        self._pieces -= len(datagram.pieces)
        self.lost += not datagram.complete
