"""Conversations written by hand, as captures for tests.

A test reads like the transcript of what was said on the wire:

    talk = Talk(calling="SCU", called="SCP")
    talk.associate([(1, CT, [IMPLICIT, EXPLICIT])], accept={1: IMPLICIT})
    talk.requestor.command(1, CommandField=0x0001, MessageID=1, CommandDataSetType=1)
    talk.requestor.data(1, b"...", fragment=1000)
    talk.acceptor.command(1, CommandField=0x8001, MessageIDBeingRespondedTo=1, Status=0)
    talk.release()
    talk.write(tmp_path / "talk.pcap")

Rule: nothing below this package imports `dissect`. The bytes come from `struct` alone, so what was written
here can be held against what `dissect` reads.
"""

from tests.craft.dicom import (
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    FIND,
    GET,
    IMPLICIT,
    JPEG,
    MOVE,
    MR,
    PRIVATE_SYNTAX,
    VERIFICATION,
    WORKLIST,
    abort,
    associate_ac,
    associate_rj,
    associate_rq,
    command_set,
    element,
    explicit,
    implicit,
    item,
    p_data,
    pdu,
    pdv,
)
from tests.craft.network import ethernet, ip, ipv4, ipv6, pcap, tcp
from tests.craft.segments import Segment, Side, write
from tests.craft.talk import Speaker, Talk

__all__ = [
    "BIG_ENDIAN",
    "CT",
    "DEFLATED",
    "EXPLICIT",
    "FIND",
    "GET",
    "IMPLICIT",
    "JPEG",
    "MOVE",
    "MR",
    "PRIVATE_SYNTAX",
    "VERIFICATION",
    "WORKLIST",
    "Segment",
    "Side",
    "Speaker",
    "Talk",
    "abort",
    "associate_ac",
    "associate_rj",
    "associate_rq",
    "command_set",
    "element",
    "ethernet",
    "explicit",
    "implicit",
    "ip",
    "ipv4",
    "ipv6",
    "item",
    "p_data",
    "pcap",
    "pdu",
    "pdv",
    "tcp",
    "write",
]
