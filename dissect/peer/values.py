"""Values that people write for fields of layers and elements of command sets."""

from __future__ import annotations

import re
from typing import Any

from scapy.fields import BitField, StrField

from dissect.dicom.tables import COMMANDS
from dissect.layers.base import Layer
from dissect.layers.commands import PRIORITIES
from dissect.layers.dictionary import element
from dissect.layers.fields import BytesField, CodeField, ReservedField

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?")
BITS = {"US": 16, "UL": 32}
NAMED = {
    "CommandField": {name: number for number, name in COMMANDS.items()},
    "Priority": {name: number for number, name in PRIORITIES.items()},
}


class SettingError(ValueError):
    """A setting that cannot be used; the text is one line, and says what can."""


def field_value(field: Any, name: str, text: str, layer: Layer) -> Any:
    """`text` as a value of a field: numbers decimal or with 0x, bytes hexadecimal. Raises SettingError."""
    if isinstance(field, BytesField | ReservedField):
        data = _bytes(name, text)
        if isinstance(field, ReservedField) and len(data) != field.sz:
            raise SettingError(f"{name} has {field.sz} bytes, and {text!r} has {len(data)}")
        return data
    if isinstance(field, StrField):
        try:
            return field.any2i(layer, text.encode())
        except ValueError as error:
            raise SettingError(str(error)) from None
    if isinstance(field, CodeField) and not text[:1].isdigit():
        try:
            return field.any2i(layer, text)
        except ValueError:
            pass
    bits = field.size if isinstance(field, BitField) else int(field.sz * 8)
    return _number(name, text, bits)


def element_value(tag: int, text: str) -> Any:
    """`text` as the value of an element of a command set, several apart by commas. Raises SettingError."""
    known = element(tag)
    if known is None:
        return _bytes(f"{tag:04X}", text)
    name = known.keyword
    if known.vr in BITS:
        named = NAMED.get(name, {})
        return [
            named[part] if part in named else _number(name, part, BITS[known.vr]) for part in text.split(",")
        ]
    if known.vr == "AT":
        tags = [_TAG.fullmatch(part.strip()) for part in re.split(r"(?<=[\dA-Fa-f]{4}\)),|\\", text)]
        if not all(tags):
            raise SettingError(f"{name} holds tags such as (0010,0010), and {text!r} is none")
        return [int(found[1] + found[2], 16) for found in tags if found]
    if not text.isascii():
        raise SettingError(f"{name} holds ASCII text only, and {text!r} is more")
    return text


def _bytes(name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SettingError(f"{name} holds bytes: expected them in hexadecimal, found {text!r}") from None


def _number(name: str, text: str, bits: int) -> int:
    digits = text.strip()
    try:
        number = int(digits, 16 if digits[:2].lower() == "0x" else 10)
    except ValueError:
        raise SettingError(f"{name} is a number, decimal or with 0x, and {text!r} is none") from None
    if not 0 <= number < 1 << bits:
        raise SettingError(f"{name} is from 0 to {(1 << bits) - 1:,}, and {text!r} is not")
    return number
