"""Node: the only type that the tree and hex views know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dissect.pieces import Span


@dataclass(slots=True)
class Node:
    """A field, or what holds fields.

    `value` is what a program compares, `text` what a person reads. `span` holds its bytes, `note` says
    what it means, `reference` names the place in the standard that defines it.
    """

    name: str
    value: object = None
    text: str = ""
    span: Span | None = None
    note: str = ""
    reference: str = ""
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Itself and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()
