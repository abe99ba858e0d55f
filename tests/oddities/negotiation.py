"""Oddities 3, 7, 8 and 12 of the negotiation."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.craft import (
    CT,
    EXPLICIT,
    IMPLICIT,
    MR,
    VERIFICATION,
    associate_ac,
    associate_rq,
    item,
    p_data,
    pdv,
)
from tests.oddities.case import (
    ARCHIVE,
    SCANNER,
    Heard,
    Oddity,
    Said,
    echoed,
    explicit_image,
    new_talk,
    oddity,
    small_image,
    stored,
)


def refused_context_used() -> Oddity:
    """PS3.8 7.6.1: only an accepted context may be used. tshark then says there was no request at all."""
    talk, data = new_talk(), small_image(1)
    talk.associate([(1, VERIFICATION, [IMPLICIT]), (3, CT, [IMPLICIT])], accept={1: IMPLICIT, 3: 3})
    talk.store_request(3, 1)
    talk.requestor.data(3, data)
    talk.abort(by="acceptor", source=2, reason=6)
    request = Said("requestor", "C-STORE-RQ", message_id=1, data=data)
    heard = Heard((request,), outcome="aborted", aborted_by="acceptor")
    return Oddity(talk, (heard,), {"ctx-not-accepted": "error"})


def even_context_id() -> Oddity:
    """PS3.8 Table 9-13: ids are odd."""
    talk = new_talk()
    talk.associate([(1, CT, [IMPLICIT]), (2, VERIFICATION, [IMPLICIT])])
    talk.echo(2)
    talk.release()
    return oddity(talk, *echoed(1), findings={"pc-even": "error"})


def repeated_context_id() -> Oddity:
    """PS3.8 7.1.1.13: the requestor uses each id once."""
    talk = new_talk()
    talk.associate([(1, CT, [IMPLICIT]), (1, MR, [IMPLICIT]), (3, VERIFICATION, [IMPLICIT])])
    talk.echo(3)
    talk.release()
    return oddity(talk, *echoed(1), findings={"pc-dup": "error"})


def syntax_never_proposed() -> Oddity:
    """PS3.8 9.3.3.2 with PS3.7 D.3.2: the acceptor takes one of those proposed. It holds all the same."""
    talk = new_talk()
    data = explicit_image(1)
    talk.associate([(1, CT, [IMPLICIT])], accept={1: EXPLICIT})
    talk.store(1, 1, data)
    talk.release()
    return oddity(talk, *stored(1, data, syntax=EXPLICIT), findings={"ac-ts-not-proposed": "error"})


def padded_uids() -> Oddity:
    """PS3.8 F.1: no padding in a negotiated UID. Apart from that they match what is used."""
    talk = new_talk()
    talk.requestor.raw(associate_rq(SCANNER, ARCHIVE, [(1, VERIFICATION + "\0", [IMPLICIT + "\0"])]))
    talk.acceptor.raw(associate_ac(SCANNER, ARCHIVE, [(1, IMPLICIT)]))
    talk.echo()
    talk.release()
    return oddity(talk, *echoed(1), findings={"uid-pad": "error"})


def protocol_version_3() -> Oddity:
    """A bit field of which bit 0 alone is tested (PS3.8 Table 9-11). tshark recognises nothing."""
    talk = new_talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])], version=3)
    talk.echo()
    talk.release()
    return oddity(talk, *echoed(1))


def request_and_data_in_one_segment() -> Oddity:
    """A sender that does not wait for the answer, for which PS3.8 Table 9-10 has no step. tshark is blind."""
    talk, data = new_talk(), small_image(1)
    talk.store_request(1, 1)
    command = talk.events.pop().data
    request = associate_rq(SCANNER, ARCHIVE, [(1, CT, [IMPLICIT])])
    talk.requestor.raw(request + command + p_data(pdv(1, 2, data)))
    talk.acceptor.raw(associate_ac(SCANNER, ARCHIVE, [(1, IMPLICIT)]))
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"state": "error"})


def second_association_on_one_connection() -> Oddity:
    """PS3.8 9.1.1: one connection, one association. tshark is silent."""
    talk = new_talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release(close=False)
    talk.calling = "SECOND"
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, small_image(1))
    talk.release()
    first = Heard(echoed(1))
    return Oddity(
        talk,
        (first, replace(first, messages=stored(1, small_image(1)), calling="SECOND")),
        {"second-rq": "error"},
    )


def extended_user_information() -> Oddity:
    """Sub-items 57H and 59H and identity type 5 (PS3.7 D.3.3.6, D.3.3.7), which tshark does not decode."""

    def counted(text: str) -> bytes:
        return struct.pack(">H", len(text)) + text.encode("ascii")

    related = counted("1.2.840.10008.5.1.4.1.1.88.22")
    common = (
        counted("1.2.840.10008.5.1.4.1.1.88.40")
        + counted("1.2.840.10008.4.2")
        + struct.pack(">H", len(related))
    )
    token = "eyJhbGciOiJub25lIn0.e30."
    identity = struct.pack(">BB", 5, 1) + counted(token) + counted("")
    talk = new_talk()
    talk.associate(
        [(1, VERIFICATION, [IMPLICIT])],
        extra_rq=item(0x57, common + related) + item(0x58, identity),
        extra_ac=item(0x59, counted("")),
    )
    talk.echo()
    talk.release()
    return oddity(talk, *echoed(1))


def unknown_user_sub_item() -> Oddity:
    """PS3.8 D.2: an unknown sub-item (5AH) is ignored; pynetdicom's decoder raises."""
    talk = new_talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])], extra_rq=item(0x5A, b"tomorrow"))
    talk.echo()
    talk.release()
    return oddity(talk, *echoed(1))


NEGOTIATION = (
    refused_context_used,
    even_context_id,
    repeated_context_id,
    syntax_never_proposed,
    padded_uids,
    protocol_version_3,
    request_and_data_in_one_segment,
    second_association_on_one_connection,
    extended_user_information,
    unknown_user_sub_item,
)
