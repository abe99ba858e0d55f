"""Whole screens as text that were looked at once; `tests/outputs/golden.py` says how to renew them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.outputs.golden import CAPTURES, same
from tests.tui.screen import Player, play

GOLDEN = Path(__file__).parent / "golden"
SCREENS = {
    "main": ("print.pcap", "j j j j j enter j j", (120, 36)),
    "small": ("print.pcap", "j", (80, 24)),
    "ladder": ("move.pcap", "3", (120, 36)),
    "negotiation": ("contexts-refused.pcap", "2", (120, 36)),
    "help": ("print.pcap", "question_mark", (100, 60)),
}
"""Capture, keys, columns and lines."""
SCROLLBARS = re.compile("[▁▂▃▄▅▆▇█]")
"""Textual draws them otherwise from version to version."""


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_what_it_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    capture, keys, size = SCREENS[name]

    async def act(player: Player) -> None:
        for key in keys.split():
            await player.press(key)
            await player.settled()
        lines = SCROLLBARS.sub(" ", player.text()).splitlines()
        lines[-1] = re.sub(" +", " ", lines[-1])
        same(f"{name}.txt", "".join(f"{line.rstrip()}\n" for line in lines), GOLDEN)

    play(act, Path(capture), size=size)
