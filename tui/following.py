"""FollowingScreen: what goes on behind a screen that shows a capture: reading and judging.

Each has a thread of its own, and tells the screen by messages, at most twenty a second. Associations of a
capture that grows are judged as they end, all others once all is read.
"""

from __future__ import annotations

import time
from functools import partial

from textual.message import Message
from textual.worker import get_current_worker

from dissect.capture import Progress
from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules.pace import pausing
from tui.arranging import ArrangingScreen
from tui.reading import INTERVAL, FollowedCapture

JUDGING = 1.0
"""Seconds between two looks for associations that ended and can be judged."""


class FollowingScreen(ArrangingScreen):
    """Follows one capture. A subclass says what is to happen when there is news."""

    class Progressed(Message, bubble=False):
        """Reading came so far; None: to its end."""

        def __init__(self, progress: Progress | None) -> None:
            self.progress = progress
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self))

    class Judged(Message, bubble=False):
        """What the rules found besides what was told of before."""

        def __init__(self, findings: list[Finding], *, done: bool) -> None:
            self.findings, self.done = findings, done
            super().__init__()

    def __init__(self, capture: FollowedCapture) -> None:
        super().__init__(capture)
        self.judged: set[Association] = set()
        self.findings: list[Finding] = []
        """Those of the associations that were judged."""
        self._ended: list[Association] = []
        """Associations that can be judged before the capture ends."""
        self._judging = False

    # what a subclass does with news

    def progressed(self, part: float | None) -> None:
        """Reading came so far; None: to its end."""

    def cleared(self) -> None:
        """All rows so far are forgotten."""

    def found(self, findings: list[Finding]) -> None:
        """The rules found all this so far."""

    # reading

    def follow(self) -> None:
        """Begin to read."""
        self.run_worker(self._read, thread=True, group="read")

    def _read(self) -> None:
        worker = get_current_worker()
        try:
            self.capture.go(
                lambda progress: self.tell(self.Progressed(progress)), lambda: worker.is_cancelled
            )
        except Exception as error:  # a file that vanished, a disk that is full
            if not worker.is_cancelled:
                self.app.call_from_thread(self.fail, f"Reading ended early: {error}")
        if not worker.is_cancelled:
            self.tell(self.Progressed(None))

    def on_following_screen_progressed(self, event: Progressed) -> None:
        event.stop()
        finished = event.progress is None
        if event.progress is not None:
            self.progressed(event.progress.done / (event.progress.total or 1))
        self.take_news()
        if finished:
            associations = self.capture.associations  # nobody reads any more: numbers them
            self.all_rows.settle()
            self.progressed(None)
            self.findings = []
            self.run_worker(partial(self._judge, associations), thread=True, group="judge")
        if finished and not self.capture.lasting:
            self.rearrange()  # a filter may ask for numbers, and those are others now
        else:
            self.catch_up()

    def take_news(self) -> None:
        """Let the rows know of what came, and of what is to be forgotten."""
        news = self.capture.news()
        if news.cleared:
            self.start_over()
            self.judged.clear()
            self.findings = []
            self._ended.clear()
            self.found(self.findings)
            self.cleared()
        self.take(news.began, news.changed)
        if self.capture.lasting and not self.capture.finished:
            self._ended += [each for each in news.changed if each.outcome != "open"]
            self._judge_ended()

    # judging

    def _judge_ended(self) -> None:
        """While a capture grows, associations are judged as they end."""
        if not self._ended or self._judging:
            return
        self._judging = True
        self.set_timer(JUDGING, self._begin_judging)

    def _begin_judging(self) -> None:
        ended, self._ended = dict.fromkeys(self._ended), []
        associations = [each for each in ended if each not in self.judged]
        if self.capture.finished or not associations:
            self._judging = False
        else:
            self.run_worker(partial(self._judge, associations), thread=True, group="judge")

    def _judge(self, associations: list[Association]) -> None:
        """A rule sees the whole of an association: it has ended."""
        worker = get_current_worker()
        findings: list[Finding] = []
        latest, failed = time.monotonic(), False
        for association in associations:
            if worker.is_cancelled:
                return
            self.capture.give_way()
            try:
                with pausing(self.capture.give_way):
                    findings += association.findings
            except Exception as error:  # one association that no rule foresaw must not hide the others
                if not failed:
                    text = f"Association {association.index} cannot be judged: {error}"
                    self.app.call_from_thread(self.fail, text)
                failed = True
                continue
            self.judged.add(association)
            if time.monotonic() - latest > INTERVAL:
                latest = time.monotonic()
                self.tell(self.Judged(findings, done=False))
                findings = []
        self.tell(self.Judged(findings, done=True))

    def on_following_screen_judged(self, event: Judged) -> None:
        event.stop()
        self.findings += event.findings
        self.found(self.findings)
        if self.capture.finished:
            self.working("" if event.done or self._arranging else "looking for findings")
        elif event.done:
            self._judging = False
            self._judge_ended()
