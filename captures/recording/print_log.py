"""Read the binary log of DCMTK's print server: every message it received and sent.

dcmprscp writes one DICOM file an association. (0009,1200) holds three items a
message: direction and time, the command set, the data set. The items are explicit
VR little endian, as was the association, and so give the data sets' bytes.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset

from .truth import Message

MESSAGES = 0x0009_1200
DIRECTION = 0x0009_1001
_COMMANDS = {
    0x0100: "N-EVENT-REPORT",
    0x0110: "N-GET",
    0x0120: "N-SET",
    0x0130: "N-ACTION",
    0x0140: "N-CREATE",
    0x0150: "N-DELETE",
}
NO_DATA_SET = 0x0101


def messages(path: Path) -> list[Message]:
    """The association's messages, in the order in which the SCP handled them."""
    items = list(dcmread(path)[MESSAGES].value)
    return [_message(*items[start : start + 3]) for start in range(0, len(items) - 2, 3)]


def _message(heading: Dataset, command: Dataset, body: Dataset) -> Message:
    code = command.CommandField
    received = heading[DIRECTION].value == "RECEIVE"
    made = Message(
        "requestor" if received else "acceptor",
        _COMMANDS[code & 0x7FFF] + ("-RSP" if code & 0x8000 else "-RQ"),
        message_id=command.get("MessageID"),
        responding_to=command.get("MessageIDBeingRespondedTo"),
        status=command.get("Status"),
    )
    uid = command.get("AffectedSOPInstanceUID") or command.get("RequestedSOPInstanceUID")
    made.sop_instance_uid = str(uid) if uid else None
    if command.CommandDataSetType != NO_DATA_SET:
        made.hold(_encoded(body))
    return made


def _encoded(body: Dataset) -> bytes:
    buffer = BytesIO()
    target = DicomIO(buffer)
    target.is_little_endian, target.is_implicit_VR = True, False
    write_dataset(target, body)
    return buffer.getvalue()
