"""Saving packets and views: what is chosen, named, written, refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from pydicom import dcmread
from textual.pilot import Pilot
from textual.widgets import Button, Input, RadioSet, Static

import dissect
from dissect.capture import Capture
from tests.tui.stage import Stage
from tui.saving import SaveScreen, dicom_file, packets, view

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.fixture
def capture() -> Capture:
    return dissect.open(CAPTURES / "parallel.pcap")


def asked(capture: Capture) -> SaveScreen:
    return SaveScreen([
        packets(capture, "Association 2", capture.associations[1:2], "association-2"),
        packets(capture, "All shown", capture.associations, "shown"),
        view(capture, "The list", lambda: ["one", "two →"], "list"),
    ])  # fmt: skip


@pytest.fixture
def screen(capture: Capture) -> SaveScreen:
    return asked(capture)


class Played:
    """A save screen while keys are pressed, and what is left of it."""

    def __init__(self, screen: SaveScreen) -> None:
        self.screen = screen
        self.stage = Stage(Button())
        self.told: list[str] = []
        self.line = ""
        self.gone = self.locked = False

    def play(self, *keys: str, path: Path | None = None) -> Played:
        async def act(pilot: Pilot[None]) -> None:
            self.stage.push_screen(self.screen)
            await pilot.pause()
            if path is not None:
                self.screen.query_one(Input).value = str(path)
            for key in keys:
                await pilot.press(key)
                await self.stage.workers.wait_for_complete()
                await pilot.pause()
            self.gone = self.stage.screen is not self.screen
            if not self.gone:
                self.line = str(self.screen.query_one("#save-says", Static).visual)
                self.locked = self.screen.query_one(Input).disabled
            self.told = [each.message for each in self.stage._notifications]

        self.stage.play(act)
        return self


def test_packets_of_an_association_go_to_a_file(screen: SaveScreen, capture: Capture, tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    played = Played(screen).play("enter", path=path)
    assert played.gone
    (association,) = dissect.open(path).associations
    count = dissect.open(path).source.records
    assert played.told == [f"Saved {count} packets of 1 association to {path}"]
    assert association.calling_ae == capture.associations[1].calling_ae


def test_another_choice_is_saved_and_suggests_another_name(
    screen: SaveScreen, capture: Capture, tmp_path: Path
) -> None:
    stage = Stage(Button())

    async def act(pilot: Pilot[None]) -> None:
        stage.push_screen(screen)
        await pilot.pause()
        field = screen.query_one(Input)
        assert field.value == "parallel-association-2.pcap"
        await pilot.press("tab", "down", "enter")
        assert screen.query_one(RadioSet).pressed_index == 1
        assert field.value == "parallel-shown.pcap"
        field.value = str(tmp_path / "mine.pcap")
        await pilot.press("down", "enter")
        assert field.value == str(tmp_path / "mine.pcap")
        await pilot.press("up", "enter", "shift+tab", "enter")
        await stage.workers.wait_for_complete()

    stage.play(act)
    assert len(dissect.open(tmp_path / "mine.pcap").associations) == len(capture.associations)


def test_a_view_is_saved_as_text(capture: Capture, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    screen = SaveScreen([view(capture, "The list", lambda: ["one", "two →"], "list")])
    played = Played(screen).play("enter", path=path)
    assert played.told == [f"Saved 2 lines to {path}"]
    assert path.read_text("utf-8") == "one\ntwo →\n"


def test_a_file_that_is_there_is_written_over_at_the_second_enter_only(
    capture: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "out.pcap"
    path.write_text("mine")
    played = Played(asked(capture)).play("enter", path=path)
    assert not played.gone
    assert played.line == "There is such a file already: Enter again to write over it."
    assert path.read_text() == "mine"
    assert Played(asked(capture)).play("enter", "enter", path=path).gone
    assert dissect.open(path).associations


def test_the_capture_itself_is_refused(screen: SaveScreen) -> None:
    played = Played(screen).play("enter", "enter", path=CAPTURES / "parallel.pcap")
    assert not played.gone
    assert "this is the capture itself" in played.line


def test_what_fails_is_a_notification_and_can_be_tried_again(screen: SaveScreen, tmp_path: Path) -> None:
    played = Played(screen).play("enter", path=tmp_path / "no" / "such")
    assert not played.gone
    assert "cannot be written (No such file or directory)" in played.line
    assert played.told == [played.line]
    assert not played.locked


def test_a_data_set_becomes_a_dicom_file(tmp_path: Path) -> None:
    capture = dissect.open(CAPTURES / "get.pcap")
    exchange = next(each for each in capture.associations[0].exchanges if each.parent)
    request, response = exchange.first, exchange.responses[0]
    choice = dicom_file(capture, request, exchange)
    assert choice is not None
    assert choice.name == f"{request.command_set.sop_instance}.dcm" if request.command_set else False
    played = Played(SaveScreen([choice])).play("enter", path=tmp_path / "one.dcm")
    assert played.gone
    assert played.told == [f"Saved a data set of 8.79 kB to {tmp_path / 'one.dcm'}"]
    assert dcmread(tmp_path / "one.dcm") == request.dataset()
    assert dicom_file(capture, response, exchange) is None


def test_escape_saves_nothing(screen: SaveScreen, tmp_path: Path) -> None:
    played = Played(screen).play("escape", path=tmp_path / "out.pcap")
    assert played.gone
    assert played.told == []
    assert list(tmp_path.iterdir()) == []


def test_escape_stops_what_has_begun_and_leaves_no_file(capture: Capture, tmp_path: Path) -> None:
    began, go = Event(), Event()

    def lines() -> Iterator[str]:
        for number in range(10_000):
            if number == 5000:
                began.set()
                assert go.wait(30)
            yield "line"

    screen = SaveScreen([view(capture, "The list", lines, "list")])
    stage = Stage(Button())

    async def act(pilot: Pilot[None]) -> None:
        stage.push_screen(screen)
        await pilot.pause()
        screen.query_one(Input).value = str(tmp_path / "out.txt")
        await pilot.press("enter")
        while not began.is_set():
            await pilot.pause()
        await pilot.press("escape")
        assert stage.screen is not screen
        go.set()

    stage.play(act)
    assert list(tmp_path.iterdir()) == []
