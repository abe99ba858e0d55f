"""Command sets with other message ids and UIDs than those recorded (PS3.7 6.3.1)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from dissect.dicom.commands import (
    AFFECTED_SOP_CLASS,
    AFFECTED_SOP_INSTANCE,
    COMMAND_FIELD,
    DATA_SET_TYPE,
    MESSAGE_ID,
    MOVE_DESTINATION,
    NO_DATA_SET,
    REQUESTED_SOP_CLASS,
    REQUESTED_SOP_INSTANCE,
    RESPONDED_ID,
    RESPONSE,
    STATUS,
    CommandSet,
)

UIDS = (AFFECTED_SOP_CLASS, REQUESTED_SOP_CLASS, AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE)
ERROR_COMMENT = 0x0902
_ELEMENT = struct.Struct("<HHI")

C_ECHO_RQ = 0x0030
PROCESSING_FAILURE, UNABLE_TO_PROCESS = 0x0110, 0xC000
"""The answer to a request that nothing recorded answers, in DIMSE-N (PS3.7 C.5.21) and in DIMSE-C."""


def rewritten(
    command: CommandSet, numbers: Mapping[int, int], uids: Mapping[str, str], move_destination: str | None
) -> bytes:
    """The bytes of a command set with other values of US, UI and AE elements; all else as it was sent."""
    changed: dict[int, bytes] = {}
    for element, number in numbers.items():
        if command.numbers.get(element, number) != number:
            changed[element] = struct.pack("<H", number)
    for element in UIDS:
        uid = uids.get(command.uid(element) or "")
        if uid is not None:
            changed[element] = _padded(uid)
    if move_destination is not None and command.place(MOVE_DESTINATION):
        title = move_destination.encode("ascii")
        changed[MOVE_DESTINATION] = title + b" " * (len(title) % 2)
    if not changed:
        return command.data
    length = 0
    out: list[bytes] = []
    for place in command.places:
        value = command.data[place.start + 8 : place.start + 8 + place.length]
        if not place.group:
            value = changed.get(place.element, value)
        out.append(_ELEMENT.pack(place.group, place.element, len(value)) + value)
        if not place.group and place.element:
            length += len(out[-1])
    if command.places and not command.places[0].element and command.places[0].length == 4:
        out[0] = _ELEMENT.pack(0, 0, 4) + struct.pack("<I", length)
    end = len(command.data) if command.damage is None else command.damage
    return b"".join([*out, command.data[end:] if command.damage is not None else b""])


def refusal(request: CommandSet) -> bytes:
    """A response to a request that nothing recorded answers: C-ECHO succeeds, all else fails."""
    field = request.field or 0
    status = 0 if field == C_ECHO_RQ else PROCESSING_FAILURE if field & 0x0100 else UNABLE_TO_PROCESS
    rows = {
        AFFECTED_SOP_CLASS: _padded(request.sop_class or ""),
        COMMAND_FIELD: struct.pack("<H", field | RESPONSE),
        RESPONDED_ID: struct.pack("<H", request.message_id or 0),
        DATA_SET_TYPE: struct.pack("<H", NO_DATA_SET),
        STATUS: struct.pack("<H", status),
    }
    if status:
        rows[ERROR_COMMENT] = b"Not in the recording"
    body = b"".join(
        _ELEMENT.pack(0, element, len(value)) + value for element, value in sorted(rows.items()) if value
    )
    return _ELEMENT.pack(0, 0, 4) + struct.pack("<I", len(body)) + body


def answering(command: CommandSet, request: CommandSet) -> dict[int, int]:
    """The numbers of a recorded response that the live request gives it."""
    live = request.message_id or 0
    # C-RSP may still carry a Message ID, which PS3.7 retired: it repeats the one responded to
    return {RESPONDED_ID: live, MESSAGE_ID: live} if MESSAGE_ID in command.numbers else {RESPONDED_ID: live}


def _padded(uid: str) -> bytes:
    value = uid.encode("latin-1")
    return value + b"\0" * (len(value) % 2)
