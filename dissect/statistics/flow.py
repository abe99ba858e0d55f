"""One pass over the TCP headers of a connection: acknowledgements, round trips, and where it stood still.

A stall is a time in which a side that had something to send did not, and something in TCP kept it from it:

- delayed-ack: with Nagle's algorithm (RFC 896) a sender keeps a small segment back until its former one is
  acknowledged, and a receiver with nothing to say delays that (RFC 1122 4.2.3.2, 40 ms or more). Seen as:
  all that was sent is acknowledged late, by a segment without data, and the sender goes on at once.
- zero-window: the receiver announced that its buffer is full, until it announced that it is not.
- retransmission: silence that ended with bytes sent before: they, or their acknowledgement, had been lost.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Literal, NamedTuple

from dissect.wire.again import Headers
from dissect.wire.direction import Direction
from dissect.wire.groups import ACK, RST, SYN
from dissect.wire.streams import Stream

MS = 1_000_000
LATE = 20 * MS
"""How much later than the quickest acknowledgement one is called delayed; Linux waits 40 ms or more."""
LATEST = 600 * MS
"""RFC 1122 wants an acknowledgement within 500 ms: what takes longer was not delayed but lost."""
AT_ONCE = 3 * MS
"""Within this, and two round trips, a sender goes on that did nothing but wait for an acknowledgement."""
NOTABLE = MS
"""Shorter stalls are not told."""
SILENT = 10 * MS
"""Shorter than any retransmission timeout: repeated bytes after less were found missing by other means."""
MASK = 0xFFFFFFFF

Cause = Literal["delayed-ack", "zero-window", "retransmission", "round-trip", "slow-peer"]


class Stall(NamedTuple):
    """A time in which something that could have gone on did not."""

    cause: Cause
    side: int
    """The side of the connection that could not go on; of slow-peer, the one that was slow."""
    start: int
    end: int
    lost: int
    """Nanoseconds of it that need not have passed: less than all of it where a round trip had to."""
    record: int
    """The record that ended it."""


class Wait(NamedTuple):
    """A side had all acknowledged that it sent, and went on at once: it seems to have waited."""

    side: int
    sent: int
    """When the last of it was sent."""
    acknowledged: int
    record: int
    """The record with which it went on."""
    position: int
    """Where in its bytes the side went on."""
    flight: int
    """Bytes that were on their way."""


class Flow:
    """What the headers of a connection show, which come in batches.

    Positions are those of its Directions; sides are 0 and 1.
    """

    def __init__(self, stream: Stream) -> None:
        self.round_trips: list[int | None] = [None, None]
        """Per side, the least time from capturing what it sent to capturing its acknowledgement."""
        self.stalls: list[Stall] = []
        """Those that TCP alone shows, in the order in which they ended, once `finish` was called."""
        self.waits: list[Wait] = []
        """Waits for an acknowledgement; after `finish` those that were not late: whether they matter, only
        PDUs can tell."""
        self._bases = [_base(direction) for direction in stream.directions]
        self._positions = (array("q"), array("q"))
        self._times = (array("q"), array("q"))
        self._ends, self._acked, self._sent = [0, 0], [0, 0], [0, 0]
        self._repeated = [False, False]
        """Per side, whether it sent again what is not acknowledged yet: of which one, nobody can tell."""
        self._begun: list[int | None] = [None, None]
        """Per side, when its last SYN was sent."""
        self._zero: list[int | None] = [None, None]
        """Per side, since when it says that it can take no more."""
        self._latest: Wait | None = None
        """What the segment before may have ended."""
        self._before: int | None = None
        """When the segment before was captured."""

    def acknowledged(self, side: int, position: int) -> int | None:
        """When all that a side sent before `position` was acknowledged; None where that was not captured."""
        index = bisect_left(self._positions[side], position)
        return self._times[side][index] if index < len(self._times[side]) else None

    def read(self, headers: Headers) -> None:
        """Take the segments that follow those taken so far."""
        bases, ends, acked, sent = self._bases, self._ends, self._acked, self._sent
        repeated, latest = self._repeated, self._latest
        before = self._before if self._before is not None else next(iter(headers.time), 0)
        for record, time, side, flags, sequence, number, window, length in zip(*headers, strict=True):
            other = 1 - side
            if flags & RST:
                continue
            if flags & SYN:
                repeated[side] = self._repeats(side, time, record)
                acked[side], sent[side] = -1, time
            if flags & ACK:
                position = _unwrap(number, bases[other], acked[other])
                if position > acked[other]:
                    flight = ends[other] - acked[other]
                    acked[other] = position
                    self._positions[other].append(position)
                    self._times[other].append(time)
                    latest = None
                    if position >= ends[other] and sent[other] and not repeated[other]:
                        self._measure(other, time - sent[other])
                        if position > 0 and not length:
                            latest = Wait(other, sent[other], time, record, ends[other], flight)
                    if position >= ends[other]:
                        repeated[other] = False
                self._window(side, window, time, record)
            if length:
                start = _unwrap(sequence, bases[side], ends[side])
                if start + length > ends[side]:
                    soon = AT_ONCE + 2 * (self.round_trips[side] or 0)
                    if latest is not None and latest.side == side and time - latest.acknowledged <= soon:
                        self.waits.append(latest._replace(record=record))
                    ends[side], sent[side] = start + length, time
                elif self._zero[other] is None and not (length == 1 and start == ends[side] - 1):
                    repeated[side] = True
                    if time - before >= SILENT:
                        self._stall("retransmission", side, before, time, time - before, record)
                latest = None
            before = time
        self._latest, self._before = latest, before

    def _repeats(self, side: int, time: int, record: int) -> bool:
        """Whether a SYN is not the first of its side."""
        begun, self._begun[side] = self._begun[side], time
        if begun is not None and time - begun >= SILENT:
            self._stall("retransmission", side, begun, time, time - begun, record)
        return begun is not None

    def _measure(self, side: int, took: int) -> None:
        least = self.round_trips[side]
        if took >= 0 and (least is None or took < least):
            self.round_trips[side] = took

    def _window(self, side: int, window: int, time: int, record: int) -> None:
        since = self._zero[side]
        if window == 0:
            if since is None:
                self._zero[side] = time
        elif since is not None:
            self._zero[side] = None
            if time - since >= NOTABLE:
                self._stall("zero-window", 1 - side, since, time, time - since, record)

    def finish(self) -> None:
        """Sort waits by whether their acknowledgement was late, now that the quickest one is known."""
        waits, self.waits = self.waits, []
        for wait in waits:
            least = self.round_trips[wait.side] or 0
            took = wait.acknowledged - wait.sent
            if LATE <= took - least <= LATEST:
                lost = took - least
                self._stall("delayed-ack", wait.side, wait.sent, wait.acknowledged, lost, wait.record)
            elif took >= NOTABLE:
                self.waits.append(wait)
        self.stalls.sort(key=lambda stall: stall.end)

    def _stall(self, cause: Cause, side: int, start: int, end: int, lost: int, record: int) -> None:
        self.stalls.append(Stall(cause, side, start, end, lost, record))


def _base(direction: Direction) -> int:
    """The sequence number of a direction's position 0."""
    if direction.isn is not None:
        return (direction.isn + 1) & MASK
    return (direction.following - len(direction.pieces) - direction.finished) & MASK


def _unwrap(number: int, base: int, near: int) -> int:
    """The position of a sequence number, which counts modulo 2**32, next to one that is known."""
    ahead = (number - base - near) & MASK
    return near + (ahead - 0x100000000 if ahead & 0x80000000 else ahead)
