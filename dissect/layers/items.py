"""The items of A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3).

An item in a place where the standard has none of its type is an UnknownItem there: items nest no deeper
than the standard lets them.
"""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

from dissect.layers.base import LayerList, about
from dissect.layers.fields import CodeField, UidField
from dissect.layers.headers import ITEM_LENGTH, Item, chosen_from, context_id, item_header, reserved

CONTEXT_RESULTS = {
    0: "acceptance",
    1: "user rejection",
    2: "no reason given, provider rejection",
    3: "abstract syntax not supported, provider rejection",
    4: "transfer syntaxes not supported, provider rejection",
}


class ApplicationContextItem(Item):
    name = "Application Context"
    reference = "PS3.8 Table 9-12"
    meaning = "Names the set of services that both sides speak: for DICOM there is only one."
    fields_desc = [
        *item_header(0x10, "PS3.8 Table 9-12"),
        about(
            UidField("application_context_name", b"1.2.840.10008.3.1.1.1"),
            "PS3.8 Table 9-12",
            "UID of the application context.",
            legal="1.2.840.10008.3.1.1.1 (PS3.7 A.2.1)",
            trouble="Strict acceptors reject any other name, lax ones do not look at it.",
        ),
    ]

    def digest(self) -> str:
        return self.text("application_context_name")


class AbstractSyntaxItem(Item):
    name = "Abstract Syntax"
    reference = "PS3.8 Table 9-14"
    meaning = "Says what a presentation context is for: a SOP class or Meta SOP class."
    fields_desc = [
        *item_header(0x30, "PS3.8 Table 9-14"),
        about(
            UidField("abstract_syntax_name", b""),
            "PS3.8 Table 9-14",
            "UID of the SOP class that messages in this context are about.",
            legal="a UID of at most 64 characters, without padding",
            trouble="A padding byte at its end makes it a different name for receivers that compare bytes.",
        ),
    ]

    def digest(self) -> str:
        return self.text("abstract_syntax_name")


class TransferSyntaxItem(Item):
    name = "Transfer Syntax"
    reference = "PS3.8 Table 9-15"
    meaning = "Names one way to encode data sets: byte order, explicit or implicit VR, compression."
    fields_desc = [
        *item_header(0x40, "PS3.8 Table 9-15"),
        about(
            UidField("transfer_syntax_name", b""),
            "PS3.8 Table 9-15",
            "UID of a transfer syntax the requestor offers, or of the one the acceptor chose.",
            legal="a UID of at most 64 characters, without padding",
            trouble="Where the context was not accepted this says nothing, and may be empty or missing.",
        ),
    ]

    def digest(self) -> str:
        return self.text("transfer_syntax_name")


class PresentationContextItemRQ(Item):
    name = "Presentation Context"
    reference = "PS3.8 Table 9-13"
    meaning = "Proposes one abstract syntax and the transfer syntaxes it can be sent in."
    fields_desc = [
        *item_header(0x20, "PS3.8 Table 9-13"),
        context_id("PS3.8 Table 9-13"),
        reserved("reserved2", "PS3.8 Table 9-13"),
        reserved("reserved3", "PS3.8 Table 9-13"),
        reserved("reserved4", "PS3.8 Table 9-13"),
        about(
            LayerList("items", ITEM_LENGTH, chosen_from(AbstractSyntaxItem, TransferSyntaxItem)),
            "PS3.8 Table 9-13",
            "The abstract syntax and the transfer syntaxes.",
            legal="one abstract syntax, then one or more transfer syntaxes",
            trouble="The acceptor takes one transfer syntax of its choice: to send one kind of object in two "
            "syntaxes takes two contexts.",
        ),
    ]

    def digest(self) -> str:
        names = [item.digest() for item in self.items if isinstance(item, AbstractSyntaxItem)]
        return ": ".join([self.text("presentation_context_id"), *names])


class PresentationContextItemAC(Item):
    name = "Presentation Context"
    reference = "PS3.8 Table 9-18"
    meaning = "The acceptor's answer to one proposed presentation context."
    fields_desc = [
        *item_header(0x21, "PS3.8 Table 9-18"),
        context_id("PS3.8 Table 9-18"),
        reserved("reserved2", "PS3.8 Table 9-18"),
        about(
            CodeField("result", 0, CONTEXT_RESULTS),
            "PS3.8 Table 9-18",
            "Whether the context can be used, and if not, why.",
            legal="0 to 4",
            trouble="A requestor that sends in a context that was refused gets an abort.",
        ),
        reserved("reserved3", "PS3.8 Table 9-18"),
        about(
            LayerList("items", ITEM_LENGTH, chosen_from(TransferSyntaxItem)),
            "PS3.8 Table 9-18",
            "The transfer syntax that was chosen; without meaning where the result is not acceptance.",
            legal="one transfer syntax",
        ),
    ]

    def digest(self) -> str:
        return f"{self.text('presentation_context_id')}: {self.text('result')}"
