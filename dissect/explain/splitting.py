"""Where PDUs begin and end in bytes that may be wrong, incomplete, or no DICOM at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dissect.wire.strangers import Stranger, recognise

HEADER = 6
LOOKED_AT = 160
"""Bytes that show what something is that is not DICOM."""
FIRST_ITEM = 74
"""Position of the first item in an A-ASSOCIATE-RQ or -AC (PS3.8 Tables 9-11 and 9-17)."""
ITEMS = {1: (0x10, 0x20, 0x50), 2: (0x10, 0x21, 0x50)}
MOST_DATA = 1 << 28
"""A P-DATA-TF of more bytes is not believed."""


class Part(NamedTuple):
    """Bytes from `start` to `stop`: a PDU, its rest missing perhaps, or what is none.

    `believed` is the length that its contents add up to, where the stated one cannot be right.
    """

    start: int
    stop: int
    is_pdu: bool
    stranger: Stranger | None = None
    believed: int | None = None


def split(data: bytes) -> Iterator[Part]:
    """The PDUs in `data`, and what lies between them."""
    at = 0
    while at < len(data):
        stranger = recognise(data[at : at + LOOKED_AT]) if not begins(data, at) else None
        if stranger is not None:
            yield Part(at, len(data), False, stranger)
            return
        if not 1 <= data[at] <= 7:
            following = next((start for start in range(at + 1, len(data)) if begins(data, start)), len(data))
            yield Part(at, following, False)
            at = following
            continue
        stop, believed = _end(data, at)
        yield Part(at, stop, True, None, believed)
        at = stop


def _end(data: bytes, at: int) -> tuple[int, int | None]:
    """Where the PDU at `at` ends, and the length that it should state if that is another."""
    if len(data) < at + HEADER:
        return len(data), None
    stated = at + HEADER + int.from_bytes(data[at + 2 : at + HEADER], "big")
    if data[at] in (3, 5, 6, 7) and len(data) == at + 10 != stated:
        return len(data), 4
    if stated == len(data) or begins(data, stated):
        return stated, None
    natural = _contents_end(data, at)
    if natural is not None and natural != stated and (natural == len(data) or begins(data, natural)):
        return natural, natural - at - HEADER
    return min(stated, len(data)), None


def _contents_end(data: bytes, at: int) -> int | None:
    """Where the contents of a PDU end if its own length is not asked; None where they lead nowhere."""
    kind = data[at]
    if kind in (1, 2):
        end = at + FIRST_ITEM
        while end + 4 <= len(data) and data[end] in ITEMS[kind]:
            end += 4 + int.from_bytes(data[end + 2 : end + 4], "big")
        return end if at + FIRST_ITEM < end <= len(data) else None
    if kind == 4:
        end = at + HEADER
        while end + HEADER <= len(data) and data[end + 5] <= 3:
            size = int.from_bytes(data[end : end + 4], "big")
            if size < 2 or end + 4 + size > len(data):
                break
            end += 4 + size
        return end if end > at + HEADER else None
    return at + 10 if at + 10 <= len(data) else None


def begins(data: bytes, at: int) -> bool:
    """Whether a PDU may begin here: its type, its reserved byte and its length go together."""
    if len(data) < at + HEADER or not 1 <= data[at] <= 7 or data[at + 1]:
        return False
    length = int.from_bytes(data[at + 2 : at + HEADER], "big")
    if data[at] in (1, 2):
        return FIRST_ITEM - HEADER <= length <= 1 << 20
    if data[at] == 4:
        size = int.from_bytes(data[at + HEADER : at + 10].ljust(4, b"\0"), "big")
        return HEADER <= length < MOST_DATA and (len(data) < at + 10 or 2 <= size <= length - 4)
    return length == 4
