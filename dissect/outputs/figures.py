"""What `stats` counts, for programs: a row, or a JSON object, for each group or for each exchange.

Times are seconds with nine digits. Adding columns at the end is free, others stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.outputs import words
from dissect.outputs.clock import exact
from dissect.outputs.table import line, safe, seconds
from dissect.statistics.groups import REASONS, Group, Statistics, middle
from dissect.statistics.phases import Phases, Timed

Value = str | int | None
Row = dict[str, Value]

ROLES = ("requestor", "acceptor")
GROUP_COLUMNS = (
    "capture", "by", "calling_ae", "called_ae", "command", "sop_class", "sop_class_name", "associations",
    "exchanges", "success", "pending", "warning", "failure", "cancel", "unknown", "median", "percentile_90",
    "percentile_99", "longest", "bytes", "bytes_per_second", "duration", "negotiation", "request", "network",
    "application", "response", "think", "release",
    *(f"{role}_{what}" for role in ROLES
      for what in ("pdus", "pdu_median", "pdu_longest", "pdvs", "pdv_longest", "peer_maximum_length")),
    *(f"{reason.replace('-', '_')}_{what}" for reason in REASONS for what in ("count", "lost")),
)  # fmt: skip
EXCHANGE_COLUMNS = (
    "capture", "association", "calling_ae", "called_ae", "frame", "command", "message_id", "sop_class",
    "sop_class_name", "status", "start", "request_end", "first_response", "response_end", "bytes", "think",
    "request", "network", "application", "response", "stalls", "lost",
)  # fmt: skip
CATEGORIES = ("success", "pending", "warning", "failure", "cancel", "unknown")


def group_rows(capture: Capture, sums: Statistics) -> Iterator[Row]:
    """All together first, then by AE titles, command and SOP class."""
    groups = (sums.everything, *sums.groups("ae"), *sums.groups("command"), *sums.groups("sop-class"))
    for group in groups:
        yield dict(zip(GROUP_COLUMNS, _group(capture.name, group), strict=True))


def _group(name: str, group: Group) -> Iterator[Value]:
    calling = called = command = sop_class = None
    if group.by == "ae":
        calling, called = group.name
    elif group.by == "command":
        command = group.name[0]
    elif group.by == "sop-class":
        sop_class = group.name[0]
    yield from (name, group.by, calling, called, command, sop_class)
    yield tables.uid_name(sop_class) if sop_class else None
    associated = group.by in ("all", "ae")  # commands and SOP classes share their associations with others
    yield from (group.associations if associated else None, group.exchanges)
    for category in CATEGORIES:
        found = (n for status, n in group.statuses.items() if status.category.lower() == category)
        yield sum(found)
    yield from (seconds(group.percentile(percent)) for percent in (50, 90, 99, 100))
    rate = group.throughput
    yield from (group.data, None if rate is None else round(rate))
    spent = group.spent
    yield from (seconds(each) if associated else None for each in (group.duration, spent.negotiation))
    yield from map(seconds, (spent.request, spent.network, spent.application, spent.response, spent.think))
    yield seconds(spent.release) if associated else None
    for role in ROLES:
        sizes = group.sizes.get(role)
        if sizes is None:
            yield from (None,) * 6
            continue
        yield from (sizes.pdus.total(), middle(sizes.pdus), max(sizes.pdus, default=None))
        yield from (sizes.pdvs.total(), max(sizes.pdvs, default=None), sizes.limit)
    for reason in REASONS:
        lost = group.lost.get(reason)
        yield from (lost.count if lost else 0, seconds(lost.total if lost else 0))


def exchange_rows(name: str, timed: Timed, chosen: Iterable[Phases]) -> Iterator[Row]:
    """The times of exchanges of an association."""
    for phases in chosen:
        yield dict(zip(EXCHANGE_COLUMNS, _exchange(name, timed, phases), strict=True))


def _exchange(name: str, timed: Timed, phases: Phases) -> Iterator[Value]:
    association, exchange = timed.association, phases.exchange
    first, request, subject = exchange.first, exchange.request, words.subject(exchange)
    code = exchange.status
    yield from (name, association.index, association.calling_ae, association.called_ae, first.frame)
    yield from (subject.command, subject.message_id, subject.sop_class)
    yield tables.uid_name(subject.sop_class) if subject.sop_class else None
    yield None if code is None else f"0x{code:04X}"
    yield exact(first.time)
    yield exact(request.end_time) if request else None
    yield exact(phases.first_response) if phases.first_response is not None else None
    yield exact(exchange.last.end_time) if exchange.responses else None
    yield words.data_size(exchange)
    times = (phases.think, phases.request, phases.network, phases.application, phases.response)
    yield from map(seconds, times)
    yield " ".join(stall.cause for stall in phases.stalls) or None
    yield seconds(sum(stall.lost for stall in phases.stalls))


def csv_writer(columns: tuple[str, ...]) -> tuple[str, Callable[[Row], str]]:
    """The header, and what writes a row."""
    return line(columns), lambda row: line(
        [safe(value) if key in TEXTS and isinstance(value, str) else value for key, value in row.items()]
    )


TEXTS = ("capture", "calling_ae", "called_ae", "sop_class")
"""Columns that hold what peers, or names of files, say."""


def json_line(row: Row) -> str:
    """One JSON object."""
    return json.dumps(row, separators=(", ", ": ")) + "\n"
