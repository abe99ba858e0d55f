"""Rules about C-FIND, C-MOVE and C-GET: their responses, sub-operations and cancelling (PS3.4 Annex C)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.dicom.commands import MOVE_DESTINATION, REMAINING, STATUS, CommandSet
from dissect.dicom.exchanges import PENDING, Exchange
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.rules.declaration import Subject
from dissect.rules.messages import links, place_of
from dissect.rules.pace import paced

SUBJECT = Subject("queries and retrievals")

CANCEL_IGNORED = SUBJECT.rule(
    "cancel-ignored", "warning", "PS3.4 C.4.1.3.1",
    "Pending responses go on after a C-CANCEL-RQ: likely it is ignored.",
    "Let the SCP look for C-CANCEL-RQ between matches and end with FE00.",
)  # fmt: skip
MOVE_DEST = SUBJECT.rule(
    "move-dest", "warning", "PS3.4 C.4.2.1.5",
    "The SCP does not know the destination of a C-MOVE (status A801).",
    "Configure the Move Destination's AE title, host and port at the C-MOVE SCP; case counts.",
)  # fmt: skip
SUBOP_COUNTS = SUBJECT.rule(
    "subop-counts", "error", "PS3.4 C.4.2.1.6",
    "A pending C-MOVE-RSP or C-GET-RSP does not count its sub-operations.",
    "Send (0000,1020) to (0000,1023) in each pending response.",
)  # fmt: skip
SUBOP_FINAL = SUBJECT.rule(
    "subop-final", "error", "PS3.4 C.4.2.1.6",
    "The last response of a C-MOVE or C-GET still counts remaining sub-operations.",
    "Leave out (0000,1020) except in pending and canceled responses.",
)  # fmt: skip
SUBOP_FAILED = SUBJECT.rule(
    "subop-failed", "error", "PS3.4 C.4.2.1.4.2",
    "Sub-operations failed, but the last response does not list the instances.",
    "Send the Failed SOP Instance UID List (0008,0058) in the data set of the last response.",
)  # fmt: skip
FIND_DATASET = SUBJECT.rule(
    "find-dataset", "error", "PS3.7 9.1.2.1.5",
    "A C-FIND-RSP has a data set though it is not pending, or none though it is.",
    "Send a data set with each pending response, and none with the last.",
)  # fmt: skip

C_GET, C_FIND, C_MOVE = 0x0010, 0x0020, 0x0021
CANCELED, DESTINATION_UNKNOWN = 0xFE00, 0xA801
IN_FLIGHT = 20
"""Pending responses that may come after a C-CANCEL-RQ because they were on their way."""
COUNTS = {C_MOVE: "PS3.4 C.4.2.1", C_GET: "PS3.4 C.4.3.1"}
FIRST_COUNT = {C_MOVE: 6, C_GET: 5}
"""Paragraph about the remaining sub-operations; those about the other counts follow in the order of tags."""
FAILED_LIST = {C_MOVE: "PS3.4 C.4.2.1.4.2", C_GET: "PS3.4 C.4.3.1.3.2"}
CANCELS = {C_FIND: "PS3.4 C.4.1.3.1", C_MOVE: "PS3.4 C.4.2.3.1", C_GET: "PS3.4 C.4.3.3.1"}


def queries(association: Association) -> Iterator[Finding]:
    """C-FIND, C-MOVE and C-GET."""
    for exchange in paced(association.exchanges):
        request = exchange.request
        command = request.command_set if request is not None else None
        field = command.field if command is not None else None
        if field not in (C_FIND, C_MOVE, C_GET):
            continue
        yield from _cancel(exchange)
        if field == C_MOVE and not exchange.responses:
            yield from _aborted_move(association, exchange.first)
        told: set[str] = set()
        for response in exchange.responses:
            answer = response.command_set
            if answer is None or response.damage or answer.field != field | 0x8000:
                continue
            pending = answer.status in PENDING
            if field == C_FIND:
                if answer.announces_data_set != pending and "find" not in told:
                    told.add("find")
                    what = "pending, but has no" if pending else "not pending, but has a"
                    text = f"A C-FIND-RSP is {what} data set."
                    yield FIND_DATASET.found(text, place_of(response, 0x0800), links=links(request))
            elif pending:
                missing = [element for element in range(0x1020, 0x1024) if element not in answer.numbers]
                if missing and "counts" not in told:
                    told.add("counts")
                    names = ", ".join(f"(0000,{element:04X})" for element in missing)
                    text = f"A pending {response.command} has no {names}."
                    clause = f"{COUNTS[field]}.{FIRST_COUNT[field] + missing[0] - 0x1020}"
                    yield SUBOP_COUNTS.found(text, response.span, clause=clause, links=links(request))
            else:
                yield from _last_of(exchange, field, answer)


def _last_of(exchange: Exchange, field: int, answer: CommandSet) -> Iterator[Finding]:
    last, request = exchange.last, links(exchange.request)
    if REMAINING in answer.numbers and answer.status != CANCELED:
        text = f"The last {last.command} still has (0000,1020), {answer.numbers[REMAINING]} remaining."
        clause = f"{COUNTS[field]}.{FIRST_COUNT[field]}"
        yield SUBOP_FINAL.found(text, place_of(last, REMAINING), clause=clause, links=request)
    failed = answer.numbers.get(0x1022, 0)
    if failed and not answer.announces_data_set:
        text = f"{failed} sub-operations failed, but the last {last.command} has no list of their instances."
        place = place_of(last, 0x1022)
        yield SUBOP_FAILED.found(text, place, clause=FAILED_LIST[field], links=request)
    if answer.status == DESTINATION_UNKNOWN:
        command = exchange.first.command_set
        title = command.text(0x0600) if command is not None else None
        text = f"The SCP does not know the move destination {title!r}."
        yield MOVE_DEST.found(text, place_of(last, STATUS), links=request)


def _aborted_move(association: Association, request: Message) -> Iterator[Finding]:
    """A C-MOVE-RQ that an abort answers: so do archives that throw up at an unknown destination."""
    abort = association.abort
    if abort is None or abort.side == request.side or request is not association.messages[-1]:
        return
    command = request.command_set
    title = command.text(MOVE_DESTINATION) if command is not None else None
    text = f"The SCP aborts instead of answering: likely it does not know the move destination {title!r}."
    yield MOVE_DEST.found(text, place_of(request, MOVE_DESTINATION))


def _cancel(exchange: Exchange) -> Iterator[Finding]:
    cancel = exchange.cancel
    if cancel is None:
        return
    late = [r for r in exchange.responses if r.status in PENDING and r.first_record > cancel.record]
    if len(late) > IN_FLIGHT:
        text = f"{len(late)} pending responses come after the C-CANCEL-RQ: likely it is ignored."
        command = exchange.first.command_set
        clause = CANCELS.get(command.field or 0, "") if command else ""
        yield CANCEL_IGNORED.found(text, cancel.span, clause=clause, links=links(exchange.request, late[-1]))


RULES = (queries,)
