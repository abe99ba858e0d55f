"""An association with some of its bytes changed, read again by the ordinary reader.

Nothing is copied: the directions are put together anew from pieces of the capture and from the bytes that
were typed, each in the record that held what they replace. What was not captured stays not captured.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.dicom.associations import Association
from dissect.dicom.conversation import Conversation
from dissect.dicom.messages import Message
from dissect.pieces import HOLE
from dissect.wire.direction import Direction
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream


class Edit(NamedTuple):
    """In what a side sent, counted from the association's first byte: so many bytes give way to others."""

    side: int
    position: int
    removed: int
    inserted: bytes


class Piece(NamedTuple):
    """Bytes of a direction that lie in one row in the capture, or were typed; `record` brought them."""

    source: int
    length: int
    record: int


class _Patched(CaptureSource):
    """The capture, and behind its last byte the bytes that were typed."""

    def __init__(self, capture: CaptureSource) -> None:
        super().__init__()
        self._capture = capture
        self._end = len(capture)
        self._typed = bytearray()
        self._places: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return self._end + len(self._typed)

    @property
    def records(self) -> int:
        return self._capture.records

    def type_in(self, data: bytes, record: int) -> Piece:
        """Add bytes, as if a record had brought them."""
        start = len(self)
        self._places.append((start, record))
        self._typed += data
        return Piece(start, len(data), record)

    def read(self, start: int, stop: int) -> bytes:
        if start >= self._end:
            return bytes(self._typed[start - self._end : max(stop - self._end, 0)])
        return self._capture.read(start, min(stop, self._end))

    def gather(self, positions: npt.NDArray[np.int64], form: np.dtype[Any]) -> npt.NDArray[Any] | None:
        return None if positions.max() >= self._end else self._capture.gather(positions, form)

    def record_at(self, position: int) -> int:
        if position >= self._end:
            return self._places[bisect_right(self._places, (position, self.records)) - 1][1]
        return self._capture.record_at(position)

    def time(self, record: int) -> int:
        return self._capture.time(record)


class _Watcher:
    """Collects the associations that turn up."""

    def __init__(self) -> None:
        self.associations: list[Association] = []

    def began(self, association: Association) -> None:
        self.associations.append(association)
        association.index = len(self.associations)

    def said(self, message: Message) -> None:
        pass

    def changed(self, association: Association) -> None:
        pass


def pieces_of(association: Association, side: int) -> list[Piece]:
    """What a side sent in an association, piece by piece."""
    direction = association.framers[side].direction
    pieces = direction.pieces
    start, stop = association.reach(side)
    found = []
    for run in pieces.runs(start, stop):
        record = direction.records[pieces.number(run.position)]
        if direction.late:
            record = direction.record_of(run.position)
        found.append(Piece(run.source, run.length, record))
    return found


def read_again(
    association: Association, pieces: tuple[list[Piece], list[Piece]], edits: Sequence[Edit]
) -> list[Association]:
    """The associations that its bytes make up once they are edited: mostly one, perhaps none.

    `pieces` are those of both sides, as `pieces_of` gives them.
    """
    source = _Patched(association.source)
    sides = [list(each) for each in pieces]
    for edit in edits:
        sides[edit.side] = list(_edited(sides[edit.side], edit, source))
    before = association.stream
    stream = Stream(source, before.ends, association.first_record)
    stream.initiator, stream.closed, stream.reset = before.initiator, before.closed, before.reset
    stream.record, stream.rows, stream.ended = before.record, before.rows, True
    for side, direction in enumerate(stream.directions):
        _fill(direction, sides[side], association, side)
    watcher = _Watcher()
    Conversation(stream, source, association.readings, watcher, recognised=True).advance(final=True)
    return watcher.associations


def _fill(direction: Direction, pieces: list[Piece], association: Association, side: int) -> None:
    original = association.stream.directions[side]
    begins = association.reach(side)[0] > 0 or original.isn is not None
    direction.isn = (original.isn or 0) if begins else None
    direction.fin, direction.settled = original.fin, True
    direction.following = original.following
    direction.holes = sum(each.source == HOLE for each in pieces)
    for each in pieces:
        direction.pieces.append(each.source, each.length)
        direction.records.append(each.record)


def _edited(pieces: list[Piece], edit: Edit, source: _Patched) -> Iterator[Piece]:
    """The pieces with an edit made."""
    at, start, stop = 0, edit.position, edit.position + edit.removed
    typed = not edit.inserted
    record = pieces[-1].record if pieces else 0
    for piece in pieces:
        end = at + piece.length
        if at < start:
            yield _cut(piece, 0, min(start, end) - at)
        if not typed and start < end:
            typed = True
            yield source.type_in(edit.inserted, piece.record)
        if end > stop:
            yield _cut(piece, max(stop - at, 0), piece.length)
        at = end
    if not typed:
        yield source.type_in(edit.inserted, record)


def _cut(piece: Piece, start: int, stop: int) -> Piece:
    return Piece(piece.source if piece.source == HOLE else piece.source + start, stop - start, piece.record)
