"""The command set of a DIMSE message: elements of group 0000, implicit VR little endian (PS3.7 6.3.1).

Which fields a message has comes from pynetdicom's tables and what an element is from pydicom's dictionary;
both are imported when somebody asks, not with this module.
"""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

import struct
from typing import Any

from scapy.fields import LEIntField, LEShortField
from scapy.packet import Packet

from dissect.layers.base import Layer, LayerList, LengthAt, about
from dissect.layers.dictionary import element, message_keywords, message_types, status_category, tag_of
from dissect.layers.fields import BytesField, hex_text, plain, uid_name

NO_DATA_SET = 0x0101
"""The Command Data Set Type that says no data set follows; any other value says one does."""

PRIORITIES = {0: "medium", 1: "high", 2: "low"}

WITH_DATA_SET = ("C-STORE-RQ", "C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ", "N-SET-RQ")
"""The messages that never go without a data set (PS3.7 Tables 9.1 and 10.1)."""

_NUMBERS = {"US": "H", "UL": "I"}
"""The struct codes of the numeric VRs in group 0000."""


class TagHalfField(LEShortField):
    """One half of a tag; the second says which element it makes with the first."""

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        if not isinstance(x, int):
            return repr(x)
        known = element(pkt.tag) if isinstance(pkt, CommandElement) and pkt.tag is not None else None
        return f"0x{x:04X} ({known.name})" if known and self.name == "element" else f"0x{x:04X}"


class ValueField(BytesField):
    """The value of a command element, typed by the VR of its tag.

    Inside it is always the bytes. What `element.value` gives is a number for US and UL, text without its
    padding for UI and the character VRs, tags as numbers for AT, a list where there are several; and the
    bytes themselves where the tag is unknown or they do not fit its VR.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, None)  # type: ignore[arg-type] # Scapy's strings take None, which is "left out"

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        if pkt is None or x is None or isinstance(x, bytes):
            return x
        return encode(pkt.tag, x)

    def i2h(self, pkt: Packet | None, x: Any) -> Any:
        return decode(pkt.tag, x) if isinstance(pkt, CommandElement) and isinstance(x, bytes) else x

    def i2len(self, pkt: Packet | None, x: Any) -> int:
        return len(self.i2m(pkt, x))

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """Left out, the group length is filled in by the command set; anything else has no value."""
        if x is None and isinstance(pkt, CommandElement) and pkt.tag == 0:
            return bytes(4)
        return super().i2m(pkt, x)

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return value_text(pkt.tag, x) if isinstance(pkt, CommandElement) else repr(x)


class CommandElement(Layer):
    name = "Command Element"
    reference = "PS3.7 6.3.1"
    meaning = "One field of a message: a tag, a length and a value."
    length_at = LengthAt("length", offset=4, width=4, order="little")
    fields_desc = [
        about(
            TagHalfField("group", 0),
            "PS3.7 6.3.1",
            "First half of the tag.",
            legal="0000H",
            trouble="Another group in a command set mostly means explicit VR, big endian, or a lost byte.",
        ),
        about(TagHalfField("element", 0), "PS3.7 6.3.1", "Second half of the tag: which field this is."),
        about(
            LEIntField("length", None),
            "PS3.7 6.3.1",
            "Number of bytes of the value.",
            legal="an even number",
        ),
        about(ValueField("value"), "PS3.7 6.3.1", "The value, in the VR that the tag has."),
    ]

    @property
    def tag(self) -> int | None:
        """The tag as one number, None where it is cut off."""
        group, number = self.getfieldval("group"), self.getfieldval("element")
        if not isinstance(group, int) or not isinstance(number, int):
            return None
        return group << 16 | number

    def digest(self) -> str:
        return f"{self.text('element')} = {self.text('value')}"


class CommandSet(Layer):
    name = "Command Set"
    reference = "PS3.7 6.3.1"
    meaning = "Says what a message asks for or answers."
    fields_desc = [
        about(
            LayerList("elements", CommandElement.length_at, lambda _: CommandElement),
            "PS3.7 6.3.1",
            "The elements.",
            legal="ascending tags, each once, the group length first",
        ),
    ]

    @property
    def message(self) -> str | None:
        """What the message is called, such as C-ECHO-RQ; None where the command field is not known."""
        field = self.get("CommandField")
        return message_types().get(field) if isinstance(field, int) else None

    def get(self, keyword: str) -> Any:
        """The value of the first element with this keyword, None where there is none."""
        for item in self.elements:
            known = element(item.tag) if item.tag is not None else None
            if known and known.keyword == keyword:
                return item.value
        return None

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Put in a group length that was left out: the bytes after it up to the end of the set."""
        start = 0
        for item in self.elements:
            stop = start + len(item)
            if item.tag == 0 and item.getfieldval("value") is None:
                pkt = pkt[: stop - 4] + struct.pack("<I", len(pkt) - stop) + pkt[stop:]
            start = stop
        return pkt + pay

    def digest(self) -> str:
        return self.message or ""


def decode(tag: int | None, data: bytes) -> Any:
    """The value that `data` stands for in an element of this tag; the bytes where they do not fit it."""
    known = element(tag) if tag is not None else None
    if known is None:
        return data
    if known.vr in _NUMBERS:
        code = _NUMBERS[known.vr]
        count, left_over = divmod(len(data), struct.calcsize(code))
        if left_over or not count or (count > 1 and known.vm == "1"):
            return data
        numbers = list(struct.unpack(f"<{count}{code}", data))
        return numbers if known.vm != "1" else numbers[0]
    if known.vr == "AT":
        if len(data) % 4 or not data:
            return data
        return [group << 16 | number for group, number in struct.iter_unpack("<HH", data)]
    try:
        return data.decode("ascii").rstrip("\0" if known.vr == "UI" else " ")
    except UnicodeDecodeError:
        return data


def encode(tag: int | None, value: Any) -> bytes:
    """`value` as the bytes of an element of this tag, padded to an even length."""
    known = element(tag) if tag is not None else None
    if known is None:
        raise ValueError("the VR of the element is not known: give its value as bytes")
    values = value if isinstance(value, list | tuple) else [value]
    if known.vr in _NUMBERS:
        return struct.pack(f"<{len(values)}{_NUMBERS[known.vr]}", *values)
    if known.vr == "AT":
        return b"".join(struct.pack("<HH", number >> 16, number & 0xFFFF) for number in values)
    text = "\\".join(str(one) for one in values).encode("ascii")
    return text + (b"\0" if known.vr == "UI" else b" ") * (len(text) % 2)


def value_text(tag: int | None, data: Any) -> str:
    """The value of an element in words. Padding shows, and names stand behind numbers and UIDs."""
    if not isinstance(data, bytes):
        return repr(data)
    value = decode(tag, data)
    known = element(tag) if tag is not None else None
    if known is None or isinstance(value, bytes):
        return hex_text(data)
    if isinstance(value, str):
        name = uid_name(data) if known.vr == "UI" else ""
        return f"{plain(data)} ({name})" if name else plain(data)
    if isinstance(value, list):
        return ", ".join(tag_text(one) if known.vr == "AT" else str(one) for one in value)
    match known.keyword:
        case "CommandField":
            return f"0x{value:04X} ({message_types().get(value, 'no message has this')})"
        case "CommandDataSetType":
            return f"0x{value:04X} ({'no data set' if value == NO_DATA_SET else 'a data set follows'})"
        case "Status":
            return f"0x{value:04X} ({status_category(value)})"
        case "Priority" if value in PRIORITIES:
            return f"{value} ({PRIORITIES[value]})"
    return str(value)


def tag_text(tag: int) -> str:
    """A tag as the standard writes it."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def command(message: str, /, *, data_set: bool | None = None, **values: Any) -> CommandSet:
    """The command set of one of the 23 messages, with elements given by keyword.

    Group length, command field, data set type and, where the message has one, a medium priority are filled
    in; an element given as None is left out. `data_set` says whether a data set follows: only the messages
    that cannot be without one say so on their own. Any element of group 0000 can be given, for building
    messages that break the rules.

        >>> command("C-ECHO-RQ", MessageID=1, AffectedSOPClassUID="1.2.840.10008.1.1").message
        'C-ECHO-RQ'
    """
    keywords = message_keywords(message)
    if data_set is None:
        data_set = message in WITH_DATA_SET
    filled: dict[str, Any] = {
        "CommandField": next(field for field, name in message_types().items() if name == message),
        "CommandDataSetType": 0x0001 if data_set else NO_DATA_SET,
    }
    if "Priority" in keywords:
        filled["Priority"] = 0
    filled.update(values)
    elements = [
        CommandElement(element=tag_of(keyword), value=value)
        for keyword, value in filled.items()
        if value is not None
    ]
    if "CommandGroupLength" not in values:
        elements.append(CommandElement(element=0))
    return CommandSet(elements=sorted(elements, key=lambda one: one.element))
