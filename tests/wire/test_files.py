from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
import zstandard

from dissect.wire import files
from dissect.wire.records import CaptureError, CaptureFile
from tests.craft import pcap
from tests.wire.files import findings, read

FRAMES = [(n * 1_000_000_000, os.urandom(20) * (1 + n % 60)) for n in range(1, 400)]


def refusal(path: Path) -> str:
    """The line with which the file at `path` is refused."""
    with pytest.raises(CaptureError) as caught:
        CaptureFile(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert "; " in text, "it says what to do"
    return text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xd4\xc3", "too short"),
        (bytes(128) + b"DICM" + bytes(50), "a DICOM file, not a capture"),
        (b"00000000  01 00 00 00 00 cd 00 01\n", "a text file"),
        ("Übertragung abgebrochen\n".encode(), "a text file"),
        (b'[\n  {"_index": "packets"}]', "a JSON file"),
        (b"<?xml version='1.0'?>", "an XML file"),
        (b"PK\x03\x04" + bytes(40), "unpack it first"),
        (b"BZh91AY&SY", "decompress it first"),
        (b"GMBU" + bytes(100), "editcap"),
        (b"snoop\0\0\0" + bytes(100), "editcap"),
        (b"\0\1\2\3" * 30, "neither pcap nor pcapng"),
        (gzip.compress(b"notes of a meeting", mtime=0), "a gzip file whose content is a text file"),
        (gzip.compress(b"", mtime=0), "a gzip file with nothing in it"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "whose content is a gzip file"),
        (b"\x1f\x8b" + bytes(30), "a damaged gzip file"),
        (zstandard.compress(bytes(128) + b"DICM" + bytes(50)), "a zstd file whose content is a DICOM file"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 30, "a damaged zstd file"),
    ],
)
def test_what_is_no_capture_is_refused_by_what_it_looks_like(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "given.pcap"
    path.write_bytes(content)
    assert words in refusal(path)


def test_missing_files_directories_and_pipes_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.pcap")
    assert "a directory" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe" in refusal(tmp_path / "pipe")
    assert "cannot be opened" in refusal(tmp_path / ("long" * 200))


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pcap(tmp_path / "a.pcap", FRAMES)

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)  # root, as whom containers test, may read everything
    assert "no permission" in refusal(path)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("step", [600, 5000, 1 << 25])
def test_compressed_captures_are_read_by_their_magic(
    tmp_path: Path, packing: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several gzip members and zstd frames, as parallel compressors write, whatever the file is called."""
    monkeypatch.setattr(files, "STEP", step)
    monkeypatch.setattr(files, "PIECE", min(step, 4096))
    plain = pcap(tmp_path / "a.pcap", FRAMES)
    data = plain.read_bytes()
    pack = gzip.compress if packing == "gzip" else zstandard.compress
    packed = tmp_path / "packed.pcap"
    packed.write_bytes(b"".join(pack(data[at : at + 9000]) for at in range(0, len(data), 9000)))
    assert read(packed) == read(plain)
    assert findings(packed) == []
    with CaptureFile(packed) as file:
        for _ in file.batches(50):
            assert 0 <= file.position <= file.size
        assert file.position == file.size == packed.stat().st_size


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_of_a_truncated_compressed_capture_the_start_is_read(tmp_path: Path, packing: str) -> None:
    plain = pcap(tmp_path / "a.pcap", FRAMES)
    pack = gzip.compress if packing == "gzip" else zstandard.ZstdCompressor(level=-5).compress
    data = b"".join(pack(plain.read_bytes()[at : at + 9000]) for at in range(0, plain.stat().st_size, 9000))
    packed = tmp_path / "a.pcap.gz"
    packed.write_bytes(data[: len(data) * 2 // 3])
    found = read(packed)
    assert 100 < len(found) < len(FRAMES)
    assert found == read(plain)[: len(found)]
    assert {rule for rule, _, _ in findings(packed)} == {"capture-cut"}


def test_a_damaged_compressed_capture_is_read_up_to_the_damage(tmp_path: Path) -> None:
    plain = pcap(tmp_path / "a.pcap", FRAMES)
    data = plain.read_bytes()
    first, second = bytearray(gzip.compress(data[:40_000], mtime=0)), gzip.compress(data[40_000:], mtime=0)
    first[-8] ^= 1  # its checksum
    packed = tmp_path / "a.pcap.gz"
    packed.write_bytes(bytes(first) + second)
    found = read(packed)
    assert found == read(plain)[: len(found)]
    assert len(found) > 50


def test_no_room_to_decompress_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pcap.gz"
    path.write_bytes(gzip.compress(pcap(tmp_path / "a.pcap", FRAMES).read_bytes()))

    def full(*_: object) -> int:
        raise CaptureError(f"{path}: no room; set TMPDIR")

    monkeypatch.setattr(files.Inflated, "_write", full)
    assert "TMPDIR" in refusal(path)
