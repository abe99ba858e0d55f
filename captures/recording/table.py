"""The table of the captures, from what their peers recorded."""

from __future__ import annotations

import json

from .registry import CAPTURES, RECIPES, Recipe

HEADING = """\
| capture | shows | made with | associations | messages |
| --- | --- | --- | --- | --- |
"""


def write_table() -> None:
    rows = [_row(made) for made in RECIPES.values() if made.expected.exists()]
    (CAPTURES / "TABLE.md").write_text(HEADING + "".join(rows), encoding="utf-8")


def _row(made: Recipe) -> str:
    told = json.loads(made.expected.read_text(encoding="utf-8"))
    associations = told["associations"]
    messages = [message for each in associations for message in each["messages"]]
    missing = sum(message.get("captured", "whole") != "whole" for message in messages)
    count = f"{len(messages)}, {missing} not whole" if missing else str(len(messages))
    files = ", ".join(f"`{file}`" for file in told.get("captures", [told["capture"]]))
    cells = (files, told["shows"], told["made_with"], str(len(associations)), count)
    return "| " + " | ".join(cells) + " |\n"
