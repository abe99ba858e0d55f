"""Names come from the libraries' tables; the few that are written out agree with them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID
from pynetdicom import dimse_messages, sop_class
from pynetdicom import status as pynetdicom_status
from pynetdicom.pdu import A_ASSOCIATE_RJ

from dissect.dicom import tables

CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
FILM_SESSION = "1.2.840.10008.5.1.1.1"


def test_names_of_uids_and_transfer_syntaxes_load_no_library() -> None:
    script = (
        "import sys; from dissect.dicom import tables as t;"
        "assert t.uid_name('1.2.840.10008.1.1') == 'Verification SOP Class';"
        "t.transfer_syntax('1.2.840.10008.1.2.4.70'); t.sop_class_name('1.2.3');"
        "t.status(0, None, 'C-STORE-RSP'); t.status(0xFF00, None, 'C-FIND-RSP'); t.reject_text(1, 1, 7);"
        "print([m for m in ('pydicom', 'pynetdicom') if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_every_uid_of_pydicom_and_pynetdicom_has_a_name() -> None:
    for uid, entry in UID_dictionary.items():
        assert tables.uid_name(uid) == entry[0]
        assert tables.uid_type(uid) == entry[1]
    for name, table in vars(sop_class).items():
        if name.endswith("_CLASSES") and name.startswith("_"):
            for uid in table if name == "_SERVICE_CLASSES" else table.values():
                assert tables.uid_name(uid) is not None, uid


def test_a_private_uid_has_no_name() -> None:
    assert tables.uid_name("1.2.3.4") is None
    assert tables.sop_class_name("1.2.3.4") == "1.2.3.4"


def test_a_padded_uid_is_named_all_the_same() -> None:
    assert tables.uid_name("1.2.840.10008.1.1\0") == "Verification SOP Class"
    assert tables.transfer_syntax("1.2.840.10008.1.2\0").implicit


def test_short_names_of_sop_classes_stay_unique() -> None:
    uids = [uid for uid in UID_dictionary if "SOP Class" in (tables.uid_type(uid) or "")]
    assert len({tables.sop_class_name(uid) for uid in uids}) == len({tables.uid_name(uid) for uid in uids})
    assert tables.sop_class_name(STUDY_ROOT_FIND) == "Study Root Query/Retrieve - FIND"
    assert tables.sop_class_name("1.2.840.10008.1.1") == "Verification"
    assert tables.sop_class_name("1.2.840.10008.5.1.4.1.1.1.2").endswith("For Presentation")


def test_command_names_are_those_of_pynetdicom() -> None:
    assert {name.replace("_", "-") for name in dimse_messages._COMMAND_SET_KEYWORDS} == set(
        tables.COMMANDS.values()
    )
    for field, message in dimse_messages._MESSAGE_TYPES.items():
        assert tables.COMMANDS[field] == message[0].replace("_", "-")
    assert len(tables.COMMANDS) == 23


def test_transfer_syntaxes_agree_with_pydicom_but_for_its_known_gaps() -> None:
    deviating = {f"1.2.840.10008.1.2.4.{number}" for number in (94, 95, 204, 205)} | {"1.2.840.10008.1.20"}
    for text, entry in UID_dictionary.items():
        if entry[1] != "Transfer Syntax" or text in deviating:
            continue
        uid, syntax = UID(text), tables.transfer_syntax(text)
        assert syntax.known
        assert syntax.name == uid.name
        assert (syntax.implicit, syntax.little) == (uid.is_implicit_VR, uid.is_little_endian)
        assert (syntax.deflated, syntax.encapsulated) == (uid.is_deflated, uid.is_encapsulated)


def test_syntaxes_that_reference_pixel_data_are_deflated_where_their_name_says_so() -> None:
    for number in (94, 95, 204, 205):
        syntax = tables.transfer_syntax(f"1.2.840.10008.1.2.4.{number}")
        assert syntax.deflated == ("Deflate" in syntax.name)
        assert not syntax.encapsulated
    assert tables.transfer_syntax("1.2.840.10008.1.20").implicit
    frames = tables.transfer_syntax("1.2.840.10008.1.2.8.1")
    assert frames.encapsulated
    assert not frames.deflated


@pytest.mark.parametrize("uid", ["1.2.3.4.5", "1.2.840.10008.1.1", "", "not a uid"])
def test_what_is_not_a_registered_transfer_syntax_is_not_known(uid: str) -> None:
    assert not tables.transfer_syntax(uid).known


def test_status_categories_are_those_of_annex_c() -> None:
    for code in range(0x10000):
        expected = pynetdicom_status.code_to_category(code)
        category = tables.status_category(code)
        if category != expected:  # the annex reserves all of 01xx and 02xx for failures
            assert (code >> 8 in (1, 2), category, expected) == (True, "Failure", "Unknown")
    assert tables.status_category(0xD000) == "Unknown"


@pytest.mark.parametrize(
    ("code", "uid", "command", "category", "words"),
    [
        (0x0000, None, "C-ECHO-RSP", "Success", "Success"),
        (0xFE00, STUDY_ROOT_FIND, "C-FIND-RSP", "Cancel", "Canceled"),
        (0xFF00, STUDY_ROOT_FIND, "C-FIND-RSP", "Pending", "Pending"),
        (0xB000, CT, "C-STORE-RSP", "Warning", "Coercion of Data Elements"),
        (0xB000, "1.2.3.4", "C-STORE-RSP", "Warning", "Coercion of Data Elements"),
        (0xB000, STUDY_ROOT_MOVE, "C-MOVE-RSP", "Warning", "Sub-operations completed, one or more failures"),
        (
            0xB000,
            STUDY_ROOT_GET,
            "C-GET-RSP",
            "Warning",
            "Sub-operations complete, one or more failures or warnings",
        ),
        (0xA801, STUDY_ROOT_MOVE, "C-MOVE-RSP", "Failure", "Move destination unknown"),
        (0xA801, STUDY_ROOT_GET, "C-GET-RSP", "Failure", ""),
        (0xA900, STUDY_ROOT_FIND, "C-FIND-RSP", "Failure", "Identifier Does Not Match SOP Class"),
        (0xA9FF, CT, "C-STORE", "Failure", "Data Set Does Not Match SOP Class"),
        (0xC300, UPS_PUSH, "N-SET-RSP", "Failure", "The UPS may no longer be updated"),
        (0xB600, FILM_SESSION, "N-CREATE-RSP", "Warning", "Memory allocation not supported"),
        (0x0110, "1.2.840.10008.3.1.2.3.3", "N-SET-RSP", "Failure", "Processing Failure"),
        (0x0124, CT, "C-STORE-RSP", "Failure", "Refused: Not Authorized"),
        (0x0122, None, "", "Failure", "Refused: SOP Class Not Supported"),
        (0xD000, CT, "C-STORE-RSP", "Unknown", ""),
    ],
)
def test_a_status_means_what_its_service_and_command_say(
    code: int, uid: str | None, command: str, category: str, words: str
) -> None:
    assert tables.status(code, uid, command) == (category, words)


def test_modality_worklist_answers_like_a_query() -> None:
    assert tables.status(0xC001, "1.2.840.10008.5.1.4.31", "C-FIND-RSP").text == "Unable to Process"


def test_reasons_of_storage_commitment_and_performed_procedure_steps_are_known() -> None:
    assert tables.failure_reason_text(0x0131) == "Duplicate Transaction UID"
    assert tables.failure_reason_text(0x0112) == "No Such SOP Instance"
    assert tables.error_id_text(0xA710) == "Performed Procedure Step may no longer be updated"
    assert tables.error_id_text(1) == ""


def test_reject_texts_cover_every_reason_pynetdicom_knows() -> None:
    text = tables.reject_text(1, 1, 7)
    assert text == "rejected-permanent by DICOM UL service-user: called-AE-title-not-recognized"
    for source in (1, 2, 3):
        for reason in range(11):
            pdu = A_ASSOCIATE_RJ()
            pdu.source, pdu.reason_diagnostic = source, reason
            try:
                reserved = "reserved" in pdu.reason_str.lower()
            except (KeyError, ValueError):
                reserved = True
            assert ("reserved reason" in tables.reject_text(2, source, reason)) == reserved, (source, reason)
    assert tables.reject_text(9, 9, 9) == "reserved result 9 by reserved source 9: reserved reason 9"


def test_an_abort_of_the_user_has_no_reason() -> None:
    assert tables.abort_text(0, 3) == "aborted by DICOM UL service-user"
    assert tables.abort_text(2, 2) == "aborted by DICOM UL service-provider: unexpected-PDU"
    assert tables.abort_text(2, 3) == "aborted by DICOM UL service-provider: reserved reason 3"
    assert tables.context_result_text(3) == "abstract-syntax-not-supported (provider rejection)"
    assert tables.context_result_text(200) == "reserved result 200"


def test_tags_have_names_keywords_and_representations() -> None:
    assert tables.keyword(0x00100010) == "PatientName"
    assert tables.tag_name(0x00100010) == "Patient's Name"
    assert tables.dictionary_vr(0x00100010) == "PN"
    assert tables.dictionary_vr(0x60020010) == "US"  # repeating group
    assert tables.dictionary_vr(0x00280106) == "US or SS"
    assert tables.dictionary_vr(0xFFFEE000) is None
    assert tables.tag_name(0xFFFEE000) == "Item"
    assert (tables.tag_name(0x00080000), tables.dictionary_vr(0x00080000)) == ("Group Length", "UL")
    assert (tables.tag_name(0x00001234), tables.keyword(0x00001234)) == (None, "")


def test_a_private_tag_is_named_by_its_creator() -> None:
    assert tables.tag_name(0x00090010) == "Private Creator"
    assert tables.dictionary_vr(0x00090010) == "LO"
    assert tables.tag_name(0x00091027, "GEMS_IDEN_01") == "Image actual date"
    assert tables.dictionary_vr(0x00091027, "GEMS_IDEN_01") == "SL"
    assert tables.dictionary_vr(0x00091027, "nobody") is None
    assert tables.dictionary_vr(0x00091027) is None
