"""Load for `pduscope live`: `python -m tests.benchmarks.live [--rate N] [--seconds S] [--sniffer NAME]`.

Sends C-STORE associations over a wire between two network namespaces at a steady rate, and prints what was
sent, captured and dropped, how far the lines lag behind the wire, and the memory of the process that reads.
Needs root.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np

from dissect.wire.records import CaptureFile
from tests.benchmarks.generate import store
from tests.live.network import Wire
from tests.live.running import ROOT, wait_for

BURST = 64
"""Frames that are handed to the kernel in one call."""
PORTS = range(20000, 60000)
SOURCE, TARGET = 34, 36
"""Where the ports of TCP lie behind Ethernet and IPv4."""
SERVER = 11112
ETH_P_ALL = 3


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("parts", ctypes.POINTER(_Part)),
        ("part_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_long),  # an int, and padding
        ("sent", ctypes.c_ulong),  # the length field of struct mmsghdr, and padding
    )


class Frames:
    """The frames of one association, ready to be sent again and again from another port."""

    def __init__(self, path: Path) -> None:
        with CaptureFile(path) as file:
            batches = list(file.batches())
            offsets = np.concatenate([batch.offset for batch in batches])
            lengths = np.concatenate([batch.captured for batch in batches])
            self._data = np.array(file.array)
        self.count = len(offsets)
        target = self._data[offsets + TARGET].astype(int) << 8 | self._data[offsets + TARGET + 1]
        self._ports = offsets + np.where(target == SERVER, SOURCE, TARGET)
        base = self._data.ctypes.data
        places = zip(offsets.tolist(), lengths.tolist(), strict=True)
        self._parts = (_Part * self.count)(*(_Part(base + offset, length) for offset, length in places))
        self.messages = (_Message * self.count)()
        for message, part in zip(self.messages, self._parts, strict=True):
            message.parts, message.part_count = ctypes.pointer(part), 1

    def leave_from(self, port: int) -> None:
        self._data[self._ports] = port >> 8
        self._data[self._ports + 1] = port & 0xFF


def send(path: Path, interface: str, rate: int, seconds: float) -> None:
    """Send associations one after the other; print the number of frames and the time each one's last left."""
    frames = Frames(path)
    library = ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, ETH_P_ALL) as out:
        out.bind((interface, ETH_P_ALL))
        sent, ends = 0, []
        start = time.monotonic()
        for port in PORTS:
            frames.leave_from(port)
            at = 0
            while at < frames.count:
                ahead = start + sent / rate - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
                many = min(BURST, frames.count - at)
                done = library.sendmmsg(out.fileno(), ctypes.byref(frames.messages[at]), many, 0)
                if done < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                at += done
                sent += done
            ends.append(time.monotonic())
            if ends[-1] - start >= seconds:
                break
    print(json.dumps({"sent": sent, "seconds": ends[-1] - start, "ends": ends}))


def anonymous(pid: int) -> float:
    """MB that a process allocated."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1000
    return 0.0


def measure(wire: Wire, options: argparse.Namespace, folder: Path) -> None:
    path = folder / "store.pcap"
    store(path, mss=1440, lines=options.lines, images=1, columns=1000)
    command = [
        *wire.left.within, sys.executable, "-m", "dissect", "live", "-i", wire.interface, "--sniffer",
        options.sniffer, "--write", str(folder / "spool.pcapng"), "--ring", "6,250MB",
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    errors = folder / "errors"
    with errors.open("wb") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, cwd=ROOT, env=environment)
    shown: list[float] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            shown.extend([time.monotonic()] * line.rstrip().endswith(b"released"))

    reader = threading.Thread(target=read)
    reader.start()
    wait_for("the sniffer", lambda: "listening on" in errors.read_text())
    arguments = ["--send", str(path), "--rate", str(options.rate), "--seconds", str(options.seconds)]
    sender = subprocess.Popen(
        [*wire.right.within, sys.executable, "-m", "tests.benchmarks.live", *arguments],
        stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    memory = []
    while sender.poll() is None:
        memory.append(anonymous(process.pid))
        time.sleep(1)
    assert sender.stdout is not None
    told = json.loads(sender.stdout.read())
    before = -1
    while len(shown) > before and len(shown) < len(told["ends"]):
        before = len(shown)
        time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.wait()
    reader.join()
    pace = told["sent"] / told["seconds"]
    print(
        f"{options.sniffer}: sent {told['sent']:,} packets in {told['seconds']:.1f} s, {pace:,.0f} a second"
    )
    print(f"  {len(told['ends']):,} associations sent")
    print("  " + "\n  ".join(line.partition(": ")[2] for line in errors.read_text().splitlines()))
    lags = [shown - left for left, shown in zip(told["ends"], shown, strict=False)]
    print(f"  {len(shown):,} associations shown", end="")
    if len(shown) == len(told["ends"]):
        print(
            f", {median(lags) * 1000:.0f} ms after their last packet (median), {max(lags) * 1000:.0f} at most"
        )
    else:
        print()
    print("  MB allocated, second by second:", " ".join(f"{each:.0f}" for each in memory), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.live", description=__doc__)
    parser.add_argument("--rate", type=int, default=83_000, help="packets a second (83000)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (60)")
    parser.add_argument(
        "--lines", type=int, default=4000, help="size of an image in lines of 2000 bytes (4000)"
    )
    parser.add_argument("--sniffer", default="dumpcap", choices=["dumpcap", "libpcap", "scapy"])
    parser.add_argument("--send", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send is not None:
        send(options.send, "wire1", options.rate, options.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="pduscope-") as folder, Wire() as wire:
        measure(wire, options, Path(folder))


if __name__ == "__main__":
    main()
