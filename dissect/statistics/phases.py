"""The times of each exchange: its request on its way, network, the peer's application, responses, thinking.

    request  |#####|                      from its first byte to its last
    network        |##|                   until its last segment was acknowledged: a round trip
    application       |#########|         until the first byte of the first response
    response                    |####|    from there to the last byte of the last response
    think                            |### until the next request

All is seen from where the capture was made: beside the requestor a round trip is the whole network; beside
the acceptor it is almost nothing, and what the requestor waits for on the network shows as its thinking.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.framing import Framer
from dissect.pieces import Span
from dissect.statistics.flow import LATE, MS, Flow, Stall, Wait
from dissect.wire.again import Report, headers
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

SLOW = 1000 * MS
"""An application that takes longer for its first answer is called slow."""
LONG = 5 * MS
"""A path with a longer round trip is a long one."""
HEADERS = 12
"""Bytes of the headers of a P-DATA-TF and of its first PDV, which some send apart."""


class Phases(NamedTuple):
    """One exchange; None is what cannot be told. Stalls lie within the other times."""

    exchange: Exchange
    think: int | None
    """Since the last byte of the exchange before it; negative where that still went on."""
    request: int | None
    network: int | None
    application: int | None
    response: int | None
    stalls: tuple[Stall, ...]

    @property
    def first_response(self) -> int | None:
        """When the first byte of the first response came."""
        return self.exchange.responses[0].time if self.exchange.responses else None


class Timed(NamedTuple):
    """One association with what its TCP headers show."""

    association: Association
    flow: Flow
    exchanges: list[Phases]
    stalls: list[Stall]
    """All of them, in the order in which they ended."""
    apart: list[Stall]
    """Those before the first exchange, and after the last."""

    def round_trip(self, side: int) -> int | None:
        """The least time from the capture point to the peer of a side and back."""
        return self.flow.round_trips[side]


def timed(
    source: CaptureSource, associations: Iterable[Association], report: Report = lambda done: None
) -> Iterator[Timed]:
    """The times of associations, connection by connection in the order in which those began.

    Raises CaptureError where a file cannot be read any more, and whatever `report` raises.
    """
    by_stream: dict[Stream, list[Association]] = {}
    for association in associations:
        by_stream.setdefault(association.stream, []).append(association)
    flows = {stream: Flow(stream) for stream in sorted(by_stream, key=attrgetter("first_record"))}
    for stream, found in headers(source, flows, report):
        flows[stream].read(found)
    for stream in list(flows):
        flow = flows.pop(stream)
        flow.finish()
        for association in by_stream[stream]:
            yield _timed(association, flow)


def resumed(association: Association, stall: Stall) -> Span | None:
    """The bytes that were sent when a stall was over; nothing where none were."""
    direction = association.framers[stall.side].direction
    number = bisect_left(direction.records, stall.record)
    if number == len(direction.records):
        return None
    start = direction.pieces.start(number)
    return Span(direction.pieces, start, direction.pieces.start(number + 1) - start)


def _timed(association: Association, flow: Flow) -> Timed:
    exchanges = association.exchanges
    stalls = [stall for stall in flow.stalls if _belongs(stall.record, association)]
    stalls += _round_trips(association, flow)
    stalls.sort(key=_end)
    slow: list[Stall] = []
    found = []
    latest: int | None = None
    for exchange in exchanges:
        phases = _phases(exchange, flow, latest, stalls)
        slow += phases.stalls
        found.append(phases)
        if exchange.parent is None:
            end = exchange.last.end_time
            latest = end if latest is None else max(latest, end)
    stalls = sorted([*stalls, *slow], key=_end)
    starts = [exchange.first.time for exchange in exchanges]
    inside: dict[int, list[Stall]] = {}
    apart = []
    for stall in stalls:
        # the latest that began before it: a sub-operation rather than the C-GET around it; and what holds up
        # the next one, such as a response that has to be sent again
        number = bisect_left(starts, stall.end) - 1
        if number >= 0 and (stall.end <= exchanges[number].last.end_time or number + 1 < len(exchanges)):
            inside.setdefault(number, []).append(stall)
        else:
            apart.append(stall)
    found = [phases._replace(stalls=tuple(inside.get(number, ()))) for number, phases in enumerate(found)]
    return Timed(association, flow, found, stalls, apart)


def _belongs(record: int, association: Association) -> bool:
    """Whether a record is of an association, or of the handshake before it."""
    first = 0 if not association.follows_another else association.first_record
    return first <= record <= association.last_record


def _phases(exchange: Exchange, flow: Flow, latest: int | None, stalls: Sequence[Stall]) -> Phases:
    """The times of one exchange, its only stall that of a slow peer; `stalls` are TCP's, by their ends."""
    request, responses = exchange.request, exchange.responses
    think = None if latest is None or exchange.parent is not None else exchange.first.time - latest
    took = None if request is None else request.end_time - request.time
    answering = None if not responses else responses[-1].end_time - responses[0].time
    network = application = None
    slow: tuple[Stall, ...] = ()
    wait = exchange.response_time
    if request is not None and wait is not None and wait >= 0:
        network = min(_network(exchange, flow) or 0, wait)
        begin, end = request.end_time, responses[0].time
        application = max(wait - network - _stalled(stalls, begin, end), 0)
        if application >= SLOW:
            side = responses[0].side
            slow = (Stall("slow-peer", side, end - application, end, application, responses[0].first_record),)
    return Phases(exchange, think, took, network, application, answering, slow)


def _end(stall: Stall) -> int:
    return stall.end


def _stalled(stalls: Sequence[Stall], begin: int, end: int) -> int:
    """How much of a time stalls take."""
    taken = 0
    for number in range(bisect_right(stalls, begin, key=_end), len(stalls)):
        stall = stalls[number]
        if stall.start >= end:
            break
        taken += min(stall.end, end) - max(stall.start, begin)
    return taken


def _network(exchange: Exchange, flow: Flow) -> int | None:
    """The round trip of the end of a request: of its own, or where its acknowledgement waited, the least."""
    request = exchange.request
    if request is None:
        return None
    least = flow.round_trips[request.side]
    moment = flow.acknowledged(request.side, request.stop)
    if moment is None or moment < request.end_time:
        return least
    took = moment - request.end_time
    piggyback = moment >= exchange.responses[0].time
    return least if least is not None and (piggyback or took - least >= LATE) else took


def _round_trips(association: Association, flow: Flow) -> Iterator[Stall]:
    """Waits on a long path, of a sender that has one PDU on its way at most."""
    for wait in flow.waits:
        long = (flow.round_trips[wait.side] or 0) >= LONG
        if (
            long
            and _belongs(wait.record, association)
            and _between_pdus(association.framers[wait.side], wait)
        ):
            lost = wait.acknowledged - wait.sent
            yield Stall("round-trip", wait.side, wait.sent, wait.acknowledged, lost, wait.record)


def _between_pdus(framer: Framer, wait: Wait) -> bool:
    """Whether a sender waited between two PDUs, or behind the headers of one, with but one PDU on its way."""
    number = framer.number_at(wait.position)
    if number < 1:
        return False
    pdu = framer.pdu(number)
    if wait.position - pdu.start > HEADERS:
        return False
    before = framer.pdu(number - 1)
    return wait.flight <= pdu.start - before.start + HEADERS
