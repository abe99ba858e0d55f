"""What the panes of a lesson say: of a field, of the PDUs around it, and of what edits did."""

from __future__ import annotations

import re

from textual.content import Content

from dissect.lessons.here import here
from dissect.lessons.lesson import Lesson
from dissect.lessons.sentences import sentences
from dissect.lessons.states import Transition
from dissect.lessons.walk import NO_PDU
from dissect.lessons.whatif import Shift
from dissect.outputs.words import clean, plural
from tui.teach.lettering import labelled

MOST_SHIFTS, MOST_FINDINGS = 6, 12
"""Of what edits did, so many are named; of the rest it is told how many."""
TAGGED = re.compile(r"\([0-9A-F]{4},[0-9A-F]{4}\)")
ABOUT = 44
"""Columns of the bar that both sides' states take."""
SEVERITY = {"error": "$text-error", "warning": "$text-warning", "info": "$text-secondary"}


def field_text(lesson: Lesson, wrong: str, *, roomy: bool) -> Content:
    """All about the field: where it is, what it says, why, what is allowed, what goes wrong, the clause."""
    field = lesson.field
    node = field.node
    above, name = [clean(each.name) for each in field.above], clean(node.name)
    if above and TAGGED.match(above[-1]):
        name = f"{above.pop()}: {name}"  # every element has a tag, a length and a value
    heading = Content.styled(name, "b $text-primary reverse")
    if above:
        heading += Content.styled(f"\n{' › '.join(above)}", "$text-muted")
    lines = [heading, labelled("Here", clean(here(field, lesson.span)), "b")]
    if wrong:
        lines.append(labelled("Wrong", clean(wrong), "$text-error"))
    told = sentences(field.path)
    if told is not None:
        lines += [
            labelled("Why", told.why),
            labelled("Allowed", told.allowed),
            labelled("In practice", told.wrong),
        ]
    if node.reference:
        lines.append(Content.styled(node.reference, "$text-muted"))
    return Content("\n\n" if roomy else "\n").join(lines)


def ladder_lines(lesson: Lesson, height: int, width: int) -> list[Content]:
    """The PDUs around the one that is looked at, each an arrow from who sent it."""
    walk = lesson.walk
    association = walk.association
    count = len(walk)
    first = max(0, min(lesson.place.pdu - height // 2, count - height))
    lines = []
    for number in range(first, min(first + height, count)):
        pdu = walk.pdus[number]
        message = walk.message(number)
        name = message.command if message and message.command else pdu.name
        right = pdu.side == association.requestor_side
        room = max(width - len(name) - 10, 4)
        shaft = "─" * room
        arrow = f"{shaft}▶" if right else f"◀{shaft}"
        line = f"{number + 1:>4}  {name} {arrow}"
        style = "$block-cursor-foreground on $primary b" if number == lesson.place.pdu else ""
        if pdu.kind is None:
            style = style or "$text-error"
        lines.append(Content.styled(line[:width], style) if style else Content(line[:width]))
    return lines


def place_text(lesson: Lesson, width: int) -> tuple[str, str]:
    """Which PDU it is, and both sides' states; an arrow to the right comes from the requestor.

    Where there is room, which message it is a piece of and who sent it is told too.
    """
    walk, pdu = lesson.walk, lesson.pdu
    association = walk.association
    sender = association.side_name(pdu.side)
    arrow = "→" if pdu.side == association.requestor_side else "←"
    number = f"#{lesson.number + 1:,} " if len(lesson.associations) > 1 else ""
    number += f"PDU {lesson.place.pdu + 1:,} of {len(walk):,}: "
    message = walk.message(lesson.place.pdu)
    carried = f"{pdu.name}, {message.command}" if message and message.command else pdu.name
    tellings = (f"{carried} {arrow}, from the {sender}", f"{carried} {arrow}", f"{pdu.name} {arrow}")
    fitting = (each for each in tellings if len(number) + len(each) <= width - ABOUT)
    which = number + next(fitting, tellings[-1])
    turn = lesson.turn
    states = (_states(turn.of(side)) for side in (association.requestor_side, association.acceptor_side))
    requestor, acceptor = states
    return which, f"requestor {requestor}  acceptor {acceptor}"


def _states(step: Transition) -> str:
    """The state before and after."""
    if not step.event:
        return step.before
    if not step.action:
        return f"{step.before} ✗"
    return f"{step.before}→{step.after[3:]}"


def whatif_text(lesson: Lesson) -> Content:
    """What the edits did: the findings that came and went, the fields that shifted."""
    what = lesson.what
    change = what.change
    last = what.edits[-1]
    shifts = what.shifts(last.side, max(min(last.position, what.length(last.side) - 1), 0))
    counted = plural(len(what.edits), "change")
    line = Content.styled("What if? ", "b $text-accent") + Content.styled(
        f"({counted}; u undo, U redo, R as it was) ", "$text-muted"
    )
    if shifts:
        named = "; ".join(_shift(shift) for shift in shifts[:MOST_SHIFTS])
        more = f"; and {len(shifts) - MOST_SHIFTS:,} more" if len(shifts) > MOST_SHIFTS else ""
        line += Content.styled(f"{plural(len(shifts), 'field')} shifted: ", "b $text-warning") + Content(
            named + more
        )
    else:
        line += Content("No field shifted.")
    lines = [line]
    lines += [Content.styled(f"{clean(each)}.", "$text-error") for each in change.broken[:MOST_FINDINGS]]
    for finding in change.came[:MOST_FINDINGS]:
        told = f"{finding.severity} {finding.rule}: "
        lines.append(Content.styled(told, f"b {SEVERITY[finding.severity]}") + Content(clean(finding.text)))
    if len(change.came) > MOST_FINDINGS:
        lines.append(Content(f"and {plural(len(change.came) - MOST_FINDINGS, 'finding')} more"))
    lines += [
        Content.styled(f"gone: {finding.rule}: ", "b $text-success") + Content(clean(finding.text))
        for finding in change.went
    ]
    if not change.came and not change.went and not change.broken:
        lines.append(Content("No finding: nothing in the rules speaks against these bytes."))
    return Content("\n").join(lines)


def _shift(shift: Shift) -> str:
    name = clean(shift.name)
    if shift.before is None and shift.after is not None:
        size = plural(shift.after[1] - shift.after[0], "byte")
        return f"{size} of no PDU" if shift.path == (NO_PDU,) else f"{name} is new, {size}"
    if shift.after is None:
        return f"{name} is gone"
    assert shift.before is not None
    sizes = [stop - start for start, stop in (shift.before, shift.after)]
    if sizes[0] != sizes[1]:
        return f"{name} {sizes[0]:,} → {plural(sizes[1], 'byte')}"
    return f"{name} at {shift.before[0]:04x} → {shift.after[0]:04x}"
