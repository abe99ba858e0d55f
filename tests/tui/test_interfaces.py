"""The choice of an interface: what is listed, what goes through each, and what comes of choosing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import OptionList

from dissect.wire import sniff
from dissect.wire.sniff import Interface, SnifferError
from tests.tui.growing import FakeSession, talk
from tests.tui.screen import NO_SETTINGS, Player
from tui import interfaces
from tui.interfaces import PickerScreen
from tui.live import LiveScreen
from tui.live_app import Begin, make_live_app
from tui.sessions import Session

FOUND = [
    Interface("lo", ("127.0.0.1", "::1"), "", up=True, loopback=True),
    Interface("eth1", (), "", up=False),
    Interface("eth0", ("10.0.0.1",), "to the archive", up=True),
]


@pytest.fixture(autouse=True)
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Interface]:
    """Interfaces that are not there, and what Linux would count of two of them."""
    listed = list(FOUND)
    monkeypatch.setattr(sniff, "interfaces", lambda: listed)
    monkeypatch.setattr(interfaces, "COUNTERS", tmp_path)
    monkeypatch.setattr(interfaces, "TICK", 1000)  # a test says when to look
    for name in ("lo", "eth0"):
        count(tmp_path, name, 0, 0)
    return listed


def count(folder: Path, name: str, packets: int, octets: int) -> None:
    place = folder / name / "statistics"
    place.mkdir(parents=True, exist_ok=True)
    for way in ("rx", "tx"):
        (place / f"{way}_packets").write_text(f"{packets}\n")
        (place / f"{way}_bytes").write_text(f"{octets}\n")


def pick(act: Callable[[Player], Awaitable[None]], begin: Begin) -> None:
    async def run() -> None:
        app = make_live_app(begin=begin, settings=NO_SETTINGS)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await act(Player(app, pilot))

    asyncio.run(run())


def refuse(name: str) -> Session:
    raise SnifferError(f"no permission to listen on {name}: ask somebody")


def test_interfaces_are_listed_best_first_with_state_addresses_and_traffic(
    tmp_path: Path, found: list[Interface]
) -> None:
    async def act(at: Player) -> None:
        lines = [line.strip("│ ").split() for line in at.text().splitlines() if "│" in line]
        assert [line[:2] for line in lines[1:4]] == [["eth0", "up"], ["lo", "up"], ["eth1", "down"]]
        assert lines[1][-4:] == ["10.0.0.1", "to", "the", "archive"]
        screen = at.app.screen
        assert isinstance(screen, PickerScreen)
        count(tmp_path, "eth0", 5_000, 7_000_000)
        screen._look()
        await at.until(lambda: "B  10.0.0.1" in at.text())
        assert "0 B  10.0.0.1" not in at.text()
        row = {line.split()[1]: line for line in at.text().splitlines() if "lo " in line or "eth1 " in line}
        assert "0 B" in row["lo"]
        assert "0 B" not in row["eth1"]  # nobody knows
        await at.press("j")
        found.remove(FOUND[2])
        screen._look()
        await at.until(lambda: "eth0" not in at.text())
        assert at.app.screen.query_one(OptionList).highlighted == 0  # still lo
        found.clear()
        screen._look()
        await at.until(lambda: "There is no network interface here." in at.text())

    pick(act, refuse)


def test_the_screen_opens_on_the_interface_that_was_chosen(tmp_path: Path) -> None:
    begun: list[str] = []
    session = FakeSession(tmp_path)

    def begin(name: str) -> Session:
        begun.append(name)
        return session

    async def act(at: Player) -> None:
        await at.press("j", "enter")
        await at.until(lambda: isinstance(at.app.screen, LiveScreen))
        session.give(talk(1))
        await at.until(lambda: "SCU1" in at.text())
        assert begun == ["lo"]
        await at.press("q")

    pick(act, begin)


def test_why_an_interface_cannot_be_listened_on_is_told_and_another_can_be_chosen(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)

    async def act(at: Player) -> None:
        await at.press("enter")
        await at.until(lambda: "no permission to listen on eth0: ask somebody" in at.text())
        await at.press("down", "enter")
        await at.until(lambda: isinstance(at.app.screen, LiveScreen))

    pick(act, lambda name: refuse(name) if name == "eth0" else session)


def test_the_keys_are_in_the_footer_and_in_the_help() -> None:
    async def act(at: Player) -> None:
        assert "Listen" in at.text().splitlines()[-1]
        await at.press("?")
        await at.until(lambda: "Listen on the interface" in at.text())
        await at.press("escape", "q")
        assert at.app.return_code == 0

    pick(act, refuse)
