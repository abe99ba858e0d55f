#!/usr/bin/env python3
"""Draw the screenshots of README.md again, from captures of this directory: screens/NAME.svg.

screens.py            all of them
screens.py NAME...    these
screens.py --into DIR into another directory
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from pathlib import Path
from typing import NamedTuple

from dissect.lessons.courses import SHIPPED
from textual.pilot import Pilot
from tui.app import PduscopeApp, make_app
from tui.teach.app import COURSE, make_teach_app

HERE = Path(__file__).parent
SIZE = (120, 36)
FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
NO_SETTINGS = Path(os.devnull, "settings.json")
STEPS = 1000
"""Steps of 20 ms to wait for what is read or dissected."""


class Shot(NamedTuple):
    """A capture or a course, and the keys that lead to what is to be seen of it."""

    name: str
    keys: str


SHOTS = {
    "exchanges": Shot("print.pcap", "j j j j j enter j j j"),
    "ladder": Shot("move.pcap", "3 down down"),
    "findings": Shot("contexts-refused.pcap", "6 down enter"),
    "diff": Shot("contexts-refused.pcap", "m G h m d n n"),
    "lesson": Shot("the-pdu.md", "right right right right e right right right c c escape"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*SHOTS, []], metavar="NAME", help="screens to draw")
    parser.add_argument("--into", type=Path, metavar="DIR", default=HERE / "screens")
    wanted = parser.parse_args()
    wanted.into.mkdir(parents=True, exist_ok=True)
    into = wanted.into.resolve()
    os.chdir(HERE.parent)  # the title shows the path as given
    for name in wanted.names or SHOTS:
        (into / f"{name}.svg").write_text(asyncio.run(draw(SHOTS[name])), "utf-8")
        print(into / f"{name}.svg")


async def draw(shot: Shot) -> str:
    """The screen after the keys, as SVG in whatever font of fixed width a reader has."""
    app: PduscopeApp
    if shot.name.endswith(COURSE):
        app = make_teach_app(str(SHIPPED / shot.name), settings=NO_SETTINGS)
    else:
        app = make_app([Path("captures", shot.name)], settings=NO_SETTINGS)
    async with app.run_test(size=SIZE) as pilot:
        await settle(app, pilot)
        for key in shot.keys.split():
            await pilot.press(key)
            await settle(app, pilot)
        app.clear_notifications()
        await pilot.pause(0.1)
        return FONTS.sub("", app.export_screenshot(title=f"pduscope {shot.name}"))


async def settle(app: PduscopeApp, pilot: Pilot[None]) -> None:
    """Wait until all is read, judged and dissected."""
    await pilot.pause(0.15)
    for _ in range(STEPS):
        if (app.capture.finished or not app.capture.names) and all(
            worker.is_finished for worker in app.workers
        ):
            break
        await pilot.pause(0.02)
    await pilot.pause(0.05)


if __name__ == "__main__":
    main()
