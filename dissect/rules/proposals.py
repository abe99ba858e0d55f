"""A-ASSOCIATE-RQ and -AC as the rules about them see both, and what they find there.

Health checks negotiate with the same bytes again and again, and equal bytes share one Proposal: so what is
found is kept with positions in the PDU, and is put into an association only when there is something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.negotiation import Proposal
from dissect.findings import Finding, Link, Severity
from dissect.pieces import Span
from dissect.rules.declaration import Rule

REQUEST, ACCEPT = 0, 1
_KEPT = 4096


class Paper(NamedTuple):
    """One of the two PDUs, captured whole; positions count from its first byte."""

    which: int
    """REQUEST or ACCEPT."""
    proposal: Proposal
    data: bytes

    @property
    def name(self) -> str:
        return "A-ASSOCIATE-AC" if self.which else "A-ASSOCIATE-RQ"

    @property
    def sender(self) -> str:
        return "acceptor" if self.which else "requestor"


class Papers(NamedTuple):
    """Both PDUs, as far as they were captured whole."""

    request: Paper | None
    accept: Paper | None

    def each(self) -> Iterator[Paper]:
        for paper in self:
            if paper is not None:
                yield paper

    def both(self) -> tuple[Paper, Paper] | None:
        return (self.request, self.accept) if self.request and self.accept else None


class Place(NamedTuple):
    """Bytes of one of the PDUs that a finding about the other links to."""

    text: str
    which: int
    start: int = 0
    length: int = 0


class Remark(NamedTuple):
    """A finding whose bytes are counted in the PDU; the whole PDU where `length` is 0."""

    rule: Rule
    text: str
    which: int
    start: int = 0
    length: int = 0
    severity: Severity | None = None
    clause: str = ""
    """Where another clause than that of the rule is closer."""
    elsewhere: Place | None = None


PaperRule = Callable[[Papers], Iterator[Remark]]


class PaperRules:
    """Applies rules to the negotiations of associations, once to each that differs."""

    def __init__(self, rules: tuple[PaperRule, ...]) -> None:
        self._rules = rules
        self._known: dict[tuple[int, int], tuple[Proposal | None, Proposal | None, list[Remark]]] = {}

    def __call__(self, association: Association) -> Iterator[Finding]:
        request, accept = association.request, association.accept
        known = self._known.get((id(request), id(accept)))
        remarks = known[2] if known else self._judge(association)
        return self._tell(association, remarks) if remarks else iter(())

    def _judge(self, association: Association) -> list[Remark]:
        request, accept = association.request, association.accept
        papers = Papers(_paper(association, REQUEST), _paper(association, ACCEPT))
        remarks = [remark for rule in self._rules for remark in rule(papers)]
        if len(self._known) >= _KEPT:
            self._known.clear()
        # the proposals are held as well, so that nothing else can get their identity meanwhile
        self._known[id(request), id(accept)] = request, accept, remarks
        return remarks

    def _tell(self, association: Association, remarks: list[Remark]) -> Iterator[Finding]:
        for remark in remarks:
            span = _span(association, remark.which, remark.start, remark.length)
            if span is None:
                continue
            links: tuple[Link, ...] = ()
            place = remark.elsewhere
            other = _span(association, place.which, place.start, place.length) if place else None
            if place is not None and other is not None:
                links = (Link(place.text, other),)
            yield remark.rule.found(
                remark.text, span, severity=remark.severity, clause=remark.clause, links=links
            )


def _span(association: Association, which: int, start: int, length: int) -> Span | None:
    """Bytes of one of the PDUs, the whole of it where `length` is 0."""
    pdu = association.accept_pdu if which else association.request_pdu
    if pdu is None:
        return None
    side = association.acceptor_side if which else association.requestor_side
    return Span(association.framers[side].direction.pieces, pdu.start + start, length or pdu.stop - pdu.start)


def _paper(association: Association, which: int) -> Paper | None:
    proposal = association.accept if which else association.request
    pdu = association.accept_pdu if which else association.request_pdu
    if proposal is None or pdu is None or proposal.cut:
        return None
    side = association.acceptor_side if which else association.requestor_side
    return Paper(which, proposal, association.framers[side].direction.pieces.read(pdu.start, pdu.stop))
