"""Reading a capture in a thread of its own while a screen shows what is there by now."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import NamedTuple, TypeVar

from dissect.capture import Capture, Progress
from dissect.columns import Shelf
from dissect.dicom.associations import Association, Readings
from tui.loading import load

BATCH = 4096
"""Records a batch: so few that the interpreter is never away from the screen for long."""
INTERVAL = 0.1
"""Seconds between two reports."""
MOMENT = 0.06
"""Seconds that the screen takes to answer a key."""
PATIENCE = 0.2
"""Seconds after which reading goes on for a step whatever keys are pressed: one may be held down."""


class News(NamedTuple):
    """Associations that began, and those that changed, since somebody asked last."""

    began: list[Association]
    changed: set[Association]
    cleared: bool = False
    """Whether all that was told of before is to be forgotten."""


class FollowedCapture(Capture):
    """A capture that another thread than the one that reads may ask for news, or to wait a moment.

    Queues need no lock: appending and taking from the other end are one step each.
    """

    lasting = False
    """Whether associations keep the numbers they are given while the capture is read."""

    def __init__(
        self,
        paths: Sequence[str | PathLike[str]],
        *,
        readings: Readings | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(paths, readings=readings, shelf=shelf)
        self._new: deque[Association] = deque()
        self._touched: deque[Association] = deque()
        self._wait_until = 0.0

    def began(self, association: Association) -> None:
        super().began(association)
        association.index = len(self._associations)  # until all are there, and in order
        self._new.append(association)
        self.give_way()

    def changed(self, association: Association) -> None:
        super().changed(association)
        self._touched.append(association)
        self.give_way()

    def hold(self) -> None:
        """Somebody waits for the screen: for a moment, it needs the interpreter more than reading does."""
        self._wait_until = time.monotonic() + MOMENT

    def give_way(self) -> None:
        """In a thread that reads or judges: wait while the screen is busy."""
        if not self._wait_until:
            return
        latest = time.monotonic() + PATIENCE
        while (rest := min(self._wait_until, latest) - time.monotonic()) > 0:
            time.sleep(min(rest, 0.005))

    def news(self) -> News:
        return News(list(taken(self._new)), set(taken(self._touched)))

    def go(self, report: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        """Read to the end, in a thread of its own."""
        read(self, report, cancelled)


T = TypeVar("T")


def taken(queue: deque[T]) -> Iterator[T]:
    """What is in a queue, taken out of it."""
    while queue:
        yield queue.popleft()


def read(
    capture: FollowedCapture,
    report: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    batch: int = BATCH,
) -> None:
    """Read a capture to its end, unless it is cancelled; reports the first batch at once, and then seldom."""
    latest = 0.0
    with _reading():
        for progress in capture.read(batch):
            if cancelled():
                return
            capture.give_way()
            now = time.monotonic()
            if now - latest >= INTERVAL:
                report(progress)
                if not latest:
                    load(capture.give_way)
                latest = now


@contextmanager
def _reading() -> Iterator[None]:
    """Reading makes millions of objects and no garbage: looking for some would stop the screen."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
