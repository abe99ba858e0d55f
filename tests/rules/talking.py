"""Cases of rules about PDUs, command sets, messages and their responses."""

from __future__ import annotations

import struct
from typing import Any

from tests.craft import (
    CT,
    FIND,
    GET,
    IMPLICIT,
    MOVE,
    MR,
    VERIFICATION,
    Talk,
    command_set,
    element,
    item,
    pdu,
    pdv,
)
from tests.rules.case import STORE, Pair, answered, asked, begun, echo, ended, exchanged, image, stored

STUDY = element(0x0052, b"STUDY ", group=8) + element(0x000D, b"1.2.3\0", group=0x20)
META = "1.2.840.10008.5.1.1.9"
SESSION = "1.2.840.10008.5.1.1.1"
WINDOW = item(0x53, bytes(4))
BOTH = [(1, VERIFICATION, [IMPLICIT]), (3, CT, [IMPLICIT])]


def _role(uid: str) -> bytes:
    return item(0x54, struct.pack(">H", len(uid)) + uid.encode() + b"\1\1")


def _cut(*pdvs: bytes) -> Talk:
    """A C-STORE whose data set comes in these PDVs."""
    talk = begun(STORE)
    talk.store_request(1, 1)
    for each in pdvs:
        talk.requestor.pdvs(each)
    talk.store_response(1, 1)
    return ended(talk)


def _command(data: bytes) -> Talk:
    talk = begun()
    talk.requestor.pdvs(pdv(1, 3, data))
    talk.echo()
    return ended(talk)


def _echo_request(**more: Any) -> Talk:
    return _command(asked(VERIFICATION, 0x0030, **more)[12:])


def _store(**more: Any) -> Talk:
    return stored(image(), **more)


def _plain(**more: Any) -> bytes:
    return command_set(
        CommandField=0x0030, MessageID=9, CommandDataSetType=0x0101, AffectedSOPClassUID=VERIFICATION, **more
    )


def _stored_back(**more: Any) -> Talk:
    """The acceptor sends a C-STORE."""
    talk = begun(STORE, **more)
    talk.acceptor.raw(asked(CT, 1, image(), Priority=0, AffectedSOPInstanceUID="1.2.3.1"))
    talk.requestor.raw(answered(CT, 0x8001))
    return ended(talk)


def _get(*contexts: tuple[int, str, list[str]], **more: Any) -> Talk:
    talk = begun([(1, GET, [IMPLICIT]), (3, CT, [IMPLICIT])], **more)
    talk.requestor.raw(asked(GET, 0x0010, STUDY, Priority=0))
    talk.acceptor.raw(answered(GET, 0x8010))
    return ended(talk)


def _find(*responses: bytes, cancel: bool = False) -> Talk:
    talk = begun([(1, FIND, [IMPLICIT])])
    talk.requestor.raw(asked(FIND, 0x0020, STUDY, Priority=0))
    if cancel:
        talk.requestor.command(1, CommandField=0x0FFF, MessageIDBeingRespondedTo=1, CommandDataSetType=0x0101)
    for response in responses:
        talk.acceptor.raw(response)
    return ended(talk)


def _move(*responses: bytes) -> Talk:
    talk = begun([(1, MOVE, [IMPLICIT])])
    talk.requestor.raw(asked(MOVE, 0x0021, STUDY, Priority=0, MoveDestination="VIEWER"))
    for response in responses:
        talk.acceptor.raw(response)
    return ended(talk)


def _counts(remaining: int | None = 0, failed: int = 0) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "NumberOfCompletedSuboperations": 0,
        "NumberOfFailedSuboperations": failed,
        "NumberOfWarningSuboperations": 0,
    }
    return counts if remaining is None else counts | {"NumberOfRemainingSuboperations": remaining}


def _moved(status: int, data: bytes | None = None, **counts: Any) -> bytes:
    return answered(MOVE, 0x8021, status, data, **counts)


def _hasty_store(status: int) -> Talk:
    data, talk = image(), begun(STORE)
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:20]))
    talk.store_response(1, 1, status)
    talk.requestor.pdvs(pdv(1, 2, data[20:]))
    return ended(talk)


def _overlapping(first: int = 1, second: int = 2, **more: Any) -> Talk:
    talk = begun(**more)
    talk.echo(1, first)
    response = talk.events.pop()
    talk.echo(1, second)
    talk.acceptor.raw(response.data)
    return ended(talk)


def _unanswered(end: str) -> Talk:
    talk = begun()
    talk.echo()
    talk.events.pop()
    if end == "abort":
        talk.abort()
        return talk
    return ended(talk)


LARGE = image(element(0x0010, bytes(300), group=0x7FE0))
PENDING = answered(FIND, 0x8020, 0xFF00, STUDY)
DONE = answered(FIND, 0x8020)
CASES: dict[str, Pair] = {
    "max-pdu": (
        lambda: ended(begun(STORE, max_ac=200), lambda t: t.store(1, 1, LARGE, fragment=196)),
        lambda: ended(begun(STORE, max_ac=200), lambda t: t.store(1, 1, LARGE, fragment=194)),
    ),
    "pdv-odd": (
        lambda: _cut(pdv(1, 0, image()[:31]), pdv(1, 2, image()[31:])),
        lambda: _cut(pdv(1, 2, image())),
    ),
    "pdv-empty": (lambda: _cut(pdv(1, 0, image()), pdv(1, 2, b"")), lambda: _cut(pdv(1, 2, image()))),
    "pdv-reserved": (lambda: _cut(pdv(1, 0x82, image())), lambda: _cut(pdv(1, 2, image()))),
    "pdv-length": (
        lambda: exchanged(CT, (">", pdu(4, pdv(1, 3, _plain()) + b"\0\0\0"))),
        lambda: exchanged(CT, (">", pdu(4, pdv(1, 3, _plain())))),
    ),
    "lost-framing": (lambda: exchanged(CT, (">", b"no PDU at all")), echo),
    "unknown-pdu": (lambda: exchanged(CT, (">", pdu(0x0A, bytes(8)))), echo),
    "pdu-length": (lambda: exchanged(CT, (">", pdu(5, bytes(8)))), echo),
    "mixed-pdu": (
        lambda: exchanged(CT, (">", _together()), ("<", answered(CT, 0x8001))),
        _store,
    ),
    "pdv-split": (
        lambda: _cut(pdv(1, 0, image()[:20]) + pdv(1, 2, image()[20:])),
        lambda: exchanged(CT, (">", _together()), ("<", answered(CT, 0x8001))),
    ),
    "pdu-messages": (
        lambda: exchanged(CT, (">", pdu(4, pdv(1, 3, _plain()) + pdv(1, 3, _plain())))),
        lambda: exchanged(CT, (">", _together()), ("<", answered(CT, 0x8001))),
    ),
    "interleave": (
        lambda: _interleaved(in_between=True),
        lambda: _interleaved(in_between=False),
    ),
    "ctx-not-accepted": (
        lambda: ended(
            begun([(1, VERIFICATION, [IMPLICIT]), (3, CT, [IMPLICIT])], accept={1: IMPLICIT, 3: 3}),
            lambda t: t.echo(3),
        ),
        echo,
    ),
    "ctx-wrong-sop": (
        lambda: exchanged(
            CT,
            (">", asked(MR, 1, image(), Priority=0, AffectedSOPInstanceUID="1.2")),
            ("<", answered(MR, 0x8001)),
        ),
        lambda: exchanged(META, (">", asked(SESSION, 0x0140)), ("<", answered(SESSION, 0x8140))),
    ),
    "nothing-sent": (
        lambda: ended(begun(BOTH, accept={1: IMPLICIT, 3: 3})),
        lambda: ended(begun(BOTH, accept={1: IMPLICIT, 3: 3}), lambda t: t.echo()),
    ),
    "no-dataset": (lambda: _store(CommandDataSetType=0x0101), _store),
    "no-last": (lambda: _cut(pdv(1, 0, image())), _store),
    "role": (_stored_back, lambda: _stored_back(extra_rq=_role(CT), extra_ac=_role(CT))),
    "get-role": (_get, lambda: _get(extra_rq=_role(CT), extra_ac=_role(CT))),
    "cmd-len": (lambda: _echo_request(MessageID=9, CommandGroupLength=5), lambda: _command(_plain())),
    "cmd-damaged": (lambda: _command(_plain() + b"\0\0\0"), lambda: _command(_plain())),
    "cmd-unknown": (lambda: _echo_request(MessageID=9, CommandField=0x0031), lambda: _command(_plain())),
    "cmd-missing": (
        lambda: exchanged(FIND, (">", asked(FIND, 0x20, STUDY)), ("<", DONE)),
        lambda: _find(DONE),
    ),
    "cmd-extra": (lambda: _command(_plain(Priority=0)), lambda: _command(_plain())),
    "cmd-order": (lambda: _command(_plain() + element(0x0002, b"1.2\0")), lambda: _command(_plain())),
    "cmd-vr": (lambda: _store(Priority=bytes(4)), _store),
    "cmd-dataset": (
        lambda: exchanged(
            VERIFICATION, (">", asked(VERIFICATION, 0x30, STUDY)), ("<", answered(VERIFICATION, 0x8030))
        ),
        lambda: _find(DONE),
    ),
    "cmd-value": (lambda: _store(Priority=3), lambda: _store(Priority=2)),
    "status-range": (lambda: stored(image(), status=0xD000), lambda: stored(image(), status=0xC000)),
    "rsp-orphan": (
        lambda: ended(
            begun(),
            lambda t: t.echo(),
            lambda t: t.acceptor.raw(answered(VERIFICATION, 0x8030, MessageIDBeingRespondedTo=9)),
        ),
        echo,
    ),
    "rsp-missing": (lambda: _unanswered("abort"), echo),
    "early-release": (lambda: _unanswered("release"), lambda: _unanswered("abort")),
    "dup-msgid": (
        lambda: _overlapping(1, 1, extra_rq=WINDOW, extra_ac=WINDOW),
        lambda: ended(begun(), lambda t: t.echo(1, 1), lambda t: t.echo(1, 1)),
    ),
    "rsp-differs": (
        lambda: exchanged(VERIFICATION, (">", asked(VERIFICATION, 0x30)), ("<", answered(CT, 0x8030))),
        echo,
    ),
    "rsp-kind": (
        lambda: exchanged(
            VERIFICATION, (">", asked(VERIFICATION, 0x30)), ("<", answered(VERIFICATION, 0x8020))
        ),
        echo,
    ),
    "async": (_overlapping, lambda: _overlapping(extra_rq=WINDOW, extra_ac=WINDOW)),
    "early-success": (lambda: _hasty_store(0), lambda: _hasty_store(0xA700)),
    "cancel-ignored": (
        lambda: _find(*[PENDING] * 30, answered(FIND, 0x8020, 0), cancel=True),
        lambda: _find(*[PENDING] * 5, answered(FIND, 0x8020, 0xFE00), cancel=True),
    ),
    "move-dest": (lambda: _move(_moved(0xA801)), lambda: _move(_moved(0xA702))),
    "subop-counts": (
        lambda: _move(_moved(0xFF00, **_counts(None)), _moved(0)),
        lambda: _move(_moved(0xFF00, **_counts(1)), _moved(0)),
    ),
    "subop-final": (lambda: _move(_moved(0, **_counts(0))), lambda: _move(_moved(0xFE00, **_counts(0)))),
    "subop-failed": (
        lambda: _move(_moved(0xB000, **_counts(None, 1))),
        lambda: _move(_moved(0xB000, element(0x0058, b"1.2\0", group=8), **_counts(None, 1))),
    ),
    "find-dataset": (
        lambda: _find(answered(FIND, 0x8020, 0, STUDY)),
        lambda: _find(PENDING, DONE),
    ),
}


def _together() -> bytes:
    request = asked(CT, 1, image(), Priority=0, AffectedSOPInstanceUID="1.2.3.1")
    size = int.from_bytes(request[2:6], "big")
    return pdu(4, request[6 : 6 + size] + request[12 + size :])


def _interleaved(*, in_between: bool) -> Talk:
    data = image()
    talk = begun([(1, CT, [IMPLICIT]), (3, VERIFICATION, [IMPLICIT])], extra_rq=WINDOW, extra_ac=WINDOW)
    talk.store_request(1, 1)
    halves = pdv(1, 0, data[:20]), pdv(1, 2, data[20:])
    talk.requestor.pdvs(halves[0])
    if not in_between:
        talk.requestor.pdvs(halves[1])
    talk.echo(3, 2)
    if in_between:
        talk.requestor.pdvs(halves[1])
    talk.store_response(1, 1)
    return ended(talk)
