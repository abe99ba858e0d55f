"""Frames in many wrappings, all around the same TCP segment, and reading them back as rows."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from socket import AF_INET6, inet_pton
from typing import Any, NamedTuple

from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, TCP, UDP, IPOption_RR
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import GRE, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN

from dissect.wire.fragments import Run
from dissect.wire.frames import FrameReader, Segments
from dissect.wire.links import Unwrapper
from dissect.wire.records import CaptureFile
from tests.wire.files import interface, packet, section

PAYLOAD = bytes(range(7, 107))
A, B = "10.1.2.3", "10.1.2.4"
A6, B6 = "2001:db8::1", "2001:db8::2"


class Row(NamedTuple):
    """One row of Segments, by what it means."""

    record: int
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    acknowledgement: int
    flags: int
    window: int
    payload: bytes
    length: int


def address(high: int, low: int) -> str:
    if high == 0 and low >> 32 == 0xFFFF:
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(IPv6Address(high << 64 | low))


def rows(segments: Segments, file: CaptureFile) -> list[Row]:
    """The rows of `segments`, with their payload."""
    names = tuple(segments.__slots__)
    found = []
    for values in zip(*(getattr(segments, name).tolist() for name in names), strict=True):
        row = dict(zip(names, values, strict=True))
        found.append(
            Row(
                row["record"],
                (address(row["source_high"], row["source_low"]), row["source_port"]),
                (address(row["target_high"], row["target_low"]), row["target_port"]),
                row["sequence"], row["acknowledgement"], row["flags"], row["window"],
                file.read(row["offset"], row["offset"] + row["captured"]), row["length"],
            )
        )  # fmt: skip
    return found


def write(
    path: Path, frames: Iterable[tuple[int, bytes]], *, snap: int | Sequence[int] | None = None
) -> Path:
    """A pcapng capture of (link type, frame), a microsecond after another; `snap`: one for all, or each."""
    links: list[int] = []
    blocks = []
    for stamp, (link, frame) in enumerate(frames):
        if link not in links:
            links.append(link)
            blocks.append(interface(link))
        size = snap[stamp] if isinstance(snap, Sequence) else snap
        blocks.append(packet(stamp, frame[:size], number=links.index(link), original=len(frame)))
    path.write_bytes(section() + b"".join(blocks))
    return path


def read(path: Path, limit: int = 65536) -> tuple[list[Row], dict[str, int]]:
    """The TCP segments of a capture and the counts of what else there is."""
    reader = FrameReader()
    with CaptureFile(path) as file:
        found = [row for batch in file.batches(limit) for row in rows(reader.read(batch, file.array), file)]
    return found, dict(reader.counts)


def read_slowly(path: Path) -> tuple[list[Row], dict[str, int]]:
    """The same, each frame taken apart alone."""
    slow = Unwrapper()
    counts: dict[str, int] = {}
    with CaptureFile(path) as file:
        for batch in file.batches():
            for index in range(len(batch)):
                run = Run(int(batch.offset[index]), int(batch.captured[index]), int(batch.original[index]))
                time, link = int(batch.time[index]), int(batch.link[index])
                if label := slow.frame(file.array, batch.first + index, time, link, run):
                    counts[label] = counts.get(label, 0) + 1
        return rows(Segments.of(slow.rows), file), counts


def segment(**changes: Any) -> Any:
    """The TCP segment that all frames carry."""
    fields: dict[str, Any] = {
        "sport": 40000,
        "dport": 104,
        "seq": 0xFFFFFFF0,
        "ack": 77,
        "flags": "PA",
        "window": 501,
    }
    return TCP(**(fields | changes)) / PAYLOAD


def v4(**changes: Any) -> Any:
    fields: dict[str, Any] = {"src": A, "dst": B, "id": 9}
    return IP(**(fields | changes)) / segment()


def v6() -> Any:
    return IPv6(src=A6, dst=B6) / segment()


def ethernet(**fields: Any) -> Any:
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", **fields)


def common() -> dict[str, tuple[int, bytes]]:
    """Link type and frame, by name: what the vectorised path has to take."""
    frames: dict[str, Any] = {
        "ethernet": (1, ethernet() / v4()),
        "ethernet and IPv6": (1, ethernet() / v6()),
        "802.1Q": (1, ethernet() / Dot1Q(vlan=7) / v4()),
        "802.1Q and IPv6": (1, ethernet() / Dot1Q(vlan=7) / v6()),
        "802.1ad": (1, ethernet() / Dot1AD(vlan=7) / Dot1Q(vlan=8) / v4()),
        "QinQ 9100": (1, ethernet(type=0x9100) / Dot1Q(vlan=7) / Dot1Q(vlan=8) / Dot1Q(vlan=9) / v4()),
        "padding and checksum": (1, bytes(ethernet() / v4()) + b"\0\0\0\0\0\0FCS!"),
        "IPv6 and checksum": (1, bytes(ethernet() / v6()) + b"FCS!"),
        "IPv4 options": (1, ethernet() / v4(options=[IPOption_RR(routers=["1.2.3.4"])])),
        "TCP options": (
            1,
            ethernet() / IP(src=A, dst=B) / segment(options=[("Timestamp", (1, 2)), ("MSS", 9)]),
        ),
        "cooked v1": (113, CookedLinux() / v4()),
        "cooked v1 and IPv6": (113, CookedLinux() / v6()),
        "cooked v1 and VLAN": (113, CookedLinux() / Dot1Q(vlan=5) / v4()),
        "cooked v2": (276, CookedLinuxV2() / v4()),
        "raw IPv4": (101, v4()),
        "raw IPv6": (101, v6()),
        "raw of OpenBSD": (14, v4()),
        "raw of others": (12, v6()),
        "LINKTYPE_IPV4": (228, v4()),
        "LINKTYPE_IPV6": (229, v6()),
        "loop": (108, struct.pack(">I", 2) + bytes(v4())),
    }
    known = {name: (link, bytes(frame)) for name, (link, frame) in frames.items()}
    for family, inner in ((2, v4()), (10, v6()), (24, v6()), (28, v6()), (30, v6())):
        for order in "<>":
            known[f"null {order}{family}"] = (0, struct.pack(order + "I", family) + bytes(inner))
    return known


def tunnelled() -> dict[str, tuple[int, bytes]]:
    """Link type and frame, by name: what goes one by one."""
    outer, inner = IP(src="192.0.2.1", dst="192.0.2.2"), ethernet() / v4()
    outer6 = IPv6(src="2001:db8:9::1", dst="2001:db8:9::2")
    erspan1 = GRE(proto=0x88BE) / bytes(inner)
    frames: dict[str, Any] = {
        "SNAP": Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / LLC() / SNAP(code=0x800) / v4(),
        "MPLS": ethernet() / MPLS(label=1, s=0) / MPLS(label=2, s=1) / v4(),
        "MPLS and IPv6": ethernet() / MPLS(label=2, s=1) / v6(),
        "pseudowire": ethernet(type=0x8847) / MPLS(label=2, s=1) / bytes(inner),
        "pseudowire with control word": ethernet(type=0x8847)
        / MPLS(label=2, s=1)
        / (bytes(4) + bytes(inner)),
        "pseudowire to a MAC with 4": ethernet(type=0x8847)
        / MPLS(label=2, s=1)
        / bytes(Ether(dst="45:00:ff:ff:00:01", src="02:00:00:00:00:01") / v4()),
        "GRE": ethernet() / outer / GRE() / v4(),
        "GRE and IPv6": ethernet() / outer / GRE() / v6(),
        "GRE with everything": ethernet()
        / outer
        / GRE(chksum_present=1, key_present=1, seqnum_present=1, key=9, sequence_number=2)
        / v4(),
        "GRE bridging": ethernet() / outer / GRE(proto=0x6558) / inner,
        "GRE over IPv6": ethernet() / outer6 / GRE() / v4(),
        "GRE and MPLS": ethernet() / outer / GRE(proto=0x8847) / MPLS(label=5, s=1) / v4(),
        "ERSPAN I": ethernet() / outer / erspan1,
        "ERSPAN II": ethernet() / outer / GRE(proto=0x88BE, seqnum_present=1) / ERSPAN_II() / inner,
        "ERSPAN III": ethernet() / outer / GRE(proto=0x22EB, seqnum_present=1) / ERSPAN_III() / inner,
        "ERSPAN III with platform header": ethernet()
        / outer
        / GRE(proto=0x22EB, seqnum_present=1)
        / (bytes(ERSPAN_III())[:11] + b"\1" + bytes(8) + bytes(inner)),
        "VXLAN": ethernet() / outer / UDP(sport=5, dport=4789) / VXLAN(vni=5) / inner,
        "VXLAN of Linux": ethernet() / outer / UDP(sport=5, dport=8472) / VXLAN(vni=5) / inner,
        "VXLAN over IPv6": ethernet() / outer6 / UDP(sport=5, dport=4789) / VXLAN(vni=5) / inner,
        "4in4": ethernet() / outer / v4(),
        "6in4": ethernet() / outer / v6(),
        "4in6": ethernet() / outer6 / v4(),
        "4in4 with padding": bytes(ethernet() / outer / v4()) + bytes(12),
        "a tunnel in a tunnel": ethernet() / outer / GRE() / outer6 / UDP(dport=4789) / VXLAN() / inner,
        "PPPoE": ethernet() / PPPoE() / PPP() / v4(),
        "hop by hop": ethernet() / IPv6(src=A6, dst=B6) / IPv6ExtHdrHopByHop(options=[PadN()]) / segment(),
        "many extension headers": ethernet()
        / IPv6(src=A6, dst=B6)
        / IPv6ExtHdrHopByHop(options=[PadN()])
        / IPv6ExtHdrRouting(segleft=0)
        / IPv6ExtHdrDestOpt(options=[PadN()])
        / segment(),
        "atomic fragment": ethernet() / IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(id=7) / segment(),
        "authentication header": ethernet()
        / IP(src=A, dst=B, proto=51)
        / AH(nh=6, payloadlen=4, icv=bytes(12))
        / segment(),
    }
    return {name: (1, bytes(frame)) for name, frame in frames.items()}


def expected(record: int, frame: bytes) -> Row:
    """The row that each of these frames has to give."""
    source, target = (A6, B6) if inet_pton(AF_INET6, A6) in frame else (A, B)
    return Row(record, (source, 40000), (target, 104), 0xFFFFFFF0, 77, 0x18, 501, PAYLOAD, len(PAYLOAD))
