"""Questions of a quiz and their answers: one of several, a number, or a place in the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.nodes import Node
from dissect.pieces import Span

_DECIMAL = re.compile(r"\d{1,18}")
_HEXADECIMAL = re.compile(r"0x([0-9a-f]{1,16})|([0-9a-f]{1,16})h|((?:[0-9a-f]{2} )+[0-9a-f]{2})", re.I)

VEIL = "?"
"""What is shown instead of a value that is asked for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers; `right` is the index of the right one."""

    options: tuple[str, ...]
    right: int

    def accepts(self, given: int) -> bool:
        return given == self.right

    @property
    def text(self) -> str:
        return self.options[self.right]


@dataclass(frozen=True, slots=True)
class Number:
    """A number, typed as people write them: 88, 0x58, 58H or the bytes 00 00 00 58."""

    value: int
    width: int
    """Bytes that it takes on the wire."""
    little: bool = False
    """Whether the least significant of them comes first; then they may be typed in that order too."""

    def accepts(self, given: str) -> bool:
        pairs = given.split()
        on_the_wire = " ".join(reversed(pairs)) if self.little and len(pairs) == self.width else given
        return self.value in (number(given), number(on_the_wire))

    @property
    def text(self) -> str:
        return f"{self.value:,} ({self.value:0{2 * self.width}X}H)"


@dataclass(frozen=True, slots=True)
class Place:
    """Any byte of `span`, which lies in the bytes of a direction."""

    span: Span
    name: str
    """What stands there."""

    def accepts(self, given: int) -> bool:
        return self.span.start <= given < self.span.stop

    @property
    def text(self) -> str:
        return self.name


Answer = Choice | Number | Place


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question about one PDU of an association."""

    kind: str
    """Such as "pdu-length": what a learner is to know."""
    text: str
    answer: Answer
    association: Association
    side: int
    pdu: Pdu
    span: Span
    """The bytes that answer it, in those of the direction; fields that reach into them stay hidden."""
    explanation: str
    reference: str
    bare: bool = False
    """Whether the names of the fields would give the answer away: then only the bytes are shown."""


def number(text: str) -> int | None:
    """What somebody typed for a number; None where it is none."""
    text = text.strip().replace(",", "")
    if _DECIMAL.fullmatch(text):
        return int(text)
    found = _HEXADECIMAL.fullmatch(text)
    if found is None:
        return None
    return int(next(group for group in found.groups() if group).replace(" ", ""), 16)


def veiled(tree: Node, span: Span) -> Node:
    """A tree of fields without what it says of the bytes of a span."""
    place = tree.span
    children = [veiled(child, span) for child in tree.children]
    if place is None or place.source is not span.source:
        return replace(tree, children=children)
    if place.start < span.stop and span.start < place.stop:
        return replace(tree, value=None, text=VEIL, children=children)
    return replace(tree, children=children)
