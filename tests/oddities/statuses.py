"""Oddity 6: statuses, counts, and who aborted."""

from __future__ import annotations

from tests.craft import CT, IMPLICIT, MOVE, VERIFICATION, Side, implicit
from tests.oddities.case import Heard, Oddity, Said, even, new_talk, oddity, small_image, stored


def warning_of_a_store() -> Oddity:
    """B000 of C-STORE is coercion (PS3.4 Table B.2-1); tshark says "Sub-operations Complete"."""
    talk, data = new_talk(), small_image(1)
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, data, status=0xB000)
    talk.release()
    return oddity(talk, *stored(1, data, 0xB000))


def move_with_failures() -> Oddity:
    """tshark drops message id and counts from the summary of a final response that is no success."""
    talk = new_talk()
    keys = implicit(0x00080052, b"STUDY ") + implicit(0x0020000D, b"1.2.3\0")
    failed = implicit(0x00080058, even("1.2.3.7", b"\0"))
    talk.associate([(1, MOVE, [IMPLICIT])])
    talk.requestor.command(
        1,
        CommandField=0x0021,
        MessageID=3,
        AffectedSOPClassUID=MOVE,
        Priority=0,
        CommandDataSetType=1,
        MoveDestination="VIEWER",
    )
    talk.requestor.data(1, keys)
    talk.acceptor.command(
        1,
        CommandField=0x8021,
        MessageIDBeingRespondedTo=3,
        AffectedSOPClassUID=MOVE,
        CommandDataSetType=0x0101,
        Status=0xFF00,
        NumberOfRemainingSuboperations=2,
        NumberOfCompletedSuboperations=1,
        NumberOfFailedSuboperations=0,
        NumberOfWarningSuboperations=0,
    )
    talk.acceptor.command(
        1,
        CommandField=0x8021,
        MessageIDBeingRespondedTo=3,
        AffectedSOPClassUID=MOVE,
        CommandDataSetType=1,
        Status=0xB000,
        NumberOfCompletedSuboperations=2,
        NumberOfFailedSuboperations=1,
        NumberOfWarningSuboperations=0,
    )
    talk.acceptor.data(1, failed)
    talk.release()
    return oddity(
        talk,
        Said("requestor", "C-MOVE-RQ", message_id=3, data=keys, syntax=IMPLICIT),
        Said("acceptor", "C-MOVE-RSP", responding_to=3, status=0xFF00),
        Said("acceptor", "C-MOVE-RSP", responding_to=3, status=0xB000, data=failed, syntax=IMPLICIT),
    )


def _aborted(by: Side, source: int) -> Oddity:
    talk = new_talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.abort(by=by, source=source)
    return Oddity(talk, (Heard((), outcome="aborted", aborted_by=by),))


def abort_by_the_acceptor() -> Oddity:
    """tshark draws the arrow by the source field: from the requestor for 0 (user), whoever sent it."""
    return _aborted("acceptor", 0)


def abort_by_the_requestor() -> Oddity:
    """And from the acceptor for 2 (provider)."""
    return _aborted("requestor", 2)


STATUSES = (warning_of_a_store, move_with_failures, abort_by_the_acceptor, abort_by_the_requestor)
