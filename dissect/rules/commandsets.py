"""Rules about command sets on their own (PS3.7 6.3.1, 9.3, 10.3, Annexes C and E).

Command sets that differ in nothing but their message id are judged once; what is found keeps its position in
the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet, Place
from dissect.dicom.tables import COMMANDS, status_category
from dissect.findings import Finding, Severity
from dissect.pieces import Span
from dissect.rules.declaration import Rule, Subject
from dissect.rules.pace import paced

SUBJECT = Subject("command sets")
UID = re.compile(rb"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")
TITLE = re.compile(rb"[ -\[\]-~]*")

CMD_LEN = SUBJECT.rule(
    "cmd-len", "error", "PS3.7 E.1",
    "The Command Group Length (0000,0000) is wrong, missing, or not first.",
    "Write it first, as 4 bytes that count those after it in the command set.",
)  # fmt: skip
CMD_DAMAGED = SUBJECT.rule(
    "cmd-damaged", "error", "PS3.7 6.3.1",
    "A command set stops making sense before its end.",
    "Command sets are always in Implicit VR Little Endian, whatever was negotiated.",
)  # fmt: skip
CMD_UNKNOWN = SUBJECT.rule(
    "cmd-unknown", "error", "PS3.7 E.1",
    "The Command Field (0000,0100) names no message of the standard.",
    "Use the values of the command dictionary.",
)  # fmt: skip
CMD_MISSING = SUBJECT.rule(
    "cmd-missing", "error", "PS3.7 9.3",
    "An element that the message needs is not in its command set, or is empty.",
    "Send all elements that the table of the message lists as mandatory.",
)  # fmt: skip
CMD_EXTRA = SUBJECT.rule(
    "cmd-extra", "warning", "PS3.7 9.3",
    "A command set holds an element that is not in the table of its message.",
    "Leave it out: strict receivers refuse such messages.",
)  # fmt: skip
CMD_ORDER = SUBJECT.rule(
    "cmd-order", "error", "PS3.7 6.3.1",
    "The elements of a command set do not ascend, or one comes twice.",
    "Send each element once, in the order of its tags.",
)  # fmt: skip
CMD_VR = SUBJECT.rule(
    "cmd-vr", "error", "PS3.7 6.3.1",
    "An element of a command set has a length or characters that its value representation does not allow.",
    "Two bytes for US, 16 at most for AE, 64 digits and dots at most for UI, always an even number.",
)  # fmt: skip
CMD_DATASET = SUBJECT.rule(
    "cmd-dataset", "error", "PS3.7 9.3",
    "A message announces a data set that it cannot have, or none though it needs one.",
    "C-STORE, C-FIND, C-GET, C-MOVE and N-SET requests have a data set; C-ECHO, C-CANCEL, N-GET and N-DELETE"
    " requests have none, nor have C-STORE, C-ECHO and N-DELETE responses.",
)  # fmt: skip
CMD_VALUE = SUBJECT.rule(
    "cmd-value", "error", "PS3.7 E.1",
    "The Priority (0000,0700) is none of 0, 1 and 2.",
    "0 is medium, 1 high, 2 low.",
)  # fmt: skip
STATUS_RANGE = SUBJECT.rule(
    "status-range", "error", "PS3.7 C",
    "A status lies in no class that the standard has, and shall not be used.",
    "Use a code of the service's table: 0000, FFxx, FE00, Bxxx, Axxx, Cxxx, 01xx or 02xx.",
)  # fmt: skip

RESPONSE = 0x8000
COMMON_REQUEST, COMMON_RESPONSE = (0x0000, 0x0100, 0x0110, 0x0800), (0x0000, 0x0100, 0x0120, 0x0800, 0x0900)
MANDATORY = {  # requests, PS3.7 9.3 and 10.3; C-CANCEL-RQ names the request it is about instead of itself
    0x0001: (0x0002, 0x0700, 0x1000),
    0x0010: (0x0002, 0x0700),
    0x0020: (0x0002, 0x0700),
    0x0021: (0x0002, 0x0600, 0x0700),
    0x0030: (0x0002,),
    0x0100: (0x0002, 0x1000, 0x1002),
    0x0110: (0x0003, 0x1001),
    0x0120: (0x0003, 0x1001),
    0x0130: (0x0003, 0x1001, 0x1008),
    0x0140: (0x0002,),
    0x0150: (0x0003, 0x1001),
}
OPTIONAL = {0x0001: (0x1030, 0x1031), 0x0110: (0x1005,), 0x0140: (0x1000,)}
SUB_OPERATIONS = (0x1020, 0x1021, 0x1022, 0x1023)
RESPONSE_EXTRA = {
    0x0001: (0x0002, 0x1000), 0x0010: (0x0002, *SUB_OPERATIONS), 0x0020: (0x0002,),
    0x0021: (0x0002, *SUB_OPERATIONS), 0x0030: (0x0002,), 0x0100: (0x0002, 0x1000, 0x1002),
    0x0110: (0x0002, 0x1000), 0x0120: (0x0002, 0x1000), 0x0130: (0x0002, 0x1000, 0x1008),
    0x0140: (0x0002, 0x1000), 0x0150: (0x0002, 0x1000),
}  # fmt: skip
BY_STATUS = (0x0901, 0x0902, 0x0903, 0x0002, 0x1000, 0x1002, 0x1005, 0x1008)
"""What a response may add that tells of trouble (PS3.7 C.4, C.5)."""
C_CANCEL = 0x0FFF
WITH_DATA_SET = (0x0001, 0x0010, 0x0020, 0x0021, 0x0120)
WITHOUT_DATA_SET = (0x8001, 0x0030, 0x8030, 0x0110, 0x0150, 0x8150, C_CANCEL)
"""Messages whose tables in PS3.7 9.3 and 10.3 say what (0000,0800) has to be."""
LENGTH_TO_END = 0x0001
"""Retired, but may be sent (PS3.7 6.3.1)."""
SHORT = frozenset(
    (0x0100, 0x0110, 0x0120, 0x0700, 0x0800, 0x0900, 0x0903, 0x1002, 0x1008, *SUB_OPERATIONS, 0x1031)
)
UIDS, TITLES, TAGS = (0x0002, 0x0003, 0x1000, 0x1001), (0x0600, 0x1030), (0x0901, 0x1005)
NAMES = {
    0x0002: "Affected SOP Class UID", 0x0003: "Requested SOP Class UID", 0x0110: "Message ID",
    0x0120: "Message ID Being Responded To", 0x0600: "Move Destination", 0x0700: "Priority",
    0x0800: "Command Data Set Type", 0x0900: "Status", 0x1000: "Affected SOP Instance UID",
    0x1001: "Requested SOP Instance UID", 0x1002: "Event Type ID", 0x1008: "Action Type ID",
}  # fmt: skip
_KEPT = 4096


class Fault(NamedTuple):
    """A finding whose bytes are counted in the command set; all of it where `length` is 0."""

    rule: Rule
    text: str
    start: int = 0
    length: int = 0
    severity: Severity | None = None
    clause: str = ""


def _at(rule: Rule, text: str, place: Place, **more: str) -> Fault:
    return Fault(rule, text, place.start, 8 + place.length, None, more.get("clause", ""))


def _label(element: int) -> str:
    name = NAMES.get(element)
    return f"(0000,{element:04X})" + (f" {name}" if name else "")


def _group_length(command: CommandSet, name: str) -> Iterator[Fault]:
    first = command.places[0]
    if (first.group, first.element, first.length) != (0, 0, 4):
        yield Fault(CMD_LEN, f"The {name} does not begin with its group length (0000,0000).")
        return
    said, there = int.from_bytes(command.data[8:12], "little"), len(command.data) - 12
    if said != there:
        text = f"The command group length of the {name} says {said}; {there} bytes follow."
        yield _at(CMD_LEN, text, first)


def _elements(command: CommandSet, name: str) -> Iterator[Fault]:
    last = -1
    for place in command.places:
        tag = place.group << 16 | place.element
        if tag <= last and last >= 0:
            how = "twice" if tag == last else "too late"
            text = f"In the {name} ({place.group:04X},{place.element:04X}) comes {how}."
            yield _at(CMD_ORDER, text, place)
        last = max(tag, last)
        if not place.group:
            yield from _value(command, place, name)


def _value(command: CommandSet, place: Place, name: str) -> Iterator[Fault]:
    element, length = place.element, place.length
    wrong = ""
    if element in SHORT and length != 2:
        wrong = f"has {length} bytes; it is a US of 2"
    elif length & 1:
        wrong = f"has the odd length {length}"
    elif element in UIDS and length > 64:
        wrong = f"has {length} bytes; a UID has 64 at most"
    elif element in TITLES and length > 16:
        wrong = f"has {length} bytes; an AE title has 16 at most"
    elif element in TAGS and length % 4:
        wrong = f"has {length} bytes; tags take 4 each"
    elif element in UIDS:
        wrong = _uid_fault(command.data[place.start + 8 : place.start + 8 + length])
    elif element in TITLES and not TITLE.fullmatch(command.data, place.start + 8, place.start + 8 + length):
        wrong = "holds bytes that an AE title cannot have"
    if wrong:
        yield _at(CMD_VR, f"In the {name} {_label(element)} {wrong}.", place)
    elif element == 0x0700 and command.numbers.get(element, 0) > 2:
        yield _at(CMD_VALUE, f"The {name} has priority {command.numbers[element]}.", place)


def _uid_fault(value: bytes) -> str:
    if not UID.fullmatch(value.rstrip(b"\0 ")):
        return "is no UID" if value else ""
    return "is padded with a space; a UID is with NUL" if value.endswith(b" ") else ""


def _data_set_type(command: CommandSet, field: int, name: str, clause: str) -> Iterator[Fault]:
    place = command.place(0x0800)
    needs, never = field in WITH_DATA_SET, field in WITHOUT_DATA_SET
    if place is None or command.announces_data_set == needs or not (needs or never):
        return
    what = "no data set, though it needs one" if needs else "a data set, which it cannot have"
    yield _at(CMD_DATASET, f"The {name} announces {what}.", place, clause=clause)


def _contents(command: CommandSet, field: int, name: str) -> Iterator[Fault]:
    request = field & ~RESPONSE
    there = {place.element for place in command.places if not place.group}
    needed: tuple[int, ...]
    if field == C_CANCEL:
        needed, allowed = (0x0000, 0x0100, 0x0120, 0x0800), set[int]()
    elif field & RESPONSE:
        needed = COMMON_RESPONSE
        allowed = {*RESPONSE_EXTRA[request], *(BY_STATUS if command.status else BY_STATUS[:3])}
    else:
        needed = (*COMMON_REQUEST, *MANDATORY[request])
        allowed = set(OPTIONAL.get(request, ()))
    clause = f"PS3.7 {'10' if request >= 0x0100 and field != C_CANCEL else '9'}.3"
    yield from _data_set_type(command, field, name, clause)
    for element in needed:
        if element and element not in there:
            text = f"The {name} has no {_label(element)}."
            yield Fault(CMD_MISSING, text, clause=clause)
    for place in command.places:
        if place.group:
            text = f"The {name} holds ({place.group:04X},{place.element:04X}), which is no command element."
            yield _at(CMD_EXTRA, text, place, clause="PS3.7 6.3.1")
        elif place.element in needed and not place.length and place.element in (*UIDS, *TITLES):
            text = f"In the {name} {_label(place.element)} is empty."
            yield _at(CMD_MISSING, text, place, clause=clause)
        elif place.element not in needed and place.element not in allowed:
            retired = place.element == LENGTH_TO_END or (
                field & RESPONSE and place.element == 0x0110 and request < 0x0100
            )
            text = f"The {name} holds {_label(place.element)}, which its table does not have."
            severity: Severity | None = "info" if retired else None
            yield Fault(CMD_EXTRA, text, place.start, 8 + place.length, severity, clause)


def _judge(command: CommandSet) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    field = command.field
    name = COMMANDS.get(field, f"command {field:04X}H") if field is not None else "command"
    if command.damage is not None:
        text = f"The command set makes no sense from its byte {command.damage} on."
        faults.append(Fault(CMD_DAMAGED, text, command.damage, len(command.data) - command.damage))
    if command.places:
        faults += _group_length(command, name)
        if command.damage is None:
            faults += _elements(command, name)
            if field is None:
                faults.append(Fault(CMD_MISSING, "The command set has no (0000,0100) Command Field."))
            elif field not in COMMANDS:
                text = f"Command Field {field:04X}H is none of the standard's."
                place = command.place(0x0100)
                faults.append(_at(CMD_UNKNOWN, text, place) if place else Fault(CMD_UNKNOWN, text))
            else:
                faults += _contents(command, field, name)
    place = command.place(0x0900)
    if command.status is not None and place and status_category(command.status) == "Unknown":
        text = f"The {name} has status {command.status:04X}H, which no class of statuses holds."
        faults.append(_at(STATUS_RANGE, text, place))
    return tuple(faults)


_judged: dict[tuple[int, bytes], tuple[Fault, ...]] = {}


def _but_for_id(command: CommandSet) -> tuple[int, bytes]:
    """What a command set says but for its message id, on which no rule here depends."""
    place = command.place(0x0120 if command.is_response else 0x0110)
    if place is None or place.length != 2:
        return 0, command.data
    at = place.start + 8
    return at, command.data[:at] + command.data[at + 2 :]


def command_sets(association: Association) -> Iterator[Finding]:
    for message in paced(association.messages):
        command = message.command_set
        if command is None:
            continue
        key = _but_for_id(command)
        faults = _judged.get(key)
        if faults is None:
            if len(_judged) >= _KEPT:
                _judged.clear()
            faults = _judged[key] = _judge(command)
        if faults and not message.damage:
            pieces = message.command_bytes()
            for rule, text, start, length, severity, clause in faults:
                span = Span(pieces, start, length or len(command.data))
                yield rule.found(text, span, severity=severity, clause=clause)


RULES = (command_sets,)
