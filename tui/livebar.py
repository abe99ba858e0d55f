"""LiveBar: how a capture goes on: since when, how much, how fast, what was dropped."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from dissect.outputs.words import plural, size
from tui.growing import GrowingCapture
from tui.sessions import Session

WINDOW = 3.0
"""Seconds that rates are of."""


class Traffic(NamedTuple):
    """Figures of a moment. Rates are a second's; `dropped` is None where nobody says."""

    packets: int = 0
    packet_rate: float = 0.0
    byte_rate: float = 0.0
    dropped: int | None = None
    elapsed: float = 0.0


class Meter:
    """Takes the figures of a session, each time it is asked."""

    def __init__(self, session: Session, capture: GrowingCapture) -> None:
        self._session, self._capture = session, capture
        self._samples: deque[tuple[float, int, int]] = deque([(time.monotonic(), 0, 0)])

    def look(self) -> Traffic:
        now, counts = time.monotonic(), self._session.counts
        packets = self._capture.source.records
        if counts is not None and not self._capture.finished:  # while paused, they go on
            packets = max(packets, counts.captured)
        samples = self._samples
        samples.append((now, packets, max(self._bytes(), samples[-1][2])))
        while len(samples) > 2 and now - samples[1][0] >= WINDOW:
            samples.popleft()
        (then, before, bytes_before), (_, _, bytes_now) = samples[0], samples[-1]
        past = max(now - then, 0.001)
        over = self._session.over
        return Traffic(
            packets,
            0.0 if over else (packets - before) / past,
            0.0 if over else (bytes_now - bytes_before) / past,
            counts.dropped if counts else None,
            self._session.elapsed,
        )

    def _bytes(self) -> int:
        """Of the files, also while nobody reads them."""
        source = self._capture.source
        with suppress(OSError, IndexError):  # the thread that reads may be at another file by now
            return source.bases[-1] + Path(source.files[-1].path).stat().st_size
        return 0


def clock(seconds: float) -> str:
    """Such as 0:07, 12:34 and 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class LiveBar(Widget):
    """One line of figures."""

    state: reactive[str] = reactive("live")
    """live, paused, stopped or ended."""
    tail: reactive[bool] = reactive(True)
    """Whether the list stays at its end."""
    traffic: reactive[Traffic] = reactive(Traffic())
    listens: reactive[bool] = reactive(True)
    trouble: reactive[str] = reactive("")
    """Why it ended early."""

    def render(self) -> Content:
        now = self.traffic
        sign, style = {
            "live": ("● live", "$text-success"),
            "paused": ("‖ paused", "$text-warning"),
            "stopped": ("■ stopped", "$text-muted"),
        }.get(self.state, ("■ ended", "$text-error"))
        content = Content.styled(sign, f"b {style}") + Content(f"  {clock(now.elapsed)}")
        content += Content(f"  {plural(now.packets, 'packet')}")
        if self.state in ("live", "paused"):
            content += Content(f"  {now.packet_rate:,.0f}/s  {size(round(now.byte_rate))}/s")
        if self.listens and now.dropped is None:
            content += Content.styled("  drops not told yet", "$text-muted")
        elif self.listens:
            content += Content.styled(f"  {now.dropped:,} dropped", "b $text-error" if now.dropped else "")
        if self.trouble:
            content += Content.styled(f"  {self.trouble}", "$text-error")
        elif self.state in ("live", "paused"):
            told = "p: go on" if self.state == "paused" else "following" if self.tail else "G: follow"
            room = self.size.width - content.cell_length
            content += Content.styled(f"  {told}".rjust(room), "$text-muted")
        return content.truncate(self.size.width)
