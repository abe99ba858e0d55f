"""Recordings made by hand, each with choices in which a live peer may differ."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.dicom.associations import Association
from tests.craft import CT, EXPLICIT, FIND, GET, IMPLICIT, Talk, command_set, explicit, implicit, pdv

SESSION, BOX = "1.2.840.10008.5.1.1.1", "1.2.840.10008.5.1.1.4"
PRINTING = "1.2.840.10008.5.1.1.9"
N_SET, N_CREATE, N_DELETE, RESPONSE = 0x0120, 0x0140, 0x0150, 0x8000
C_FIND, C_CANCEL = 0x0020, 0x0FFF
NONE, SOME = 0x0101, 1


def recorded(talk: Talk, path: Path) -> Association:
    """The one association of a talk."""
    (association,) = dissect.open(talk.write(path)).associations
    return association


def reference(tag: int, uid: str) -> bytes:
    """A sequence of one item that names a SOP instance, its lengths explicit."""
    inside = explicit(0x00081150, "UI", padded(BOX)) + explicit(0x00081155, "UI", padded(uid))
    return explicit(tag, "SQ", b"\xfe\xff\x00\xe0" + len(inside).to_bytes(4, "little") + inside)


def padded(uid: str) -> bytes:
    return uid.encode() + b"\0" * (len(uid) % 2)


def printing(session: str, box: str, *, limit: int = 16384) -> Talk:
    """A session is created without UID; its answer names a box, which is then set to a picture."""
    talk = Talk()
    talk.associate([(1, PRINTING, [EXPLICIT])], max_ac=limit)
    ask, answer = talk.requestor.command, talk.acceptor.command
    ask(1, CommandField=N_CREATE, MessageID=1, AffectedSOPClassUID=SESSION, CommandDataSetType=SOME)
    talk.requestor.data(1, explicit(0x20000010, "IS", b"1 "))
    answer(
        1, CommandField=N_CREATE | RESPONSE, MessageIDBeingRespondedTo=1, AffectedSOPClassUID=SESSION,
        CommandDataSetType=SOME, Status=0, AffectedSOPInstanceUID=session,
    )  # fmt: skip
    talk.acceptor.data(1, reference(0x20100510, box))
    ask(
        1, CommandField=N_SET, MessageID=2, RequestedSOPClassUID=BOX, RequestedSOPInstanceUID=box,
        CommandDataSetType=SOME,
    )  # fmt: skip
    pixels = explicit(0x7FE00010, "OW", bytes(range(256)) * 4)
    talk.requestor.data(1, reference(0x20100500, session) + pixels)
    answer(1, CommandField=N_SET | RESPONSE, MessageIDBeingRespondedTo=2, CommandDataSetType=NONE, Status=0)
    ask(
        1, CommandField=N_DELETE, MessageID=3, RequestedSOPClassUID=SESSION, RequestedSOPInstanceUID=session,
        CommandDataSetType=NONE,
    )  # fmt: skip
    answer(
        1, CommandField=N_DELETE | RESPONSE, MessageIDBeingRespondedTo=3, CommandDataSetType=NONE, Status=0
    )
    talk.release()
    return talk


IMAGE = [
    (0x00080018, "UI", b"1.2.3.1\0"), (0x00100010, "PN", b"Doe^John"), (0x00280010, "US", b"\x01\0"),
    (0x7FE00010, "OW", bytes(range(200))),
]  # fmt: skip


def image(syntax: str) -> bytes:
    """A data set of a few elements, implicit or explicit VR little endian."""
    if syntax == IMPLICIT:
        return b"".join(implicit(tag, value) for tag, _, value in IMAGE)
    return b"".join(explicit(tag, vr, value) for tag, vr, value in IMAGE)


def storing(syntax: str, *, offered: tuple[str, ...] = (), limit: int = 16384, status: int = 0) -> Talk:
    """One image in the transfer syntax that is accepted."""
    talk = Talk()
    talk.associate([(1, CT, offered or (EXPLICIT, IMPLICIT))], accept={1: syntax}, max_ac=limit)
    talk.store(1, 1, image(syntax), status=status)
    talk.release()
    return talk


def refusing(result: int = 3) -> Talk:
    """An acceptor that takes a second context and not that of the image."""
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT, IMPLICIT)), (3, FIND, (EXPLICIT,))], accept={1: result, 3: EXPLICIT})
    talk.release()
    return talk


def finding(pendings: int, *, cancel_after: int | None = None) -> Talk:
    """A query with so many matches, cancelled after some of them."""
    talk = Talk()
    talk.associate([(1, FIND, (EXPLICIT,))])
    talk.requestor.command(
        1, CommandField=C_FIND, MessageID=7, AffectedSOPClassUID=FIND, Priority=0, CommandDataSetType=SOME
    )
    talk.requestor.data(1, explicit(0x00100020, "LO", b"4711"))
    for number in range(pendings):
        if number == cancel_after:
            talk.requestor.command(
                1, CommandField=C_CANCEL, MessageIDBeingRespondedTo=7, CommandDataSetType=NONE
            )
        talk.acceptor.command(
            1, CommandField=C_FIND | RESPONSE, MessageIDBeingRespondedTo=7, AffectedSOPClassUID=FIND,
            CommandDataSetType=SOME, Status=0xFF00,
        )  # fmt: skip
        talk.acceptor.data(1, explicit(0x00100020, "LO", f"{number:04}".encode()))
    talk.acceptor.command(
        1, CommandField=C_FIND | RESPONSE, MessageIDBeingRespondedTo=7, AffectedSOPClassUID=FIND,
        CommandDataSetType=NONE, Status=0xFE00 if cancel_after is not None else 0,
    )  # fmt: skip
    talk.release()
    return talk


def getting(images: int) -> Talk:
    """A C-GET that sends so many images back, answered with a warning each."""
    talk = Talk()
    talk.associate([(1, GET, (EXPLICIT,)), (3, CT, (EXPLICIT,))])
    talk.requestor.command(
        1, CommandField=0x0010, MessageID=1, AffectedSOPClassUID=GET, Priority=0, CommandDataSetType=SOME
    )
    talk.requestor.data(1, explicit(0x00100020, "LO", b"4711"))
    for number in range(images):
        request = command_set(
            CommandField=0x0001, MessageID=number + 1, AffectedSOPClassUID=CT, Priority=0,
            AffectedSOPInstanceUID=f"1.2.3.{number}", CommandDataSetType=SOME,
        )  # fmt: skip
        talk.acceptor.pdvs(pdv(3, 3, request))
        talk.acceptor.data(3, image(EXPLICIT))
        talk.requestor.command(
            3, CommandField=0x8001, MessageIDBeingRespondedTo=number + 1, AffectedSOPClassUID=CT,
            AffectedSOPInstanceUID=f"1.2.3.{number}", CommandDataSetType=NONE, Status=0xB000,
        )  # fmt: skip
    talk.acceptor.command(
        1, CommandField=0x8010, MessageIDBeingRespondedTo=1, AffectedSOPClassUID=GET, CommandDataSetType=NONE,
        Status=0, NumberOfCompletedSuboperations=images,
    )  # fmt: skip
    talk.release()
    return talk
