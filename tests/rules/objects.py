"""Cases of rules about services and whole captures."""

from __future__ import annotations

import struct
from functools import partial

from tests.craft import (
    CT,
    FIND,
    IMPLICIT,
    MOVE,
    Talk,
    implicit,
    item,
)
from tests.rules.case import Pair, answered, asked, begun, even, exchanged, image, stored

SESSION, BOX, PRINT = "1.2.840.10008.5.1.1.1", "1.2.840.10008.5.1.1.2", "1.2.840.10008.5.1.1.9"
PRINTER = "1.2.840.10008.5.1.1.16"
COMMITMENT, MPPS = "1.2.840.10008.1.20.1", "1.2.840.10008.3.1.2.3.3"
STUDY = implicit(0x00080052, b"STUDY ") + implicit(0x0020000D, b"1.2.3\0")
SERIES = implicit(0x00080052, b"SERIES")
TRANSACTION = implicit(0x00081195, b"1.2.3.99")


def _of(sop: str) -> bytes:
    return implicit(0x00081150, even(sop, b"\0")) + implicit(0x00081155, b"1.2\0")


def _sequence(tag: int, value: bytes) -> bytes:
    return implicit(tag, struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value)


def _ask(data: bytes) -> Talk:
    return exchanged(FIND, (">", asked(FIND, 0x20, data, Priority=0)), ("<", answered(FIND, 0x8020)))


def _find_fails(status: int) -> Talk:
    return exchanged(FIND, (">", asked(FIND, 0x20, STUDY, Priority=0)), ("<", answered(FIND, 0x8020, status)))


def _print(*boxes: bytes | None, status: int = 0) -> Talk:
    pdus = [(">", asked(SESSION, 0x140)), ("<", answered(SESSION, 0x8140))]
    for box in boxes:
        pdus += [(">", asked(BOX, 0x140, box)), ("<", answered(BOX, 0x8140))]
    action = asked(
        SESSION, 0x130, RequestedSOPClassUID=SESSION, RequestedSOPInstanceUID="1.2", ActionTypeID=1
    )
    pdus += [(">", action), ("<", answered(SESSION, 0x8130, status))]
    return exchanged(PRINT, *pdus)


FILM_BOX = _sequence(0x20100500, _of(SESSION))


def _printer(status: str) -> Talk:
    data = implicit(0x21100010, even(status)) + implicit(0x21100020, b"SUPPLY LOW")
    asked_ = asked(PRINTER, 0x110, RequestedSOPClassUID=PRINTER, RequestedSOPInstanceUID=PRINTER + ".1")
    return exchanged(PRINTER, (">", asked_), ("<", answered(PRINTER, 0x8110, 0, data)))


def _reported_later(title: str) -> list[Talk]:
    """The report on a storage commitment comes in an association of its own, from this AE title."""
    request = _commitment(reported=False)
    report = Talk(calling=title, called="SCU", requestor_port=50001, start=request.time + 10**9)
    role = item(0x54, struct.pack(">H", len(COMMITMENT)) + COMMITMENT.encode() + b"\0\1")
    report.associate([(1, COMMITMENT, [IMPLICIT])], extra_rq=role, extra_ac=role)
    told = asked(COMMITMENT, 0x100, TRANSACTION, AffectedSOPInstanceUID="1.2", EventTypeID=1)
    report.requestor.raw(told)
    report.acceptor.raw(answered(COMMITMENT, 0x8100))
    report.release()
    return [request, report]


def _commitment(*, reported: bool) -> Talk:
    action = asked(
        COMMITMENT, 0x130, TRANSACTION, RequestedSOPClassUID=COMMITMENT, RequestedSOPInstanceUID="1.2",
        ActionTypeID=1,
    )  # fmt: skip
    report = asked(COMMITMENT, 0x100, TRANSACTION, AffectedSOPInstanceUID="1.2", EventTypeID=1)
    pdus = [(">", action), ("<", answered(COMMITMENT, 0x8130))]
    if reported:
        pdus += [("<", report), (">", answered(COMMITMENT, 0x8100))]
    return exchanged(COMMITMENT, *pdus)


def step(*statuses: str) -> Talk:
    """An N-CREATE with the first status, then N-SETs with the others."""
    first, *others = statuses
    created = asked(MPPS, 0x140, implicit(0x00400252, even(first)), AffectedSOPInstanceUID="1.2")
    pdus = [(">", created), ("<", answered(MPPS, 0x8140))]
    for status in others:
        data = implicit(0x00400252, even(status)) if status else implicit(0x00400253, b"X ")
        change = asked(MPPS, 0x120, data, RequestedSOPClassUID=MPPS, RequestedSOPInstanceUID="1.2")
        pdus += [(">", change), ("<", answered(MPPS, 0x8120))]
    return exchanged(MPPS, *pdus)


def _move(*, stores: bool, names: bool = True) -> list[Talk]:
    move = begun([(1, MOVE, [IMPLICIT])])
    move.requestor.raw(asked(MOVE, 0x21, STUDY, Priority=0, MoveDestination="VIEWER"))
    start = move.time
    move.wait(1)
    move.acceptor.raw(answered(MOVE, 0x8021, 0, NumberOfCompletedSuboperations=1))
    move.release()
    if not stores:
        return [move]
    store = Talk(calling="SCP", called="VIEWER", requestor_port=50001, start=start)
    store.associate([(1, CT, [IMPLICIT])])
    more = {"MoveOriginatorApplicationEntityTitle": "SCU", "MoveOriginatorMessageID": 1} if names else {}
    store.store_request(1, 1, **more)  # type: ignore[arg-type]
    store.requestor.data(1, image())
    store.store_response(1, 1)
    store.release()
    return [move, store]


def _one_by_one(count: int) -> list[Talk]:
    talks = []
    for index in range(count):
        talk = Talk(requestor_port=50000 + index, start=1_700_000_000_000_000_000 + index * 10**9)
        talk.associate([(1, CT, [IMPLICIT])])
        talk.store(1, 1, image())
        talk.release()
        talks.append(talk)
    return talks


def _tls(*, both: bool) -> Talk:
    talk, hello = Talk(), bytes.fromhex("160301011f0100011b0303") + bytes(270)
    talk.requestor.raw(hello)
    if both:
        talk.acceptor.raw(hello)
    talk.close()
    return talk


CASES: dict[str, Pair] = {
    "status-service": (partial(stored, image(), status=0xA123), partial(stored, image(), status=0xA700)),
    "qr-identifier": (partial(_find_fails, 0xA900), partial(_find_fails, 0xA700)),
    "qr-level": (partial(_ask, implicit(0x0020000D, b"1.2\0")), partial(_ask, STUDY)),
    "qr-unique-key": (
        partial(_ask, SERIES + implicit(0x0020000E, b"1.2\0")),
        partial(_ask, SERIES + implicit(0x0020000D, b"1.2\0") + implicit(0x0020000E, b"")),
    ),
    "print-status": (partial(_print, FILM_BOX, status=0xC601), partial(_print, FILM_BOX)),
    "print-box": (partial(_print, implicit(0x20100010, b"STANDARD\\1,1")), partial(_print, FILM_BOX)),
    "print-empty": (_print, partial(_print, FILM_BOX)),
    "move-no-store": (partial(_move, stores=False), partial(_move, stores=True)),
    "move-originator": (partial(_move, stores=True, names=False), partial(_move, stores=True)),
    "printer": (partial(_printer, "WARNING"), partial(_printer, "NORMAL")),
    "sc-title": (partial(_reported_later, "OTHER"), partial(_reported_later, "SCP")),
    "sc-report": (partial(_commitment, reported=False), partial(_commitment, reported=True)),
    "mpps-ended": (
        partial(step, "IN PROGRESS", "COMPLETED", ""),
        partial(step, "IN PROGRESS", "", "COMPLETED"),
    ),
    "mpps-create": (partial(step, "COMPLETED"), partial(step, "IN PROGRESS")),
    "mpps-repeat": (
        partial(step, "IN PROGRESS", "IN PROGRESS"),
        partial(step, "IN PROGRESS", ""),
    ),
    "not-dicom": (partial(_tls, both=False), partial(_tls, both=True)),
    "one-object": (partial(_one_by_one, 10), partial(_one_by_one, 9)),
}
