"""Cases of rules about time lost."""

from __future__ import annotations

from tests.craft import IMPLICIT, VERIFICATION, Segment, associate_ac, associate_rq, command_set, pdu, pdv
from tests.craft.paths import MS, Path
from tests.rules.case import Pair

ECHO_RQ = pdu(
    4,
    pdv(
        1,
        3,
        command_set(
            CommandField=0x0030, MessageID=1, AffectedSOPClassUID=VERIFICATION, CommandDataSetType=0x0101
        ),
    ),
)
ECHO_RSP = pdu(
    4,
    pdv(
        1,
        3,
        command_set(
            CommandField=0x8030,
            MessageIDBeingRespondedTo=1,
            AffectedSOPClassUID=VERIFICATION,
            CommandDataSetType=0x0101,
            Status=0,
        ),
    ),
)
RELEASE_RQ, RELEASE_RP = pdu(5, bytes(4)), pdu(6, bytes(4))


def associated(path: Path) -> Path:
    """A connection and an association for Verification."""
    path.connect()
    path.send("requestor", associate_rq("SCU", "SCP", [(1, VERIFICATION, [IMPLICIT])]))
    path.send("acceptor", associate_ac("SCU", "SCP", [(1, IMPLICIT)]), after=path.round_trip + MS)
    path.acknowledge("requestor")
    return path


def released(path: Path) -> list[Segment]:
    path.send("acceptor", ECHO_RSP, after=path.round_trip + MS)
    path.send("requestor", RELEASE_RQ, after=MS)
    path.send("acceptor", RELEASE_RP, after=path.round_trip + MS)
    return path.found


def headed(acknowledged: int, *, round_trip: int = 0, thinking: int = 0) -> list[Segment]:
    """A C-ECHO whose first 12 bytes go apart; the rest follows when they are acknowledged, or later."""
    path = associated(Path(round_trip))
    path.send("requestor", ECHO_RQ[:12])
    path.acknowledge("acceptor", after=acknowledged)
    path.send("requestor", ECHO_RQ[12:], after=thinking)
    return released(path)


def full(*, zero: bool = True) -> list[Segment]:
    """The acceptor can take nothing, or just a little, for 80 ms."""
    path = associated(Path())
    path.send("requestor", ECHO_RQ[:12])
    path.windows["acceptor"] = 0 if zero else 1
    path.acknowledge("acceptor", after=MS)
    path.windows["acceptor"] = 65535
    path.acknowledge("acceptor", after=80 * MS)
    path.send("requestor", ECHO_RQ[12:])
    return released(path)


CASES: dict[str, Pair] = {
    "delayed-ack": (lambda: headed(40 * MS), lambda: headed(40 * MS, round_trip=35 * MS)),
    "zero-window": (full, lambda: full(zero=False)),
}
