"""The application on a capture that grows, and what begins one anew. `make_live_app` makes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

from textual.screen import Screen

from dissect.readings import READINGS
from dissect.wire.sniff import SnifferError
from tui.app import PduscopeApp
from tui.growing import GrowingCapture
from tui.interfaces import PickerScreen
from tui.live import LiveScreen
from tui.reading import FollowedCapture
from tui.sessions import Session

Begin = Callable[[str], Session]
"""Begins to listen on an interface. Raises SnifferError."""


class LiveApp(PduscopeApp):
    """One session at a time, which this closes."""

    def __init__(
        self,
        session: Session | None,
        begin: Begin | None,
        settings: Path | None,
        filter_: str,
        keep: int | None = None,
    ) -> None:
        super().__init__(FollowedCapture([]), settings, filter_)
        self.session = session
        self._begin = begin
        self._keep = keep
        self._sessions = [session] if session else []
        self._beginning = Lock()
        self._closed = False

    def first_screen(self) -> Screen[None]:
        return PickerScreen() if self.session is None else self._look_at(self.session)

    def _look_at(self, session: Session) -> LiveScreen:
        self.session = session
        self.capture = capture = GrowingCapture(session, session.title, readings=READINGS, keep=self._keep)
        return LiveScreen(capture, session, self.settings, self.remember, self._filter, self.begun)

    def begun(self, begin: Callable[[], Session]) -> Session:
        """Begin a session, in a thread: a sniffer takes a moment. Raises SnifferError."""
        with self._beginning:
            if self._closed:
                raise SnifferError("nobody looks any more")
            session = begin()
            self._sessions.append(session)
            return session

    def close(self) -> None:
        """End all sessions for good; one that is being begun is waited for, and leaves nothing behind."""
        with self._beginning:
            self._closed = True
        for session in self._sessions:
            session.close()

    def on_picker_screen_picked(self, event: PickerScreen.Picked) -> None:
        screen = event.screen

        begin = self._begin
        if begin is None:
            return

        def listen() -> None:
            try:
                session = self.begun(partial(begin, event.name))
            except SnifferError as error:
                self.call_from_thread(screen.refuse, str(error))
            else:
                self.call_from_thread(self._follow, session)

        self.run_worker(listen, thread=True, group="begin", exit_on_error=False)

    def on_live_screen_restarted(self, event: LiveScreen.Restarted) -> None:
        if isinstance(self.screen, LiveScreen):
            self._filter = self.screen.filter_text
        self._follow(event.session)

    def _follow(self, session: Session) -> None:
        """Look at another session than before, which ends."""
        before = self.session
        self.switch_screen(self._look_at(session))
        if before is not None:
            self.run_worker(before.close, thread=True, group="close", exit_on_error=False)


def make_live_app(
    session: Session | None = None,
    *,
    begin: Begin | None = None,
    settings: Path | None = None,
    filter_: str = "",
    keep: int | None = None,
) -> LiveApp:
    """The application on a session, or on the question where to `begin` one; `settings` as in `make_app`.

    It holds at most `keep` associations that ended.
    """
    return LiveApp(session, begin, settings, filter_, keep)
