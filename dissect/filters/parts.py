"""PDUs and findings, told by what they belong to.

One that lies in a message belongs to that message's exchange. What lies in none (association control, a
finding about the negotiation) is said of the association as a whole, and so of each of its exchanges.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.filters.exchanges import Bind, Getter, Values, messages
from dissect.findings import Finding
from dissect.pieces import HOLE, Pieces, Source, Span


class Sent(NamedTuple):
    """A PDU and the side that sent it."""

    side: int
    pdu: Pdu


class _Pdus:
    """A field of the PDUs of one association; what holds for all of it is looked up when first needed."""

    def __init__(self, association: Association, get: Callable[[Association, Sent], Any]) -> None:
        self._association = association
        self._get = get

    @cached_property
    def _control(self) -> list[Any]:
        """Each value once: no comparison counts them, and every exchange has them all."""
        return self._values(pdu for pdu in self._association.pdus() if pdu[1].kind != P_DATA_TF)

    def _values(self, pdus: Iterable[tuple[int, Pdu]]) -> list[Any]:
        return list(dict.fromkeys(self._get(self._association, Sent(side, pdu)) for side, pdu in pdus))

    def of(self, exchange: Exchange | None) -> list[Any]:
        if exchange is None:
            return self._values(self._association.pdus())
        carrying = (sent for message in messages(exchange) for sent in _carrying(message))
        return self._control + [self._get(self._association, sent) for sent in carrying]


def _carrying(message: Message) -> list[Sent]:
    framer = message.framer
    numbers = range(max(framer.number_at(message.start), 0), framer.number_at(message.stop - 1) + 1)
    pdus = (framer.pdu(number) for number in numbers)
    return [Sent(message.side, pdu) for pdu in pdus if pdu.kind == P_DATA_TF]


def pdus(get: Callable[[Association, Sent], Any]) -> Bind:
    """A field of the PDUs."""

    def bind(association: Association) -> Getter:
        return _Pdus(association, get).of

    return bind


class _Findings:
    """The findings of one association, judged when they are first asked for."""

    def __init__(self, association: Association) -> None:
        self.association = association

    @cached_property
    def _sorted(self) -> tuple[list[Finding], dict[int, list[Finding]]]:
        """Those of the association as a whole, and those of each message by its index."""
        whole: list[Finding] = []
        by_message: dict[int, list[Finding]] = {}
        rows: tuple[list[Message], list[Message]] = ([], [])
        for message in sorted(self.association.messages, key=lambda message: message.start):
            rows[message.side].append(message)
        starts = [[message.start for message in row] for row in rows]
        for finding in self.association.findings:
            place = _place(finding.span) if finding.span else None
            side = None if place is None else self._side(place[0])
            row = -1 if place is None or side is None else bisect_right(starts[side], place[1]) - 1
            if place is None or side is None or row < 0 or place[1] >= rows[side][row].stop:
                whole.append(finding)
            else:
                by_message.setdefault(rows[side][row].index, []).append(finding)
        return whole, by_message

    def _side(self, source: Source) -> int | None:
        for side, framer in enumerate(self.association.framers):
            if framer.direction.pieces is source:
                return side
        return None

    def of(self, exchange: Exchange | None) -> list[Finding]:
        if exchange is None:
            return self.association.findings
        whole, by_message = self._sorted
        if not by_message:
            return whole
        return whole + [each for message in messages(exchange) for each in by_message.get(message.index, ())]


def _place(span: Span) -> tuple[Source, int] | None:
    """The first byte of a span in its TCP direction."""
    source, at = span.source, span.start
    while isinstance(source, Pieces) and isinstance(source.below, Pieces):
        run = next(source.runs(at, at + 1), None)
        if run is None or run.source == HOLE:
            return None
        source, at = source.below, run.source
    return source, at


def findings(get: Callable[[Finding], Any]) -> Bind:
    """A field of the findings."""

    def bind(association: Association) -> Getter:
        known = _Findings(association)

        def values(exchange: Exchange | None) -> Values:
            return [get(finding) for finding in known.of(exchange)]

        return values

    return bind
