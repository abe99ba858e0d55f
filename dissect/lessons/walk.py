"""A way through an association: one PDU at a time, in each one field at a time.

The fields are Nodes of the PDU's tree. Below the bytes of a PDV stand the elements that begin in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.framing import PDU_NAMES, Pdu
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.lessons.courses import Name, Pointer
from dissect.lessons.fragments import Fragments
from dissect.nodes import Node
from dissect.pieces import Span
from dissect.tree import pdu_tree

PDV = "Presentation Data Value"
DATA = "Data"
NO_PDU, LOST = "No PDU", "Part of a PDU"
LOST_NOTE = "The bytes that would tell what this is were not captured."
NO_PDU_NOTE = "Bytes that begin no PDU; a length before them is wrong, or bytes are missing."
LONGEST = 1 << 20
"""Bytes of a PDU above which its fragments are not taken apart."""
_TAG = re.compile(r"\([0-9A-Fa-fx]{4},[0-9A-Fa-fx]{4}\) ")


class Field(NamedTuple):
    """A stop on the way: a Node, and the Nodes that it is part of, outermost first."""

    node: Node
    above: tuple[Node, ...]

    @property
    def path(self) -> list[str]:
        """The names from the PDU down to this field."""
        return [each.name for each in (*self.above, self.node)]

    @property
    def is_item(self) -> bool:
        """Whether it has fields of its own."""
        return bool(self.node.children)


class Stretch(NamedTuple):
    """Bytes of a direction from `start` to `stop`: a PDU, or what is none."""

    side: int
    start: int
    stop: int
    kind: int | None
    """The PDU type; None where the bytes are no PDU."""
    record: int
    """Number of the record that completed it."""
    lost: bool = False
    """Whether the bytes are no PDU because others, before or among them, were not captured."""

    @property
    def name(self) -> str:
        if self.kind is None:
            return LOST if self.lost else NO_PDU
        return PDU_NAMES.get(self.kind, f"PDU type {self.kind:02X}H")


class Place(NamedTuple):
    """A PDU of an association (or bytes that are none) and a field in it, both counted from 0."""

    pdu: int
    field: int = 0


class NowhereError(LookupError):
    """A pointer leads nowhere; the text says what was expected instead."""


class Walk:
    """The PDUs of an association in their order, and the fields of each as stops in the order of bytes."""

    def __init__(self, association: Association) -> None:
        self.association = association
        self.pdus = _stretches(association)
        """In the order they were complete, with the bytes that are no PDU where they came."""
        self._known: tuple[int, list[Field]] = (-1, [])
        self._fragments = Fragments(association)

    def __len__(self) -> int:
        return len(self.pdus)

    def span(self, pdu: int) -> Span:
        """The bytes of a PDU in its direction."""
        found = self.pdus[pdu]
        pieces = self.association.framers[found.side].direction.pieces
        return Span(pieces, found.start, found.stop - found.start)

    def fields(self, pdu: int) -> list[Field]:
        """The stops of a PDU: itself, and all below it; those of the PDU asked for last are kept."""
        if self._known[0] != pdu:
            self._known = pdu, list(_fields(self._tree(pdu), ()))
        return self._known[1]

    def field(self, place: Place) -> Field:
        """The stop at a place; the last one of the PDU where it has not as many."""
        fields = self.fields(place.pdu)
        return fields[min(place.field, len(fields) - 1)]

    # from one place to another

    def on(self, place: Place) -> Place | None:
        """The next field, of the next PDU after the last; None at the end."""
        if place.field + 1 < len(self.fields(place.pdu)):
            return Place(place.pdu, place.field + 1)
        return self.next_pdu(place)

    def back(self, place: Place) -> Place | None:
        """The field before, of the PDU before where this is the first; None at the beginning."""
        if place.field:
            return Place(place.pdu, place.field - 1)
        if not place.pdu:
            return None
        return Place(place.pdu - 1, len(self.fields(place.pdu - 1)) - 1)

    def next_item(self, place: Place) -> Place | None:
        """The next item or element, of the next PDU after the last."""
        for at in range(place.field + 1, len(self.fields(place.pdu))):
            if self.fields(place.pdu)[at].is_item:
                return Place(place.pdu, at)
        return self.next_pdu(place)

    def item_before(self, place: Place) -> Place | None:
        """The item or element before, or the PDU itself."""
        for at in range(place.field - 1, -1, -1):
            if self.fields(place.pdu)[at].is_item:
                return Place(place.pdu, at)
        return self.pdu_before(place)

    def next_pdu(self, place: Place) -> Place | None:
        return Place(place.pdu + 1) if place.pdu + 1 < len(self.pdus) else None

    def pdu_before(self, place: Place) -> Place | None:
        return Place(place.pdu - 1) if place.pdu else None

    # to where something is

    def at(self, span: Span) -> Place | None:
        """The innermost field that holds the first of some bytes of a direction."""
        for number, pdu in enumerate(self.pdus):
            pieces = self.association.framers[pdu.side].direction.pieces
            if pieces is span.source and pdu.start <= span.start < pdu.stop:
                return Place(number, self.field_at(number, span.start))
        return None

    def field_at(self, pdu: int, position: int) -> int:
        """The number of the innermost field of a PDU that holds a byte of its direction."""
        found = 0
        for at, field in enumerate(self.fields(pdu)):
            span = field.node.span
            if span is not None and span.start <= position < span.stop:
                found = at
        return found

    def find(self, pointer: Pointer) -> Place:
        """Where a pointer of a course leads, but for its association; NowhereError if it does not."""
        last = f"there are {len(self.pdus)} PDUs"
        for number in self._units(pointer):
            at = self._named(number, pointer.fields)
            if at is not None:
                return Place(number, at)
            names = dict.fromkeys(field.node.name for field in self.fields(number)[1:])
            last = f"{self.pdus[number].name} has {', '.join(names)}"
        wanted = " / ".join(str(each) for each in (pointer.unit, *pointer.fields))
        raise NowhereError(f"expected a PDU, message or field of the capture, found no {wanted}; {last}")

    def _units(self, pointer: Pointer) -> Iterator[int]:
        """The PDUs that a pointer may mean: one, or all that carried a message."""
        name, number = pointer.unit
        if name == "PDU":
            if number <= len(self.pdus):
                yield number - 1
            return
        types = [at for at, pdu in enumerate(self.pdus) if _same(pdu.name, name)]
        if types:
            yield from types[number - 1 : number]
            return
        messages = self.association.messages
        if name != "message":
            messages = [each for each in messages if each.command and _same(each.command, name)]
        for message in messages[number - 1 : number]:
            yield from self._carriers(message)

    def _carriers(self, message: Message) -> list[int]:
        """The PDUs that carried a message."""
        return [
            at
            for at, pdu in enumerate(self.pdus)
            if pdu.side == message.side
            and pdu.kind == P_DATA_TF
            and pdu.start < message.stop
            and message.start < pdu.stop
        ]

    def _named(self, pdu: int, names: tuple[Name, ...]) -> int | None:
        """The number of the field that a path of names leads to."""
        fields = self.fields(pdu)
        at = 0
        for name in names:
            inside = set(map(id, fields[at].node.walk()))
            found = [
                number
                for number in range(at + 1, len(fields))
                if id(fields[number].node) in inside and _is_called(fields[number].node, name.text)
            ]
            if len(found) < name.number:
                return None
            at = found[name.number - 1]
        return at

    # trees

    def message(self, pdu: int) -> Message | None:
        """The message of which a P-DATA-TF carries the first fragment in it."""
        found = self.pdus[pdu]
        return self._fragments.message(found.side, found.start + 12) if found.kind == P_DATA_TF else None

    def _tree(self, pdu: int) -> Node:
        found, span = self.pdus[pdu], self.span(pdu)
        if found.kind is None:
            note = LOST_NOTE if found.lost else NO_PDU_NOTE
            return Node(found.name, None, f"{span.length:,} bytes", span, note, "PS3.8 9.3.1")
        root = pdu_tree(span)
        if found.kind == P_DATA_TF and span.length <= LONGEST:
            for pdv in root.children:
                for data in pdv.children:
                    if pdv.name == PDV and data.name == DATA and data.span is not None and data.span.length:
                        data.children = self._fragments.elements(found.side, data.span)
        return root


def association_of(associations: list[Association], pointer: Pointer) -> Association:
    """The association that a pointer means; NowhereError where there are not so many."""
    if pointer.association > len(associations):
        text = f"expected an association of the capture, which has {len(associations)}"
        raise NowhereError(f"{text}; found association {pointer.association}")
    return associations[pointer.association - 1]


def _stretches(association: Association) -> list[Stretch]:
    """The PDUs of an association, and between them the bytes that are none."""
    found: list[Stretch] = []
    sides: tuple[list[Pdu], list[Pdu]] = ([], [])
    for side, pdu in association.pdus():
        sides[side].append(pdu)
    for side, pdus in enumerate(sides):
        at, end = association.reach(side)
        for pdu in pdus:
            if pdu.start > at:
                found.append(_no_pdu(association, side, at, pdu.start))
            found.append(Stretch(side, pdu.start, pdu.stop, pdu.kind, pdu.record))
            at = pdu.stop
        if at < end:
            found.append(_no_pdu(association, side, at, end))
    return sorted(found, key=lambda each: each.record)


def _no_pdu(association: Association, side: int, start: int, stop: int) -> Stretch:
    direction = association.framers[side].direction
    from_middle = not start and direction.isn is None
    lost = from_middle or bool(direction.pieces.gaps(start, stop))
    return Stretch(side, start, stop, None, direction.record_of(stop - 1), lost)


def _fields(node: Node, above: tuple[Node, ...]) -> Iterator[Field]:
    yield Field(node, above)
    for child in node.children:
        yield from _fields(child, (*above, node))


def _is_called(node: Node, name: str) -> bool:
    return _same(node.name, name) or _same(_TAG.sub("", node.name), name)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
