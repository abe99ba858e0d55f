"""What goes on behind the screen when somebody quits."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from dissect.search import Pattern, find_exchange
from tests.tui.screen import LONGEST, Player, play
from tui import seekers, threads
from tui.threads import Threads


def test_quitting_waits_for_no_thread_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    begun: list[threading.Thread] = []
    monkeypatch.setattr(threads, "PATIENCE", 0.05)

    def work() -> None:
        begun.append(threading.current_thread())
        go_on.wait(10 * LONGEST)

    async def act(player: Player) -> None:
        player.screen.run_worker(work, thread=True, exit_on_error=False)
        await player.until(lambda: begun)

    play(act)
    (thread,) = begun
    assert thread.is_alive()
    assert thread.daemon
    go_on.set()


def test_threads_that_end_soon_are_waited_for() -> None:
    own, go_on, done = Threads(), threading.Event(), threading.Event()

    def work() -> int:
        go_on.wait(LONGEST)
        done.set()
        return 7

    result: Future[int] = own.submit(work)
    threading.Timer(0.05, go_on.set).start()
    own.shutdown()
    assert done.is_set()
    assert result.result(LONGEST) == 7


def test_a_task_that_fails_tells_whoever_waits() -> None:
    result = Threads().submit(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        result.result(LONGEST)


def test_a_search_ends_where_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    go_on = threading.Event()
    looked: list[str] = []

    def find(lines: object, pattern: Pattern, *rest: object, **named: object) -> int | None:
        if pattern.text == "nowhere":
            asked.set()
            assert go_on.wait(LONGEST)
        try:
            return find_exchange(lines, pattern, *rest, **named)  # type: ignore[arg-type]
        except seekers.UnwantedError:
            looked.append(pattern.text)
            raise

    monkeypatch.setattr(seekers, "find_exchange", find)

    async def act(player: Player) -> None:
        await player.press("slash", *"nowhere", "enter")
        await player.until(asked.is_set)
        try:
            await player.press("slash", *"n-set", "enter")
        finally:
            go_on.set()
        await player.settled()
        assert looked == ["nowhere"]
        assert player.unit.startswith("N-SET-RQ")
        assert player.said() == []

    play(act)


def test_a_search_that_comes_to_grief_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: object, **named: object) -> int | None:
        raise ValueError("no such value")

    monkeypatch.setattr(seekers, "find_exchange", find)

    async def act(player: Player) -> None:
        await player.press("slash", *"n-set", "enter")
        await player.settled()
        assert player.said() == ["The search ended early: no such value"]
        assert player.title.work == ""

    play(act)
