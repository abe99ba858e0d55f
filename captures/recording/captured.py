"""Capture files as they are written: how many records, and nothing about this machine."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

PCAP_MAGICS = (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")  # microseconds, nanoseconds
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
# Where a block's options begin, and those that describe hardware and operating system.
OPTIONS = {SECTION: (24, (2, 3)), INTERFACE: (16, (12,))}


def count_records(path: Path) -> int:
    """Complete packet records in a little-endian pcap or pcapng file."""
    raw = path.read_bytes()
    if raw[:4] in PCAP_MAGICS:
        return _count_pcap(raw)
    return sum(kind == PACKET for kind, _, _ in _blocks(raw))


def _count_pcap(raw: bytes) -> int:
    at, count = 24, 0
    while at + 16 <= len(raw):
        at += 16 + struct.unpack_from("<I", raw, at + 8)[0]
        count += at <= len(raw)
    return count


def _blocks(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, start and end of each complete block."""
    at = 0
    while at + 12 <= len(raw):
        kind, length = struct.unpack_from("<II", raw, at)
        if length < 12 or at + length > len(raw):
            return
        yield kind, at, at + length
        at += length


def forget_machine(path: Path) -> None:
    """Overwrite what dumpcap noted of the hardware and the kernel: nobody needs it."""
    raw = bytearray(path.read_bytes())
    for kind, start, end in list(_blocks(bytes(raw))):
        if kind not in OPTIONS:
            continue
        first, codes = OPTIONS[kind]
        at = start + first
        while at + 4 <= end - 4:
            code, length = struct.unpack_from("<HH", raw, at)
            if code in codes:
                raw[at + 4 : at + 4 + length] = b"-" * length
            at += 4 + (length + 3) // 4 * 4
    path.write_bytes(raw)
