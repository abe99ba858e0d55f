"""A line of an explanation, and the lines that single bytes of a field get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from scapy.fields import AnyField, BitField, LEIntField, LEShortField, StrField

from dissect.layers.fields import ReservedField

MOST_BYTES = 64
"""Bytes of one field that get a row each."""


@dataclass(frozen=True, slots=True)
class Row:
    """A PDU, item or element, one of its fields, or one byte of a field."""

    kind: Literal["layer", "field", "byte"]
    depth: int
    """How deep it lies: 0 for a PDU."""
    start: int | None
    """Position of its first byte; None for a byte of what was inflated."""
    data: bytes
    name: str
    value: str = ""
    meaning: str = ""
    clause: str = ""
    legal: str = ""
    trouble: str = ""
    wrong: str = ""
    """What was expected instead; empty where all is as it should be."""
    secret: bool = False
    """Whether the bytes are a passcode or token and not to be shown."""


def single_bytes(row: Row, field: AnyField | None) -> Iterator[Row]:
    """A row for each byte of a field whose bytes do not all say the same."""
    data = row.data
    if row.secret or len(data) < 2 or isinstance(field, ReservedField) or row.start is None:
        return
    little = isinstance(field, LEIntField | LEShortField)
    text = isinstance(field, StrField) or field is None
    for at, byte in enumerate(data[:MOST_BYTES]):
        weight = at if little else len(data) - 1 - at
        value = _character(byte) if text else _place_value(byte, weight)
        yield Row("byte", row.depth + 1, row.start + at, data[at : at + 1], f"byte {at + 1}", value)
    if len(data) > MOST_BYTES:
        left = len(data) - MOST_BYTES
        yield Row("byte", row.depth + 1, row.start + MOST_BYTES, b"", f"and {left:,} bytes more")


def with_bits(row: Row, field: AnyField, taken: int) -> tuple[Row, int]:
    """A row of a bit field with its bits drawn where they lie; how many bits of the byte are taken then."""
    if not isinstance(field, BitField) or not row.data:
        return row, 0
    bits = f"{row.data[0]:08b}"
    drawn = "".join(bit if taken <= at < taken + field.size else "." for at, bit in enumerate(bits))
    after = taken + field.size
    return replace(row, value=f"{row.value}  {drawn[:4]} {drawn[4:]}"), after if after < 8 else 0


def _character(byte: int) -> str:
    if byte == 0x20:
        return "space"
    if 0x20 < byte < 0x7F:
        return f"'{chr(byte)}'"
    return "NUL" if not byte else f"{byte}"


def _place_value(byte: int, weight: int) -> str:
    """What a byte adds to the number it is part of."""
    unit = 256**weight
    return f"{byte} × {unit:,} = {byte * unit:,}" if weight else f"{byte}"
