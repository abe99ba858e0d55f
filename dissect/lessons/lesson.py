"""A lesson as somebody takes it: where they are, the steps of the course, and the bytes they changed.

    lesson = Lesson(capture.associations, course)
    lesson.forward()
    lesson.type(lesson.field.node.span.start, 0xCC)
    lesson.what.change.came

Knows no screen: every key of one is a method here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dissect.dicom.associations import Association
from dissect.lessons.courses import Course, CourseError, Step
from dissect.lessons.patched import Edit
from dissect.lessons.states import Turn
from dissect.lessons.walk import Field, NowhereError, Place, Stretch, Walk, association_of
from dissect.lessons.whatif import WhatIf
from dissect.pieces import Span

MOST_SENT = 64 << 20
"""Bytes that are sent from a lesson, which keeps them in memory for that."""

Way = Callable[[Walk, Place], Place | None]


class Lesson:
    """The associations of a capture, one of which is looked at; with a course, at the place of a step.

    Raises CourseError where a step of the course points nowhere in its capture.
    """

    def __init__(
        self, associations: Sequence[Association], course: Course | None = None, *, association: int = 0
    ) -> None:
        if not associations:
            raise ValueError("no association to look at")
        self.associations = list(associations)
        self.course = course
        self._whats: dict[int, WhatIf] = {}
        self._places = self._found(course) if course else []
        self.step_number = 0
        self.number = association
        """Which association is looked at, from 0."""
        self._walk = 0
        self.place = Place(0)
        if course:
            self.go_to_step(0)

    def _found(self, course: Course) -> list[tuple[int, Place]]:
        """For each step the association and the place that its pointer leads to."""
        found = []
        for step in course.steps:
            try:
                association = association_of(self.associations, step.pointer)
                number = self.associations.index(association)
                found.append((number, self._what(number).before.walks[0].find(step.pointer)))
            except NowhereError as error:
                raise CourseError(course.path, step.line, str(error)) from None
        return found

    # where it is

    def _what(self, number: int) -> WhatIf:
        if number not in self._whats:
            self._whats[number] = WhatIf(self.associations[number])
        return self._whats[number]

    @property
    def what(self) -> WhatIf:
        """The association that is looked at, as it can be edited."""
        return self._what(self.number)

    @property
    def walk(self) -> Walk:
        walks = self.what.now.walks
        return walks[min(self._walk, len(walks) - 1)]

    @property
    def pdu(self) -> Stretch:
        return self.walk.pdus[self.place.pdu]

    @property
    def span(self) -> Span:
        """The bytes of the PDU."""
        return self.walk.span(self.place.pdu)

    @property
    def field(self) -> Field:
        return self.walk.field(self.place)

    @property
    def step(self) -> Step | None:
        """The step of the course that was gone to last."""
        return self.course.steps[self.step_number] if self.course else None

    @property
    def on_step(self) -> bool:
        """Whether the place is that of the step."""
        return bool(self.course) and (self.number, self.place) == self._places[self.step_number]

    @property
    def turn(self) -> Turn:
        """What the PDU does to both sides' states."""
        return self.what.now.turns(self.walk)[self.place.pdu]

    def requests(self) -> list[bytes]:
        """All that the requestor sends, PDU by PDU, edits included. ValueError where that cannot be sent."""
        found: list[bytes] = []
        for walk in self.what.now.walks:
            side = walk.association.requestor_side
            if walk.association.gaps(side):
                raise ValueError("some of the bytes were not captured")
            if self.what.length(side) > MOST_SENT:
                raise ValueError(f"it is more than {MOST_SENT >> 20} MB; pduscope send can")
            found += [walk.span(at).read() for at, pdu in enumerate(walk.pdus) if pdu.side == side]
        return found

    # the ways

    def forward(self) -> bool:
        """The next step of the course; without one, the next field. False at the end."""
        if self.course is None:
            return self.next_field()
        if self.step_number + 1 == len(self.course.steps):
            return False
        self.go_to_step(self.step_number + 1)
        return True

    def back(self) -> bool:
        """The step before, or back to the step from elsewhere; without a course, the field before."""
        if self.course is None:
            return self.field_before()
        if self.on_step and not self.step_number:
            return False
        self.go_to_step(self.step_number - self.on_step)
        return True

    def go_to_step(self, number: int) -> None:
        """Go to a step of the course; what was changed in its association is taken back."""
        self.step_number = number
        self.number, self.place = self._places[number]
        self._walk = 0
        self.what.reset()

    def next_field(self) -> bool:
        return self._go(Walk.on, 1)

    def field_before(self) -> bool:
        return self._go(Walk.back, -1)

    def next_item(self) -> bool:
        return self._go(Walk.next_item, 1)

    def item_before(self) -> bool:
        return self._go(Walk.item_before, -1)

    def next_pdu(self) -> bool:
        return self._go(Walk.next_pdu, 1)

    def pdu_before(self) -> bool:
        return self._go(Walk.pdu_before, -1)

    def _go(self, way: Way, by: int) -> bool:
        """Go one way; edits may have made several associations of one, which follow each other."""
        place = way(self.walk, self.place)
        if place is not None:
            self.place = place
            return True
        following = min(self._walk, len(self.what.now.walks) - 1) + by
        if not 0 <= following < len(self.what.now.walks):
            return False
        self._walk = following
        last = Place(len(self.walk) - 1)
        if way is Walk.back:
            last = Place(last.pdu, len(self.walk.fields(last.pdu)) - 1)
        self.place = Place(0) if by > 0 else last
        return True

    def next_association(self) -> bool:
        """The next association of the capture, round the end; False where there is but one."""
        if len(self.associations) == 1:
            return False
        self.number = (self.number + 1) % len(self.associations)
        self._walk, self.place = 0, Place(0)
        return True

    def go_to(self, span: Span) -> bool:
        """Go to the field of some bytes of a direction of the capture; False where they lie in none."""
        association = self.associations[self.number]
        for side in (0, 1):
            if association.framers[side].direction.pieces is span.source:
                return self.land(side, span.start - association.reach(side)[0])
        return False

    def land(self, side: int, position: int) -> bool:
        """Go to the innermost field of a byte that a side sent, counted from its first in the association."""
        found = self.what.now.walk_at(side, position)
        if found is None:
            return False
        walk, pdu = found
        self._walk = self.what.now.walks.index(walk)
        self.place = Place(pdu, walk.field_at(pdu, position))
        return True

    # what if

    def type(self, position: int, byte: int, *, amend: bool = False) -> None:
        """Put a byte in place of that at a position of the direction; `amend` counts it to the last edit."""
        side = self.pdu.side
        if amend:
            self.what.undo()
        self.what.overwrite(side, position, bytes([byte]))
        self.land(side, position)

    def paste(self, position: int, data: bytes) -> None:
        """Put bytes in place of those from a position on; what reaches beyond the last one is added."""
        side = self.pdu.side
        rest = self.what.length(side) - position
        self.what.replace(side, position, min(len(data), rest), data)
        self.land(side, position)

    def put_in(self, position: int) -> None:
        """Put a zero byte before that at a position."""
        side = self.pdu.side
        self.what.insert(side, position, b"\0")
        self.land(side, position)

    def take_out(self, position: int) -> None:
        """Take away the byte at a position; the last one that a side sent stays."""
        side = self.pdu.side
        if self.what.length(side) > 1:
            self.what.delete(side, position)
            self.land(side, min(position, self.what.length(side) - 1))

    def undo(self) -> int | None:
        """Take the last edit back; the position that it was at, None where there is none."""
        return self._edited(self.what.undo())

    def redo(self) -> int | None:
        """Make the edit again that was taken back last; its position, None where there is none."""
        return self._edited(self.what.redo())

    def reset(self) -> int | None:
        """Take all edits back; the position that the first was at, None where there is none."""
        edits = list(self.what.edits)
        return self._edited(edits[0]) if self.what.reset() else None

    def _edited(self, edit: Edit | None) -> int | None:
        if edit is None:
            return None
        position = min(edit.position, self.what.length(edit.side) - 1)
        self.land(edit.side, position)
        return position
