"""`pduscope send` and `pduscope echo` with real acceptors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import evt

import dissect
from dissect.cli import group
from dissect.dicom.associations import Association
from dissect.terminal import run
from dissect.wire.hextext import joined, parse
from tests import peers
from tests.peer import servers
from tests.peer.servers import Server

ROOT = Path(__file__).parents[2]
ECHO = ROOT / "captures" / "echo.txt"
VERIFICATION, STUDY_ROOT_FIND = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1"


class Command:
    """A command run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path, status: int = 0) -> str:
        """What it prints on stdout."""
        found = run(group, list(map(str, arguments)))
        self.out, self.error = self._capsys.readouterr()
        assert found == status, self.out[-300:] + self.error
        return self.out


@pytest.fixture
def pduscope(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("COLUMNS", "100")
    return Command(capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("peers")


@pytest.fixture(scope="module")
def storescp(folder: Path) -> Iterator[Server]:
    with servers.storescp(folder) as server:
        yield server


@pytest.fixture(scope="module")
def dcmqrscp(folder: Path) -> Iterator[Server]:
    with servers.dcmqrscp(folder) as server:
        yield server


@pytest.fixture(scope="module")
def orthanc(folder: Path) -> Iterator[Server]:
    with servers.orthanc(folder, DicomCheckCalledAet=True) as server:
        yield server


def data_sets(association: Association) -> list[bytes]:
    found = (message.data_bytes() for message in association.messages if message.has_data_set)
    return [pieces.read(0, len(pieces)) for pieces in found]


def bytes_sent() -> bytes:
    ((_, data),) = joined(parse(ECHO.read_text()))
    return data


def test_the_text_written_by_hand_is_without_fault(pduscope: Command) -> None:
    assert pduscope("explain", ECHO).endswith("Nothing here is wrong.\n")


def test_text_written_by_hand_gets_an_echo_from_storescp(pduscope: Command, storescp: Server) -> None:
    text = pduscope("send", ECHO, "--to", storescp.at)
    order = ["→ A-ASSOCIATE-RQ", "Called AE title: ANY-SCP", "← A-ASSOCIATE-AC", "Result: 0 (acceptance)",
             "→ P-DATA-TF with C-ECHO-RQ", "← P-DATA-TF with C-ECHO-RSP", "Value: 0x0000 (Success)",
             "→ A-RELEASE-RQ", "← A-RELEASE-RP", "│── C-ECHO-RQ 1  Verification"]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.splitlines()[-1].startswith("C-ECHO: Success after ")
    assert text.endswith("; released\n")
    assert "Message Type                  : C-ECHO RQ" in storescp.log
    assert "Their Implementation Version Name: PDUSCOPE" in storescp.log


def test_text_written_by_hand_gets_an_echo_from_orthanc(pduscope: Command, orthanc: Server) -> None:
    text = pduscope("send", ECHO, "--to", orthanc.at, "--called-ae", "ORTHANC", "--calling-ae", "TEACHER")
    assert "Called AE title: ORTHANC" in text
    assert "C-ECHO: Success after " in text
    assert "TEACHER" in orthanc.log


def test_text_written_by_hand_gets_an_echo_from_dcmqrscp_and_pynetdicom(
    pduscope: Command, dcmqrscp: Server
) -> None:
    assert "C-ECHO: Success" in pduscope("send", ECHO, "--to", dcmqrscp.at, "--called-ae", "ARCHIVE")
    seen: list[Any] = []

    def echoed(event: Any) -> int:
        seen.append(event)
        return 0

    with servers.pynetdicom((evt.EVT_C_ECHO, echoed), contexts=[VERIFICATION]) as address:
        pduscope("send", "--to", address, ECHO, "--set", "C-ECHO-RQ.MessageID=7", "--set",
                 "A-ASSOCIATE-RQ.max_length=4096")  # fmt: skip
    (event,) = seen
    assert event.request.MessageID == 7
    assert event.assoc.requestor.maximum_length == 4096


def test_echo(pduscope: Command, storescp: Server, orthanc: Server, dcmqrscp: Server) -> None:
    text = pduscope("echo", storescp.at, "--depth", "bytes")
    assert "byte 1: 0 × 16,777,216 = 0" in text
    assert "→ P-DATA-TF with C-ECHO-RQ" in text
    for address, called in ((orthanc.at, "ORTHANC"), (dcmqrscp.at, "ARCHIVE")):
        (line,) = pduscope("echo", "--quiet", address, "--called-ae", called).splitlines()
        assert line.startswith("C-ECHO: Success after ")
    with servers.pynetdicom(contexts=[VERIFICATION]) as address:
        assert "C-ECHO: Success" in pduscope("echo", "-q", address)


def test_a_rejection_ends_the_sending_and_says_what_helps(
    pduscope: Command, dcmqrscp: Server, orthanc: Server
) -> None:
    for server in (dcmqrscp, orthanc):
        text = pduscope("send", ECHO, "--to", server.at, status=1)
        assert "← A-ASSOCIATE-RJ" in text
        assert "C-ECHO-RQ" not in text
        assert text.splitlines()[-1] == (
            "The association was rejected: called-AE-title-not-recognized (permanent, service-user). "
            "The acceptor has another AE title than it was called by: compare both, letter by letter."
        )
    assert "rejected: called-AE-title" in pduscope("echo", "-q", dcmqrscp.at, "--called-ae", "X", status=1)


def test_an_abort_ends_the_sending(pduscope: Command, storescp: Server) -> None:
    unexpected = "P-DATA-TF.presentation_context_id=3"
    text = pduscope("send", ECHO, "--to", storescp.at, "--set", unexpected, status=1)
    assert "← A-ABORT" in text
    assert "→ A-RELEASE-RQ" not in text
    assert text.splitlines()[-1].startswith("The association was aborted by the acceptor (")


def test_pdus_that_are_too_long_for_the_peer(pduscope: Command, tmp_path: Path) -> None:
    with servers.storescp(tmp_path, "-pdu", "4096") as server:
        text = pduscope("send", "-q", "captures/big-segments.pcap", "--to", server.at, status=1)
    assert text == (
        "The association was aborted by the acceptor (service-user). It was sent a P-DATA-TF of 131,668 "
        "bytes, and takes 4,096 at most.\n"
    )


def test_an_echo_that_is_not_accepted(pduscope: Command) -> None:
    with servers.pynetdicom(contexts=[STUDY_ROOT_FIND]) as address:
        text = pduscope("echo", address, status=1)
    assert "→ P-DATA-TF" not in text
    assert "← A-RELEASE-RP" in text
    assert text.splitlines()[-1] == (
        "The peer accepted no presentation context: abstract-syntax-not-supported (provider rejection)."
    )


def test_an_echo_that_fails(pduscope: Command) -> None:
    with servers.pynetdicom((evt.EVT_C_ECHO, lambda event: 0x0122), contexts=[VERIFICATION]) as address:
        assert "C-ECHO: 0x0122 " in pduscope("echo", "-q", address, status=1)


def test_a_store_out_of_a_capture_arrives_as_it_was_recorded(pduscope: Command, tmp_path: Path) -> None:
    recorded = ROOT / "captures" / "store-fragmented.pcap"
    (association,) = dissect.open(recorded).associations
    wanted = data_sets(association)
    with servers.storescp(tmp_path) as server:
        out = tmp_path / "answer.pcap"
        text = pduscope("send", recorded, "--to", server.at, "--depth", "items", "-w", out)
    assert text.splitlines()[-1].startswith(
        "C-STORE: Success" if len(wanted) == 1 else f"{len(wanted)} × C-STORE"
    )
    stored = sorted(each for each in tmp_path.iterdir() if each.name.startswith("CT."))
    assert len(stored) == len(wanted)
    (again,) = dissect.open(out).associations
    assert data_sets(again) == wanted
    assert {dcmread(path).SOPInstanceUID for path in stored} == {
        message.command_set.sop_instance
        for message in again.messages
        if message.command_set and message.has_data_set
    }
    assert again.outcome == "released"


def test_pending_answers_and_a_cancel_out_of_a_capture(pduscope: Command) -> None:
    cancelled: list[bool] = []

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        for _ in range(500):
            if event.is_cancelled:
                cancelled.append(True)
                yield 0xFE00, None
                return
            answer = Dataset()
            answer.QueryRetrieveLevel = "STUDY"
            answer.PatientID = "1"
            yield 0xFF00, answer

    with servers.pynetdicom((evt.EVT_C_FIND, find), contexts=[STUDY_ROOT_FIND]) as address:
        text = pduscope("send", "captures/find-cancel.pcap", "--to", address, "--depth", "items")
    assert cancelled == [True]
    assert text.index("← P-DATA-TF with C-FIND-RSP") < text.index("→ P-DATA-TF with C-CANCEL-RQ")
    assert "C-FIND: 0xFE00" in text.splitlines()[-1]


def test_an_association_with_requests_both_ways(pduscope: Command) -> None:
    """C-GET: the acceptor's C-STOREs are answered with the responses of the recording, each in its turn."""
    (association,) = dissect.open("captures/get.pcap").associations
    stored = (message.dataset() for message in association.messages if message.command == "C-STORE-RQ")
    objects = [each for each in stored if each is not None]

    def get(event: Any) -> Iterator[Any]:
        yield len(objects)
        for each in objects:
            each.file_meta = FileMetaDataset()
            each.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            yield 0xFF00, each

    with servers.pynetdicom((evt.EVT_C_GET, get), contexts=["1.2.840.10008.5.1.4.1.2.2.3"]) as address:
        text = pduscope("send", "captures/get.pcap", "--to", address, "--depth", "items")
    assert text.count("← P-DATA-TF with C-STORE-RQ") == 3
    assert text.splitlines()[-1].startswith("C-GET: ")


def test_bytes_of_both_sides_can_be_sent_again(pduscope: Command, storescp: Server, tmp_path: Path) -> None:
    text = pduscope("send", ECHO, "--to", storescp.at, "--quiet", "--hex")
    path = tmp_path / "both.txt"
    path.write_text(text[: text.index("C-ECHO: ")])
    runs = joined(parse(path.read_text()))
    assert b"".join(data for side, data in runs if side == ">") == bytes_sent()
    assert [side for side, _ in runs] == [">", "<"] * 3
    assert "3 PDUs of an acceptor left out" in (
        pduscope("send", "-q", path, "--to", storescp.at) and pduscope.error
    )


def test_a_file_of_bytes_and_stdin(pduscope: Command, storescp: Server, tmp_path: Path) -> None:
    path = tmp_path / "echo.bin"
    path.write_bytes(bytes_sent())
    assert "C-ECHO: Success" in pduscope("send", "-q", path, "--to", storescp.at)


def test_a_dialogue_is_kept_as_a_capture_that_tshark_reads(
    pduscope: Command, storescp: Server, tmp_path: Path
) -> None:
    out = tmp_path / "echo.pcap"
    pduscope("echo", "-q", storescp.at, "-w", out)
    rows = peers.tshark_fields(out, ["tcp.dstport", "dicom.pdu.type"])
    assert [row[1] for row in rows] == ["0x01", "0x02", "0x04", "0x04", "0x05", "0x06"]
    assert rows[0][0] == str(storescp.port)
    assert peers.tshark(out, "-Y", "tcp.analysis.flags || tcp.checksum.status == Bad") == ""
    pduscope("echo", "-q", storescp.at, "-w", out, status=2)
    assert pduscope.error == f"pduscope: {out}: the file exists already; --overwrite replaces it\n"
    pduscope("echo", "-q", storescp.at, "-w", out, "--overwrite")


def test_passcodes_are_hidden_unless_they_are_asked_for(pduscope: Command, storescp: Server) -> None:
    sending = ("send", "captures/identity-dcmtk.pcap", "--association", "1", "--hex", "--to", storescp.at)
    (association, _) = dissect.open("captures/identity-dcmtk.pcap").associations
    assert association.request is not None
    assert association.request.identity is not None
    passcode = association.request.identity.secondary
    assert passcode
    hidden = pduscope(*sending)
    assert passcode.hex(" ") not in hidden.replace("\n  ", " ")
    assert f"# {len(passcode)} bytes that are secret are shown as 2a: --show-secrets" in hidden
    assert passcode.hex(" ") in pduscope(*sending, "--show-secrets").replace("\n  ", " ")
    fields = ("send", "captures/identity-dcmtk.pcap", "--association", "1", "--set", "help")
    assert passcode.decode() not in pduscope(*fields)
    assert passcode.decode() in pduscope(*fields, "--show-secrets")


def test_a_wrong_length_goes_out_as_it_is_with_raw(
    pduscope: Command, storescp: Server, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text(ECHO.read_text().replace("05 00 00 00 00 04 00", "05 00 00 00 00 03 00"))
    pduscope("send", path, "--to", storescp.at, status=2)
    assert (
        "line 45, column 3: the PDU length says 3, and 4 bytes follow it; --raw sends it as it is"
        in pduscope.error
    )
    text = pduscope("send", path, "--to", storescp.at, "--raw", "--hex")
    assert "> 05 00 00 00 00 03 00 00 00 00" in text
