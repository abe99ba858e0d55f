"""Data sets with other UIDs in them, or in another transfer syntax.

Rule 1: what need not change is not copied, but read from where it was recorded when it is sent.
Rule 2: a length is worked out again where its content changes, and nowhere else.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Mapping

from dissect.dicom.dataset import (
    ITEM,
    ITEM_DELIMITATION,
    SEQUENCE_DELIMITATION,
    UNDEFINED,
    DataSet,
    Element,
    Item,
)
from dissect.dicom.elements import read_dataset
from dissect.dicom.headers import Encoding
from dissect.dicom.tables import Syntax
from dissect.dicom.values import value_vr
from dissect.dicom.vrs import REPRESENTATIONS, SHORT
from dissect.pieces import Buffer, Source, Span
from dissect.replay.names import CannotSendError

_INFLATING = ("deflate-damaged", "inflate-bomb", "dataset-truncated", "dataset-hole")
_BLOCK = 1 << 20


class Joined:
    """A Source that is made of spans of others, one after the other."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans
        self._starts: list[int] = []
        length = 0
        for span in spans:
            self._starts.append(length)
            length += span.length
        self._length = length

    def __len__(self) -> int:
        return self._length

    def read(self, start: int, stop: int) -> bytes:
        start, stop = max(start, 0), min(stop, self._length)
        found: list[bytes] = []
        index = bisect_right(self._starts, start) - 1
        while start < stop:
            span, offset = self._spans[index], start - self._starts[index]
            taken = min(span.length - offset, stop - start)
            found.append(span.source.read(span.start + offset, span.start + offset + taken))
            start += taken
            index += 1
        return b"".join(found)


class _Swapped:
    """A Source of values of `size` bytes, each the other way round."""

    def __init__(self, span: Span, size: int) -> None:
        self._span = span
        self._size = size

    def __len__(self) -> int:
        return self._span.length

    def read(self, start: int, stop: int) -> bytes:
        size, span = self._size, self._span
        first = start - start % size
        last = min(stop + -stop % size, span.length)
        data = bytearray(span.source.read(span.start + first, span.start + last))
        whole = len(data) - len(data) % size
        turned = bytearray(whole)
        for index in range(size):
            turned[index::size] = data[size - 1 - index : whole : size]
        data[:whole] = turned
        return bytes(data[start - first : stop - first])


def data_set(
    source: Source, recorded: Syntax | None, wanted: Syntax | None, uids: Mapping[str, str]
) -> Source:
    """The recorded bytes in the transfer syntax wanted, with `uids` in place of those recorded.

    Raises CannotSendError.
    """
    convert = wanted is not None and wanted != recorded
    if not convert and not uids:
        return source
    if convert and not (_native(recorded) and _native(wanted)):
        raise CannotSendError(
            f"{recorded.name if recorded else 'an unknown transfer syntax'} cannot be made "
            f"{wanted.name if wanted else 'another'} without loss"
        )
    read = read_dataset(source, recorded)
    if read.deflated is not None and any(each.rule in _INFLATING for each in read.findings):
        raise CannotSendError("its deflated bytes are damaged")
    target = Encoding(wanted.implicit, wanted.little) if convert and wanted else _encoding(read)
    deflated = wanted.deflated if wanted is not None and convert else read.deflated is not None
    changed = _Writer(target, uids).elements(read.elements, target)
    if changed is None:
        if deflated == (read.deflated is not None):
            return source
        changed = [Span(read.source, read.start, read.stop - read.start)]
    written = Joined(changed)
    return _deflated(written) if deflated else written


def _native(syntax: Syntax | None) -> bool:
    return syntax is not None and syntax.known and not syntax.encapsulated


def _encoding(read: DataSet) -> Encoding:
    return Encoding(read.implicit, read.little)


def _deflated(source: Source) -> Source:
    """A raw deflated stream, padded to an even length (PS3.5 A.5)."""
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    out = [stream.compress(source.read(at, at + _BLOCK)) for at in range(0, len(source), _BLOCK)]
    data = b"".join([*out, stream.flush()])
    return Buffer(data + b"\0" * (len(data) % 2))


class _Writer:
    """Writes elements again; each method gives None where the bytes can stay what they are."""

    def __init__(self, target: Encoding, uids: Mapping[str, str]) -> None:
        self._target = target
        self._uids = uids

    def elements(self, elements: list[Element], target: Encoding) -> list[Span] | None:
        rows = [(element, self._element(element, target)) for element in elements]
        if all(changed is None for _, changed in rows):
            return None
        found: list[Span] = []
        for element, changed in rows:
            if element.tag >= 0 and not element.tag & 0xFFFF:
                continue  # a group length, which nothing needs (PS3.5 7.2) and which is wrong by now
            found += [element.span] if changed is None else changed
        return found

    def _element(self, element: Element, target: Encoding) -> list[Span] | None:
        same = target == Encoding(element.scope.implicit, element.scope.little)
        if element.items is not None and not element.truncated:
            return self._sequence(element, target, same)
        if same:
            return self._other_uid(element, target)
        if element.unread or not element.vr or element.truncated:
            raise CannotSendError("some of its bytes are no elements")
        if element.fragments is not None:
            raise CannotSendError("its Pixel Data is compressed")
        if element.length == UNDEFINED:
            raise CannotSendError(f"{element.label} {element.name} has no length")
        changed = self._other_uid(element, target)
        return changed or _written(element, target, _value(element, target))

    def _other_uid(self, element: Element, target: Encoding) -> list[Span] | None:
        """The element with the UIDs that stand for those in it."""
        if not self._uids or element.unread or value_vr(element) != "UI" or element.hole:
            return None
        before = element.value_span.read().decode("latin-1").rstrip("\0 ").split("\\")
        after = [self._uids.get(uid, uid) for uid in before]
        if after == before:
            return None
        value = "\\".join(after).encode("latin-1")
        value += b"\0" * (len(value) % 2)
        return _written(element, target, [Span(Buffer(value), 0, len(value))])

    def _sequence(self, element: Element, target: Encoding, same: bool) -> list[Span] | None:
        """A sequence; the items of a UN stay implicit VR little endian wherever they are (PS3.5 6.2.2)."""
        kept = element.vr == "UN" and element.explicit
        inner = Encoding(True, True) if kept else target
        rows = [(item, self._item(item, inner)) for item in element.items or ()]
        if all(changed is None for _, changed in rows) and same:
            return None
        content: list[Span] = []
        for item, changed in rows:
            content += [item.span] if changed is None else changed
        if element.stop > element.closing:
            content.append(_tag(SEQUENCE_DELIMITATION, 0, inner))
        return _written(element, target, content)

    def _item(self, item: Item, target: Encoding) -> list[Span] | None:
        same = target == Encoding(item.scope.implicit, item.scope.little)
        if item.headless or item.truncated:
            if not same:
                raise CannotSendError("an item of a sequence is damaged")
            return None
        changed = self.elements(item.elements, target)
        if changed is None:
            if same:
                return None
            changed = []
        length = UNDEFINED if item.length == UNDEFINED else sum(span.length for span in changed)
        found = [_tag(ITEM, length, target), *changed]
        if item.stop > item.closing:
            found.append(_tag(ITEM_DELIMITATION, 0, target))
        return found


def _tag(tag: int, length: int, encoding: Encoding) -> Span:
    data = struct.pack("<HHI" if encoding.little else ">HHI", tag >> 16, tag & 0xFFFF, length)
    return Span(Buffer(data), 0, len(data))


def _written(element: Element, target: Encoding, value: list[Span]) -> list[Span]:
    """An element with a header in the encoding wanted, before its value."""
    undefined = element.length == UNDEFINED
    length = UNDEFINED if undefined else sum(span.length for span in value)
    if target.implicit:
        return [_tag(element.tag, length, target), *value]
    order, vr = "<" if target.little else ">", element.vr
    short = vr in SHORT and not undefined
    if short and length > 0xFFFF:  # PS3.5 6.2.2 note: what a short length cannot say goes as UN
        vr, short = "UN", False
        if not target.little:
            raise CannotSendError(f"{element.label} {element.name} is too long for its VR")
    head = struct.pack(order + "HH", element.tag >> 16, element.tag & 0xFFFF) + vr.encode("latin-1")
    head += struct.pack(order + "H", length) if short else struct.pack(order + "HI", 0, length)
    return [Span(Buffer(head), 0, len(head)), *value]


def _value(element: Element, target: Encoding) -> list[Span]:
    span = element.value_span
    if element.hole:
        raise CannotSendError("some of its bytes were not captured")
    if target.little == element.scope.little or element.vr == "UN":
        return [span]
    known = REPRESENTATIONS.get(element.vr)
    if known is None:
        raise CannotSendError(f"the VR of {element.label} is not known")
    size = 2 if element.vr == "AT" else known.size  # a tag is two numbers
    return [Span(_Swapped(span, size), 0, span.length)] if size > 1 and span.length else [span]
