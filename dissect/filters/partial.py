"""One element of a data set, without reading the data set.

The headers of the top level are gone through up to the tag that is wanted, nested ones only to find their
end. The wanted element and the few that its value depends on are then read by `read_dataset`, as a small
data set of their own. At the first doubt (a hole, an odd header, another encoding than negotiated) the
whole is read instead: what a filter sees is always what the tree shows.
"""

from __future__ import annotations

from dissect.dicom import tables
from dissect.dicom.dataset import ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED, DataSet
from dissect.dicom.elements import read_dataset
from dissect.dicom.headers import CHAIN, Encoding, Header, Reader
from dissect.dicom.messages import Message
from dissect.dicom.vrs import LONG_LETTERS, SHORT_LETTERS
from dissect.dicom.walk import MAX_DEPTH
from dissect.pieces import Pieces

CHARACTER_SET, PIXEL_REPRESENTATION = 0x00080005, 0x00280103
HEAD = 1 << 16
"""Bytes of a data set that are looked at first: what people filter by stands near the beginning."""


class _DoubtError(Exception):
    """The data set cannot be gone through by its headers alone."""


def read_element(message: Message, tag: int) -> DataSet | None:
    """The data set of a message, or as much of it as has the elements with a tag of its top level.

    None where there is no data set, or none of those elements in it.
    """
    if not message.has_data_set:
        return None
    association = message.association
    context = association.context(message.context_id)
    uid = context.transfer_syntax if context and (context.accepted or context.inferred) else None
    syntax = tables.transfer_syntax(uid) if uid else None
    if syntax is not None and syntax.known and not syntax.deflated and not message.damage:
        encoding = Encoding(syntax.implicit, syntax.little)
        length = message.data_length
        for size in (HEAD, length) if length > HEAD else (length,):
            source = _head(message, size)
            try:
                parts = _Scan(source, length, encoding).find(tag)
            except _DoubtError:
                if len(source) == length:
                    break
                continue
            if not parts:
                return None
            small = Pieces(source)
            for start, stop in parts:
                small.append(start, stop - start)
            return read_dataset(small, syntax)
    return association.data_set(message)


def _head(message: Message, size: int) -> Pieces:
    """The first fragments of a data set, `size` bytes at least."""
    pieces = Pieces(message.framer.direction.pieces)
    runs = message.data_runs
    for index in range(0, len(runs), 2):
        pieces.append(runs[index], runs[index + 1])
        if len(pieces) >= size:
            break
    return pieces


class _Scan:
    """A walk along the headers of the beginning of a data set that has `length` bytes."""

    def __init__(self, source: Pieces, length: int, encoding: Encoding) -> None:
        self._stop = len(source)
        self._length = length
        self._encoding = encoding
        self._reader = Reader(source, 0, self._stop)
        if self._reader.holes or self._reader.chain(0, self._stop, encoding) < CHAIN:
            raise _DoubtError

    def find(self, tag: int) -> list[tuple[int, int]]:
        """Where the wanted element and those it depends on lie, in order; empty where it is not there."""
        found: list[tuple[int, int]] = []
        here = False
        position, last = 0, -1
        while position < self._length:
            header = self._header(position)
            if header.tag <= last:
                raise _DoubtError
            if header.tag > tag:
                break
            last, stop = header.tag, self._end(header, position, 0)
            if self._matters(header.tag, tag):
                found.append((position, stop))
            here = here or header.tag == tag
            position = stop
        return found if here else []

    def _matters(self, tag: int, wanted: int) -> bool:
        if tag in (wanted, CHARACTER_SET, PIXEL_REPRESENTATION):
            return True
        group = wanted >> 16
        return bool(group & 1) and tag >> 16 == group and 0x10 <= tag & 0xFFFF <= 0xFF  # a private creator

    def _header(self, position: int, *, nested: bool = False) -> Header:
        header = self._reader.header(position, self._stop, self._encoding)
        if header is None or (header.tag >> 16 == 0xFFFE and not nested):
            raise _DoubtError
        if self._encoding.implicit and header.tag >> 16 != 0xFFFE:
            letters = self._reader.peek(position, 6)[4:]
            if letters in SHORT_LETTERS or letters in LONG_LETTERS:
                raise _DoubtError  # in truth an explicit VR, or not
        return header

    def _end(self, header: Header, position: int, depth: int) -> int:
        """Where the element ends whose header stands at `position`."""
        value = position + header.size
        if header.length != UNDEFINED:
            stop = value + header.length
            if stop > self._length:
                raise _DoubtError
            return stop
        sequence = header.vr == "SQ" if header.explicit else tables.dictionary_vr(header.tag) == "SQ"
        if not sequence or depth > MAX_DEPTH:
            raise _DoubtError
        return self._items(value, depth)

    def _items(self, position: int, depth: int) -> int:
        while True:
            header = self._header(position, nested=True)
            if header.tag == SEQUENCE_DELIMITATION:
                return position + 8
            if header.tag != ITEM:
                raise _DoubtError
            position += 8
            position = (
                position + header.length if header.length != UNDEFINED else self._inside(position, depth)
            )

    def _inside(self, position: int, depth: int) -> int:
        while True:
            header = self._header(position, nested=True)
            if header.tag == ITEM_DELIMITATION:
                return position + 8
            if header.tag >> 16 == 0xFFFE:
                raise _DoubtError
            position = self._end(header, position, depth + 1)
