"""Explanations as text: bytes on the left, what they say on the right; readings of a number one by one.

0000  05                       PDU type: 0x05 (A-RELEASE-RQ)
                               Says which PDU this is. Legal: 1 to 7. [PS3.8 Table 9-24]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from textwrap import wrap

from dissect.explain import Depth, Explanation, Row
from dissect.outputs.words import Look, clean, plural

ROW = 8
"""Bytes on a line."""
MOST_PLACES = 8
MOST_LINES = 4
"""Lines of bytes of a field that is not explained byte by byte."""
NARROWEST = 32
"""Columns that words have on any screen."""
WIDEST = 100
"""Columns of words that are still pleasant to read."""
SIMPLER = str.maketrans({"•": "*", "…": "...", "×": "x", "“": '"', "”": '"', "✗": "!"})

HARD_SPACE = "\N{NO-BREAK SPACE}"
_CLAUSE = re.compile(r"\[PS3[^\]]*\]")

Where = Callable[[int], str]
"""Tells where the byte at a position stands in the text it was read from."""


class Explained:
    """Turns rows into lines, and remembers what was said once and what was wrong."""

    def __init__(self, depth: Depth, look: Look) -> None:
        self.depth = depth
        self.look = look
        self.wrong: list[str] = []
        self._said: set[tuple[str, str]] = set()

    def lines(self, rows: Iterable[Row], where: Where) -> Iterator[str]:
        """Lines of text, each with its end."""
        for number, row in enumerate(rows):
            if number and row.kind == "layer" and not row.depth:
                yield "\n"
            for line in self._lines(row, where):
                text = line.rstrip() + "\n"
                yield text if self.look.unicode else text.translate(SIMPLER)

    def verdict(self) -> str:
        """Whether anything was wrong, and where."""
        if not self.wrong:
            return "\n" + self.look.paint("Nothing here is wrong.", "green") + "\n"
        found = list(dict.fromkeys(self.wrong))
        places = "; ".join(found[:MOST_PLACES]) + ("; …" if len(found) > MOST_PLACES else "")
        text = f"{plural(len(self.wrong), 'place')} not as expected: {places}"
        text = "\n" + self.look.paint(text, "red") + "\n"
        return text if self.look.unicode else text.translate(SIMPLER)

    def _lines(self, row: Row, where: Where) -> Iterator[str]:
        left = self._bytes(row)
        margin = 6 + 3 * ROW + 1
        indent = 2 * row.depth
        room = min(max(self.look.width - margin - indent, NARROWEST), WIDEST)
        right = [" " * indent + line for line in self._words(row, room, where)]
        for one, other in zip_longest(left, right):
            yield f"{one or ' ' * margin}{other or ''}"

    def _bytes(self, row: Row) -> list[str]:
        place = "    " if row.start is None else f"{row.start:04x}"
        width = 3 * ROW + 1
        if row.secret or row.kind == "layer":
            count = plural(len(row.data), "byte") if row.data else ""
            return [self.look.paint(f"{place:<6}{count:<{width}}", "dim")]
        if not row.data:
            return [f"{place:<6}{'':<{width}}"]
        shown, lines = row.data[: ROW * MOST_LINES], []
        for at in range(0, len(shown), ROW):
            place = "    " if row.start is None else f"{row.start + at:04x}"
            digits = f"{shown[at : at + ROW].hex(' '):<{width}}"
            lines.append(self.look.paint(f"{place:<6}", "dim") + self.look.paint(digits, "cyan"))
        if len(row.data) > len(shown):
            more = f"and {len(row.data) - len(shown):,} bytes more"
            lines.append(self.look.paint(f"{'':<6}{more:<{width}}", "dim"))
        return lines

    def _words(self, row: Row, room: int, where: Where) -> Iterator[str]:
        yield from self._title(row, room)
        if row.wrong:
            place = where(row.start) if row.start is not None else ""
            self.wrong.append(place or (f"{row.start:04x}" if row.start is not None else row.name))
            text = f"✗ {row.wrong}{f' ({place})' if place else ''}"
            for line in _wrapped(text, room, "  "):
                yield self.look.paint(line, "red")
        for line in _wrapped(self._note(row), room):
            yield self.look.paint(line, "dim")

    def _title(self, row: Row, room: int) -> Iterator[str]:
        name, value = clean(row.name), row.value
        colon = "  " if row.kind == "layer" else ": "
        lines = _wrapped(f"{name}{colon}{value}" if value else name, room, "  ")
        if row.kind == "byte":
            yield from lines
            return
        yield self.look.paint(lines[0][: len(name)], "bold") + lines[0][len(name) :]
        yield from lines[1:]

    def _note(self, row: Row) -> str:
        """What it means, the first time; always where more is wanted because something is wrong."""
        if row.kind == "byte" or (self.depth == "items" and row.depth and not row.wrong):
            return ""
        key = (row.name, row.meaning)
        if key in self._said and not row.wrong:
            return ""
        self._said.add(key)
        parts = [row.meaning]
        if row.legal:
            parts.append(f"Legal: {row.legal}.")
        if row.trouble and (self.depth == "bytes" or row.wrong):
            parts.append(f"In practice: {row.trouble}")
        if row.clause:
            parts.append(f"[{row.clause}]")
        return " ".join(part for part in parts if part)


def readings(asked: str, found: list[Explanation], look: Look) -> Iterator[str]:
    """What a number or name may mean, the likeliest first."""
    width = min(max(len(each.what) for each in found), 30)
    room = min(max(look.width - width - 4, NARROWEST), WIDEST)
    yield look.paint(clean(asked), "bold") + "\n"
    for number, each in enumerate(found):
        text = f"{each.text}  [{each.clause}]" if each.clause else each.text
        lines = _wrapped(text, room)
        parts = [look.paint(line, "" if number else "bold") for line in lines]
        if each.picture:
            parts.append(look.paint(each.picture, "cyan"))
        parts += [look.paint(line, "dim") for line in _wrapped(each.why, room)]
        what = f"{each.what:<{width}}"
        if len(each.what) > width:
            parts.insert(0, "")
        for at, part in enumerate(parts):
            line = f"  {'' if at else what:<{width}}  {part}".rstrip() + "\n"
            yield line if look.unicode else line.translate(SIMPLER)


def _wrapped(text: str, room: int, indent: str = "") -> list[str]:
    """Lines of at most `room` columns; clauses in brackets and words with hyphens stay whole."""
    text = _CLAUSE.sub(lambda clause: clause[0].replace(" ", HARD_SPACE), clean(text))
    lines = wrap(text, room, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(HARD_SPACE, " ") for line in lines]
