from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.wire.records import FINDINGS, CaptureFile
from tests.craft import pcap
from tests.wire.files import Record, findings, interface, packet, read, section

SECOND = 1_000_000_000
START = 1_700_000_000
SIZES = random.Random(1).choices((66, 70, 1514, 1514, 300), k=200)
FRAMES = [(START * SECOND + n * 1_000_000, random.Random(n).randbytes(size)) for n, size in enumerate(SIZES)]


def headers(start: int, extra: int) -> list[int]:
    """Positions of the records of FRAMES, each with `extra` bytes of header."""
    found = []
    for size in SIZES:
        found.append(start)
        start += extra + size
    return found


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return pcap(tmp_path / "a.pcap", FRAMES)


def damage(path: Path, at: int, content: bytes, *, drop: int = 0) -> bytes:
    """Overwrite `content` at `at` and leave out `drop` bytes behind it."""
    data = path.read_bytes()
    path.write_bytes(data[:at] + content + data[at + len(content) + drop :])
    return data


def kept(found: list[Record]) -> list[int]:
    """The numbers of the FRAMES that were found whole."""
    index = {data: n for n, (_, data) in enumerate(FRAMES)}
    return [index[record.data] for record in found if record.data in index]


LENGTHS = {
    "insane": b"\xff\xff\xff\xff",
    "beyond the end": b"\0\0\2\0",
    "into the packet": b"\x20\0\0\0",
    "nothing": b"\0\0\0\0",
}


@pytest.mark.parametrize("limit", [1, 7, 50, 51, 65536])
@pytest.mark.parametrize("content", LENGTHS.values(), ids=LENGTHS)
def test_a_wrong_length_costs_nothing(capture: Path, limit: int, content: bytes) -> None:
    """The original length says the same, and there the next record starts."""
    damage(capture, headers(24, 16)[50] + 8, content)
    assert kept(read(capture, limit)) == list(range(200))
    assert [rule for rule, _, _ in findings(capture)] == ["capture-damaged"]


@pytest.mark.parametrize("limit", [1, 7, 50, 51, 65536])
@pytest.mark.parametrize("content", LENGTHS.values(), ids=LENGTHS)
def test_two_wrong_lengths_cost_one_record_at_most(capture: Path, limit: int, content: bytes) -> None:
    damage(capture, headers(24, 16)[50] + 8, 2 * content)
    assert [n for n in kept(read(capture, limit)) if n != 50] == [n for n in range(200) if n != 50]
    assert [rule for rule, _, _ in findings(capture)] == ["capture-damaged"]


def test_the_finding_names_the_bytes_that_were_skipped(capture: Path) -> None:
    places = headers(24, 16)
    damage(capture, places[50], b"\xee" * 16)
    assert findings(capture) == [("capture-damaged", places[50], places[51] - places[50])]


def test_a_record_whose_end_is_wrong_is_cut_where_the_next_starts(capture: Path) -> None:
    places = headers(24, 16)
    damage(capture, places[50] + 8, struct.pack("<I", 100_000))
    found = read(capture)
    assert found[50].data == FRAMES[50][1]
    assert len(found) == 200


@pytest.mark.parametrize("size", [1, 3, 500, 3000, 20_000])
def test_records_behind_missing_bytes_are_found(capture: Path, size: int) -> None:
    places = headers(24, 16)
    damage(capture, places[50] + 5, b"", drop=size)
    first = next(n for n, place in enumerate(places) if place >= places[50] + 5 + size)
    found = kept(read(capture))
    assert found[:50] == list(range(50))
    assert found[-(200 - first) :] == list(range(first, 200))


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"text"])
def test_records_behind_a_blank_block_are_found(capture: Path, filler: bytes) -> None:
    places = headers(24, 16)
    size = 4096
    damage(capture, places[50] + 3, filler * (size // len(filler)))
    first = next(n for n, place in enumerate(places) if place >= places[50] + 3 + size)
    assert kept(read(capture)) == [*range(50), *range(first, 200)]


def test_a_file_that_is_blank_from_a_place_on_is_read_up_to_it(capture: Path) -> None:
    places = headers(24, 16)
    data = capture.read_bytes()
    capture.write_bytes(data[: places[150]] + bytes(len(data) - places[150]))
    assert kept(read(capture)) == list(range(150))
    assert findings(capture) == [("capture-damaged", places[150], len(data) - places[150])]


@pytest.mark.parametrize("left", [1, 15, 16, 17, 60])
def test_a_half_record_at_the_end_is_told(capture: Path, left: int) -> None:
    places = headers(24, 16)
    capture.write_bytes(capture.read_bytes()[: places[199] + left])
    assert kept(read(capture)) == list(range(199))
    assert findings(capture) == [("capture-cut", places[199], left)]


def test_a_length_that_is_wrong_near_the_end_hides_no_records(capture: Path) -> None:
    damage(capture, headers(24, 16)[195] + 8, struct.pack("<I", 90_000))
    assert kept(read(capture)) == list(range(200))
    assert [rule for rule, _, _ in findings(capture)] == ["capture-damaged"]


def test_pcapng_records_behind_damage_are_found(tmp_path: Path) -> None:
    packets = [packet(time // 1000, data) for time, data in FRAMES]
    for at, content in ((4, b"\xff" * 4), (4, b"\0" * 4), (0, b"\xee" * 40), (4, struct.pack("<I", 44))):
        broken = [*packets[:50], packets[50][:at] + content + packets[50][at + len(content) :], *packets[51:]]
        path = tmp_path / "a.pcapng"
        path.write_bytes(b"".join([section(), interface(), *broken]))
        for limit in (1, 50, 51, 65536):
            assert kept(read(path, limit)) == [n for n in range(200) if n != 50]
        assert [rule for rule, _, _ in findings(path)] == ["capture-damaged"]


def test_a_pcapng_section_behind_damage_is_found(tmp_path: Path) -> None:
    packets = [packet(1, b"frame", ">")] * 5
    path = tmp_path / "a.pcapng"
    path.write_bytes(
        b"".join(
            [
                section(),
                interface(),
                packet(1, b"first"),
                b"garbage",
                section(">"),
                interface(1, ">"),
                *packets,
            ]
        )
    )
    assert [record.data for record in read(path)] == [b"first"] + [b"frame"] * 5


@pytest.mark.parametrize("left", [1, 8, 12, 31, 60])
def test_a_half_pcapng_block_at_the_end_is_told(tmp_path: Path, left: int) -> None:
    whole = section() + interface() + packet(1, b"first")
    path = tmp_path / "a.pcapng"
    path.write_bytes(whole + packet(2, bytes(99))[:left])
    assert [record.data for record in read(path)] == [b"first"]
    assert findings(path) == [("capture-cut", len(whole), left)]


@pytest.mark.parametrize("left", [4, 8, 23, 27])
def test_a_half_file_header_is_told(tmp_path: Path, left: int) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(section()[:left])
    assert read(path) == []
    assert findings(path) == [("capture-cut", 0, left)]


def test_thousands_of_damaged_places_are_told_in_a_bounded_way(tmp_path: Path) -> None:
    parts = []
    for n in range(FINDINGS + 300):
        good = b"".join(struct.pack("<IIII", START, 1, 40, 40) + bytes(40) for _ in range(4))
        parts.append(good + b"\xee" * (3 + n % 50))
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(path, []).read_bytes() + b"".join(parts))
    assert len([record for record in read(path) if len(record.data) >= 40]) == 4 * (FINDINGS + 300)
    assert len(findings(path)) == FINDINGS + 1


def consistent(path: Path) -> None:
    """Any file reads without raising, the same at every batch size, and rows stay inside it."""
    found = read(path)
    size = path.stat().st_size
    for limit in (1, 3):
        assert read(path, limit) == found
    with CaptureFile(path) as file:
        for batch in file.batches():
            assert (batch.captured >= 0).all()
            assert (batch.original >= batch.captured).all()
            assert (batch.offset + batch.captured <= size).all()


def mutate(data: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for at, content in edits:
        place = at % len(data)
        data = data[:place] + content + data[place + len(content) :]
    return data


EDITS = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=6)), max_size=5)
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
PCAP = PCAP_HEAD + b"".join(struct.pack("<IIII", START, n, 40 + n, 99) + bytes(40 + n) for n in range(9))
LITTLE = [section(), interface(resolution=9), interface(101)]
LITTLE += [packet(n, bytes(n), comments=("c",)) for n in range(5)]
BIG = [section(">"), interface(1, ">"), *(packet(n, bytes(n), ">") for n in range(5))]
PCAPNG = b"".join(LITTLE + BIG)


@settings(max_examples=300, deadline=None)
@given(edits=EDITS, start=st.sampled_from([PCAP, PCAPNG]), cut=st.integers(0, 200))
def test_no_mutation_raises(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, bytes]], start: bytes, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.pcap"
    path.write_bytes(start[:4] + mutate(start[4:], edits)[: len(start) - cut])
    consistent(path)


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from([PCAP_HEAD, section() + interface(), section()[:8]]), rest=st.binary(max_size=300)
)
def test_no_bytes_behind_a_header_raise(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.pcap"
    path.write_bytes(start + rest)
    consistent(path)
