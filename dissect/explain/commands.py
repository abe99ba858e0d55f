"""What is wrong with the elements of a command set, each with what was expected (PS3.7 6.3.1, 9.3, 10.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dissect.dicom.tables import COMMANDS, status_category
from dissect.explain.faults import UID, Faults
from dissect.layers import CommandElement, CommandSet
from dissect.layers.commands import tag_text
from dissect.layers.dictionary import element, message_keywords, tag_of

SIZES = {"US": 2, "UL": 4, "AT": 4}
MANDATORY = frozenset(("CommandGroupLength", "CommandField", "CommandDataSetType"))
"""What every message has, beside an ID."""
OF_REQUESTS = frozenset(
    (
        "MessageID", "AffectedSOPClassUID", "RequestedSOPClassUID", "RequestedSOPInstanceUID", "EventTypeID",
        "ActionTypeID", "Priority", "MoveDestination",
    )
)  # fmt: skip
"""What every request has that may have it (PS3.7 9.3, 10.3)."""


def command_faults(command: CommandSet) -> Faults:
    """By element and field, as `faults` does it."""
    found: Faults = {}
    before = -1
    elements = [one for one in command.elements if isinstance(one, CommandElement)]
    for one in elements:
        for name, text in _element(one, before):
            found.setdefault((id(one), name), text)
        before = one.tag if one.tag is not None else before
    found |= _group_length(command, elements)
    missing = _missing(command)
    if missing:
        found[id(command), ""] = f"expected in it: {', '.join(_named(each) for each in missing)}"
    return found


def _element(one: CommandElement, before: int) -> Iterator[tuple[str, str]]:
    tag, length, value = one.tag, one.getfieldval("length"), one.getfieldval("value")
    if tag is None or not isinstance(length, int) or not isinstance(value, bytes):
        yield "", "more bytes expected: they end inside this element"
        return
    if one.lacking:
        letters = (length & 0xFFFF).to_bytes(2, "little")
        if re.fullmatch(rb"[A-Z]{2}", letters):
            text = f"'{letters.decode()}' is a VR: command sets are always in implicit VR, without VRs"
        elif int.from_bytes(length.to_bytes(4, "little"), "big") <= 64 + len(value):
            text = "expected little endian, least significant byte first: these bytes are the other way round"
        else:
            text = f"says {length:,} bytes, {length - one.lacking} are left"
        yield "length", text
    elif length % 2:
        yield "length", f"expected an even number, found {length}"
    if tag >> 16:
        yield "group", "expected 0000: all elements of a command set are in this group"
        return
    if tag <= before:
        yield "element", f"expected ascending tags, each once: {tag_text(before)} comes before this"
    known = element(tag)
    if known is None:
        yield "element", "expected an element of PS3.7 Annex E: there is none with this number"
        return
    size = SIZES.get(known.vr)
    if size and not one.lacking and (len(value) != size if known.vm == "1" else len(value) % size):
        yield "length", f"expected {size}: the value is {known.vr}"
    if known.vr == "UI" and value and not UID.fullmatch(value.decode("latin-1").removesuffix("\0")):
        text = "expected 00 as padding" if value.endswith(b" ") else "expected digits and dots"
        yield "value", f"{text}, found {value[-1:].hex().upper()} at its end" if value[-1:] == b" " else text
    if known.keyword == "CommandField" and one.value not in COMMANDS:
        yield "value", "expected one of the 23 command fields of PS3.7 Annex E"
    if known.keyword == "Status" and isinstance(one.value, int) and status_category(one.value) == "Unknown":
        yield "value", "expected a status of one of the classes in PS3.7 Annex C"


def _group_length(command: CommandSet, elements: list[CommandElement]) -> Faults:
    if not elements or elements[0].tag != 0:
        return {}
    first = elements[0]
    right = command.extent[1] - first.extent[1]
    if isinstance(first.value, int) and first.value != right:
        return {(id(first), "value"): f"expected {right}: so many bytes follow in the command set"}
    return {}


def _missing(command: CommandSet) -> list[str]:
    message = command.message
    present = {
        known.keyword for one in command.elements if one.tag is not None and (known := element(one.tag))
    }
    wanted = set(MANDATORY)
    if message:
        if message.endswith("-RSP"):
            wanted |= {"MessageIDBeingRespondedTo", "Status"}
        elif message == "C-CANCEL-RQ":
            wanted |= {"MessageIDBeingRespondedTo"}
        else:
            wanted |= OF_REQUESTS.intersection(message_keywords(message))
            if message in ("C-STORE-RQ", "N-EVENT-REPORT-RQ"):
                wanted |= {"AffectedSOPInstanceUID"}
    return sorted(wanted - present)


def _named(keyword: str) -> str:
    known = element(tag_of(keyword))
    return known.name if known else keyword
