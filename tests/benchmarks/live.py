"""Load for `pduscope live`: `python -m tests.benchmarks.live`.

Sends C-STOREs over a wire between two network namespaces, 83,000 packets a second for 60 s: 1 Gbit/s at MTU
1500. For each sniffer it prints what was sent, captured and dropped, how far the lines lag behind the wire,
and the memory of the process that reads. Needs root. `--realtime` gives the sniffer and the sender the
processor before all others (chrt -f 50), which a machine with two cores needs if anything else runs on it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.generate import store
from tests.live.network import Wire
from tests.live.running import ROOT, wait_for

IMAGE = 8
"""MB of an image: 8,300 packets, acknowledgements among them."""
MOMENTS = (5, 10, 20, 30, 60)
"""Seconds from the start of which the memory is told."""
RING = "6,250MB"
REALTIME = ("chrt", "-f", "50")
TICK = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """A process at one moment."""

    moment: float
    memory: float
    """MB allocated: mapped files are no part of it."""


class Reader:
    """`pduscope live` on the left host: its lines, memory, and processor time."""

    def __init__(self, wire: Wire, sniffer: str, folder: Path, *, realtime: bool) -> None:
        command = [
            *wire.left.within, sys.executable, "-m", "dissect", "live", "-i", wire.interface, "--sniffer",
            sniffer, "--write", str(folder / "spool.pcapng"), "--ring", RING,
        ]  # fmt: skip
        self._errors = folder / "errors"
        with self._errors.open("wb") as err:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=err, cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        self.shown: list[float] = []
        self.samples: list[Sample] = []
        self.busy = (0.0, 0.0)
        """Seconds of processor time, of the reader and of the sniffer."""
        self._lines = threading.Thread(target=self._read)
        self._lines.start()
        wait_for("the sniffer", lambda: "listening on" in self._errors.read_text())
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self._sniffer = int(children.split()[0])
        if realtime:
            subprocess.run(["chrt", "-f", "-p", "50", str(self._sniffer)], check=True)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.shown.extend([time.monotonic()] * (b" C-STORE " in line))

    def sample(self) -> None:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            memory = int(status.partition("RssAnon:")[2].split()[0]) / 1000
            self.samples.append(Sample(time.monotonic(), memory))
            self.busy = _busy(self.process.pid), _busy(self._sniffer)

    def end(self) -> str:
        """What it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self._lines.join()
        return self._errors.read_text()


def _busy(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def measure(wire: Wire, sniffer: str, path: Path, options: argparse.Namespace) -> dict[str, str]:
    """One run with one sniffer, as rows of the table."""
    with tempfile.TemporaryDirectory(prefix="pduscope-") as folder:
        reader = Reader(wire, sniffer, Path(folder), realtime=options.realtime)
        command = [
            *wire.right.within, *(REALTIME if options.realtime else ()), sys.executable, "-m",
            "tests.benchmarks.sender", str(path), "wire1", "--rate", str(options.rate), "--seconds",
            str(options.seconds), "--images", str(options.images),
        ]  # fmt: skip
        start = time.monotonic()
        sender = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        while sender.poll() is None:
            reader.sample()
            time.sleep(0.25)
        assert sender.stdout is not None
        told = json.loads(sender.stdout.read())
        before = -1
        while before < len(reader.shown) < len(told["ends"]):
            before = len(reader.shown)
            time.sleep(2)
        errors = reader.end()
    return _rows(told, reader, errors, start)


def _rows(told: dict[str, Any], reader: Reader, errors: str, start: float) -> dict[str, str]:
    counts = re.search(r"([\d,]+) packets captured, (\S+) dropped", errors)
    captured, dropped = counts.groups() if counts else ("?", "?")
    rows = {
        "packets sent": f"{told['sent']:,}",
        "  a second": f"{told['sent'] / told['seconds']:,.0f}",
        "associations, images": f"{told['associations']:,}, {len(told['ends']):,}",
        "packets captured": captured,
        "packets dropped": dropped.replace("none", "0"),
        "images shown": f"{len(reader.shown):,}",
    }
    if len(reader.shown) == len(told["ends"]):
        lags = np.array(reader.shown) - np.array(told["ends"])
        middle, most = np.percentile(lags, [50, 99]) * 1000
        rows["lag: median, 99 %, most"] = f"{middle:,.0f}, {most:,.0f}, {lags.max() * 1000:,.0f} ms"
    else:
        rows["lag: median, 99 %, most"] = "-"
    for moment in MOMENTS:
        memory = next((each.memory for each in reader.samples if each.moment - start >= moment), None)
        if memory is not None:
            rows[f"MB allocated after {moment} s"] = f"{memory:.0f}"
    rows["MB allocated at most"] = f"{max(each.memory for each in reader.samples):.0f}"
    share = [busy / told["seconds"] * 100 for busy in reader.busy]
    rows["processor: reader, sniffer"] = f"{share[0]:.0f} %, {share[1]:.0f} %"
    skipped = re.search(r"(\d+) files of the ring were gone", errors)
    rows["files of the ring not read"] = skipped[1] if skipped else "0"
    return rows


def table(runs: dict[str, dict[str, str]]) -> str:
    """The runs side by side."""
    names = list(dict.fromkeys(name for rows in runs.values() for name in rows))
    lines = [["", *runs], *([name, *(rows.get(name, "") for rows in runs.values())] for name in names)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.live", description=__doc__)
    parser.add_argument("--rate", type=int, default=83_000, help="packets a second (83000)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (60)")
    parser.add_argument("--images", type=int, default=0, help="images of an association (0: no end)")
    parser.add_argument("--sniffer", action="append", choices=["dumpcap", "libpcap", "scapy"])
    parser.add_argument("--realtime", action="store_true", help="chrt -f 50 for sniffer and sender")
    options = parser.parse_args()
    if options.realtime and shutil.which("chrt") is None:
        parser.error("--realtime needs chrt, from util-linux")
    with tempfile.TemporaryDirectory(prefix="pduscope-") as folder, Wire() as wire:
        path = Path(folder) / "store.pcap"
        store(path, mss=1440, lines=IMAGE * 500, images=1, columns=1000)
        sniffers = options.sniffer or ["libpcap", "dumpcap"]
        runs = {sniffer: measure(wire, sniffer, path, options) for sniffer in sniffers}
    print(table(runs))


if __name__ == "__main__":
    main()
