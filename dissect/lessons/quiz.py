"""Questions drawn from a capture: what its own bytes can teach (PS3.8 9.3, PS3.7 Annex E).

Each maker looks at one PDU and asks what can be read from it, or nothing. Captures may be long, so only a
sample of their PDUs is looked at; the same seed gives the same questions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from dissect.dicom.associations import Association
from dissect.dicom.commands import (
    COMMAND_FIELD,
    DATA_SET_TYPE,
    MESSAGE_ID,
    RESPONDED_ID,
    STATUS,
    CommandSet,
    command_set,
)
from dissect.dicom.framing import PDU_NAMES, Pdu
from dissect.dicom.messages import COMMAND, LAST
from dissect.dicom.negotiation import ABSTRACT_SYNTAX, CONTEXT_RQ, MAXIMUM_LENGTH, Proposal, read_proposal
from dissect.dicom.recognition import A_ABORT, P_DATA_TF, PDV_HEADER
from dissect.dicom.tables import (
    ABORT_REASONS,
    ABORT_SOURCES,
    COMMANDS,
    CONTEXT_RESULTS,
    REJECT_REASONS,
    abort_text,
    context_result_text,
    reject_text,
    sop_class_name,
    status,
    uid_name,
)
from dissect.lessons.answers import Answer, Choice, Number, Place, Question
from dissect.pieces import Span

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ = 1, 2, 3
HEADER = 6
"""Bytes before what the PDU length counts."""
ASSOCIATIONS, PDUS = 12, 40
"""How many associations of a capture, and PDUs of each side, are looked at."""
LONGEST = 1 << 16
"""Bytes of a PDU that are looked at."""
OPTIONS = 4

CONTROL = {
    COMMAND | LAST: "the last fragment of a command set",
    COMMAND: "a fragment of a command set, more to come",
    LAST: "the last fragment of a data set",
    0: "a fragment of a data set, more to come",
}
"""What the two bits of a message control header say (PS3.8 E.2)."""
STATUSES = {0x0000: "Success", 0xFF00: "Pending", 0xFE00: "Cancel", 0xB000: "Warning", 0xA700: "Failure"}


def questions(
    associations: Sequence[Association], count: int = 10, seed: int | None = None
) -> list[Question]:
    """Up to `count` questions, of as many kinds as the capture has; none of them twice."""
    chance = random.Random(seed)
    by_kind: dict[str, list[Question]] = {}
    for subject in _subjects(associations, chance):
        for maker in MAKERS:
            for question in maker(subject):
                by_kind.setdefault(question.kind, []).append(question)
    for pool in by_kind.values():
        chance.shuffle(pool)
    chosen: list[Question] = []
    while len(chosen) < count and by_kind:
        kinds = list(by_kind)
        chance.shuffle(kinds)
        for kind in kinds[: count - len(chosen)]:
            chosen.append(by_kind[kind].pop())
            if not by_kind[kind]:
                del by_kind[kind]
    chosen.sort(key=lambda question: (question.association.index, question.pdu.record, question.pdu.start))
    return chosen


@dataclass(eq=False)
class _Subject:
    """A whole PDU, and what a maker needs to ask about it."""

    association: Association
    side: int
    pdu: Pdu
    chance: random.Random

    @cached_property
    def data(self) -> bytes:
        return self.span(0, min(self.pdu.length + HEADER, LONGEST)).read()

    @cached_property
    def proposal(self) -> Proposal:
        return read_proposal(self.data)

    @cached_property
    def command(self) -> tuple[int, CommandSet] | None:
        """Where a command set lies that is whole in the PDU's first PDV, and what it says."""
        if self.pdu.kind != P_DATA_TF or len(self.data) < 12:
            return None
        size, _, control = PDV_HEADER.unpack_from(self.data, HEADER)
        end = HEADER + 4 + size
        if control & 3 != COMMAND | LAST or end > len(self.data):
            return None
        found = command_set(self.data[12:end])
        return None if found.damage is not None or found.field not in COMMANDS else (12, found)

    def span(self, start: int, length: int) -> Span:
        return Span(self.association.framers[self.side].direction.pieces, self.pdu.start + start, length)

    def ask(
        self, kind: str, text: str, answer: Answer, at: tuple[int, int], why: str, clause: str,
        *, bare: bool = False,
    ) -> Question:  # fmt: skip
        """A question whose answer lies in the bytes `at`: their position in the PDU, and how many."""
        span = self.span(*at)
        return Question(
            kind, text, answer, self.association, self.side, self.pdu, span, why, clause, bare=bare
        )

    def choice(self, right: str, wrong: Sequence[str]) -> Choice:
        """The right answer among wrong ones, in any order."""
        others = [each for each in dict.fromkeys(wrong) if each != right]
        options = [right, *self.chance.sample(others, min(OPTIONS - 1, len(others)))]
        self.chance.shuffle(options)
        return Choice(tuple(options), options.index(right))


def _subjects(associations: Sequence[Association], chance: random.Random) -> Iterator[_Subject]:
    numbers = range(len(associations))
    for index in sorted(chance.sample(numbers, min(ASSOCIATIONS, len(numbers)))):
        association = associations[index]
        for side in (0, 1):
            count = len(association.kinds(side))
            gaps = association.gaps(side)
            # the first and last are those of negotiation and release, in the middle one is as good as another
            ends = {0, 1, 2, count - 2, count - 1} & set(range(count))
            for number in sorted(ends | set(chance.sample(range(count), min(PDUS, count)))):
                pdu = association.pdu(side, number)
                whole = pdu.stop - pdu.start == pdu.length + HEADER
                if whole and not any(gap.start < pdu.stop and gap.stop > pdu.start for gap in gaps):
                    yield _Subject(association, side, pdu, chance)


# any PDU


def _pdu_type(subject: _Subject) -> Iterator[Question]:
    name = subject.pdu.type_name
    if subject.pdu.kind in PDU_NAMES:
        why = f"The first byte of a PDU is its type; {subject.pdu.kind:02X}H is {name}."
        answer = subject.choice(name, list(PDU_NAMES.values()))
        yield subject.ask("pdu-type", "Which PDU is this?", answer, (0, 1), why, "PS3.8 9.3.1", bare=True)


def _pdu_length(subject: _Subject) -> Iterator[Question]:
    length = subject.pdu.length
    why = f"Bytes 3 to 6, the most significant first: {subject.data[2:6].hex(' ').upper()} is {length:,}."
    yield subject.ask("pdu-length", "What is the PDU length?", Number(length, 4), (2, 4), why, "PS3.8 9.3.1")
    why = f"The PDU length does not count the six bytes up to its own end: {length:,} + 6 = {length + 6:,}."
    text = "How many bytes does this PDU take on the wire, the header included?"
    yield subject.ask("pdu-size", text, Number(length + HEADER, 4), (2, 4), why, "PS3.8 9.3.1")


# negotiation


def _titles(subject: _Subject) -> Iterator[Question]:
    if subject.pdu.kind != ASSOCIATE_RQ or len(subject.data) < 74:
        return
    for kind, at, name in (
        ("called-ae", 10, "called AE title"), ("calling-ae", 26, "calling AE title")
    ):  # fmt: skip
        who = "who is called" if at == 10 else "who calls"
        text = f"Where does it say {who}? Go to the first byte of the {name}, or any other of it."
        why = f"The {name} takes 16 bytes from byte {at + 1} of the PDU on, filled up with spaces."
        place = Place(subject.span(at, 16), name[0].upper() + name[1:])
        yield subject.ask(kind, text, place, (at, 16), why, "PS3.8 Table 9-11")


def _proposed(subject: _Subject) -> Iterator[Question]:
    if subject.pdu.kind != ASSOCIATE_RQ:
        return
    contexts = subject.proposal.contexts
    offered = [context for context in contexts if context.abstract_syntax]
    for context in offered[:: max(len(offered) // 4, 1)]:
        at, stop = _item(subject.data, context.start + 8, context.start + context.length, ABSTRACT_SYNTAX)
        if at == stop:
            continue
        name = sop_class_name(context.abstract_syntax)
        wrong = [sop_class_name(other.abstract_syntax) for other in offered if other.id != context.id]
        spare = ["Verification", "CT Image Storage", "MR Image Storage", "Modality Worklist", "Printer"]
        text = f"What is presentation context {context.id} for?"
        why = f"Its abstract syntax is {context.abstract_syntax}, {name}."
        answer = subject.choice(name, [*wrong, *spare])
        yield subject.ask("abstract-syntax", text, answer, (at, stop - at), why, "PS3.8 Table 9-14")
    if len(contexts) > 1:
        spans = (contexts[0].start, contexts[-1].start + contexts[-1].length - contexts[0].start)
        why = f"Each item of type {CONTEXT_RQ:02X}H proposes one; here are {len(contexts)}."
        text = "How many presentation contexts are proposed?"
        yield subject.ask("contexts", text, Number(len(contexts), 1), spans, why, "PS3.8 9.3.2")


def _answered(subject: _Subject) -> Iterator[Question]:
    request = subject.association.request
    if subject.pdu.kind != ASSOCIATE_AC or request is None:
        return
    asked = {context.id: context for context in request.contexts}
    for context in subject.proposal.contexts[:: max(len(subject.proposal.contexts) // 4, 1)]:
        if context.id not in asked or context.result is None:
            continue
        name = sop_class_name(asked[context.id].abstract_syntax)
        if context.result:
            reason = context_result_text(context.result)
            wrong = [text for code, text in CONTEXT_RESULTS.items() if code]
            text = f"Context {context.id}, {name}, was refused. Why?"
            why = f"Its result is {context.result}: {reason}. The transfer syntax beside it means nothing."
            yield subject.ask(
                "refused",
                text,
                subject.choice(reason, wrong),
                (context.start + 6, 1),
                why,
                "PS3.8 Table 9-18",
            )
        elif context.transfer_syntaxes and len(set(asked[context.id].transfer_syntaxes)) > 1:
            right = _syntax(context.transfer_syntaxes[0])
            wrong = [_syntax(uid) for uid in asked[context.id].transfer_syntaxes]
            text = f"Which of the transfer syntaxes proposed for context {context.id}, {name}, was accepted?"
            why = f"An accepted context names exactly one: {right}."
            at = (context.start + 8, context.length - 8)
            yield subject.ask("accepted", text, subject.choice(right, wrong), at, why, "PS3.8 Table 9-18")


def _refused_one(subject: _Subject) -> Iterator[Question]:
    request = subject.association.request
    if subject.pdu.kind != ASSOCIATE_AC or request is None:
        return
    names = {each.id: f"{each.id}, {sop_class_name(each.abstract_syntax)}" for each in request.contexts}
    answered = [each for each in subject.proposal.contexts if each.id in names]
    refused = [each for each in answered if each.result]
    if len(refused) == 1 and len(answered) > 1:
        context = refused[0]
        answer = subject.choice(names[context.id], [names[each.id] for each in answered])
        why = f"Result {context.result} instead of 0: {context_result_text(context.result or 0)}."
        at = (context.start, context.length)
        text = "One presentation context was refused. Which?"
        yield subject.ask("refused-one", text, answer, at, why, "PS3.8 Table 9-18")


def _maximum_length(subject: _Subject) -> Iterator[Question]:
    if subject.pdu.kind not in (ASSOCIATE_RQ, ASSOCIATE_AC):
        return
    for item in subject.proposal.user_items:
        if item.kind == MAXIMUM_LENGTH and item.stop - item.start == 4:
            value = int.from_bytes(subject.data[item.start : item.stop], "big")
            sender = subject.association.side_name(subject.side)
            text = f"What is the longest P-DATA-TF that the {sender} takes? Zero stands for any length."
            why = f"Sub-item 51H: the {sender} takes a PDU length of " + (
                f"at most {value:,}." if value else "any size."
            )
            at = (item.start, 4)
            yield subject.ask("maximum-length", text, Number(value, 4), at, why, "PS3.8 Table D.1-1")


def _refusal(subject: _Subject) -> Iterator[Question]:
    if len(subject.data) != 10:
        return
    result, source, reason = subject.data[7:10]
    if subject.pdu.kind == ASSOCIATE_RJ:
        right = reject_text(result, source, reason)
        wrong = [reject_text(r, s, why) for r in (1, 2) for s in REJECT_REASONS for why in REJECT_REASONS[s]]
        why = f"Result {result}, source {source}, reason {reason}: {right}. Reasons count by their source."
        yield subject.ask(
            "rejection", "Why was the association rejected, and by whom?", subject.choice(right, wrong),
            (7, 3), why, "PS3.8 Table 9-21",
        )  # fmt: skip
    elif subject.pdu.kind == A_ABORT:
        right = abort_text(source, reason)
        wrong = [abort_text(s, why) for s in ABORT_SOURCES for why in ABORT_REASONS]
        why = f"Source {source}, reason {reason}: {right}. The reason counts only for source 2."
        text = "Who aborted the association, and why?"
        yield subject.ask(
            "abort", text, subject.choice(right, wrong), (8, 2), why, "PS3.8 Table 9-26"
        )  # fmt: skip


# messages


def _fragments(subject: _Subject) -> Iterator[Question]:
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


def _commands(subject: _Subject) -> Iterator[Question]:
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
        yield subject.ask("message-id", text, Number(value, 2), where, why, "PS3.7 E.1")
    if where := at(RESPONDED_ID):
        value = command.responded_id or 0
        text = f"Which message does this {name} {'cancel' if name == 'C-CANCEL-RQ' else 'answer'}?"
        why = f"Message ID Being Responded To (0000,0120) is {value}."
        yield subject.ask("responded-id", text, Number(value, 2), where, why, "PS3.7 E.1")
    if where := at(STATUS):
        code = command.status or 0
        right = _status(subject, code, name)
        wrong = [_status(subject, other, name) for other in STATUSES]
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


def _status(subject: _Subject, code: int, command: str) -> str:
    named = subject.command[1].sop_class if subject.command else None
    context = subject.association.context(subject.data[10])
    found = status(code, named or (context.abstract_syntax if context else None), command)
    return found.text or found.category


def _syntax(uid: str) -> str:
    return uid_name(uid) or uid


def _item(data: bytes, at: int, stop: int, kind: int) -> tuple[int, int]:
    """Where the value of the first item of a kind begins and ends; an empty place where there is none."""
    while at + 4 <= stop:
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4])
        if data[at] == kind:
            return at + 4, min(end, stop)
        at = end
    return stop, stop


MAKERS: tuple[Callable[[_Subject], Iterator[Question]], ...] = (
    _pdu_type, _pdu_length, _titles, _proposed, _answered, _refused_one, _maximum_length, _refusal,
    _fragments, _commands,
)  # fmt: skip
