"""What is to be captured, and the command lines that ask dumpcap or our own sniffers for it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dissect.wire import permissions
from dissect.wire.pcaplib import library
from dissect.wire.spool import Order

KINDS = ("libpcap", "dumpcap", "scapy")
"""What can sniff, the best first. dumpcap needs no root once it has its capabilities, but version 4.0 writes
packets out only twice a second."""
BUFFER = 128
"""MiB in the kernel for packets that dumpcap did not write yet."""


@dataclass(frozen=True)
class Wanted:
    """What is to be captured, and where it is to be kept."""

    interface: str
    filter: str | None = None
    """A libpcap filter."""
    port: int | None = None
    path: str | None = None
    """None: in a temporary directory, until the end."""
    ring: tuple[int, int] | None = None
    """Files that are kept, and bytes of each."""
    duration: float | None = None
    count: int | None = None
    promiscuous: bool = True

    @property
    def expression(self) -> str:
        """The libpcap filter; behind a VLAN tag all offsets differ, so it is asked for twice."""
        parts = [f"({self.filter})"] if self.filter else []
        if self.port is not None:
            parts.append(f"(tcp port {self.port} or (vlan and tcp port {self.port}))")
        return " and ".join(parts)


def command(kind: str, wanted: Wanted, path: str) -> list[str] | None:
    """The command that sniffs; None where what it needs is not installed."""
    if kind == "dumpcap":
        program = shutil.which("dumpcap") or permissions.usual_dumpcap()
        return None if program is None else [program, *_dumpcap(wanted, path)]
    if not sys.executable:  # this interpreter does not know where it is
        return None
    if kind == "libpcap":
        if library() is None:
            return None
        module = "dissect.wire.sniffer"
    else:
        if importlib.util.find_spec("scapy") is None:
            return None
        module = "dissect.listening"
    path = path.removesuffix("ng") if wanted.path is None else path  # what they write is pcap
    order = Order(
        wanted.interface, path, wanted.expression, wanted.promiscuous, wanted.ring, wanted.duration,
        wanted.count,
    )  # fmt: skip
    return [sys.executable, "-m", module, order.dumps()]


def _dumpcap(wanted: Wanted, path: str) -> list[str]:
    # not -q: that it counts on stderr ends it with whoever reads that
    options = ["-i", wanted.interface, "-w", path, "-B", str(BUFFER)]
    if wanted.expression:
        options += ["-f", wanted.expression]
    if not wanted.promiscuous:
        options += ["-p"]
    if wanted.count is not None:
        options += ["-c", str(wanted.count)]
    if wanted.duration is not None:
        options += ["-a", f"duration:{wanted.duration:g}"]
    if wanted.ring is not None:
        files, size = wanted.ring
        options += ["-b", f"files:{files}", "-b", f"filesize:{max(size // 1000, 1)}"]
    return options


def search_path() -> str:
    """Where the sniffer process finds this package, however this one did."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
