from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.wire.chain import follow
from dissect.wire.gather import Positions
from dissect.wire.pcapng import PcapngWalker
from dissect.wire.records import CaptureFile
from tests.peers import tshark
from tests.wire.files import Record, block, findings, interface, option, packet, read, section

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND + 123_456_789


def write(path: Path, *blocks: bytes) -> Path:
    path.write_bytes(b"".join(blocks))
    return path


@pytest.mark.parametrize("order", ["<", ">"])
def test_enhanced_packets_of_both_byte_orders(tmp_path: Path, order: str) -> None:
    packets = [packet(NOW // 1000 + n, bytes([n]) * (n + 1), order) for n in range(70)]
    path = write(tmp_path / "a.pcapng", section(order), interface(1, order), *packets)
    expected = [Record(n, NOW // 1000 * 1000 + n * 1000, bytes([n]) * (n + 1), n + 1, 1) for n in range(70)]
    assert read(path) == expected
    assert read(path, 1) == expected
    assert findings(path) == []


def test_sections_have_their_own_byte_order_and_interfaces(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.pcapng",
        section("<"), interface(1, "<"), interface(101, "<"),
        packet(1, b"one", "<"), packet(2, b"two", "<", number=1),
        section(">"), interface(113, ">"), packet(3, b"three", ">"),
        section("<"), packet(4, b"of no interface", "<"), interface(0, "<"), packet(5, b"five", "<"),
    )  # fmt: skip
    expected = [(b"one", 1), (b"two", 101), (b"three", 113), (b"of no interface", -1), (b"five", 0)]
    for limit in (1, 2, 3, 4, 65536):
        assert [(record.data, record.link) for record in read(path, limit)] == expected
    assert [rule for rule, _, _ in findings(path)] == ["capture-damaged"]


@pytest.mark.parametrize(
    ("resolution", "stamp", "time"),
    [
        (None, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (0, 1_700_000_000, 1_700_000_000 * SECOND),
        (3, 1_700_000_000_123, 1_700_000_000_123_000_000),
        (9, NOW, NOW),
        (10, 1_700_000_000_123_456_789_4, NOW),
        (12, 1_700_000 * 10**12 + 5999, 1_700_000 * SECOND + 5),
        (127, 2**63, 0),
        (0x80, 1_700_000_000, 1_700_000_000 * SECOND),
        (0x80 | 10, 1_700_000_000 << 10 | 512, 1_700_000_000 * SECOND + SECOND // 2),
        (0x80 | 32, 1_700_000_000 << 32 | 1 << 31, 1_700_000_000 * SECOND + SECOND // 2),
        (0x80 | 40, 1_700_000 << 40 | 3 << 38, 1_700_000 * SECOND + SECOND // 4 * 3),
        (0xFF, 2**64 - 1, 0),
    ],
)
def test_time_stamps_follow_the_resolution_of_their_interface(
    tmp_path: Path, resolution: int | None, stamp: int, time: int
) -> None:
    path = write(tmp_path / "a.pcapng", section(), interface(resolution=resolution), packet(stamp, b"."))
    assert read(path)[0].time == time


def test_the_offset_of_an_interface_is_added(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.pcapng", section(),
        interface(resolution=9, shift=1_700_000_000), interface(shift=-10), interface(shift=2**63 - 1),
        packet(5, b"."), packet(20_000_000, b".", number=1), packet(5, b".", number=2),
    )  # fmt: skip
    assert [record.time for record in read(path)][:2] == [1_700_000_000 * SECOND + 5, 10 * SECOND]


def test_simple_and_obsolete_packets(tmp_path: Path) -> None:
    old = struct.pack("<HHIIII", 1, 0, 0, 7_000_000, 3, 9) + b"old\0"
    path = write(
        tmp_path / "a.pcapng", section(), interface(1, snaplen=8), interface(101),
        block(2, old), block(3, struct.pack("<I", 5) + b"short"),
        block(3, struct.pack("<I", 99) + b"12345678"),
    )  # fmt: skip
    time = 7 * SECOND
    expected = [
        Record(0, time, b"old", 9, 101),
        Record(1, time, b"short", 5, 1),  # simple packets have no time of their own
        Record(2, time, b"12345678", 99, 1),
    ]
    assert read(path) == expected
    assert read(path, 1) == expected


def test_comments_are_found_among_options(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.pcapng", section(), interface(),
        packet(1, b"none"), packet(2, b"one", comments=("Ein Fehler: ü",)),
        packet(3, b"two", comments=("first", "second")), packet(4, b"none"),
    )  # fmt: skip
    for limit in (1, 65536):
        with CaptureFile(path) as file:
            comments = {key: text for batch in file.batches(limit) for key, text in batch.comments.items()}
        assert comments == {1: "Ein Fehler: ü", 2: "first\nsecond"}


def test_secrets_are_kept_and_other_blocks_skipped(tmp_path: Path) -> None:
    keys = b"CLIENT_RANDOM 00 11\n"
    path = write(
        tmp_path / "a.pcapng", section(), block(10, struct.pack("<II", 0x544C534B, len(keys)) + keys),
        interface(), block(4, bytes(8)), block(5, bytes(12)), packet(1, b"."), block(0x0BAD, b"custom"),
        block(0x80000001, b""), packet(2, b".."),
    )  # fmt: skip
    with CaptureFile(path) as file:
        assert sum(len(batch) for batch in file.batches()) == 2
        assert file.secrets == [(0x544C534B, keys)]
        assert file.findings == []


def test_a_packet_cannot_claim_more_than_its_block_holds(tmp_path: Path) -> None:
    body = struct.pack("<IIIII", 0, 0, 1, 500, 500) + b"only"
    path = write(tmp_path / "a.pcapng", section(), interface(), block(6, body), packet(1, b"next"))
    assert [record.data for record in read(path)] == [b"only", b"next"]
    assert [rule for rule, _, _ in findings(path)] == ["capture-damaged"]


def test_a_block_whose_lengths_differ_is_read_when_blocks_follow(tmp_path: Path) -> None:
    odd = bytearray(packet(1, b"odd."))
    odd[-4:] = b"\xff\0\0\0"
    path = write(tmp_path / "a.pcapng", section(), interface(), bytes(odd), *[packet(2, b"good")] * 5)
    assert [record.data for record in read(path)] == [b"odd."] + [b"good"] * 5


def test_tshark_reads_the_same_records(tmp_path: Path) -> None:
    blocks = [
        section(), interface(1, resolution=9), interface(101, resolution=0x80 | 20, shift=1000),
        packet(NOW, bytes(60), comments=("said",)), packet(5 << 20 | 1 << 19, b"E" * 30, number=1),
        section(">"), interface(1, ">"), packet(NOW // 1000, bytes(99), ">", original=1000),
    ]  # fmt: skip
    path = write(tmp_path / "a.pcapng", *blocks)
    fields = ("frame.time_epoch", "frame.cap_len", "frame.len")
    shown = tshark(path, "-T", "fields", *(part for field in fields for part in ("-e", field)))
    theirs = [line.split("\t") for line in shown.splitlines()]
    ours = [
        (f"{record.time // SECOND}.{record.time % SECOND:09d}", str(len(record.data)), str(record.original))
        for record in read(path)
    ]
    assert [tuple(row) for row in theirs] == ours


@given(st.lists(st.tuples(st.integers(0, 2**60), st.binary(max_size=70), st.text(max_size=9)), max_size=30))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[int, bytes, str]]
) -> None:
    packets = [packet(time, data, comments=(text,)) for time, data, text in records]
    path = write(tmp_path_factory.getbasetemp() / "any.pcapng", section(), interface(resolution=9), *packets)
    assert [(record.time, record.data) for record in read(path, 7)] == [row[:2] for row in records]
    with CaptureFile(path) as file:
        comments = {key: text for batch in file.batches(4) for key, text in batch.comments.items()}
    assert comments == {number: text for number, (_, _, text) in enumerate(records)}


def test_options_without_end_do_not_run_on(tmp_path: Path) -> None:
    body = struct.pack("<IIIII", 0, 0, 1, 4, 4) + b"data" + option(2, b"")[:4] * 500
    path = write(tmp_path / "a.pcapng", section(), interface(), block(6, body), packet(1, b"next"))
    assert [record.data for record in read(path)] == [b"data", b"next"]


def test_many_short_sections_are_each_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends what was looked at ahead of it: the next look may not go far."""
    looked = 0

    def spy(walker: PcapngWalker, limit: int) -> Positions:
        nonlocal looked
        found = follow(walker, limit)
        looked += len(found)
        return found

    monkeypatch.setattr("dissect.wire.pcapng.follow", spy)
    path = tmp_path / "a.pcapng"
    path.write_bytes(b"".join(section() + interface() + packet(n, bytes([n])) for n in range(200)) * 5)
    assert [record.data[0] for record in read(path)] == [*range(200)] * 5
    assert looked < 200 * 1000
