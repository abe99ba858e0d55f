"""JudgingScreen: what the rules found, as far as it is known: it becomes more behind the screen.

Damage is known while a capture is read, what one association shows once all is read. What data sets show, and
several associations together, is sought at once in a small capture; in a bigger one when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.message import Message
from textual.worker import get_current_worker

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules import judge_capture, judge_data_sets
from dissect.rules.pace import pausing
from tui.following import FollowingScreen
from tui.reading import FollowedCapture
from tui.spans import down_to

SMALL = 32 << 20
"""Bytes of data sets that are gone through without being asked."""
FEW = 2000
"""Messages, likewise."""


class JudgingScreen(FollowingScreen):
    """Knows the findings of each association."""

    class Deepened(Message, bubble=False):
        """More is known of these associations."""

        def __init__(self, found: dict[Association, list[Finding]]) -> None:
            self.found = found
            super().__init__()

    def __init__(self, capture: FollowedCapture) -> None:
        super().__init__(capture)
        self._deep: dict[Association, list[Finding]] = {}
        self._asked: set[Association] = set()

    def findings_of(self, association: Association) -> list[Finding]:
        """What is known of an association by now."""
        plain = association.findings if association in self.judged else association.noted()
        return plain + self._deep.get(association, [])

    def cleared(self) -> None:
        super().cleared()
        self._deep.clear()
        self._asked.clear()

    def all_findings(self) -> list[Finding]:
        return self.findings + [finding for found in self._deep.values() for finding in found]

    def on_following_screen_judged(self, event: FollowingScreen.Judged) -> None:
        if event.done and self.capture.finished and not self.capture.source.dropped:
            self.run_worker(self._judge_small, thread=True, group="judge")

    def ask(self, association: Association) -> None:
        """Go through the data sets of an association, unless that was done."""
        judged = association in self.judged and association not in self._asked
        if judged and not self.capture.source.dropped:
            self._asked.add(association)
            self.working("looking through data sets")
            work = partial(self._look_deeper, [association], whole=False)
            self.run_worker(work, thread=True, group="judge")

    def _judge_small(self) -> None:
        associations = self.capture.associations
        messages = [message for association in associations for message in association.messages]
        if len(messages) <= FEW and sum(message.data_length for message in messages) <= SMALL:
            self._asked |= set(associations)
            self._look_deeper(associations, whole=True)

    def _look_deeper(self, associations: list[Association], *, whole: bool) -> None:
        """In a thread."""
        worker, failed = get_current_worker(), False
        found: dict[Association, list[Finding]] = {}
        for association in associations:
            if worker.is_cancelled:
                return
            self.capture.give_way()
            try:
                with pausing(self.capture.give_way):
                    found[association] = judge_data_sets(association)
            except Exception as error:  # one association that no rule foresaw must not hide the others
                found[association] = []
                if not failed:
                    text = f"The data sets of association {association.index} cannot be judged: {error}"
                    self.app.call_from_thread(self.fail, text)
                failed = True
        try:
            for association, finding in self._of_all() if whole else ():
                found[association].append(finding)
        except Exception as error:  # as above
            self.app.call_from_thread(self.fail, f"What associations show together cannot be judged: {error}")
        self.tell(self.Deepened(found))

    def _of_all(self) -> Iterator[tuple[Association, Finding]]:
        """What only several associations show, with the one whose bytes show it."""
        with pausing(self.capture.give_way):
            findings = judge_capture(self.capture)
        for finding in findings:
            for association in self.capture.associations:
                if finding.span is not None and any(
                    down_to(finding.span, framer.direction.pieces) for framer in association.framers
                ):
                    yield association, finding
                    break

    def on_judging_screen_deepened(self, event: Deepened) -> None:
        self._deep |= event.found
        self.working("")
        self.found(self.findings)
