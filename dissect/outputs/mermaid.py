"""A ladder as a sequence diagram for Mermaid, which wikis and issue trackers draw from text.

    sequenceDiagram
      participant P0 as MOVER<br/>127.0.0.1:34105
      participant P1 as ARCHIVE<br/>127.0.0.1:11112
      P0->>P1: A-ASSOCIATE-RQ, 1 context
      P1-->>P0: C-MOVE-RSP 1, Success (+1.07ms)

Requests have full lines, responses dashed ones, and what ends badly a cross.
"""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.messages import Message
from dissect.ladder import Ladder, Row
from dissect.outputs import words
from dissect.outputs.ladder import held_while_sent, label, place
from dissect.outputs.statistics import lost_to
from dissect.outputs.words import Look, clean

PLAIN = frozenset(" .,:-_()/+→µ×")
"""What means nothing to Mermaid, besides letters and digits."""
ANSWERS = (2, 6)
"""A-ASSOCIATE-AC and A-RELEASE-RP."""
REFUSALS = (3, 7)
"""A-ASSOCIATE-RJ and A-ABORT."""
LOOK = Look()


def mermaid(ladder: Ladder) -> Iterator[str]:
    """The lines of a diagram."""
    yield "sequenceDiagram\n"
    for number, column in enumerate(ladder.columns):
        name = escaped(clean(column.title or "?"))
        yield f"  participant P{number} as {name}<br/>{escaped(place(column, LOOK))}\n"
    several = len(ladder.associations) > 1
    for row in ladder.rows:
        lines = [f"  P{row.sender}{_arrow(row)}P{row.receiver}: {escaped(_text(row, several=several))}\n"]
        note = lost_to(row.stalls, LOOK)
        if note:
            low, high = sorted((row.sender, row.receiver))
            over = f"P{low}" if low == high else f"P{low},P{high}"
            lines.insert(held_while_sent(row), f"  Note over {over}: {escaped(note)}\n")
        yield from lines


def _arrow(row: Row) -> str:
    what = row.what
    if what is None:
        return "--x"
    if isinstance(what, Message):
        return "-->>" if what.is_response else "->>"
    return "-x" if what.kind in REFUSALS else "-->>" if what.kind in ANSWERS else "->>"


def _text(row: Row, *, several: bool) -> str:
    told = label(row, LOOK)
    parts = [part for part in (told.name, told.status, told.about, told.size) if part]
    text = ", ".join(parts)
    if several:
        text = f"({row.association.index}) {text}"
    if row.delta is not None:
        text += f" ({'' if row.delta < 0 else '+'}{words.span_of_time(row.delta)})"
    return text


def escaped(text: str) -> str:
    """Text that Mermaid takes for nothing else: the rest as character codes between # and ;."""
    return "".join(each if each.isalnum() or each in PLAIN else f"#{ord(each)};" for each in text)
