"""pcapng blocks from `struct`, and reading captures back as rows that can be compared."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from dissect.wire.records import CaptureFile, RecordBatch


class Record(NamedTuple):
    """One record, as the tests compare it."""

    number: int
    time: int
    data: bytes
    original: int
    link: int


def rows(file: CaptureFile, batch: RecordBatch) -> list[Record]:
    """The rows of `batch`."""
    columns = (batch.time, batch.offset, batch.captured, batch.original, batch.link)
    return [
        Record(batch.first + index, int(time), file.read(int(at), int(at + size)), int(original), int(link))
        for index, (time, at, size, original, link) in enumerate(zip(*columns, strict=True))
    ]


def read(path: Path, limit: int = 65536) -> list[Record]:
    """All records of the file at `path`, asked for `limit` at a time."""
    with CaptureFile(path) as file:
        found = [row for batch in file.batches(limit) for row in rows(file, batch)]
    assert [record.number for record in found] == list(range(len(found)))
    return found


def findings(path: Path) -> list[tuple[str, int, int]]:
    """Rule, position and length of what is wrong with the file at `path`."""
    with CaptureFile(path) as file:
        for _ in file.batches():
            pass
        spans = [(found.rule, found.span) for found in file.findings]
    return [(rule, span.start, span.length) for rule, span in spans if span is not None]


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """An option of a pcapng block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    """A Section Header Block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    link: int = 1,
    order: str = "<",
    *,
    snaplen: int = 0,
    resolution: int | None = None,
    shift: int | None = None,
) -> bytes:
    """An Interface Description Block."""
    options = b""
    if resolution is not None:
        options += option(9, bytes([resolution]), order)
    if shift is not None:
        options += option(14, struct.pack(order + "q", shift), order)
    if options:
        options += option(0, b"", order)
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def packet(
    stamp: int,
    data: bytes,
    order: str = "<",
    *,
    number: int = 0,
    original: int | None = None,
    comments: tuple[str, ...] = (),
) -> bytes:
    """An Enhanced Packet Block of interface `number`; `stamp` in the units of that interface."""
    size = len(data) if original is None else original
    head = struct.pack(order + "IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF, len(data), size)
    options = b"".join(option(1, comment.encode(), order) for comment in comments)
    options = option(2, bytes(4), order) + options + option(0, b"", order) if options else b""
    return block(6, head + data + bytes(-len(data) % 4) + options, order)
