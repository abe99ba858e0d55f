"""An edition as pduscope bundles it: tables of tags, types, conditions as data, and enumerated values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import zstandard

if TYPE_CHECKING:
    from dicom_validator.validator.dicom_info import DicomInfo

KEPT = ("type", "cond", "enums")
"""What is kept of an attribute; its name is in pydicom's dictionary."""


def pack(name: str, info: DicomInfo) -> bytes:
    """What `dissect.editions` reads: no text of the standard, and each table of items once."""
    made = _Tables()
    modules = {_table(label): made.number(module) for label, module in info.modules.items()}
    titles = {uid: str(iod["title"]) for uid, iod in info.iods.items()}
    iods = {
        titles[uid]: {part: _usages(iod[part]) for part in ("modules", "group_macros")}
        for uid, iod in info.iods.items()
    }
    packed = {
        "edition": name,
        "tables": made.tables,
        "modules": modules,
        "iods": iods,
        "sop_classes": titles,
    }
    text = json.dumps(packed, separators=(",", ":"), ensure_ascii=False)
    return zstandard.ZstdCompressor(level=22).compress(text.encode())


class _Tables:
    """Tables of attributes by number, each after those of its items."""

    def __init__(self) -> None:
        self.tables: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def number(self, table: dict[str, Any]) -> int:
        made: dict[str, Any] = {}
        for tag, attribute in table.items():
            if tag == "include":
                made[tag] = [each | {"ref": _table(each["ref"])} for each in attribute]
                continue
            made[tag] = {key: attribute[key] for key in KEPT if key in attribute}
            if "items" in attribute:
                made[tag]["items"] = self.number(attribute["items"])
        key = json.dumps(made)
        if key not in self._numbers:
            self._numbers[key] = len(self.tables)
            self.tables.append(made)
        return self._numbers[key]


def _table(label: str) -> str:
    return label if label == "FuncGroup" else f"Table {label}"


def _usages(modules: dict[str, Any]) -> dict[str, Any]:
    """How modules are used: M, C or U, without the words beside it."""
    return {name: use | {"ref": _table(use["ref"]), "use": use["use"][:1]} for name, use in modules.items()}
