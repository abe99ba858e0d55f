"""Why a field exists, what the standard allows in it, and what goes wrong with it in practice.

The sentences stand in `fields/*.toml`, by the name of the field as the tree shows it; those of "Parent /
Field" go before those of "Field". Elements without sentences of their own have those of any element.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

FIELDS = Path(__file__).parent / "fields"
COMMAND_ELEMENT, DATA_ELEMENT, VALUE = "Command Element", "Data Element", "Value"
_TAG = re.compile(r"(\([0-9A-Fa-f]{4},[0-9A-Fa-fx]{4}\)) ?(.*)")
_NUMBERED = re.compile(r"(Value) \d+")


class Sentences(NamedTuple):
    """What a lesson says of a field, whatever its value."""

    why: str
    allowed: str
    wrong: str


@cache
def table() -> dict[str, Sentences]:
    """All sentences by field. Raises TypeError where an entry has not just the three."""
    found: dict[str, Sentences] = {}
    for path in sorted(FIELDS.glob("*.toml")):
        for name, entry in tomllib.loads(path.read_text("utf-8")).items():
            found[name] = Sentences(**entry)
    return found


def sentences(path: Sequence[str]) -> Sentences | None:
    """Those of the last of some names, which lead to it from a PDU; None where there are none."""
    known = table()
    kinds = [_kind(name) for name in path]
    names = [_TAG.sub(r"\2", name) for name in path]
    if kinds[-2:] == [COMMAND_ELEMENT, VALUE] and names[-2] in known:
        return known[names[-2]]  # what a command element is for is what its value is for
    for key in (" / ".join(kinds[-2:]), names[-1], kinds[-1]):
        if key in known:
            return known[key]
    return known[DATA_ELEMENT] if DATA_ELEMENT in kinds else None


def _kind(name: str) -> str:
    """What any element is called, and any of several values."""
    tag = _TAG.match(name)
    if tag is None:
        return _NUMBERED.sub(r"\1", name)
    return COMMAND_ELEMENT if tag[1].startswith("(0000,") else DATA_ELEMENT
