"""The PDUs of the smallest association there is: negotiate Verification, C-ECHO, release (PS3.4 Annex A)."""

from __future__ import annotations

from dissect.layers import (
    A_ASSOCIATE_RQ,
    A_RELEASE_RQ,
    P_DATA_TF,
    AbstractSyntaxItem,
    ApplicationContextItem,
    ImplementationClassUIDSubItem,
    ImplementationVersionNameSubItem,
    MaximumLengthSubItem,
    PresentationContextItemRQ,
    PresentationDataValueItem,
    TransferSyntaxItem,
    UserInformationItem,
    command,
)

VERIFICATION, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2"
CLASS_UID, VERSION_NAME = "2.25.24469078779868964077699087658088675010", "PDUSCOPE"
"""What pduscope says it is (PS3.7 D.3.3.2): a UID derived from a UUID (PS3.5 B.2)."""


def association_request(calling: str, called: str) -> bytes:
    """An A-ASSOCIATE-RQ that proposes Verification. Raises ValueError for a title that is too long."""
    context = [
        AbstractSyntaxItem(abstract_syntax_name=VERIFICATION),
        TransferSyntaxItem(transfer_syntax_name=IMPLICIT),
    ]
    user = [
        MaximumLengthSubItem(),
        ImplementationClassUIDSubItem(implementation_class_uid=CLASS_UID),
        ImplementationVersionNameSubItem(implementation_version_name=VERSION_NAME),
    ]
    items = [
        ApplicationContextItem(),
        PresentationContextItemRQ(items=context),
        UserInformationItem(items=user),
    ]
    return bytes(A_ASSOCIATE_RQ(calling_ae_title=calling, called_ae_title=called, items=items))


def echo_request() -> bytes:
    fragment = command("C-ECHO-RQ", MessageID=1, AffectedSOPClassUID=VERIFICATION)
    return bytes(P_DATA_TF(items=[PresentationDataValueItem(is_command=1, data=bytes(fragment))]))


def release_request() -> bytes:
    return bytes(A_RELEASE_RQ())
