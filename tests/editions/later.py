"""What later editions ask less for, by the tables of highdicom (MIT): what was of type 2 is of type 3 now."""

from __future__ import annotations

import json
from pathlib import Path

from pydicom.datadict import tag_for_keyword

from tests.editions.innolitics import Row, Tables

STRICTNESS = {"1": 4, "2": 3, "1C": 2, "2C": 1, "3": 0}


def relax(tables: Tables, directory: Path) -> int:
    """Give attributes the type of highdicom's `_standard` where that is milder. How many that were."""
    relaxed = 0
    later = json.loads((directory / "module_attribute_map.json").read_text(encoding="utf-8"))
    for module, rows in tables.module_rows.items():
        types = {_path(module, row): row["type"] for row in later.get(module, ())}
        for row in rows:
            milder = str(types.get(row["path"], row["type"]))
            if STRICTNESS.get(milder, 9) < STRICTNESS.get(row["type"], 0):
                row["type"] = milder
                relaxed += 1
    return relaxed


def _path(module: str, row: Row) -> str:
    tags = (tag_for_keyword(keyword) or 0 for keyword in (*row["path"], row["keyword"]))
    return ":".join((module, *(f"{tag:08x}" for tag in tags)))
