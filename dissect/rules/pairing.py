"""Rules about requests and their responses (PS3.7 9.1, 10.1, Annexes A and D; PS3.4 Annex C)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet
from dissect.dicom.exchanges import PENDING, Exchange
from dissect.dicom.messages import Message
from dissect.dicom.recognition import A_RELEASE_RQ
from dissect.dicom.tables import COMMANDS, status_category
from dissect.findings import Finding
from dissect.pieces import Span
from dissect.rules.declaration import Subject
from dissect.rules.messages import links, place_of, service_clause
from dissect.rules.pace import paced

SUBJECT = Subject("requests and responses")

RSP_ORPHAN = SUBJECT.rule(
    "rsp-orphan", "error", "PS3.7 9.3",
    "A response answers no request: none has its message id, or the one that had it is answered.",
    "Copy the Message ID (0000,0110) of the request into (0000,0120) of its response, and send one final"
    " response to each.",
)  # fmt: skip
RSP_MISSING = SUBJECT.rule(
    "rsp-missing", "error", "PS3.7 A.4",
    "A request never gets its final response.",
    "Look at the peer's log for what it did with the request.",
)  # fmt: skip
EARLY_RELEASE = SUBJECT.rule(
    "early-release", "error", "PS3.7 A.5",
    "The requestor releases the association while it still waits for a response.",
    "Wait for the final response before A-RELEASE-RQ, or abort.",
)  # fmt: skip
DUP_MSGID = SUBJECT.rule(
    "dup-msgid", "error", "PS3.7 9.1.1.1.1",
    "A message id is used again while the first request with it is still waiting.",
    "Count message ids up, at least until the response has come.",
)  # fmt: skip
RSP_DIFFERS = SUBJECT.rule(
    "rsp-differs", "error", "PS3.7 9.1",
    "A response names another SOP class, instance, event or action than its request.",
    "Return what the request says, or leave it out where it is optional.",
)  # fmt: skip
RSP_KIND = SUBJECT.rule(
    "rsp-kind", "error", "PS3.7 9.3",
    "A response is of another kind than its request.",
    "Set the Command Field of a response to that of the request plus 8000H.",
)  # fmt: skip
ASYNC = SUBJECT.rule(
    "async", "error", "PS3.7 D.3.3.3",
    "More requests wait for a response at a time than was agreed on; one, unless sub-item 53H says more.",
    "Wait for the response, or negotiate an asynchronous operations window.",
)  # fmt: skip
EARLY_SUCCESS = SUBJECT.rule(
    "early-success", "error", "PS3.7 9.1.1.2",
    "A response says that all went well before the request's data set was complete.",
    "Answer early only to refuse or to fail.",
)  # fmt: skip
MOST_LINKS = 5
EQUAL = {  # response element to the request's, by request
    0x0001: {0x0002: 0x0002, 0x1000: 0x1000},
    **{request: {0x0002: 0x0002} for request in (0x0010, 0x0020, 0x0021, 0x0030)},
    0x0100: {0x0002: 0x0002, 0x1000: 0x1000, 0x1002: 0x1002},
    **{request: {0x0002: 0x0003, 0x1000: 0x1001} for request in (0x0110, 0x0120, 0x0150)},
    0x0130: {0x0002: 0x0003, 0x1000: 0x1001, 0x1008: 0x1008},
    0x0140: {0x0002: 0x0002, 0x1000: 0x1000},
}


class _Seen:
    """What was captured of an association, found out when it is first asked for."""

    def __init__(self, association: Association) -> None:
        self._association = association

    @cached_property
    def whole(self) -> bool:
        """Whether nothing is missing that may be a request."""
        association = self._association
        if association.request_pdu is None or association.lacks(0) or association.lacks(1):
            return False
        return all(message.command_set is not None for message in association.messages)

    @cached_property
    def lacking(self) -> tuple[bool, bool]:
        """Of which side bytes are missing."""
        return self._association.lacks(0), self._association.lacks(1)

    @cached_property
    def asked(self) -> dict[tuple[int, int | None], Message]:
        """The first request of each side with a message id."""
        found: dict[tuple[int, int | None], Message] = {}
        for exchange in self._association.exchanges:
            if exchange.request is not None:
                found.setdefault((exchange.request.side, exchange.request.message_id), exchange.request)
        return found

    @cached_property
    def release(self) -> tuple[int, int]:
        """Number and record of the requestor's A-RELEASE-RQ among its PDUs; -1 where there is none."""
        side = self._association.requestor_side
        number = self._association.kinds(side).rfind(A_RELEASE_RQ)
        return number, self._association.pdu_record(side, number) if number >= 0 else -1


def pairs(association: Association) -> Iterator[Finding]:
    """Whether every request is answered, and by what it should be."""
    exchanges, side = association.exchanges, association.requestor_side
    seen = _Seen(association)
    for exchange in paced(exchanges):
        request, responses = exchange.request, exchange.responses
        if request is None:
            yield from _orphan(exchange, seen)
            continue
        command = request.command_set
        if command is None or request.is_cancel:
            continue
        waits = not responses or responses[-1].status in PENDING
        if waits or (
            exchange is exchanges[-1]
            and request.side == side
            and 0 <= seen.release[1] < responses[-1].first_record
        ):
            yield from _unanswered(association, exchange, seen)
        for response in responses:
            answer = response.command_set
            if answer is not None and not response.damage and (differs := _differs(command, answer)):
                element, text = differs
                rule = RSP_DIFFERS if element else RSP_KIND
                clause = service_clause(command.field, 1 if element else 3)
                place = place_of(response, element or 0x0100)
                yield rule.found(text, place, clause=clause, links=links(request))
        if responses and command.announces_data_set:
            yield from _early_success(association, exchange)


@lru_cache(maxsize=4096)
def _differs(request: CommandSet, response: CommandSet) -> tuple[int, str] | None:
    """What a response says otherwise than its request: an element, or 0 for its kind."""
    field, answer = request.field, response.field
    if field is None or answer is None:
        return None
    name = COMMANDS.get(answer, f"command {answer:04X}H")
    if answer != field | 0x8000:
        return 0, f"A {name} answers a {COMMANDS.get(field, f'command {field:04X}H')}."
    for element, asked in EQUAL.get(field, {}).items():
        if element in (0x1002, 0x1008):
            said: object = response.numbers.get(element)
            wanted: object = request.numbers.get(asked)
        else:
            said, wanted = response.uid(element), request.uid(asked)
        if said is not None and wanted is not None and said != wanted:
            return element, f"The {name} says {said} where its request says {wanted}."
    return None


def _orphan(exchange: Exchange, seen: _Seen) -> Iterator[Finding]:
    if exchange.cancel is not None or not exchange.responses or not seen.whole:
        return  # its request may be among what was lost
    response = exchange.responses[0]
    asked = seen.asked.get((1 - response.side, response.responding_to))
    what, others = "was never sent", links()
    if asked is not None and asked.index < response.index:
        what, others = "has had its last response already", links(asked)
    text = f"A {response.command} answers message {response.responding_to}, which {what}."
    answer = response.command_set
    clause = service_clause(answer.field if answer else None, 3)
    yield RSP_ORPHAN.found(text, place_of(response, 0x0120), clause=clause, links=others)


def _unanswered(association: Association, exchange: Exchange, seen: _Seen) -> Iterator[Finding]:
    request, requestor = exchange.first, association.requestor_side
    release, released = seen.release
    if request.damage or request.command is None or seen.lacking[1 - request.side]:
        return
    what = f"The {request.command} with message id {request.message_id}"
    some = "its last response" if exchange.responses else "a response"
    if release >= 0 and request.side == requestor:
        pdu = association.pdu(requestor, release)
        span = Span(association.framers[requestor].direction.pieces, pdu.start, 6)
        text = f"{what} still waits for {some} when the requestor releases."
        yield EARLY_RELEASE.found(text, span, links=links(request))
    elif association.outcome == "open":
        yield RSP_MISSING.found(
            f"{what} has not got {some} when the capture ends.", request.span, severity="info"
        )
    elif association.outcome == "released" and 0 <= released < request.record:
        text = f"{what} never gets {some}: it was on its way when the requestor released."
        yield RSP_MISSING.found(text, request.span, severity="warning")
    elif association.outcome == "released":
        yield RSP_MISSING.found(f"{what} never gets {some}.", request.span)
    else:
        how = "connection" if association.outcome == "closed" else "association"
        end = "closed" if association.outcome == "closed" else association.outcome
        text = f"{what} waits for {some} when the {how} is {end}."
        yield RSP_MISSING.found(text, request.span, severity="warning")


def _early_success(association: Association, exchange: Exchange) -> Iterator[Finding]:
    request, final = exchange.request, exchange.final
    if request is None or request.command_set is None or final is None or final.status is None:
        return
    if request.data_ended and request.record <= final.record:
        return
    if status_category(final.status) in ("Success", "Warning") and not association.lacks(request.side):
        text = f"The {final.command} says it worked before the request's data set was complete."
        clause = service_clause(request.command_set.field, 1, ".2")
        yield EARLY_SUCCESS.found(text, final.span, clause=clause, links=links(request))


def outstanding(association: Association) -> Iterator[Finding]:
    """Message ids used twice at a time, and more requests at a time than was agreed on."""
    messages = association.messages
    if len(messages) == 2 and messages[1].is_response:
        return
    open_: tuple[dict[int | None, Message], dict[int | None, Message]] = ({}, {})
    told: set[object] = set()
    limits = _windows(association)
    for message in paced(messages):
        command = message.command_set
        if command is None or command.field is None or message.is_cancel:
            continue
        if command.is_response:
            if command.status not in PENDING:
                open_[1 - message.side].pop(command.responded_id, None)
            continue
        waiting, number = open_[message.side], command.message_id
        if number is not None and number in waiting and ("id", number) not in told:
            told.add(("id", number))
            text = f"The {message.command} has message id {number}, which still waits for its response."
            clause = service_clause(command.field, 1, ".1.1")
            first = links(waiting[number])
            yield DUP_MSGID.found(text, place_of(message, 0x0110), clause=clause, links=first)
        waiting[number] = message
        limit = limits[message.side] if limits else 0
        if limit and len(waiting) > limit and ("async", message.side) not in told:
            told.add(("async", message.side))
            who = association.side_name(message.side)
            text = f"The {who} has {len(waiting)} requests waiting at a time; {limit} may."
            others = [each for each in waiting.values() if each is not message]
            yield ASYNC.found(text, message.span, links=links(*others[:MOST_LINKS]))


def _windows(association: Association) -> tuple[int, int] | None:
    """How many requests of each side may wait at a time, 0 for any number; None where nobody knows."""
    request, accept = association.request, association.accept
    if accept is None or accept.cut or request is None or request.cut:
        return None
    if association.lacks(0) or association.lacks(1):
        return None
    invoked, performed = accept.asynchronous or (1, 1)
    return (invoked, performed) if association.requestor_side == 0 else (performed, invoked)


RULES = (pairs, outstanding)
