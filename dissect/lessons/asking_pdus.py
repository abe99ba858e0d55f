"""Questions about PDUs and what they negotiate (PS3.8 9.3, Annex D)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.framing import PDU_NAMES
from dissect.dicom.negotiation import ABSTRACT_SYNTAX, CONTEXT_RQ, MAXIMUM_LENGTH
from dissect.dicom.recognition import A_ABORT
from dissect.dicom.tables import (
    ABORT_REASONS,
    ABORT_SOURCES,
    CONTEXT_RESULTS,
    REJECT_REASONS,
    abort_text,
    context_result_text,
    reject_text,
    sop_class_name,
    uid_name,
)
from dissect.lessons.answers import Number, Place, Question
from dissect.lessons.subject import HEADER, Subject

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ = 1, 2, 3
SPARE = (
    "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.5.1.1.16",
)  # fmt: skip
"""SOP classes that a presentation context may be for: echo, CT, MR, worklist, printer."""


def _pdu_type(subject: Subject) -> Iterator[Question]:
    name = subject.pdu.type_name
    if subject.pdu.kind in PDU_NAMES:
        why = f"The first byte of a PDU is its type; {subject.pdu.kind:02X}H is {name}."
        answer = subject.choice(name, list(PDU_NAMES.values()))
        yield subject.ask("pdu-type", "Which PDU is this?", answer, (0, 1), why, "PS3.8 9.3.1", bare=True)


def _pdu_length(subject: Subject) -> Iterator[Question]:
    length = subject.pdu.length
    why = f"Bytes 3 to 6, the most significant first: {subject.data[2:6].hex(' ').upper()} is {length:,}."
    yield subject.ask("pdu-length", "What is the PDU length?", Number(length, 4), (2, 4), why, "PS3.8 9.3.1")
    why = f"The PDU length does not count the six bytes up to its own end: {length:,} + 6 = {length + 6:,}."
    text = "How many bytes does this PDU take on the wire, the header included?"
    yield subject.ask("pdu-size", text, Number(length + HEADER, 4), (2, 4), why, "PS3.8 9.3.1")


# negotiation


def _titles(subject: Subject) -> Iterator[Question]:
    if subject.pdu.kind != ASSOCIATE_RQ or len(subject.data) < 74:
        return
    for kind, at, name in (
        ("called-ae", 10, "called AE title"), ("calling-ae", 26, "calling AE title")
    ):  # fmt: skip
        who = "who is called" if at == 10 else "who calls"
        text = f"Where does it say {who}? Go to the first byte of the {name}, or any other of it."
        why = f"The {name} takes 16 bytes from byte {at + 1} of the PDU on, filled up with spaces."
        place = Place(subject.span(at, 16), name[0].upper() + name[1:])
        yield subject.ask(kind, text, place, (at, 16), why, "PS3.8 Table 9-11")


def _proposed(subject: Subject) -> Iterator[Question]:
    if subject.pdu.kind != ASSOCIATE_RQ:
        return
    contexts = subject.proposal.contexts
    offered = [context for context in contexts if context.abstract_syntax]
    for context in offered[:: max(len(offered) // 4, 1)]:
        at, stop = _item(subject.data, context.start + 8, context.start + context.length, ABSTRACT_SYNTAX)
        if at == stop:
            continue
        name = sop_class_name(context.abstract_syntax)
        wrong = [sop_class_name(other.abstract_syntax) for other in offered if other.id != context.id]
        text = f"What is presentation context {context.id} for?"
        why = f"Its abstract syntax is {context.abstract_syntax}, {name}."
        answer = subject.choice(name, [*wrong, *map(sop_class_name, SPARE)])
        yield subject.ask("abstract-syntax", text, answer, (at, stop - at), why, "PS3.8 Table 9-14")
    if len(contexts) > 1:
        spans = (contexts[0].start, contexts[-1].start + contexts[-1].length - contexts[0].start)
        why = f"Each item of type {CONTEXT_RQ:02X}H proposes one; here are {len(contexts)}."
        text = "How many presentation contexts are proposed?"
        yield subject.ask("contexts", text, Number(len(contexts), 1), spans, why, "PS3.8 9.3.2")


def _answered(subject: Subject) -> Iterator[Question]:
    request = subject.association.request
    if subject.pdu.kind != ASSOCIATE_AC or request is None:
        return
    asked = {context.id: context for context in request.contexts}
    for context in subject.proposal.contexts[:: max(len(subject.proposal.contexts) // 4, 1)]:
        if context.id not in asked or context.result is None:
            continue
        name = sop_class_name(asked[context.id].abstract_syntax)
        if context.result:
            reason = context_result_text(context.result)
            wrong = [text for code, text in CONTEXT_RESULTS.items() if code]
            text = f"Context {context.id}, {name}, was refused. Why?"
            why = f"Its result is {context.result}: {reason}. The transfer syntax beside it means nothing."
            yield subject.ask(
                "refused",
                text,
                subject.choice(reason, wrong),
                (context.start + 6, 1),
                why,
                "PS3.8 Table 9-18",
            )
        elif context.transfer_syntaxes and len(set(asked[context.id].transfer_syntaxes)) > 1:
            right = _syntax(context.transfer_syntaxes[0])
            wrong = [_syntax(uid) for uid in asked[context.id].transfer_syntaxes]
            text = f"Which of the transfer syntaxes proposed for context {context.id}, {name}, was accepted?"
            why = f"An accepted context names exactly one: {right}."
            at = (context.start + 8, context.length - 8)
            yield subject.ask("accepted", text, subject.choice(right, wrong), at, why, "PS3.8 Table 9-18")


def _refused_one(subject: Subject) -> Iterator[Question]:
    request = subject.association.request
    if subject.pdu.kind != ASSOCIATE_AC or request is None:
        return
    names = {each.id: f"{each.id}, {sop_class_name(each.abstract_syntax)}" for each in request.contexts}
    answered = [each for each in subject.proposal.contexts if each.id in names]
    refused = [each for each in answered if each.result]
    if len(refused) == 1 and len(answered) > 1:
        context = refused[0]
        answer = subject.choice(names[context.id], [names[each.id] for each in answered])
        why = f"Result {context.result} instead of 0: {context_result_text(context.result or 0)}."
        at = (context.start, context.length)
        text = "One presentation context was refused. Which?"
        yield subject.ask("refused-one", text, answer, at, why, "PS3.8 Table 9-18")


def _maximum_length(subject: Subject) -> Iterator[Question]:
    if subject.pdu.kind not in (ASSOCIATE_RQ, ASSOCIATE_AC):
        return
    for item in subject.proposal.user_items:
        if item.kind == MAXIMUM_LENGTH and item.stop - item.start == 4:
            value = int.from_bytes(subject.data[item.start : item.stop], "big")
            sender = subject.association.side_name(subject.side)
            text = f"Up to what PDU length does the {sender} take P-DATA-TFs? Zero stands for any."
            why = f"Sub-item 51H: the {sender} takes a PDU length of " + (
                f"at most {value:,}." if value else "any size."
            )
            at = (item.start, 4)
            yield subject.ask("maximum-length", text, Number(value, 4), at, why, "PS3.8 Table D.1-1")


def _refusal(subject: Subject) -> Iterator[Question]:
    if len(subject.data) != 10:
        return
    result, source, reason = subject.data[7:10]
    if subject.pdu.kind == ASSOCIATE_RJ:
        right = reject_text(result, source, reason)
        wrong = [reject_text(r, s, why) for r in (1, 2) for s in REJECT_REASONS for why in REJECT_REASONS[s]]
        why = f"Result {result}, source {source}, reason {reason}: {right}. Reasons count by their source."
        yield subject.ask(
            "rejection", "Why was the association rejected, and by whom?", subject.choice(right, wrong),
            (7, 3), why, "PS3.8 Table 9-21",
        )  # fmt: skip
    elif subject.pdu.kind == A_ABORT:
        right = abort_text(source, reason)
        wrong = [abort_text(s, why) for s in ABORT_SOURCES for why in ABORT_REASONS]
        why = f"Source {source}, reason {reason}: {right}. The reason counts only for source 2."
        text = "Who aborted the association, and why?"
        yield subject.ask(
            "abort", text, subject.choice(right, wrong), (8, 2), why, "PS3.8 Table 9-26"
        )  # fmt: skip


def _syntax(uid: str) -> str:
    return uid_name(uid) or uid


def _item(data: bytes, at: int, stop: int, kind: int) -> tuple[int, int]:
    """Where the value of the first item of a kind begins and ends; an empty place where there is none."""
    while at + 4 <= stop:
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4])
        if data[at] == kind:
            return at + 4, min(end, stop)
        at = end
    return stop, stop


MAKERS = (
    _pdu_type, _pdu_length, _titles, _proposed, _answered, _refused_one, _maximum_length, _refusal,
)  # fmt: skip
