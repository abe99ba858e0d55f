"""TCP segments as columns: what is handed from the reading of frames to the reading of streams."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.wire.gather import Positions


class Row(NamedTuple):
    """One row of Segments, by its columns."""

    record: int
    source_high: int
    source_low: int
    target_high: int
    target_low: int
    source_port: int
    target_port: int
    sequence: int
    acknowledgement: int
    flags: int
    window: int
    offset: int
    captured: int
    length: int


@dataclass(slots=True)
class Segments:
    """TCP segments as columns, one row a piece of payload; SYN, FIN, RST and pure ACK have rows too."""

    record: npt.NDArray[np.int64]
    """0-based record number, ascending."""
    source_high: npt.NDArray[np.uint64]
    source_low: npt.NDArray[np.uint64]
    target_high: npt.NDArray[np.uint64]
    target_low: npt.NDArray[np.uint64]
    """IP addresses as 128 bits; IPv4 as ::ffff:a.b.c.d."""
    source_port: npt.NDArray[np.uint16]
    target_port: npt.NDArray[np.uint16]
    sequence: npt.NDArray[np.uint32]
    acknowledgement: npt.NDArray[np.uint32]
    flags: npt.NDArray[np.uint8]
    """FIN 1, SYN 2, RST 4, PSH 8, ACK 16."""
    window: npt.NDArray[np.uint16]
    offset: npt.NDArray[np.int64]
    """Position of the payload in the file."""
    captured: npt.NDArray[np.int64]
    """Payload bytes that are there."""
    length: npt.NDArray[np.int64]
    """Payload bytes on the wire: more than captured where a snap length cut them."""

    def __len__(self) -> int:
        return len(self.record)

    @classmethod
    def of(cls, rows: list[Row]) -> Segments:
        """Columns of `rows`."""
        table = list(zip(*rows, strict=True)) or [()] * len(TYPES)
        return cls(*(np.array(column, kind) for column, kind in zip(table, TYPES, strict=True)))

    def take(self, index: Positions) -> Segments:
        """The rows at `index`."""
        return Segments(*(getattr(self, name)[index] for name in NAMES))

    @classmethod
    def join(cls, parts: list[Segments]) -> Segments:
        """The rows of all, one behind the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))

    @classmethod
    def merge(cls, one: Segments, other: Segments) -> Segments:
        """The rows of both, ascending by record."""
        if not len(other):
            return one
        both = cls.join([one, other])
        return both.take(np.argsort(both.record, kind="stable"))


NAMES = tuple(field.name for field in fields(Segments))
TYPES = ("i8", "u8", "u8", "u8", "u8", "u2", "u2", "u4", "u4", "u1", "u2", "i8", "i8", "i8")
