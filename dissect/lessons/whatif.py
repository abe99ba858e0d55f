"""What if a byte were another: edits of an association, what they make of it, and the way back.

    what = WhatIf(association)
    what.overwrite(side, 5, b"\\xcc")
    for shift in what.shifts(place.pdu): ...
    what.undo()

After each edit the association is read again as any other is, so tree, lengths, findings and states are those
that the changed bytes would have had on the wire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.lessons.patched import Edit, pieces_of, read_again
from dissect.lessons.states import Turn, turns
from dissect.lessons.walk import Walk
from dissect.nodes import Node

T = TypeVar("T")

_Places = dict[tuple[str, ...], tuple[int, int]]
"""Fields by their path, and the first of their bytes and the one behind the last."""
MOST_DATA = 4 << 20
"""Bytes of data sets that are judged after each edit; more would take longer than a key should."""


class Shift(NamedTuple):
    """A field that lies elsewhere than it did, is longer or shorter, came or went.

    Positions count from the first byte of the association in its direction.
    """

    path: tuple[str, ...]
    before: tuple[int, int] | None
    """Its first byte and the one behind its last, before the edits; None where it was not there."""
    after: tuple[int, int] | None

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """What the edits did to the findings, and to the messages."""

    came: list[Finding]
    went: list[Finding]
    broken: list[str]
    """The messages that are not whole any more, and why."""


class Reading:
    """What some bytes say: the way through them, the findings, what each PDU does to the states."""

    def __init__(self, associations: list[Association]) -> None:
        self.associations = associations
        self.walks = [walk for walk in map(Walk, associations) if len(walk)]
        self._findings: list[Finding] | None = None
        self._turns: dict[int, list[Turn]] = {}

    @property
    def findings(self) -> list[Finding]:
        if self._findings is None:
            from dissect.rules import judge, judge_data_sets  # deferred: pydicom takes 0.25 s

            found = []
            for each in self.associations:
                found += judge(each)
                if sum(message.data_length for message in each.messages) <= MOST_DATA:
                    found += judge_data_sets(each)
            self._findings = found
        return self._findings

    @property
    def broken(self) -> list[str]:
        """The messages that are not whole, and why."""
        return [
            f"{message.command or 'A message'} is not whole: {message.damage}"
            for each in self.associations
            for message in each.messages
            if message.damage
        ]

    def turns(self, walk: Walk) -> list[Turn]:
        """For each PDU of a walk, what it does to both sides' states."""
        if id(walk) not in self._turns:
            self._turns[id(walk)] = turns(walk.association, walk.pdus)
        return self._turns[id(walk)]

    def walk_at(self, side: int, position: int) -> tuple[Walk, int] | None:
        """The way, and the number of the PDU in it, that holds a byte; positions count from the first."""
        for walk in self.walks:
            for number, pdu in enumerate(walk.pdus):
                if pdu.side == side and pdu.start <= position < pdu.stop:
                    return walk, number
        return None


class WhatIf:
    """An association that can be edited. Positions count from its own first byte of each direction."""

    def __init__(self, association: Association) -> None:
        self.association = association
        self._pieces = (pieces_of(association, 0), pieces_of(association, 1))
        self.edits: list[Edit] = []
        self._undone: list[Edit] = []
        self.before = Reading(read_again(association, self._pieces, ()))
        self.now = self.before

    # edits

    def overwrite(self, side: int, position: int, data: bytes) -> None:
        """Put bytes in place of as many others."""
        self.replace(side, position, len(data), data)

    def insert(self, side: int, position: int, data: bytes) -> None:
        """Put bytes before the one at `position`."""
        self.replace(side, position, 0, data)

    def delete(self, side: int, position: int, count: int = 1) -> None:
        """Take bytes away."""
        self.replace(side, position, count, b"")

    def replace(self, side: int, position: int, removed: int, data: bytes) -> None:
        """Put bytes in place of `removed` others; IndexError where a side has not as many."""
        if position < 0 or position + removed > self.length(side):
            raise IndexError(f"no byte {position + removed} in direction {side}")
        self.edits.append(Edit(side, position, removed, data))
        self._undone.clear()
        self._read()

    def undo(self) -> Edit | None:
        """Take back the last edit, and say which; None where there is none."""
        if not self.edits:
            return None
        self._undone.append(self.edits.pop())
        self._read()
        return self._undone[-1]

    def redo(self) -> Edit | None:
        """Make again what was taken back last, and say what; None where there is nothing."""
        if not self._undone:
            return None
        self.edits.append(self._undone.pop())
        self._read()
        return self.edits[-1]

    def reset(self) -> bool:
        """Take back all; `redo` makes the edits again one by one. False where there is none."""
        if not self.edits:
            return False
        self._undone += reversed(self.edits)
        self.edits.clear()
        self._read()
        return True

    def _read(self) -> None:
        if self.edits:
            associations = read_again(self.association, self._pieces, self.edits)
            self.now = Reading(associations)
        else:
            self.now = self.before

    def length(self, side: int) -> int:
        """How many bytes a side sent, edits counted."""
        length = sum(piece.length for piece in self._pieces[side])
        return length + sum(len(each.inserted) - each.removed for each in self.edits if each.side == side)

    # what became of it

    def moved(self, side: int, position: int, *, end: bool = False) -> int:
        """Where a byte lies now that lay at `position`; where it was, if it is gone.

        `end`: it is the position behind something, which grows by nothing that is put in there.
        """
        for edit in self.edits:
            if edit.side != side or position < edit.position or (end and position == edit.position):
                continue
            if position >= edit.position + edit.removed:
                position += len(edit.inserted) - edit.removed
            else:
                position = min(position, edit.position + len(edit.inserted))
        return position

    def original(self, side: int, position: int) -> int:
        """Where a byte lay that lies at `position` now; for one that was put in, where it was put."""
        for edit in reversed(self.edits):
            if edit.side == side and position >= edit.position:
                if position >= edit.position + len(edit.inserted):
                    position += edit.removed - len(edit.inserted)
                else:
                    position = min(position, edit.position + edit.removed)
        return position

    def edited(self, side: int) -> list[tuple[int, int]]:
        """The bytes that were typed: first and behind the last of each run, by where they lie now."""
        found: list[tuple[int, int]] = []
        for edit in self.edits:
            if edit.side != side:
                continue
            stop, more = edit.position + edit.removed, len(edit.inserted) - edit.removed
            kept = []
            for low, high in found:
                if low < edit.position:
                    kept.append((low, min(high, edit.position)))
                if high > stop:
                    kept.append((max(low, stop) + more, high + more))
            found = kept
            if edit.inserted:
                found.append((edit.position, edit.position + len(edit.inserted)))
        return sorted(found)

    @property
    def change(self) -> Change:
        """The findings that came and those that went, and the messages that broke."""
        before = Counter(map(_key, self.before.findings))
        now = Counter(map(_key, self.now.findings))
        came, went = now - before, before - now
        broken = Counter(self.now.broken) - Counter(self.before.broken)
        return Change(
            _picked(self.now.findings, came), _picked(self.before.findings, went), list(broken.elements())
        )

    def shifts(self, side: int, position: int) -> list[Shift]:
        """What lies elsewhere in the PDUs that hold a byte now and held it before, and among the PDUs.

        A field that only moved along with bytes put in or taken out before it has not shifted.
        """
        if not self.edits:
            return []
        before = self._fields(self.before, side, self.original(side, position))
        now = self._fields(self.now, side, position)
        pdus = self._compare(self._pdus(self.before, side), self._pdus(self.now, side), side)
        if bool(before) != bool(now):  # of a PDU that came or went as a whole no field need be named
            return pdus
        return [*self._compare(before, now, side), *pdus]

    def _pdus(self, reading: Reading, side: int) -> _Places:
        pdus = [pdu for walk in reading.walks for pdu in walk.pdus if pdu.side == side]
        return {(name,): (pdu.start, pdu.stop) for pdu, name in _numbered(pdus, [pdu.name for pdu in pdus])}

    def _fields(self, reading: Reading, side: int, position: int) -> _Places:
        found = reading.walk_at(side, position)
        if found is None:
            return {}
        walk, number = found
        return dict(_leaves(walk.fields(number)[0].node, ()))

    def _compare(
        self,
        before: _Places,
        now: _Places,
        side: int,
    ) -> list[Shift]:
        found = []
        for path, place in now.items():
            old = before.get(path)
            if old is None or (self.moved(side, old[0]), self.moved(side, old[1], end=True)) != place:
                found.append(Shift(path, old, place))
        found += [Shift(path, place, None) for path, place in before.items() if path not in now]
        return found


def _leaves(node: Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """The fields below a Node that have no fields of their own."""
    for child, name in _numbered(node.children, [child.name for child in node.children]):
        if child.children:
            yield from _leaves(child, (*above, name))
        elif child.span is not None and child.span.length:
            yield (*above, name), (child.span.start, child.span.stop)


def _numbered(items: Sequence[T], names: Sequence[str]) -> Iterator[tuple[T, str]]:
    """Each with its name; where several have the same, the later ones with their number."""
    seen: Counter[str] = Counter()
    for item, name in zip(items, names, strict=True):
        seen[name] += 1
        yield item, name if seen[name] == 1 else f"{name}[{seen[name]}]"


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.text


def _picked(findings: list[Finding], wanted: Counter[tuple[str, str]]) -> list[Finding]:
    left = Counter(wanted)
    picked = []
    for finding in findings:
        if left[_key(finding)]:
            left[_key(finding)] -= 1
            picked.append(finding)
    return picked
