"""Replays to live peers: what they store, print and answer is held against the recording."""

from __future__ import annotations

import hashlib
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

import dissect
from dissect.outputs.ndjson import digest
from tests.craft import CT, EXPLICIT, Talk, associate_ac, associate_rj
from tests.peer.scripted import reset, scripted, until_closed
from tests.peer.servers import dcmqrscp, orthanc, storescp
from tests.peer.servers import pynetdicom as serving
from tests.replay import talks
from tests.replay.stage import (
    CAPTURES,
    as_acceptor,
    ask,
    configured,
    dcmprscp,
    files,
    image_boxes,
    recorded,
    replay,
    saved,
)

Screen = pytest.CaptureFixture[str]


def stored_hashes(folder: Path) -> set[str]:
    """SHA-256 of the data sets of the files that storescp wrote as they came."""
    found = set()
    for path in folder.iterdir():
        if path.suffix != ".log":
            data = path.read_bytes()
            start = (
                144 + pydicom.dcmread(path, stop_before_pixels=True).file_meta.FileMetaInformationGroupLength
            )
            found.add(hashlib.sha256(data[start:]).hexdigest())
    return found


def sent_hashes(name: str) -> set[str | None]:
    return {digest(each.data_bytes()) for each in recorded(name).messages if each.command == "C-STORE-RQ"}


@pytest.mark.parametrize("name", ["store-multi.pcap", "store-implicit.pcap", "store-jpeg.pcap"])
def test_storescp_stores_the_bytes_that_were_recorded(capsys: Screen, tmp_path: Path, name: str) -> None:
    with storescp(tmp_path, "--bit-preserving") as server:
        told = replay(capsys, CAPTURES / name, "--to", server.at)
    assert told.status == 0
    assert told.report["same"]
    assert stored_hashes(tmp_path) == sent_hashes(name)


def test_a_peer_with_small_pdus_stores_the_same(capsys: Screen, tmp_path: Path) -> None:
    out = tmp_path / "live.pcap"
    (tmp_path / "stored").mkdir()
    with storescp(tmp_path / "stored", "--bit-preserving", "-pdu", "4096") as server:
        told = replay(capsys, CAPTURES / "store-implicit.pcap", "--to", server.at, "-w", out)
    assert told.status == 0
    assert stored_hashes(tmp_path / "stored") == sent_hashes("store-implicit.pcap")
    (live,) = dissect.open(out).associations
    lengths = [pdu.length for side, pdu in live.pdus() if side == live.requestor_side and pdu.kind == 4]
    assert max(lengths) == 4096
    (row,) = [each for each in told.report["negotiation"] if each["path"] == "maximum length"]
    assert row["live"] == "4096"


def test_a_print_session_prints_the_same_images_again(capsys: Screen, tmp_path: Path) -> None:
    with dcmprscp(tmp_path) as server:
        told = replay(capsys, CAPTURES / "print.pcap", "--to", server.at)
    assert told.status == 0
    assert told.statuses == [0] * 10
    assert len(told.report["uids"]) == 5  # presentation LUT, film session, film box, two image boxes
    found = [pydicom.dcmread(path) for path in sorted((tmp_path / "database").glob("*.dcm"))]
    printed = [each for each in found if each.SOPClassUID == "1.2.840.10008.5.1.1.29"]  # Hardcopy Grayscale
    (page,) = [each for each in found if each.SOPClassUID == "1.2.840.10008.5.1.1.27"]  # Stored Print
    by_uid = {each.SOPInstanceUID: each for each in printed}
    on_page = [
        by_uid[box.ReferencedImageSequence[0].ReferencedSOPInstanceUID]
        for box in sorted(page.ImageBoxContentSequence, key=lambda box: box.ImageBoxPosition)
    ]
    sent = image_boxes(recorded("print.pcap"))
    assert [each.PixelData for each in on_page] == [each.PixelData for each in sent]
    assert [(each.Rows, each.Columns, each.BitsStored) for each in on_page] == [(64, 64, 12)] * 2


def test_print_errors_come_again(capsys: Screen, tmp_path: Path) -> None:
    with dcmprscp(tmp_path) as server:
        told = replay(capsys, CAPTURES / "print-errors.pcap", "--to", server.at)
    assert told.status == 0
    assert told.statuses == [0x0106, 0, 0x0112, 0xC600, 0]


@pytest.mark.parametrize(("name", "status"), [("get-dcmtk.pcap", 0), ("find.pcap", 1)])
def test_an_archive_answers_queries_and_sends_back(
    capsys: Screen, tmp_path: Path, name: str, status: int
) -> None:
    (tmp_path / "objects").mkdir()
    objects = files(recorded("get-dcmtk.pcap"), tmp_path / "objects")
    with dcmqrscp(tmp_path) as server:
        assert ask("storescu", "-aec", "ARCHIVE", "127.0.0.1", str(server.port), *objects).returncode == 0
        told = replay(capsys, CAPTURES / name, "--to", server.at, "--called-ae", "ARCHIVE")
    assert told.statuses == [0] * len(told.statuses)
    assert told.status == status  # the archive that was recorded answered the query with 200 studies
    assert told.report["notes"] == []


def test_uids_that_a_printer_assigns_are_used_in_all_that_follows(capsys: Screen, tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []

    def create(event: Any) -> tuple[int, Dataset]:
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = talks.BOX, "1.9.99.999"
        answer = Dataset()
        answer.ReferencedImageBoxSequence = [reference]
        # pynetdicom wants the UID that it assigns in the answer's data set
        answer.AffectedSOPInstanceUID = "1.8.88.888"
        return 0, answer

    def change(event: Any) -> tuple[int, None]:
        data = event.modification_list
        heard.append((event.request.RequestedSOPInstanceUID, data[0x20100500][0].ReferencedSOPInstanceUID))
        return 0, None

    def delete(event: Any) -> int:
        heard.append((event.request.RequestedSOPInstanceUID, ""))
        return 0

    capture = talks.printing("1.2.3.4", "1.2.3.5").write(tmp_path / "printing.pcap")
    handlers = ((evt.EVT_N_CREATE, create), (evt.EVT_N_SET, change), (evt.EVT_N_DELETE, delete))
    with serving(*handlers, contexts=[talks.PRINTING]) as address:
        told = replay(capsys, capture, "--to", address)
    assert told.statuses == [0, 0, 0]
    assert told.report["uids"] == {"1.2.3.4": "1.8.88.888", "1.2.3.5": "1.9.99.999"}
    assert heard == [("1.9.99.999", "1.8.88.888"), ("1.8.88.888", "")]


def test_objects_are_moved_to_where_it_is_told(capsys: Screen) -> None:
    heard: list[str] = []

    def move(event: Any) -> Any:
        heard.append(event.move_destination)
        yield None, None  # no such destination

    context = recorded("move-unknown.pcap").negotiation[0].abstract_syntax
    with serving((evt.EVT_C_MOVE, move), contexts=[str(context)]) as address:
        told = replay(
            capsys, CAPTURES / "move-unknown.pcap", "--to", address, "--move-destination", "ELSEWHERE"
        )
        replay(capsys, CAPTURES / "move-unknown.pcap", "--to", address)
    assert told.statuses == [0xA801]
    assert heard == ["ELSEWHERE", recorded("move-unknown.pcap").messages[0].command_set.text(0x0600)]  # type: ignore[union-attr]


def test_orthanc_takes_what_was_recorded(capsys: Screen, tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    with orthanc(tmp_path / "storage") as server:
        for name in ("echo.pcap", "store-orthanc.pcap", "store-multi.pcap"):
            told = replay(capsys, CAPTURES / name, "--to", server.at, "--called-ae", "ORTHANC")
            assert told.status == 0, told.report
            assert told.report["notes"] == []
    stored = [path.read_bytes() for path in (tmp_path / "storage").glob("??/??/*")]
    sent = [
        each.dataset()
        for name in ("store-orthanc.pcap", "store-multi.pcap")
        for each in recorded(name).messages
        if each.command == "C-STORE-RQ"
    ]
    instances = [str(each.SOPInstanceUID).encode() for each in sent if each is not None]
    assert instances
    assert all(any(uid in data for data in stored) for uid in instances)


def test_a_peer_that_takes_only_another_transfer_syntax_gets_that(capsys: Screen, tmp_path: Path) -> None:
    capture = talks.storing(EXPLICIT).write(tmp_path / "explicit.pcap")
    got: list[Dataset] = []

    def store(event: Any) -> int:
        assert event.context.transfer_syntax == "1.2.840.10008.1.2"
        got.append(event.dataset)
        return 0

    entity = AE()
    entity.add_supported_context(CT, "1.2.840.10008.1.2")
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    assert server is not None
    assert server.socket is not None
    try:
        told = replay(capsys, capture, "--to", f"127.0.0.1:{server.socket.getsockname()[1]}")
    finally:
        server.shutdown()
    assert told.status == 0
    assert got[0].PatientName == "Doe^John"
    assert got[0].PixelData == bytes(range(200))


# as the acceptor


def test_storescu_stores_to_a_recorded_acceptor(capsys: Screen, tmp_path: Path) -> None:
    objects = files(recorded("store-statuses.pcap"), tmp_path)
    with as_acceptor(capsys, CAPTURES / "store-statuses.pcap") as (port, told):
        done = ask("storescu", "-v", "--no-halt", "127.0.0.1", str(port), *objects)
    assert told.status == 0, told.report
    found = re.findall(r"Received Store Response \((.*)\)", done.stdout + done.stderr)
    assert found == [
        "Success", "Warning: CoercionOfDataElements", "Warning: ElementsDiscarded",
        "Warning: DataSetDoesNotMatchSOPClass", "Refused: OutOfResources",
        "Error: DataSetDoesNotMatchSOPClass", "Error: CannotUnderstand", "Unknown Status: 0x124",
    ]  # fmt: skip


def test_findscu_finds_what_the_recorded_archive_had(capsys: Screen) -> None:
    keys = ("PatientName", "PatientID", "StudyDate", "StudyInstanceUID", "QueryRetrieveLevel=STUDY")
    with as_acceptor(capsys, CAPTURES / "find.pcap") as (port, told):
        done = ask("findscu", "-v", "-S", *(x for key in keys for x in ("-k", key)), "127.0.0.1", str(port))
    assert told.status == 0
    assert done.stderr.count("Find Response:") + done.stdout.count("Find Response:") == 200


def test_getscu_gets_what_the_recorded_archive_sent(capsys: Screen, tmp_path: Path) -> None:
    got = tmp_path / "got"
    got.mkdir()
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")
    with as_acceptor(capsys, CAPTURES / "get-dcmtk.pcap") as (port, told):
        done = ask("getscu", "-S", "-B", "-od", got, *keys, "127.0.0.1", str(port))
    assert done.returncode == 0, done.stderr
    assert stored_hashes(got) == sent_hashes("get-dcmtk.pcap")
    assert told.report["trouble"] is None


def test_dcmprscu_prints_to_a_recorded_printer(capsys: Screen, tmp_path: Path) -> None:
    boxes = image_boxes(recorded("print.pcap"))
    for number, box in enumerate(boxes, 1):
        box.SOPClassUID, box.SOPInstanceUID = CT, f"1.2.3.{number}"
        box.PatientID = box.StudyInstanceUID = box.SeriesInstanceUID = "1.2.3"
        saved(box, tmp_path / f"{number}.dcm", EXPLICIT)
    with as_acceptor(capsys, CAPTURES / "print.pcap") as (port, told):
        printer = configured(tmp_path, port)
        ask("dcmpsprt", *printer, "-l", "1", "2", "1.dcm", "2.dcm", cwd=tmp_path)
        (job,) = (tmp_path / "database").glob("SP_*")
        label = ("--copies", "1", "--medium-type", "BLUE FILM", "--label", "Example")
        done = ask("dcmprscu", "-d", *printer, *label, job, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert told.status == 0
    assert told.statuses == [0] * 10
    assert told.report["notes"] == []


def test_a_pynetdicom_requestor_gets_the_recorded_answers(capsys: Screen) -> None:
    entity = AE()
    entity.add_requested_context("1.2.840.10008.3.1.2.3.3")
    procedure = Dataset()
    procedure.PerformedProcedureStepStatus = "IN PROGRESS"
    statuses = []
    with as_acceptor(capsys, CAPTURES / "mpps.pcap") as (port, told):
        association = entity.associate("127.0.0.1", port)
        assert association.is_established
        status, _ = association.send_n_create(procedure, "1.2.840.10008.3.1.2.3.3", "1.2.3.4.5", msg_id=77)
        statuses.append(status.Status)
        for number in (78, 79):
            status, _ = association.send_n_set(
                procedure, "1.2.840.10008.3.1.2.3.3", "1.2.3.4.5", msg_id=number
            )
            statuses.append(status.Status)
        association.release()
    assert statuses == [0, 0, 0x0110]
    assert told.status == 0


# peers that fail


def rejecting(plug: socket.socket) -> None:
    plug.recv(1 << 16)
    plug.sendall(associate_rj(1, 1, 3))
    until_closed(plug)


def aborting(plug: socket.socket) -> None:
    plug.recv(1 << 16)
    plug.sendall(associate_ac("SCU", "SCP", [(1, EXPLICIT)]))
    plug.recv(1 << 16)
    plug.sendall(b"\7" + bytes(4) + b"\4" + bytes(2) + b"\2\1")
    until_closed(plug)


def resetting(plug: socket.socket) -> None:
    plug.recv(1 << 16)
    reset(plug)


def closing(plug: socket.socket) -> None:
    plug.recv(1 << 16)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        (
            rejecting,
            "the peer rejected the association: rejected-permanent by DICOM UL service-user: calling-AE",
        ),
        (aborting, "the peer sent an A-ABORT: aborted by DICOM UL service-provider: unrecognized-PDU"),
        (resetting, "the peer "),
        (closing, "the peer closed the connection without releasing the association"),
    ],
)
def test_peers_that_fail_are_told_of(capsys: Screen, tmp_path: Path, script: Any, trouble: str) -> None:
    capture = talks.storing(EXPLICIT).write(tmp_path / "storing.pcap")
    with scripted(script) as address:
        told = replay(capsys, capture, "--to", str(address))
    assert told.status == 1
    assert told.report["trouble"].startswith(trouble)


def test_a_silent_peer_gets_an_abort(capsys: Screen, tmp_path: Path) -> None:
    capture = talks.storing(EXPLICIT).write(tmp_path / "storing.pcap")
    last: list[bytes] = []

    def silent(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(associate_ac("SCU", "SCP", [(1, EXPLICIT)]))
        while data := plug.recv(1 << 16):
            last.append(data)

    with scripted(silent) as address:
        told = replay(capsys, capture, "--to", str(address), "--timeout", "0.3")
    assert told.status == 1
    expected = "no answer within 0.3 s, waiting for the final response to message 1, C-STORE-RQ"
    assert told.report["trouble"] == expected
    assert b"".join(last).endswith(b"\7" + bytes(4) + b"\4" + bytes(4))


@pytest.mark.parametrize(
    ("first", "trouble"),
    [
        (b"", "no answer within 0.3 s, waiting for an A-ASSOCIATE-RQ"),
        (b"GET / HTTP/1.1\r\n\r\n", "the peer "),
        (b"\5" + bytes(4) + b"\4" + bytes(4), "the peer sent a PDU of type 05H where none such can be"),
    ],
)
def test_requestors_that_are_none_get_an_abort(
    capsys: Screen, tmp_path: Path, first: bytes, trouble: str
) -> None:
    capture = talks.storing(EXPLICIT).write(tmp_path / "storing.pcap")
    with (
        as_acceptor(capsys, capture, "--timeout", "0.3") as (port, told),
        socket.create_connection(("127.0.0.1", port), 10) as plug,
    ):
        plug.sendall(first)
        heard = b"".join(iter(lambda: plug.recv(1 << 16), b""))
    assert told.status == 1
    assert told.report["trouble"].startswith(trouble)
    assert heard[:1] == b"\7"


def test_a_requestor_that_owes_no_answer_may_take_its_time(capsys: Screen) -> None:
    entity = AE()
    entity.add_requested_context("1.2.840.10008.1.1")
    with as_acceptor(capsys, CAPTURES / "echo-pynetdicom.pcap", "--timeout", "0.2") as (port, told):
        association = entity.associate("127.0.0.1", port)
        for number in (1, 2, 3):
            threading.Event().wait(0.3)
            assert association.send_c_echo(number).Status == 0
        association.release()
    assert told.status == 0


def test_an_interrupt_aborts_the_association(tmp_path: Path) -> None:
    heard: list[bytes] = []
    asked = threading.Event()

    def silent(plug: socket.socket) -> None:
        while data := plug.recv(1 << 16):
            heard.append(data)
            asked.set()

    with scripted(silent) as address:
        command = [
            sys.executable,
            "-m",
            "dissect",
            "replay",
            str(CAPTURES / "echo.pcap"),
            "--to",
            f"{address}",
        ]
        process = subprocess.Popen(
            command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
        )
        assert asked.wait(20)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert b"".join(heard).endswith(b"\7" + bytes(4) + b"\4" + bytes(4))


def test_a_replay_that_cannot_be_tried_is_one_line_and_status_2(capsys: Screen, tmp_path: Path) -> None:
    capture = talks.storing(EXPLICIT).write(tmp_path / "storing.pcap")
    (tmp_path / "there.pcap").touch()

    def refused(*arguments: str | Path) -> str:
        told = replay(capsys, *arguments)
        assert told.status == 2
        (line,) = told.error.splitlines()
        return line

    assert "nothing listens at 127.0.0.1:9" in refused(capture, "--to", "127.0.0.1:9")
    assert "there is no association 2, the last is 1" in refused(
        capture, "--association", "2", "--to", "[::1]:9"
    )
    assert "say which with --association" in refused(CAPTURES / "parallel.pcap", "--to", "127.0.0.1:9")
    assert "no message of the requestor" in refused(CAPTURES / "mid-find.pcap", "--to", "127.0.0.1:9")
    assert "give --to HOST:PORT, or --as-acceptor" in refused(capture)
    assert "AE titles are the requestor's" in refused(
        capture, "--as-acceptor", "--listen", "127.0.0.1:0", "--called-ae", "X"
    )
    assert "is no AE title" in refused(capture, "--to", "127.0.0.1:9", "--called-ae", "A" * 17)
    assert "there.pcap: the file exists" in refused(
        capture, "--to", "127.0.0.1:9", "-w", tmp_path / "there.pcap"
    )
    assert (
        "nobody connected to 127.0.0.1:"
        in replay(capsys, capture, "--as-acceptor", "--listen", "127.0.0.1:0", "--wait", "0.1").error
    )


def test_answers_that_were_not_captured_are_no_difference(capsys: Screen) -> None:
    with serving((evt.EVT_C_STORE, lambda event: 0)) as address:
        told = replay(capsys, CAPTURES / "ring-00001.pcapng", "--to", address)
    assert [exchange["recorded"]["status"] is None for exchange in told.report["exchanges"]] == [False, True]
    assert told.statuses == [0, 0]
    assert told.status == 0


def test_the_recorded_pace_is_kept(capsys: Screen, tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    talk.wait(0.4)
    talk.store(1, 1, talks.image(EXPLICIT))
    talk.release()
    capture = talk.write(tmp_path / "slow.pcap")
    took = {}
    with serving((evt.EVT_C_STORE, lambda event: 0)) as address:
        for pace in ("fast", "recorded"):
            out = tmp_path / f"{pace}.pcap"
            assert replay(capsys, capture, "--to", address, "--pace", pace, "-w", out).status == 0
            (live,) = dissect.open(out).associations
            took[pace] = live.messages[0].time - live.time(live.accept_pdu.record)  # type: ignore[union-attr]
    assert took["fast"] < 400_000_000 <= took["recorded"]


def test_text_says_what_differs(capsys: Screen, tmp_path: Path) -> None:
    from dissect.cli import group
    from dissect.terminal import run

    capture = talks.storing(EXPLICIT, status=0xA700).write(tmp_path / "full.pcap")
    with serving((evt.EVT_C_STORE, lambda event: 0)) as address:
        assert run(group, ["replay", str(capture), "--to", address]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["recorded", "live"]
    assert "0xA700 Refused: Out of Resources" in lines[1]
    assert lines[1].endswith("differs")
    assert "    implementation version name: CRAFT → PYNETDICOM" in "\n".join(lines)
    assert lines[-1] == "Ended otherwise than recorded: 1 exchange."
