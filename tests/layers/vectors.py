"""Encoded PDUs, items and command sets to read: pynetdicom's test vectors, and what they leave out."""

from __future__ import annotations

from types import ModuleType

from pynetdicom.tests import encoded_dimse_msg, encoded_dimse_n_msg, encoded_pdu_items

from dissect.layers import (
    A_ABORT,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    P_DATA_TF,
    AbstractSyntaxItem,
    ApplicationContextItem,
    AsynchronousOperationsWindowSubItem,
    CommonExtendedNegotiationSubItem,
    ExtendedNegotiationSubItem,
    ImplementationClassUIDSubItem,
    ImplementationVersionNameSubItem,
    MaximumLengthSubItem,
    PresentationContextItemAC,
    PresentationContextItemRQ,
    PresentationDataValueItem,
    QueryInformation,
    RelatedGeneralSOPClass,
    RetrieveInformation,
    RoleSelectionSubItem,
    StorageInformation,
    TransferSyntaxItem,
    UserIdentitySubItemAC,
    UserIdentitySubItemRQ,
    UserInformationItem,
    WorklistInformation,
)

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
WORKLIST = "1.2.840.10008.5.1.4.31"


def encoded(module: ModuleType) -> dict[str, bytes]:
    return {name: value for name, value in vars(module).items() if isinstance(value, bytes)}


_PDU_ITEMS = encoded(encoded_pdu_items)

PDUS = {name: data for name, data in _PDU_ITEMS.items() if name.startswith(("a_", "p_data"))}

ITEMS = {
    name: data
    for name, data in _PDU_ITEMS.items()
    if name not in PDUS and not name.startswith("presentation_data")
}

COMMANDS = {
    name: data[1:]  # the first byte is the message control header
    for module in (encoded_dimse_msg, encoded_dimse_n_msg)
    for name, data in encoded(module).items()
    if "_cmd" in name
}


def full_request() -> A_ASSOCIATE_RQ:
    """A request with every item and sub-item there is."""
    return A_ASSOCIATE_RQ(
        called_ae_title="ARCHIVE",
        calling_ae_title="CT1",
        items=[
            ApplicationContextItem(),
            PresentationContextItemRQ(
                presentation_context_id=1,
                items=[
                    AbstractSyntaxItem(abstract_syntax_name=CT),
                    TransferSyntaxItem(transfer_syntax_name=IMPLICIT),
                    TransferSyntaxItem(transfer_syntax_name=EXPLICIT),
                ],
            ),
            UserInformationItem(
                items=[
                    MaximumLengthSubItem(maximum_length_received=65536),
                    ImplementationClassUIDSubItem(implementation_class_uid="1.2.3.4"),
                    AsynchronousOperationsWindowSubItem(
                        maximum_number_operations_invoked=0, maximum_number_operations_performed=2
                    ),
                    RoleSelectionSubItem(sop_class_uid=CT, scu_role=1, scp_role=1),
                    ImplementationVersionNameSubItem(implementation_version_name="PDUSCOPE"),
                    ExtendedNegotiationSubItem(
                        sop_class_uid=CT,
                        service_class_application_information=StorageInformation(level_of_support=2),
                    ),
                    ExtendedNegotiationSubItem(
                        sop_class_uid=STUDY_FIND,
                        service_class_application_information=QueryInformation(
                            relational_queries=1, date_time_matching=1, fuzzy_semantic_matching=0
                        ),
                    ),
                    ExtendedNegotiationSubItem(
                        sop_class_uid=STUDY_MOVE,
                        service_class_application_information=RetrieveInformation(relational_retrieval=1),
                    ),
                    ExtendedNegotiationSubItem(
                        sop_class_uid=WORKLIST,
                        service_class_application_information=WorklistInformation(fuzzy_semantic_matching=1),
                    ),
                    CommonExtendedNegotiationSubItem(
                        sop_class_uid="1.2.3.4.5",
                        service_class_uid="1.2.840.10008.4.2",
                        related_general_sop_class_identification=[
                            RelatedGeneralSOPClass(related_general_sop_class_uid=CT),
                            RelatedGeneralSOPClass(related_general_sop_class_uid="1.2.3"),
                        ],
                    ),
                    UserIdentitySubItemRQ(
                        user_identity_type=2,
                        positive_response_requested=1,
                        primary_field="röntgen".encode(),
                        secondary_field="p4ssw0rd",
                    ),
                ]
            ),
        ],
    )


def accept() -> A_ASSOCIATE_AC:
    return A_ASSOCIATE_AC(
        called_ae_title="ARCHIVE",
        calling_ae_title="CT1",
        items=[
            ApplicationContextItem(),
            PresentationContextItemAC(
                presentation_context_id=1,
                result=0,
                items=[TransferSyntaxItem(transfer_syntax_name=IMPLICIT)],
            ),
            UserInformationItem(
                items=[MaximumLengthSubItem(), UserIdentitySubItemAC(server_response=b"ticket")]
            ),
        ],
    )


def data() -> P_DATA_TF:
    return P_DATA_TF(
        items=[
            PresentationDataValueItem(presentation_context_id=1, is_command=1, is_last=1, data=b"\1\2\3\4"),
            PresentationDataValueItem(presentation_context_id=1, is_last=0, data=bytes(20)),
        ]
    )


OWN_PDUS = {
    "full request": bytes(full_request()),
    "accept": bytes(accept()),
    "reject": bytes(A_ASSOCIATE_RJ(result=2, source=3, reason=1)),
    "data": bytes(data()),
    "release request": bytes(A_RELEASE_RQ()),
    "release response": bytes(A_RELEASE_RP()),
    "abort": bytes(A_ABORT(source=2, reason=6)),
    "unknown type": bytes.fromhex("0c0000000003010203"),
}

ALL_PDUS = PDUS | OWN_PDUS
