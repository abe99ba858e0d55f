"""The walk over a data set: from header to header, down into sequences, past whatever is damaged.

Rule 1: only headers are read, and the few short values that later headers depend on.
Rule 2: nothing raises. What is wrong becomes a finding, what cannot be read an element without a header.
Rule 3: a search consumes what it searched, so the time is linear.
"""

from __future__ import annotations

import re

from dissect.dicom import doubts, tables
from dissect.dicom.complaints import Complaints
from dissect.dicom.dataset import (
    ITEM,
    ITEM_DELIMITATION,
    NO_TAG,
    PIXEL_DATA,
    SEQUENCE_DELIMITATION,
    UNDEFINED,
    Element,
    Fragment,
    Item,
    Scope,
)
from dissect.dicom.headers import Encoding, Header, Reader
from dissect.dicom.vrs import MAY_BE_UNDEFINED
from dissect.pieces import Source

MAX_DEPTH = 64
"""Sequences nested deeper are left unread; no IOD comes near, and recursion has its limits."""

_CHARSET, _PIXEL_REPRESENTATION = 0x00080005, 0x00280103
_CHOICES = {"OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}  # PS3.5 A.1
_STREAMS = ("OB", "OD", "OF", "OL", "OV", "OW")
_DELIMITER = {True: re.compile(rb"\xfe\xff\xdd\xe0"), False: re.compile(rb"\xff\xfe\xe0\xdd")}
_ITEM_OR_DELIMITER = {
    True: re.compile(rb"\xfe\xff[\x00\xdd]\xe0"),
    False: re.compile(rb"\xff\xfe\xe0[\x00\xdd]"),
}


class Walk:
    """One walk over `start` to `stop` of a source, which collects its findings in `complaints`."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source = source
        self.start, self.stop = start, stop
        self.reader = Reader(source, start, stop)
        self.complaints = Complaints(self.reader, stop)

    def elements(
        self, scope: Scope, position: int, stop: int, depth: int = 0, delimited: bool = False
    ) -> tuple[list[Element], int]:
        """The elements up to `stop`, or up to what ends the item around them if that is `delimited`."""
        found: list[Element] = []
        last = -1
        encoding = Encoding(scope.implicit, scope.little)
        while position < stop:
            header = self._header(position, stop, scope, encoding, last)
            if header is None:
                after = self.reader.resume(position, stop, encoding, last, delimited)
                self.complaints.unread(position, after)
                element = self.unread(scope, position, after)
            elif header.tag >> 16 == 0xFFFE:
                if delimited and header.tag in (ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION):
                    break
                self.complaints.stray(tables.tag_name(header.tag) or "A tag of group FFFE", position)
                element = self._element(scope, header, position, position + 8)
            else:
                self.complaints.tag(header.tag, last, position, depth > 0)
                last = max(header.tag, last)
                element = self._read(scope, header, position, stop, depth)
            found.append(element)
            position = element.stop
        return found, position

    def unread(self, scope: Scope, start: int, stop: int) -> Element:
        hole = self.reader.hole(start, stop) is not None
        length = stop - start
        return Element(self.source, scope, NO_TAG, "", False, start, start, length, stop, stop, hole=hole)

    def _header(self, position: int, stop: int, scope: Scope, encoding: Encoding, last: int) -> Header | None:
        """The header at `position` as its bytes want to be read; None if they are none."""
        if self.reader.hole(position, min(position + 8, stop)) is not None:
            return None
        header = self.reader.header(position, stop, encoding)
        if header is None:
            if encoding.implicit:
                return None
            header = doubts.in_explicit(self.reader, position, stop, encoding, last, self.complaints)
            if header is None:
                return None
        elif encoding.implicit and header.tag >> 16 != 0xFFFE:
            header = doubts.in_implicit(self.reader, position, stop, encoding, header, self.complaints)
        if self.reader.hole(position, position + header.size) is not None:
            return None
        if header.length > stop - position - header.size and header.length != UNDEFINED:
            group = header.tag >> 16
            named = (group & 1 and group > 7) or tables.tag_name(header.tag) is not None
            if group != 0xFFFE and (header.tag <= last or not named):
                return None  # damage, not the last element cut off
        return header

    def _element(
        self, scope: Scope, header: Header, start: int, stop: int, creator: str | None = None, vr: str = ""
    ) -> Element:
        tag, explicit, value = header.tag, header.explicit, start + header.size
        return Element(
            self.source, scope, tag, vr, explicit, start, value, header.length, stop, stop, creator
        )

    def _read(self, scope: Scope, header: Header, position: int, stop: int, depth: int) -> Element:
        """The element whose header stands at `position`."""
        tag, length, value = header.tag, header.length, position + header.size
        private = tag >> 16 & 1 and tag & 0xFFFF >= 0x1000
        creator = scope.creators.get(tag >> 8) if private else None
        vr = header.vr or implied_vr(scope, tag, creator)
        end = stop if length == UNDEFINED else min(value + length, stop)
        element = self._element(scope, header, position, end, creator, vr)
        if length == UNDEFINED:
            self._read_undefined(element, stop, depth)
            return element
        if length & 1:
            self.complaints.odd(f"{element.label} {element.name}", length, position, value)
        element.truncated = value + length > stop
        if vr == "SQ" or (vr == "UN" and self._holds_items(element)):
            element.items, _, _ = self._items(_content(element), value, end, depth)
            return element
        if element.truncated:
            self.complaints.cut(element, stop)
        self.complaints.hole(element, value, end)
        self._remember(scope, element)
        return element

    def _holds_items(self, element: Element) -> bool:
        """Whether a UN of defined length is a sequence: a dictionary says so and its bytes look like one."""
        return (
            tables.dictionary_vr(element.tag, element.creator) == "SQ"
            and self.reader.peek(element.value_start, 4) == b"\xfe\xff\x00\xe0"
        )

    def _remember(self, scope: Scope, element: Element) -> None:
        """Keep a value that others in the data set depend on."""
        tag, start, stop = element.tag, element.value_start, element.stop
        if tag == _CHARSET:
            text = self.source.read(start, min(stop, start + 1024)).decode("latin-1")
            scope.charset = tuple(term.strip(" \0") for term in text.split("\\"))
        elif tag == _PIXEL_REPRESENTATION and stop - start >= 2:
            scope.signed = self.reader.peek(start, 2)[0 if scope.little else 1] == 1
        elif tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            text = self.source.read(start, min(stop, start + 256)).decode("latin-1")
            scope.creators[tag >> 16 << 8 | tag & 0xFF] = text.strip(" \0")

    def _read_undefined(self, element: Element, stop: int, depth: int) -> None:
        """Find the end of a value of undefined length, and its items or fragments."""
        start, vr = element.value_start, element.vr
        if element.explicit and vr not in MAY_BE_UNDEFINED:
            self.complaints.undefined(element)
        scope = _content(element)
        first = self.reader.header(start, stop, Encoding(True, scope.little))
        leads = first.tag if first is not None else None
        if vr != "SQ" and leads not in (ITEM, SEQUENCE_DELIMITATION):
            element.closing = self.reader.find(_DELIMITER[scope.little], start, stop)
            element.stop = min(element.closing + 8, stop)
            self.complaints.hole(element, start, element.closing)
        elif (
            vr != "SQ"
            and first is not None
            and first.length != UNDEFINED
            and (element.tag == PIXEL_DATA or (vr in _STREAMS and element.explicit))
        ):
            element.vr = vr if element.explicit else "OB"
            element.fragments, element.closing, element.stop = self._fragments(element, stop)
        else:
            element.vr = vr if element.explicit else "SQ"
            element.items, element.closing, element.stop = self._items(scope, start, stop, depth, True)
        if element.closing == element.stop:
            self.complaints.open(element)

    def _items(
        self, parent: Scope, position: int, stop: int, depth: int, delimited: bool = False
    ) -> tuple[list[Item], int, int]:
        """The items of a sequence, and where its delimitation item starts and stops."""
        found: list[Item] = []
        encoding = Encoding(True, parent.little)
        if depth >= MAX_DEPTH and position < stop:
            text = f"Sequences are nested more than {MAX_DEPTH} deep; what lies deeper is left unread."
            self.complaints.add("nesting", "warning", text, position, stop)
            length = stop - position
            return (
                [Item(self.source, parent, position, position, length, stop, stop, headless=True)],
                stop,
                stop,
            )
        while position < stop:
            hole = self.reader.hole(position, min(position + 8, stop))
            header = None if hole else self.reader.header(position, stop, encoding)
            if header is not None and header.tag == SEQUENCE_DELIMITATION and delimited:
                return found, position, position + 8
            if header is None or header.tag != ITEM:
                if delimited and not hole and self._goes_on_outside(parent, position, stop):
                    break
                header = None
            item = self._item(parent, header, position, stop, depth)
            found.append(item)
            position = item.stop
        return found, position, position

    def _goes_on_outside(self, scope: Scope, position: int, stop: int) -> bool:
        """Whether elements follow where a delimitation item is missing, so that the sequence ends here."""
        return self.reader.chain(position, stop, Encoding(scope.implicit, scope.little)) >= 2

    def _item(self, parent: Scope, header: Header | None, position: int, stop: int, depth: int) -> Item:
        """The item at `position`; without a header, what can be read up to the next item."""
        length = UNDEFINED if header is None else header.length
        value = position if header is None else position + 8
        undefined = length == UNDEFINED
        end = stop if undefined else min(value + length, stop)
        scope = Scope(parent.implicit, parent.little, parent)
        item = Item(self.source, scope, position, value, length, end, end, headless=header is None)
        item.elements, reached = self.elements(scope, value, end, depth + 1, undefined)
        if not undefined:
            item.truncated = value + length > stop
            if length & 1:
                self.complaints.odd("An item", length, position, value, "PS3.5 7.5.1")
            return item
        item.closing = item.stop = reached
        ending = self.reader.header(reached, stop, Encoding(True, scope.little))
        if ending is not None and (ending.tag == ITEM_DELIMITATION or reached == position):
            item.stop = reached + 8  # without any progress, even a tag that does not belong here
        elif header is not None:
            self.complaints.open(item)
        return item

    def _fragments(self, element: Element, stop: int) -> tuple[list[Fragment], int, int]:
        """The fragments of encapsulated pixel data, and where the delimitation item starts and stops."""
        found: list[Fragment] = []
        little = element.scope.little
        position = element.value_start
        while position < stop:
            header = None
            if self.reader.hole(position, min(position + 8, stop)) is None:
                header = self.reader.header(position, stop, Encoding(True, little))
            if header is not None and header.tag == SEQUENCE_DELIMITATION:
                self.complaints.hole(element, element.value_start, position)
                return found, position, position + 8
            if header is None or header.tag != ITEM or header.length == UNDEFINED:
                after = self.reader.find(_ITEM_OR_DELIMITER[little], position + 1, stop)
                self.complaints.unread(position, after)
                fragment = Fragment(self.source, position, position, after - position, after, unread=True)
            else:
                value, length = position + 8, header.length
                fragment = Fragment(self.source, position, value, length, min(value + length, stop))
                fragment.truncated = value + length > stop
                if length & 1:
                    self.complaints.odd("A fragment", length, position, value, "PS3.5 A.4")
            found.append(fragment)
            position = fragment.stop
        self.complaints.hole(element, element.value_start, position)
        return found, position, position


def implied_vr(scope: Scope, tag: int, creator: str | None) -> str:
    """The VR that implicit VR leaves to a dictionary."""
    vr = tables.dictionary_vr(tag, creator) or "UN"
    if vr == "US or SS":
        return "SS" if scope.pixels_signed() else "US"
    return _CHOICES.get(vr, vr)


def _content(element: Element) -> Scope:
    """The scope that the items of `element` inherit from: in a UN they are implicit VR little endian."""
    if element.vr == "UN" and element.explicit:
        return Scope(True, True, element.scope)
    return element.scope
