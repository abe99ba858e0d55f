"""What is wrong with the fields of a PDU, each with what was expected.

Every judgement is about the bytes of one PDU; what only the whole association shows is for `dissect.rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from scapy.fields import AnyField
from scapy.packet import Packet

from dissect.dicom.tables import uid_name, uid_type
from dissect.explain import shape
from dissect.layers import (
    A_ASSOCIATE_AC,
    Cut,
    Item,
    Layer,
    Pdu,
    PresentationContextItemRQ,
    PresentationDataValueItem,
    UnknownItem,
)
from dissect.layers.fields import AETitleField, CodeField, ReservedField, UidField
from dissect.layers.headers import ITEM_TYPES

UID = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+")
UID_LETTERS = (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b".")
LONGEST_UID = 64
FIXED = {
    0x51: 4,
    0x53: 4,
}
"""Item lengths that never differ."""
KINDS = {
    "abstract_syntax_name": ("SOP Class", "Meta SOP Class"),
    "transfer_syntax_name": ("Transfer Syntax",),
    "application_context_name": ("Application Context Name",),
}
"""What a registered UID has to be the UID of."""

Faults = dict[tuple[int, str], str]
"""By layer (its `id`) and field; the field "" is the layer as a whole."""


def faults(layer: Layer) -> Faults:
    """All that is wrong in a layer and those in it."""
    found: Faults = {}
    for each in _all(layer):
        for field in each.fields_desc:
            text = _field(each, field)
            if text:
                found[id(each), field.name] = text
        for name, text in shape.faults(each):
            found.setdefault((id(each), name), text)
    _blame_short_uids(layer, found)
    return found


def _blame_short_uids(root: Layer, found: Faults) -> None:
    """Where a UID goes on behind its item, that item's length is wrong; what follows from it is left out."""
    for parent in list(_all(root)):
        items = list(parent.nested())
        for index, (before, after) in enumerate(pairwise(items), 1):
            uid = next((field.name for field in before.fields_desc if isinstance(field, UidField)), "")
            if not (uid and isinstance(after, UnknownItem) and after.original[:1] in UID_LETTERS):
                continue
            start = before.spans[uid][0] if uid in before.spans else before.extent[1]
            size = len(root.original[start:]) - len(root.original[start:].lstrip(b"0123456789."))
            misread = {id(one) for later in items[index:] for one in _all(later)}
            for key in [key for key in found if key[0] in {*misread, id(before)} or key == (id(parent), "")]:
                del found[key]
            found[id(before), "item_length"] = f"expected {size:04X}: the UID goes on behind the item"
            found[id(after), ""] = "no item expected here: misread, because the length before is too small"
            break


def _all(layer: Layer) -> Iterator[Layer]:
    yield layer
    for one in layer.nested():
        yield from _all(one)


def _field(layer: Layer, field: AnyField) -> str:
    value = layer.getfieldval(field.name)
    if isinstance(value, Cut) or field.name in layer.cut:
        return _cut(layer, layer.cut.get(field.name, 0))
    if field.name not in layer.spans:
        return ""
    if field.name == "trailing":
        return "no bytes expected here: the length before is too big, or a field before is too short"
    if isinstance(field, ReservedField) or field.name.startswith("reserved"):
        return _reserved(layer, field, value)
    if isinstance(field, AETitleField):
        return "" if isinstance(layer, A_ASSOCIATE_AC) else _title(value)  # a copy there (PS3.8 Table 9-17)
    if isinstance(field, UidField):
        return _uid(layer, field.name, value)
    if field.name == "item_length":
        return _item_length(layer, value)
    if field.name == "item_type":
        return _item_type(layer, value)
    if field.name == "pdu_length":
        return _pdu_length(layer, value)
    if field.name == "protocol_version" and not value & 1:
        return "expected bit 0 set: 00 01 is the only version there is"
    if field.name == "presentation_context_id" and not value & 1:
        return f"expected an odd number, 1 to 255, found {value}"
    if isinstance(field, CodeField):
        return _code(layer, field, value)
    return ""


def _cut(layer: Layer, missing: int) -> str:
    """A field that is cut short; where the length around it is too big, that is told there."""
    around: Packet | None = layer
    while isinstance(around, Layer):
        if around.lacking:
            return ""
        around = around.parent
    bytes_ = "byte" if missing == 1 else "bytes"
    return f"{missing} more {bytes_} expected: the length before ends inside this field"


def _reserved(layer: Layer, field: AnyField, value: Any) -> str:
    if field.default == 1:  # the reserved bytes of worklist options are sent as 1
        return "" if value == 1 else "expected 01"
    if isinstance(layer, PresentationContextItemRQ) and field.name == "reserved3" and value == 0xFF:
        return "expected 0: DCMTK sends FF here; receivers do not look"
    wrong = any(value) if isinstance(value, bytes) else bool(value)
    if wrong and isinstance(layer, A_ASSOCIATE_AC) and isinstance(value, bytes):
        return "expected what the request has here, mostly 0: receivers do not look"
    return "expected 0: reserved, though receivers do not look" if wrong else ""


def _title(value: bytes) -> str:
    if not value.strip(b" "):
        return "expected at least one character that is not a space"
    if value.rstrip(b"\0") != value:
        return "expected spaces (20) to fill up to 16 characters, found 00"
    wrong = next((at for at, byte in enumerate(value) if not 32 <= byte < 127 or byte == 0x5C), None)
    if wrong is not None:
        return f"expected a printable character other than \\ as byte {wrong + 1}, found {value[wrong]:02X}"
    return ""


def _uid(layer: Layer, name: str, value: bytes) -> str:
    if name == "transfer_syntax_name" and getattr(layer.parent, "result", False):
        return ""  # of a context that was refused this says nothing (PS3.8 Table 9-18)
    if not value:
        return "expected a UID, found nothing"
    if value[-1:] in (b"\0", b" "):
        return f"expected no padding: the UID ends before the last byte, {value[-1]:02X}"
    text = value.decode("latin-1")
    wrong = next((at for at, char in enumerate(text) if char not in "0123456789."), None)
    if wrong is not None:
        hint = f"; the length would be {wrong}" if wrong > 8 else ""
        return f"expected digits and dots, found {value[wrong]:02X} as byte {wrong + 1}{hint}"
    if len(text) > LONGEST_UID:
        return f"expected at most {LONGEST_UID} characters, found {len(text)}"
    if not UID.fullmatch(text):
        return "expected numbers without leading zeros, with one dot between them"
    kind = uid_type(text)
    if kind and name in KINDS and kind not in KINDS[name]:
        return f"expected the UID of a {KINDS[name][0]}: {uid_name(text)} is a {kind}"
    if name == "application_context_name" and text != "1.2.840.10008.3.1.1.1":
        return "expected 1.2.840.10008.3.1.1.1, the only application context of DICOM"
    return ""


def _item_length(layer: Layer, value: int) -> str:
    if layer.lacking:
        size = value - layer.lacking
        return f"says {value} bytes, {size} are left: {size:04X} expected, if the length around it is right"
    if isinstance(layer, PresentationDataValueItem):
        if value < 2:
            return f"expected at least 2: a context ID and a message control header, found {value}"
        return f"expected an even number, found {value}" if value & 1 else ""
    expected = FIXED.get(layer.getfieldval("item_type"))
    if expected is not None and value != expected:
        return f"expected {expected:04X}: this item always has {expected} bytes"
    return ""


def _item_type(layer: Layer, value: int) -> str:
    if not isinstance(layer, UnknownItem):
        return ""
    expected = " or ".join(f"{each:02X}" for each in shape.allowed(layer.parent))
    known = ITEM_TYPES.get(value)
    if known:
        return f"expected {expected} here: {value:02X} is {known}, which has its place elsewhere"
    if 0x2E <= value <= 0x39:
        return f"expected {expected}, found '{chr(value)}', text: the length before it is too small"
    if value > 0x59:
        return "no item of this type is known; receivers skip it"
    return f"expected {expected}"


def _pdu_length(layer: Layer, value: int) -> str:
    if layer.lacking:
        size = value - layer.lacking
        return f"says {value:,} bytes follow, {size:,} are there: {size:08X} expected, or the rest is missing"
    if isinstance(layer, Pdu) and layer.getfieldval("pdu_type") in (3, 5, 6, 7) and value != 4:
        return "expected 00000004"
    return ""


def _code(layer: Layer, field: CodeField, value: int) -> str:
    names = field._names(layer)
    if not names or names.get(value, "reserved") != "reserved":
        return ""
    legal = layer.about(field.name).legal
    if isinstance(layer, Item) and field.name == "item_type":
        return ""
    return f"expected {legal}" if legal else f"expected one of {', '.join(str(each) for each in names)}"
