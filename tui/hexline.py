"""One line of the hex view as segments of text: offset, hex, ASCII, and what is lit or marked in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from dissect.pieces import Pieces, Source
from tui.hexlayout import HexLayout

Marks = Callable[[int, int], Iterable[tuple[int, int, str]]]
"""Between two positions, the bytes (from, to) of a header ("pdu", "pdv") or a finding ("error", ...)."""

HOLE = "·"
"""Stands for a digit of a byte that was not captured."""


class Lights(NamedTuple):
    """What stands out among the bytes of a source."""

    lit: Sequence[tuple[int, int]]
    """In ascending order."""
    selected: tuple[int, int] | None
    cursor: int
    marks: Marks | None


def draw(
    source: Source,
    start: int,
    stop: int,
    offset: str,
    lay: HexLayout,
    lights: Lights,
    style: Callable[[str], Style],
) -> list[Segment]:
    """The line of the bytes from `start` to `stop`; `style` gives what each part of it looks like."""
    data = source.read(start, stop)
    missing = missing_bytes(source, start, stop)
    styles = _styles(start, stop, data, missing, lights, style)
    plain = Style.from_color(bgcolor=style("hex--byte").bgcolor)
    segments, at = [Segment(offset, style("hex--offset"))], len(offset)
    for index, byte in enumerate(data):
        column = lay.column(index)
        # what lights two neighbours lights the gap between them
        joined = index and styles[index].bgcolor == styles[index - 1].bgcolor
        gap = Style.from_color(bgcolor=styles[index].bgcolor) if joined else plain
        segments.append(Segment(" " * (column - at), gap))
        segments.append(Segment(HOLE * 2 if index in missing else f"{byte:02x}", styles[index]))
        at = column + 2
    segments.append(Segment(" " * (lay.text_at - at), plain))
    segments += [
        Segment(HOLE if index in missing else chr(byte) if 32 <= byte < 127 else ".", styles[index])
        for index, byte in enumerate(data)
    ]
    return segments


def missing_bytes(source: Source, start: int, stop: int) -> set[int]:
    """Which of the bytes from `start` to `stop`, counted from `start`, were not captured."""
    if not isinstance(source, Pieces):
        return set()
    gaps = source.gaps(start, stop)
    return {at - start for gap in gaps for at in range(gap.position, gap.position + gap.length)}


def digits(source: Source, start: int, stop: int) -> list[str]:
    """Each byte in hex."""
    missing = missing_bytes(source, start, stop)
    data = source.read(start, stop)
    return [HOLE * 2 if index in missing else f"{byte:02x}" for index, byte in enumerate(data)]


def _styles(
    start: int, stop: int, data: bytes, missing: set[int], lights: Lights, style: Callable[[str], Style]
) -> list[Style]:
    """The style of each byte: its own, and over it whatever lights it."""
    plain, zero = style("hex--byte"), style("hex--zero")
    styles = [plain if byte else zero for byte in data]
    for low, high, kind in lights.marks(start, stop) if lights.marks else ():
        for at in range(max(low, start), min(high, stop)):
            styles[at - start] = style(f"hex--{kind}")
    for index in missing:
        styles[index] = style("hex--hole")
    lit = style("hex--lit")
    over = Style(bold=lit.bold, bgcolor=lit.bgcolor)
    first = max(bisect_right(lights.lit, (start,)) - 1, 0)
    for low, high in lights.lit[first:]:
        if low >= stop:
            break
        for at in range(max(low, start), min(high, stop)):
            own = styles[at - start]  # of 16 colours, one stands for what is dim and for what is lit
            styles[at - start] = (plain if own is zero else own) + over
    if lights.selected:
        low, high = lights.selected
        for at in range(max(low, start), min(high, stop)):
            styles[at - start] += style("hex--selection")
    if start <= lights.cursor < stop:
        cursor = style("hex--cursor")
        styles[lights.cursor - start] += Style(reverse=cursor.reverse, underline=cursor.underline)
    return styles
