"""The list: a line an association, and below it a line an exchange.

       frame     time   delta   command  id SOP class    size   took  status
    #1     4 0.000811  DCMPSTATE 10.0.0.1:38742 → IHEFULL 10.0.0.2:11112  4/5 contexts  released  611ms
           8 0.044850 +44.0ms → N-GET     1 Printer      28 B 44.0ms  Success

The arrow goes right where the requestor sent the request, left where the acceptor did; with room enough, the
AE titles stand beside it. Rows are made in chunks, and a chunk is one string: 40,000 lines come in a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.outputs import words
from dissect.outputs.clock import clock, date
from dissect.outputs.words import Look, clean, plural, span_of_time

CHUNK = 4096
"""Lines that are aligned with one another and written at once."""
COLUMNS = ("frame", "time", "delta", "calling", "", "called", "command", "id", "SOP class", "size", "took")
FRAME, TIME, DELTA, CALLING, ARROW, CALLED, COMMAND, ID, WHAT, SIZE, TOOK, STATUS = range(12)
LEFT = (ARROW, CALLED, COMMAND, WHAT)
NARROWEST = 12
"""Columns that the SOP class keeps on any screen."""
ERROR_COMMENT = 0x0902

Row = tuple[str, ...]
"""COLUMNS and the status of an exchange; number, frame, time and all the rest of an association."""


def listing(capture: Capture, look: Look, *, time: str = "relative") -> Iterator[str]:
    """The list of one capture in pieces of text, each of whole lines."""
    associations = capture.associations
    exchanges = sum(len(association.exchanges) for association in associations)
    zero = capture.source.time(0)
    name = clean(capture.name) + (f" and {len(capture.names) - 1} more" if len(capture.names) > 1 else "")
    began = date(zero, local=time == "absolute")
    title = f"{name}  {began}  {plural(len(associations), 'association')}, {plural(exchanges, 'exchange')}"
    yield look.paint(title, "bold") + "\n"
    page = _Page(look, len(f"#{len(associations)}"), len(str(capture.source.records)))
    rows = _rows(associations, look, time, zero)
    first = True
    while chunk := list(islice(rows, CHUNK)):
        page.fit(chunk)
        if first:
            yield page.headings(time)
            first = False
        yield page.lines(chunk)


def _rows(associations: list[Association], look: Look, time: str, zero: int) -> Iterator[Row]:
    tell = clock(time, zero)
    before = zero
    for association in associations:
        start = association.start
        frame = str(association.first_record + 1)
        calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
        yield (f"#{association.index}", frame, tell(start, before), *_about(association, calling, called, look))
        before, requestor = start, association.requestor_side
        for exchange in association.exchanges:
            first = exchange.first
            moment = first.time
            apart, duration = moment - before, exchange.duration
            length, sop_class = words.data_size(exchange), words.sop_class(exchange)
            number = first.message_id if exchange.request and not first.is_cancel else first.responding_to
            yield (
                str(first.first_record + 1),
                tell(moment, before),
                "" if time == "delta" else ("" if apart < 0 else "+") + span_of_time(apart, look.micro),
                calling,
                look.right if first.side == requestor else look.left,
                called,
                words.command(exchange),
                "" if number is None else str(number),
                clean(tables.sop_class_name(sop_class)) if sop_class else "",
                words.size(length) if length else "",
                "" if duration is None else span_of_time(duration, look.micro),
                _status(exchange, sop_class, look),
            )
            before = moment


def _about(association: Association, calling: str, called: str, look: Look) -> tuple[str, str]:
    """An association in two parts: who with whom, and what came of it."""
    who = (
        f"{look.paint(calling, 'bold')} {words.endpoint(association, association.requestor_side)} {look.right} "
        f"{look.paint(called, 'bold')} {words.endpoint(association, association.acceptor_side)}"
    )
    outcome = association.outcome
    parts = [
        words.contexts_words(association),
        span_of_time(association.end - association.start, look.micro),
        look.paint(words.outcome_words(association, outcome), words.OUTCOME_COLOURS[outcome]),
    ]
    for text, severity in words.finding_counts(association.findings):
        parts.append(look.paint(text, words.SEVERITY_COLOURS[severity]))
    return who, "  ".join(parts)


def _status(exchange: Exchange, sop_class: str | None, look: Look) -> str:
    """How it ended, and all else worth telling."""
    text, category = words.exchange_status(exchange, sop_class)
    responses = exchange.responses
    parts = [look.paint(text, words.CATEGORY_COLOURS[category])]
    if responses:
        if len(responses) > 1 or category == "Pending":
            pending = len(responses) - (exchange.final is not None)
            parts.append(f"{plural(len(responses), 'response')}, {pending:,} pending")
        counts = words.sub_operations(exchange)
        if counts:
            parts.append(", ".join(f"{count} {name}" for name, count in counts.items()))
        last = responses[-1].command_set
        comment = last.text(ERROR_COMMENT) if last and category != "Success" else None
        if comment:
            parts.append(f'"{clean(comment)}"')
    if exchange.cancel is not None:
        parts.append(f"C-CANCEL in frame {exchange.cancel.frame}")
    damage = words.damage(exchange)
    if damage:
        parts.append(look.paint(damage, "yellow"))
    return "  ".join(parts)


class _Page:
    """Column widths, which only ever grow, and the lines in them."""

    def __init__(self, look: Look, number: int, frame: int) -> None:
        self._look = look
        self._number = number
        self._widths = [max(frame, 5), *(len(heading) for heading in COLUMNS[1:])]
        self._what = 0
        self._template = ""

    def fit(self, rows: list[Row]) -> None:
        """Make room for `rows`. What the width does not hold goes: the AE titles, then the ends of names."""
        columns = list(zip(*(row for row in rows if len(row) > STATUS), strict=True))
        for index, column in enumerate(columns[:STATUS]):
            self._widths[index] = max(self._widths[index], max(map(len, column)))
        widths = list(self._widths)
        titles = True
        over = self._number + sum(widths) + len(widths) + len(" Success") - self._look.width
        if over > 0:
            titles = False
            over -= widths[CALLING] + widths[CALLED] + 2
            if self._look.shorten:
                widths[WHAT] -= min(max(over, 0), max(widths[WHAT] - NARROWEST, 0))
        self._what = widths[WHAT]
        marks = [f"%{'-' if index in LEFT else ''}{width}s" for index, width in enumerate(widths)]
        if not titles:
            marks[CALLING] = marks[CALLED] = "\b%.0s"
        self._template = " " * self._number + " " + " ".join(marks).replace(" \b", "") + "  %s"

    def headings(self, time: str) -> str:
        titles = list(COLUMNS)
        if time == "delta":
            titles[TIME], titles[DELTA] = "delta", ""
        return self._look.paint((self._template % (*titles, "status")).rstrip(), "dim") + "\n"

    def lines(self, rows: list[Row]) -> str:
        look, what = self._look, self._what
        number, frame, time = self._number, self._widths[FRAME], self._widths[TIME]
        template = self._template
        lines = []
        for row in rows:
            if len(row) > STATUS:
                if len(row[WHAT]) > what:
                    row = (*row[:WHAT], look.cut(row[WHAT], what), *row[WHAT + 1 :])
                lines.append(template % row)
            else:
                head = look.paint(f"{row[0]:<{number}}", "bold")
                lines.append(f"{head} {row[1]:>{frame}} {row[2]:>{time}}  {row[3]}  {row[4]}")
        lines.append("")
        return "\n".join(lines)
