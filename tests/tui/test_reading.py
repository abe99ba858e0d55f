from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dissect.capture import Capture, Progress
from dissect.findings import Finding
from dissect.readings import READINGS
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.craft.network import ethernet, ipv4, pcap
from tests.outputs.golden import CAPTURES
from tests.tui.screen import NO_SETTINGS, Player, play
from tui import reading
from tui.app import make_app
from tui.reading import FollowedCapture, read


def test_news_tell_of_each_association_that_began_or_changed() -> None:
    capture = FollowedCapture([CAPTURES / "parallel.pcap"], readings=READINGS)
    began, changed = [], set()
    for _ in capture.read(8):
        news = capture.news()
        began += news.began
        changed |= news.changed
    assert set(began) == changed == set(capture.associations)
    assert len(began) == 3
    assert capture.news() == ([], set(), False)


def test_reading_reports_the_first_batch_at_once_and_ends_when_asked() -> None:
    capture = FollowedCapture([CAPTURES / "lossy.pcap"], readings=READINGS)
    reports: list[Progress] = []
    read(capture, reports.append, lambda: len(reports) > 0, batch=4)
    assert len(reports) == 1
    assert not capture.finished


def test_reading_waits_while_the_screen_is_busy() -> None:
    capture = FollowedCapture([CAPTURES / "echo.pcap"], readings=READINGS)
    capture.hold()
    began = time.monotonic()
    read(capture, lambda progress: None, lambda: False)
    assert time.monotonic() - began >= reading.MOMENT * 0.9
    assert capture.finished


class Gate:
    """Lets a capture be read batch by batch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._go = threading.Semaphore(0)
        whole = Capture.read

        def step(capture: Capture, batch: int = 4) -> Iterator[Progress]:
            for progress in whole(capture, 4):
                yield progress
                self._go.acquire(timeout=20)

        monkeypatch.setattr(FollowedCapture, "read", step)
        monkeypatch.setattr(reading, "INTERVAL", 0.0)

    def open(self, batches: int) -> None:
        self._go.release(batches)


def test_rows_come_while_reading_goes_on_and_the_cursor_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)

    async def run() -> None:
        app = make_app([CAPTURES / "print.pcap"], settings=NO_SETTINGS)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            player = Player(app, pilot)
            gate.open(6)
            await player.until(lambda: len(player.lines()) >= 3)
            assert player.title.part is not None
            assert 0 < player.title.part < 1
            assert "%" in player.text().splitlines()[0]
            assert "open" in player.lines()[0]
            assert "capture ends" not in player.lines()[0]
            await player.press("j", "j")
            row = player.table.row
            assert row is not None
            shown = len(player.lines())
            gate.open(999)
            await player.settled()
            assert len(player.lines()) == 11 > shown
            assert player.table.row == row
            assert "released" in player.lines()[0]
            assert "%" not in player.text().splitlines()[0]

    asyncio.run(run())


def test_a_filter_and_an_order_hold_for_what_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)

    async def run() -> None:
        path = CAPTURES / "print.pcap"
        app = make_app([path], settings=NO_SETTINGS, filter_="command == N-DELETE")
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            player = Player(app, pilot)
            player.screen._sort_by("id")
            player.screen._sort_by("id")
            gate.open(999)
            await player.settled()
            assert [line.split()[6] for line in player.lines()] == ["10", "9", "8"]

    asyncio.run(run())


def test_quitting_while_reading_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)

    async def run() -> None:
        app = make_app([CAPTURES / "lossy.pcap"], settings=NO_SETTINGS)
        async with app.run_test(size=(80, 24)) as pilot:
            gate.open(2)
            await pilot.pause(0.1)
            gate.open(1)
            await pilot.press("q")
        assert app.return_code == 0

    asyncio.run(run())
    gate.open(99)


def test_an_error_while_reading_is_told_and_what_was_read_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Capture.read

    def fail(capture: Capture, batch: int = 0) -> Iterator[Progress]:
        for number, progress in enumerate(whole(capture, 16)):
            if number == 3:
                raise OSError("the disk went away")
            yield progress

    monkeypatch.setattr(FollowedCapture, "read", fail)

    async def run() -> None:
        app = make_app([CAPTURES / "print.pcap"], settings=NO_SETTINGS)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            player = Player(app, pilot)
            await player.until(player.said)
            assert player.said() == ["Reading ended early: the disk went away"]
            assert "N-GET" in player.text()

    asyncio.run(run())


def test_findings_are_counted_once_all_is_read() -> None:
    async def act(player: Player) -> None:
        assert player.title.trouble == "1 error  1 warning"
        assert "1 error  1 warning" in player.lines()[0]

    play(act, "abort-provider.pcap", size=(160, 40))


def test_an_association_that_cannot_be_judged_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(self: object, association: object) -> list[Finding]:
        raise ValueError("odd")

    monkeypatch.setattr(type(READINGS), "judge", judge)

    async def act(player: Player) -> None:
        assert player.said() == ["Association 1 cannot be judged: odd"]
        assert "N-GET" in player.text()

    play(act)


def test_a_capture_without_packets_says_so(tmp_path: Path) -> None:
    async def act(player: Player) -> None:
        assert "This capture holds no packets." in player.text()
        await player.press(
            "j", "G", "space", "enter", "right_square_bracket", "2", "escape", "m", "s", "escape"
        )

    play(act, pcap(tmp_path / "none.pcap", []))


def test_a_capture_without_dicom_says_what_there_is_instead(tmp_path: Path) -> None:
    async def act(player: Player) -> None:
        assert "No DICOM associations in this capture." in player.text()
        assert "3 packets: 0 TCP, 3 udp." in player.text()

    datagram = ethernet(ipv4(bytes(20), "10.0.0.1", "10.0.0.2", protocol=17))
    play(act, pcap(tmp_path / "other.pcap", [(1_700_000_000_000_000_000, datagram)] * 3))


def test_tls_says_that_it_cannot_be_read() -> None:
    async def act(player: Player) -> None:
        assert "TLS" in player.text()

    play(act, "tls.pcap")


def test_a_capture_cut_short_is_shown_up_to_there_and_told_of(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release()
    path = talk.write(tmp_path / "cut.pcap")
    path.write_bytes(path.read_bytes()[:-30])

    async def act(player: Player) -> None:
        assert "C-ECHO" in player.text()
        assert any(each.startswith("warning: ") for each in player.said())

    play(act, path)


def test_a_message_that_cannot_be_dissected_still_shows_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def tree(self: object, message: object, *, show_secrets: bool) -> None:
        raise RuntimeError("no way")

    monkeypatch.setattr(type(READINGS), "message_tree", tree)

    async def act(player: Player) -> None:
        await player.press("j")
        await player.settled()
        assert player.said() == ["These bytes cannot be dissected: no way"]
        assert "0000  04 00" in player.text()

    play(act)
