"""A way through an association: one PDU at a time, in each one field at a time.

The fields are Nodes of the PDU's tree. Fragments of messages are taken apart too: below the bytes of a PDV
stand the command elements or data elements that begin in it, at their places in the direction.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.framing import PDU_NAMES
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.lessons.courses import Name, Pointer
from dissect.nodes import Node
from dissect.pieces import HOLE, Pieces, Span
from dissect.tree import command_tree, dataset_tree, pdu_tree

PDV = "Presentation Data Value"
DATA = "Data"
NO_PDU = "No PDU"
NO_PDU_NOTE = "Bytes that begin no PDU; a length before them is wrong, or bytes are missing."
NEAR = 8
"""Messages of one side that are looked at for a fragment: those that interleave are few."""
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

    @property
    def name(self) -> str:
        if self.kind is None:
            return NO_PDU
        return PDU_NAMES.get(self.kind, f"PDU type {self.kind:02X}H")


class Place(NamedTuple):
    """A PDU of an association (or bytes that are none) and a field in it, both counted from 0."""

    pdu: int
    field: int = 0


class NowhereError(LookupError):
    """A pointer leads nowhere; the text says what was expected instead."""


class Walk:
    """The PDUs of an association in their order, and the fields of each as stops in the order of bytes."""

    def __init__(self, association: Association, *, show_secrets: bool = False) -> None:
        self.association = association
        self.pdus = _stretches(association)
        """In the order they were complete, with the bytes that are no PDU where they came."""
        self._show_secrets = show_secrets
        self._known: tuple[int, list[Field]] = (-1, [])
        self._messages: tuple[list[Message], list[Message]] | None = None
        self._trees: dict[tuple[int, bool], Node | None] = {}

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
            yield from self.carriers(message)

    def carriers(self, message: Message) -> list[int]:
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
        return self._message_at(found.side, found.start + 12) if found.kind == P_DATA_TF else None

    def _tree(self, pdu: int) -> Node:
        found, span = self.pdus[pdu], self.span(pdu)
        if found.kind is None:
            return Node(NO_PDU, None, f"{span.length:,} bytes", span, NO_PDU_NOTE, "PS3.8 9.3.1")
        root = pdu_tree(span, show_secrets=self._show_secrets)
        if found.kind == P_DATA_TF and span.length <= LONGEST:
            for pdv in root.children:
                for data in pdv.children:
                    if pdv.name == PDV and data.name == DATA and data.span is not None and data.span.length:
                        data.children = self._contents(found.side, data.span)
        return root

    def _contents(self, side: int, fragment: Span) -> list[Node]:
        """The elements that begin in a fragment."""
        message = self._message_at(side, fragment.start)
        if message is None:
            return []
        starts = message.command_runs[::2]
        is_command = fragment.start in starts
        key = (id(message), is_command)
        if key not in self._trees:
            self._trees = {key: self._command(message) if is_command else self._data_set(message)}
        tree = self._trees[key]
        if tree is None:
            return []
        return [
            moved
            for child in tree.children
            if child.span is not None
            and (moved := _moved(child, fragment)) is not None
            and moved.span is not None
            and fragment.start <= moved.span.start < fragment.stop
        ]

    def _command(self, message: Message) -> Node:
        command = message.command_bytes()
        return command_tree(Span(command, 0, len(command)), show_secrets=self._show_secrets)

    def _data_set(self, message: Message) -> Node | None:
        data_set = self.association.data_set(message)
        return dataset_tree(data_set) if data_set is not None else None

    def _message_at(self, side: int, position: int) -> Message | None:
        """The message that a fragment at a position belongs to."""
        if self._messages is None:
            found: tuple[list[Message], list[Message]] = ([], [])
            for message in sorted(self.association.messages, key=lambda each: each.start):
                found[message.side].append(message)
            self._messages = found
        messages = self._messages[side]
        last = bisect_right(messages, position, key=lambda each: each.start)
        for message in reversed(messages[max(last - NEAR, 0) : last]):
            for runs in (message.command_runs, message.data_runs):
                at = bisect_right(runs[::2], position) - 1
                if at >= 0 and runs[2 * at] <= position < runs[2 * at] + max(runs[2 * at + 1], 1):
                    return message
        return None


def association_of(associations: list[Association], pointer: Pointer) -> Association:
    """The association that a pointer means; NowhereError where there are not so many."""
    if pointer.association > len(associations):
        text = f"expected an association of the capture, which has {len(associations)}"
        raise NowhereError(f"{text}; found association {pointer.association}")
    return associations[pointer.association - 1]


def _stretches(association: Association) -> list[Stretch]:
    """The PDUs of an association, and between them the bytes that are none."""
    found = []
    for side, framer in enumerate(association.framers):
        at, end = association.reach(side)
        for pdu in (pdu for each, pdu in association.pdus() if each == side):
            if pdu.start > at:
                found.append(Stretch(side, at, pdu.start, None, framer.direction.record_of(pdu.start - 1)))
            found.append(Stretch(side, pdu.start, pdu.stop, pdu.kind, pdu.record))
            at = pdu.stop
        if at < end:
            found.append(Stretch(side, at, end, None, framer.direction.record_of(end - 1)))
    return sorted(found, key=lambda each: each.record)


def _fields(node: Node, above: tuple[Node, ...]) -> Iterator[Field]:
    yield Field(node, above)
    for child in node.children:
        yield from _fields(child, (*above, node))


def _moved(node: Node, fragment: Span) -> Node | None:
    """A Node of joined fragments at its place in the direction; None where it does not lie in one."""
    span = node.span
    if span is None or span.source is fragment.source:
        return node
    if not isinstance(span.source, Pieces) or span.source.below is not fragment.source:
        return None
    runs = [run for run in span.source.runs(span.start, span.stop) if run.source != HOLE]
    place, text = None, node.text
    if runs:
        start = runs[0].source
        stop = start + runs[0].length
        place = Span(fragment.source, start, stop - start)
        if len(runs) > 1:
            text = f"{text} (goes on in the next fragment)".lstrip()
    elif span.length:
        return None
    children = [moved for child in node.children if (moved := _moved(child, fragment)) is not None]
    return replace(node, span=place, text=text, children=children)


def _is_called(node: Node, name: str) -> bool:
    return _same(node.name, name) or _same(_TAG.sub("", node.name), name)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
