"""The wire format of DICOM as Scapy layers: PDUs, items, command sets.

Each `fields_desc` is the specification of its layer; what a field means stands beside it.

    >>> from dissect.layers import A_RELEASE_RQ, Pdu
    >>> bytes(A_RELEASE_RQ()).hex(" ")
    '05 00 00 00 00 04 00 00 00 00'
    >>> Pdu(bytes.fromhex("07000000000400000202")).mysummary()
    'A-ABORT 2 (service provider), 2 (unexpected PDU)'

Nothing is tied to Scapy's TCP until `bind` is called:

    from scapy.all import TCPSession, sniff
    from dissect.layers import UpperLayer, bind

    bind()
    for packet in sniff(offline="capture.pcap", session=TCPSession):
        if UpperLayer in packet:
            packet[UpperLayer].show()
"""

from dissect.layers.association import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from dissect.layers.base import About, Cut, Layer, Leaf
from dissect.layers.commands import CommandElement, CommandSet, command
from dissect.layers.headers import Item, Pdu, UnknownItem, UnknownPDU
from dissect.layers.identity import UserIdentitySubItemAC, UserIdentitySubItemRQ
from dissect.layers.items import (
    AbstractSyntaxItem,
    ApplicationContextItem,
    PresentationContextItemAC,
    PresentationContextItemRQ,
    TransferSyntaxItem,
)
from dissect.layers.negotiation import (
    ApplicationInformation,
    QueryInformation,
    RetrieveInformation,
    StorageInformation,
    WorklistInformation,
)
from dissect.layers.pdus import A_ABORT, A_RELEASE_RP, A_RELEASE_RQ, P_DATA_TF, PresentationDataValueItem
from dissect.layers.stream import PORTS, UpperLayer, bind, unbind
from dissect.layers.userinfo import (
    AsynchronousOperationsWindowSubItem,
    CommonExtendedNegotiationSubItem,
    ExtendedNegotiationSubItem,
    ImplementationClassUIDSubItem,
    ImplementationVersionNameSubItem,
    MaximumLengthSubItem,
    RelatedGeneralSOPClass,
    RoleSelectionSubItem,
    UserInformationItem,
)

__all__ = [
    "A_ABORT",
    "A_ASSOCIATE_AC",
    "A_ASSOCIATE_RJ",
    "A_ASSOCIATE_RQ",
    "A_RELEASE_RP",
    "A_RELEASE_RQ",
    "PORTS",
    "P_DATA_TF",
    "About",
    "AbstractSyntaxItem",
    "ApplicationContextItem",
    "ApplicationInformation",
    "AsynchronousOperationsWindowSubItem",
    "CommandElement",
    "CommandSet",
    "CommonExtendedNegotiationSubItem",
    "Cut",
    "ExtendedNegotiationSubItem",
    "ImplementationClassUIDSubItem",
    "ImplementationVersionNameSubItem",
    "Item",
    "Layer",
    "Leaf",
    "MaximumLengthSubItem",
    "Pdu",
    "PresentationContextItemAC",
    "PresentationContextItemRQ",
    "PresentationDataValueItem",
    "QueryInformation",
    "RelatedGeneralSOPClass",
    "RetrieveInformation",
    "RoleSelectionSubItem",
    "StorageInformation",
    "TransferSyntaxItem",
    "UnknownItem",
    "UnknownPDU",
    "UpperLayer",
    "UserIdentitySubItemAC",
    "UserIdentitySubItemRQ",
    "UserInformationItem",
    "WorklistInformation",
    "bind",
    "command",
    "unbind",
]
