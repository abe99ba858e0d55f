"""A ladder drawn with characters: a lifeline a party, an arrow a message, in the order of time.

              MOVER                        ARCHIVE                         THIRD
         127.0.0.1:34105               127.0.0.1:11112                127.0.0.1:11113
    #1 0.000386 │── A-ASSOCIATE-RQ  1 context ──►│                               │
    #1 0.007750 │── C-MOVE-RQ 1  Study Root Q… ─►│                               │    +4.9ms
    #2 0.056384 │                                │── A-ASSOCIATE-RQ  120 co… ───►│   +43.0ms

Columns and arrows are computed by `dissect.ladder`, places by `Drawing`; a line is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.ladder import Column, Ladder, Row
from dissect.outputs import words
from dissect.outputs.clock import seconds
from dissect.outputs.statistics import lost_to
from dissect.outputs.words import Look, clean, plural

DELTA = 9
"""Columns of the time since the row before."""
LONGEST_GAP = 72
"""Columns between two lifelines; an arrow longer than that takes long to follow."""
SHORTEST_GAP = 16


class Part(NamedTuple):
    """Text in one colour, as `Look.paint` names them."""

    text: str
    colour: str = ""


Line = list[Part]


class Label(NamedTuple):
    """What stands on an arrow, the most important first."""

    name: str
    status: str
    colour: str
    """Of the status, or of the name where there is none."""
    about: str
    size: str


def ladder_text(ladder: Ladder, look: Look) -> Iterator[str]:
    """The whole ladder in lines of text."""
    drawing = Drawing(ladder, look)
    for line in drawing.head():
        yield _painted(line, look)
    for number in range(len(ladder.rows)):
        yield _painted(drawing.line(number), look)


def _painted(line: Line, look: Look) -> str:
    end = len(line)
    while end and not line[end - 1].text.strip():
        end -= 1
    parts = [look.paint(part.text, part.colour) for part in line[:end]]
    return "".join(parts).rstrip() + "\n"


class Drawing:
    """Where the lifelines of a ladder stand in so many columns, and the lines between them."""

    def __init__(self, ladder: Ladder, look: Look) -> None:
        self.ladder = ladder
        self.look = look
        rows = ladder.rows
        self._several = len(ladder.associations) > 1
        self._number = max((len(f"#{a.index}") for a in ladder.associations), default=0) + 1
        times = (seconds(row.time - ladder.zero) for row in (rows[:1] + rows[-1:]))
        self._time = max(map(len, times), default=0)
        self.margin = self._time + 1 + (self._number if self._several else 0)
        gaps = max(len(ladder.columns) - 1, 1)
        room = (look.width - self.margin - 2 - DELTA) // gaps
        gap = max(min(room, LONGEST_GAP), SHORTEST_GAP)
        self.lifelines = [self.margin + 1 + gap * index for index in range(len(ladder.columns))]
        self._gap = gap
        bar, line, right, left = "│─►◄" if look.unicode else "|-><"
        self._bar, self._dash, self._right, self._left = bar, line, right, left

    def head(self) -> list[Line]:
        """Who the lifelines are: AE title, and address and port."""
        titles = [clean(column.title or "?") for column in self.ladder.columns]
        ends = [place(column, self.look) for column in self.ladder.columns]
        return [[Part(self._centred(titles), "bold")], [Part(self._centred(ends), "dim")]]

    def line(self, number: int) -> Line:
        row = self.ladder.rows[number]
        line = [Part(f"#{row.association.index}".ljust(self._number), "dim")] if self._several else []
        line.append(Part(f"{seconds(row.time - self.ladder.zero):>{self._time}}  ", "dim"))
        low, high = sorted((row.sender, row.receiver))
        last = len(self.lifelines) - 1
        free = low > 0 or high < last
        told, room = label(row, self.look), self._gap * (high - low) - 8
        note = self._note(row, told, room, neighbour=free)
        text, beside = self._divide(told, room - (len(note) + 3 if note else 0), free)
        if row.stalls and not note and free:
            beside = self._aside(row, beside, status=len(text) == 1 and bool(told.status))
        for column in range(low):
            line.append(Part(self._bar, "dim"))
            line += self._beside(beside if column == low - 1 and high == last else [], to_right=False)
        line.append(Part(self._bar))
        if low != high:
            line += self._arrow(row, text, note, self._gap * (high - low) - 1, to_right=row.sender == low)
            line.append(Part(self._bar))
        for column in range(high, last):
            line += self._beside(beside if column == high else [], to_right=True)
            line.append(Part(self._bar, "dim"))
        if row.delta is not None:
            sign = "" if row.delta < 0 else "+"
            line.append(Part(f"{sign + words.span_of_time(row.delta, self.look.micro):>{DELTA}}", "dim"))
        return line

    def _note(self, row: Row, told: Label, room: int, *, neighbour: bool) -> str:
        """What held a row up, to stand on its arrow, where name and status are not cut for it."""
        room -= _width(_parts(told)[: 2 if told.status else 1]) + 3
        note = lost_to(row.stalls, self.look)
        if len(note) > room and not neighbour:
            note = lost_to(row.stalls, self.look, briefly=True)
        return note if len(note) <= room else ""

    def _aside(self, row: Row, beside: Line, *, status: bool) -> Line:
        """What held a row up, beside its arrow: behind the status where that stands there (`status`)."""
        first, rest = (beside[:1], beside[2:]) if status else ([], beside)
        room = self._gap - 3
        note = lost_to(row.stalls, self.look)
        if first and _length(first) + 2 + len(note) > room:
            note = lost_to(row.stalls, self.look, briefly=True)
        return _fit(
            [*first, Part(note, "yellow"), *(part for part in rest if part.text.strip())], room, self.look
        )

    def _divide(self, label: Label, room: int, neighbour: bool) -> tuple[Line, Line]:
        """What stands on the arrow, and what beside it, where it is free: what the arrow has no room for."""
        whole = _parts(label)
        if _width(whole[:-1] if label.size else whole) <= room or not neighbour:
            return _fit(whole, room, self.look), []
        count = 1
        while _width(whole[: count + 1]) <= room:
            count += 1
        return _fit(whole[:count], room, self.look), _fit(whole[count:], self._gap - 3, self.look)

    def _beside(self, text: Line, *, to_right: bool) -> Line:
        """A gap that no arrow crosses, with text next to the arrow on its left or (`to_right`) right."""
        rest = Part(" " * (self._gap - 2 - _length(text)))
        return [Part(" "), *text, rest] if to_right else [rest, *text, Part(" ")]

    def _arrow(self, row: Row, text: Line, note: str, width: int, *, to_right: bool) -> Line:
        """`── text ── stall ──►` or `◄── text ────`; without a head where nothing was sent."""
        dash = self._dash
        free = width - 6 - _length(text)
        held = [Part(dash * free)]
        if note:
            held = [Part(dash * (free - len(note) - 3)), Part(f" {note} ", "yellow"), Part(dash)]
        right, left = (self._right, self._left) if row.what is not None else (dash, dash)
        if to_right:
            return [Part(f"{dash * 2} "), *text, Part(f" {dash}"), *held, Part(right)]
        return [Part(f"{left}{dash * 2} "), *text, Part(f" {dash}"), *held]

    def _centred(self, texts: list[str]) -> str:
        """Each text centred on its lifeline, as far as its neighbours let it."""
        line = ""
        for at, text in zip(self.lifelines, texts, strict=True):
            text = self.look.cut(text, self._gap - 1)
            start = max(at - len(text) // 2, len(line) + 1 if line else 0)
            line += " " * (start - len(line)) + text
        return line


def place(column: Column, look: Look) -> str:
    """Address and port of a party; more than one end: the first of them."""
    host = words.address(column.ends[0].number)
    more = look.ellipsis if len(column.ends) > 1 else ""
    return f"[{host}]:{column.ends[0].port}{more}" if ":" in host else f"{host}:{column.ends[0].port}{more}"


def _parts(label: Label) -> Line:
    """The parts of a label that say something."""
    head = Part(label.name, "" if label.status else label.colour)
    rest = (Part(label.status, label.colour), Part(label.about), Part(label.size, "dim"))
    return [head, *(part for part in rest if part.text)]


def _width(parts: Line) -> int:
    """Columns of parts once they are kept apart."""
    return _length(parts) + 2 * (len(parts) - 1)


def _length(text: Line) -> int:
    return sum(len(part.text) for part in text)


def _fit(parts: Line, room: int, look: Look) -> Line:
    """As many parts as there is room for, two blanks between; the size goes first, then the ends of names."""
    if len(parts) > 1 and parts[-1].colour == "dim" and _width(parts) > room:
        parts = parts[:-1]
    line: Line = []
    for part in parts:
        if line and room < 6:
            break
        text = look.cut(part.text, max(room, 1))
        line += [Part("  "), part._replace(text=text)] if line else [part._replace(text=text)]
        room -= len(text) + 2
    return line


def held_while_sent(row: Row) -> bool:
    """Whether the time was lost after the first byte of a row, rather than before."""
    return all(stall.start >= row.time for stall in row.stalls)


def label(row: Row, look: Look) -> Label:
    """What there is to say of a row."""
    what = row.what
    if isinstance(what, Message):
        return _message(row, what, look)
    if what is None:
        return Label(words.outcome_words(row.association, "closed"), "", "red", "", "")
    about, colour = pdu_words(row.association, what)
    return Label(what.type_name, "", colour, about, "")


def _message(row: Row, message: Message, look: Look) -> Label:
    association, command = row.association, message.command_set
    number = message.message_id if message.responding_to is None else message.responding_to
    name = message.command or "message without its command set"
    if number is not None:
        name = f"{name} {number}"
    if len(row.messages) > 1:
        name = f"{len(row.messages):,} {'×' if look.unicode else 'x'} {name}"
    sop_class = association.sop_class(message)
    status, colour, about = "", "", ""
    if message.is_response:
        code = message.status
        status, category = ("no status", "Unknown")
        if code is not None:
            status, category = words.status_words(code, sop_class, message.command or "")
        colour = words.CATEGORY_COLOURS[category]
        about = _sub_operations(row.messages[-1])
    elif sop_class and not message.is_cancel:
        about = clean(tables.sop_class_name(sop_class))
    damaged = next((each.damage for each in row.messages if each.damage), "")
    if damaged:
        status, colour = f"{status}, incomplete: {damaged}".lstrip(", "), "yellow"
    length = sum(each.data_length for each in row.messages)
    if command is not None and message.is_cancel:
        colour = "yellow"
    return Label(name, status, colour, about, words.size(length) if length else "")


def _sub_operations(message: Message) -> str:
    """Counts of a C-GET-RSP or C-MOVE-RSP, of which those that are 0 tell nothing."""
    numbers = message.command_set.numbers if message.command_set else {}
    counts = ((numbers.get(element), name) for element, name in words.SUB_OPERATIONS.items())
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def pdu_words(association: Association, pdu: Pdu) -> tuple[str, str]:
    """What there is to say of a PDU other than P-DATA-TF, and its colour."""
    if pdu.kind == 1 and association.request:
        return plural(len(association.request.contexts), "context"), "bold"
    if pdu.kind == 2 and association.accept:
        results = [context.result for context in association.accept.contexts]
        refused = len(results) - results.count(0)
        return f"{results.count(0)} accepted" + (f", {refused} refused" if refused else ""), "bold"
    if pdu.kind == 3 and association.rejection:
        return words.outcome_words(association, "rejected").removeprefix("rejected: "), "red"
    if pdu.kind == 7 and association.abort:
        return words.outcome_words(association, "aborted").removeprefix("aborted "), "red"
    return "", "bold" if pdu.kind in (1, 2, 5, 6) else "red"
