"""Headers from the link to TCP, one frame at a time: what the vectorised path in `frames` leaves over.

Each method takes one kind of header off and hands on to the next; it answers what the frame is counted as, ""
for TCP and for fragments that wait. Lengths in headers are believed only as far as they can be.
"""

from __future__ import annotations

import struct

from dissect.wire import protocols
from dissect.wire.fragments import LARGEST, Fragments, Packet, Run
from dissect.wire.gather import Bytes
from dissect.wire.segments import Row

DEEPEST = 24
"""Headers inside one another that are followed."""
TOO_DEEP = "nested too deep"

CUT = "cut header"
MALFORMED = "malformed"

_IPV4 = struct.Struct(">BxHHHxB2xII")
_IPV6 = struct.Struct(">I HB x QQQQ")
_TCP = struct.Struct(">HHIIBBH4x")


class Unwrapper:
    """Takes frames apart one by one; `rows` collects the TCP segments."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.fragments = Fragments()
        self._array: Bytes
        self._record = 0
        self._time = 0
        self._depth = 0
        self._addresses = (0, 0, 0, 0)

    def frame(self, array: Bytes, record: int, time: int, link: int, run: Run) -> str:
        """Take the frame at `run` apart: what it is counted as, "" for TCP and waiting fragments."""
        self._array, self._record, self._time, self._depth = array, record, time, 0
        packet = Packet(array, [run])
        if link == protocols.ETHERNET:
            return self._ethernet(packet, 0)
        if link == protocols.COOKED:
            return self._tagged(packet, 14, 16)
        if link == protocols.COOKED2:
            return self._tagged(packet, 0, 20)
        if link in protocols.RAW:
            return self._guessed(packet, 0)
        if link in (protocols.NULL, protocols.LOOP):
            return self._family(packet)
        return f"link type {link}"

    def _ethernet(self, packet: Packet, at: int) -> str:
        return self._tagged(packet, at + 12, at + 14)

    def _tagged(self, packet: Packet, at: int, following: int) -> str:
        """An ethertype at `at`, and what it announces from `following` on."""
        data = packet.data
        while len(data) >= following:
            kind = int.from_bytes(data[at : at + 2], "big")
            if kind not in protocols.VLANS:
                return self._announced(kind, packet, following)
            at, following = following + 2, following + 4
        return CUT

    def _announced(self, kind: int, packet: Packet, at: int) -> str:
        """What ethertype `kind` announces, at `at`."""
        self._depth += 1
        if self._depth > DEEPEST:
            return TOO_DEEP
        if kind == protocols.IPV4:
            return self._ipv4(packet, at)
        if kind == protocols.IPV6:
            return self._ipv6(packet, at)
        if kind in protocols.MPLS:
            return self._mpls(packet, at)
        if kind == protocols.PPPOE:
            return self._ppp(packet, at + 6)
        if kind == protocols.BRIDGED:
            return self._ethernet(packet, at)
        if kind in protocols.VLANS:
            return self._tagged(packet, at + 2, at + 4)
        if kind < 0x600 and packet.data[at : at + 6] == b"\xaa\xaa\x03\0\0\0":  # SNAP
            return self._tagged(packet, at + 6, at + 8)
        return protocols.ethertype_name(kind)

    def _family(self, packet: Packet) -> str:
        """BSD null and loop: an address family, in the byte order of who knows whom."""
        if len(packet.data) < 4:
            return CUT
        family = int.from_bytes(packet.data[:4], "little")
        if family > 0xFFFF:
            family = int.from_bytes(packet.data[:4], "big")
        if family not in protocols.FAMILIES:
            return "other address family"
        return self._announced(protocols.FAMILIES[family], packet, 4)

    def _guessed(self, packet: Packet, at: int) -> str:
        """IPv4 or IPv6, by the version in its header."""
        if len(packet.data) <= at:
            return CUT
        version = packet.data[at] >> 4
        if version == 4:
            return self._ipv4(packet, at)
        return self._ipv6(packet, at) if version == 6 else MALFORMED

    def _ppp(self, packet: Packet, at: int) -> str:
        if len(packet.data) < at + 2:
            return CUT
        kind = int.from_bytes(packet.data[at : at + 2], "big")
        if kind == 0x0021:
            return self._ipv4(packet, at + 2)
        if kind == 0x0057:
            return self._ipv6(packet, at + 2)
        return self._mpls(packet, at + 2) if kind == 0x0281 else "ppp"

    def _mpls(self, packet: Packet, at: int) -> str:
        """A label stack does not say what it carries: IP by its version, else an Ethernet pseudowire."""
        data = packet.data
        bottom = False
        while not bottom:
            if len(data) < at + 4:
                return CUT
            bottom = bool(data[at + 2] & 1)
            at += 4
        if len(data) <= at:
            return CUT
        version, kind = data[at] >> 4, int.from_bytes(data[at + 12 : at + 14], "big")
        ethernet = kind in (protocols.IPV4, protocols.IPV6, *protocols.VLANS)
        if version in (4, 6) and not (ethernet and self._overruns(packet, at)):
            return self._guessed(packet, at)
        if version == 0 and not ethernet:
            at += 4  # a control word (RFC 4385)
        return self._ethernet(packet, at)

    @staticmethod
    def _overruns(packet: Packet, at: int) -> bool:
        """Whether what may be an IP header claims more than there is: it is a MAC address then."""
        data = packet.data
        if data[at] >> 4 == 4:
            return data[at] & 15 < 5 or at + int.from_bytes(data[at + 2 : at + 4], "big") > packet.length
        return at + 40 + int.from_bytes(data[at + 4 : at + 6], "big") > packet.length

    def _ipv4(self, packet: Packet, at: int) -> str:
        data = packet.data
        if len(data) < at + 20:
            return CUT
        first, total, identification, fragment, protocol, source, target = _IPV4.unpack_from(data, at)
        header = (first & 15) * 4
        if first >> 4 != 4 or header < 20 or 0 < total < header:
            return MALFORMED
        end = at + total if total else packet.length  # 0: segmentation was left to the card
        self._addresses = (0, protocols.MAPPED | source, 0, protocols.MAPPED | target)
        if fragment & 0x3FFF == 0:
            return self._transport(protocol, packet, at + header, end)
        if not total:
            return MALFORMED
        key = (source, target, protocol, identification, self._depth)
        start, more = (fragment & 0x1FFF) * 8, bool(fragment & 0x2000)
        return self._fragment(key, protocol, packet, at + header, end, start, more)

    def _ipv6(self, packet: Packet, at: int) -> str:
        data = packet.data
        if len(data) < at + 40:
            return CUT
        first, length, protocol, *addresses = _IPV6.unpack_from(data, at)
        if first >> 28 != 6:
            return MALFORMED
        end = at + 40 + length if length else packet.length  # 0: a jumbogram, or left to the card
        self._addresses = (addresses[0], addresses[1], addresses[2], addresses[3])
        return self._transport(protocol, packet, at + 40, end)

    def _extension(self, protocol: int, packet: Packet, at: int, end: int) -> tuple[int, int, int]:
        """Skip an extension header: the next protocol, where it starts, where the packet ends (jumbo)."""
        following, words = packet.data[at], packet.data[at + 1]
        size = (words + 2) * 4 if protocol == protocols.AUTHENTICATION else (words + 1) * 8
        if protocol == protocols.HOP_BY_HOP and packet.data[at + 2 : at + 4] == b"\xc2\x04":  # RFC 2675
            jumbo = int.from_bytes(packet.data[at + 4 : at + 8], "big")
            end = at + jumbo if jumbo > LARGEST else end
        return following, at + size, end

    def _transport(self, protocol: int, packet: Packet, at: int, end: int) -> str:
        """What IP carries, at `at`; the IP packet ends at `end`."""
        self._depth += 1
        if self._depth > DEEPEST:
            return TOO_DEEP
        data = packet.data
        while protocol in protocols.EXTENSIONS:
            if at + 8 > end:
                return MALFORMED
            if len(data) < at + 8:
                return CUT
            protocol, at, end = self._extension(protocol, packet, at, end)
        if protocol == protocols.TCP:
            return self._tcp(packet, at, end)
        if protocol == protocols.FRAGMENT:
            return self._fragment6(packet, at, end)
        if protocol != protocols.UDP and protocol not in protocols.WRAPPERS:
            return protocols.protocol_name(protocol)
        packet.trim(end)
        if protocol == protocols.UDP:
            return self._udp(packet, at)
        if protocol == protocols.IP_IN_IP:
            return self._ipv4(packet, at)
        if protocol == protocols.IPV6_IN_IP:
            return self._ipv6(packet, at)
        if protocol == protocols.GRE:
            return self._gre(packet, at)
        return self._mpls(packet, at) if protocol == protocols.MPLS_IN_IP else self._ethernet(packet, at + 2)

    def _fragment6(self, packet: Packet, at: int, end: int) -> str:
        """The fragment header of IPv6 (RFC 8200 4.5)."""
        if at + 8 > end:
            return MALFORMED
        if len(packet.data) < at + 8:
            return CUT
        protocol, fragment, identification = struct.unpack_from(">BxHI", packet.data, at)
        if fragment & 0xFFF9 == 0:  # an atomic fragment: the whole datagram
            return self._transport(protocol, packet, at + 8, end)
        key = (*self._addresses, identification, self._depth)
        return self._fragment(key, protocol, packet, at + 8, end, fragment & 0xFFF8, bool(fragment & 1))

    def _fragment(
        self, key: tuple[int, ...], protocol: int, packet: Packet, at: int, end: int, start: int, more: bool
    ) -> str:
        size = end - at
        if size <= 0 or start + size > LARGEST or (more and size % 8):
            return MALFORMED
        runs = packet.slice(at, end)
        whole = self.fragments.add(self._array, key, self._time, start, runs, last=not more)
        if whole is None:
            return ""
        return self._transport(protocol, whole, 0, whole.length)

    def _udp(self, packet: Packet, at: int) -> str:
        data = packet.data
        if len(data) < at + 8:
            return CUT
        if int.from_bytes(data[at + 2 : at + 4], "big") not in protocols.VXLAN:
            return "udp"
        return self._ethernet(packet, at + 16) if len(data) >= at + 16 else CUT

    def _gre(self, packet: Packet, at: int) -> str:
        """GRE (RFC 2784, 2890; version 1: RFC 2637) and ERSPAN, which hides in it."""
        data = packet.data
        if len(data) < at + 4:
            return CUT
        flags, kind = struct.unpack_from(">HH", data, at)
        if flags & 0x4000:
            return "gre routing"
        sequenced = bool(flags & 0x1000)
        at += 4 + 4 * (bool(flags & 0x8000) + bool(flags & 0x2000) + sequenced)
        if flags & 7 == 1 and flags & 0x80:
            at += 4
        if kind == protocols.ERSPAN2:
            return self._ethernet(packet, at + 8 if sequenced else at)  # without numbers: ERSPAN I, no header
        if kind == protocols.ERSPAN3:
            return self._erspan3(packet, at)
        if kind == protocols.PPP:
            return self._ppp(packet, at + 2 if data[at : at + 2] == b"\xff\x03" else at)
        return self._announced(kind, packet, at)

    def _erspan3(self, packet: Packet, at: int) -> str:
        """draft-foschiano-erspan 4.3: what was mirrored is Ethernet or IP."""
        if len(packet.data) < at + 12:
            return CUT
        last = int.from_bytes(packet.data[at + 10 : at + 12], "big")
        at += 20 if last & 1 else 12  # a platform header follows
        return self._guessed(packet, at) if last >> 10 & 0x1F == 2 else self._ethernet(packet, at)

    def _tcp(self, packet: Packet, at: int, end: int) -> str:
        if at + 20 > end:
            return MALFORMED
        if len(packet.data) < at + 20:
            return CUT
        source, target, sequence, acknowledgement, size, flags, window = _TCP.unpack_from(packet.data, at)
        start = at + (size >> 4) * 4
        if start < at + 20 or start > end:
            return MALFORMED
        runs = packet.slice(start, end)
        if not runs:
            behind = packet.slice(0, start)[-1]
            runs = [Run(behind.file + behind.captured, 0, 0)]
        addresses, last = self._addresses, len(runs) - 1
        for index, run in enumerate(runs):
            mine = flags & 0x1F
            if index:
                mine &= ~2  # SYN comes before the first byte,
            if index < last:
                mine &= ~5  # FIN and RST behind the last
            self.rows.append(
                Row(self._record, *addresses, source, target, sequence, acknowledgement, mine, window, *run)
            )
            sequence = (sequence + run.length + (mine >> 1 & 1)) & 0xFFFFFFFF
        return ""
