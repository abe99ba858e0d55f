"""Bytes explained: what is right is said, what is wrong is named with what was expected."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.explain import Depth, Explainer, Row, explain_bytes
from tests.craft import (
    CT,
    DEFLATED,
    IMPLICIT,
    VERIFICATION,
    associate_ac,
    associate_rq,
    command_set,
    explicit,
    implicit,
    item,
    p_data,
    pdu,
    pdv,
)
from tests.explain.story import ASSOCIATE, ECHO, RELEASE, STORY


def row(rows: list[Row], name: str) -> Row:
    return next(each for each in rows if each.name == name)


def wrong(data: bytes) -> dict[str, str]:
    """Name and complaint of what is wrong, the first of a name."""
    found: dict[str, str] = {}
    for each in explain_bytes(data):
        if each.wrong:
            found.setdefault(each.name, each.wrong)
    return found


def changed(data: bytes, old: str, new: str) -> bytes:
    before, after = bytes.fromhex(old), bytes.fromhex(new)
    assert data.count(before) == 1
    return data.replace(before, after)


def test_the_story_is_explained_without_a_complaint() -> None:
    rows = explain_bytes(STORY, "bytes")
    assert [each.name for each in rows if each.kind == "layer" and not each.depth] == [
        "A-ASSOCIATE-RQ", "P-DATA-TF", "A-RELEASE-RQ",
    ]  # fmt: skip
    assert not [each.wrong for each in rows if each.wrong]
    assert row(rows, "Called AE title").value == "ANY-SCP"
    assert row(rows, "Command Set").value == "C-ECHO-RQ"
    assert row(rows, "PDU length").clause == "PS3.8 Table 9-11"


@pytest.mark.parametrize("depth", ["fields", "bytes"])
def test_the_fields_hold_every_byte_once_in_order(depth: Depth) -> None:
    rows = explain_bytes(STORY, depth)
    at = 0
    for each in rows:
        if each.kind == "field" and each.start is not None and each.start >= at:
            assert each.start == at, each
            at += len(each.data)
    assert at == len(STORY)


def test_single_bytes_say_what_they_add() -> None:
    rows = [each for each in explain_bytes(ASSOCIATE, "bytes") if each.kind == "byte"]
    assert [each.value for each in rows[:4]] == ["0 × 16,777,216 = 0", "0 × 65,536 = 0", "0 × 256 = 0", "205"]
    assert "'A'" in [each.value for each in rows]


def test_bits_are_drawn_where_they_lie() -> None:
    rows = explain_bytes(ECHO)
    assert row(rows, "Last fragment").value == "1  .... ..1."
    assert row(rows, "Command fragment").value == "1  .... ...1"


def test_half_a_pdu_says_how_much_is_missing() -> None:
    assert "says 4 bytes follow, 2 are there" in wrong(RELEASE[:8])["PDU length"]
    assert "says 205 bytes follow, 94 are there" in wrong(ASSOCIATE[:100])["PDU length"]
    rows = explain_bytes(ASSOCIATE[:3])
    assert "3 more bytes expected" in row(rows, "PDU length").wrong


@pytest.mark.parametrize("stated", [190, 204, 206, 1000])
def test_a_wrong_pdu_length_is_named_and_the_rest_still_read(stated: int) -> None:
    data = ASSOCIATE[:2] + stated.to_bytes(4, "big") + ASSOCIATE[6:] + ECHO + RELEASE
    rows = explain_bytes(data)
    assert row(rows, "PDU length").wrong == "expected 000000CD: so many bytes are in this PDU"
    assert row(rows, "PDU length").value == f"{stated:,}"
    assert [each.name for each in rows if not each.depth] == ["A-ASSOCIATE-RQ", "P-DATA-TF", "A-RELEASE-RQ"]
    assert len([each for each in rows if each.wrong]) == 1


def test_a_wrong_length_of_a_fragment_pdu_is_named() -> None:
    data = ECHO[:2] + bytes(4) + ECHO[6:] + RELEASE
    assert wrong(data) == {"PDU length": "expected 0000004A: so many bytes are in this PDU"}


@pytest.mark.parametrize(
    ("old", "new", "name", "expected"),
    [
        ("0500 0000 0004", "0501 0000 0004", "Reserved", "expected 0"),
        ("0000 00cd 0001", "0000 00cd 0002", "Protocol version", "expected bit 0 set"),
        ("2000 002e 01", "2000 002e 02", "Presentation context ID", "expected an odd number, 1 to 255"),
        ("5100 0004", "5100 0003", "Item length", "expected 0004: this item always has 4 bytes"),
        ("3000 0011", "3000 0010", "Item length", "expected 0011: the UID goes on"),
        ("4000 0011", "4000 0012", "Item length", "says 18 bytes, 17 are left: 0011 expected"),
        ("5000 003a", "5000 003b", "Item length", "says 59 bytes, 58 are left"),
        ("3000 0011", "3500 0011", "Item type", "expected 30 or 40"),
        ("2000 002e", "2100 002e", "Item type", "expected 10 or 20 or 50 here: 21 is pres"),
        ("414e 592d 5343 5020", "414e 592d 5343 5000", "Called AE title", "expected a printable character"),
        ("2e31 2e31 2000", "2e31 2e20 2000", "Application context name",
         "expected no padding: the UID ends before the last byte, 20"),
        ("3800 0000 0000 0200", "3700 0000 0000 0200", "Value", "expected 56: so many bytes follow"),
        ("3000 0000 1001", "3100 0000 1001", "Value", "expected one of the 23 command fields"),
        ("0002 0012 0000 00", "0002 0013 0000 00", "Length", "expected an even number, found 19"),
        ("0000 0046 0103", "0000 0045 0103", "Item length", "expected an even number, found 69"),
        ("0000 0046 0103", "0000 0046 0107", "Reserved", "expected 0"),
    ],
)  # fmt: skip
def test_a_wrong_byte_is_named_with_what_was_expected(old: str, new: str, name: str, expected: str) -> None:
    complaints = [each.wrong for each in explain_bytes(changed(STORY, old, new)) if each.name == name]
    assert any(each.startswith(expected) for each in complaints), complaints


def test_a_misread_item_is_blamed_on_the_length_before_it_only() -> None:
    complaints = wrong(changed(ASSOCIATE, "3000 0011", "3000 0010"))
    assert complaints == {
        "Item length": "expected 0011: the UID goes on behind the item",
        "Item": "no item expected here: misread, because the length before is too small",
    }


def test_missing_items_are_named() -> None:
    user = item(0x50, item(0x51, bytes(4)) + item(0x52, "1.2.3"))
    context = item(0x20, bytes((1, 0, 0, 0)) + item(0x30, VERIFICATION))
    complaints = wrong(pdu(1, ASSOCIATE[6:74] + context + user))
    assert complaints["A-ASSOCIATE-RQ"].startswith("expected in it: 10 (application context)")
    assert complaints["Presentation Context"] == "expected in it: 40 (transfer syntax)"


def test_a_transfer_syntax_is_no_abstract_syntax() -> None:
    complaints = wrong(associate_rq("A", "B", [(1, IMPLICIT, [VERIFICATION])]))
    assert complaints["Abstract syntax name"].endswith("Implicit VR Little Endian is a Transfer Syntax")
    assert complaints["Transfer syntax name"].endswith("Verification SOP Class is a SOP Class")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "an HTTP response"),
        (b"GET / HTTP/1.1\r\n", "an HTTP request"),
        (bytes.fromhex("1603 0105 af01 0005"), "a TLS handshake"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\x0bMSH|^~\\&|A|B", "HL7 over MLLP"),
        (b"hello, is this DICOM?", "text"),
        (bytes(128) + b"DICM" + bytes(20), "a DICOM file with its preamble"),
    ],
)
def test_what_is_no_dicom_is_recognised(data: bytes, what: str) -> None:
    (only,) = explain_bytes(data)
    assert only.name == "Not DICOM"
    assert only.value == what
    assert only.wrong.startswith("expected a PDU, which begins with 01 to 07")


def test_an_answer_copies_what_it_may_not_judge() -> None:
    answer = bytearray(associate_ac("A", "B", [(1, IMPLICIT)]))
    answer[10:42] = bytes(16) + b"B".ljust(16, b"\0")
    assert not wrong(bytes(answer))
    answer[42] = 1
    assert wrong(bytes(answer)) == {
        "Reserved": "expected what the request has here, mostly 0: receivers do not look"
    }


def test_the_transfer_syntax_of_a_refused_context_is_not_judged() -> None:
    def answer(result: int, syntax: str) -> bytes:
        context = item(0x21, bytes((1, 0, result, 0)) + item(0x40, syntax))
        user = item(0x50, item(0x51, bytes(4)) + item(0x52, "1.2.3"))
        return pdu(2, ASSOCIATE[6:99] + context + user)

    assert wrong(answer(0, VERIFICATION)).keys() == {"Transfer syntax name"}
    assert not wrong(answer(3, VERIFICATION))


def test_bytes_between_pdus_are_told_and_passed_over() -> None:
    rows = explain_bytes(RELEASE + b"\x99\x98" + RELEASE)
    assert [each.name for each in rows if not each.depth] == ["A-RELEASE-RQ", "No PDU", "A-RELEASE-RQ"]
    assert row(rows, "No PDU").wrong == "expected a PDU type, 01 to 07, found 99"


def test_an_answer_tells_how_the_data_set_of_the_other_side_is_encoded() -> None:
    explainer = Explainer()
    explainer.rows(associate_rq("A", "B", [(1, CT, [IMPLICIT])]), ">")
    explainer.rows(associate_ac("A", "B", [(1, IMPLICIT)]), "<")
    command = command_set(
        CommandField=1, MessageID=1, CommandDataSetType=1, Priority=0, AffectedSOPClassUID=CT,
        AffectedSOPInstanceUID="1.2.3",
    )  # fmt: skip
    data = implicit(0x00100010, b"Doe^Jane")
    sent = p_data(pdv(1, 3, command)) + p_data(pdv(1, 0, data[:10]))
    rows = explainer.rows(sent + p_data(pdv(1, 2, data[10:])), ">")
    assert not [each.wrong for each in rows if each.wrong]
    name = next(each for each in rows if each.name.startswith("(0010,0010)"))
    assert name.value == "Doe^Jane"
    assert name.start == len(sent) - 10


def test_command_sets_in_explicit_vr_or_big_endian_are_recognised() -> None:
    explicit = bytes.fromhex("0000 0000 554c 0400 3800 0000")
    assert "'UL' is a VR" in wrong(p_data(pdv(1, 3, explicit)))["Length"]
    big = bytes.fromhex("0000 0000 0000 0004 0000 0038")
    assert "expected little endian" in wrong(p_data(pdv(1, 3, big)))["Length"]


def test_missing_command_elements_are_named() -> None:
    command = command_set(CommandField=0x0030, CommandDataSetType=0x0101)
    complaint = wrong(p_data(pdv(1, 3, command)))["Command Set"]
    assert complaint == "expected in it: Affected SOP Class UID, Message ID"


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        (0x0130, "Action Type ID, Message ID, Requested SOP Class UID, Requested SOP Instance UID"),
        (0x0150, "Message ID, Requested SOP Class UID, Requested SOP Instance UID"),
        (0x0140, "Affected SOP Class UID, Message ID"),
        (0x0100, "Affected SOP Class UID, Affected SOP Instance UID, Event Type ID, Message ID"),
        (0x0021, "Affected SOP Class UID, Message ID, Move Destination, Priority"),
    ],
)
def test_each_request_is_missed_what_the_standard_wants_in_it(field: int, missing: str) -> None:
    command = command_set(CommandField=field, CommandDataSetType=0x0101)
    assert wrong(p_data(pdv(1, 3, command)))["Command Set"] == f"expected in it: {missing}"


def test_passcodes_are_hidden_unless_asked_for() -> None:
    identity = bytes.fromhex("58000010 02 01 0005") + b"admin" + b"\0\5" + b"p4ssw"
    data = associate_rq("A", "B", [(1, VERIFICATION, [IMPLICIT])], extra=identity)
    shown = [each for each in explain_bytes(data, "bytes") if not each.secret and each.kind != "layer"]
    assert b"p4ssw" not in b"".join(each.data for each in shown)
    assert not any("p4ssw" in each.value for each in shown)
    assert any(each.value == "p4ssw" for each in explain_bytes(data, show_secrets=True))


DEPTHS: list[Depth] = ["items", "fields", "bytes"]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(DEPTHS))
def test_any_bytes_are_explained(data: bytes, depth: Depth) -> None:
    rows = explain_bytes(data, depth)
    assert bool(rows) == bool(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(STORY) - 1), st.integers(0, 255), st.integers(0, len(STORY)))
def test_any_change_of_the_story_is_explained(at: int, byte: int, stop: int) -> None:
    data = bytearray(STORY)
    data[at] = byte
    explain_bytes(bytes(data[:stop]), "bytes")


def test_only_what_follows_a_short_uid_is_left_out() -> None:
    data = changed(STORY, "3000 0011", "3000 0010")
    data = changed(data, "5500 000f", "5501 000f")
    assert wrong(data)["Reserved"].startswith("expected 0")


def test_a_deflated_data_set_has_no_positions_of_its_own() -> None:
    explainer = Explainer("bytes")
    explainer.rows(associate_rq("A", "B", [(1, CT, [DEFLATED])]))
    squeezed = zlib.compressobj(wbits=-15)
    data = squeezed.compress(explicit(0x00100010, "PN", b"Doe^Jane")) + squeezed.flush()
    rows = explainer.rows(p_data(pdv(1, 2, data)))
    name = next(each for each in rows if each.name.startswith("(0010,0010)"))
    assert (name.start, name.value) == (None, "Doe^Jane")


def test_junk_takes_time_in_proportion() -> None:
    rows = explain_bytes((b"\x99" * 3 + RELEASE) * 3000, "items")
    assert len(rows) == 6000


def test_the_mark_that_dcmtk_leaves_in_its_requests_is_known() -> None:
    data = changed(STORY, "2000 002e 0100 0000", "2000 002e 0100 ff00")
    assert wrong(data) == {"Reserved": "expected 0: DCMTK sends FF here; receivers do not look"}
