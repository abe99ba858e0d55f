"""Our layers beside Scapy's own DICOM layers and pynetdicom's decoders, where those are right."""

from __future__ import annotations

from typing import Any

import pytest
from pynetdicom import pdu as theirs
from scapy.contrib import dicom as contrib
from scapy.packet import Packet

from dissect.layers import (
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RQ,
    P_DATA_TF,
    MaximumLengthSubItem,
    Pdu,
    PresentationContextItemAC,
    PresentationContextItemRQ,
    UserInformationItem,
)
from tests.layers.vectors import PDUS

DECODERS = {
    1: theirs.A_ASSOCIATE_RQ,
    2: theirs.A_ASSOCIATE_AC,
    3: theirs.A_ASSOCIATE_RJ,
    4: theirs.P_DATA_TF,
    5: theirs.A_RELEASE_RQ,
    6: theirs.A_RELEASE_RP,
    7: theirs.A_ABORT_RQ,
}


NOT_DECODED = {
    "a_associate_ac_user",  # its lengths disagree, and pynetdicom reads past the end of the PDU
    "a_associate_rq_called",  # blank AE titles, on which it raises
    "a_associate_rq_calling",
}


def decoded(data: bytes) -> Any:
    """What pynetdicom makes of `data`; its items have no common type."""
    pdu = DECODERS[data[0]]()
    pdu.decode(data)
    return pdu


@pytest.mark.parametrize(
    "name", [name for name in PDUS if PDUS[name][0] in (1, 2) and name not in NOT_DECODED]
)
def test_negotiation_reads_as_in_pynetdicom(name: str) -> None:
    ours, other = Pdu(PDUS[name]), decoded(PDUS[name])
    assert isinstance(ours, A_ASSOCIATE_RQ | A_ASSOCIATE_AC)
    assert ours.protocol_version == other.protocol_version
    contexts = [i for i in ours.items if isinstance(i, PresentationContextItemRQ | PresentationContextItemAC)]
    for mine, its in zip(contexts, other.presentation_context, strict=True):
        assert mine.presentation_context_id == its.presentation_context_id
        if isinstance(mine, PresentationContextItemRQ):
            assert mine.items[0].abstract_syntax_name.decode() == its.abstract_syntax
            assert [i.transfer_syntax_name.decode() for i in mine.items[1:]] == its.transfer_syntax
        else:
            assert mine.result == its.result
    (information,) = [i for i in ours.items if isinstance(i, UserInformationItem)]
    (maximum,) = [i for i in information.items if isinstance(i, MaximumLengthSubItem)]
    assert maximum.maximum_length_received == other.user_information.maximum_length
    assert len(information.items) == len(other.user_information.user_data)


@pytest.mark.parametrize("name", [name for name in PDUS if PDUS[name][0] == 4])
def test_fragments_read_as_in_pynetdicom(name: str) -> None:
    ours, other = Pdu(PDUS[name]), decoded(PDUS[name])
    assert isinstance(ours, P_DATA_TF)
    for mine, its in zip(ours.items, other.presentation_data_value_items, strict=True):
        assert mine.presentation_context_id == its.context_id
        assert bytes(mine)[5:] == its.presentation_data_value


@pytest.mark.parametrize("name", [name for name in PDUS if PDUS[name][0] in (3, 7)])
def test_codes_read_as_in_pynetdicom(name: str) -> None:
    ours, other = Pdu(PDUS[name]), decoded(PDUS[name])
    assert ours.source == other.source
    assert ours.text("reason").startswith(str(other.reason_diagnostic))


@pytest.mark.parametrize(
    "built",
    [
        contrib.A_ASSOCIATE_RJ(result=2, source=3, reason_diag=1),
        contrib.A_ABORT(source=2, reason_diag=5),
        contrib.A_RELEASE_RQ(),
        contrib.A_RELEASE_RP(),
        contrib.P_DATA_TF(
            pdv_items=[contrib.PresentationDataValueItem(context_id=5, data=b"ab", is_command=1, is_last=1)]
        ),
        contrib.A_ASSOCIATE_RQ(
            called_ae_title=b"ARCHIVE",
            calling_ae_title=b"CT1",
            variable_items=[
                contrib.DICOMVariableItem() / contrib.DICOMApplicationContext(),
                contrib.DICOMVariableItem()
                / contrib.DICOMUserInformation(
                    sub_items=[
                        contrib.DICOMVariableItem() / contrib.DICOMMaximumLength(max_pdu_length=1234),
                        contrib.DICOMVariableItem() / contrib.DICOMAsyncOperationsWindow(),
                    ]
                ),
            ],
        ),
    ],
    ids=lambda pdu: type(pdu).__name__,
)
def test_what_scapys_own_layers_build_is_read_and_built_again(built: Packet) -> None:
    data = bytes(contrib.DICOM() / built)
    pdu = Pdu(data)
    assert type(pdu).__name__ == type(built).__name__
    assert pdu.complete
    assert "trailing" not in pdu.spans
    assert bytes(pdu) == data
    if isinstance(pdu, A_ASSOCIATE_RQ):
        assert pdu.called_ae_title == b"ARCHIVE".ljust(16)
        assert pdu[MaximumLengthSubItem].maximum_length_received == 1234
