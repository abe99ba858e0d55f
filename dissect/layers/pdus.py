"""The PDUs of an association at work and at its end: P-DATA-TF, A-RELEASE-RQ, A-RELEASE-RP, A-ABORT."""

# ruff: noqa: N801, RUF012
# The standard's names for PDUs, and lists that are declarations.
from __future__ import annotations

from scapy.fields import BitField, IntField
from scapy.packet import Packet

from dissect.layers.base import Layer, LayerList, LengthAt, about
from dissect.layers.fields import TRAILING, BytesField, CodeField, Names, ReservedField
from dissect.layers.headers import Pdu, context_id, pdu_header, reserved

ABORT_SOURCES = {0: "service user", 1: "reserved", 2: "service provider"}

ABORT_REASONS = {
    0: "reason not specified",
    1: "unrecognized PDU",
    2: "unexpected PDU",
    3: "reserved",
    4: "unrecognized PDU parameter",
    5: "unexpected PDU parameter",
    6: "invalid PDU parameter value",
}
"""Where the source is the service provider; otherwise the reason says nothing."""


class PresentationDataValueItem(Layer):
    name = "Presentation Data Value"
    reference = "PS3.8 Table 9-23"
    meaning = "A fragment of the command set or of the data set of a message."
    length_at = LengthAt("item_length", offset=0, width=4)
    fields_desc = [
        about(
            IntField("item_length", None),
            "PS3.8 Table 9-23",
            "Counts the bytes from the next field to the end of the fragment.",
            legal="an even number: context, message control header, and a fragment of even length",
        ),
        context_id("PS3.8 Table 9-23"),
        about(
            BitField("reserved", 0, 6),
            "PS3.8 E.2",
            "Bits 2 to 7 of the message control header: not used.",
            legal="sent as 0, not tested when received",
        ),
        about(
            BitField("is_last", 1, 1),
            "PS3.8 E.2",
            "Bit 1 of the message control header: the command set or data set ends with this fragment.",
            trouble="Where it is never set the receiver waits for the rest until it times out.",
        ),
        about(
            BitField("is_command", 0, 1),
            "PS3.8 E.2",
            "Bit 0 of the message control header: the fragment belongs to the command set, otherwise to "
            "the data set.",
        ),
        about(
            BytesField("data", b""),
            "PS3.8 E.1",
            "The fragment. It can begin and end anywhere, in the middle of a value too.",
            legal="an even number of bytes, not none",
        ),
    ]

    def digest(self) -> str:
        kind = "command" if self.is_command == 1 else "data"
        last = ", last" if self.is_last == 1 else ""
        return f"context {self.text('presentation_context_id')}, {kind}{last}, {len(self.data)} bytes"


class P_DATA_TF(Pdu):
    name = "P-DATA-TF"
    reference = "PS3.8 Table 9-22"
    meaning = "Carries fragments of messages."
    fields_desc = [
        *pdu_header(
            0x04,
            "PS3.8 Table 9-22",
            legal_length="at most the maximum length that its receiver declared",
        ),
        about(
            LayerList("items", PresentationDataValueItem.length_at, lambda _: PresentationDataValueItem),
            "PS3.8 9.3.5",
            "The fragments, all of one message.",
            legal="one or more",
            trouble="Several in one PDU are legal, and unusual enough that some receivers fail on them.",
        ),
    ]

    def digest(self) -> str:
        if len(self.items) > 2:
            return f"{len(self.items)} fragments"
        return "; ".join(item.digest() for item in self.items)


class A_RELEASE_RQ(Pdu):
    name = "A-RELEASE-RQ"
    reference = "PS3.8 Table 9-24"
    meaning = "Asks to end the association in good order."
    fields_desc = [
        *pdu_header(0x05, "PS3.8 Table 9-24", legal_length="4"),
        about(
            ReservedField("reserved2", 4),
            "PS3.8 Table 9-24",
            "Not used.",
            legal="sent as 0, not tested when received",
        ),
        TRAILING,
    ]


class A_RELEASE_RP(Pdu):
    name = "A-RELEASE-RP"
    reference = "PS3.8 Table 9-25"
    meaning = "Agrees to end the association."
    fields_desc = [
        *pdu_header(0x06, "PS3.8 Table 9-25", legal_length="4"),
        about(
            ReservedField("reserved2", 4),
            "PS3.8 Table 9-25",
            "Not used.",
            legal="sent as 0, not tested when received",
        ),
        TRAILING,
    ]


def abort_reasons(pdu: Packet) -> Names:
    return ABORT_REASONS if pdu.getfieldval("source") == 2 else {}


class A_ABORT(Pdu):
    name = "A-ABORT"
    reference = "PS3.8 Table 9-26"
    meaning = "Ends the association at once; what was not finished is lost."
    fields_desc = [
        *pdu_header(0x07, "PS3.8 Table 9-26", legal_length="4"),
        reserved("reserved2", "PS3.8 Table 9-26"),
        reserved("reserved3", "PS3.8 Table 9-26"),
        about(
            CodeField("source", 0, ABORT_SOURCES),
            "PS3.8 Table 9-26",
            "Who aborts: the application, or the protocol machine below it.",
            legal="0 or 2",
        ),
        about(
            CodeField("reason", 0, abort_reasons),
            "PS3.8 Table 9-26",
            "Why, where the source is the service provider.",
            legal="source 2: 0, 1, 2, 4, 5 or 6; source 0: sent as 0, not tested",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return f"{self.text('source')}, {self.text('reason')}"
