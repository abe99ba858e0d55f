from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP

from dissect.wire import frames as module
from dissect.wire.frames import FrameReader
from dissect.wire.records import CaptureFile
from tests.peers import tshark
from tests.wire.frames import (
    A6,
    B6,
    PAYLOAD,
    A,
    B,
    Row,
    common,
    ethernet,
    expected,
    read,
    read_slowly,
    segment,
    tunnelled,
    v4,
    v6,
    write,
)

COMMON, TUNNELLED = common(), tunnelled()
ALL = COMMON | TUNNELLED


@pytest.mark.parametrize("name", ALL)
def test_the_segment_is_found_in_every_wrapping(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.pcapng", [ALL[name]])
    assert read(path) == ([expected(0, ALL[name][1])], {})
    assert read_slowly(path) == ([expected(0, ALL[name][1])], {})


def test_common_shapes_are_read_together(tmp_path: Path) -> None:
    with CaptureFile(write(tmp_path / "a.pcapng", COMMON.values())) as file:
        found, rest = module.common(file.batch(), file.array, Counter())
    assert len(rest) == 0
    assert len(found) == len(COMMON)


@pytest.mark.parametrize("limit", [1, 3, 65536])
def test_the_batch_size_changes_nothing(tmp_path: Path, limit: int) -> None:
    path = write(tmp_path / "a.pcapng", ALL.values())
    assert read(path, limit) == (
        [expected(number, frame) for number, (_, frame) in enumerate(ALL.values())],
        {},
    )


def test_tshark_finds_the_same_segments(tmp_path: Path) -> None:
    # tshark 4.0 does not know AF_INET6 of Linux nor Linux's old VXLAN port, and takes these pseudowires for
    # something else.
    unknown = ("null <10", "null >10", "VXLAN of Linux", "pseudowire")
    names = [name for name in ALL if not name.startswith(unknown)]
    path = write(tmp_path / "a.pcapng", [ALL[name] for name in names])
    fields = (
        "frame.number",
        "tcp.srcport",
        "tcp.dstport",
        "tcp.seq_raw",
        "tcp.ack_raw",
        "tcp.len",
        "tcp.window_size_value",
    )
    shown = tshark(path, "-Y", "tcp", "-T", "fields", *(part for field in fields for part in ("-e", field)))
    theirs = [tuple(int(value) for value in line.split("\t")) for line in shown.splitlines()]
    ours = [
        (
            row.record + 1,
            row.source[1],
            row.target[1],
            row.sequence,
            row.acknowledgement,
            row.length,
            row.window,
        )
        for row in read(path)[0]
    ]
    assert ours == theirs


@pytest.mark.parametrize("name", ALL)
def test_a_frame_cut_anywhere_keeps_its_lengths(tmp_path: Path, name: str) -> None:
    """Whatever a snap length leaves: whole headers give a row with the length on the wire."""
    link, frame = ALL[name]
    start = frame.index(PAYLOAD)
    path = write(tmp_path / "a.pcapng", [(link, frame)] * len(frame), snap=range(len(frame)))
    found, counts = read(path)
    assert (found, counts) == read_slowly(path)
    for row in found:
        left = PAYLOAD[: max(row.record - start, 0)]
        assert row == expected(row.record, frame)._replace(payload=left)
    assert set(range(start, len(frame))) <= {row.record for row in found}
    assert len(found) + sum(counts.values()) == len(frame)


def test_a_cut_among_the_tcp_options_leaves_a_row_without_payload(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcapng", [COMMON["TCP options"]], snap=14 + 20 + 24)
    [row] = read(path)[0]
    assert (row.payload, row.length) == (b"", len(PAYLOAD))
    path = write(tmp_path / "b.pcapng", [COMMON["TCP options"]], snap=14 + 20 + 19)
    assert read(path) == ([], {"cut header": 1})


def test_flags_of_every_kind_of_segment(tmp_path: Path) -> None:
    frames = [
        (1, bytes(ethernet() / IP(src=A, dst=B) / TCP(sport=1, dport=2, seq=5, flags=flags)) + bytes(6))
        for flags in ("S", "SA", "A", "FA", "R", "PAUEC")
    ]
    found, counts = read(write(tmp_path / "a.pcapng", frames))
    assert [(row.flags, row.payload, row.length) for row in found] == [
        (flags, b"", 0) for flags in (2, 18, 16, 17, 4, 24)
    ]
    assert counts == {}


def test_segments_left_to_the_card_have_the_length_of_the_frame(tmp_path: Path) -> None:
    big = bytes(range(256)) * 400
    head = IP(src=A, dst=B, len=0) / TCP(sport=1, dport=2, flags="A")
    frames = [
        (1, bytes(ethernet() / head) + big),
        (1, bytes(ethernet() / IPv6(src=A6, dst=B6, plen=0) / TCP(sport=1, dport=2, flags="A")) + big),
    ]
    path = write(tmp_path / "a.pcapng", frames)
    assert [row.payload == big for row in read(path)[0]] == [True, True]
    assert read(path) == read_slowly(path)
    path = write(tmp_path / "b.pcapng", frames, snap=200)
    assert [row.length for row in read(path)[0]] == [len(big)] * 2
    assert read(path) == read_slowly(path)


def test_a_jumbogram_has_its_length_in_an_option(tmp_path: Path) -> None:
    big = bytes(100_000)
    inner = bytes(TCP(sport=1, dport=2, flags="A")) + big
    hop = b"\6\0\xc2\4" + struct.pack(">I", len(inner) + 8)
    frame = bytes(ethernet() / IPv6(src=A6, dst=B6, plen=0, nh=0)) + hop + inner
    [row] = read(write(tmp_path / "a.pcapng", [(1, frame + b"FCS!")]))[0]
    assert row.length == len(row.payload) == len(big)


def test_an_ip_length_beyond_the_frame_is_believed(tmp_path: Path) -> None:
    """A mirror that truncates says so nowhere else: what is missing was on the wire."""
    for head, frame in (
        (20, ethernet() / v4(len=1040)),
        (0, ethernet() / IPv6(src=A6, dst=B6, plen=1020) / segment()),
    ):
        path = write(tmp_path / "a.pcapng", [(1, bytes(frame))])
        [row] = read(path)[0]
        assert (row.payload, row.length) == (PAYLOAD, 1000)
        assert read(path) == read_slowly(path), head


def test_what_is_not_tcp_is_counted(tmp_path: Path) -> None:
    frames = [
        ethernet() / ARP(), ethernet() / ARP(),
        ethernet(type=0x88CC) / b"lldp", ethernet(type=0x9999) / bytes(40),
        ethernet() / IP() / UDP(dport=53) / b"query", ethernet() / IPv6() / UDP(dport=53) / b"query",
        ethernet() / IP() / ICMP(), ethernet() / IPv6() / ICMPv6EchoRequest(),
        ethernet() / IP(proto=200) / b"?",
        ethernet(type=40) / (b"\x42\x42\3" + bytes(40)),
    ]  # fmt: skip
    path = write(
        tmp_path / "a.pcapng", [*((1, bytes(frame)) for frame in frames), (105, bytes(99)), (105, b"")]
    )
    counts = {
        "arp": 2, "lldp": 1, "ethertype 0x9999": 1, "udp": 2, "icmp": 1, "icmpv6": 1, "ip protocol 200": 1,
        "llc": 1, "link type 105": 2,
    }  # fmt: skip
    assert read(path) == ([], counts)
    assert read_slowly(path) == ([], counts)


def test_a_link_type_that_is_not_read_is_told_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcapng", [(105, bytes(99)), (105, bytes(9)), (1, bytes(ethernet() / v4()))])
    reader = FrameReader()
    with CaptureFile(path) as file:
        for batch in file.batches(1):
            reader.read(batch, file.array)
    assert [(finding.rule, "105" in finding.text) for finding in reader.findings] == [("link-unknown", True)]


@pytest.mark.parametrize(
    "frame",
    [
        ethernet() / IP(src=A, dst=B, ihl=4) / segment(),
        ethernet() / IP(src=A, dst=B, len=19) / segment(),
        ethernet() / IP(src=A, dst=B, len=39) / segment(),
        ethernet() / IP(src=A, dst=B) / segment(dataofs=4),
        ethernet() / IP(src=A, dst=B, len=60) / segment(dataofs=15),
        ethernet(type=0x800) / v6(),
        ethernet(type=0x86DD) / v4(),
        ethernet() / IPv6(src=A6, dst=B6, plen=10) / segment(),
    ],
)
def test_lengths_that_cannot_be_are_counted(tmp_path: Path, frame: bytes) -> None:
    path = write(tmp_path / "a.pcapng", [(1, bytes(frame)), COMMON["ethernet"]])
    assert read(path) == ([expected(1, COMMON["ethernet"][1])], {"malformed": 1})
    assert read_slowly(path) == read(path)


def test_endless_nesting_ends(tmp_path: Path) -> None:
    bridged = bytes(12) + b"\x65\x58"
    label = bytes(12) + b"\x88\x47" + b"\0\0\1\0"
    atomic = bytes(ethernet() / IPv6(nh=44, plen=40_000)) + b"\x2c\0\0\0\0\0\0\0" * 5000
    frames = [bridged * 4000, label * 4000, atomic, bytes(ethernet()) + bytes(IP(proto=4, len=0)) * 1000]
    path = write(tmp_path / "a.pcapng", [(1, frame) for frame in frames])
    found, counts = read(path)
    assert found == []
    assert sum(counts.values()) == len(frames)
    assert counts["nested too deep"] >= 2


def test_an_empty_batch_has_no_segments(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.pcapng", [])) == ([], {})


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(ALL)),
    edits=st.lists(st.tuples(st.integers(0, 90), st.binary(min_size=1, max_size=4)), max_size=4),
    snap=st.integers(0, 300),
)
def test_both_paths_agree_on_damaged_frames(
    tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[tuple[int, bytes]], snap: int
) -> None:
    link, frame = ALL[name]
    for at, content in edits:
        frame = frame[:at] + content + frame[at + len(content) :]
    path = tmp_path_factory.getbasetemp() / "damaged.pcapng"
    write(path, [(link, frame), COMMON["ethernet"], (link, frame)], snap=snap)
    assert read(path) == read_slowly(path)
    assert read(path, 1) == read(path)


@settings(max_examples=200, deadline=None)
@given(link=st.sampled_from([0, 1, 12, 101, 108, 113, 276, 7]), frame=st.binary(max_size=120))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, link: int, frame: bytes) -> None:
    path = write(tmp_path_factory.getbasetemp() / "noise.pcapng", [(link, frame)])
    assert read(path) == read_slowly(path)


def test_rows_of_both_paths_are_in_the_order_of_the_records(tmp_path: Path) -> None:
    mixed = [COMMON["ethernet"], TUNNELLED["GRE"], COMMON["ethernet and IPv6"], TUNNELLED["VXLAN"]] * 5
    found: list[Row] = read(write(tmp_path / "a.pcapng", mixed))[0]
    assert [row.record for row in found] == list(range(20))
    assert {row.source[0] for row in found} == {A, A6}
    assert {row.target[0] for row in found} == {B, B6}
    assert bytes(v6())[-100:] == PAYLOAD
