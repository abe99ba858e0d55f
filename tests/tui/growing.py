"""The screen on a capture that grows when a test says so: `follow` opens it and lets somebody act."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from dissect.wire.sniff import Counts, SnifferError
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.live.feeds import records
from tests.tui.screen import NO_SETTINGS, Player
from tui.live import LiveScreen
from tui.live_app import LiveApp, make_live_app
from tui.livebar import LiveBar
from tui.sessions import Session

HEADER = 24
"""Bytes of a pcap file before its first record."""


class Spool:
    """A file that a test writes."""

    keeps: int | None = None
    moved = False

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.path = path
        self.over = False
        self._given = False
        path.touch()

    def next(self) -> str | None:
        if self._given or self.path.stat().st_size < HEADER:
            return None
        self._given = True
        return self.name

    def wait(self) -> None:
        raise AssertionError("a session waits itself")


class FakeSession(Session):
    """A network that says what a test lets it say. `begun` lists it and those that came of it."""

    listens = True

    def __init__(self, folder: Path, begun: list[FakeSession] | None = None) -> None:
        self.begun = [] if begun is None else begun
        self.begun.append(self)
        self.spool = Spool(folder / f"spool-{len(self.begun)}.pcap")
        super().__init__("wire0", self.spool)
        self.told: Counts | None = None
        self.why = self.refused = ""
        self.closed = False
        self._folder = folder
        self._given: dict[Talk, int] = {}
        """Packets of each conversation that were given."""

    @property
    def counts(self) -> Counts | None:
        return self.told

    @property
    def trouble(self) -> str:
        return self.why

    def give(self, *talks: Talk) -> None:
        """The packets of conversations that were not given yet, one conversation after the other."""
        for talk in talks:
            data = talk.write(self._folder / "talk.pcap").read_bytes()
            found = list(records(data))
            whole = [b"".join(pair) for pair in zip(found[1::2], found[2::2], strict=True)]
            fresh = whole[self._given.get(talk, 0) :]
            self._given[talk] = len(whole)
            begin = b"" if self.spool.path.stat().st_size else found[0]
            with self.spool.path.open("ab") as out:
                out.write(begin + b"".join(fresh))

    def end(self, why: str = "") -> None:
        self.why = why
        self.spool.over = True

    def stop(self) -> None:
        super().stop()
        self.spool.over = True

    def again(self) -> Session:
        if self.refused:
            raise SnifferError(self.refused)
        return FakeSession(self._folder, self.begun)

    def close(self) -> None:
        super().close()
        self.closed = True


def talk(number: int, echoes: int = 1, *, released: bool = True) -> Talk:
    """The `number`th association, a second behind the one before."""
    found = Talk(
        requestor_port=50000 + number, calling=f"SCU{number}",
        start=1_700_000_000_000_000_000 + number * 1_000_000_000,
    )  # fmt: skip
    found.associate([(1, VERIFICATION, [IMPLICIT])])
    for each in range(echoes):
        found.echo(message_id=each + 1)
    if released:
        found.release()
    return found


class Watcher(Player):
    """A player with a session."""

    app: LiveApp

    def __init__(self, player: Player, session: FakeSession) -> None:
        super().__init__(player.app, player.pilot)
        self.session = session

    @property
    def live(self) -> LiveScreen:
        screen = self.screen
        assert isinstance(screen, LiveScreen)
        return screen

    @property
    def bar(self) -> str:
        return self.live.query_one(LiveBar).render().plain

    async def rows(self, count: int) -> None:
        """Wait until there are so many rows, folded ones not counted."""
        await self.until(lambda: len(self.table.rows) == count)


Act = Callable[[Watcher], Awaitable[None]]


def follow(
    act: Act, folder: Path, *, size: tuple[int, int] = (120, 40), filter_: str = "", keep: int | None = None
) -> FakeSession:
    """Open the screen on a session of its own, and act; returns the session."""
    session = FakeSession(folder)

    async def run() -> None:
        app = make_live_app(session, settings=NO_SETTINGS, filter_=filter_, keep=keep)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await act(Watcher(Player(app, pilot), session))

    asyncio.run(run())
    return session
