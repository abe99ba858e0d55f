"""What PDUs and items begin with, and what holds for those of unknown types (PS3.8 9.3.1)."""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from scapy.fields import ByteField, Field, IntField, ShortField

from dissect.layers.base import Layer, LengthAt, about
from dissect.layers.fields import BytesField, CodeField

PDU_TYPES = {
    0x01: "A-ASSOCIATE-RQ",
    0x02: "A-ASSOCIATE-AC",
    0x03: "A-ASSOCIATE-RJ",
    0x04: "P-DATA-TF",
    0x05: "A-RELEASE-RQ",
    0x06: "A-RELEASE-RP",
    0x07: "A-ABORT",
}

PDU_LENGTH = LengthAt("pdu_length", offset=2, width=4)


ITEM_TYPES = {
    0x10: "application context",
    0x20: "presentation context, proposed",
    0x21: "presentation context, answered",
    0x30: "abstract syntax",
    0x40: "transfer syntax",
    0x50: "user information",
    0x51: "maximum length",
    0x52: "implementation class UID",
    0x53: "asynchronous operations window",
    0x54: "SCP/SCU role selection",
    0x55: "implementation version name",
    0x56: "SOP class extended negotiation",
    0x57: "SOP class common extended negotiation",
    0x58: "user identity",
    0x59: "user identity, answered",
}

ITEM_LENGTH = LengthAt("item_length", offset=2, width=2)


def reserved(name: str, reference: str) -> ByteField:
    """One reserved byte."""
    return about(ByteField(name, 0), reference, "Not used.", legal="sent as 0, not tested when received")


def context_id(reference: str) -> ByteField:
    """The number of a presentation context."""
    return about(
        ByteField("presentation_context_id", 1),
        reference,
        "Number the requestor gave to this presentation context; messages refer to it.",
        legal="odd, 1 to 255, each once in an association",
        trouble="Even or repeated numbers leave open which context a message belongs to.",
    )


def pdu_header(pdu_type: int | None, reference: str, legal_length: str = "") -> list[Field[Any, Any]]:
    """The six bytes that every PDU begins with."""
    return [
        about(
            CodeField("pdu_type", pdu_type, PDU_TYPES, as_hex=True),
            reference,
            "Says which PDU this is.",
            legal="1 to 7",
            trouble="Another value mostly means that the byte before was not the end of a PDU.",
        ),
        reserved("reserved", reference),
        about(
            IntField("pdu_length", None),
            reference,
            "Counts the bytes from the next field to the end of the PDU.",
            legal=legal_length,
            trouble="It is the only way to the next PDU: when it is wrong, nothing that follows can be read.",
        ),
    ]


class Pdu(Layer):
    """A PDU: type, reserved byte, length. `Pdu(data)` gives the class for the type in the first byte."""

    length_at = PDU_LENGTH
    by_type: ClassVar[dict[int, type[Pdu]]] = {}
    """The classes, which enter themselves here under the PDU type they declare."""

    def __init_subclass__(cls) -> None:
        pdu_type = cls.fields_desc[0].default
        if pdu_type is not None:
            Pdu.by_type[pdu_type] = cls

    @classmethod
    def dispatch_hook(cls, _pkt: bytes = b"", *args: Any, **kwargs: Any) -> type[Layer]:
        return cls.by_type.get(_pkt[0], UnknownPDU) if _pkt else UnknownPDU


class UnknownPDU(Pdu):
    name = "PDU"
    reference = "PS3.8 9.3.1"
    meaning = "A PDU of a type the protocol does not have; its receiver aborts the association."
    fields_desc = [
        *pdu_header(None, "PS3.8 9.3.1"),
        about(BytesField("value", b""), "PS3.8 9.3.1", "The bytes of the PDU, which are not interpreted."),
    ]

    def digest(self) -> str:
        return f"of type {self.text('pdu_type')}"


def item_header(item_type: int | None, reference: str) -> list[Field[Any, Any]]:
    """The four bytes that every item begins with."""
    return [
        about(
            CodeField("item_type", item_type, ITEM_TYPES, as_hex=True),
            reference,
            "Says which item this is.",
            trouble="Items of unknown types are to be skipped; some receivers abort instead.",
        ),
        reserved("reserved", reference),
        about(
            ShortField("item_length", None),
            reference,
            "Counts the bytes from the next field to the end of the item.",
            trouble="Wrong by a few bytes, it makes the receiver look for the next item in the wrong place.",
        ),
    ]


class Item(Layer):
    """An item: type, reserved byte, length."""

    length_at = ITEM_LENGTH


class UnknownItem(Item):
    name = "Item"
    reference = "PS3.8 9.3.1"
    meaning = "An item of a type that is not known, or not expected in this place; receivers skip it."
    fields_desc = [
        *item_header(None, "PS3.8 9.3.1"),
        about(BytesField("value", b""), "PS3.8 9.3.1", "The bytes of the item, which are not interpreted."),
    ]

    def digest(self) -> str:
        return f"of type {self.text('item_type')}"

    def secrets(self) -> frozenset[str]:
        return frozenset({"value"}) if self.item_type in (0x58, 0x59) else frozenset()


def chosen_from(*classes: type[Item]) -> Callable[[int], type[Item]]:
    """The function that finds the class for an item type among `classes`."""
    by_type: dict[int, type[Item]] = {cls().item_type: cls for cls in classes}
    return lambda item_type: by_type.get(item_type, UnknownItem)
