from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.layers.vxlan import VXLAN

from dissect.wire import fragments as module
from dissect.wire.fragments import Datagram, Run
from dissect.wire.frames import FrameReader
from dissect.wire.records import CaptureFile
from tests.peers import tshark
from tests.wire.frames import A6, B6, A, B, Row, ethernet, read, read_slowly, rows, write

BIG = random.Random(4).randbytes(3000)
SEGMENT = TCP(sport=40000, dport=104, seq=2**32 - 100, ack=77, flags="PA", window=501) / BIG


def pieces4(number: int = 9, size: int = 1000, inner: Any = SEGMENT) -> list[bytes]:
    pieces: list[Any] = fragment(IP(src=A, dst=B, id=number) / inner, size)  # type: ignore[no-untyped-call]
    return [bytes(ethernet() / piece) for piece in pieces]


def pieces6(number: int = 9) -> list[bytes]:
    whole = IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(id=number) / SEGMENT
    pieces: list[Any] = fragment6(whole, 1100)  # type: ignore[no-untyped-call]
    return [bytes(ethernet() / piece) for piece in pieces]


def capture(path: Path, frames: list[bytes], snap: int | None = None) -> Path:
    return write(path, [(1, frame) for frame in frames], snap=snap)


def joined(found: list[Row]) -> bytes:
    """The payload of rows that follow one another without a hole."""
    expected = found[0].sequence
    for row in found:
        assert row.sequence == expected
        assert len(row.payload) == row.length
        expected = (expected + row.length + (row.flags >> 1 & 1)) % 2**32
    return b"".join(row.payload for row in found)


@pytest.mark.parametrize("pieces", [pieces4(), pieces6()], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("limit", [1, 2, 65536])
def test_fragments_in_any_order_make_a_segment(tmp_path: Path, pieces: list[bytes], limit: int) -> None:
    assert len(pieces) >= 3
    for seed in range(6):
        shuffled = random.Random(seed).sample(pieces, len(pieces))
        path = capture(tmp_path / "a.pcapng", shuffled)
        found, counts = read(path, limit)
        assert joined(found) == BIG
        assert len(found) == len(pieces)
        assert {row.record for row in found} == {len(pieces) - 1}
        assert {(row.source[1], row.target[1], row.acknowledgement, row.window) for row in found} == {
            (40000, 104, 77, 501)
        }
        assert counts == {}
        assert read_slowly(path) == (found, counts)


def test_tshark_puts_the_same_segments_together(tmp_path: Path) -> None:
    pieces = pieces4(1) + pieces6(2) + pieces4(3)[::-1]
    path = capture(tmp_path / "a.pcapng", pieces)
    shown = tshark(path, "-Y", "tcp", "-T", "fields", "-e", "frame.number", "-e", "tcp.payload")
    theirs = [tuple(line.split("\t")) for line in shown.splitlines()]
    found = read(path)[0]
    records = sorted({row.record for row in found})
    ours = [(str(n + 1), joined([row for row in found if row.record == n]).hex()) for n in records]
    assert ours == theirs


def test_syn_comes_first_and_fin_and_reset_last(tmp_path: Path) -> None:
    inner = TCP(sport=1, dport=2, seq=5, flags="SFRPA") / bytes(50)
    found = read(capture(tmp_path / "a.pcapng", pieces4(size=32, inner=inner)))[0]
    assert [row.flags for row in found] == [2 | 8 | 16, 8 | 16, 1 | 4 | 8 | 16]
    assert [(row.sequence, row.length) for row in found] == [(5, 12), (18, 32), (50, 6)]


def test_a_tcp_header_may_be_split(tmp_path: Path) -> None:
    pieces = pieces4(size=8, inner=TCP(sport=1, dport=2, options=[("MSS", 9)]) / b"payload in the end")
    found = read(capture(tmp_path / "a.pcapng", pieces))[0]
    assert joined(found) == b"payload in the end"


def test_of_overlapping_fragments_the_first_wins(tmp_path: Path) -> None:
    first, second, third, fourth = pieces4(size=800)
    other = bytearray(second)
    other[40:100] = bytes(60)
    longer = bytes(ethernet() / IP(src=A, dst=B, id=9, proto=6, frag=50, flags="MF") / (b"?" * 800))
    for frames in (
        [first, second, bytes(other), third, fourth],
        [fourth, first, second, longer, third],
        [third, first, second, longer, bytes(other), fourth],
    ):
        assert joined(read(capture(tmp_path / "a.pcapng", frames))[0]) == BIG


def test_repeated_fragments_of_a_whole_datagram_start_no_other(tmp_path: Path) -> None:
    doubled = [piece for piece in pieces4() for _ in range(2)]
    reader = FrameReader()
    with CaptureFile(capture(tmp_path / "a.pcapng", doubled)) as file:
        found = rows(reader.read(file.batch(), file.array), file)
    reader.finish()
    assert joined(found) == BIG
    assert reader.findings == []


def test_what_never_becomes_whole_is_told(tmp_path: Path) -> None:
    reader = FrameReader()
    with CaptureFile(capture(tmp_path / "a.pcapng", pieces4(1)[1:] + pieces4(2)[:-1] + pieces4(3))) as file:
        found = rows(reader.read(file.batch(), file.array), file)
    reader.finish()
    assert joined(found) == BIG
    assert [finding.rule for finding in reader.findings] == ["fragments-lost"]
    assert reader.findings[0].text.startswith("2 ")


def test_waiting_fragments_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATAGRAMS", 5)
    firsts = [pieces4(number)[0] for number in range(10)]
    rests = [piece for number in reversed(range(10)) for piece in pieces4(number)[1:]]
    found = read(capture(tmp_path / "a.pcapng", firsts + rests))[0]
    assert len({row.sequence for row in found}) == len(pieces4())
    assert len({row.record for row in found}) == 5


def test_fragments_that_wait_too_long_are_of_another_datagram(tmp_path: Path) -> None:
    first, *rest = pieces4()
    reader = FrameReader()
    with CaptureFile(capture(tmp_path / "a.pcapng", [first, *rest])) as file:
        batch = file.batch()
        batch.time[1:] += module.PATIENCE + 1
        assert len(reader.read(batch, file.array)) == 0


def test_fragments_cut_by_a_snap_length_leave_holes(tmp_path: Path) -> None:
    found = read(capture(tmp_path / "a.pcapng", pieces4(), snap=200))[0]
    assert sum(row.length for row in found) == len(BIG)
    assert [len(row.payload) for row in found] == [200 - 54, 200 - 34, 200 - 34, 20]


def test_a_fragmented_tunnel_is_followed(tmp_path: Path) -> None:
    """Mirrored frames outgrow the MTU: the outer datagram comes in fragments, the segment in two pieces."""
    inner = ethernet() / IP(src=A, dst=B) / TCP(sport=40000, dport=104, flags="A") / BIG[:1400]
    outer = UDP(sport=7, dport=4789) / VXLAN(vni=3) / inner
    found, counts = read(capture(tmp_path / "a.pcapng", pieces4(size=1400, inner=outer)))
    assert joined(found) == BIG[:1400]
    assert len(found) == 2
    assert counts == {}


def test_fragments_behind_a_vlan_tag(tmp_path: Path) -> None:
    frames = [piece[:12] + b"\x81\0\0\3" + piece[12:] for piece in pieces4()]
    assert joined(read(capture(tmp_path / "a.pcapng", frames))[0]) == BIG


def test_fragments_that_cannot_be_are_counted(tmp_path: Path) -> None:
    frames = [
        ethernet() / IP(src=A, dst=B, flags="MF") / bytes(13),
        ethernet() / IP(src=A, dst=B, frag=8191) / bytes(100),
        ethernet() / IP(src=A, dst=B, frag=1, len=20),
        ethernet() / IP(src=A, dst=B, frag=1, len=0) / bytes(8),
    ]
    assert read(capture(tmp_path / "a.pcapng", [bytes(frame) for frame in frames])) == ([], {"malformed": 4})


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=25))
def test_the_first_byte_at_a_place_is_kept(parts: list[tuple[int, int]]) -> None:
    """Against a model that has a cell for each byte."""
    datagram, model = Datagram(0), [-1] * 100
    for number, (start, size) in enumerate(parts):
        file = number * 1000
        datagram.add(start, [Run(file, size, size)])
        for place in range(start, start + size):
            if model[place] < 0:
                model[place] = file + place - start
    kept = [-1] * 100
    for start, runs in datagram.pieces:
        for run in runs:
            for step in range(run.length):
                assert kept[start + step] == -1
                kept[start + step] = run.file + step
            start += run.length
    assert kept == model
    assert datagram.covered == sum(place >= 0 for place in model)


@settings(max_examples=150, deadline=None)
@given(
    order=st.permutations(range(8)),
    edits=st.lists(
        st.tuples(st.integers(0, 7), st.integers(14, 60), st.binary(min_size=1, max_size=3)), max_size=5
    ),
    limit=st.integers(1, 9),
)
def test_damaged_fragments_raise_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    edits: list[tuple[int, int, bytes]],
    limit: int,
) -> None:
    frames = [*pieces4(), *pieces6()]
    frames = [frames[index % len(frames)] for index in order]
    for index, at, content in edits:
        frames[index] = frames[index][:at] + content + frames[index][at + len(content) :]
    path = capture(tmp_path_factory.getbasetemp() / "damaged.pcapng", frames)
    assert read(path, limit) == read(path) == read_slowly(path)
