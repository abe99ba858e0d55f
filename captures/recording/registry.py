"""The list of recipes, and what happens around each: stage, capture, expectation."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .processes import find_program
from .stage import Stage, stage
from .truth import Association
from .versions import fill_in_versions

CAPTURES = Path(__file__).resolve().parents[1]

Act = Callable[[Stage], list[Association]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One capture: what it shows, who makes it, and how."""

    file: str
    shows: str
    made: str  # "echoscu {dcmtk} -> storescp {dcmtk}": versions are filled in
    act: Act
    tools: tuple[str, ...] = ()
    note: str | None = None
    more_files: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.file.partition(".")[0]

    def expected(self, folder: Path = CAPTURES) -> Path:
        """Where the peers' own account of it lies."""
        return folder / "expected" / f"{self.name}.json"


RECIPES: dict[str, Recipe] = {}


def recipe(
    file: str,
    shows: str,
    made: str,
    *,
    tools: tuple[str, ...] = (),
    note: str | None = None,
    more_files: tuple[str, ...] = (),
) -> Callable[[Act], Act]:
    """Register the decorated function as the act that makes `file`."""

    def register(act: Act) -> Act:
        made_recipe = Recipe(file, shows, made, act, tools, note, more_files)
        RECIPES[made_recipe.name] = made_recipe
        return act

    return register


def record(made: Recipe, folder: Path = CAPTURES) -> None:
    """Record one capture into `folder` and write what its peers say beside it.

    What is there is replaced only when the recording has succeeded.
    """
    for tool in made.tools:
        find_program(tool)
    expected: dict[str, Any] = {
        "capture": made.file,
        "made_with": fill_in_versions(made.made),
        "shows": made.shows,
    }
    if made.more_files:
        expected["captures"] = [made.file, *made.more_files]
    if made.note is not None:
        expected["note"] = made.note
    with stage(made.file) as place:
        associations = made.act(place)
        for file in (made.file, *made.more_files):
            shutil.copyfile(place.output / file, folder / file)
    expected["associations"] = [association.as_json() for association in associations]
    made.expected(folder).parent.mkdir(exist_ok=True)
    made.expected(folder).write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
