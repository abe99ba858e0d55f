"""Fields of PDUs and messages set to other values: lengths follow, and nothing else changes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.layers import (
    P_DATA_TF,
    CommandSet,
    Pdu,
    PresentationDataValueItem,
    RoleSelectionSubItem,
    UserInformationItem,
    command,
)
from dissect.peer.rewriting import names, parse_setting, rewrite, settable
from dissect.peer.values import SettingError
from tests.explain.story import ASSOCIATE, ECHO, RELEASE

PDUS = [ASSOCIATE, ECHO, RELEASE]


def changed(*settings: str, pdus: list[bytes] | None = None) -> list[bytes]:
    return rewrite(pdus or PDUS, [parse_setting(setting) for setting in settings])


def whole(pdu: bytes) -> bool:
    return Pdu(pdu).complete and len(pdu) == 6 + int.from_bytes(pdu[2:6], "big")


def test_what_can_be_set_is_what_there_is() -> None:
    assert names(PDUS) == ["A-ASSOCIATE-RQ", "P-DATA-TF", "C-ECHO-RQ", "A-RELEASE-RQ"]
    rows = {(name, field): value for name, field, value in settable(PDUS, show_secrets=False)}
    assert rows["A-ASSOCIATE-RQ", "called_ae_title"] == "ANY-SCP"
    assert rows["A-ASSOCIATE-RQ", "maximum_length_received"] == "16384"
    assert rows["C-ECHO-RQ", "MessageID"] == "1"


def test_a_title_changes_and_nothing_else() -> None:
    pdus = changed("A-ASSOCIATE-RQ.called_ae=ORTHANC")
    assert pdus == [ASSOCIATE.replace(b"ANY-SCP         ", b"ORTHANC         "), ECHO, RELEASE]


def test_a_field_of_an_item_by_a_short_name() -> None:
    (pdu, *rest) = changed("a-associate-rq.max_length=4096")
    assert pdu == ASSOCIATE.replace(bytes.fromhex("510000040000 4000"), bytes.fromhex("510000040000 1000"))
    assert rest == [ECHO, RELEASE]


def test_all_lengths_follow_a_longer_value() -> None:
    (pdu, *_) = changed("A-ASSOCIATE-RQ.abstract_syntax_name=1.2.840.10008.5.1.4.1.2.2.1")
    assert whole(pdu)
    assert len(pdu) == len(ASSOCIATE) + 10
    context = Pdu(pdu).items[1]
    assert (context.item_length, context.items[0].item_length) == (0x2E + 10, 0x11 + 10)


def test_lengths_within_items_follow_too() -> None:
    request = Pdu(ASSOCIATE)
    assert isinstance(request.items[2], UserInformationItem)
    request.items[2].items.append(RoleSelectionSubItem(sop_class_uid="1.2.3", scp_role=1))
    request.pdu_length = request.items[2].item_length = None
    (pdu,) = changed("A-ASSOCIATE-RQ.sop_class_uid=1.2.840.10008.1.1", pdus=[bytes(request)])
    assert whole(pdu)
    assert Pdu(pdu).items[2].items[-1].sop_class_uid_length == 17


def test_one_of_several_fields_of_a_name() -> None:
    (pdu, *_) = changed("A-ASSOCIATE-RQ.item_type[3]=0x99")
    assert pdu == ASSOCIATE.replace(bytes.fromhex("30000011"), bytes.fromhex("99000011"))


def test_a_length_can_be_set_wrong() -> None:
    _, echo, _ = changed("P-DATA-TF.pdu_length=3", "C-ECHO-RQ.MessageID=2")
    assert (echo[2:6], CommandSet(echo[12:]).get("MessageID")) == (b"\0\0\0\3", 2)
    assert changed("A-RELEASE-RQ.pdu_length=3")[2] == bytes.fromhex("05000000000300000000")


def test_names_of_codes_and_single_bits() -> None:
    (pdu,) = changed("P-DATA-TF.is_last=0", "P-DATA-TF.reserved[2]=63", pdus=[ECHO])
    assert pdu[11] == 0xFD
    (abort,) = changed("A-ABORT.source=service provider", "A-ABORT.reason=6",
                       pdus=[bytes.fromhex("07000000000400000000")])  # fmt: skip
    assert abort[8:] == b"\2\6"


def test_an_element_of_a_command_set_with_all_lengths() -> None:
    _, echo, _ = changed("C-ECHO-RQ.MessageID=7", "C-ECHO-RQ.AffectedSOPClassUID=1.2.3")
    assert whole(echo)
    found = CommandSet(echo[12:])
    assert (found.get("MessageID"), found.get("AffectedSOPClassUID")) == (7, "1.2.3")
    assert found.get("CommandGroupLength") == len(echo) - 12 - 12
    assert changed("C-ECHO-RQ.messageid=0x0001")[1] == ECHO


def test_an_element_that_was_not_there_takes_its_place() -> None:
    _, echo, _ = changed("C-ECHO-RQ.Priority=high", "C-ECHO-RQ.MoveDestination=A")
    assert [item.tag for item in CommandSet(echo[12:]).elements] == [0, 2, 0x100, 0x110, 0x600, 0x700, 0x800]
    assert CommandSet(echo[12:]).get("Priority") == 1


def test_a_command_set_in_several_fragments() -> None:
    data = ECHO[12:]
    parts = [data[:20], data[20:30], data[30:]]
    items = [PresentationDataValueItem(data=part, is_command=1, is_last=part is parts[2]) for part in parts]
    pdus = changed("C-ECHO-RQ.AffectedSOPClassUID=1.2", "C-ECHO-RQ.MessageID=9",
                   pdus=[bytes(P_DATA_TF(items=items[:2])), bytes(P_DATA_TF(items=items[2:]))])  # fmt: skip
    assert all(map(whole, pdus))
    fragments = [item.data for pdu in pdus for item in Pdu(pdu).items]
    assert fragments[:2] == [bytes(command("C-ECHO-RQ", AffectedSOPClassUID="1.2", MessageID=9))[:20],
                             fragments[1]]  # fmt: skip
    assert b"".join(fragments) == bytes(command("C-ECHO-RQ", AffectedSOPClassUID="1.2", MessageID=9))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(6, 299), st.integers(0, 255)), max_size=12))
def test_whatever_the_bytes_are_a_setting_is_made_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(ASSOCIATE + ECHO + RELEASE)
    for at, byte in changes:
        data[at] = byte
    pdus = [bytes(data[:211]), bytes(data[211:291]), bytes(data[291:])]
    assert rewrite(pdus, []) == pdus
    for setting in ("A-ASSOCIATE-RQ.called_ae=X", "A-ASSOCIATE-RQ.max_length=1", "C-ECHO-RQ.MessageID=2",
                    "P-DATA-TF.is_last=1"):  # fmt: skip
        with suppress(SettingError):
            changed(setting, pdus=pdus)
    list(settable(pdus, show_secrets=False))


def test_no_field_is_set_where_bytes_are_missing() -> None:
    said = "^P-DATA-TF is not whole, so no fields are set: its Presentation Data Value ends early$"
    with pytest.raises(SettingError, match=said):
        changed("P-DATA-TF.is_last=1", pdus=[bytes.fromhex("04 00 00000004 00000000")])


ASSOCIATE_RQ, ECHO_RQ, RELEASE_RQ = "A-ASSOCIATE-RQ.", "C-ECHO-RQ.", "A-RELEASE-RQ."


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("max_length", "'max_length' is no setting: expected NAME.FIELD=VALUE, such as "
         "A-ASSOCIATE-RQ.max_length=4096"),
        ("C-FIND-RQ.MessageID=1", "there is no C-FIND-RQ to set fields of, only A-ASSOCIATE-RQ, P-DATA-TF, "
         "C-ECHO-RQ, A-RELEASE-RQ"),
        (RELEASE_RQ + "colour=1", "A-RELEASE-RQ has no field colour; it has pdu_type, reserved, pdu_length, "
         "reserved2, trailing"),
        (ECHO_RQ + "colour=1", "C-ECHO-RQ has no field colour; it has CommandGroupLength, "
         "AffectedSOPClassUID, CommandField, MessageID, CommandDataSetType"),
        (ASSOCIATE_RQ + "impl=1", "A-ASSOCIATE-RQ.impl may be implementation_class_uid or "
         "implementation_version_name"),
        (ASSOCIATE_RQ + "item_type[99]=1", "A-ASSOCIATE-RQ has 8 item_type, and no number 99"),
        (ASSOCIATE_RQ + "max_length=many", "max_length is a number, decimal or with 0x, and 'many' is none"),
        (ASSOCIATE_RQ + "max_length=4294967296",
         "max_length is from 0 to 4,294,967,295, and '4294967296' is not"),
        (ASSOCIATE_RQ + "context_id=256", "context_id is from 0 to 255, and '256' is not"),
        (ASSOCIATE_RQ + "called_ae=A TITLE THAT IS TOO LONG",
         "called_ae_title: an AE title has at most 16 characters, not 24"),
        (RELEASE_RQ + "reserved2=00", "reserved2 has 4 bytes, and '00' has 1"),
        ("P-DATA-TF.data=x", "data holds bytes: expected them in hexadecimal, found 'x'"),
        (ECHO_RQ + "MessageID=65536", "MessageID is from 0 to 65,535, and '65536' is not"),
        (ECHO_RQ + "AffectedSOPClassUID=é", "AffectedSOPClassUID holds ASCII text only, and 'é' is more"),
        (ECHO_RQ + "OffendingElement=1", "OffendingElement holds tags such as (0010,0010), and '1' is none"),
        (ASSOCIATE_RQ + "implementation_version=" + "x" * 70000,
         "Implementation Version Name holds more bytes than its length field can say"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_told_with_what_can(setting: str, said: str) -> None:
    with pytest.raises(SettingError) as error:
        changed(setting)
    assert str(error.value) == said
