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
from typing import TYPE_CHECKING

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.outputs import words
from dissect.outputs.clock import clock, date
from dissect.outputs.words import Look, clean, plural, span_of_time, visible

if TYPE_CHECKING:
    from dissect.filters import Filter

CHUNK = 4096
"""Lines that are aligned with one another and written at once."""
COLUMNS = ("frame", "time", "delta", "calling", "", "called", "command", "id", "SOP class", "size", "took")
FRAME, TIME, DELTA, CALLING, ARROW, CALLED, COMMAND, ID, WHAT, SIZE, TOOK, STATUS = range(12)
LEFT = (ARROW, CALLED, COMMAND, WHAT)
MOST_JUDGED = 5000
"""Messages of a capture whose associations are judged for a list: the rules take 25 µs a message."""
LONG_STATUS = 40
"""Columns that a status may claim before the AE titles do."""
NARROWEST = 12
"""Columns that the SOP class keeps on any screen."""
ERROR_COMMENT = 0x0902

Row = tuple[str, ...]
"""COLUMNS and the status of an exchange; number, frame, time and all the rest of an association."""


def listing(
    capture: Capture, look: Look, *, time: str = "relative", chosen: Filter | None = None
) -> Iterator[str]:
    """The list of one capture in pieces of text, each of whole lines; `chosen` says of what."""
    associations = capture.associations
    if chosen is None:
        picked = [(association, association.exchanges) for association in associations]
    else:
        picked = list(chosen.pick(associations))
    zero = capture.source.time(0)
    name = clean(capture.name) + (f" and {len(capture.names) - 1} more" if len(capture.names) > 1 else "")
    began = date(zero, local=time == "absolute")
    exchanges = sum(len(association.exchanges) for association in associations)
    counts = plural(len(associations), "association"), plural(exchanges, "exchange")
    if chosen is not None:
        shown = sum(len(matching) for _, matching in picked)
        counts = f"{len(picked):,} of {counts[0]}", f"{shown:,} of {counts[1]}"
    title = f"{name}  {began}  {', '.join(counts)}"
    yield look.paint(title, "bold") + "\n"
    page = Page(look, len(f"#{len(associations)}"), len(str(capture.source.records)))
    rows = _rows(capture, picked, look, time, zero)
    first = True
    while chunk := list(islice(rows, CHUNK)):
        page.fit(chunk)
        if first:
            yield page.headings(time)
            first = False
        yield page.lines(chunk)


def judged(capture: Capture) -> bool:
    """Whether a list counts what the rules find; else only what was damaged, which reading noticed anyway."""
    return sum(len(association.messages) for association in capture.associations) <= MOST_JUDGED


def _rows(
    capture: Capture, picked: list[tuple[Association, list[Exchange]]], look: Look, style: str, zero: int
) -> Iterator[Row]:
    tell, time = clock(style, zero), capture.source.time
    all_findings = judged(capture)
    before = zero
    for association, exchanges in picked:
        start = time(association.first_record)
        about = who(association, look), "  ".join(outcome(association, look, all_findings=all_findings))
        yield (f"#{association.index}", str(association.first_record + 1), tell(start, before), *about)
        yield from exchange_rows(association, exchanges, look, style, zero, start)
        before = time(exchanges[-1].first.first_record) if exchanges else start


def exchange_rows(
    association: Association, exchanges: list[Exchange], look: Look, style: str, zero: int, before: int
) -> Iterator[Row]:
    """Rows of exchanges; the line before them is of the moment `before`."""
    tell, time, micro = clock(style, zero), association.source.time, look.micro
    calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
    success = look.paint("Success", "green")
    requestor = association.requestor_side
    for exchange in exchanges:
        first, responses = exchange.first, exchange.responses
        subject = words.subject(exchange)
        moment = time(first.first_record)
        apart, length = moment - before, words.data_size(exchange)
        took = ""
        if responses and exchange.request is not None:
            took = span_of_time(time(responses[-1].record) - moment, micro)
        yield (
            str(first.first_record + 1),
            tell(moment, before),
            "" if style == "delta" else ("" if apart < 0 else "+") + span_of_time(apart, micro),
            calling,
            look.right if first.side == requestor else look.left,
            called,
            subject.command,
            "" if subject.message_id is None else str(subject.message_id),
            subject.sop_class_name,
            words.size(length) if length else "",
            took,
            success if _plain(exchange) else _status(exchange, subject.sop_class, look),
        )
        before = moment


def _plain(exchange: Exchange) -> bool:
    """Whether there is nothing to tell but success."""
    if len(exchange.responses) != 1 or exchange.cancel is not None or exchange.request is None:
        return False
    response = exchange.responses[0]
    if response.damage or exchange.request.damage or response.command_set is None:
        return False
    return words.says_success_only(response.command_set)


def who(association: Association, look: Look) -> str:
    """Who talks with whom."""
    calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
    requestor = words.endpoint(association, association.requestor_side)
    acceptor = words.endpoint(association, association.acceptor_side)
    return f"{look.paint(calling, 'bold')} {requestor} {look.right} {look.paint(called, 'bold')} {acceptor}"


def outcome(association: Association, look: Look, *, all_findings: bool) -> list[str]:
    """What came of an association: the first part is what was negotiated."""
    ended = association.outcome
    parts = [
        words.contexts_words(association),
        span_of_time(association.end - association.start, look.micro),
        look.paint(words.outcome_words(association, ended), words.OUTCOME_COLOURS[ended]),
    ]
    if all_findings:
        findings = association.findings
    else:  # almost none has any; asking each takes 8 µs
        findings = association.noted() if any(each.findings for each in association.framers) else []
    for text, severity in words.finding_counts(findings):
        parts.append(look.paint(text, words.SEVERITY_COLOURS[severity]))
    return parts


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
            parts.append(", ".join(f"{count} {words.SUB_OPERATIONS[each]}" for each, count in counts.items()))
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


class Page:
    """Column widths, which only ever grow, and the lines in them."""

    def __init__(self, look: Look, number: int, frame: int) -> None:
        self._look = look
        self._number = number
        self._widths = [max(frame, 5), *(len(heading) for heading in COLUMNS[1:])]
        self._what = self._status = 0
        self._long: set[str] = set()
        self._template = ""

    def fit(self, rows: list[Row]) -> None:
        """Make room for `rows`. What the width does not hold goes: the AE titles, then the ends of names."""
        for row in rows:
            if len(row) <= STATUS:  # an association's, which begins with its number
                self._widths[TIME] = max(self._widths[TIME], len(row[2]))
        columns = list(zip(*(row for row in rows if len(row) > STATUS), strict=True))
        for index, column in enumerate(columns[:STATUS]):
            self._widths[index] = max(self._widths[index], max(map(len, column)))
        widths = list(self._widths)
        statuses = {status: visible(status) for status in set(columns[STATUS] if columns else ())}
        self._status = max(self._status, min(max(statuses.values(), default=0), LONG_STATUS))
        taken = self._number + 1 + sum(widths) + len(widths) + 1
        titles = True
        over = taken + self._status - self._look.width
        if over > 0:
            titles = False
            taken -= widths[CALLING] + widths[CALLED] + 2
            over = taken + len("Success") - self._look.width
            if self._look.shorten:
                less = min(max(over, 0), max(widths[WHAT] - NARROWEST, 0))
                widths[WHAT] -= less
                taken -= less
        room = self._look.width - taken
        self._long = {text for text, length in statuses.items() if self._look.shorten and length > room}
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
                if row[STATUS] in self._long:
                    lines.append(self._fold((template % (*row[:STATUS], ""))[:-2], row[STATUS]))
                else:
                    lines.append(template % row)
            else:
                head = look.paint(f"{row[0]:<{number}}", "bold")
                lines.append(self._fold(f"{head} {row[1]:>{frame}} {row[2]:>{time}}  {row[3]}", row[4]))
        lines.append("")
        return "\n".join(lines)

    def _fold(self, line: str, rest: str) -> str:
        """`line` and `rest`, which on a screen goes on in lines of its own, part by part, if it must."""
        if not self._look.shorten:
            return f"{line}  {rest}"
        margin = self._number + self._widths[FRAME] + 3
        lines, used = [line], visible(line)
        for part in rest.split("  "):
            if used + 2 + visible(part) <= self._look.width:
                lines[-1] += f"  {part}"
                used += 2 + visible(part)
            else:
                lines.append(" " * margin + part)
                used = margin + visible(part)
        return "\n".join(each.rstrip() for each in lines)
