"""FollowingScreen: what goes on behind a screen that shows a capture: reading, judging, filtering, sorting.

Each has a thread of its own, and tells the screen by messages, at most ten a second. Rows that are neither
filtered nor sorted grow as the capture is read; other ones are arranged anew now and then, the more seldom
the longer that takes.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from dissect.capture import Progress
from dissect.dicom.associations import Association
from dissect.findings import Finding
from tui.columns import BY_NAME
from tui.reading import INTERVAL, FollowedCapture, read
from tui.rows import Rows, arranged

if TYPE_CHECKING:
    from dissect.filters import Filter

PATIENCE = 20
"""Times as long as arranging took, to the next one while a capture is read."""


class FollowingScreen(Screen[None]):
    """Follows one capture. A subclass says what is to happen when there is news."""

    class Progressed(Message, bubble=False):
        """Reading came so far; None: to its end."""

        def __init__(self, progress: Progress | None) -> None:
            self.progress = progress
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self))

    class Judged(Message, bubble=False):
        """What the rules found so far."""

        def __init__(self, findings: list[Finding], *, done: bool) -> None:
            self.findings, self.done = findings, done
            super().__init__()

    class Arranged(Message, bubble=False):
        """Rows for a filter and an order."""

        def __init__(self, rows: Rows, took: float) -> None:
            self.rows, self.took = rows, took
            super().__init__()

    def __init__(self, capture: FollowedCapture) -> None:
        super().__init__()
        self.capture = capture
        self.rows = Rows()
        """The rows that show."""
        self.all_rows = self.rows
        """Those that neither filter nor order changes."""
        self.judged: set[Association] = set()
        self.filter: Filter | None = None
        self.sort: tuple[str, bool] | None = None
        """Name of the column sorted by, and whether in reverse."""
        self._arranging = False
        self._wanted = False
        """Whether rows are to be arranged once more."""
        self._due = 0.0

    # what a subclass does with news

    def progressed(self, part: float | None) -> None:
        """Reading came so far; None: to its end."""

    def changed(self) -> None:
        """There are other rows, or more of them."""

    def found(self, findings: list[Finding]) -> None:
        """The rules found all this so far."""

    def working(self, what: str) -> None:
        """What goes on; empty when nothing does."""

    def fail(self, text: str) -> None:
        """Something went wrong that the screen outlives."""
        self.notify(text, title="That went wrong", severity="error", markup=False)

    # reading

    def follow(self) -> None:
        """Begin to read."""
        self.run_worker(self._read, thread=True, group="read")

    def _read(self) -> None:
        worker = get_current_worker()
        try:
            read(
                self.capture,
                lambda progress: self.tell(self.Progressed(progress)),
                lambda: worker.is_cancelled,
            )
        except Exception as error:  # a file that vanished, a disk that is full
            if not worker.is_cancelled:
                self.app.call_from_thread(self.fail, f"Reading ended early: {error}")
        if not worker.is_cancelled:
            self.tell(self.Progressed(None))

    def tell(self, message: Message) -> None:
        """Post a message from a thread, unless the screen is gone by now."""
        if self.is_attached:
            self.post_message(message)

    def on_following_screen_progressed(self, event: Progressed) -> None:
        event.stop()
        finished = event.progress is None
        if event.progress is not None:
            self.progressed(event.progress.done / (event.progress.total or 1))
        news = self.capture.news()
        self.all_rows.take(*news)
        if finished:
            _ = self.capture.associations  # nobody reads any more: numbers them
            self.all_rows.settle()
            self.progressed(None)
            self.run_worker(self._judge, thread=True, group="judge")
        if self.rows is self.all_rows:
            self.changed()
        elif finished or (news.changed and time.monotonic() >= self._due):
            self.rearrange()

    # judging

    def _judge(self) -> None:
        """Associations are judged once all is read: a rule sees the whole of one."""
        worker = get_current_worker()
        findings: list[Finding] = []
        latest = time.monotonic()
        for association in self.capture.associations:
            if worker.is_cancelled:
                return
            try:
                findings += association.findings
            except Exception as error:  # one association that no rule foresaw must not hide the others
                text = f"Association {association.index} cannot be judged: {error}"
                self.app.call_from_thread(self.fail, text)
                break
            self.judged.add(association)
            if time.monotonic() - latest > INTERVAL:
                latest = time.monotonic()
                self.tell(self.Judged(list(findings), done=False))
        self.tell(self.Judged(findings, done=True))

    def on_following_screen_judged(self, event: Judged) -> None:
        event.stop()
        self.found(event.findings)
        self.working("" if event.done or self._arranging else "looking for findings")

    # filter and order

    def rearrange(self) -> None:
        """Arrange rows by the filter and the order in force."""
        if self.filter is None and self.sort is None:
            self.rows = self.all_rows
            self.changed()
        elif self._arranging:
            self._wanted = True
        else:
            self._arranging = True
            self.working("filtering" if self.sort is None else "sorting")
            work = partial(self._arrange, list(self.all_rows.associations), self.filter, self.sort)
            self.run_worker(work, thread=True, group="arrange")

    def _arrange(
        self, associations: list[Association], filter_: Filter | None, sort: tuple[str, bool] | None
    ) -> None:
        began = time.monotonic()
        column, reverse = sort or ("", False)
        try:
            rows = arranged(associations, filter_, BY_NAME[column].key if column else None, reverse)
        except Exception as error:  # a value that no rule foresaw must not take the screen away
            self.app.call_from_thread(self.fail, f"No such order: {error}")
            rows = self.rows
        self.tell(self.Arranged(rows, time.monotonic() - began))

    def on_following_screen_arranged(self, event: Arranged) -> None:
        event.stop()
        self._arranging = False
        self.working("")
        self._due = time.monotonic() + event.took * PATIENCE
        if self.filter is not None or self.sort is not None:
            self.rows = event.rows
            self.changed()
        if self._wanted:
            self._wanted = False
            self.rearrange()
