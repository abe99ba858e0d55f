"""A capture of bytes that were not captured: one TCP connection with its handshake and its end."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO

from dissect.dicom.commands import COMMAND_FIELD, RESPONSE, CommandSet
from dissect.explain.splitting import HEADER, split
from dissect.peer.address import Address
from dissect.wire.hextext import ACCEPTOR, REQUESTOR, Direction

EXAMPLES = {REQUESTOR: Address("192.0.2.1", 49152), ACCEPTOR: Address("192.0.2.2", 104)}
"""RFC 5737 keeps these addresses for examples."""
CARDS = {REQUESTOR: b"\x02\0\0\0\0\x01", ACCEPTOR: b"\x02\0\0\0\0\x02"}
FIN, SYN, PUSH, ACKNOWLEDGE = 1, 2, 8, 16
SEGMENT = 1460
"""Bytes that fit in an Ethernet frame behind the headers of IPv4 and TCP."""
STEP, TICK = 1000, 1
"""Microseconds between frames: where there are no times, so that the first is at 0; and at the same time."""
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

    def __init__(self, out: BinaryIO, ends: Mapping[Direction, Address], time: int, step: int) -> None:
        self.out = out
        self.time = time
        """Microseconds since 1970, of the next frame."""
        self.step = step
        self.ports = {side: end.port for side, end in ends.items()}
        self.hosts = {side: ip_address(end.host.partition("%")[0]).packed for side, end in ends.items()}
        self.next = dict.fromkeys(OTHER, 0)
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.send(REQUESTOR, SYN)
        self.send(ACCEPTOR, SYN | ACKNOWLEDGE)
        self.send(REQUESTOR, ACKNOWLEDGE)

    def say(self, sender: Direction, data: bytes) -> None:
        """Segments, and their acknowledgement."""
        for at in range(0, len(data), SEGMENT):
            self.send(sender, PUSH | ACKNOWLEDGE, data[at : at + SEGMENT])
        self.send(OTHER[sender], ACKNOWLEDGE)

    def end(self, first: Direction) -> None:
        self.send(first, FIN | ACKNOWLEDGE)
        self.send(OTHER[first], FIN | ACKNOWLEDGE)
        self.send(first, ACKNOWLEDGE)

    def send(self, sender: Direction, flags: int, data: bytes = b"") -> None:
        frame = self._frame(sender, flags, data)
        head = struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000, len(frame), len(frame))
        self.out.write(head + frame)
        self.time += self.step
        self.next[sender] = (self.next[sender] + len(data) + bool(flags & (SYN | FIN))) & 0xFFFFFFFF

    def _frame(self, sender: Direction, flags: int, data: bytes) -> bytes:
        receiver = OTHER[sender]
        acknowledged = self.next[receiver] if flags & ACKNOWLEDGE else 0
        tcp = struct.pack(
            ">HHIIBBHHH", self.ports[sender], self.ports[receiver], self.next[sender], acknowledged, 5 << 4,
            flags, 0xFFFF, 0, 0,
        )  # fmt: skip
        ends = self.hosts[sender] + self.hosts[receiver]
        tcp += data
        checksum = _checksum(ends + struct.pack(">II", len(tcp), 6) + tcp)
        tcp = tcp[:16] + struct.pack(">H", checksum) + tcp[18:]
        cards = CARDS[receiver] + CARDS[sender]
        if len(ends) > 8:
            return cards + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + ends + tcp
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + ends
        ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
        return (cards + b"\x08\0" + ip + tcp).ljust(60, b"\0")


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
        connection = _Connection(out, EXAMPLES, 0, STEP)
        for sender, data in spoken:
            connection.say(sender, data)
        connection.end(REQUESTOR)


def write_dialogue(
    out: BinaryIO, spoken: Iterable[tuple[Direction, bytes, int]], ends: Mapping[Direction, Address],
    opened: int, *, closed: int = 0, closed_by: Direction,
) -> None:  # fmt: skip
    """Write a capture of a dialogue that was held: who said what, and when, in nanoseconds since 1970.

    Where it is not told when the connection was closed, that was when the last of it was said.
    """
    connection = _Connection(out, ends, opened // 1000, TICK)
    for sender, data, time in spoken:
        connection.time = max(connection.time, time // 1000)
        connection.say(sender, data)
    connection.time = max(connection.time, closed // 1000)
    connection.end(closed_by)
