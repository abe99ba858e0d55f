"""Segments of a talk, for a test to shuffle, drop, repeat, overlap and cut before they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tests.craft.network import ethernet, ip, pcap, tcp

Side = Literal["requestor", "acceptor"]
SIDES: tuple[Side, Side] = ("requestor", "acceptor")


@dataclass(frozen=True)
class Segment:
    """One TCP segment, as it was captured. `dataclasses.replace` makes another that is wrong on purpose."""

    sender: Side
    time: int
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    acknowledgement: int
    flags: int
    payload: bytes = b""
    window: int = 65535

    def cut(self, at: int) -> tuple[Segment, Segment]:
        """The same bytes as two segments."""
        rest = replace(self, sequence=(self.sequence + at) % 2**32, payload=self.payload[at:])
        return replace(self, payload=self.payload[:at]), rest

    def packet(self) -> bytes:
        """The IP packet, for a test that has its own link layer."""
        (source, source_port), (target, target_port) = self.source, self.target
        numbers = self.sequence, self.acknowledgement
        inner = tcp(self.payload, source_port, target_port, *numbers, self.flags, window=self.window)
        return ip(inner, source, target)

    def frame(self) -> bytes:
        """The Ethernet frame."""
        return ethernet(self.packet())


def write(
    path: Path, segments: Iterable[Segment], *, snap: int | None = None, nanoseconds: bool = False
) -> Path:
    """A capture of these segments in this order; a segment that was moved gets the time of its new place."""
    frames: list[tuple[int, bytes]] = []
    for segment in segments:
        earlier = frames[-1][0] if frames else 0
        frames.append((max(earlier, segment.time), segment.frame()))
    return pcap(path, frames, snap=snap, nanoseconds=nanoseconds)
