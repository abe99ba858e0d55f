"""GrowingCapture: a capture that is followed in a thread of its own, shown, held still, and forgotten."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator

from dissect.capture import Feed, Progress
from dissect.columns import Shelf
from dissect.dicom.associations import Association, Readings
from dissect.dicom.messages import Message
from dissect.following import LONG, SHORT
from tui.reading import BATCH, FollowedCapture, News, taken

INTERVAL = 0.05
"""Seconds between two reports at least."""
PAUSE = 0.02
"""Seconds between two looks whether reading is to go on."""
TIDY = 5.0
"""Seconds between two searches for garbage."""


class GrowingCapture(FollowedCapture):
    """What a feed gives. Associations are numbered as they are noticed, and keep their numbers."""

    lasting = True

    def __init__(
        self, feed: Feed, name: str, *, readings: Readings | None = None, keep: int | None = None
    ) -> None:
        """At most `keep` associations that ended are held, or all (None)."""
        self._shelf = Shelf()
        super().__init__([], readings=readings, shelf=self._shelf)
        self.paused = False
        """Whether nothing is read for now; the feed goes on."""
        self.interval = INTERVAL
        """Seconds between two reports, which whoever hears them may prolong."""
        self._feed = feed
        self._keep = keep
        self._name = name
        self._count = 0
        self._noticed: list[Association] = []
        """Associations without a number yet."""
        self._held: set[Association] = set()
        self._told: deque[Association | None] = deque()
        """Associations that began; None where all before it are to be forgotten."""
        self._unwanted = False
        self._stirred: set[Association] = set()
        """Associations with news since the last tidying."""

    @property
    def name(self) -> str:
        return self._name

    @property
    def associations(self) -> list[Association]:
        """Those that are held, in the order they were noticed."""
        return list(self._associations)

    def began(self, association: Association) -> None:
        self._notice(association)
        self.give_way()

    def changed(self, association: Association) -> None:
        if association not in self._held:  # it goes on, and was forgotten
            self._notice(association)
        self._touched.append(association)
        self._stirred.add(association)
        self.give_way()

    def said(self, message: Message) -> None:
        message.shelve(self._shelf, SHORT)

    def forget(self) -> None:
        """Forget all associations so far; one that goes on comes back as soon as there is news of it."""
        self._unwanted = True
        if self.finished:
            self._look_up()

    def news(self) -> News:
        began: list[Association] = []
        cleared = False
        for association in taken(self._told):
            if association is None:
                began, cleared = [], True
            else:
                began.append(association)
        return News(began, set(taken(self._touched)), cleared)

    def read(self, batch: int = BATCH) -> Iterator[Progress]:
        for progress in self.follow(self._feed, batch):
            self._number()
            yield progress

    def go(self, report: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        """Follow the feed until it is over, unless that is cancelled. Reports when there is news."""
        latest = tidied = 0.0
        gc.freeze()
        for progress in self.read():
            self._look_up()
            while self.paused and not cancelled():
                time.sleep(PAUSE)
                if self._look_up():
                    report(progress)
            if cancelled():
                return
            now = time.monotonic()
            if (self._told or self._touched) and now - latest >= self.interval:
                latest = now
                report(progress)
            if now - tidied >= TIDY:
                tidied = now
                self._put_away()
                gc.collect()
                gc.freeze()  # so that the next search costs what is new, not what is held

    def _put_away(self) -> None:
        """Hold no long tables in memory, and no more associations than are to be kept."""
        for association in self._stirred:
            association.shelve(self._shelf, LONG if association.outcome == "open" else SHORT)
        self._stirred.clear()
        over = [each for each in self._associations if each.stream.ended or each.superseded]
        if self._keep is None or len(over) <= self._keep:
            return
        # a quarter more than need be: the rows are told anew, which is not to happen all the time
        gone = set(over[: len(over) - self._keep * 3 // 4])
        self._associations = [each for each in self._associations if each not in gone]
        self._held -= gone
        self._told.append(None)
        self._told += self._associations
        gc.unfreeze()

    def _notice(self, association: Association) -> None:
        self._held.add(association)
        self._noticed.append(association)

    def _number(self) -> None:
        """Associations that one batch brought are in the order of their first records."""
        self._noticed.sort(key=lambda association: association.first_record)
        for association in self._noticed:
            if not association.index:
                self._count += 1
                association.index = self._count
        self._associations += self._noticed
        self._told += self._noticed
        self._noticed.clear()

    def _look_up(self) -> bool:
        """In the thread that reads, between two batches: forget what somebody wants forgotten."""
        if not self._unwanted:
            return False
        self._unwanted = False
        self._associations, self._held = [], set()
        self._told.append(None)
        gc.unfreeze()
        return True
