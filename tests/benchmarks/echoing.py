"""A capture of a million exchanges: C-ECHO after C-ECHO on a few associations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.benchmarks.rows import Matrix, Wire, put
from tests.craft import IMPLICIT, VERIFICATION, dicom

AT_ONCE = 50_000
"""Exchanges that are written in one step."""
MESSAGE_IDS = 65_536


def echoing(path: Path, *, associations: int, exchanges: int) -> None:
    """Associations one after the other, each with so many C-ECHOs; message IDs wrap round."""
    request = dicom.command_set(
        AffectedSOPClassUID=VERIFICATION, CommandField=0x0030, MessageID=0, CommandDataSetType=0x0101
    )
    response = dicom.command_set(
        AffectedSOPClassUID=VERIFICATION, CommandField=0x8030, MessageIDBeingRespondedTo=0,
        CommandDataSetType=0x0101, Status=0,
    )  # fmt: skip
    asked, answered = (dicom.p_data(dicom.pdv(1, 3, command)) for command in (request, response))
    # the value behind tag and length of (0000,0110) and of (0000,0120)
    asks, answers = asked.index(b"\0\0\x10\1") + 8, answered.index(b"\0\0\x20\1") + 8
    with path.open("wb") as out:
        wire = Wire(out, mss=1448, gap=100_000)
        for _ in range(associations):
            wire.open()
            wire.send("requestor", dicom.associate_rq("MONITOR", "ARCHIVE", [(1, VERIFICATION, [IMPLICIT])]))
            wire.send("acceptor", dicom.associate_ac("MONITOR", "ARCHIVE", [(1, IMPLICIT)]))
            for first in range(0, exchanges, AT_ONCE):
                count = min(AT_ONCE, exchanges - first)
                numbers = np.arange(first + 1, first + 1 + count, dtype=np.int64) % MESSAGE_IDS

                def fill(rows: Matrix, columns: list[int], numbers: np.ndarray = numbers) -> None:
                    put(rows, columns[0] + asks, numbers, "<u2")
                    put(rows, columns[1] + answers, numbers, "<u2")

                wire.repeat([("requestor", asked), ("acceptor", answered)], count, fill)
            wire.send("requestor", dicom.pdu(0x05))
            wire.send("acceptor", dicom.pdu(0x06))
            wire.close()
