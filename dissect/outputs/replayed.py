"""What a replay came to, as text and as JSON: the recording on the left, the live dialogue on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.differences import Difference
from dissect.outputs import words
from dissect.outputs.ndjson import SCHEMA, Object, dumps, exchange_object
from dissect.outputs.words import Look, clean, plural, span_of_time
from dissect.replay.report import Pair, Report

MOST_ROWS = 40
"""Differences in messages that are told; the JSON has all."""
Row = tuple[str, ...]


def as_text(report: Report, look: Look) -> Iterator[str]:
    """The exchanges side by side, then what differs, and the verdict at the end."""
    yield from _exchanges(report, look)
    yield from _differences("Negotiation", report.negotiation, look)
    yield from _differences("Messages of the peer", report.contents, look)
    yield from _uids(report, look)
    if report.notes:
        yield "\n" + look.paint("Not as recorded", "bold") + "\n"
        yield from (f"  {clean(note)}\n" for note in report.notes)
    yield "\n" + _verdict(report, look) + "\n"


def _exchanges(report: Report, look: Look) -> Iterator[str]:
    rows: list[Row] = [("", "", "recorded", "", "live", "")]
    rows += [_row(pair, report, look) for pair in report.pairs]
    live = report.live
    took = [_took(each.end - each.start, look) if each else "" for each in (report.recorded, live)]
    ends = [
        words.outcome_words(each, each.outcome) if each else "nothing" for each in (report.recorded, live)
    ]
    rows.append(("association", "", ends[0], took[0], ends[1], took[1]))
    marks = ["", *("" if pair.same else "differs" for pair in report.pairs)]
    marks.append("" if report.same_outcome else "differs")
    widths = _widths(rows, max(len(mark) for mark in marks), look)
    for number, (row, mark) in enumerate(zip(rows, marks, strict=True)):
        cells = [
            f"{cell:>{width}}" if column in (3, 5) else f"{look.cut(cell, width):<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = f"{' '.join(cells[:2])}  {' '.join(cells[2:4])}  {' '.join(cells[4:])}"
        line = look.paint(line.rstrip(), "bold") if number == 0 else line
        yield f"{line}  {look.paint(mark, 'red')}".rstrip() + "\n"


def _widths(rows: list[Row], mark: int, look: Look) -> list[int]:
    """Columns of the table; on a screen the SOP class and the statuses give way."""
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    if not look.shorten:
        return widths
    surplus = sum(widths) + 9 + mark - look.width
    for column, least in ((1, 16), (2, 18), (4, 18), (1, 0)):
        taken = min(max(surplus, 0), max(widths[column] - least, 0))
        widths[column] -= taken
        surplus -= taken
    return widths


def _row(pair: Pair, report: Report, look: Look) -> Row:
    exchange = pair.recorded or pair.live
    about = words.subject(exchange) if exchange else None
    name = f"{about.command} {about.message_id or ''}".rstrip() if about else ""
    sop_class = about.sop_class_name if about else ""
    cells = [*_end(pair.recorded, report.recorded, look), *_end(pair.live, report.live, look)]
    return (name, sop_class, *cells)


def _end(exchange: Exchange | None, association: Association | None, look: Look) -> Row:
    """Status and duration of one of the two."""
    if exchange is None or association is None:
        return "not there", ""
    text, _ = words.exchange_status(exchange, association.sop_class(exchange.first))
    if len(exchange.responses) > 1:
        text += f", {len(exchange.responses)} responses"
    return text, _took(exchange.duration, look)


def _took(nanoseconds: int | None, look: Look) -> str:
    return "" if nanoseconds is None else span_of_time(nanoseconds, look.micro)


def _differences(title: str, rows: Sequence[Difference], look: Look) -> Iterator[str]:
    if not rows:
        return
    yield "\n" + look.paint(title, "bold") + "\n"
    section = ""
    for row in rows[:MOST_ROWS]:
        if row.section != section:
            section = row.section
            yield f"  {clean(section)}\n"
        before, after = _sides(row, max((look.width - 10) // 2, 20), look)
        yield f"    {clean(row.path)}: {before} {look.right} {after}\n"
    if len(rows) > MOST_ROWS:
        yield f"    and {plural(len(rows) - MOST_ROWS, 'more difference')}; --format ndjson has all\n"


def _sides(row: Difference, width: int, look: Look) -> tuple[str, str]:
    """Both values in at most `width` columns, with the place where they begin to differ."""
    before, after = ("not there" if each is None else clean(each) for each in (row.left, row.right))
    if before != after and look.cut(before, width) == look.cut(after, width):
        alike = takewhile(lambda each: each[0] == each[1], zip(before, after, strict=False))
        start = max(sum(1 for _ in alike) - width // 2, 0)
        before, after = (look.ellipsis + each[start:] for each in (before, after))
    return look.cut(before, width), look.cut(after, width)


def _uids(report: Report, look: Look) -> Iterator[str]:
    if not report.uids:
        return
    yield "\n" + look.paint("UIDs of the peer instead of those recorded", "bold") + "\n"
    width = max(len(uid) for uid in report.uids)
    for before, after in report.uids.items():
        yield f"  {clean(before):<{width}} {look.right} {clean(after)}\n"


def _verdict(report: Report, look: Look) -> str:
    if report.trouble:
        return look.paint(f"{clean(report.trouble[0].upper() + report.trouble[1:])}.", "red")
    if report.same:
        return look.paint("Went as recorded.", "green")
    count = sum(not pair.same for pair in report.pairs)
    what = [plural(count, "exchange")] if count else []
    what += [] if report.same_outcome else ["the association"]
    return look.paint(f"Ended otherwise than recorded: {' and '.join(what)}.", "red")


def as_json(report: Report, capture: str) -> str:
    """The report as one line; exchanges are as `show --format ndjson` has them."""
    found: Object = {
        "schema": SCHEMA,
        "capture": capture,
        "index": report.recorded.index,
        "played": report.side,
        "same": report.same,
        "trouble": report.trouble or None,
        "outcome": {"recorded": report.recorded.outcome, "live": report.live and report.live.outcome},
        "exchanges": [
            {
                "same": pair.same,
                "recorded": exchange_object(pair.recorded) if pair.recorded else None,
                "live": exchange_object(pair.live) if pair.live else None,
            }
            for pair in report.pairs
        ],
        "negotiation": [_difference(row) for row in report.negotiation],
        "messages": [_difference(row) for row in report.contents],
        "uids": report.uids,
        "notes": report.notes,
    }
    return dumps(found) + "\n"


def _difference(row: Difference) -> Object:
    return {"section": row.section, "path": row.path, "recorded": row.left, "live": row.right}
