"""Oddities 4, 5 and 7 of PDUs and PDVs: how a message is cut, and what comes in between."""

from __future__ import annotations

import struct

from tests.craft import CT, IMPLICIT, VERIFICATION, Talk, command_set, item, p_data, pdu, pdv
from tests.oddities.case import (
    Heard,
    Oddity,
    Said,
    echoed,
    large_image,
    new_talk,
    oddity,
    small_image,
    stored,
)

CONTEXTS = [(1, CT, [IMPLICIT]), (3, VERIFICATION, [IMPLICIT])]
# Asynchronous operations window, PS3.7 D.3.3.3: no limit either way, so that requests may overlap.
ANY_NUMBER = item(0x53, bytes(4))


def _talk(*, max_ac: int = 16384) -> Talk:
    talk = new_talk()
    talk.associate(CONTEXTS, max_ac=max_ac, extra_rq=ANY_NUMBER, extra_ac=ANY_NUMBER)
    return talk


def next_header_at_the_end_of_a_segment() -> Oddity:
    """tshark calls the first PDU malformed and loses the one whose 6-byte header ends the segment."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    start = talk.events.pop().data
    following = p_data(pdv(1, 2, data))
    talk.requestor.raw(start + following[:6])
    talk.requestor.raw(following[6:])
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data))


def pdu_header_as_a_segment() -> Oddity:
    """What DCMTK sends: the 12 bytes of PDU and PDV header in a segment of their own. Legal."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    whole = p_data(pdv(1, 2, data))
    talk.requestor.raw(whole[:12])
    talk.requestor.raw(whole[12:])
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data))


def fragmented_command() -> Oddity:
    """A command set in PDUs of 20 bytes each, cut amid elements. Legal (PS3.8 E.1)."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    whole = talk.events.pop().data[12:]
    for start in range(0, len(whole), 20):
        talk.requestor.pdvs(pdv(1, 3 if start + 20 >= len(whole) else 1, whole[start : start + 20]))
    talk.requestor.data(1, data)
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data))


def empty_last_fragment() -> Oddity:
    """What CTN does (PS3.8 E.1 forbids it). tshark never joins the data set."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data))
    talk.requestor.pdvs(pdv(1, 2, b""))
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"pdv-empty": "error"})


def odd_fragments() -> Oddity:
    """PS3.8 E.1: fragments are even. tshark shows both as P-DATA and nothing else."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:31]))
    talk.requestor.pdvs(pdv(1, 2, data[31:]))
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"pdv-odd": "error"})


def _early(status: int) -> Talk:
    talk, data = _talk(), large_image(1, 3000)
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:1000]))
    talk.store_response(1, 1, status)
    talk.requestor.pdvs(pdv(1, 2, data[1000:]))
    talk.release()
    return talk


def early_failure() -> Oddity:
    """A failure may come before the data set ends (PS3.7 9.1.1.2). tshark then exports a broken data set."""
    return oddity(_early(0xA700), *stored(1, large_image(1, 3000), 0xA700))


def failure_ends_the_data_set() -> Oddity:
    """After an early failure the sender may set the last fragment bit at once (PS3.7 9.3.1)."""
    talk, data = _talk(), large_image(1, 3000)[:1400]
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:1000]))
    talk.store_response(1, 1, 0xA700)
    talk.requestor.pdvs(pdv(1, 2, data[1000:]))
    talk.echo(3, 2)
    talk.release()
    return oddity(talk, *stored(1, data, 0xA700), *echoed(2))


def early_success() -> Oddity:
    """A success may not (PS3.7 9.1.1.2); tshark is silent about that too."""
    return oddity(_early(0x0000), *stored(1, large_image(1, 3000)), findings={"early-success": "error"})


def data_pdu_over_the_maximum() -> Oddity:
    """The acceptor takes 4096 (PS3.8 D.1); the requestor sends 20,006."""
    talk, data = _talk(max_ac=4096), large_image(1, 20_000)
    talk.store(1, 1, data, fragment=20_000)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"max-pdu": "error"})


def data_pdu_of_the_maximum() -> Oddity:
    """The limit is on the PDU-length field (PS3.8 D.1): 4102 bytes in all are within a maximum of 4096."""
    talk, data = _talk(max_ac=4096), large_image(1, 9000)
    talk.store(1, 1, data, fragment=4090)
    talk.release()
    return oddity(talk, *stored(1, data))


def own_maximum_is_no_limit() -> Oddity:
    """The requestor takes 2048 and sends 12,006: it is the receiver's value that counts, and that is 0."""
    talk, data = new_talk(), large_image(1, 12_000)
    talk.associate(CONTEXTS, max_rq=2048, max_ac=0)
    talk.store(1, 1, data, fragment=12_000)
    talk.release()
    return oddity(talk, *stored(1, data))


def command_and_data_in_one_pdu() -> Oddity:
    """Allowed by PS3.8 E.1, yet some receivers fail: worth knowing."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1)
    command = talk.events.pop().data[6:]
    talk.requestor.pdvs(command, pdv(1, 2, data))
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"mixed-pdu": "info"})


def wrong_group_length() -> Oddity:
    """PS3.7 6.3.1: (0000,0000) counts the bytes that follow in the group."""
    talk = _talk()
    talk.echo(3, 1)
    talk.requestor.command(
        3,
        CommandGroupLength=200,
        CommandField=0x0030,
        MessageID=2,
        AffectedSOPClassUID=VERIFICATION,
        CommandDataSetType=0x0101,
    )
    answer = command_set(
        CommandField=0x8030,
        MessageIDBeingRespondedTo=2,
        AffectedSOPClassUID=VERIFICATION,
        CommandDataSetType=0x0101,
        Status=0,
    )
    talk.acceptor.pdvs(pdv(3, 3, answer))
    talk.release()
    return oddity(talk, *echoed(1), *echoed(2), findings={"cmd-len": "error"})


def interleaved_messages() -> Oddity:
    """A C-ECHO-RQ between the fragments of a data set (PS3.8 E.1 forbids it); both must come out whole."""
    talk, data = _talk(), large_image(1, 6000)
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:4000]))
    talk.requestor.command(
        3, CommandField=0x0030, MessageID=2, AffectedSOPClassUID=VERIFICATION, CommandDataSetType=0x0101
    )
    talk.requestor.pdvs(pdv(1, 2, data[4000:]))
    talk.store_response(1, 1)
    talk.echo(3, 2)
    del talk.events[-2]  # its request went out long ago
    talk.release()
    store, echo = stored(1, data), echoed(2)
    return oddity(talk, store[0], echo[0], store[1], echo[1], findings={"interleave": "error"})


def announced_data_set_missing() -> Oddity:
    """(0000,0800) announces a data set (PS3.7 Table E.1-1), another message comes; the acceptor gives up."""
    talk = _talk()
    talk.store_request(1, 1)
    talk.echo(3, 2)
    talk.abort(by="acceptor", source=2)
    request = Said("requestor", "C-STORE-RQ", message_id=1, syntax=IMPLICIT)
    heard = Heard((request, *echoed(2)), outcome="aborted", aborted_by="acceptor")
    return Oddity(talk, (heard,), {"no-dataset": "error"}, frozenset({"interleave"}))


def unannounced_data_set() -> Oddity:
    """(0000,0800) says 0101H, none (PS3.7 Table E.1-1), and yet a data set follows."""
    talk, data = _talk(), small_image(1)
    talk.store_request(1, 1, CommandDataSetType=0x0101)
    talk.requestor.data(1, data)
    talk.store_response(1, 1)
    talk.release()
    return oddity(talk, *stored(1, data), findings={"no-dataset": "error", "cmd-dataset": "error"})


def unknown_pdu_type() -> Oddity:
    """Type 0AH is no PDU of PS3.8 9.3; it chains, so what follows it must be read. tshark is silent."""
    talk = _talk()
    talk.requestor.raw(pdu(0x0A, struct.pack(">4H", 1, 2, 3, 4)))
    talk.echo(3, 1)
    talk.release()
    return oddity(talk, *echoed(1), findings={"unknown-pdu": "error"})


FRAGMENTS = (
    next_header_at_the_end_of_a_segment,
    pdu_header_as_a_segment,
    fragmented_command,
    empty_last_fragment,
    odd_fragments,
    early_failure,
    failure_ends_the_data_set,
    early_success,
    data_pdu_over_the_maximum,
    data_pdu_of_the_maximum,
    own_maximum_is_no_limit,
    command_and_data_in_one_pdu,
    wrong_group_length,
    interleaved_messages,
    announced_data_set_missing,
    unannounced_data_set,
    unknown_pdu_type,
)
