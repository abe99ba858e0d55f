"""What the cases of rules are made of: a conversation that breaks a rule, and one that just does not."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from tests.craft import (
    CT,
    EXPLICIT,
    IMPLICIT,
    VERIFICATION,
    Segment,
    Talk,
    command_set,
    implicit,
    item,
    pdu,
    pdv,
)

Made = Talk | Sequence[Talk] | Sequence[Segment] | bytes
Make = Callable[[], Made]
Pair = tuple[Make, Make]
"""What breaks a rule, and the near miss."""

Contexts = Sequence[tuple[int, str, Sequence[str]]]
ECHO: Contexts = [(1, VERIFICATION, [IMPLICIT])]
STORE: Contexts = [(1, CT, [IMPLICIT])]
USER = item(0x51, struct.pack(">I", 16384)) + item(0x52, "1.2.3")
APPLICATION = item(0x10, "1.2.840.10008.3.1.1.1")
PROPOSED = item(0x20, bytes((1, 0, 0, 0)) + item(0x30, VERIFICATION) + item(0x40, IMPLICIT))
ACCEPTED = item(0x21, bytes((1, 0, 0, 0)) + item(0x40, IMPLICIT))


def echo(contexts: Contexts = ECHO, *, said: bool = True, **more: Any) -> Talk:
    """An association, with a C-ECHO if something is `said`."""
    talk = Talk()
    talk.associate(contexts, **more)
    if said:
        talk.echo(contexts[0][0])
    talk.release()
    return talk


def associate(kind: int, *items: bytes) -> bytes:
    """An A-ASSOCIATE PDU of these items."""
    return pdu(
        kind, struct.pack(">HH", 1, 0) + b"SCP".ljust(16) + b"SCU".ljust(16) + bytes(32) + b"".join(items)
    )


def negotiated(request: Sequence[bytes] = (), accept: Sequence[bytes] = ()) -> Talk:
    """An association of items as they are; healthy ones where none are given."""
    talk = Talk()
    talk.requestor.raw(associate(1, *(request or (APPLICATION, PROPOSED, item(0x50, USER)))))
    talk.acceptor.raw(associate(2, *(accept or (APPLICATION, ACCEPTED, item(0x50, USER)))))
    talk.release()
    return talk


def begun(contexts: Contexts = ECHO, **more: Any) -> Talk:
    """A talk that is associated, and goes on."""
    talk = Talk()
    talk.associate(contexts, **more)
    return talk


def ended(talk: Talk, *steps: Callable[[Talk], None]) -> Talk:
    """The talk after some steps, released."""
    for step in steps:
        step(talk)
    talk.release()
    return talk


def even(value: str | bytes, padding: bytes = b" ") -> bytes:
    raw = value.encode("ascii") if isinstance(value, str) else value
    return raw + padding * (len(raw) % 2)


def image(*more: bytes, uid: str = "1.2.3.1", sop: str = CT) -> bytes:
    """An implicit VR data set for message 1 of a C-STORE."""
    head = implicit(0x00080016, even(sop, b"\0")) + implicit(0x00080018, even(uid, b"\0"))
    return head + b"".join(more)


def stored(data: bytes, *, syntax: str = IMPLICIT, status: int = 0, **more: Any) -> Talk:
    """A C-STORE of this data set."""
    talk = begun([(1, CT, [syntax] if syntax == IMPLICIT else [syntax, IMPLICIT])])
    talk.store_request(1, 1, **more)
    talk.requestor.data(1, data)
    talk.store_response(1, 1, status)
    talk.release()
    return talk


def explicit_store(data: bytes) -> Talk:
    return stored(data, syntax=EXPLICIT)


def asked(sop: str, field: int, data: bytes | None = None, context: int = 1, **more: Any) -> bytes:
    """The PDUs of a request with message id 1."""
    keywords: dict[str, Any] = {
        "CommandField": field,
        "MessageID": 1,
        "CommandDataSetType": 0x0101 if data is None else 1,
        "AffectedSOPClassUID": sop,
    }
    return message(context, keywords | more, data)


def answered(sop: str, field: int, status: int = 0, data: bytes | None = None, **more: Any) -> bytes:
    """The PDUs of a response to message id 1."""
    keywords: dict[str, Any] = {
        "CommandField": field,
        "MessageIDBeingRespondedTo": 1,
        "CommandDataSetType": 0x0101 if data is None else 1,
        "AffectedSOPClassUID": sop,
        "Status": status,
    }
    return message(1, keywords | more, data)


def message(context: int, keywords: dict[str, Any], data: bytes | None) -> bytes:
    found = pdu(4, pdv(context, 3, command_set(**keywords)))
    return found if data is None else found + pdu(4, pdv(context, 2, data))


def exchanged(sop: str, *pdus: tuple[str, bytes], **more: Any) -> Talk:
    """An association for one SOP class in which ">" and "<" say these bytes."""
    talk = begun([(1, sop, [IMPLICIT])], **more)
    for side, data in pdus:
        (talk.requestor if side == ">" else talk.acceptor).raw(data)
    talk.release()
    return talk
