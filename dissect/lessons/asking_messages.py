"""Questions about fragments of messages and about command sets (PS3.8 Annex E, PS3.7 Annex E)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.commands import COMMAND_FIELD, DATA_SET_TYPE, MESSAGE_ID, RESPONDED_ID, STATUS
from dissect.dicom.messages import COMMAND, LAST
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER
from dissect.dicom.tables import COMMANDS, sop_class_name, status, status_category
from dissect.lessons.answers import Choice, Number, Place, Question
from dissect.lessons.subject import HEADER, Subject

CONTROL = {
    COMMAND | LAST: "the last fragment of a command set",
    COMMAND: "a fragment of a command set, more to come",
    LAST: "the last fragment of a data set",
    0: "a fragment of a data set, more to come",
}
"""What the two bits of a message control header say (PS3.8 E.2)."""
STATUSES = (0x0000, 0xFF00, 0xFE00, 0xB000, 0xA700)
"""One of each category."""


def _fragments(subject: Subject) -> Iterator[Question]:
    if subject.pdu.kind != P_DATA_TF or len(subject.data) < 12:
        return
    size, context_id, control = PDV_HEADER.unpack_from(subject.data, HEADER)
    if size + 4 != subject.pdu.length:  # several PDVs: the question would not say which is meant
        return
    control &= COMMAND | LAST
    bits = f"{subject.data[11]:02X}H"
    why = f"The message control header is {bits}: bit 0 says command, bit 1 says last."
    answer = subject.choice(CONTROL[control], list(CONTROL.values()))
    text = "What does this P-DATA-TF carry?"
    yield subject.ask("control", text, answer, (11, 1), why, "PS3.8 E.2")
    if control & LAST:
        text = "Which byte makes this the last fragment? Go to it."
        place = Place(subject.span(11, 1), "Message control header")
        yield subject.ask("last-fragment", text, place, (11, 1), why, "PS3.8 E.2")
    context = subject.association.context(context_id)
    accepted = [each for each in subject.association.negotiation if each.accepted and each.abstract_syntax]
    if context in accepted and len({each.abstract_syntax for each in accepted}) > 1:
        right = sop_class_name(context.abstract_syntax)
        wrong = [sop_class_name(each.abstract_syntax) for each in accepted]
        why = f"The PDV names context {context_id}, which was negotiated for {right}."
        text = "By its presentation context, what is this PDV about?"
        yield subject.ask("pdv-context", text, subject.choice(right, wrong), (10, 1), why, "PS3.8 Table 9-23")


def _commands(subject: Subject) -> Iterator[Question]:
    if subject.command is None:
        return
    begin, command = subject.command
    field = command.field or 0
    name = COMMANDS[field]

    def at(element: int) -> tuple[int, int] | None:
        place = command.place(element)
        return None if place is None or place.length != 2 else (begin + place.start + 8, 2)

    if where := at(COMMAND_FIELD):
        why = f"Command Field (0000,0100), the least significant byte first: {field:04X}H is {name}."
        answer = subject.choice(name, list(COMMANDS.values()))
        yield subject.ask("command", "Which message is this?", answer, where, why, "PS3.7 E.1", bare=True)
    if where := at(MESSAGE_ID):
        text, value = f"What is the Message ID of this {name}?", command.message_id or 0
        why = f"Message ID (0000,0110) is {value}; the response repeats it so that the two can be paired."
        yield subject.ask("message-id", text, Number(value, 2, little=True), where, why, "PS3.7 E.1")
    if where := at(RESPONDED_ID):
        value = command.responded_id or 0
        verb = "cancel" if name == "C-CANCEL-RQ" else "answer"
        text = f"The request with which Message ID does this {name} {verb}?"
        why = f"Message ID Being Responded To (0000,0120) is {value}."
        yield subject.ask("responded-id", text, Number(value, 2, little=True), where, why, "PS3.7 E.1")
    if where := at(STATUS):
        code = command.status or 0
        right = _status(subject, code, name)
        others = (other for other in STATUSES if not _alike(subject, code, other, name))
        wrong = [_status(subject, other, name) for other in others]
        why = f"Status (0000,0900) is {code:04X}H: {right}."
        text = f"How did it go? What does the status of this {name} say?"
        yield subject.ask("status", text, subject.choice(right, wrong), where, why, "PS3.7 Annex C")
    if where := at(DATA_SET_TYPE):
        value = command.numbers[DATA_SET_TYPE]
        right = "yes" if command.announces_data_set else "no"
        why = f"Command Data Set Type (0000,0800) is {value:04X}H; 0101H means none, any other value one."
        answer = Choice(("yes", "no"), 0 if right == "yes" else 1)
        text = f"Does a data set follow this {name}?"
        yield subject.ask("data-set", text, answer, where, why, "PS3.7 E.1")


def _status(subject: Subject, code: int, command: str) -> str:
    named = subject.command[1].sop_class if subject.command else None
    context = subject.association.context(subject.data[10])
    found = status(code, named or (context.abstract_syntax if context else None), command)
    return found.text or found.category


def _alike(subject: Subject, code: int, other: int, command: str) -> bool:
    """Whether one of two statuses is told by its category alone, and the other is of that category too."""
    category = status_category(code)
    return category == status_category(other) and category in (
        _status(subject, code, command),
        _status(subject, other, command),
    )


MAKERS = (_fragments, _commands)
