"""A ladder as a picture (SVG): for reports and tickets, dark on light, no script and no font of its own.

             MOVER                    ARCHIVE
  time         |  C-STORE-RQ 1  CT Image  |  since the row before
0.089114       |------------------------->|        +983µs
               |    delayed ACK 40.6ms    |
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dissect.capture import Capture
from dissect.ladder import Ladder, Row
from dissect.outputs import words
from dissect.outputs.clock import date, seconds
from dissect.outputs.ladder import Label, held_while_sent, label, place
from dissect.outputs.statistics import lost_to
from dissect.outputs.words import Look, as_ascii, clean, plural

LEFT, RIGHT = 118, 96
"""Pixels of the times on either side."""
GAP_OF_TWO, GAP = 560, 400
"""Pixels between the lifelines, of two parties and of more."""
TOP, HEAD = 64, 58
"""Pixels of the title, and of the parties below it."""
STEP, HELD = 34, 24
"""Pixels of a row, and of what it was held up by."""
LETTER = 7.0
"""Pixels of a letter of 13 px, on average; what would be longer is cut."""
TITLE_LETTER = 10.5
"""Of one of the title, 17 px and bold."""
MARKER = 9
LOOK = Look()

INK, FAINT, RULE, PAPER, BAND = "#1f2933", "#66727f", "#c9d1d9", "#ffffff", "#f6f8fa"
HEAD_FILL, STALL, STALL_FILL = "#e8eef5", "#8a5300", "#fff3d6"
COLOURS = {
    "": INK,
    "bold": "#0b4f8a",
    "red": "#b3261e",
    "green": "#1a7f37",
    "yellow": "#8a5300",
    "cyan": "#0b6e99",
    "dim": FAINT,
}
"""By the names of `Look.paint`: dark enough to be read on white."""
SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"
MONO = "ui-monospace, 'SF Mono', Consolas, 'DejaVu Sans Mono', monospace"


def svg(capture: Capture, ladder: Ladder) -> Iterator[str]:
    """The lines of the picture, in ASCII: nothing in it says which encoding they are in."""
    return map(as_ascii, _drawn(capture, ladder))


def _drawn(capture: Capture, ladder: Ladder) -> Iterator[str]:
    gap = GAP_OF_TWO if len(ladder.columns) <= 2 else GAP
    lines = [LEFT + 70 + gap * number for number in range(len(ladder.columns))]
    width = lines[-1] + 70 + RIGHT if lines else LEFT + RIGHT
    height = TOP + HEAD + sum(_height(row) for row in ladder.rows) + 40
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{SANS}" font-size="13" fill="{INK}">\n'
    )
    yield "<defs>\n"
    for name, colour in COLOURS.items():
        yield (
            f'<marker id="head-{name or "ink"}" viewBox="0 0 10 10" refX="9.5" refY="5" '
            f'markerWidth="{MARKER}" markerHeight="{MARKER}" markerUnits="userSpaceOnUse" orient="auto">'
            f'<path d="M0 1 L10 5 L0 9 z" fill="{colour}"/></marker>\n'
        )
    yield "</defs>\n"
    yield f'<rect width="{width}" height="{height}" fill="{PAPER}"/>\n'
    yield from _title(capture, ladder, width)
    bottom = height - 24
    for at in lines:
        yield _line(at, TOP + HEAD - 8, at, bottom, RULE, width=1.5)
    for at, column in zip(lines, ladder.columns, strict=True):
        yield from _party(at, clean(column.title or "?"), place(column, LOOK), gap)
    y = TOP + HEAD
    several = len(ladder.associations) > 1
    for row in ladder.rows:
        yield from _row(row, lines, y, width, ladder.zero, several=several)
        y += _height(row)
    yield "</svg>\n"


def _height(row: Row) -> int:
    return STEP + (HELD if row.stalls else 0)


def _title(capture: Capture, ladder: Ladder, width: int) -> Iterator[str]:
    first = ladder.rows[0].time if ladder.rows else ladder.zero
    took = words.span_of_time(ladder.rows[-1].time - first) if ladder.rows else ""
    many = plural(len(ladder.associations), "association")
    name, letters = clean(capture.name), int((width - 48) / TITLE_LETTER)
    if len(name) > letters:  # of a path, the end tells most
        name = LOOK.ellipsis + name[1 - letters :]
    yield _text(24, 30, name, size=17, weight=600)
    yield _text(24, 50, f"{date(first, local=False)}, {many}, {took}", colour=FAINT, size=12)


def _party(at: int, title: str, where: str, gap: int) -> Iterator[str]:
    wide = max(len(title) * 8.5, len(where) * 6.6) + 24
    wide = min(wide, gap - 20)
    yield (
        f'<rect x="{at - wide / 2:g}" y="{TOP}" width="{wide:g}" height="40" rx="6" '
        f'fill="{HEAD_FILL}" stroke="{RULE}"/>\n'
    )
    yield _text(at, TOP + 17, title, size=14, weight=600, anchor="middle")
    yield _text(at, TOP + 33, where, colour=FAINT, size=11, anchor="middle", family=MONO)


def _row(row: Row, lines: list[int], y: int, width: int, zero: int, *, several: bool) -> Iterator[str]:
    start, end = lines[row.sender], lines[row.receiver]
    low, high = sorted((start, end))
    note = lost_to(row.stalls, LOOK)
    if note:
        top = y + (STEP - 5 if held_while_sent(row) else 3)
        yield (
            f'<rect x="{low + 1:g}" y="{top}" width="{max(high - low - 2, 2):g}" height="{HELD - 6}" '
            f'fill="{STALL_FILL}"/>\n'
        )
        yield _text((low + high) / 2, top + 13, note, colour=STALL, size=11, anchor="middle", weight=600)
        if not held_while_sent(row):
            y += HELD
    told = label(row, LOOK)
    colour = told.colour
    at = y + STEP - 10
    name = seconds(row.time - zero)
    yield _text(LEFT - 6, at + 4, name, colour=FAINT, size=11, anchor="end", family=MONO)
    if several:
        yield _text(LEFT - 96, at + 4, f"#{row.association.index}", colour=FAINT, size=11, family=MONO)
    if row.delta is not None:
        sign = "" if row.delta < 0 else "+"
        delta = f"{sign}{words.span_of_time(row.delta)}"
        yield _text(width - 18, at + 4, delta, colour=FAINT, size=11, anchor="end", family=MONO)
    if low != high:
        dashes = ' stroke-dasharray="5 3"' if row.what is None else ""
        head = "" if row.what is None else f' marker-end="url(#head-{colour or "ink"})"'
        yield _line(start, at, end, at, COLOURS[colour], extra=dashes + head)
    yield _label(told, (low + high) / 2, at - 6, int((high - low - 20) / LETTER))


def _label(told: Label, x: float, y: float, letters: int) -> str:
    """Name, status, what it is about and its size, as far as there is room."""
    colour = COLOURS[told.colour]
    parts = [(told.name, INK if told.status else colour, 600), (told.status, colour, 600)]
    parts += [(told.about, INK, 400), (told.size, FAINT, 400)]
    spans: list[str] = []
    room = letters
    for text, ink, weight in parts:
        if not text or room < 4:
            continue
        text = LOOK.cut(text, room)
        room -= len(text) + 2
        space = ' dx="10"' if spans else ""
        spans.append(f'<tspan{space} fill="{ink}" font-weight="{weight}">{escape(text)}</tspan>')
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle">{"".join(spans)}</text>\n'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    colour: str = INK,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
    family: str = "",
) -> str:
    font = f' font-family="{family}"' if family else ""
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}"{font}>{escape(text)}</text>\n'
    )


def _line(
    x: float, y: float, to_x: float, to_y: float, colour: str, *, width: float = 1.4, extra: str = ""
) -> str:
    return (
        f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" stroke="{colour}" '
        f'stroke-width="{width:g}"{extra}/>\n'
    )
