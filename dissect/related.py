"""Associations of a capture that belong together.

- a C-MOVE and the associations its performer opens to send what was asked for (PS3.4 C.4.2.3.1)
- a request for storage commitment and the association that brings its report (PS3.4 J.3.3)
- those about one performed procedure step (PS3.4 F.7), or one unified procedure step (PS3.4 CC.2)
- an association that failed and the one that tries again
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.commands import MOVE_DESTINATION, MOVE_ORIGINATOR_AE, MOVE_ORIGINATOR_ID
from dissect.dicom.messages import Message

C_STORE_RQ, C_MOVE_RQ, N_EVENT_REPORT_RQ, N_ACTION_RQ = 0x0001, 0x0021, 0x0100, 0x0130
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
"""Storage Commitment Push Model SOP Class."""
TRANSACTION_UID = 0x00081195
STEPS = (
    "1.2.840.10008.3.1.2.3.3",
    "1.2.840.10008.5.1.4.34.6.1",
    "1.2.840.10008.5.1.4.34.6.2",
    "1.2.840.10008.5.1.4.34.6.3",
    "1.2.840.10008.5.1.4.34.6.4",
)
"""Modality Performed Procedure Step; Unified Procedure Step Push, Watch, Pull and Event."""
WELL_KNOWN = "1.2.840.10008."
"""What UIDs of the standard begin with: such an instance stands for all."""
PATIENCE = 300_000_000_000
"""Nanoseconds within which those who failed try again."""


class Move(NamedTuple):
    """What the C-STORE-RQs of a C-MOVE are known by."""

    destination: str | None
    originator: str | None
    message_id: int | None
    start: int
    end: int


def related(association: Association, capture: Capture) -> list[Association]:
    """The other associations that are about the same, in order of time."""
    moves = list(_moves(association))
    stores = _field(association, C_STORE_RQ)
    asked, told = _transactions(association)
    steps = _steps(association)
    tries = _tries(association, capture)
    found = []
    for other in capture.associations:
        if other is association:
            continue
        if other in tries:
            found.append(other)
            continue
        if _overlap(association, other):
            if any(_sent_for(move, other) for move in moves):
                found.append(other)
                continue
            if stores and any(_sent_for(move, association) for move in _moves(other)):
                found.append(other)
                continue
        if steps and _speaks_of(other, STEPS) and steps & _steps(other):
            found.append(other)
            continue
        if (asked or told) and _speaks_of(other, (STORAGE_COMMITMENT,)):
            other_asked, other_told = _transactions(other)
            if asked & other_told or told & other_asked:
                found.append(other)
    return found


def story(association: Association, capture: Capture) -> list[Association]:
    """All associations that belong together with one, itself among them, in order of time."""
    found = {association}
    waiting = [association]
    while waiting:
        more = [each for each in related(waiting.pop(), capture) if each not in found]
        found.update(more)
        waiting += more
    return sorted(found, key=lambda each: each.index)


def _overlap(one: Association, other: Association) -> bool:
    return one.start <= other.end and other.start <= one.end


def _field(association: Association, field: int) -> bool:
    return any(m.command_set is not None and m.command_set.field == field for m in association.messages)


def _moves(association: Association) -> Iterator[Move]:
    for exchange in association.exchanges:
        request = exchange.request
        command = request.command_set if request else None
        if request is None or command is None or command.field != C_MOVE_RQ:
            continue
        by_requestor = request.side == association.requestor_side
        originator = association.calling_ae if by_requestor else association.called_ae
        end = exchange.final.end_time if exchange.final else association.end
        destination = command.text(MOVE_DESTINATION)
        yield Move(destination, originator, command.message_id, request.time, end)


def _sent_for(move: Move, association: Association) -> bool:
    """Whether an association stores at the destination of a C-MOVE while that goes on.

    Move Originator AE Title and Message ID may be left out of a C-STORE-RQ; where they are there they count.
    """
    if move.destination is None or association.called_ae != move.destination:
        return False
    for message in association.messages:
        command = message.command_set
        if command is None or command.field != C_STORE_RQ or not move.start <= message.time <= move.end:
            continue
        title, number = command.text(MOVE_ORIGINATOR_AE), command.numbers.get(MOVE_ORIGINATOR_ID)
        if title in (None, move.originator) and number in (None, move.message_id):
            return True
    return False


def _speaks_of(association: Association, sop_classes: tuple[str, ...]) -> bool:
    """Whether an association may be about SOP classes."""
    request = association.request
    if request is None:  # its messages have to tell
        return True
    return any(context.abstract_syntax in sop_classes for context in request.contexts)


def _steps(association: Association) -> set[str]:
    """UIDs of the procedure steps that an association is about."""
    if not _speaks_of(association, STEPS):
        return set()
    found = set()
    for message in association.messages:
        command = message.command_set
        if command is not None and association.sop_class(message) in STEPS:
            uid = command.sop_instance
            if uid and not uid.startswith(WELL_KNOWN):
                found.add(uid)
    return found


def _tries(association: Association, capture: Capture) -> list[Association]:
    """The association of the same AEs before, if it failed, and the one after, if this one did."""
    same = [each for each in capture.associations if _ends(each) == _ends(association)]
    place = same.index(association)
    found = []
    if place and _again(same[place - 1], association):
        found.append(same[place - 1])
    if place + 1 < len(same) and _again(association, same[place + 1]):
        found.append(same[place + 1])
    return found


def _ends(association: Association) -> tuple[str | None, str | None, int, int]:
    """Who: AE titles and addresses."""
    requestor, acceptor = (
        association.stream.ends[side] for side in (association.requestor_side, association.acceptor_side)
    )
    return association.calling_ae, association.called_ae, requestor.number, acceptor.number


def _again(failed: Association, following: Association) -> bool:
    """Whether an association seems to try again what another failed to do."""
    if failed.outcome not in ("rejected", "aborted", "closed") or failed.calling_ae is None:
        return False
    return 0 <= following.start - failed.end <= PATIENCE


def _transactions(association: Association) -> tuple[set[str], set[str]]:
    """Transaction UIDs for which commitment was requested, and those that were reported on."""
    asked: set[str] = set()
    told: set[str] = set()
    for message in association.messages:
        command = message.command_set
        if command is None or command.field not in (N_ACTION_RQ, N_EVENT_REPORT_RQ):
            continue
        if command.sop_class == STORAGE_COMMITMENT:
            uid = _transaction(message)
            if uid:
                (asked if command.field == N_ACTION_RQ else told).add(uid)
    return asked, told


def _transaction(message: Message) -> str | None:
    from dissect.dicom.values import value_text  # deferred: most associations are not about commitment
    from dissect.filters.partial import read_element

    data_set = read_element(message, TRANSACTION_UID)
    element = data_set.get(TRANSACTION_UID) if data_set else None
    return value_text(element, data_set) if element and data_set else None
