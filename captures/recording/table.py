"""The table of the captures, from what their peers recorded."""

from __future__ import annotations

import json

from .registry import CAPTURES, RECIPES, Recipe

HEADING = """\
| capture | shows | made with | associations | messages |
| --- | --- | --- | --- | --- |
"""


BEGIN, END = "<!-- captures -->\n", "<!-- end of captures -->\n"
"""What stands around the table in README.md."""


def write_table() -> None:
    """Put the table into README.md."""
    readme = CAPTURES.parent / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(before + BEGIN + table() + END + after, encoding="utf-8")


def table() -> str:
    return HEADING + "".join(_row(made) for made in RECIPES.values() if made.expected().exists())


def _row(made: Recipe) -> str:
    told = json.loads(made.expected().read_text(encoding="utf-8"))
    associations = told["associations"]
    messages = [message for each in associations for message in each["messages"]]
    missing = sum(message.get("captured", "whole") != "whole" for message in messages)
    count = f"{len(messages)}, {missing} not whole" if missing else str(len(messages))
    files = ", ".join(f"`{file}`" for file in told.get("captures", [told["capture"]]))
    cells = (files, told["shows"], told["made_with"], str(len(associations)), count)
    return "| " + " | ".join(cells) + " |\n"
