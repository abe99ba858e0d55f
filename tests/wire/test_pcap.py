from __future__ import annotations

import struct
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.wire.records import CaptureFile
from tests.craft import pcap
from tests.peers import require, run, tshark
from tests.wire.files import Record, read, rows

SECOND = 1_000_000_000
FRAMES = [(1_700_000_000 * SECOND + 1000 * n, bytes([n % 251]) * (60 + n * 7 % 1400)) for n in range(300)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_both_byte_orders_and_resolutions_are_read(tmp_path: Path, order: str, nanoseconds: bool) -> None:
    frames = [(time + (7 if nanoseconds else 0), data) for time, data in FRAMES]
    path = pcap(tmp_path / "a.pcap", frames, order=order, nanoseconds=nanoseconds, link=101)
    expected = [Record(n, time, data, len(data), 101) for n, (time, data) in enumerate(frames)]
    assert read(path) == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_modified_variant_has_longer_record_headers(tmp_path: Path, order: str) -> None:
    path = tmp_path / "a.pcap"
    with path.open("wb") as out:
        out.write(struct.pack(order + "IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1))
        for time, data in FRAMES:
            seconds, rest = divmod(time, SECOND)
            out.write(struct.pack(order + "IIII", seconds, rest // 1000, len(data), len(data)))
            out.write(struct.pack(order + "IHBB", 1, 8, 0, 0) + data)
    assert read(path) == [Record(n, time, data, len(data), 1) for n, (time, data) in enumerate(FRAMES)]


@pytest.mark.parametrize("limit", [1, 2, 63, 64, 65, 299, 300, 301])
def test_the_batch_size_changes_nothing(tmp_path: Path, limit: int) -> None:
    path = pcap(tmp_path / "a.pcap", FRAMES)
    assert read(path, limit) == read(path)


def test_long_runs_of_equal_records_are_followed_to_their_end(tmp_path: Path) -> None:
    sizes = [100] * 5000 + [66, 100, 100, 66] * 50 + [1514] * 700 + [60] * 3
    frames = [(SECOND * n, struct.pack("<I", n).ljust(size, b".")) for n, size in enumerate(sizes)]
    path = pcap(tmp_path / "a.pcap", frames)
    for limit in (65536, 1000, 777):
        found = read(path, limit)
        assert [len(record.data) for record in found] == sizes
        assert [struct.unpack("<I", record.data[:4])[0] for record in found] == list(range(len(sizes)))


def test_a_batch_holds_no_more_records_than_asked_for(tmp_path: Path) -> None:
    with CaptureFile(pcap(tmp_path / "a.pcap", FRAMES)) as file:
        sizes = [len(batch) for batch in file.batches(128)]
    assert sizes == [128, 128, 44]


def test_a_snap_length_keeps_the_original_length(tmp_path: Path) -> None:
    found = read(pcap(tmp_path / "a.pcap", FRAMES, snap=68))
    assert [(len(record.data), record.original) for record in found] == [
        (min(68, len(data)), len(data)) for _, data in FRAMES
    ]


def test_records_longer_than_65535_bytes_are_whole(tmp_path: Path) -> None:
    frames = [(SECOND, bytes(60)), (SECOND, b"x" * 200_000), (SECOND, bytes(61))]
    assert [len(record.data) for record in read(pcap(tmp_path / "a.pcap", frames))] == [60, 200_000, 61]


def test_a_capture_without_records_is_read(tmp_path: Path) -> None:
    assert read(pcap(tmp_path / "a.pcap", [])) == []


def test_odd_headers_that_chain_are_records(tmp_path: Path) -> None:
    """A writer that leaves the original length 0, as some do, loses nothing."""
    path = tmp_path / "a.pcap"
    body = b"".join(struct.pack("<IIII", 5, n, 50, 0) + bytes(50) for n in range(40))
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + body)
    assert [(len(record.data), record.original) for record in read(path)] == [(50, 50)] * 40


def test_extra_bits_of_the_link_field_are_left_out(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a.pcap", FRAMES[:1], link=0x54000001)  # 4 bytes of frame check sequence
    assert read(path)[0].link == 1


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=99)), max_size=40))
def test_what_was_written_is_read(records: list[tuple[int, bytes]]) -> None:
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    body = b"".join(struct.pack("<IIII", time, 5, len(data), len(data)) + data for time, data in records)
    with NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_bytes(head + body)
        assert [(record.time, record.data) for record in read(path, 7)] == [
            (time * SECOND + 5000, data) for time, data in records
        ]


def test_editcap_and_tshark_agree(tmp_path: Path) -> None:
    """editcap writes what we read from the pcapng of the same frames; tshark names the same times."""
    require("editcap")
    plain = pcap(tmp_path / "a.pcap", FRAMES)
    run("editcap", "-F", "pcapng", plain, tmp_path / "b.pcapng")
    run("editcap", "-F", "nsecpcap", plain, tmp_path / "c.pcap")
    assert read(plain) == read(tmp_path / "b.pcapng") == read(tmp_path / "c.pcap")
    lines = tshark(plain, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len").splitlines()
    assert [(round(float(line.split()[0]) * 1e6), int(line.split()[1])) for line in lines] == [
        (record.time // 1000, len(record.data)) for record in read(plain)
    ]


def test_the_file_is_a_source_of_its_bytes(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a.pcap", FRAMES[:2])
    with CaptureFile(path) as file:
        assert len(file) == path.stat().st_size
        assert file.read(0, 4) == b"\xd4\xc3\xb2\xa1"
        assert file.read(-5, 10**9) == path.read_bytes()
        assert file.array.tobytes() == path.read_bytes()
        first = rows(file, file.batch(1))
        assert file.position == 24 + 16 + len(first[0].data)
        assert file.size == len(file)
