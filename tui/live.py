"""LiveScreen: the main screen on a capture that grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message as Event
from textual.reactive import reactive

from dissect.dicom.messages import Message
from dissect.following import whole
from dissect.wire.sniff import SnifferError
from tui.bars import TitleBar
from tui.details import Details
from tui.exchanges import ExchangeList
from tui.growing import INTERVAL, GrowingCapture
from tui.livebar import LiveBar, Meter
from tui.main_screen import MainScreen
from tui.seeking import SeekingScreen
from tui.sessions import Session, remedy
from tui.settings import Settings
from tui.upper import Upper

TICK = 0.5
"""Seconds between two looks at the figures."""
CALM = 0.5
"""Seconds that fields and bytes stay at least while the list follows new rows."""
DUTY, SELDOM = 2, 0.25
"""Times as long as showing news took, to the next; seconds after which there is more to see in any case."""
LASTING = 60
"""Seconds that it stands on the screen what to do where a capture ended early."""


def hidden(bindings: Iterable[BindingType], besides: str = "") -> list[BindingType]:
    """The same without a place in the footer: 80 columns are for what only a capture that grows has.

    Those of the keys `besides` are left out.
    """
    return [
        replace(each, show=False) for each in bindings if isinstance(each, Binding) and each.key != besides
    ]


class LiveList(ExchangeList):
    """Stays at its end while the cursor is there, until somebody moves up, scrolls up or looks at fields.

    While a view of an association shows in its place, it stays where it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *hidden(ExchangeList.BINDINGS),
        Binding("G,end", "go(-1)", "Follow", key_display="G", tooltip="The last row: new rows are followed"),
    ]
    tail: reactive[bool] = reactive(True, init=False)

    class Tailed(Event):
        """It follows new rows from now on, or does not any more."""

    def move_to(self, row: int) -> None:
        super().move_to(row)
        self.tail = self.cursor >= self.count() - 1

    def update_rows(self) -> None:
        self.tail = self.tail and (self.in_sight or self.row is None)
        super().update_rows()
        if self.tail and self.display and self.cursor < self.count() - 1:
            super().move_to(self.count() - 1)

    def on_show(self) -> None:
        self.update_rows()

    def watch_tail(self) -> None:
        self.post_message(self.Tailed())

    def on_blur(self) -> None:
        focused = self.screen.focused
        if focused is not None and any(isinstance(each, Details) for each in focused.ancestors):
            self.tail = False


class LiveScreen(MainScreen):
    """What a session gives, as it comes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *hidden(SeekingScreen.BINDINGS, "w,ctrl+s"),
        Binding("p", "pause", "Pause", tooltip="Hold the screen still, or let it go on; sniffing goes on"),
        Binding("C,f5,ctrl+l", "clear", "Clear", tooltip="Forget all rows so far"),
        Binding("R", "restart", "Restart", tooltip="Begin anew; what was captured so far goes unless saved"),
        Binding("X", "stop", "Stop", tooltip="End the capture, and keep looking at it"),
        Binding("w,ctrl+s", "save", "Save", tooltip="Save packets so far, or what the pane shows"),
    ]
    LIST = LiveList
    capture: GrowingCapture

    class Restarted(Event):
        """There is another session."""

        def __init__(self, session: Session) -> None:
            self.session = session
            super().__init__()

    def __init__(
        self,
        capture: GrowingCapture,
        session: Session,
        settings: Settings,
        remember: Callable[[], None],
        filter_: str,
        begun: Callable[[Callable[[], Session]], Session],
    ) -> None:
        """`begun` begins another session, and answers for it."""
        super().__init__(capture, settings, remember, filter_)
        self.session = session
        self._begun = begun
        self._meter = Meter(session, capture)
        self._watched: Message | None = None
        """The message that shows below, of which more may come."""
        self._restarting = False
        self._shown = 0.0
        """When a row's fields and bytes showed first."""
        self._waits = False
        """Whether a timer will show those of the row that the list is at by then."""

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            yield widget
            if isinstance(widget, TitleBar):
                yield LiveBar()

    def on_mount(self) -> None:
        self.query_one(LiveBar).listens = self.session.listens
        self.exchanges.notice = self._empty
        self.set_interval(TICK, self._tick)

    @property
    def _empty(self) -> str:
        """What stands in the place of rows that are still to come."""
        verb = "Listening on" if self.session.listens else "Following"
        which = " that match the filter" if self.filter is not None else ""
        return f"{verb} {self.session.title}: associations{which} show here as soon as they begin."

    @property
    def filter_text(self) -> str:
        return self._filter_text

    # figures

    def _tick(self) -> None:
        bar = self.query_one(LiveBar)
        bar.traffic = self._meter.look()
        if not self.session.over:
            bar.state = "paused" if self.capture.paused else "live"
        else:
            bar.state = "stopped" if self.session.stopped else "ended"

    def on_live_list_tailed(self) -> None:
        self.query_one(LiveBar).tail = self.query_one(LiveList).tail

    # news

    def progressed(self, part: float | None) -> None:
        began = time.monotonic()
        self.call_after_refresh(self._drawn, began)
        super().progressed(part)
        self.query_one(TitleBar).part = None
        if part is None:
            if not self.session.over:  # reading came to grief
                self.session.stop()
            self._tick()
            trouble = self.query_one(LiveBar).trouble = self.session.trouble
            if trouble:
                text = f"{remedy(trouble)} What was captured stays; w saves it."
                self.notify(text, title=trouble, severity="error", timeout=LASTING, markup=False)

    def _drawn(self, began: float) -> None:
        """What came is on the screen: leave time for keys before the next comes."""
        self.capture.interval = max(INTERVAL, min(DUTY * (time.monotonic() - began), SELDOM))

    def changed(self) -> None:
        super().changed()
        self.query_one(Upper).outdate()
        if not self.rows and not self.capture.finished:
            self.exchanges.notice = self._empty
        message = self._watched
        if message is not None and whole(message):
            self._watched = None
            if self.focused is self.exchanges:
                self._show_unit()

    def _show_unit(self) -> None:
        """While new rows are followed, not of each: it would show for a moment only, and cost the most."""
        row, rest = self.exchanges.row, self._shown + CALM - time.monotonic()
        if row is not None and rest > 0 and self.query_one(LiveList).tail:
            if not self._waits:
                self._waits = True
                self.set_timer(rest, self._show_latest)
            return
        self._shown = time.monotonic()
        super()._show_unit()
        latest = row.message or (row.exchange.last if row.exchange else None) if row else None
        self._watched = None if latest is None or whole(latest) else latest

    def _show_latest(self) -> None:
        self._waits = False
        self._show_unit()

    # keys

    def action_pause(self) -> None:
        if not self.capture.finished:
            self.capture.paused = not self.capture.paused
            self._tick()

    def action_clear(self) -> None:
        self.capture.forget()
        self.exchanges.action_unmark()
        if self.capture.finished:
            self.take_news()
            self.catch_up()

    def action_stop(self) -> None:
        self.session.stop()
        self.capture.paused = False

    def action_restart(self) -> None:
        if not self._restarting:
            self._restarting = True
            self.working("beginning anew")
            self.run_worker(self._restart, thread=True, group="restart", exit_on_error=False)

    def _restart(self) -> None:
        """In a thread."""
        try:
            session = self._begun(self.session.again)
        except SnifferError as error:
            self.app.call_from_thread(self._failed, str(error))
        else:
            self.app.call_from_thread(self.post_message, self.Restarted(session))

    def _failed(self, why: str) -> None:
        self._restarting = False
        self.working("")
        self.notify(why, title="Not begun anew", severity="error", timeout=LASTING, markup=False)
