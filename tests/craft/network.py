"""Frames and capture files from `struct`. Checksums are 0: cards that offload them leave as much."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


def tcp(
    payload: bytes,
    source: int,
    target: int,
    sequence: int,
    acknowledgement: int,
    flags: int,
    *,
    window: int = 65535,
    options: bytes = b"",
) -> bytes:
    """A TCP segment; `options` must fill whole 32-bit words."""
    offset = 5 + len(options) // 4
    header = struct.pack(
        ">HHIIBBHHH", source, target, sequence, acknowledgement, offset << 4, flags, window, 0, 0
    )
    return header + options + payload


def ipv4(
    payload: bytes,
    source: str,
    target: str,
    protocol: int = 6,
    *,
    identification: int = 0,
    fragment: int = 0x4000,
    options: bytes = b"",
    length: int | None = None,
) -> bytes:
    """An IPv4 packet. `fragment` holds flags and offset, `length` lies about the total length."""
    words = 5 + len(options) // 4
    total = words * 4 + len(payload) if length is None else length
    header = struct.pack(">BBHHHBBH", 0x40 | words, 0, total, identification, fragment, 64, protocol, 0)
    return header + socket.inet_aton(source) + socket.inet_aton(target) + options + payload


def ipv6(payload: bytes, source: str, target: str, protocol: int = 6) -> bytes:
    """An IPv6 packet; extension headers go in front of `payload`, with `protocol` naming the first."""
    header = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
    return header + addresses + payload


def ip(payload: bytes, source: str, target: str, protocol: int = 6) -> bytes:
    """IPv4 or IPv6, by the look of the address."""
    return (ipv6 if ":" in source else ipv4)(payload, source, target, protocol)


def ethernet(
    packet: bytes, kind: int | None = None, *, vlans: Sequence[int] = (), pad: bool = False
) -> bytes:
    """An Ethernet frame. `kind` follows the IP version; `pad` fills up to the 60 bytes of real wires."""
    if kind is None:
        kind = 0x86DD if packet[:1] and packet[0] >> 4 == 6 else 0x0800
    tags = b"".join(struct.pack(">HH", 0x8100, vlan) for vlan in vlans)
    frame = bytes.fromhex("020000000002 020000000001") + tags + struct.pack(">H", kind) + packet
    return frame.ljust(60, b"\0") if pad else frame


def pcap(
    path: Path,
    frames: Iterable[tuple[int, bytes]],
    *,
    snap: int | None = None,
    nanoseconds: bool = False,
    link: int = 1,
    order: str = "<",
) -> Path:
    """Write (time in ns, frame) records. `snap` cuts what is captured and keeps the original length."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    with path.open("wb") as out:
        out.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap or 262144, link))
        for time, frame in frames:
            seconds, rest = divmod(time, 1_000_000_000)
            captured = frame[:snap]
            out.write(struct.pack(order + "IIII", seconds, rest // unit, len(captured), len(frame)))
            out.write(captured)
    return path
