"""A row of a comparison."""

from __future__ import annotations

from typing import NamedTuple

from dissect.dicom.messages import Message
from dissect.pieces import Span

Spans = tuple[Span | None, Span | None]
FAR = 2
"""Times count as different from this factor on, if they are also NOTABLE ns apart."""
NOTABLE = 10_000_000


class Difference(NamedTuple):
    """What is at `path` on either side; None is what is not there. Rows that are equal are rows too.

    `volatile` is what differs from one run to the next though nothing changed: times, ports, generated UIDs.
    """

    section: str
    path: str
    left: str | None
    right: str | None
    differs: bool
    volatile: bool = False
    spans: Spans = (None, None)
    """The bytes that say so on either side, as far as there are such."""
    messages: tuple[Message | None, Message | None] = (None, None)
    """Whose data sets the bytes are in: inflated ones lie in no direction."""

    @property
    def matters(self) -> bool:
        return self.differs and not self.volatile


def row(
    section: str,
    path: str,
    left: object,
    right: object,
    *,
    volatile: bool = False,
    spans: Spans = (None, None),
) -> Difference:
    one, other = (None if value is None else str(value) for value in (left, right))
    return Difference(section, path, one, other, one != other, volatile, spans)


def time(
    section: str, path: str, left: int | None, right: int | None, *, spans: Spans = (None, None)
) -> Difference:
    """A row of two times in nanoseconds, which are never quite the same."""
    one, other = (None if each is None else f"{each / 1e6:,.3f} ms" for each in (left, right))
    if left is None or right is None:
        return Difference(section, path, one, other, left != right, volatile=True, spans=spans)
    far = abs(left - right) >= NOTABLE and max(left, right) >= FAR * min(left, right)
    return Difference(section, path, one, other, far, volatile=True, spans=spans)
