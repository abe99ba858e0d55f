"""How fast the screen answers while a capture grows: `python -m tests.benchmarks.growing --help`.

A file of many associations is followed while others are added to it; see `tests.benchmarks.screen`.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.generate import echoes
from tests.benchmarks.screen import TYPICAL, Terminal

HEADER = 24
"""Bytes of a pcap file before its first record."""
LASTING = 60
"""Seconds that associations are added at most."""
STEP = 0.005
TIMES = ("delta", "utc", "absolute", "epoch", "relative")
ROUNDS = 25


@contextmanager
def growing(path: Path, rest: bytes, one: int, rate: int) -> Iterator[None]:
    """Add `rate` associations of `one` byte count a second to a file."""
    over = threading.Event()

    def write() -> None:
        began, done = time.monotonic(), 0
        with path.open("ab") as out:
            while done < len(rest) and not over.wait(STEP):
                due = int((time.monotonic() - began) * rate) * one
                out.write(rest[done:due])
                out.flush()
                done = max(due, done)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measure(held: int, rate: int, options: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole, path = Path(folder) / "whole.pcap", Path(folder) / "growing.pcap"
        echoes(whole, associations=held + rate * LASTING)
        data = whole.read_bytes()
        one = (len(data) - HEADER) // (held + rate * LASTING)
        first = HEADER + one * held
        path.write_bytes(data[:first])
        terminal = Terminal(path, folder, "--follow", *options)
        try:
            terminal.until(f"{held:,} associations")
            terminal.settle()
            with growing(path, data[first:], one, rate):
                terminal.drain(1)
                ends, times = [], []
                for number in range(ROUNDS):
                    ends.append(terminal.press("g", "G: follow"))
                    ends.append(terminal.press("G", "following"))
                    times.append(terminal.press("t", f"times: {TIMES[number % len(TIMES)]}"))
                before = terminal.spent()
                terminal.drain(5)
                busy = (terminal.spent() - before) / 5
        finally:
            terminal.close()
    what = f"{held:,} associations held, {rate:,} a second more"
    for name, found in (("first and last row", ends), ("times otherwise", times)):
        told = f"median {median(found):.0f} ms, worst {max(found):.0f} ms"
        print(f"{what}: {name}: {told}{'' if median(found) <= TYPICAL else f' (should be {TYPICAL})'}")
    print(f"{what}: {busy:.0%} of a processor")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growing", description=__doc__)
    parser.add_argument("--held", type=int, nargs="+", default=[500, 10_000])
    parser.add_argument("--rate", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--filter", help="a display filter that is in force meanwhile")
    chosen = parser.parse_args()
    options = ("-Y", chosen.filter) if chosen.filter else ()
    for held in chosen.held:
        for rate in chosen.rate:
            measure(held, rate, options)


if __name__ == "__main__":
    main()
