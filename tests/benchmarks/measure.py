"""Runs a whole process and measures its time and memory, from outside."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

MEGABYTE = 1e6
SAMPLE_SECONDS = 0.005


@dataclass(frozen=True)
class Cost:
    """Wall time in seconds; memory in MB, each at its peak, children included.

    `anonymous` is what the process itself allocated (RssAnon); `mapped` is pages of files (RssFile: the
    capture, where it is mapped, and libraries), which the kernel may take back at any time.
    """

    seconds: float
    resident: float
    anonymous: float
    mapped: float


class RunError(Exception):
    """The command did not end with 0."""


def run(command: Sequence[str]) -> Cost:
    """Run `command` once, its output thrown away."""
    with tempfile.TemporaryDirectory() as settings, tempfile.TemporaryFile() as errors:
        # An empty profile: a developer's preferences must not change what tshark does.
        environment = os.environ | {"WIRESHARK_CONFIG_DIR": settings}
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        ended = threading.Event()
        peaks = [0.0, 0.0, 0.0]

        def watch() -> None:
            while not ended.wait(SAMPLE_SECONDS):
                peaks[:] = map(max, peaks, _memory(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        status = process.wait()
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        if status:
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()
            raise RunError(f"{' '.join(command)} ended with {status}: {text}")
    return Cost(seconds, *peaks)


def typical(costs: Sequence[Cost]) -> Cost:
    """The median time, the highest memory."""
    return Cost(
        median(cost.seconds for cost in costs),
        max(cost.resident for cost in costs),
        max(cost.anonymous for cost in costs),
        max(cost.mapped for cost in costs),
    )


def warm(path: Path) -> None:
    """Read the file once, so that every run finds it in the page cache."""
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass


def _memory(process: int) -> tuple[float, float, float]:
    """Resident, anonymous and mapped MB of a process and its descendants now.

    Sampled, not taken from rusage: there the peak of a child starts with that of the parent that forked it.
    """
    resident = anonymous = mapped = 0.0
    waiting = [process]
    while waiting:
        here = Path("/proc") / str(waiting.pop())
        try:
            lines = (here / "status").read_text().splitlines()
            waiting += map(int, (here / f"task/{here.name}/children").read_text().split())
        except (OSError, ValueError):  # it ended meanwhile
            continue
        sizes = {
            key: int(value.split()[0]) * 1024 / MEGABYTE
            for key, _, value in (line.partition(":") for line in lines)
            if key in ("VmHWM", "RssAnon", "RssFile")
        }
        resident += sizes.get("VmHWM", 0.0)
        anonymous += sizes.get("RssAnon", 0.0)
        mapped += sizes.get("RssFile", 0.0)
    return resident, anonymous, mapped
