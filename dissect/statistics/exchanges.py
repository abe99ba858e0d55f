"""How long exchanges took, from the index alone, and how much went over the wire when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add
from typing import NamedTuple

import numpy as np

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange

SECOND = 1_000_000_000


class Timing(NamedTuple):
    """One exchange."""

    exchange: Exchange
    command: str
    """The operation, such as C-STORE."""
    start: int
    response_time: int | None
    """From the last byte of the request to the first of its first response."""
    duration: int | None
    """From the first byte of the request to the last of its last response."""
    data: int
    """Bytes of all its data sets."""


def timings(association: Association) -> list[Timing]:
    """Each exchange of an association, in the order of the requests."""
    return [timing_of(exchange) for exchange in association.exchanges]


def timing_of(exchange: Exchange) -> Timing:
    """One exchange."""
    return Timing(
        exchange,
        operation(exchange),
        exchange.first.time,
        exchange.response_time,
        exchange.duration,
        sum(message.data_length for message in (exchange.request, *exchange.responses) if message),
    )


def operation(exchange: Exchange) -> str:
    """Such as C-STORE; "?" where no command set was captured."""
    return (exchange.first.command or "?").removesuffix("-RQ").removesuffix("-RSP")


def percentile(ordered: Sequence[int], percent: float) -> int:
    """The smallest of values in order that at least `percent` of them do not exceed (the nearest rank)."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


@dataclass(slots=True)
class Summary:
    """All exchanges of one command."""

    command: str
    count: int = 0
    data: int = 0
    response_times: list[int] = field(default_factory=list)
    """In order of length; unanswered exchanges have none."""
    busy: int = 0
    """The sum of all durations; an exchange without a response has none."""
    carried: int = 0
    """Bytes of the data sets of exchanges that have a duration."""

    @property
    def unanswered(self) -> int:
        return self.count - len(self.response_times)

    @property
    def throughput(self) -> float | None:
        """Bytes of data sets a second while exchanges went on."""
        return self.carried * SECOND / self.busy if self.busy and self.carried else None


def summaries(found: Sequence[Timing]) -> list[Summary]:
    """A summary for each command, in the order of first use."""
    by_command: dict[str, Summary] = {}
    for timing in found:
        summary = by_command.setdefault(timing.command, Summary(timing.command))
        summary.count += 1
        summary.data += timing.data
        if timing.duration is not None and timing.duration > 0:
            summary.busy += timing.duration
            summary.carried += timing.data
        if timing.response_time is not None:
            summary.response_times.append(timing.response_time)
    for summary in by_command.values():
        summary.response_times.sort()
    return list(by_command.values())


class Buckets(NamedTuple):
    """Values over time, `step` ns each, from `start` on."""

    start: int
    step: int
    values: list[int]


def slowest(found: Sequence[Timing], start: int, end: int, count: int) -> Buckets:
    """The longest response time in each of `count` equal parts of a time; 0 where no request was sent."""
    buckets = _empty(start, end, count)
    for timing in found:
        if timing.response_time is not None:
            place = _place(buckets, timing.start)
            buckets.values[place] = max(buckets.values[place], timing.response_time)
    return buckets


def carried(association: Association, start: int, end: int, count: int) -> Buckets:
    """Bytes of PDUs, of both sides, complete in each of `count` equal parts of a time."""
    buckets = _empty(start, end, count)
    last = len(buckets.values) - 1
    for side in (0, 1):
        sizes, records = association.sizes(side)
        moments = association.source.times(records)
        places = np.clip((moments - start) // buckets.step, 0, last)
        sums = np.bincount(places, weights=sizes, minlength=last + 1).astype(np.int64).tolist()
        buckets.values[:] = map(add, buckets.values, sums)
    return buckets


def moved(found: Sequence[Timing], start: int, end: int, count: int) -> Buckets:
    """Bytes of data sets in each of `count` equal parts of a time, each message's spread over its own."""
    buckets = _empty(start, end, count)
    for timing in found:
        if not timing.data:
            continue
        for message in (timing.exchange.request, *timing.exchange.responses):
            if message is not None and message.has_data_set:
                # a clock may be set back in between
                first, last = sorted(_place(buckets, moment) for moment in (message.time, message.end_time))
                each, rest = divmod(message.data_length, last - first + 1)
                for place in range(first, last + 1):
                    buckets.values[place] += each
                buckets.values[last] += rest
    return buckets


def _empty(start: int, end: int, count: int) -> Buckets:
    return Buckets(start, max(-(-(end - start + 1) // max(count, 1)), 1), [0] * max(count, 1))


def _place(buckets: Buckets, moment: int) -> int:
    return min(max((moment - buckets.start) // buckets.step, 0), len(buckets.values) - 1)
