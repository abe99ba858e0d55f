"""The user information item and its sub-items (PS3.8 Annex D, PS3.7 Annex D)."""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

from typing import Any

from scapy.fields import ByteField, FieldLenField, IntField, ShortField

from dissect.layers.base import Layer, LayerList, LengthAt, about, length_of
from dissect.layers.fields import TRAILING, CodeField, LayerField, TextField, UidField
from dissect.layers.headers import ITEM_LENGTH, ITEM_TYPES, Item, chosen_from, item_header
from dissect.layers.identity import UserIdentitySubItemAC, UserIdentitySubItemRQ
from dissect.layers.negotiation import application_information

ROLES = {0: "no", 1: "yes"}


def counted_uid(name: str, reference: str, meaning: str, legal: str = "a UID, without padding") -> list[Any]:
    """A UID after a field of two bytes that says how long it is."""
    return [
        about(
            FieldLenField(f"{name}_length", None, length_of=name),
            reference,
            "Number of characters of the UID that follows.",
        ),
        about(UidField(name, b"", length_from=length_of(f"{name}_length")), reference, meaning, legal=legal),
    ]


class MaximumLengthSubItem(Item):
    name = "Maximum Length"
    reference = "PS3.8 Tables D.1-1 and D.1-2"
    meaning = "Limits the P-DATA-TF PDUs that the sender of this item is sent; every implementation has it."
    fields_desc = [
        *item_header(0x51, "PS3.8 Table D.1-1"),
        about(
            IntField("maximum_length_received", 16382),
            "PS3.8 Table D.1-1",
            "Largest PDU length its sender takes, header of 6 bytes not counted; 0 means no limit.",
            trouble="It limits what the other side sends, not what its own sender sends: mixing the two up "
            "is a common fault, and so is counting the header.",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return self.text("maximum_length_received")


class ImplementationClassUIDSubItem(Item):
    name = "Implementation Class UID"
    reference = "PS3.7 Tables D.3-1 and D.3-2"
    meaning = "Tells which software this is; required on both sides."
    fields_desc = [
        *item_header(0x52, "PS3.7 Table D.3-1"),
        about(
            UidField("implementation_class_uid", b""),
            "PS3.7 Table D.3-1",
            "UID the maker gave to this software; the same for all equipment that runs it.",
            legal="a UID",
            trouble="Says which toolkit is behind a product: the quickest way to a known fault.",
        ),
    ]

    def digest(self) -> str:
        return self.text("implementation_class_uid")


class AsynchronousOperationsWindowSubItem(Item):
    name = "Asynchronous Operations Window"
    reference = "PS3.7 Tables D.3-7 and D.3-8"
    meaning = "Negotiates how many requests may be open at the same time; without it one."
    fields_desc = [
        *item_header(0x53, "PS3.7 Table D.3-7"),
        about(
            ShortField("maximum_number_operations_invoked", 1),
            "PS3.7 Table D.3-7",
            "How many requests the association requestor may have open; 0 means any number.",
            legal="in an answer, at most what was offered",
        ),
        about(
            ShortField("maximum_number_operations_performed", 1),
            "PS3.7 Table D.3-7",
            "How many requests of the acceptor the requestor works on at a time; 0 means any number.",
            legal="in an answer, at most what was offered",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return (
            f"{self.text('maximum_number_operations_invoked')} invoked, "
            f"{self.text('maximum_number_operations_performed')} performed"
        )


class RoleSelectionSubItem(Item):
    name = "SCP/SCU Role Selection"
    reference = "PS3.7 Tables D.3-9 and D.3-10"
    meaning = "Negotiates the requestor's roles for one SOP class; without it requestor is SCU, acceptor SCP."
    fields_desc = [
        *item_header(0x54, "PS3.7 Table D.3-9"),
        *counted_uid(
            "sop_class_uid",
            "PS3.7 Table D.3-9",
            "SOP class or Meta SOP class the roles are for.",
            legal="one of the abstract syntaxes proposed, once",
        ),
        about(
            CodeField("scu_role", 0, ROLES),
            "PS3.7 Table D.3-9",
            "Whether the requestor offers to be SCU; in an answer, whether the acceptor lets it.",
            legal="0 or 1; an answer of 1 only to an offer of 1",
        ),
        about(
            CodeField("scp_role", 0, ROLES),
            "PS3.7 Table D.3-9",
            "Whether the requestor offers to be SCP; in an answer, whether the acceptor lets it.",
            legal="0 or 1; an answer of 1 only to an offer of 1",
            trouble="C-GET needs it for every storage class: without it the images cannot be sent back.",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return f"{self.text('sop_class_uid')}: SCU {self.text('scu_role')}, SCP {self.text('scp_role')}"


class ImplementationVersionNameSubItem(Item):
    name = "Implementation Version Name"
    reference = "PS3.7 Tables D.3-3 and D.3-4"
    meaning = "Tells which version of the software this is; optional."
    fields_desc = [
        *item_header(0x55, "PS3.7 Table D.3-3"),
        about(
            TextField("implementation_version_name", b""),
            "PS3.7 Table D.3-3",
            "Version in the maker's own words.",
            legal="1 to 16 characters",
        ),
    ]

    def digest(self) -> str:
        return self.text("implementation_version_name")


class ExtendedNegotiationSubItem(Item):
    name = "SOP Class Extended Negotiation"
    reference = "PS3.7 Table D.3-11"
    meaning = "Negotiates options of one SOP class, in a form that its service class defines."
    fields_desc = [
        *item_header(0x56, "PS3.7 Table D.3-11"),
        *counted_uid(
            "sop_class_uid",
            "PS3.7 Table D.3-11",
            "SOP class or Meta SOP class the options are for.",
            legal="one of the abstract syntaxes proposed, once",
        ),
        about(
            LayerField(
                "service_class_application_information",
                lambda item: application_information(item.getfieldval("sop_class_uid")),
            ),
            "PS3.7 Table D.3-11",
            "The options; what their bytes mean depends on the service class.",
            trouble="An answer shorter than the offer means 0 for the options it leaves out.",
        ),
    ]

    def digest(self) -> str:
        return self.text("sop_class_uid")


class RelatedGeneralSOPClass(Layer):
    name = "Related General SOP Class"
    reference = "PS3.7 Table D.3-13"
    meaning = "One SOP class whose instances can be read like those of the SOP class at hand."
    length_at = LengthAt("related_general_sop_class_uid_length", offset=0, width=2)
    fields_desc = [
        about(
            ShortField("related_general_sop_class_uid_length", None),
            "PS3.7 Table D.3-13",
            "Number of characters of the UID that follows.",
        ),
        about(
            UidField("related_general_sop_class_uid", b""),
            "PS3.7 Table D.3-13",
            "UID of the more general SOP class.",
            legal="a UID, without padding",
        ),
    ]

    def digest(self) -> str:
        return self.text("related_general_sop_class_uid")


class CommonExtendedNegotiationSubItem(Item):
    name = "SOP Class Common Extended Negotiation"
    reference = "PS3.7 Table D.3-12"
    meaning = "Tells the acceptor what a SOP class it may not know is for, and what it is similar to."
    fields_desc = [
        about(
            CodeField("item_type", 0x57, ITEM_TYPES, as_hex=True),
            "PS3.7 Table D.3-12",
            "Says which item this is.",
        ),
        about(
            ByteField("sub_item_version", 0),
            "PS3.7 Table D.3-12",
            "Version of this sub-item's layout; later ones only add fields at the end.",
            legal="0",
        ),
        about(
            ShortField("item_length", None),
            "PS3.7 Table D.3-12",
            "Counts the bytes from the next field to the end of the item.",
        ),
        *counted_uid("sop_class_uid", "PS3.7 Table D.3-12", "SOP class that is described."),
        *counted_uid("service_class_uid", "PS3.7 Table D.3-12", "Service class it belongs to."),
        about(
            FieldLenField(
                "related_general_sop_class_identification_length",
                None,
                length_of="related_general_sop_class_identification",
            ),
            "PS3.7 Table D.3-12",
            "Number of bytes of the list that follows.",
        ),
        about(
            LayerList(
                "related_general_sop_class_identification",
                RelatedGeneralSOPClass.length_at,
                lambda _: RelatedGeneralSOPClass,
                length_from=length_of("related_general_sop_class_identification_length"),
            ),
            "PS3.7 Table D.3-12",
            "More general SOP classes; can be empty.",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return self.text("sop_class_uid")


class UserInformationItem(Item):
    name = "User Information"
    reference = "PS3.8 Tables 9-16 and 9-20"
    meaning = "What both DICOM applications tell each other about themselves."
    fields_desc = [
        *item_header(0x50, "PS3.8 Table 9-16"),
        about(
            LayerList(
                "items",
                ITEM_LENGTH,
                chosen_from(
                    MaximumLengthSubItem,
                    ImplementationClassUIDSubItem,
                    AsynchronousOperationsWindowSubItem,
                    RoleSelectionSubItem,
                    ImplementationVersionNameSubItem,
                    ExtendedNegotiationSubItem,
                    CommonExtendedNegotiationSubItem,
                    UserIdentitySubItemRQ,
                    UserIdentitySubItemAC,
                ),
            ),
            "PS3.8 9.3.2.3",
            "The sub-items, in any order.",
            legal="maximum length and implementation class UID are required",
            trouble="Some old receivers expect them in ascending order.",
        ),
    ]
