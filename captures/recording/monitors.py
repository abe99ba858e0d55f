"""Capture programs: ready before the first packet, flushed after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .captured import count_records, forget_machine
from .network import received_packets
from .processes import Process
from .waiting import wait_for


@contextmanager
def _watching(process: Process, banner: str, written: Callable[[], int], interface: str) -> Iterator[None]:
    """Run a body under a monitor, then wait until every packet has reached the file.

    The interface counts what passed; when the file holds as many records, the
    monitor has nothing left to write and may be interrupted.
    """
    counted = "lo" if interface == "any" else interface
    try:
        process.wait_for_log(banner)
        before = received_packets(counted)
        yield
        wait_for(
            f"{process.name} to write the last packet",
            lambda: written() >= received_packets(counted) - before,
        )
        process.interrupt()
        process.finish()
    finally:
        process.stop()


@contextmanager
def tcpdump(path: Path, log: Path, *options: str, interface: str = "lo") -> Iterator[None]:
    """A pcap file of an interface. -U writes each packet at once.

    Immediate mode has slots of the interface's MTU: 2 MiB, the default, hold 32 of lo's.
    """
    flushing = ("-U", "--immediate-mode", "-B", "65536")
    process = Process(["tcpdump", "-i", interface, *flushing, "-Z", "root", "-w", str(path), *options], log)
    with _watching(process, "listening on", lambda: count_records(path), interface):
        yield


@contextmanager
def dumpcap(path: Path, log: Path, *options: str, interface: str = "lo") -> Iterator[None]:
    """A pcapng file with nanoseconds, or with -b a ring of numbered files."""

    def files() -> list[Path]:
        return list(path.parent.glob(f"{path.stem}*{path.suffix}"))

    process = Process(["dumpcap", "-q", "-i", interface, "-w", str(path), *options], log)
    with _watching(process, "File: ", lambda: sum(map(count_records, files())), interface):
        yield
    for file in files():
        forget_machine(file)
