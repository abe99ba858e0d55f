"""A command set as keywords and values."""

from __future__ import annotations

import struct

from dissect.dicom import tables
from dissect.dicom.commands import CommandSet

Value = int | str | list[int] | list[str] | None


def command_values(command: CommandSet) -> dict[str, Value]:
    """{Keyword: value} in the order sent, an unknown element under its tag ("00001234").

    AT is always a list, because both elements that have it may hold several; a number is a list only where
    there are several. A value of the wrong length is null. An element that comes twice counts once.
    """
    found: dict[str, Value] = {}
    for group, element, start, length in command.places:
        tag = group << 16 | element
        name = tables.keyword(tag) or f"{tag:08X}"
        data = command.data[start + 8 : start + 8 + length]
        found.setdefault(name, _value(tables.dictionary_vr(tag), data))
    return found


def _value(vr: str | None, data: bytes) -> Value:
    if vr in ("US", "UL"):
        return _numbers("H" if vr == "US" else "I", data)
    if vr == "AT":
        if len(data) % 4:
            return None
        pairs = struct.iter_unpack("<HH", data)
        return [f"{group:04X}{element:04X}" for group, element in pairs]
    text = data.decode("latin-1").rstrip("\0 ")
    return text if vr == "UI" else text.lstrip(" ")


def _numbers(kind: str, data: bytes) -> int | list[int] | None:
    size = struct.calcsize("<" + kind)
    if not data or len(data) % size:
        return None
    values = [value for (value,) in struct.iter_unpack("<" + kind, data)]
    return values[0] if len(values) == 1 else values
