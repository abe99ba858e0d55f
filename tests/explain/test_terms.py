"""What is this: numbers out of logs, codes, UIDs, tags and names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.explain import Explanation, explain_number


def first(text: str) -> Explanation:
    return explain_number(text)[0]


def test_the_length_of_a_tls_record() -> None:
    found = first("17149697")
    assert found.what == "PDU length"
    assert found.text == (
        "the middle of a TLS record: 16 handshake, version 03 01, 1455 bytes, 01 ClientHello"
    )
    assert found.picture == "16 03 [01 05 AF 01]"
    assert first("0x0105AF01") == first("0105AF01")._replace(why=first("0x0105AF01").why)
    assert first("17,149,697").text == found.text


@pytest.mark.parametrize("number", ["151126016", "0x09020000", "09020000H"])
def test_a_status_element_read_as_a_pdu_header(number: str) -> None:
    found = first(number)
    assert found.text == "a Status element (0000,0900) read as a PDU header from its second byte"
    assert found.picture == "00 00 00 [09 02 00 00] 00"


def test_a_command_element_read_from_its_first_byte() -> None:
    assert first("0x00010200").text == (
        "a Command Field element (0000,0100) read as a PDU header from its first byte"
    )


@pytest.mark.parametrize(
    ("asked", "what", "says"),
    [
        ("72", "PDU type", "0x48 is 'H' of HTTP"),
        ("0x16", "PDU type", "0x16 is a TLS handshake"),
        (str(int.from_bytes(b"TP/1", "big")), "PDU length", "the middle of an HTTP response"),
        (str(int.from_bytes(b"H-2.", "big")), "PDU length", "the middle of SSH"),
        (str(int.from_bytes(b"HTTP", "big")), "bytes", "the first bytes of an HTTP response"),
        (str(int.from_bytes(b"\x01\x00\x02\x02", "big")), "PDU length", "the middle of a TLS alert"),
        ("-1", "length", "undefined length"),
        ("0xCD000000", "length", "205 with its bytes the other way round"),
        ("0xA700", "status", "0xA700 Failure: Out of resources"),
        ("A700", "status", "0xA700 Failure: Out of resources"),
        ("42752", "status", "0xA700 Failure: Out of resources"),
        ("0xB000", "status", "0xB000 Warning: "),
        ("0122", "status", "0x0122 Failure: Refused: SOP Class Not Supported"),
        ("0xFE00", "status", "0xFE00 Cancel"),
        ("0x0030", "command field", "C-ECHO-RQ"),
        ("8001H", "command field", "C-STORE-RSP"),
        ("0x0101", "command element", "Command Data Set Type: no data set follows"),
        ("4", "PDU type", "P-DATA-TF"),
        ("0x51", "item type", "maximum length item"),
        ("0900", "command element", "(0000,0900) Status"),
        ("104", "TCP port", "the registered port of DICOM"),
        ("16384", "length", "the maximum length that DCMTK"),
        ("1/1/7", "A-ASSOCIATE-RJ", "result 1, source 1, reason 7: rejected-permanent"),
        ("2/0", "A-ABORT", "source 2, reason 0: aborted by DICOM UL service-provider"),
        ("1.2.840.10008.1.2.2", "Transfer Syntax, retired", "Explicit VR Big Endian"),
        ("1.2.840.10008.5.1.4.1.1.2", "SOP Class", "CT Image Storage"),
        ("1.2.840.10008.99.1", "UID", "not registered there"),
        ("2.25.1", "UID", "a private UID"),
        ("(0008,0018)", "data element", "(0008,0018) SOP Instance UID, VR UI, VM 1"),
        ("0008,0018", "data element", "(0008,0018) SOP Instance UID"),
        ("0x00080018", "data element", "(0008,0018) SOP Instance UID"),
        ("PatientID", "data element", "(0010,0020) Patient ID, VR LO, VM 1"),
        ("patient id", "data element", "(0010,0020) Patient ID"),
        ("(0000,0110)", "command element", "(0000,0110) Message ID"),
        ("(0009,1001)", "private tag", "(0009,1001) private"),
        ("Implicit VR Little Endian", "Transfer Syntax", "1.2.840.10008.1.2 Implicit VR Little Endian"),
        ("JPEGBaseline8Bit", "Transfer Syntax", "1.2.840.10008.1.2.4.50 JPEG Baseline"),
        ("=LittleEndianImplicit", "Transfer Syntax", "Implicit VR Little Endian"),
        ("C-ECHO", "message", "C-ECHO-RQ, command field 0x0030"),
        ("A-ABORT", "PDU", "A-ABORT, type 07"),
        ("OB", "value representation", "OB: "),
    ],
)
def test_the_likeliest_reading(asked: str, what: str, says: str) -> None:
    found = first(asked)
    assert (found.what, found.text[: len(says)]) == (what, says)


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("E: Store Failed, status 0xa700: Refused: OutOfResources", "0xa700"),
        ("DIMSE Status : A801H (C-MOVE)", "A801H"),
        ("[0x0122]", "0x0122"),
        ("W: no element (0008,0018) in the data set of (0008,0018)", "(0008,0018)"),
        ("Abstract Syntax: =1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2"),
    ],
)
def test_the_one_code_tag_or_uid_in_a_line_of_a_log_is_explained(line: str, term: str) -> None:
    assert explain_number(line) == explain_number(term) != []


def test_a_line_with_several_codes_does_not_say_which_is_meant() -> None:
    assert explain_number("0xA700 or 0xA900 it was") == []


def test_a_number_with_separators_is_decimal() -> None:
    assert not [each for each in explain_number("1,000") if "hexadecimal" in each.why]


def test_the_clause_of_a_length_is_that_of_the_pdus_which_have_it() -> None:
    (length,) = [each for each in explain_number("4") if each.what == "length"]
    assert length.clause == "PS3.8 Tables 9-21, 9-24, 9-25, 9-26"
    assert [each.text for each in explain_number("0xFF00") if each.what == "status"] == ["0xFF00 Pending"]


def test_every_reading_of_a_small_number_is_told() -> None:
    kinds = [each.what for each in explain_number("3")]
    assert kinds[:2] == ["PDU type", "presentation context result"]
    assert {"A-ASSOCIATE-RJ reason", "message control header"} <= set(kinds)


def test_each_service_has_its_own_words_for_a_status() -> None:
    found = [each for each in explain_number("0xC000") if each.what == "status"]
    assert len({each.text for each in found}) == len(found) > 1
    assert all(each.why.startswith("in answers of ") for each in found)


def test_a_uid_that_is_wrong_says_why() -> None:
    assert "begins with 0" in first("1.2.03.4").why
    assert "64 are allowed" in first("1.2." + "3" * 70).why
    assert "OFFIS" in first("1.2.276.0.7230010.3.0.3.6.7").why
    assert "00000000-0000-0000-0000-000000000001" in first("2.25.1").why


@pytest.mark.parametrize("text", ["", "  ", "xyzzy", "99999999999999999999999", "?!", "é", "2024-05-06"])
def test_what_means_nothing_has_no_reading(text: str) -> None:
    assert explain_number(text) == []


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=24), st.integers(-(1 << 34), 1 << 34).map(str), st.integers(0, 1 << 32).map(hex)
    )
)
def test_any_text_is_answered(text: str) -> None:
    found = explain_number(text)
    assert [each.likelihood for each in found] == sorted((each.likelihood for each in found), reverse=True)
    assert all(each.what and each.text for each in found)
