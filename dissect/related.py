"""Associations of a capture that belong together.

- a C-MOVE and the associations its performer opens to send what was asked for (PS3.4 C.4.2.3.1)
- a request for storage commitment and the association that brings its report (PS3.4 J.3.3)
- those about one performed procedure step (PS3.4 F.7), or one unified procedure step (PS3.4 CC.2)
- an association that failed and the one that tries again
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
FAILURES = ("rejected", "aborted", "closed")
PATIENCE = 300_000_000_000
"""Nanoseconds within which those who failed try again."""


Ends = tuple[str | None, str | None, int, int]
"""AE titles and addresses of both sides."""


class Move(NamedTuple):
    """What the C-STORE-RQs of a C-MOVE are known by."""

    destination: str | None
    originator: str | None
    message_id: int | None
    start: int
    end: int


class Relations:
    """What belongs together in one capture; what it takes to tell is found out once."""

    def __init__(self, capture: Capture) -> None:
        self._associations = capture.associations
        self._known: dict[Association, tuple[list[Move], bool]] = {}

    def of(self, association: Association) -> list[Association]:
        """The other associations that are about the same, in order of time."""
        found = set(self._tries(association))
        moves, stores = self._transfers(association)
        if moves or stores:
            for other in self._meanwhile(association):
                if any(_sent_for(move, other) for move in moves) or (
                    stores and any(_sent_for(move, association) for move in self._transfers(other)[0])
                ):
                    found.add(other)
        for uid in _steps(association):
            found.update(self._by_step.get(uid, ()))
        asked, told = _transactions(association)
        for uid in asked:
            found.update(self._by_transaction[1].get(uid, ()))
        for uid in told:
            found.update(self._by_transaction[0].get(uid, ()))
        found.discard(association)
        return sorted(found, key=lambda each: each.index)

    def _transfers(self, association: Association) -> tuple[list[Move], bool]:
        """The C-MOVEs of an association, and whether it has C-STOREs."""
        known = self._known.get(association)
        if known is None:
            known = list(_moves(association)), _field(association, C_STORE_RQ)
            self._known[association] = known
        return known

    @cached_property
    def _times(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """When the associations start, and when they end."""
        starts = np.array([each.start for each in self._associations], np.int64)
        return starts, np.array([each.end for each in self._associations], np.int64)

    def _meanwhile(self, association: Association) -> Iterator[Association]:
        """The others that were there at the same time."""
        starts, ends = self._times
        for number in np.flatnonzero((starts <= association.end) & (ends >= association.start)).tolist():
            if self._associations[number] is not association:
                yield self._associations[number]

    @cached_property
    def _by_step(self) -> dict[str, list[Association]]:
        """Associations by the procedure steps they are about."""
        found: dict[str, list[Association]] = {}
        for association in self._associations:
            for uid in _steps(association):
                found.setdefault(uid, []).append(association)
        return found

    @cached_property
    def _by_transaction(self) -> tuple[dict[str, list[Association]], dict[str, list[Association]]]:
        """Associations by the transactions that they ask for commitment in, and that they report on."""
        found: tuple[dict[str, list[Association]], dict[str, list[Association]]] = ({}, {})
        for association in self._associations:
            for uids, associations in zip(_transactions(association), found, strict=True):
                for uid in uids:
                    associations.setdefault(uid, []).append(association)
        return found

    @cached_property
    def _by_ends(self) -> dict[Ends, tuple[list[int], list[Association]]]:
        """Associations between the same ends, and their numbers."""
        found: dict[Ends, tuple[list[int], list[Association]]] = {}
        for association in self._associations:
            numbers, associations = found.setdefault(_ends(association), ([], []))
            numbers.append(association.index)
            associations.append(association)
        return found

    def _tries(self, association: Association) -> Iterator[Association]:
        """The association of the same AEs before, if it failed, and the one after, if this one did."""
        numbers, associations = self._by_ends.get(_ends(association), ([], []))
        place = bisect_left(numbers, association.index)
        if place and _again(associations[place - 1], association):
            yield associations[place - 1]
        if place + 1 < len(associations) and _again(association, associations[place + 1]):
            yield associations[place + 1]


def related(association: Association, capture: Capture) -> list[Association]:
    """The other associations that are about the same, in order of time."""
    return Relations(capture).of(association)


def story(association: Association, capture: Capture) -> list[Association]:
    """All associations that belong together with one, itself among them, in order of time."""
    relations = Relations(capture)
    found = {association}
    waiting = [association]
    while waiting:
        more = [each for each in relations.of(waiting.pop()) if each not in found]
        found.update(more)
        waiting += more
    return sorted(found, key=lambda each: each.index)


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


def _ends(association: Association) -> Ends:
    """Who: AE titles and addresses."""
    requestor, acceptor = (
        association.stream.ends[side] for side in (association.requestor_side, association.acceptor_side)
    )
    return association.calling_ae, association.called_ae, requestor.number, acceptor.number


def _again(failed: Association, following: Association) -> bool:
    """Whether an association seems to try again what another failed to do."""
    if failed.outcome not in FAILURES or failed.calling_ae is None:
        return False
    return 0 <= following.start - failed.end <= PATIENCE


def _transactions(association: Association) -> tuple[set[str], set[str]]:
    """Transaction UIDs for which commitment was requested, and those that were reported on."""
    asked: set[str] = set()
    told: set[str] = set()
    if not _speaks_of(association, (STORAGE_COMMITMENT,)):
        return asked, told
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
