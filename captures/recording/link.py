"""A wire between two hosts, in user space: it loses, repeats, reorders and slows down frames.

Each end is a TAP device in a network namespace, so both ends are real TCP stacks
that retransmit what was lost. The wire writes the capture, as the monitor port of
a switch in its middle would.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from .encapsulation import Dress, undressed
from .network import Host
from .processes import run_tool

LEFT, RIGHT = "10.20.30.1", "10.20.30.2"
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
ETHERNET = 1
HOLD = 0.005  # seconds a reordered frame waits for another to overtake it


@dataclass(frozen=True)
class Trouble:
    """Chances, for each frame with TCP payload, that the wire does this to it."""

    lost_before_monitor: float = 0.0
    lost_after_monitor: float = 0.0
    repeated: float = 0.0
    overtaken: float = 0.0
    delay: float = 0.0
    """Seconds that every frame is under way."""
    rate: float = 0.0
    """Bytes that pass a second in each direction; 0: as many as come."""
    seed: int = 1


@dataclass
class Monitor:
    """The monitor port: writes a pcap file, and may miss frames that pass."""

    path: Path
    dress: Dress = undressed
    listening: bool = True
    _missed: dict[int, set[int]] = field(default_factory=dict)
    _silent: dict[int, int] = field(default_factory=dict)
    _seen: list[int] = field(default_factory=lambda: [0, 0])

    def __post_init__(self) -> None:
        self._file = self.path.open("wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET))

    def miss(self, side: int, *numbers: int) -> None:
        """Do not write these data frames of those that `side` sends from now on."""
        self._seen[side] = 0
        self._missed[side] = set(numbers)

    def listen_after(self, side: int, count: int) -> None:
        """Begin to write after so many data frames that `side` sends from now on."""
        self._seen[side] = 0
        self._silent[side] = count

    def see(self, frame: bytes, side: int) -> None:
        if carries_data(frame):
            self._seen[side] += 1
            if self._seen[side] in self._missed.get(side, ()):
                return
            if side in self._silent and self._seen[side] > self._silent[side]:
                self.listening = True
        if self.listening:
            written = self.dress(frame)
            seconds, fraction = divmod(time.time_ns() // 1000, 1_000_000)
            header = struct.pack("<IIII", seconds, fraction, len(written), len(written))
            self._file.write(header + written)

    def close(self) -> None:
        self._file.close()


def carries_data(frame: bytes) -> bool:
    """Whether an Ethernet frame is IPv4 and TCP with payload."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return False
    internet = (frame[14] & 0x0F) * 4
    transport = (frame[14 + internet + 12] >> 4) * 4
    return int.from_bytes(frame[16:18], "big") > internet + transport


class Link:
    """Two hosts and the wire between them. Side 0 is the left end, side 1 the right."""

    def __init__(
        self,
        capture: Path,
        trouble: Trouble | None = None,
        dress: Dress = undressed,
        listening: bool = True,
    ) -> None:
        self.monitor = Monitor(capture, dress, listening)
        self._trouble = trouble or Trouble()
        self._chance = random.Random(self._trouble.seed)
        self._held: list[tuple[float, int, bytes]] = []
        self._free = [0.0, 0.0]
        self._running = True
        self.hosts = (Host(), Host())
        self._taps = tuple(
            _tap(host, address, number)
            for number, (host, address) in enumerate(zip(self.hosts, (LEFT, RIGHT), strict=True))
        )
        self._thread = threading.Thread(target=self._carry, name="wire")

    def __enter__(self) -> Link:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running = False
        self._thread.join()
        for tap, host in zip(self._taps, self.hosts, strict=True):
            os.close(tap)
            host.close()
        self.monitor.close()

    def _carry(self) -> None:
        while self._running:
            ready, _, _ = select.select(self._taps, [], [], HOLD)
            for tap in ready:
                self._judge(os.read(tap, 65536), self._taps.index(tap))
            late = [held for held in self._held if held[0] < time.monotonic()]
            self._held = [held for held in self._held if held not in late]
            for _, side, frame in late:
                self._deliver(frame, side)

    def _judge(self, frame: bytes, side: int) -> None:
        trouble, roll = self._trouble, self._chance.random()
        if trouble.delay or trouble.rate:
            taken = len(frame) / trouble.rate if trouble.rate else 0.0
            self._free[side] = max(self._free[side], time.monotonic()) + taken
            self._held.append((self._free[side] + trouble.delay, side, frame))
        elif not carries_data(frame):
            self._deliver(frame, side)
        elif roll < (bound := trouble.lost_before_monitor):
            return
        elif roll < (bound := bound + trouble.lost_after_monitor):
            self.monitor.see(frame, side)
        elif roll < (bound := bound + trouble.repeated):
            self._deliver(frame, side)
            self._deliver(frame, side)
        elif roll < bound + trouble.overtaken:
            self._held.append((time.monotonic() + HOLD, side, frame))
        else:
            self._deliver(frame, side)

    def _deliver(self, frame: bytes, side: int) -> None:
        self.monitor.see(frame, side)
        os.write(self._taps[1 - side], frame)


def _tap(host: Host, address: str, number: int) -> int:
    """A TAP device in the host, with its address; it lives as long as the descriptor."""
    with host.entered():
        # Router solicitations would come at random times into the capture.
        Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
        tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", b"wire", IFF_TAP | IFF_NO_PI))
        hardware = f"02:00:00:00:00:{number:02x}"
        run_tool("ip", "link", "set", "wire", "address", hardware)
        run_tool("ip", "address", "add", f"{address}/24", "dev", "wire")
        run_tool("ip", "link", "set", "wire", "up")
    return tap
