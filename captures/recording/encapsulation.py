"""How switches dress the frames they send to a monitor port."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet

Dress = Callable[[bytes], bytes]
SWITCH, COLLECTOR = "192.0.2.1", "192.0.2.2"  # RFC 5737, for documentation


def undressed(frame: bytes) -> bytes:
    return frame


def _tag(kind: int, network: int) -> bytes:
    return struct.pack(">HH", kind, 5 << 13 | network)


def vlan(frame: bytes) -> bytes:
    """IEEE 802.1Q, VLAN 104."""
    return frame[:12] + _tag(0x8100, 104) + frame[12:]


def qinq(frame: bytes) -> bytes:
    """IEEE 802.1ad: a provider's tag around the customer's."""
    return frame[:12] + _tag(0x88A8, 2000) + _tag(0x8100, 104) + frame[12:]


def _outer() -> Packet:
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(
        src=SWITCH, dst=COLLECTOR, id=0, flags="DF"
    )


def vxlan(frame: bytes) -> bytes:
    """RFC 7348."""
    return bytes(_outer() / UDP(sport=49152, dport=4789) / VXLAN(vni=104, flags="Instance") / frame)


class Erspan:
    """ERSPAN type II (draft-foschiano-erspan): numbered, session 7, VLAN 104."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, frame: bytes) -> bytes:
        header = struct.pack(">HHI", 1 << 12 | 104, 3 << 11 | 7, 0)
        carrier = GRE(proto=0x88BE, seqnum_present=1, seqence_number=self._number)
        self._number += 1
        return bytes(_outer() / carrier / (header + frame))


def with_check_sequence(frame: bytes) -> bytes:
    """Padded to 60 bytes and with the frame check sequence, as some cards pass on."""
    padded = frame.ljust(60, b"\0")
    return padded + struct.pack("<I", zlib.crc32(padded))
