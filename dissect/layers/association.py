"""The PDUs that ask for an association and answer: A-ASSOCIATE-RQ, -AC and -RJ (PS3.8 9.3.2 to 9.3.4)."""

# ruff: noqa: N801, RUF012
# The standard's names for PDUs, and lists that are declarations.
from __future__ import annotations

from scapy.fields import ShortField
from scapy.packet import Packet

from dissect.layers.base import LayerList, about
from dissect.layers.fields import TRAILING, AETitleField, CodeField, Names, ReservedField
from dissect.layers.headers import ITEM_LENGTH, Pdu, chosen_from, pdu_header, reserved
from dissect.layers.items import ApplicationContextItem, PresentationContextItemAC, PresentationContextItemRQ
from dissect.layers.userinfo import UserInformationItem

REJECT_RESULTS = {1: "rejected permanent", 2: "rejected transient"}

REJECT_SOURCES = {
    1: "service user",
    2: "service provider, ACSE",
    3: "service provider, presentation",
}

REJECT_REASONS: dict[int, Names] = {
    1: {
        1: "no reason given",
        2: "application context name not supported",
        3: "calling AE title not recognized",
        7: "called AE title not recognized",
        **dict.fromkeys((4, 5, 6, 8, 9, 10), "reserved"),
    },
    2: {1: "no reason given", 2: "protocol version not supported"},
    3: {
        1: "temporary congestion",
        2: "local limit exceeded",
        **dict.fromkeys((0, 3, 4, 5, 6, 7), "reserved"),
    },
}
"""By source."""


def version(reference: str) -> ShortField:
    return about(
        ShortField("protocol_version", 1),
        reference,
        "One bit for each version of the protocol that the sender speaks; bit 0 is version 1.",
        legal="bit 0 set; no other bit is to be tested",
        trouble="A receiver that compares the number with 1 refuses peers that set further bits.",
    )


class A_ASSOCIATE_RQ(Pdu):
    name = "A-ASSOCIATE-RQ"
    reference = "PS3.8 Table 9-11"
    meaning = "Asks for an association and proposes what it is to be used for."
    fields_desc = [
        *pdu_header(0x01, "PS3.8 Table 9-11"),
        version("PS3.8 Table 9-11"),
        about(
            ShortField("reserved2", 0),
            "PS3.8 Table 9-11",
            "Not used.",
            legal="sent as 0, not tested when received",
        ),
        about(
            AETitleField("called_ae_title", b""),
            "PS3.8 Table 9-11",
            "Title of the application that is called.",
            legal="16 characters, filled with spaces; not spaces only",
            trouble="Upper and lower case differ: a title that looks right is the most frequent rejection.",
        ),
        about(
            AETitleField("calling_ae_title", b""),
            "PS3.8 Table 9-11",
            "Title of the application that calls.",
            legal="16 characters, filled with spaces; not spaces only",
            trouble="Many acceptors know their callers by title and address, and reject others.",
        ),
        about(
            ReservedField("reserved3", 32),
            "PS3.8 Table 9-11",
            "Not used.",
            legal="sent as 0, not tested when received",
        ),
        about(
            LayerList(
                "items",
                ITEM_LENGTH,
                chosen_from(ApplicationContextItem, PresentationContextItemRQ, UserInformationItem),
            ),
            "PS3.8 9.3.2",
            "What is proposed.",
            legal="one application context, one or more presentation contexts, one user information, "
            "in this order",
        ),
    ]

    def digest(self) -> str:
        return f"{self.text('calling_ae_title')} > {self.text('called_ae_title')}"


class A_ASSOCIATE_AC(Pdu):
    name = "A-ASSOCIATE-AC"
    reference = "PS3.8 Table 9-17"
    meaning = "Accepts the association and answers each presentation context."
    fields_desc = [
        *pdu_header(0x02, "PS3.8 Table 9-17"),
        version("PS3.8 Table 9-17"),
        about(
            ShortField("reserved2", 0),
            "PS3.8 Table 9-17",
            "Not used.",
            legal="sent as 0, not tested when received",
        ),
        about(
            AETitleField("called_ae_title", b""),
            "PS3.8 Table 9-17",
            "Reserved: repeats the called AE title of the request.",
            legal="the bytes of the request, not tested when received",
        ),
        about(
            AETitleField("calling_ae_title", b""),
            "PS3.8 Table 9-17",
            "Reserved: repeats the calling AE title of the request.",
            legal="the bytes of the request, not tested when received",
        ),
        about(
            ReservedField("reserved3", 32),
            "PS3.8 Table 9-17",
            "Reserved: repeats the 32 bytes of the request.",
            legal="the bytes of the request, not tested when received",
        ),
        about(
            LayerList(
                "items",
                ITEM_LENGTH,
                chosen_from(ApplicationContextItem, PresentationContextItemAC, UserInformationItem),
            ),
            "PS3.8 9.3.3",
            "What is answered.",
            legal="one application context, an answer to each presentation context in any order, "
            "one user information",
            trouble="Being accepted does not mean that any presentation context was: look at their results.",
        ),
    ]

    def digest(self) -> str:
        return f"{self.text('calling_ae_title')} > {self.text('called_ae_title')}"


def reject_reasons(pdu: Packet) -> Names:
    return REJECT_REASONS.get(pdu.getfieldval("source"), {})


class A_ASSOCIATE_RJ(Pdu):
    name = "A-ASSOCIATE-RJ"
    reference = "PS3.8 Table 9-21"
    meaning = "Refuses the association."
    fields_desc = [
        *pdu_header(0x03, "PS3.8 Table 9-21", legal_length="4"),
        reserved("reserved2", "PS3.8 Table 9-21"),
        about(
            CodeField("result", 1, REJECT_RESULTS),
            "PS3.8 Table 9-21",
            "Whether the same request may succeed later.",
            legal="1 or 2",
        ),
        about(
            CodeField("source", 1, REJECT_SOURCES),
            "PS3.8 Table 9-21",
            "Which part of the acceptor refused: the application, or the protocol machine below it.",
            legal="1 to 3",
        ),
        about(
            CodeField("reason", 1, reject_reasons),
            "PS3.8 Table 9-21",
            "Why; the same number means something else from another source.",
            legal="source 1: 1, 2, 3 or 7; source 2: 1 or 2; source 3: 1 or 2",
            trouble="A refused user identity comes as source 2 without its reason said (PS3.7 D.3.3.7.3).",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return f"{self.text('result')}, {self.text('source')}, {self.text('reason')}"
