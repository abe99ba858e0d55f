"""A capture of bytes that were never on a wire: one TCP connection with its handshake and its end."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dissect.dicom.commands import COMMAND_FIELD, RESPONSE, CommandSet
from dissect.explain.splitting import HEADER, split
from dissect.wire.hextext import ACCEPTOR, REQUESTOR, Direction

ADDRESSES = {REQUESTOR: b"\xc0\x00\x02\x01", ACCEPTOR: b"\xc0\x00\x02\x02"}
"""192.0.2.1 and 192.0.2.2: RFC 5737 keeps them for examples."""
CARDS = {REQUESTOR: b"\x02\0\0\0\0\x01", ACCEPTOR: b"\x02\0\0\0\0\x02"}
PORTS = {REQUESTOR: 49152, ACCEPTOR: 104}
FIN, SYN, PUSH, ACKNOWLEDGE = 1, 2, 8, 16
SEGMENT = 1460
"""Bytes that fit in an Ethernet frame behind the headers of IPv4 and TCP."""
STEP = 1000
"""Microseconds between frames: text has no times, so the first frame is at 0."""
OTHER: dict[Direction, Direction] = {REQUESTOR: ACCEPTOR, ACCEPTOR: REQUESTOR}
SENDERS: dict[int, Direction] = {1: REQUESTOR, 2: ACCEPTOR, 3: ACCEPTOR, 5: REQUESTOR, 6: ACCEPTOR}
"""By PDU type, where only one side sends it."""

Spoken = Iterable[tuple[Direction, bytes]]


def directed(runs: Iterable[tuple[Direction | None, bytes]]) -> Iterator[tuple[Direction, bytes]]:
    """Give bytes without a direction the one that their PDUs have: requests one way, answers the other."""
    latest: Direction = REQUESTOR
    for direction, data in runs:
        if direction is not None:
            yield direction, data
            latest = direction
            continue
        for part in split(data):
            inside = data[part.start : part.stop]
            latest = _sender(inside, latest)
            yield latest, inside


def _sender(data: bytes, latest: Direction) -> Direction:
    if data[:1] != b"\x04":
        return SENDERS.get(data[0], latest)
    if len(data) > HEADER + 5 and data[HEADER + 5] & 1:
        field = CommandSet(data[HEADER + 6 :]).numbers.get(COMMAND_FIELD)
        if field is not None:
            return ACCEPTOR if field & RESPONSE else REQUESTOR
    return latest


class _Connection:
    """Writes the frames of one connection as pcap."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.time = 0
        self.next = dict.fromkeys(OTHER, 0)
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def send(self, sender: Direction, flags: int, data: bytes = b"") -> None:
        frame = self._frame(sender, flags, data)
        head = struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000, len(frame), len(frame))
        self.out.write(head + frame)
        self.time += STEP
        self.next[sender] = (self.next[sender] + len(data) + bool(flags & (SYN | FIN))) & 0xFFFFFFFF

    def _frame(self, sender: Direction, flags: int, data: bytes) -> bytes:
        receiver = OTHER[sender]
        acknowledged = self.next[receiver] if flags & ACKNOWLEDGE else 0
        tcp = struct.pack(
            ">HHIIBBHHH", PORTS[sender], PORTS[receiver], self.next[sender], acknowledged, 5 << 4, flags,
            0xFFFF, 0, 0,
        )  # fmt: skip
        ends = ADDRESSES[sender] + ADDRESSES[receiver]
        tcp += data
        checksum = _checksum(ends + struct.pack(">HH", 6, len(tcp)) + tcp)
        tcp = tcp[:16] + struct.pack(">H", checksum) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + ends
        ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
        return (CARDS[receiver] + CARDS[sender] + b"\x08\0" + ip + tcp).ljust(60, b"\0")


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write_capture(path: Path, spoken: Spoken, *, overwrite: bool = False) -> None:
    """Write a capture of what was spoken; FileExistsError where there is one already."""
    with path.open("wb" if overwrite else "xb") as out:
        connection = _Connection(out)
        connection.send(REQUESTOR, SYN)
        connection.send(ACCEPTOR, SYN | ACKNOWLEDGE)
        connection.send(REQUESTOR, ACKNOWLEDGE)
        for sender, data in spoken:
            for at in range(0, len(data), SEGMENT):
                connection.send(sender, PUSH | ACKNOWLEDGE, data[at : at + SEGMENT])
            connection.send(OTHER[sender], ACKNOWLEDGE)
        connection.send(REQUESTOR, FIN | ACKNOWLEDGE)
        connection.send(ACCEPTOR, FIN | ACKNOWLEDGE)
        connection.send(REQUESTOR, ACKNOWLEDGE)
