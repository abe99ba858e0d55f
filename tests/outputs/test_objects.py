"""`pduscope export`: files that pydicom and DCMTK read, with just the bytes that peers sent and stored."""

from __future__ import annotations

import errno
import hashlib
import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
import pytest

from dissect.cli import group
from dissect.outputs import objects
from dissect.outputs.objects import Export, Kinds, safe_name
from dissect.outputs.part10 import IMPLEMENTATION_CLASS, is_uid, made_up_uid
from dissect.outputs.selection import Selection
from dissect.terminal import run
from tests import peers
from tests.craft import CT, FIND, IMPLICIT, PRIVATE_SYNTAX, Talk, implicit
from tests.outputs.reading import read
from tests.rules.case import asked, begun, ended, exchanged, image, stored
from tests.rules.objects import step

CAPTURES = Path(__file__).parents[2] / "captures"
EXPECTED = sorted((CAPTURES / "expected").glob("*.json"))
ALL = ("--identifiers", "--normalized")


def export(*arguments: str | Path) -> int:
    """The exit status of the command."""
    return run(group, ["export", *map(str, arguments)])


def manifest(directory: Path) -> list[dict[str, Any]]:
    loaded = json.loads((directory / "manifest.json").read_text())
    assert loaded["schema"] == "pduscope-export/1"
    rows: list[dict[str, Any]] = loaded["objects"]
    assert {row["file"] for row in rows} | {"manifest.json"} == {each.name for each in directory.iterdir()}
    return rows


def exported(talk: Talk, tmp_path: Path, *options: str) -> list[dict[str, Any]]:
    """The manifest of what a talk holds."""
    capture = talk.write(tmp_path / "talk.pcap")
    assert export(capture, "-o", tmp_path / "out", *options) == 0
    return manifest(tmp_path / "out")


def data_set(path: Path) -> bytes:
    """What comes behind the File Meta Information, whose group length says how long it is."""
    content = path.read_bytes()
    assert content[128:140] == b"DICM" + struct.pack("<HH2sH", 2, 0, b"UL", 4)
    return content[144 + int.from_bytes(content[140:144], "little") :]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The directory with all objects of each shipped capture that has any."""
    root = tmp_path_factory.mktemp("shipped")
    found = {}
    for path in EXPECTED:
        truth = json.loads(path.read_text())
        names = [str(CAPTURES / name) for name in truth.get("captures") or [truth["capture"]]]
        if export(*names, "-o", root / path.stem, *ALL) == 0:
            found[path.stem] = root / path.stem
    assert len(found) > 40
    return found


def test_data_sets_are_those_the_peers_sent_and_stored(shipped: dict[str, Path]) -> None:
    count = 0
    for path in EXPECTED:
        truth = json.loads(path.read_text())
        wanted = sorted(
            message["data_set_sha256"]
            for association in truth["associations"]
            for message in association["messages"]
            if message["data_set_sha256"] and not message.get("captured")
        )
        rows = manifest(shipped[path.stem]) if path.stem in shipped else []
        # Orthanc tells of no data sets but those it stores, and dcmprscp of none it is asked to print
        found = sorted(row["sha256"] for row in rows)
        if path.stem not in ("tls", "tls-keys"):
            assert not set(wanted) - set(found), path.stem
            count += len(wanted)
        for row in rows:
            data = data_set(shipped[path.stem] / row["file"])
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (row["sha256"], row["length"])
    assert count > 300


def test_dcmtk_takes_every_file_for_a_dicom_file_and_reads_it(shipped: dict[str, Path]) -> None:
    files = [file for directory in shipped.values() for file in sorted(directory.glob("*.dcm"))]
    assert len(files) > 300
    assert {line.partition(":")[0] for line in peers.run("dcmftest", *files).splitlines()} == {"yes"}
    peers.run("dcmdump", "--quiet", *files)


def test_pydicom_reads_every_file(shipped: dict[str, Path]) -> None:
    for directory in shipped.values():
        for row in manifest(directory):
            found = pydicom.dcmread(directory / row["file"])
            meta = found.file_meta
            assert meta.MediaStorageSOPClassUID == row["sop_class"] == row["media_storage_sop_class"]
            assert meta.MediaStorageSOPInstanceUID == row["media_storage_sop_instance"]
            assert meta.TransferSyntaxUID == row["transfer_syntax"]
            assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS
            titles = (row["calling_ae"], row["called_ae"])
            sender, receiver = titles if row["sender"] == "requestor" else titles[::-1]
            told = [meta.get(f"{who}ApplicationEntityTitle") for who in ("Source", "Sending", "Receiving")]
            assert told == [sender, sender, receiver]
            if row["command"] == "C-STORE-RQ":
                assert found.SOPInstanceUID == row["sop_instance"] == meta.MediaStorageSOPInstanceUID
            assert list(found.iterall()) or not row["length"]


def test_only_composite_objects_are_written_unless_more_is_asked_for(tmp_path: Path) -> None:
    assert export(CAPTURES / "get.pcap", "-o", tmp_path / "plain") == 0
    assert [row["command"] for row in manifest(tmp_path / "plain")] == ["C-STORE-RQ"] * 3
    assert export(CAPTURES / "get.pcap", "-o", tmp_path / "more", "--identifiers") == 0
    assert [row["command"] for row in manifest(tmp_path / "more")] == ["C-GET-RQ", *["C-STORE-RQ"] * 3]
    assert export(CAPTURES / "print.pcap", "-o", tmp_path / "print") == 2
    assert export(CAPTURES / "print.pcap", "-o", tmp_path / "print", "--normalized") == 0
    assert "N-SET-RQ" in {row["command"] for row in manifest(tmp_path / "print")}


def test_what_came_by_c_get_is_from_the_acceptor(shipped: dict[str, Path]) -> None:
    (first, *_) = [row for row in manifest(shipped["get"]) if row["command"] == "C-STORE-RQ"]
    assert (first["calling_ae"], first["called_ae"], first["sender"]) == ("GETTER", "ARCHIVE", "acceptor")
    meta = pydicom.dcmread(shipped["get"] / first["file"]).file_meta
    assert (meta.SourceApplicationEntityTitle, meta.ReceivingApplicationEntityTitle) == ("ARCHIVE", "GETTER")
    assert first["status"] == {"code": 0, "category": "Success", "text": "Success"}


def test_an_instance_created_without_a_uid_gets_the_one_of_the_response(shipped: dict[str, Path]) -> None:
    rows = [row for row in manifest(shipped["print"]) if row["command"] == "N-CREATE-RQ"]
    assert rows
    assert all(is_uid(row["sop_instance"]) for row in rows)


@pytest.mark.parametrize(
    "uid",
    [
        "../../etc/passwd", "/etc/passwd", "..", "C:\\evil", "CON", "nul.1", "COM1", "1.2\n3", "a" * 3000,
        " . ", "-rf", "1.2.3.", ".hidden", "\x1b[31m",
    ],
)  # fmt: skip
def test_no_uid_leads_out_of_the_directory(uid: str, tmp_path: Path) -> None:
    raw = uid.encode("latin-1")
    (row,) = exported(stored(image(), AffectedSOPInstanceUID=raw + bytes(len(raw) % 2)), tmp_path)
    name = row["file"]
    assert (tmp_path / "out" / name).parent.resolve() == (tmp_path / "out").resolve()
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>| ')
    assert name[0] not in ".-"
    assert name.split(".")[0].upper() not in ("CON", "NUL", "COM1")
    assert len(name) < 100
    assert is_uid(row["media_storage_sop_instance"])
    assert pydicom.dcmread(tmp_path / "out" / name).file_meta.MediaStorageSOPInstanceUID == made_up(row)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out", "talk.pcap"]


def made_up(row: dict[str, Any]) -> str:
    uid: str = row["media_storage_sop_instance"]
    assert uid.startswith("2.25.") or uid == row["sop_instance"]
    return uid


def test_names_are_what_can_stand_anywhere() -> None:
    assert safe_name("1.2.3") == "1.2.3"
    assert safe_name("con.dcm") == "_con.dcm"
    assert safe_name("\0\0") == safe_name("///") == ""
    assert len(safe_name("9" * 5000)) == 64
    assert made_up_uid("one") == made_up_uid("one") != made_up_uid("other")


def test_all_of_an_instance_that_was_sent_twice_is_kept(tmp_path: Path) -> None:
    talk = begun([(1, CT, [IMPLICIT])])
    for number, uid in enumerate(("1.2.3", "1.2.3", "1.2.3-2", "1.2.3", "a.b", "A.B"), 1):
        talk.store_request(1, number, AffectedSOPInstanceUID=uid)
        talk.requestor.data(1, image(implicit(0x00200013, b"%d " % number)))
        talk.store_response(1, number)
    names = [row["file"] for row in exported(ended(talk), tmp_path)]
    assert names[:4] == ["1.2.3.dcm", "1.2.3-2.dcm", "1.2.3-2-2.dcm", "1.2.3-3.dcm"]
    assert len({name.lower() for name in names}) == len(names) == 6


def test_several_captures_go_into_one_directory(tmp_path: Path) -> None:
    names = [str(CAPTURES / f"{name}.pcap") for name in ("store-implicit", "store-explicit")]
    assert export(*names, "-o", tmp_path) == 0
    assert {row["capture"] for row in manifest(tmp_path)} == set(names)


def test_nothing_is_written_over_unless_asked_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capture, other = CAPTURES / "store-implicit.pcap", CAPTURES / "store-multi.pcap"
    assert export(capture, "-o", tmp_path) == 0
    (row,) = manifest(tmp_path)
    (tmp_path / row["file"]).write_bytes(b"precious")
    (tmp_path / "manifest.json").unlink()
    capfd.readouterr()
    assert export(other, capture, "-o", tmp_path, "--association", "1") == 2
    assert capfd.readouterr().err.count("\n") == 1
    assert (tmp_path / row["file"]).read_bytes() == b"precious"
    assert export(capture, "-o", tmp_path, "--overwrite") == 0
    assert export(capture, "-o", tmp_path) == 2  # the manifest is there
    assert export(capture, "-o", tmp_path, "--overwrite") == 0
    assert hashlib.sha256(data_set(tmp_path / row["file"])).hexdigest() == row["sha256"]


def test_incomplete_objects_are_written_on_request_only_and_marked(tmp_path: Path) -> None:
    capture = CAPTURES / "lossy-monitor.pcap"
    assert export(capture, "-o", tmp_path / "whole") == 0
    assert all(row["complete"] for row in manifest(tmp_path / "whole"))
    assert export(capture, "-o", tmp_path / "all", "--incomplete") == 0
    rows = manifest(tmp_path / "all")
    broken = [row for row in rows if not row["complete"]]
    assert len(broken) == len(rows) - len(manifest(tmp_path / "whole")) > 0
    for row in rows:
        assert (".incomplete" in row["file"]) == (not row["complete"])
        assert (row["sha256"] is None) == bool(row["damage"]) == (not row["complete"])


def test_a_data_set_in_a_syntax_nobody_agreed_on_is_written_as_what_it_looks_like(tmp_path: Path) -> None:
    talk = begun([(1, CT, [IMPLICIT])], accept={1: 3})
    talk.store_request(1, 1)
    talk.requestor.data(1, image())
    (row,) = exported(ended(talk), tmp_path)
    assert row["transfer_syntax"] == IMPLICIT
    assert row["transfer_syntax_inferred"]


def test_a_private_transfer_syntax_stays_what_it_is(tmp_path: Path) -> None:
    (row,) = exported(stored(b"\x01\x02\x03\x04", syntax=PRIVATE_SYNTAX), tmp_path)
    assert row["transfer_syntax"] == PRIVATE_SYNTAX
    assert data_set(tmp_path / "out" / row["file"]) == b"\x01\x02\x03\x04"


def test_a_filter_and_a_number_select(tmp_path: Path) -> None:
    capture = CAPTURES / "store-statuses.pcap"
    assert export(capture, "-o", tmp_path / "bad", "-Y", "status.category == Failure") == 0
    assert {row["status"]["category"] for row in manifest(tmp_path / "bad")} == {"Failure"}
    assert export(capture, "-o", tmp_path / "none", "--association", "99") == 2


def test_identifiers_have_a_uid_that_stays_the_same(tmp_path: Path) -> None:
    talk = exchanged(FIND, (">", asked(FIND, 0x20, implicit(0x0020000D, b"1.2\0"), Priority=0)))
    (row,) = exported(talk, tmp_path, "--identifiers")
    (again,) = exported(talk, tmp_path, "--identifiers", "--overwrite")
    assert row["sop_instance"] is None
    assert row["media_storage_sop_instance"] == again["media_storage_sop_instance"]
    assert row["file"].startswith("C-FIND-RQ.frame-")


def test_one_line_says_where_files_cannot_be_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = CAPTURES / "store-multi.pcap"
    (tmp_path / "file").write_text("no directory")
    assert export(capture, "-o", tmp_path / "file") == 2
    assert export(capture, "-o", "/proc/no-such-place") == 2
    copied = []

    def full(message: object, head: bytes, out: BinaryIO) -> str:
        copied.append(message)
        out.write(head)
        if len(copied) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return ""

    monkeypatch.setattr(objects, "_copy", full)
    assert export(capture, "-o", tmp_path / "full") == 2
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[-1].endswith("cannot be written (No space left on device)")
    assert len(manifest(tmp_path / "full")) == 2  # the third left nothing behind


def test_rows_are_lines_of_ndjson(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = ("-o", tmp_path / "out", "--format", "ndjson")
    assert export(CAPTURES / "store-multi.pcap", *options) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert rows == manifest(tmp_path / "out")


def test_a_large_object_takes_little_memory(tmp_path: Path) -> None:
    large = 50_000_000
    talk = begun([(1, CT, [IMPLICIT])], max_ac=0)
    talk.store_request(1, 1)
    talk.requestor.data(1, image(implicit(0x7FE00010, bytes(large))), fragment=100_000)
    talk.store_response(1, 1)
    capture = read(ended(talk).write(tmp_path / "large.pcap"))
    del talk
    tracemalloc.start()
    try:
        with Export(tmp_path / "out") as exported:
            (row,) = exported.write(capture, Selection(), Kinds())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert row["length"] > large
    assert peak < 6_000_000


def test_steps_of_a_procedure_are_data_sets_of_their_instance(tmp_path: Path) -> None:
    rows = exported(step("IN PROGRESS", "COMPLETED"), tmp_path, "--normalized")
    assert [row["file"] for row in rows] == ["N-CREATE-RQ.1.2.dcm", "N-SET-RQ.1.2.dcm"]
