"""The whole application in a test: `play` runs it on a capture and lets somebody press keys."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.outputs.golden import CAPTURES
from tui.app import PduscopeApp, make_app
from tui.bars import Splitter, TitleBar
from tui.details import Details
from tui.exchanges import ExchangeList
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.main_screen import MainScreen

NO_SETTINGS = Path(os.devnull, "settings.json")
"""Where nobody can keep any, root neither."""
LONGEST = 30
"""Seconds to wait for what must come."""


class Player:
    """The application, and what a test looks at of it."""

    def __init__(self, app: PduscopeApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> MainScreen:
        found = self.app.screen_stack[1]
        assert isinstance(found, MainScreen)
        return found

    @property
    def table(self) -> ExchangeList:
        return self.screen.exchanges

    @property
    def title(self) -> TitleBar:
        return self.screen.query_one(TitleBar)

    @property
    def details(self) -> Details:
        return self.screen.query_one(Details)

    @property
    def tree(self) -> FieldTree:
        return self.screen.query_one(FieldTree)

    @property
    def bytes(self) -> HexView:
        return self.screen.query_one(HexView)

    @property
    def unit(self) -> str:
        """What the bar above the fields says they are of."""
        return self.screen.query_one("#split-list", Splitter).title

    @property
    def place(self) -> str:
        return self.screen.query_one("#split-list", Splitter).about

    def lines(self) -> list[str]:
        """The list as it is drawn, without its heading."""
        table = self.table
        lines = [table.render_line(y).text.rstrip() for y in range(1, table.size.height)]
        return [line for line in lines if line]

    def text(self) -> str:
        """The whole screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    def said(self) -> list[str]:
        return [each.message for each in self.app._notifications]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true."""
        for _ in range(LONGEST * 50):
            if true():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError("it never came true")

    async def settled(self) -> None:
        """Wait until all is read, judged, arranged and dissected."""
        details = self.details
        await self.until(
            lambda: (
                self.app.capture.finished
                and self.title.part is None
                and all(worker.is_finished for worker in self.app.workers)
                and (details.unit is None or details.dissected)
            )
        )


Act = Callable[[Player], Awaitable[None]]


def play(
    act: Act,
    capture: str | Path = "print.pcap",
    *,
    size: tuple[int, int] = (100, 30),
    settings: Path | None = None,
    filter_: str = "",
) -> None:
    """Open a capture of the shipped ones, or a file, wait until all is there, and act."""
    path = CAPTURES / capture if isinstance(capture, str) else capture

    async def run() -> None:
        app = make_app([path], settings=settings or NO_SETTINGS, filter_=filter_)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            player = Player(app, pilot)
            await player.settled()
            await act(player)

    asyncio.run(run())
