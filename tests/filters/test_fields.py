"""Every field of the table, at work on a day's traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect import filters
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.filters.day import EVERYTHING, selected

ASSOCIATION_1 = "1.1 1.2 1.3 1.4 1.5"
ASSOCIATIONS_1_2 = f"{ASSOCIATION_1} 2.1 2.2"
EXCHANGES = f"{ASSOCIATIONS_1_2} 5.1"
NEGOTIATED = f"{ASSOCIATIONS_1_2} 4 5.1"
IPV4 = f"{ASSOCIATIONS_1_2} 3 4"

CASES: dict[str, tuple[tuple[str, str], ...]] = {
    "association": (("association in {2..3}", "2.1 2.2 3"), ("association > 4", "5.1")),
    "association.start": (
        ("association.start >= 1700000120", "3 4 5.1"),
        ('association.start == "2023-11-14T22:13:20.003Z"', ASSOCIATION_1),
        ("association.start < 2023-11-14T22:15:20.003000001Z", f"{ASSOCIATIONS_1_2} 3"),
        ("association.start > 2023-11-15T00:16:00+02:00", "4 5.1"),
    ),
    "association.end": (("association.end < 1700000070", ASSOCIATIONS_1_2),),
    "association.duration": (("association.duration > 3s", ASSOCIATION_1),),
    "calling_ae": (
        ('calling_ae ~ "^ct"', f"{ASSOCIATION_1} 3 4"),
        ('calling_ae contains "CT"', f"{ASSOCIATION_1} 3 4"),
        ('calling_ae contains "ct"', ""),
        ("calling_ae == MR1", "5.1"),
    ),
    "called_ae": (('called_ae != "ARCHIVE"', "5.1"),),
    "ae": (("ae == WORKSTATION", "2.1 2.2"), ("ae == PACS", "5.1")),
    "requestor.address": (("requestor.address == 10.0.0.1", IPV4), ("requestor.address == 10.0.0.2", "")),
    "acceptor.address": (
        ("acceptor.address in 10.0.0.0/30", IPV4),
        ("acceptor.address in {192.168.0.0/16, fe80::/10}", "5.1"),
        ("acceptor.address in {10.0.0.1..10.0.0.5}", IPV4),
        ("acceptor.address != 10.0.0.0/8", "5.1"),
        ('acceptor.address ~ "^10\\."', IPV4),
    ),
    "address": (("address == fe80::1", "5.1"), ("address == 10.0.0.2", IPV4)),
    "requestor.port": (("requestor.port == 50002", "3"),),
    "acceptor.port": (("acceptor.port == 104", "5.1"), ("acceptor.port in {1..1023}", "5.1")),
    "port": (("port in {104, 50003}", "4 5.1"),),
    "outcome": (("outcome == released", ASSOCIATIONS_1_2), ('outcome in {"Rejected", aborted}', "3 4 5.1")),
    "application_context": (
        ("application_context == 1.2.840.10008.3.1.1.1", EVERYTHING),
        ('application_context == "DICOM Application Context Name"', EVERYTHING),
    ),
    "max_pdu_length.requestor": (("max_pdu_length.requestor >= 32KiB", "2.1 2.2"),),
    "max_pdu_length.acceptor": (("max_pdu_length.acceptor == 0", ASSOCIATION_1),),
    "implementation.requestor.class_uid": (
        ("implementation.requestor.class_uid == 1.2.826.0.1.3680043.10.999.2", EVERYTHING),
    ),
    "implementation.requestor.version_name": (
        ("implementation.requestor.version_name == CRAFT", EVERYTHING),
    ),
    "implementation.acceptor.class_uid": (("has implementation.acceptor.class_uid", NEGOTIATED),),
    "implementation.acceptor.version_name": (("implementation.acceptor.version_name == CRAFT", NEGOTIATED),),
    "user_identity.type": (("user_identity.type == 2", ASSOCIATION_1),),
    "user_identity.name": (("user_identity.name == bob", ASSOCIATION_1),),
    "context.id": (("context.id == 5", ASSOCIATION_1),),
    "context.abstract_syntax": (
        ('context.abstract_syntax == "CT Image Storage"', f"{ASSOCIATION_1} 3 4"),
        ("context.abstract_syntax == CTImageStorage", f"{ASSOCIATION_1} 3 4"),
        ("context.abstract_syntax != 1.2.840.10008.5.1.4.1.1.2", "2.1 2.2 5.1"),
    ),
    "context.proposed": (('context.proposed ~ "jpeg baseline"', ASSOCIATION_1),),
    "context.transfer_syntax": (
        ('context.transfer_syntax == "implicit vr little endian"', ASSOCIATIONS_1_2),
    ),
    "context.result": (
        ("context.result > 0", ASSOCIATION_1),
        ('context.result ~ "transfer-syntaxes"', ASSOCIATION_1),
        ("context.result == acceptance", NEGOTIATED),
    ),
    "rejection": (("rejection", "3"), ("!rejection && !abort", ASSOCIATIONS_1_2)),
    "rejection.result": (("rejection.result == 2", "3"), ("rejection.result == rejected-permanent", "")),
    "rejection.source": (('rejection.source == "DICOM UL service-user"', "3"),),
    "rejection.reason": (("rejection.reason == 7", "3"),),
    "rejection.text": (('rejection.text contains "called-AE-title-not-recognized"', "3"),),
    "abort": (("abort", "4 5.1"), ("has abort", "4 5.1")),
    "abort.by": (("abort.by == requestor", "5.1"), ("abort.by == acceptor", "4")),
    "abort.source": (("abort.source == 2", "4"),),
    "abort.reason": (("abort.reason == unexpected-PDU", "4"),),
    "abort.text": (('abort.text ~ "service-provider.*unexpected"', "4"),),
    "command": (
        ("command == C-STORE", "1.2 1.3 1.4 1.5"),
        ("command == C-STORE-RSP", "1.2 1.3 1.4"),
        ("command == 0x8001", "1.2 1.3 1.4"),
        ("command == C-CANCEL-RQ", "2.2"),
        ('command ~ "^N-"', "5.1"),
    ),
    "dimse.command": (('dimse.command == "C-STORE-RQ" && status != 0', "1.3 1.4"),),
    "message_id": (("message_id == 2", "1.2 2.2"), ("message_id in {3..4, 9}", "1.3 1.4 5.1")),
    "status": (
        ("status == 0", "1.1 1.2 2.1"),
        ("status != 0", "1.3 1.4 2.2"),
        ("!(status == 0)", "1.3 1.4 1.5 2.2 3 4 5.1"),
        ("status == Failure", "1.4"),
        ("status in {0xA700..0xAFFF, warning}", "1.3 1.4"),
        ('status ~ "^(fail|warn)"', "1.3 1.4"),
    ),
    "status.category": (("status.category == Cancel", "2.2"), ("status.category != Success", "1.3 1.4 2.2")),
    "status.text": (('status.text ~ "out of resources"', "1.4"),),
    "dimse.status": (("dimse.status == 0xFF01", "2.1"), ("dimse.status == Pending", "2.1 2.2")),
    "sop_class": (
        ('sop_class == "CT Image Storage"', "1.2 1.3 1.4 1.5"),
        ("sop_class == Verification", "1.1"),
        ('sop_class contains "1.2.840.10008.3"', "5.1"),
    ),
    "sop_instance": (("sop_instance == 1.2.3.4", "1.4"),),
    "move.destination": (("move.destination == WORKSTATION", "2.2"),),
    "context_id": (("context_id == 3", "1.2 1.3 1.4 1.5 2.2"),),
    "transfer_syntax": (('transfer_syntax == "Explicit VR Little Endian"', "1.2 1.3 1.4 1.5 5.1"),),
    "size": (("size > 40kB", "1.4"), ("size == 0", "1.1 1.5")),
    "data_set.length": (("data_set.length >= 39KiB", "1.4"), ("data_set.length < 20", "2.1 2.2")),
    "response_time": (("response_time > 2s", "1.4"), ("response_time <= 1000us", "1.1 1.2 1.3 2.1 2.2")),
    "duration": (("duration >= 3", "1.4"), ("duration < 0.001ms", ""), ("duration > 0.05m", "1.4")),
    "responses": (("responses == 0", "1.5 5.1"), ("responses == 4", "2.1")),
    "pending": (("pending == 3", "2.1"),),
    "remaining": (("remaining == 4", "2.2"),),
    "completed": (("completed == 1", "2.2"),),
    "failed": (("failed > 0", "2.2"),),
    "warning": (("warning", "2.2"), ("warning > 1", "")),
    "sender": (("sender == requestor", EXCHANGES), ("sender == acceptor", "")),
    "frame": (("frame in {6, 97}", "1.1 5.1"),),
    "time": (("time < 1700000060", ASSOCIATION_1), ("time > 2023-11-14T22:14:20Z", "2.1 2.2 5.1")),
    "time.relative": (("time.relative in {60s..120s}", "2.1 2.2"),),
    "complete": (("!complete", "1.5"), ("complete == false", "1.5"), ("has complete", EVERYTHING)),
    "damage": (("damage", "1.5"), ('damage contains "last fragment"', "1.5")),
    "pdu.type": (
        ("pdu.type == 7", "4 5.1"),
        ('pdu.type == "A-ABORT"', "4 5.1"),
        ("pdu.type != 4", "3 4"),
        ("pdu.type == P-DATA-TF", EXCHANGES),
    ),
    "pdu.length": (("pdu.length > 9999", "1.4"),),
    "pdu.sender": (("pdu.sender != acceptor", ""), ("pdu.sender == requestor", EVERYTHING)),
    "finding": (("has finding", "1.5 3 4 5.1"), ("!finding", "1.1 1.2 1.3 1.4 2.1 2.2")),
    "finding.rule": (("finding.rule == odd", "5.1"), ("has finding.rule", "1.5 3 4 5.1")),
    "finding.severity": (
        ("finding.severity == error", "5.1"),
        ("finding.severity === warning", "1.5"),
    ),
    "finding.text": (('finding.text ~ "data set"', "1.5"),),
    "finding.clause": (('finding.clause ~ "^PS3.8"', "3 4 5.1"),),
    "dataset": (("dataset", "1.2 1.3 1.4 2.1 2.2 5.1"),),
    "dataset.*": (
        ('dataset.PatientID == "4711"', "1.2"),
        ("dataset.(0010,0020) == '4712'", "1.3"),
        ('dataset.00100020 in {"4711".."4712"}', "1.2 1.3"),
        ('(0010,0020) ~ "^47"', "1.2 1.3 1.4 2.1"),
        ("dataset.PatientName", "1.2 1.3 1.4 2.1"),
        ('dataset.PatientName == ""', "2.1"),
        ('dataset.PatientName == "Müller^4713"', "1.4"),
        ('dataset.PatientName == "M\\xfcller^4713"', "1.4"),
        ("dataset.StudyDate >= 20260101", "1.2 1.3 1.4"),
        ("dataset.SliceThickness == 2.5", "1.2 1.3 1.4"),
        ("dataset.InstanceNumber in {10..20}", "1.2 1.3 1.4"),
        ("dataset.Rows == 512", "1.2 1.3 1.4"),
        ("dataset.SmallestImagePixelValue < 4", "1.2 1.3 1.4"),
        ("dataset.FrameIncrementPointer == 00181063", "1.2 1.3 1.4"),
        ("dataset.PixelData", "1.2 1.3 1.4"),
        ("dataset.ReferencedStudySequence", ""),
        ("dataset.ReferencedPerformedProcedureStepSequence.ReferencedSOPInstanceUID == 1.9.9", "1.2 1.3 1.4"),
        ("dataset.ScheduledStepAttributesSequence.AccessionNumber == ACC1", "5.1"),
        ("(0040,0270).ReferencedImageSequence.(0008,1155) == 1.7.7", "5.1"),
        ("dataset.AccessionNumber", ""),
        ("dataset.(0009,1001) == secret", "1.2 1.3 1.4"),
        ("dataset.(0009,1002) == 77", "1.2 1.3 1.4"),
        ('dataset.(0009,1002) ~ "^7"', "1.2 1.3 1.4"),
    ),
    "command_set.*": (
        ("command_set.Priority == 1", "2.1"),
        ("command_set.ErrorComment", "1.4"),
        ("command_set.ErrorComment contains 'disk'", "1.4"),
        ("command_set.(0000,0110) == 9", "5.1"),
        ("command_set.CommandGroupLength > 100 && abort", ""),
        ("command_set.AffectedSOPClassUID == Verification", "1.1"),
    ),
}


def test_the_pdus_of_an_association_are_told_once_however_many_there_are(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    for _ in range(300):
        talk.requestor.pdu(0x05)
    talk.echo()
    association = dissect.open(talk.write(tmp_path / "released.pcap")).associations[0]
    types = next(field for field in filters.FIELDS if field.name == "pdu.type").bind(association)
    assert callable(types)
    assert sorted(types(association.exchanges[0])) == [1, 2, 4, 4, 5]
    assert filters.compile("pdu.type == A-RELEASE-RQ").select(association)


def test_every_field_is_tried() -> None:
    assert CASES.keys() == {field.name for field in filters.FIELDS}


@pytest.mark.parametrize(
    ("text", "expected"), [case for cases in CASES.values() for case in cases], ids=lambda part: part or "-"
)
def test_a_field_selects(text: str, expected: str) -> None:
    assert selected(text) == expected


@pytest.mark.parametrize("field", filters.FIELDS, ids=lambda field: field.name)
def test_the_example_of_a_field_is_a_filter_on_it(field: filters.Field) -> None:
    assert filters.check(field.example) is None
    assert field.name.rstrip("*") in field.example
