from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dissect.capture import series
from dissect.outputs.ndjson import Array, Wanted, ndjson
from dissect.outputs.selection import Selection
from tests.craft import CT, EXPLICIT, IMPLICIT, JPEG, VERIFICATION, Talk, dicom, explicit, implicit
from tests.outputs.golden import CAPTURES, same
from tests.outputs.reading import read

Object = dict[str, Any]
EXPECTED = [path for path in sorted((CAPTURES / "expected").glob("*.json")) if "tls" not in path.stem]
"""What peers recorded, except where nobody but they could read it."""

ASSOCIATION = {
    "schema": str, "capture": str, "index": int, "start": str, "end": str,
    "requestor": dict, "acceptor": dict,
    "calling_ae": (str, None), "called_ae": (str, None), "outcome": str, "rejection": (dict, None),
    "abort": (dict, None), "application_context": (str, None), "max_pdu_length": dict, "implementation": dict,
    "presentation_contexts": list, "user_identity": (dict, None), "pdus": list, "messages": list,
    "exchanges": list, "findings": list,
}  # fmt: skip
CONTEXT = {
    "id": int, "abstract_syntax": (str, None), "abstract_syntax_name": (str, None), "proposed": list,
    "result": (int, None), "result_text": (str, None), "transfer_syntax": (str, None),
    "transfer_syntax_name": (str, None), "requestor_roles": (dict, None), "acceptor_roles": (dict, None),
    "inferred": (str, None),
}  # fmt: skip
PDU = {"index": int, "frame": int, "time": str, "sender": str, "type": int, "name": str, "length": int}
MESSAGE = {
    "index": int, "frame": int, "time": str, "end_time": str, "sender": str, "context_id": int,
    "command": (str, None), "message_id": (int, None), "message_id_being_responded_to": (int, None),
    "command_set": (dict, None), "status": (dict, None), "data_set": (dict, None), "damage": (str, None),
}  # fmt: skip
DATA_SET = {
    "length": int, "complete": bool, "transfer_syntax": (str, None), "sha256": (str, None), "elements": dict
}  # fmt: skip
STATUS = {"code": int, "category": str, "text": (str, None)}
EXCHANGE = {
    "request": (int, None), "responses": list, "status": (dict, None), "response_time": (float, None),
    "duration": (float, None), "cancel": (int, None),
}  # fmt: skip
FINDING = {
    "rule": str, "severity": str, "text": str, "clause": (str, None), "message": (int, None),
    "pdu": (int, None), "frame": (int, None), "span": (list, None), "links": list,
}  # fmt: skip
REJECTION = {"result": int, "source": int, "reason": int, "text": str}
ABORT = {"by": str, "source": int, "reason": int, "text": str}
OUTCOMES = {"released", "aborted", "rejected", "open", "closed"}


def fits(found: Object, schema: dict[str, Any]) -> None:
    """The keys of `schema` in its order, each value of its type."""
    assert list(found) == list(schema)
    for key, kinds in schema.items():
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        value = found[key]
        kind = None if value is None else type(value)
        assert kind in allowed, f"{key} is {value!r}"


def objects(*paths: Path, wanted: Wanted | None = None, selection: Selection | None = None) -> list[Object]:
    lines = ndjson(read(*paths), selection or Selection(), wanted or Wanted())
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap*")), ids=lambda path: path.name)
def test_every_object_keeps_to_the_contract(path: Path) -> None:
    for found in objects(path, wanted=Wanted(pdus=True, hash=True, datasets=True)):
        fits(found, ASSOCIATION)
        assert found["schema"] == "pduscope/1"
        assert found["outcome"] in OUTCOMES
        assert len(found["start"].partition(".")[2]) == 9
        for side in ("requestor", "acceptor"):
            assert list(found[side]) == ["address", "port"]
            assert list(found["implementation"][side]) == ["class_uid", "version_name"]
        assert list(found["max_pdu_length"]) == ["requestor", "acceptor"]
        for name, rows, schema in (
            ("rejection", [found["rejection"]], REJECTION), ("abort", [found["abort"]], ABORT),
            ("contexts", found["presentation_contexts"], CONTEXT), ("pdus", found["pdus"], PDU),
            ("messages", found["messages"], MESSAGE), ("exchanges", found["exchanges"], EXCHANGE),
            ("findings", found["findings"], FINDING),
            ("statuses", [message["status"] for message in found["messages"]], STATUS),
            ("data sets", [message["data_set"] for message in found["messages"]], DATA_SET),
        ):  # fmt: skip
            for row in rows:
                if row is not None:
                    fits(row, schema)
            assert name
        for message in found["messages"]:
            assert message["sender"] in ("requestor", "acceptor")
        numbers = {message["index"] for message in found["messages"]}
        paired = [[each["request"], each["cancel"], *each["responses"]] for each in found["exchanges"]]
        assert {number for row in paired for number in row if number is not None} == numbers


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_what_is_told_is_what_the_peers_recorded(path: Path) -> None:
    truth = json.loads(path.read_text())
    files = CAPTURES.glob(truth["capture"].replace("00001", "*"))  # a ring buffer: its truth has one name
    found = [
        each
        for group in series(sorted(files))
        for each in objects(*map(Path, group), wanted=Wanted(hash=True))
    ]
    assert len(found) == len(truth["associations"])
    for ours, theirs in zip(found, truth["associations"], strict=True):
        assert ours["outcome"] == theirs["outcome"]
        for key in ("calling_ae", "called_ae"):
            assert ours[key] in (theirs[key], None)
        if "rejection" in theirs:
            assert {key: ours["rejection"][key] for key in theirs["rejection"]} == theirs["rejection"]
        if "aborted_by" in theirs:
            assert ours["abort"]["by"] == theirs["aborted_by"]
        for side in ("requestor", "acceptor"):
            _agree(
                [message for message in ours["messages"] if message["sender"] == side],
                [message for message in theirs["messages"] if message["sender"] == side],
            )


def _agree(ours: list[Object], theirs: list[Object]) -> None:
    """The messages of one side; what a peer could not know is null in its record."""
    theirs = [message for message in theirs if message.get("captured", "whole") != "no"]
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        if other.get("captured") == "partly":
            continue
        told = {
            "command": mine["command"],
            "message_id": mine["message_id"],
            "responding_to": mine["message_id_being_responded_to"],
            "status": mine["status"] and mine["status"]["code"],
            "has_data_set": mine["data_set"] is not None,
            "data_set_sha256": mine["data_set"] and mine["data_set"]["sha256"],
            "data_set_length": mine["data_set"] and mine["data_set"]["length"],
        }
        assert {key: value for key, value in told.items() if other[key] is not None} == {
            key: other[key] for key in told if other[key] is not None
        }


def test_the_object_of_an_echo_stays_as_it_is() -> None:
    found = objects(Path("echo.pcap"), wanted=Wanted(pdus=True))
    same("echo.json", json.dumps(found, indent=1) + "\n")


def test_lines_and_the_array_hold_the_same(tmp_path: Path) -> None:
    capture = read(Path("commitment.pcap"))
    array = "[" + "".join(Array(Selection(), Wanted()).pieces(capture)) + "\n]\n"
    assert json.loads(array) == objects(Path("commitment.pcap"))


def test_a_hash_is_null_where_bytes_are_missing(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, implicit(0x7FE00010, bytes(3000)))
    path = talk.write(tmp_path / "cut.pcap", snap=700)
    data_set = objects(path, wanted=Wanted(hash=True))[0]["messages"][0]["data_set"]
    assert data_set == {"length": 3008, "complete": False, "transfer_syntax": IMPLICIT, "sha256": None}


def test_values_of_a_command_set_have_the_types_of_their_vr(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    command = dicom.command_set(
        AffectedSOPClassUID=VERIFICATION, CommandField=0x8110, MessageIDBeingRespondedTo=5,
        CommandDataSetType=0x0101, Status=0x0107,
    )  # fmt: skip
    more = implicit(0x00001005, bytes.fromhex("1000200010001000")) + implicit(0x00007777, b"x ")
    talk.acceptor.pdvs(dicom.pdv(1, 3, command + more))
    values = objects(talk.write(tmp_path / "values.pcap"))[0]["messages"][0]["command_set"]
    assert values["AffectedSOPClassUID"] == VERIFICATION
    assert values["CommandField"] == 0x8110
    assert values["AttributeIdentifierList"] == ["00100020", "00100010"]
    assert values["00007777"] == "x"


def test_a_finding_names_its_message_pdu_frame_and_bytes(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.echo()
    talk.requestor.raw(dicom.pdu(4, bytes.fromhex("00000001 01 00")))
    found = objects(talk.write(tmp_path / "odd.pcap"))[0]
    finding = next(each for each in found["findings"] if each["rule"] == "pdv-length")
    assert finding["frame"] == 8
    assert finding["pdu"] == 5
    assert finding["message"] is None
    assert finding["span"][0] > 200


def test_secrets_are_null_unless_asked_for(tmp_path: Path) -> None:
    talk = Talk()
    secret = b"\x02\x01\x00\x05alice\x00\x09swordfish"
    talk.associate([(1, CT, [IMPLICIT])], extra_rq=dicom.item(0x58, secret))
    path = talk.write(tmp_path / "identity.pcap")
    hidden, shown = objects(path)[0], objects(path, wanted=Wanted(secrets=True))[0]
    assert hidden["user_identity"]["username"] == "alice"
    assert hidden["user_identity"]["passcode"] is None
    assert hidden["user_identity"]["hidden"] == ["passcode"]
    assert "swordfish" not in json.dumps(hidden)
    assert shown["user_identity"]["passcode"] == "swordfish"


def test_an_element_that_cannot_be_converted_is_null_with_a_finding(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [EXPLICIT])])
    data = (
        explicit(0x00080060, "CS", b"CT")
        + explicit(0x00201208, "IS", b"12.5x ")
        + explicit(0x00280010, "US", b"\1\0")
    )
    talk.store(1, 1, data)
    found = objects(talk.write(tmp_path / "odd.pcap"), wanted=Wanted(datasets=True))[0]
    elements = found["messages"][0]["data_set"]["elements"]
    assert elements["00080060"] == {"vr": "CS", "Value": ["CT"]}
    assert elements["00201208"] is None
    assert elements["00280010"] == {"vr": "US", "Value": [1]}
    finding = next(each for each in found["findings"] if each["rule"] == "element-json")
    assert finding["message"] == 1
    assert "(0020,1208)" in finding["text"]


def test_a_narrow_selection_keeps_the_association_and_drops_other_messages() -> None:
    whole = objects(Path("print.pcap"))[0]
    one = objects(Path("print.pcap"), selection=Selection(message=4))[0]
    assert one["messages"] == [whole["messages"][3]]
    assert one["exchanges"] == [whole["exchanges"][1]]
    assert one["presentation_contexts"] == whole["presentation_contexts"]
    frame = whole["messages"][3]["frame"]
    assert objects(Path("print.pcap"), selection=Selection(frame=frame))[0]["messages"] == one["messages"]
    assert objects(Path("print.pcap"), selection=Selection(frame=1)) == []
    assert objects(Path("print.pcap"), selection=Selection(association=2)) == []


def test_compressed_pixel_data_has_its_element(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [JPEG])])
    fragments = (
        dicom.item_element(b"") if hasattr(dicom, "item_element") else bytes.fromhex("feff00e000000000")
    )
    pixels = bytes.fromhex("e07f10004f420000ffffffff") + fragments + bytes.fromhex("feffdde000000000")
    talk.store(1, 1, pixels)
    found = objects(talk.write(tmp_path / "jpeg.pcap"), wanted=Wanted(datasets=True))[0]
    assert found["messages"][0]["data_set"]["elements"]["7FE00010"]["vr"] == "OB"
