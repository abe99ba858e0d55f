"""Bytes beside a field: position in its direction, eight bytes a line in hex and ASCII."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.outputs.places import in_direction
from dissect.pieces import Pieces, Span

ROW = 8
FEW = 32
"""Bytes of a field that are shown unless all are asked for."""
WIDTH = 9 + 2 + 3 * ROW - 1 + 2 + ROW
"""Columns that a line of bytes takes."""
BLOCK = 1 << 16


def position(span: Span) -> str:
    """Where a span begins: in its direction or, marked with ~, in the buffer that it was inflated to."""
    placed = in_direction(span)
    return f" {placed.start:08x}" if placed else f"~{span.start:08x}"


def brief(span: Span) -> str:
    """The place of a field whose bytes are shown below it."""
    return f"{position(span)}  {f'[{span.length:,}]' if span.length else '':<{WIDTH - 11}}"


def rows(span: Span, *, full: bool = False) -> Iterator[str]:
    """All bytes of a span, or the first FEW and a count of the others."""
    if not span.length:
        yield brief(span)
        return
    stop = span.stop if full or span.length <= FEW else span.start + FEW
    for block in range(span.start, stop, BLOCK):
        end = min(block + BLOCK, stop)
        data, missing = span.source.read(block, end), _missing(span, block, end)
        for start in range(block, end, ROW):
            after = min(start + ROW, end)
            part = data[start - block : after - block]
            hexes = " ".join("--" if start + at in missing else f"{byte:02x}" for at, byte in enumerate(part))
            text = "".join(
                " " if start + at in missing else chr(byte) if 32 <= byte < 127 else "."
                for at, byte in enumerate(part)
            )
            where = position(Span(span.source, start, after - start))
            yield f"{where}  {hexes:<{3 * ROW - 1}}  {text:<{ROW}}"
    if stop < span.stop:
        yield f"{'':11}{f'and {span.stop - stop:,} bytes more':<{WIDTH - 11}}"


def _missing(span: Span, start: int, stop: int) -> set[int]:
    """Positions of bytes that were not captured."""
    if not isinstance(span.source, Pieces):
        return set()
    return {
        position
        for gap in span.source.gaps(start, stop)
        for position in range(gap.position, gap.position + gap.length)
    }
