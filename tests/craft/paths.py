"""A TCP connection over a path that takes its time, for tests of what time is lost to."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.craft.network import ACK, PSH, SYN
from tests.craft.segments import SIDES, Segment, Side

MS = 1_000_000


def peer_of(side: Side) -> Side:
    return SIDES[1 - SIDES.index(side)]


@dataclass
class Path:
    """Segments as a capture beside the requestor sees them; `round_trip` is that to the acceptor, in ns."""

    round_trip: int = 0
    time: int = 1_700_000_000_000_000_000
    requestor_port: int = 50000
    found: list[Segment] = field(default_factory=list)
    sent: dict[Side, int] = field(default_factory=lambda: {"requestor": 1000, "acceptor": 5000})
    """Per side, the next sequence number."""
    windows: dict[Side, int] = field(default_factory=lambda: {"requestor": 65535, "acceptor": 65535})

    def connect(self) -> None:
        self._put("requestor", SYN)
        self.time += self.round_trip
        self._put("acceptor", SYN | ACK)
        self.acknowledge("requestor")

    def send(self, side: Side, data: bytes, *, after: int = 0) -> Segment:
        """One segment, some time after whatever was before it."""
        self.time += after
        return self._put(side, ACK | PSH, data)

    def acknowledge(self, side: Side, *, after: int = 0) -> None:
        """A segment of `side` without data."""
        self.time += after
        self._put(side, ACK)

    def repeat(self, segment: Segment, *, after: int) -> None:
        """The same bytes once more."""
        self.time += after
        self.found.append(
            Segment(
                segment.sender, self.time, segment.source, segment.target, segment.sequence,
                segment.acknowledgement, segment.flags, segment.payload,
            )
        )  # fmt: skip

    def _put(self, side: Side, flags: int, data: bytes = b"") -> Segment:
        ends = {"requestor": ("10.0.0.1", self.requestor_port), "acceptor": ("10.0.0.2", 11112)}
        other = peer_of(side)
        segment = Segment(
            side, self.time, ends[side], ends[other], self.sent[side],
            self.sent[other] if flags & ACK else 0, flags, data, self.windows[side],
        )  # fmt: skip
        self.found.append(segment)
        self.sent[side] += len(data) + bool(flags & SYN)
        return segment
