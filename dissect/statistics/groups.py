"""Sums of a whole capture: by the AE titles of both sides, by command, by SOP class.

One pass over associations and exchanges; what is kept is a number for each response time, and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.exchanges import C_STORE_RQ, Exchange
from dissect.statistics.exchanges import SECOND, Timing, operation, percentile, timing_of
from dissect.statistics.flow import Cause
from dissect.statistics.phases import Phases, Timed

MANY = 10
"""Associations of one object each between two AEs from which on they are a habit."""

By = Literal["all", "ae", "command", "sop-class"]
Reason = Cause | Literal["one-object"]
REASONS: tuple[Reason, ...] = (
    "delayed-ack", "zero-window", "retransmission", "round-trip", "slow-peer", "one-object",
)  # fmt: skip


@dataclass(slots=True)
class Lost:
    """Time lost for one reason."""

    count: int = 0
    total: int = 0
    worst: int = 0
    by: Counter[str] = field(default_factory=Counter)
    """How often by whom: the AE title of the side that could not go on, or was slow."""

    def add(self, lost: int, title: str | None) -> None:
        self.count += 1
        self.total += lost
        self.worst = max(self.worst, lost)
        self.by[title or "?"] += 1


@dataclass(slots=True)
class Sizes:
    """The P-DATA-TF PDUs and PDVs that one role sent, and what the other takes."""

    pdus: Counter[int] = field(default_factory=Counter)
    """Length fields, as the maximum counts them."""
    pdvs: Counter[int] = field(default_factory=Counter)
    """Fragments, with their message control headers apart."""
    limits: set[int] = field(default_factory=set)
    """Maximum lengths that were negotiated; 0: none."""

    @property
    def limit(self) -> int | None:
        """The least maximum that was negotiated; 0 where there is none; None where that is not known."""
        return min(self.limits, key=lambda each: each or 1 << 32, default=None)


def middle(counts: Counter[int]) -> int | None:
    """The median of what was counted."""
    rank = (counts.total() + 1) // 2
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None


class Status(NamedTuple):
    """A status, its category, and what it means for the SOP class; no code where no response came."""

    code: int | None
    category: str
    text: str


UNANSWERED = Status(None, "Unknown", "no response")


@dataclass(slots=True)
class Spent:
    """Where the time of associations went; exchanges may overlap, and are all counted."""

    negotiation: int = 0
    request: int = 0
    network: int = 0
    application: int = 0
    response: int = 0
    think: int = 0
    release: int = 0


@dataclass(slots=True)
class Group:
    """All that was said under one name."""

    by: By
    name: tuple[str | None, ...]
    """Calling and called AE title; a command; a SOP class UID; nothing."""
    associations: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    exchanges: int = 0
    statuses: Counter[Status] = field(default_factory=Counter)
    response_times: list[int] = field(default_factory=list)
    """In order of length, once `finish` was called."""
    data: int = 0
    """Bytes of data sets."""
    busy: int = 0
    """The sum of the durations of exchanges with data sets; one without a response has none."""
    carried: int = 0
    """Bytes of the data sets of those that have a duration."""
    duration: int = 0
    """The sum of the durations of associations."""
    spent: Spent = field(default_factory=Spent)
    lost: dict[Reason, Lost] = field(default_factory=dict)
    sizes: dict[str, Sizes] = field(default_factory=dict)
    """By role: what the requestor and the acceptor sent."""

    def percentile(self, percent: float) -> int | None:
        return percentile(self.response_times, percent) if self.response_times else None

    @property
    def throughput(self) -> float | None:
        """Bytes of data sets a second while exchanges went on."""
        return self.carried * SECOND / self.busy if self.busy and self.carried else None

    def lose(self, reason: Reason, lost: int, title: str | None) -> None:
        self.lost.setdefault(reason, Lost()).add(lost, title)


class Statistics:
    """Groups of what is added, association by association."""

    def __init__(self) -> None:
        self.everything = Group("all", ())
        self.timings: list[Timing] = []
        """Every exchange that was counted."""
        self._groups: dict[tuple[By, tuple[str | None, ...]], Group] = {}
        self._single: dict[tuple[str | None, str | None], list[Association]] = {}

    def groups(self, by: By) -> list[Group]:
        """In the order of first use."""
        return [group for group in self._groups.values() if group.by == by]

    def add(self, timed: Timed, rows: Sequence[Phases]) -> None:
        """Count an association with these of its exchanges, and what happened in them.

        Its PDUs, negotiation and release are counted whole.
        """
        association = timed.association
        both = (self.everything, self._group("ae", association.calling_ae, association.called_ae))
        if len(rows) == len(timed.exchanges):
            for group in both:
                for stall in timed.apart:
                    group.lose(stall.cause, stall.lost, _title(association, stall.side))
            if stores_one(association):
                key = association.calling_ae, association.called_ae
                self._single.setdefault(key, []).append(association)
        for group in both:
            _associate(group, association)
        for phases in rows:
            exchange = phases.exchange
            sop_class = exchange.sop_class or association.sop_class(exchange.first)
            mine = (*both, self._group("command", operation(exchange)), self._group("sop-class", sop_class))
            status = _status(exchange, sop_class)
            timing = timing_of(exchange)
            self.timings.append(timing)
            for group in mine:
                _count(group, phases, status, timing)
                for stall in phases.stalls:
                    group.lose(stall.cause, stall.lost, _title(association, stall.side))

    def finish(self) -> None:
        """All was added."""
        for group in (self.everything, *self._groups.values()):
            group.response_times.sort()
        for (calling, called), associations in self._single.items():
            if len(associations) < MANY:
                continue
            for association in associations[1:]:
                lost = _around(association)
                for group in (self.everything, self._group("ae", calling, called)):
                    group.lose("one-object", lost, calling)

    def _group(self, by: By, *name: str | None) -> Group:
        found = self._groups.get((by, name))
        if found is None:
            found = self._groups[by, name] = Group(by, name)
        return found


def statistics(found: Iterable[Timed]) -> Statistics:
    """The groups of whole associations."""
    sums = Statistics()
    for timed in found:
        sums.add(timed, timed.exchanges)
    sums.finish()
    return sums


def losses(timed: Timed) -> Group:
    """What one association lost time to, and nothing else."""
    association = timed.association
    group = Group("all", (), duration=association.end - association.start)
    for stall in timed.stalls:
        group.lose(stall.cause, stall.lost, _title(association, stall.side))
    return group


def stores_one(association: Association) -> bool:
    """Whether an association carries one C-STORE, and nothing else."""
    if len(association.exchanges) != 1:
        return False
    command = association.exchanges[0].first.command_set
    return command is not None and command.field == C_STORE_RQ


def _title(association: Association, side: int) -> str | None:
    return association.calling_ae if side == association.requestor_side else association.called_ae


def _around(association: Association) -> int:
    """The time of an association outside its exchanges, from its TCP connection on."""
    exchanges = association.exchanges
    start = association.time(association.stream.first_record)
    first = min(exchange.first.time for exchange in exchanges)
    last = max(exchange.last.end_time for exchange in exchanges)
    return max(first - start, 0) + max(association.end - last, 0)


def _associate(group: Group, association: Association) -> None:
    group.associations += 1
    group.outcomes[association.outcome] += 1
    group.duration += association.end - association.start
    exchanges = association.exchanges
    if exchanges:
        last = max(exchange.last.end_time for exchange in exchanges)
        group.spent.negotiation += max(exchanges[0].first.time - association.start, 0)
        group.spent.release += max(association.end - last, 0)
    else:
        group.spent.negotiation += association.end - association.start
    for side in (0, 1):
        role = association.side_name(side)
        sizes = group.sizes.setdefault(role, Sizes())
        sizes.pdus.update(association.data_lengths(side))
        other = association.proposal(1 - side)
        if other is not None and other.maximum_length is not None:
            sizes.limits.add(other.maximum_length)
    for message in association.messages:
        sizes = group.sizes[message.sender]
        sizes.pdvs.update(message.command_runs[1::2])
        sizes.pdvs.update(message.data_runs[1::2])


def _count(group: Group, phases: Phases, status: Status, timing: Timing) -> None:
    spent = group.spent
    group.exchanges += 1
    group.statuses[status] += 1
    group.data += timing.data
    if timing.response_time is not None:
        group.response_times.append(timing.response_time)
    if timing.data and timing.duration is not None and timing.duration > 0:
        group.busy += timing.duration
        group.carried += timing.data
    if phases.exchange.parent is None:
        spent.request += phases.request or 0
        spent.network += phases.network or 0
        spent.application += phases.application or 0
        spent.response += phases.response or 0
        spent.think += max(phases.think or 0, 0)


def _status(exchange: Exchange, sop_class: str | None) -> Status:
    code = exchange.status
    if code is None:
        return UNANSWERED
    found = tables.status(code, sop_class, exchange.responses[-1].command or "")
    return Status(code, found.category, found.text)
