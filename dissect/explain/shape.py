"""What a PDU or item has to hold, and in which order (PS3.8 9.3, PS3.7 Annex D)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scapy.packet import Packet

from dissect.layers import (
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RQ,
    P_DATA_TF,
    Layer,
    PresentationContextItemAC,
    PresentationContextItemRQ,
    PresentationDataValueItem,
    UserInformationItem,
)
from dissect.layers.headers import ITEM_TYPES

ALLOWED: dict[type[Layer], tuple[int, ...]] = {
    A_ASSOCIATE_RQ: (0x10, 0x20, 0x50),
    A_ASSOCIATE_AC: (0x10, 0x21, 0x50),
    PresentationContextItemRQ: (0x30, 0x40),
    PresentationContextItemAC: (0x40,),
    UserInformationItem: tuple(range(0x51, 0x5A)),
}
"""Item types by what they lie in."""
ONCE: dict[type[Layer], tuple[int, ...]] = {
    A_ASSOCIATE_RQ: (0x10, 0x50),
    A_ASSOCIATE_AC: (0x10, 0x50),
    PresentationContextItemRQ: (0x30,),
    PresentationContextItemAC: (0x40,),
    UserInformationItem: (0x51, 0x52),
}
"""Item types that have to be there, and only once."""
SOME: dict[type[Layer], int] = {A_ASSOCIATE_RQ: 0x20, A_ASSOCIATE_AC: 0x21, PresentationContextItemRQ: 0x40}
"""Item types of which there has to be at least one."""


def allowed(layer: Packet | None) -> tuple[int, ...]:
    return ALLOWED.get(type(layer), ()) if isinstance(layer, Layer) else ()


def faults(layer: Layer) -> Iterator[tuple[str, str]]:
    """Field and text; the field "" is the layer as a whole."""
    if isinstance(layer, P_DATA_TF):
        yield from _fragments(layer)
        return
    kind = type(layer)
    if kind not in ALLOWED or layer.lacking:
        return
    types = [item.getfieldval("item_type") for item in layer.nested()]
    counts = Counter(types)
    missing = [each for each in ONCE[kind] if not counts[each]]
    if kind is PresentationContextItemAC and layer.getfieldval("result"):
        missing = []  # a context that was refused needs no transfer syntax to be understood
    some = SOME.get(kind)
    if some and not counts[some]:
        missing.append(some)
    if missing:
        yield "", f"expected in it: {', '.join(_named(each) for each in missing)}"
        return
    twice = [each for each in ONCE[kind] if counts[each] > 1]
    if twice:
        yield "", f"expected once, found {counts[twice[0]]} times: {_named(twice[0])}"
        return
    numbers = [each for each in types if isinstance(each, int)]
    if kind is not UserInformationItem and numbers != sorted(numbers):
        yield "", f"expected items in the order {', '.join(f'{each:02X}' for each in ALLOWED[kind])}"
        return
    yield from _repeated_contexts(layer)


def _named(item_type: int) -> str:
    return f"{item_type:02X} ({ITEM_TYPES[item_type]})"


def _repeated_contexts(layer: Layer) -> Iterator[tuple[str, str]]:
    contexts = [
        item.getfieldval("presentation_context_id")
        for item in layer.nested()
        if isinstance(item, PresentationContextItemRQ | PresentationContextItemAC)
    ]
    repeated = [number for number, count in Counter(contexts).items() if count > 1]
    if repeated:
        yield "", f"expected each presentation context ID once, found {repeated[0]} several times"


def _fragments(layer: P_DATA_TF) -> Iterator[tuple[str, str]]:
    items = [item for item in layer.nested() if isinstance(item, PresentationDataValueItem)]
    if not items:
        yield "", "expected at least one presentation data value"
    if len({item.getfieldval("presentation_context_id") for item in items}) > 1:
        yield "", "expected one presentation context: all fragments of a PDU belong to one message"
