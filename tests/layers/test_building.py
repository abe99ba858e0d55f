"""What is dissected is built again byte for byte; what is left out is filled in; what is given is kept."""

from __future__ import annotations

import json
import pickle

import pytest
from scapy.fields import RawVal
from scapy.packet import fuzz

from dissect import layers
from dissect.layers import (
    A_ABORT,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RQ,
    AbstractSyntaxItem,
    ApplicationInformation,
    ExtendedNegotiationSubItem,
    Item,
    MaximumLengthSubItem,
    Pdu,
    PresentationContextItemRQ,
    PresentationDataValueItem,
    QueryInformation,
    StorageInformation,
    TransferSyntaxItem,
    UnknownPDU,
    UserIdentitySubItemAC,
    UserIdentitySubItemRQ,
    WorklistInformation,
)
from dissect.layers.items import ApplicationContextItem, PresentationContextItemAC
from tests.layers.vectors import ALL_PDUS, ITEMS, PDUS, accept, data, full_request

ITEM_CLASSES = {cls().item_type: cls for cls in Item.__subclasses__()}


@pytest.mark.parametrize("name", PDUS)
def test_pynetdicoms_pdus_are_built_again_byte_for_byte(name: str) -> None:
    pdu = Pdu(PDUS[name])
    assert not isinstance(pdu, UnknownPDU)
    assert bytes(pdu) == PDUS[name]
    assert bytes(pdu.copy()) == PDUS[name]


@pytest.mark.parametrize("name", ITEMS)
def test_pynetdicoms_items_are_built_again_byte_for_byte(name: str) -> None:
    item = ITEM_CLASSES[ITEMS[name][0]](ITEMS[name])
    assert item.complete
    assert "trailing" not in item.spans
    assert bytes(item) == ITEMS[name]


@pytest.mark.parametrize("build", [full_request, accept, data])
def test_what_is_built_reads_the_same(build: object) -> None:
    assert callable(build)
    built = build()
    read = Pdu(bytes(built))
    assert read.complete
    assert bytes(read) == bytes(built)
    assert [type(item) for item in read.items] == [type(item) for item in built.items]


def test_an_associate_rq_is_built_as_pynetdicom_builds_it() -> None:
    request = A_ASSOCIATE_RQ(
        called_ae_title="ANY-SCP",
        calling_ae_title="ECHOSCU",
        items=[
            ApplicationContextItem(),
            PresentationContextItemRQ(
                presentation_context_id=1,
                items=[
                    AbstractSyntaxItem(abstract_syntax_name="1.2.840.10008.1.1"),
                    TransferSyntaxItem(transfer_syntax_name="1.2.840.10008.1.2"),
                ],
            ),
        ],
    )
    vector = PDUS["a_associate_rq"]
    assert bytes(request)[6:] == vector[6 : len(bytes(request))]


def test_lengths_that_are_left_out_are_filled_in() -> None:
    pdu = Pdu(bytes(full_request()))
    assert pdu.pdu_length == len(bytes(pdu)) - 6
    assert pdu.items[0].item_length == 21
    assert pdu.items[2].items[3].sop_class_uid_length == 25
    assert pdu.items[2].items[9].related_general_sop_class_identification_length == 2 + 25 + 2 + 5
    assert pdu.items[2].items[10].primary_field_length == 8


def test_a_wrong_length_given_on_purpose_is_kept() -> None:
    assert bytes(A_RELEASE_RQ(pdu_length=5)) == bytes.fromhex("05 00 00000005 00000000")
    assert bytes(MaximumLengthSubItem(item_length=0, maximum_length_received=1))[2:4] == b"\0\0"
    assert bytes(UserIdentitySubItemRQ(primary_field="a", primary_field_length=9))[6:8] == b"\0\x09"
    assert bytes(A_ABORT(pdu_length=RawVal(b"\0\0"))) == bytes.fromhex("07 00 0000 0000 0000")


def test_an_item_too_long_for_its_length_field_is_refused() -> None:
    with pytest.raises(ValueError, match="Abstract Syntax holds more bytes than its length field can say"):
        bytes(AbstractSyntaxItem(abstract_syntax_name=bytes(65536)))


def test_uids_in_items_are_not_padded() -> None:
    assert bytes(AbstractSyntaxItem(abstract_syntax_name="1.2.3")) == b"\x30\0\0\5" + b"1.2.3"


def test_ae_titles_are_padded_with_spaces() -> None:
    request = A_ASSOCIATE_RQ(called_ae_title="A", calling_ae_title=b" B")
    assert bytes(request)[10:42] == b"A".ljust(16) + b" B".ljust(16)
    assert Pdu(bytes(request)) == A_ASSOCIATE_RQ(bytes(request))


def test_an_ae_title_of_more_than_16_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 16 characters, not 17"):
        A_ASSOCIATE_RQ(called_ae_title="A" * 17)


def test_names_can_be_given_for_codes() -> None:
    reject = A_ASSOCIATE_RJ(result="rejected transient", source=3, reason="local limit exceeded")
    assert bytes(reject)[7:] == b"\2\3\2"
    with pytest.raises(ValueError, match="reason has no value 'local limit exceeded'"):
        A_ASSOCIATE_RJ(source=1, reason="local limit exceeded")


@pytest.mark.parametrize(
    ("source", "reason", "text"),
    [
        (1, 7, "7 (called AE title not recognized)"),
        (1, 5, "5 (reserved)"),
        (2, 2, "2 (protocol version not supported)"),
        (3, 2, "2 (local limit exceeded)"),
        (9, 2, "2"),
    ],
)
def test_the_reason_of_a_rejection_depends_on_its_source(source: int, reason: int, text: str) -> None:
    assert A_ASSOCIATE_RJ(source=source, reason=reason).text("reason") == text


def test_the_reason_of_an_abort_says_something_only_from_the_provider() -> None:
    assert A_ABORT(source=2, reason=6).text("reason") == "6 (invalid PDU parameter value)"
    assert A_ABORT(source=0, reason=6).text("reason") == "6"
    assert A_ABORT(source=1).text("source") == "1 (reserved)"


def test_a_change_deep_in_a_dissected_pdu_shows_in_its_bytes() -> None:
    pdu = Pdu(ALL_PDUS["full request"])
    pdu.items[1].items[0].abstract_syntax_name = "1.2.840.10008.5.1.4.1.1.4"
    assert b"1.2.840.10008.5.1.4.1.1.4" in bytes(pdu)
    related = pdu.items[2].items[9].related_general_sop_class_identification
    related[1].related_general_sop_class_uid = "3.2.1"
    assert b"3.2.1" in bytes(pdu)


def test_lengths_follow_a_change_once_they_are_deleted() -> None:
    pdu = Pdu(ALL_PDUS["full request"])
    del pdu.pdu_length
    del pdu.items[0].item_length
    pdu.items[0].application_context_name = "1.2"
    assert Pdu(bytes(pdu)).complete
    assert len(bytes(pdu)) == len(ALL_PDUS["full request"]) - 18


def test_a_copy_keeps_its_spans() -> None:
    pdu = Pdu(ALL_PDUS["full request"])
    assert pdu.copy().items[1].spans == pdu.items[1].spans


def test_layers_survive_what_scapy_users_do_with_packets() -> None:
    pdu = Pdu(ALL_PDUS["full request"])
    again = pickle.loads(pickle.dumps(pdu))
    assert bytes(again) == bytes(pdu)
    assert again.items[2].items[0].spans == pdu.items[2].items[0].spans
    assert pdu.haslayer(MaximumLengthSubItem)
    assert json.loads(str(pdu.json()))["items"][0]["item_type"] == 0x10
    assert bytes(eval(pdu.command(), vars(layers))) == bytes(pdu)
    assert len(bytes(fuzz(A_ABORT()))) == 10
    assert "A_ASSOCIATE_RQ" in repr(pdu)


def test_more_contexts_and_fragments_than_scapy_lists_hold_are_read() -> None:
    syntaxes = bytes(TransferSyntaxItem(transfer_syntax_name="1.2.3")) * 120
    context = b"\x20\0" + (4 + len(syntaxes)).to_bytes(2, "big") + b"\1\0\0\0" + syntaxes
    request = UnknownPDU(pdu_type=1, value=bytes(68) + context * 128)
    contexts = Pdu(bytes(request)).items
    assert [len(context.items) for context in contexts] == [120] * 128
    fragments = UnknownPDU(pdu_type=4, value=bytes(PresentationDataValueItem(data=b"\1\2")) * 5000)
    assert len(Pdu(bytes(fragments)).items) == 5000


def test_the_message_control_header_is_three_bit_fields() -> None:
    fragment = PresentationDataValueItem(presentation_context_id=3, is_command=1, is_last=1, data=b"ab")
    assert bytes(fragment) == bytes.fromhex("00000004 03 03") + b"ab"
    odd = PresentationDataValueItem(bytes.fromhex("00000002 01 fd"))
    assert (odd.reserved, odd.is_last, odd.is_command) == (0x3F, 0, 1)
    assert bytes(odd) == bytes.fromhex("00000002 01 fd")


@pytest.mark.parametrize(
    ("uid", "layer"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", StorageInformation),
        ("1.2.840.10008.5.1.4.1.1.200.2", StorageInformation),
        ("1.2.840.10008.5.1.4.1.1.200.4", WorklistInformation),
        ("1.2.840.10008.5.1.4.1.2.1.1", QueryInformation),
        ("1.2.840.10008.5.1.4.31", WorklistInformation),
        ("1.2.840.10008.5.1.4.34.6.3", WorklistInformation),
        ("1.2.3.4", ApplicationInformation),
    ],
)
def test_options_of_extended_negotiation_are_read_by_service_class(uid: str, layer: type) -> None:
    item = ExtendedNegotiationSubItem(bytes(ExtendedNegotiationSubItem(sop_class_uid=uid)) + b"")
    assert item.service_class_application_information is None
    prefix = bytes(ExtendedNegotiationSubItem(sop_class_uid=uid))
    raw = prefix[:2] + (len(prefix) - 4 + 3).to_bytes(2, "big") + prefix[4:] + b"\1\1\0"
    item = ExtendedNegotiationSubItem(raw)
    assert type(item.service_class_application_information) is layer
    assert bytes(item) == raw


def test_options_after_the_first_can_be_left_out() -> None:
    assert bytes(QueryInformation(relational_queries=1)) == b"\1"
    answered = QueryInformation(b"\1\0\1")
    assert answered.complete
    assert answered.fuzzy_semantic_matching == 1
    assert answered.timezone_query_adjustment is None
    assert "timezone" not in str(answered.show(dump=True))
    assert QueryInformation(bytes(7)).later_options == bytes(2)


def test_secrets_are_named() -> None:
    assert UserIdentitySubItemRQ(user_identity_type=2).secrets() == {"secondary_field", "trailing"}
    assert "primary_field" in UserIdentitySubItemRQ(user_identity_type=5).secrets()
    assert "primary_field" in UserIdentitySubItemRQ(b"\x58\0").secrets()
    assert "server_response" in UserIdentitySubItemAC().secrets()
    assert not PresentationContextItemAC().secrets()
