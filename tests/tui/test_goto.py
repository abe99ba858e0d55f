"""Where to go, by number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tests.tui.stage import Stage
from tui.goto import GotoScreen, Target, TargetError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("41", Target("frame", 41)),
        ("f 41", Target("frame", 41)),
        ("Frame41", Target("frame", 41)),
        ("#3", Target("association", 3)),
        ("# 3", Target("association", 3)),
        ("a3", Target("association", 3)),
        ("association 3", Target("association", 3)),
        (" m 12 ", Target("message", 12)),
        ("message 12", Target("message", 12)),
        ("0x1A2b", Target("offset", 0x1A2B)),
        ("0x0", Target("offset", 0)),
        ("o 10", Target("offset", 10)),
        ("offset 0x10", Target("offset", 16)),
        ("m 0x10", Target("message", 16)),
    ],
)
def test_places_may_be_written_in_many_ways(text: str, target: Target) -> None:
    assert Target.parse(text) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a number is needed"),
        ("x", "a number is needed"),
        ("41 2", "a number is needed"),
        ("-1", "a number is needed"),
        ("0x", "a number is needed"),
        ("٣", "a number is needed"),
        ("z 4", "z is none of frame, message, association, offset"),
        ("0", "frames count from 1"),
        ("m 0", "messages count from 1"),
        ("9" * 5000, "nothing as far as that"),
    ],
)
def test_what_is_no_place_is_told_why(text: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        Target.parse(text)


@given(st.text())
def test_any_text_is_a_place_or_is_none(text: str) -> None:
    try:
        target = Target.parse(text)
    except TargetError:
        return
    assert Target.parse(f"{target}".replace(",", "")) == target


def went(*keys: str) -> tuple[list[Target | None], list[str]]:
    """What the screen answers to keys, and what it said after each."""
    stage, answers, said = Stage(Button()), list[Target | None](), list[str]()

    async def act(pilot: Pilot[None]) -> None:
        screen = GotoScreen()
        stage.push_screen(screen, answers.append)
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            if stage.screen is screen:
                said.append(str(screen.query_one("#goto-says", Static).visual))

    stage.play(act)
    return answers, said


def test_enter_goes_and_escape_stays() -> None:
    assert went("m", "7", "enter") == (
        [Target("message", 7)],
        ["a number is needed, such as 41, #3, m 12 or 0x1A2B", ""],
    )
    assert went("7", "escape")[0] == [None]


def test_a_wrong_place_is_told_and_not_gone_to() -> None:
    answers, said = went("z", "7", "enter")
    assert answers == []
    assert said[-1] == "z is none of frame, message, association, offset"
