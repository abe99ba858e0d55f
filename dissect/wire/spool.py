"""What our own sniffer processes share: the files they write, what they say, when they end.

They speak as dumpcap does, on stderr: `File: NAME` when a file begins, `Packets received/dropped: N/M` once a
second. They end when told to, when enough was captured, and when the process that wants the packets is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

DENIED, FAILED = 3, 2
"""Exit status for want of a right, and for all other trouble."""
BUFFER = 128 << 20
"""Bytes in the kernel for packets that were not written yet: 1 s of 1 Gbit/s."""
TIMEOUT = 20
"""Milliseconds that packets may wait in the kernel."""
NICE = -10
"""Ahead of most others: what waits is soon lost."""
REPORT = 1.0
"""Seconds between two reports."""


@dataclass(frozen=True)
class Order:
    """What a sniffer process is to do."""

    interface: str
    path: str
    filter: str = ""
    promiscuous: bool = True
    ring: tuple[int, int] | None = None
    duration: float | None = None
    count: int | None = None

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Order:
        found = json.loads(text)
        if found["ring"] is not None:
            found["ring"] = tuple(found["ring"])
        return cls(**found)


class Spool:
    """The files of one sniffer process, and its end."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.stopped = False
        self.taken = 0
        """Packets that were written."""
        self._files: deque[str] = deque()
        self._number = 0
        self._end = None if order.duration is None else time.monotonic() + order.duration
        self._report = 0.0
        os.umask(0o077)  # what is captured may be of patients
        if hasattr(os, "nice"):
            with contextlib.suppress(OSError):  # only root may
                os.nice(NICE)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True

    def begin(self) -> str:
        """The name of the next file; the oldest of a ring goes."""
        path = self.order.path
        self._number += 1
        if self.order.ring is not None:
            whole = Path(path)
            moment = time.strftime("%Y%m%d%H%M%S")
            path = str(whole.with_name(f"{whole.stem}_{self._number:05d}_{moment}{whole.suffix}"))
            self._files.append(path)
            if len(self._files) > self.order.ring[0]:
                Path(self._files.popleft()).unlink(missing_ok=True)
        return path

    def begun(self, path: str) -> None:
        say(f"File: {path}")

    def full(self, size: int) -> bool:
        """Whether another file is due."""
        return self.order.ring is not None and size >= self.order.ring[1]

    def room(self, most: int) -> int:
        """How many packets may be taken at once, `most` at most."""
        return most if self.order.count is None else min(most, self.order.count - self.taken)

    @property
    def over(self) -> bool:
        if self.stopped or self.room(1) <= 0:
            return True
        if self._end is not None and time.monotonic() >= self._end:
            return True
        return _orphaned()

    def due(self) -> bool:
        """Whether to report, about once a second."""
        now = time.monotonic()
        if now < self._report:
            return False
        self._report = now + REPORT
        return True


def report(taken: int, dropped: int) -> None:
    say(f"Packets received/dropped: {taken}/{dropped}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the way to the process that started this one


def _orphaned() -> bool:
    """Whether whoever started this process is gone: its end of our standard input is closed then."""
    if sys.platform == "win32":  # select takes sockets only
        return False
    readable, _, _ = select.select([0], [], [], 0)
    return bool(readable) and not os.read(0, 1)
