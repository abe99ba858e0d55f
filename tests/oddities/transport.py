"""Oddities 8, 11 and 12 of TCP: what was captured is not what was sent, or not in that order."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.craft import CT, IMPLICIT, VERIFICATION, Segment, Talk
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

SIZE = 6000


def _stores(count: int, **options: int) -> Talk:
    talk = new_talk(**options)
    talk.associate([(1, CT, [IMPLICIT])])
    for number in range(1, count + 1):
        talk.store(1, number, large_image(number, SIZE), fragment=2000)
    talk.release()
    return talk


def _all_stored(count: int) -> tuple[Said, ...]:
    return tuple(said for number in range(1, count + 1) for said in stored(number, large_image(number, SIZE)))


def out_of_order() -> Oddity:
    """40 C-STOREs; a data segment in fifty comes two places late, as after a loss. tshark misses some."""
    talk = _stores(40)
    segments = talk.segments(mss=500)
    chance = random.Random(38)
    places = range(4, len(segments) - 2)
    for place in chance.sample(places, len(places) // 50):
        around = segments[place : place + 3]
        if len({segment.sender for segment in around}) == 1 and all(segment.payload for segment in around):
            segments[place : place + 3] = [around[1], around[2], around[0]]
    return oddity(talk, *_all_stored(40), segments=segments)


def retransmitted() -> Oddity:
    """Bytes come again: in part, with other content, and together with the first ones of the next segment.

    What came first counts, as it did for the receiver.
    """
    talk = _stores(3)
    segments: list[Segment] = []
    for index, segment in enumerate(talk.segments(mss=700)):
        before = segments[-1] if segments else segment
        if len(before.payload) == len(segment.payload) == 700 and before.sender == segment.sender:
            payload = before.payload[400:] + segment.payload[:200]
            segments.append(replace(before.cut(400)[1], payload=payload))
        segments.append(segment)
        if len(segment.payload) == 700 and index % 3 == 0:
            segments.append(replace(segment, payload=bytes(700)).cut(300)[index % 2])
    return oddity(talk, *_all_stored(3), segments=segments)


def sequence_numbers_wrap() -> Oddity:
    """Both directions pass 2^32 amid a message."""
    talk = _stores(3)
    talk.sequences = {"requestor": 2**32 - 9000, "acceptor": 2**32 - 300}
    return oddity(talk, *_all_stored(3))


def segment_never_captured() -> Oddity:
    """A segment of the second data set is missing, though acknowledged.

    tshark loses all that follows once it is told to put segments into order (`reassemble_out_of_order`).
    """
    talk = _stores(3)
    segments = talk.segments()
    command = next(index for index, segment in enumerate(segments) if b"1.2.3.2\0" in segment.payload)
    lost = next(index for index in range(command + 1, len(segments)) if len(segments[index].payload) > 500)
    del segments[lost]
    messages = list(_all_stored(3))
    messages[2] = replace(messages[2], data=None, whole=False)
    return oddity(talk, *messages, segments=segments)


def capture_starts_amid_a_pdu() -> Oddity:
    """The capture starts within the first data set, off port 104. tshark never finds a PDU."""
    talk = _stores(3)
    segments = talk.segments(mss=500)
    start = next(index for index, segment in enumerate(segments) if len(segment.payload) == 500) + 2
    messages = tuple(replace(said, syntax=None) for said in _all_stored(3)[1:])
    heard = Heard(messages, calling=None, called=None)
    return Oddity(talk, (heard,), segments=segments[start:], loose=True)


def capture_starts_amid_an_association() -> Oddity:
    """The capture starts with a command, off port 104. tshark recognises nothing."""
    talk, data = new_talk(handshake=False), small_image(1)
    talk.store(1, 1, data)
    talk.release()
    heard = Heard(stored(1, data, syntax=None), calling=None, called=None)
    return Oddity(talk, (heard,))


def port_of_another_protocol() -> Oddity:
    """The requestor's ephemeral port is one that tshark has given to another dissector (34980, EtherCAT)."""
    talk = new_talk(requestor_port=34980)
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release()
    return oddity(talk, *echoed(1))


TRANSPORT = (
    out_of_order,
    retransmitted,
    sequence_numbers_wrap,
    segment_never_captured,
    capture_starts_amid_a_pdu,
    capture_starts_amid_an_association,
    port_of_another_protocol,
)
