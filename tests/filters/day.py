"""A day's traffic in one capture, of which the tests know what each exchange is.

1. CT1 to ARCHIVE: 1.1 C-ECHO, 1.2 to 1.4 C-STORE with 0000H, B000H, A700H, 1.5 C-STORE without a response
2. WORKSTATION to ARCHIVE: 2.1 C-FIND with three matches, 2.2 C-MOVE to WORKSTATION, with a C-CANCEL-RQ
3. CT2 to ARCHIVE, rejected
4. CT1 to ARCHIVE, aborted by the acceptor before any message
5. MR1 to PACS over IPv6, aborted by the requestor: 5.1 N-CREATE with nested sequences
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from dissect import filters
from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span
from tests.craft import (
    CT,
    EXPLICIT,
    FIND,
    IMPLICIT,
    JPEG,
    MOVE,
    MR,
    VERIFICATION,
    Segment,
    Talk,
    command_set,
    explicit,
    implicit,
    item,
    pdv,
    write,
)

MPPS = "1.2.840.10008.3.1.2.3.3"
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def image(patient: str, size: int) -> bytes:
    """A small CT image, explicit VR little endian."""
    return b"".join(
        (
            explicit(0x00080005, "CS", b"ISO_IR 100"),
            explicit(0x00080020, "DA", b"20260131"),
            explicit(0x00080060, "CS", b"CT"),
            explicit(0x00081111, "SQ", items(explicit(0x00081155, "UI", b"1.9.9\0")), length=0xFFFFFFFF),
            explicit(0x00090010, "LO", b"CRAFT "),
            explicit(0x00091001, "LO", b"secret"),
            explicit(0x00091002, "US", struct.pack("<H", 77)),
            explicit(0x00100010, "PN", f"M\xfcller^{patient} ".encode("latin-1")),
            explicit(0x00100020, "LO", patient.encode().ljust(4)),
            explicit(0x00180050, "DS", b"2.50"),
            explicit(0x00200013, "IS", b"12"),
            explicit(0x00280009, "AT", struct.pack("<HH", 0x0018, 0x1063)),
            explicit(0x00280010, "US", struct.pack("<H", 512)),
            explicit(0x00280106, "US", struct.pack("<H", 3)),
            explicit(0x7FE00010, "OW", bytes(size)),
        )
    )


def items(*contents: bytes) -> bytes:
    """The items of a sequence of undefined length, each of undefined length too."""
    inner = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + each + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        for each in contents
    )
    return inner + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def first() -> Talk:
    talk = Talk(calling="CT1", called="ARCHIVE", start=START)
    talk.associate(
        [(1, VERIFICATION, [IMPLICIT]), (3, CT, [JPEG, EXPLICIT]), (5, MR, [JPEG])],
        accept={1: IMPLICIT, 3: EXPLICIT, 5: 4},
        max_ac=0,
        extra_rq=item(0x58, bytes((2, 0)) + struct.pack(">H", 3) + b"bob" + struct.pack(">H", 4) + b"pass"),
    )
    talk.echo(1, 1)
    talk.store(3, 2, image("4711", 100))
    talk.store(3, 3, image("4712", 100), status=0xB000)
    talk.store_request(3, 4)
    talk.requestor.data(3, image("4713", 40_000), fragment=10_000)
    talk.wait(3)
    talk.store_response(3, 4, 0xA700, ErrorComment="disk full")
    talk.store_request(3, 5)
    talk.release()
    return talk


def second() -> Talk:
    talk = Talk(calling="WORKSTATION", called="ARCHIVE", start=START + 60 * SECOND, requestor_port=50001)
    talk.associate([(1, FIND, [IMPLICIT]), (3, MOVE, [IMPLICIT])], max_rq=32768)
    talk.requestor.command(
        1, CommandField=0x0020, MessageID=1, Priority=1, CommandDataSetType=1, AffectedSOPClassUID=FIND
    )
    talk.requestor.data(1, implicit(0x00080052, b"STUDY ") + implicit(0x00100010, b""))
    for number, status in enumerate((0xFF00, 0xFF01, 0xFF00, 0)):
        pending = status != 0
        talk.acceptor.command(
            1, CommandField=0x8020, MessageIDBeingRespondedTo=1, CommandDataSetType=1 if pending else 0x0101,
            Status=status, AffectedSOPClassUID=FIND,
        )  # fmt: skip
        if pending:
            talk.acceptor.data(1, implicit(0x00100020, b"47%02d" % number))
    talk.requestor.command(
        3, CommandField=0x0021, MessageID=2, Priority=0, CommandDataSetType=1, AffectedSOPClassUID=MOVE,
        MoveDestination="WORKSTATION",
    )  # fmt: skip
    talk.requestor.data(3, implicit(0x0020000D, b"1.5\0"))
    answer = {"CommandField": 0x8021, "MessageIDBeingRespondedTo": 2, "CommandDataSetType": 0x0101}
    counts = ("Remaining", "Completed", "Failed", "Warning")
    for status, numbers in ((0xFF00, (5, 1, 2, 0)), (0xFE00, (4, 1, 2, 1))):
        sums = {f"NumberOf{name}Suboperations": number for name, number in zip(counts, numbers, strict=True)}
        talk.acceptor.pdvs(pdv(3, 3, command_set(**answer, **sums, Status=status, AffectedSOPClassUID=MOVE)))
        if status == 0xFF00:
            talk.requestor.command(
                3, CommandField=0x0FFF, MessageIDBeingRespondedTo=2, CommandDataSetType=0x0101
            )
    talk.release()
    return talk


def third() -> Talk:
    talk = Talk(calling="CT2", called="ARCHIVE", start=START + 120 * SECOND, requestor_port=50002)
    talk.reject([(1, CT, [EXPLICIT])], 2, 1, 7)
    return talk


def fourth() -> Talk:
    talk = Talk(calling="CT1", called="ARCHIVE", start=START + 180 * SECOND, requestor_port=50003)
    talk.associate([(1, CT, [EXPLICIT])])
    talk.abort(by="acceptor", source=2, reason=2)
    return talk


def fifth() -> Talk:
    talk = Talk(
        calling="MR1", called="PACS", start=START + 240 * SECOND, port=104, addresses=("fe80::1", "fe80::2")
    )
    talk.associate([(1, MPPS, [EXPLICIT])])
    talk.requestor.command(
        1, CommandField=0x0140, MessageID=9, CommandDataSetType=1, AffectedSOPClassUID=MPPS,
        AffectedSOPInstanceUID="1.2.3.9",
    )  # fmt: skip
    series = explicit(0x00081140, "SQ", items(explicit(0x00081155, "UI", b"1.7.7\0")), length=0xFFFFFFFF)
    step = explicit(0x00400270, "SQ", items(explicit(0x00080050, "SH", b"ACC1"), series), length=0xFFFFFFFF)
    talk.requestor.pdvs(pdv(1, 0, step[:51]))  # odd: a finding
    talk.requestor.pdvs(pdv(1, 2, step[51:]))
    talk.abort(by="requestor", source=0)
    return talk


def segments() -> list[Segment]:
    talks = first(), second(), third(), fourth(), fifth()
    return [segment for talk in talks for segment in talk.segments()]


class Judge:
    """Findings that stay the same whatever rules there are: about two messages, and about two ends."""

    def judge(self, association: Association) -> list[Finding]:
        found = []
        for message in association.messages:
            if message.command == "N-CREATE-RQ":
                span = Span(message.data_bytes(), 60, 4)
                found.append(Finding("odd", "error", "A fragment is odd.", span, "PS3.8 9.3.5"))
            if message.damage:
                found.append(Finding("no-data-set", "warning", "The data set never came.", message.span))
        if association.rejection or association.abort:
            found.append(Finding("ended", "info", "It ended early.", None, "PS3.8 9.3.4"))
        return found

    def message_tree(self, message: Message, *, show_secrets: bool) -> Node:
        raise NotImplementedError

    def pdu_tree(self, span: Span, *, show_secrets: bool) -> Node:
        raise NotImplementedError


@cache
def day() -> Capture:
    """The capture, read."""
    with TemporaryDirectory() as folder:
        capture = Capture([write(Path(folder) / "day.pcap", segments())], readings=Judge())
        for _ in capture.read():
            pass
    return capture


EVERYTHING = "1.1 1.2 1.3 1.4 1.5 2.1 2.2 3 4 5.1"


def selected(text: str, capture: Capture | None = None) -> str:
    """What a filter selects: "1.2" is exchange 2 of association 1, "3" an association without any."""
    chosen = filters.compile(text)
    found = []
    for association in (capture or day()).associations:
        exchanges = chosen.select(association)
        assert exchanges == [each for each in association.exchanges if chosen.matches(each, association)]
        if association.exchanges:
            assert chosen.matches_association(association) == bool(exchanges)
        elif chosen.matches_association(association):
            found.append(str(association.index))
        numbers = {id(each): number for number, each in enumerate(association.exchanges, 1)}
        found += [f"{association.index}.{numbers[id(each)]}" for each in exchanges]
    return " ".join(found)
