"""From capture records to TCP segments: the common shapes a batch at a time, the others one by one.

Lengths come from the IP headers, so that Ethernet padding and frame check sequences are nobody's payload, and
what a snap length cut off is known to be missing.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from dissect.findings import Finding
from dissect.wire import protocols
from dissect.wire.fragments import Run
from dissect.wire.gather import Bytes, Positions, gather
from dissect.wire.links import Unwrapper
from dissect.wire.segments import Segments
from dissect.wire.walk import RecordBatch

__all__ = ["FrameReader", "Segments", "common", "network"]

IPV4_FORM = np.dtype([
    ("first", "u1"), ("service", "u1"), ("total", ">u2"), ("identification", ">u2"), ("fragment", ">u2"),
    ("hops", "u1"), ("protocol", "u1"), ("checksum", ">u2"), ("source", ">u4"), ("target", ">u4"),
])  # fmt: skip
IPV6_FORM = np.dtype([
    ("first", "u1"), ("flow", "V3"), ("length", ">u2"), ("protocol", "u1"), ("hops", "u1"),
    ("source_high", ">u8"), ("source_low", ">u8"), ("target_high", ">u8"), ("target_low", ">u8"),
])  # fmt: skip
TCP_FORM = np.dtype([
    ("source", ">u2"), ("target", ">u2"), ("sequence", ">u4"), ("acknowledgement", ">u4"),
    ("size", "u1"), ("flags", "u1"), ("window", ">u2"), ("checksum", ">u2"), ("urgent", ">u2"),
])  # fmt: skip


def _among(size: int, *numbers: int) -> npt.NDArray[np.bool_]:
    table = np.zeros(size, np.bool_)
    table[list(numbers)] = True
    return table


IS_VLAN = _among(65536, *protocols.VLANS)
HAS_MORE = _among(
    65536,
    protocols.IPV4,
    protocols.IPV6,
    protocols.BRIDGED,
    protocols.PPPOE,
    *protocols.MPLS,
    *protocols.VLANS,
    *range(0x600),
)
"""Ethertypes that the slow path has something to say of."""
WRAPS = _among(256, protocols.TCP, *protocols.WRAPPERS)
FAMILY = np.zeros(65536, np.uint16)
for _family, _ethertype in protocols.FAMILIES.items():
    FAMILY[_family] = _ethertype


class FrameReader:
    """Reads the batches of one capture file in turn. Fragments wait in it for those of later batches."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Records that are not TCP, or not understood, by what they are."""
        self.findings: list[Finding] = []
        self._slow = Unwrapper()
        self._links: set[int] = set()

    def read(self, batch: RecordBatch, array: Bytes) -> Segments:
        """The TCP segments of the records in `batch`, whose bytes are in `array`."""
        found, rest = common(batch, array, self.counts)
        if not len(rest):
            return found
        slow = self._slow
        slow.rows = []
        columns = (batch.time, batch.link, batch.offset, batch.captured, batch.original)
        rows = zip(rest.tolist(), *(column[rest].tolist() for column in columns), strict=True)
        for index, time, link, *run in rows:
            label = slow.frame(array, batch.first + index, time, link, Run(*run))
            if label:
                self.counts[label] += 1
                if label.startswith("link type"):
                    self._unread(link)
        return Segments.merge(found, Segments.of(slow.rows))

    def finish(self) -> None:
        """A file ends, and offsets count within it: datagrams that wait for fragments become a Finding."""
        lost = self._slow.fragments.finish()
        if lost:
            text = f"{lost:,} fragmented IP datagrams miss fragments: what they carry is not read"
            self.findings.append(Finding("fragments-lost", "warning", text))

    def _unread(self, link: int) -> None:
        if link not in self._links:
            self._links.add(link)
            text = f"Records of link type {link} are not read; capture on Ethernet, Linux cooked or raw IP"
            self.findings.append(Finding("link-unknown", "warning", text))


def common(batch: RecordBatch, array: Bytes, counts: Counter[str]) -> tuple[Segments, Positions]:
    """The segments of frames in the common shapes, and the index of the records that are not.

    Records that surely hold no TCP are counted in `counts` and are in neither.
    """
    start, kind = network(batch, array)
    stop = batch.offset + batch.captured
    wire = batch.offset + batch.original
    rest = np.ones(len(batch), np.bool_)

    other = ~HAS_MORE[kind] & (start <= stop) & (kind > 0)
    if other.any():
        rest &= ~other
        for number in np.unique(kind[other]).tolist():
            counts[protocols.ethertype_name(number)] += int((kind[other] == number).sum())

    parts = []
    for version in (protocols.IPV4, protocols.IPV6):
        index = np.flatnonzero(kind == version)
        if len(index):
            read = _ipv4 if version == protocols.IPV4 else _ipv6
            part, done = read(index, start[index], stop[index], wire[index], array, counts)
            part.record += batch.first
            rest[index[done]] = False
            parts.append(part)
    if len(parts) == 2:
        return Segments.merge(*parts), np.flatnonzero(rest)
    return parts[0] if parts else Segments.of([]), np.flatnonzero(rest)


def network(batch: RecordBatch, array: Bytes) -> tuple[Positions, npt.NDArray[np.uint16]]:
    """Where the network header of each record starts and its ethertype, behind VLAN tags; 0: not known."""
    count = len(batch)
    start, kind = batch.offset.copy(), np.zeros(count, np.uint16)
    if not count:
        return start, kind
    first = int(batch.link[0])
    links = [first] if (batch.link == first).all() else np.unique(batch.link).tolist()
    for link in links:
        index = np.arange(count) if len(links) == 1 else np.flatnonzero(batch.link == link)
        start[index], kind[index] = _behind_link(link, batch.offset[index], array)
    for _ in range(len(protocols.VLANS)):
        tagged = np.flatnonzero(IS_VLAN[kind])
        if not len(tagged):
            break
        kind[tagged] = gather(array, start[tagged] + 2, ">u2")
        start[tagged] += 4
    return start, kind


def _behind_link(link: int, offset: Positions, array: Bytes) -> tuple[Positions, npt.NDArray[np.uint16]]:
    """Where the header behind the link header starts, and its ethertype."""
    kind = np.zeros(len(offset), np.uint16)
    if link in (protocols.ETHERNET, protocols.COOKED, protocols.COOKED2):
        at, size = {protocols.ETHERNET: (12, 14), protocols.COOKED: (14, 16), protocols.COOKED2: (0, 20)}[
            link
        ]
        return offset + size, gather(array, offset + at, ">u2").astype(np.uint16)
    if link in protocols.RAW:
        version = gather(array, offset, "u1") >> 4
        kind[version == 4] = protocols.IPV4
        kind[version == 6] = protocols.IPV6
    elif link in (protocols.NULL, protocols.LOOP):
        family = gather(array, offset, "<u4")
        family = np.where(family > 0xFFFF, family.byteswap(), family)
        return offset + 4, np.where(family > 0xFFFF, 0, FAMILY[family & 0xFFFF]).astype(np.uint16)
    return offset, kind


def _ipv4(
    index: Positions, start: Positions, stop: Positions, wire: Positions, array: Bytes, counts: Counter[str]
) -> tuple[Segments, npt.NDArray[np.bool_]]:
    """The TCP segments of the IPv4 packets at `start`, and which of them need no more reading."""
    head = gather(array, start, IPV4_FORM)
    first, total = head["first"], head["total"].astype(np.int64)
    size = (first & 15).astype(np.int64) * 4
    whole = (first >> 4 == 4) & (size >= 20) & (head["fragment"] & 0x3FFF == 0)
    whole &= (start + 20 <= stop) & ((total >= size) | (total == 0))
    end = start + total
    end = np.where(total == 0, wire, end)  # 0: segmentation was left to the card
    protocol = head["protocol"]
    done = whole & _count(protocol, whole, start + size, np.minimum(stop, end), array, counts)
    chosen = np.flatnonzero(whole & (protocol == protocols.TCP))
    part, read = _tcp(index, chosen, start + size, stop, end, array)
    done[read] = True
    mapped = np.uint64(protocols.MAPPED)
    part.source_low = head["source"][read].astype(np.uint64) | mapped
    part.target_low = head["target"][read].astype(np.uint64) | mapped
    return part, done


def _ipv6(
    index: Positions, start: Positions, stop: Positions, wire: Positions, array: Bytes, counts: Counter[str]
) -> tuple[Segments, npt.NDArray[np.bool_]]:
    """The TCP segments of the IPv6 packets at `start`, and which of them need no more reading."""
    head = gather(array, start, IPV6_FORM)
    length = head["length"].astype(np.int64)
    whole = (head["first"] >> 4 == 6) & (start + 40 <= stop)
    end = np.where(length == 0, wire, start + 40 + length)
    protocol = head["protocol"]
    done = whole & _count(protocol, whole, start + 40, np.minimum(stop, end), array, counts)
    chosen = np.flatnonzero(whole & (protocol == protocols.TCP))
    part, read = _tcp(index, chosen, start + 40, stop, end, array)
    done[read] = True
    for name in ("source_high", "source_low", "target_high", "target_low"):
        setattr(part, name, head[name][read].astype(np.uint64))
    return part, done


def _count(
    protocol: npt.NDArray[np.uint8],
    whole: npt.NDArray[np.bool_],
    at: Positions,
    stop: Positions,
    array: Bytes,
    counts: Counter[str],
) -> npt.NDArray[np.bool_]:
    """Count the packets that surely hold no TCP; which they are."""
    plain = whole & ~WRAPS[protocol]
    if not plain.any():
        return plain
    datagrams = np.flatnonzero(plain & (protocol == protocols.UDP))
    port = gather(array, at[datagrams] + 2, ">u2")
    tunnel = (
        (at[datagrams] + 8 > stop[datagrams]) | (port == protocols.VXLAN[0]) | (port == protocols.VXLAN[1])
    )
    plain[datagrams[tunnel]] = False
    for number, count in enumerate(np.bincount(protocol[plain]).tolist()):
        if count:
            counts[protocols.protocol_name(number)] += count
    return plain


def _tcp(
    index: Positions, chosen: Positions, at: Positions, stop: Positions, end: Positions, array: Bytes
) -> tuple[Segments, Positions]:
    """The segments of the `chosen` packets, whose addresses are 0 yet, and those that could be read."""
    at, stop, end = at[chosen], stop[chosen], end[chosen]
    head = gather(array, at, TCP_FORM)
    start = at + (head["size"] >> 4).astype(np.int64) * 4
    fit = (at + 20 <= np.minimum(stop, end)) & (start >= at + 20) & (start <= end)
    if not fit.all():
        chosen, head, start, stop, end = chosen[fit], head[fit], start[fit], stop[fit], end[fit]
    length = end - start
    none = np.zeros(len(chosen), np.uint64)
    part = Segments(
        record=index[chosen],
        source_high=none,
        source_low=none,
        target_high=none,
        target_low=none,
        source_port=head["source"].astype(np.uint16),
        target_port=head["target"].astype(np.uint16),
        sequence=head["sequence"].astype(np.uint32),
        acknowledgement=head["acknowledgement"].astype(np.uint32),
        flags=head["flags"] & np.uint8(0x1F),
        window=head["window"].astype(np.uint16),
        offset=np.minimum(start, stop),
        captured=np.clip(stop - start, 0, length),
        length=length,
    )
    return part, chosen
