"""Field: what a name in a filter stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dissect.filters.elements import Found
from dissect.filters.exchanges import Bind
from dissect.filters.grammar import Name
from dissect.filters.kinds import Kind

OF_ASSOCIATION, OF_EXCHANGE, LOOKED_UP, OF_PARTS, JUDGED, DECODED = range(6)
"""What it costs to evaluate a field, cheapest first."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `bind` gives its values, `exists`, if there is any, says whether it is there."""

    name: str
    kind: Kind
    text: str
    example: str
    cost: int
    bind: Bind
    exists: Bind | None = None
    family: Callable[[Name], Found] | None = None
    """Of a row that stands for many fields: what one of them is."""

    @property
    def type(self) -> str:
        return "as its VR says" if self.family else self.kind.name.removeprefix("a ").removeprefix("an ")
