"""What differs between two associations."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.dicom.negotiation import Proposal, Roles
from dissect.dicom.recognition import A_ABORT, A_ASSOCIATE_RJ, A_RELEASE_RP, A_RELEASE_RQ
from dissect.differences.messages import messages, whole
from dissect.differences.rows import Difference, Spans, row, time
from dissect.pieces import Span
from dissect.wire.streams import Endpoint

Pair = tuple[Message | None, Message | None]

ENDINGS = (A_ASSOCIATE_RJ, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT)
"""Types of the PDUs that reject, release or abort an association (PS3.8 9.3)."""
MOST_ALIGNED = 2000
"""Messages up to which insertions are looked for; beyond, the n-th stands beside the n-th."""
MOST_COMPARED = 200
"""Pairs of messages whose elements are compared."""


def associations(left: Association, right: Association) -> Iterator[Difference]:
    section = "Association"
    asked = _request(left), _request(right)
    answered = _accept(left), _accept(right)
    ended = _ending(left), _ending(right)
    yield row(section, "calling AE title", left.calling_ae, right.calling_ae, spans=asked)
    yield row(section, "called AE title", left.called_ae, right.called_ae, spans=asked)
    for side in ("requestor", "acceptor"):
        one, other = (_end(each, side) for each in (left, right))
        yield row(section, f"address of the {side}", one.address, other.address)
        yield row(section, f"port of the {side}", one.port, other.port, volatile=side == "requestor")
    yield row(section, "outcome", _outcome(left), _outcome(right), spans=ended)
    yield row(section, "messages", len(left.messages), len(right.messages))
    yield time(section, "duration", left.end - left.start, right.end - right.start, spans=ended)
    yield from _proposals("Requestor", left.request, right.request, asked)
    yield from _proposals("Acceptor", left.accept, right.accept, answered)
    yield from _contexts(left, right)
    said = list(_conversations(left, right))
    follows = not any(each.matters for each in said)  # UIDs are of many lengths
    for side in ("requestor", "acceptor"):
        longest = _longest(left, side), _longest(right, side)
        lengths = (each.length if each else None for each in longest)
        spans = _span(left, side, longest[0]), _span(right, side, longest[1])
        yield row("PDUs", f"longest P-DATA-TF of the {side}", *lengths, volatile=follows, spans=spans)
    yield from said


def _end(association: Association, side: str) -> Endpoint:
    return association.stream.ends[_side(association, side)]


def _side(association: Association, name: str) -> int:
    return association.requestor_side if name == "requestor" else association.acceptor_side


def _span(association: Association, side: str, pdu: Pdu | None) -> Span | None:
    if pdu is None:
        return None
    pieces = association.framers[_side(association, side)].direction.pieces
    return Span(pieces, pdu.start, pdu.stop - pdu.start)


def _request(association: Association) -> Span | None:
    return _span(association, "requestor", association.request_pdu)


def _accept(association: Association) -> Span | None:
    return _span(association, "acceptor", association.accept_pdu)


def _ending(association: Association) -> Span | None:
    """The last PDU, if it is one that ends an association."""
    found: list[tuple[int, str, Pdu]] = []
    for side in ("requestor", "acceptor"):
        number = _side(association, side)
        kinds = association.kinds(number)
        if kinds and kinds[-1] in ENDINGS:
            last = len(kinds) - 1
            found.append((association.pdu_record(number, last), side, association.pdu(number, last)))
    if not found:
        return None
    _, side, pdu = max(found)
    return _span(association, side, pdu)


def _context(association: Association, context_id: int | None, answer: bool) -> Span | None:
    """The item of a presentation context in the proposal, or in the answer to it."""
    proposal = association.accept if answer else association.request
    whole = _accept(association) if answer else _request(association)
    found = next((each for each in proposal.contexts if each.id == context_id), None) if proposal else None
    if whole is None or found is None:
        return None
    return Span(whole.source, whole.start + found.start, found.length)


def _outcome(association: Association) -> str:
    if association.rejection:
        return tables.reject_text(*association.rejection)
    if association.abort:
        _, source, reason = association.abort
        return f"{association.side_name(association.abort.side)}: {tables.abort_text(source, reason)}"
    return association.outcome


def _proposals(
    section: str, left: Proposal | None, right: Proposal | None, spans: Spans
) -> Iterator[Difference]:
    if left is None and right is None:
        return
    one, other = left or Proposal(), right or Proposal()
    yield row(section, "implementation class UID", one.class_uid, other.class_uid, spans=spans)
    yield row(section, "implementation version name", one.version_name, other.version_name, spans=spans)
    yield row(section, "application context", one.application_context, other.application_context, spans=spans)
    yield row(section, "maximum length", one.maximum_length, other.maximum_length, spans=spans)
    yield row(
        section, "asynchronous operations", _pair(one.asynchronous), _pair(other.asynchronous), spans=spans
    )
    kinds = [each.identity.type if each.identity else None for each in (one, other)]
    yield row(section, "user identity type", *kinds, spans=spans)
    for uid in {**one.extended, **other.extended}:
        texts = [_hex(each.extended.get(uid)) for each in (one, other)]
        yield row(section, f"extended negotiation, {_name(uid)}", *texts, spans=spans)


def _pair(numbers: tuple[int, int] | None) -> str | None:
    return f"{numbers[0]} invoked, {numbers[1]} performed" if numbers else None


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex(" ").upper()


def _name(uid: str | None) -> str:
    return tables.sop_class_name(uid) if uid else "?"


def _contexts(left: Association, right: Association) -> Iterator[Difference]:
    """Contexts by abstract syntax; the second with the same one stands beside the second."""
    one, other = _by_syntax(left), _by_syntax(right)
    for key in dict.fromkeys([*one, *other]):
        uid, number = key
        again = f" ({number})" if number > 1 else ""
        path = f"{_name(uid)}{again}"
        (first_id, first), (second_id, second) = one.get(key, (None, {})), other.get(key, (None, {}))
        for what in ("answer", "transfer syntax", "proposed", "roles asked for", "roles granted"):
            if what in first or what in second:
                answer = what in ("answer", "transfer syntax")
                spans = _context(left, first_id, answer), _context(right, second_id, answer)
                texts = first.get(what), second.get(what)
                yield row("Presentation contexts", f"{path}: {what}", *texts, spans=spans)


def _by_syntax(association: Association) -> dict[tuple[str | None, int], tuple[int, dict[str, str]]]:
    """Context ID, and what is said of it."""
    found: dict[tuple[str | None, int], tuple[int, dict[str, str]]] = {}
    for context in association.negotiation:
        number = 1
        while (context.abstract_syntax, number) in found:
            number += 1
        answer = "inferred" if context.inferred else "no answer"
        if context.result is not None and not context.inferred:
            answer = tables.context_result_text(context.result)
        about = {"answer": answer}
        if context.transfer_syntax:
            about["transfer syntax"] = _name(context.transfer_syntax)
        if context.proposed:
            about["proposed"] = ", ".join(_name(uid) for uid in context.proposed)
        asked, granted = context.requestor_roles, context.acceptor_roles
        if asked is not None:
            about["roles asked for"] = _roles(asked)
        if granted is not None:
            about["roles granted"] = _roles(granted)
        found[context.abstract_syntax, number] = context.id, about
    return found


def _roles(given: Roles) -> str:
    return f"SCU {'yes' if given.scu else 'no'}, SCP {'yes' if given.scp else 'no'}"


def _longest(association: Association, side: str) -> Pdu | None:
    found = association.longer_than(_side(association, side), 0)
    return max(found, key=lambda pdu: pdu.length, default=None)


# messages


def _conversations(left: Association, right: Association) -> Iterator[Difference]:
    """The order of commands, then what differs inside those that stand beside each other."""
    pairs = list(_aligned(left.messages, right.messages))
    for one, other in pairs:
        spans = whole(one), whole(other)
        texts = one and _title(one), other and _title(other)
        yield row("Order of messages", _place(one, other), *texts, spans=spans)
    yield from _times(left, right, pairs)
    compared = 0
    for one, other in pairs:
        if one is not None and other is not None:
            compared += 1
            if compared > MOST_COMPARED:
                more = sum(1 for pair in pairs if None not in pair) - MOST_COMPARED
                yield Difference("Messages", f"{more:,} more pairs are not compared", "", "", True)
                return
            yield from messages(one, other)


def _times(left: Association, right: Association, pairs: list[Pair]) -> Iterator[Difference]:
    """Response times of the exchanges whose requests stand beside each other."""
    one_side, other_side = (
        {id(exchange.request): exchange for exchange in each.exchanges} for each in (left, right)
    )
    for one, other in pairs:
        first, second = one_side.get(id(one)), other_side.get(id(other))
        if one is not None and other is not None and first is not None and second is not None:
            path = f"{_place(one, other)}, {one.command or 'unknown'}: response time"
            yield time("Timing", path, first.response_time, second.response_time)


def _aligned(left: list[Message], right: list[Message]) -> Iterator[Pair]:
    if max(len(left), len(right)) > MOST_ALIGNED:
        for index in range(max(len(left), len(right))):
            yield (left[index] if index < len(left) else None, right[index] if index < len(right) else None)
        return
    one_side, other_side = ([(each.sender, each.command) for each in side] for side in (left, right))
    matcher = SequenceMatcher(None, one_side, other_side, autojunk=False)
    for _, start, stop, low, high in matcher.get_opcodes():
        for step in range(max(stop - start, high - low)):
            one = left[start + step] if start + step < stop else None
            other = right[low + step] if low + step < high else None
            yield one, other


def _place(left: Message | None, right: Message | None) -> str:
    numbers = [str(message.index) if message else "-" for message in (left, right)]
    return f"message {numbers[0]}" if numbers[0] == numbers[1] else f"message {numbers[0]} | {numbers[1]}"


def _title(message: Message) -> str:
    status = "" if message.status is None else f" {message.status:04X}H"
    sop_class = "" if message.is_response else f" {_name(message.association.sop_class(message))}"
    return f"{message.command or 'unknown'}{sop_class}{status}"
