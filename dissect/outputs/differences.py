"""What differs between two associations, side by side, as text or a JSON object a line.

                                left.pcap #1                  right.pcap #1
Acceptor
  maximum length                16384                         0
From run to run
  message 1: response time      0.387 ms                      48.212 ms
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap

from dissect.differences import Difference
from dissect.outputs.words import Look, clean, plural

MOST_VOLATILE = 12
"""Rows that differ from run to run, up to which they are told without being asked for."""
MOST_NARROW = 40
"""Columns that are used however few there are."""


def differences_text(
    rows: Sequence[Difference], titles: tuple[str, str], look: Look, *, everything: bool
) -> Iterator[str]:
    """Rows that differ, those apart that differ from run to run anyway; `everything`: all of those."""
    real = [row for row in rows if row.matters]
    volatile = [row for row in rows if row.differs and row.volatile]
    told = volatile if everything else volatile[:MOST_VOLATILE]
    path = max((len(row.path) for row in (*real, *told)), default=0) + 4
    path = min(path, max(look.width, MOST_NARROW) * 2 // 5)
    value = (max(look.width, MOST_NARROW) - path) // 2
    if real or volatile:
        left, right = (look.cut(clean(title), value - 2) for title in titles)
        yield f"{'':<{path}}{look.paint(f'{left:<{value}}', 'bold')}{look.paint(right, 'bold')}\n"
    section = ""
    for row in real:
        if row.section != section:
            section = row.section
            yield look.paint(clean(section), "bold") + "\n"
        yield from _lines(clean(row.path), row, path, value, look)
    if told:
        yield look.paint("From run to run", "bold") + "\n"
        for row in told:
            yield from _lines(clean(f"{row.section}: {row.path}"), row, path, value, look)
        if len(told) < len(volatile):
            yield look.paint(f"  and {len(volatile) - len(told):,} more; --all shows them\n", "dim")
    count = f"{len(real):,} of {plural(len(rows), 'row')} differ" if real else "Nothing differs that matters"
    more = f", {len(volatile):,} differ from run to run" if volatile else ""
    yield f"{count}{more}.\n"


def _lines(name: str, row: Difference, path: int, value: int, look: Look) -> Iterator[str]:
    """Name and values, each on as many lines as it needs."""
    cells = [wrap(name, path - 4), *(_folded(_shown(text), value - 2) for text in (row.left, row.right))]
    for number in range(max(map(len, cells))):
        at, left, right = (cell[number] if number < len(cell) else "" for cell in cells)
        yield (
            f"  {at:<{path - 2}}{look.paint(f'{left:<{value}}', 'red')}{look.paint(right, 'yellow')}".rstrip()
            + "\n"
        )


def _shown(text: str | None) -> str:
    return "absent" if text is None else clean(text) or "empty"


def _folded(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)] or [""]


def differences_ndjson(rows: Sequence[Difference]) -> Iterator[str]:
    """An object for each row that differs; null is what one side has not."""
    for row in rows:
        if row.differs:
            found = {
                "section": row.section,
                "path": row.path,
                "left": row.left,
                "right": row.right,
                "volatile": row.volatile,
            }
            yield json.dumps(found, separators=(", ", ": ")) + "\n"
