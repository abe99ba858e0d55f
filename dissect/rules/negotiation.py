"""Rules about A-ASSOCIATE-RQ, -AC and -RJ (PS3.8 9.3.2 to 9.3.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.dicom.contexts import ACCEPTED
from dissect.dicom.framing import Pdu
from dissect.dicom.negotiation import Proposal
from dissect.dicom.tables import reject_text
from dissect.findings import Finding
from dissect.pieces import Span


def _sent(association: Association) -> Iterator[tuple[int, Proposal, Pdu]]:
    """The A-ASSOCIATE PDUs that were captured whole, with the side that sent each."""
    request, accept = association.request, association.accept
    if request and association.request_pdu and not request.cut:
        yield association.requestor_side, request, association.request_pdu
    if accept and association.accept_pdu and not accept.cut:
        yield association.acceptor_side, accept, association.accept_pdu


def _span(association: Association, side: int, pdu: Pdu, start: int, length: int) -> Span:
    """Bytes of a PDU, `start` counted from its first."""
    return Span(association.framers[side].direction.pieces, pdu.start + start, length)


def damaged_items(association: Association) -> Iterator[Finding]:
    for side, proposal, pdu in _sent(association):
        for start, text in proposal.damage:
            span = _span(association, side, pdu, start, min(4, pdu.stop - pdu.start - start))
            yield Finding("item-length", "error", f"In the {pdu.type_name}: {text}.", span, "PS3.8 9.3.1")


def protocol_version(association: Association) -> Iterator[Finding]:
    for side, proposal, pdu in _sent(association):
        if proposal.version is not None and not proposal.version & 1:
            text = f"Protocol version {proposal.version:04X}H: bit 0, which stands for version 1, is not set."
            yield Finding("version", "error", text, _span(association, side, pdu, 6, 2), "PS3.8 Table 9-11")


def even_context_id(association: Association) -> Iterator[Finding]:
    for side, proposal, pdu in _sent(association):
        for context in proposal.contexts:
            if context.id % 2 == 0:
                text = f"Presentation context id {context.id} is even; ids shall be odd, from 1 to 255."
                span = _span(association, side, pdu, context.start + 4, 1)
                yield Finding("pc-even", "error", text, span, "PS3.8 Table 9-13")


def repeated_context_id(association: Association) -> Iterator[Finding]:
    for side, proposal, pdu in _sent(association):
        seen: Counter[int] = Counter()
        for context in proposal.contexts:
            seen[context.id] += 1
            if seen[context.id] == 2:
                text = (
                    f"Presentation context id {context.id} is used more than once; which one counts is open."
                )
                span = _span(association, side, pdu, context.start + 4, 1)
                yield Finding("pc-dup", "error", text, span, "PS3.8 7.1.1.13")


def answer_without_proposal(association: Association) -> Iterator[Finding]:
    request, accept, pdu = association.request, association.accept, association.accept_pdu
    if request is None or accept is None or pdu is None or request.cut or accept.cut:
        return
    proposed = {context.id: context.transfer_syntaxes for context in request.contexts}
    for context in accept.contexts:
        span = _span(association, association.acceptor_side, pdu, context.start, context.length)
        if context.id not in proposed:
            text = f"The acceptor answers presentation context {context.id}, which was not proposed."
            yield Finding("ac-id-unknown", "error", text, span, "PS3.8 7.1.1.14")
        elif context.result == ACCEPTED:
            for uid in context.transfer_syntaxes[:1]:
                if uid not in proposed[context.id]:
                    text = f"Context {context.id} was accepted with {uid}, which was not proposed for it."
                    yield Finding("ac-ts-not-proposed", "error", text, span, "PS3.8 9.3.3.2")


def padded_uid(association: Association) -> Iterator[Finding]:
    for side, proposal, pdu in _sent(association):
        if proposal.padded:
            item = proposal.padded[0]
            count = len(proposal.padded)
            which = "A UID is" if count == 1 else f"{count} UIDs are"
            text = f"{which} padded in the {pdu.type_name}; negotiated UIDs have no padding."
            span = _span(association, side, pdu, item.start, item.stop - item.start)
            yield Finding("uid-pad", "error", text, span, "PS3.8 F.1")


def rejected(association: Association) -> Iterator[Finding]:
    rejection = association.rejection
    if rejection is not None:
        yield Finding(
            "rejected", "warning", f"Rejected: {reject_text(*rejection)}.", None, "PS3.8 Table 9-21"
        )


RULES = (
    damaged_items,
    protocol_version,
    even_context_id,
    repeated_context_id,
    answer_without_proposal,
    padded_uid,
    rejected,
)
