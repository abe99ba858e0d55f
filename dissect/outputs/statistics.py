"""How long a capture took, as tables and plots for a terminal.

                          count   median     90 %     99 %  longest     data      data/s
AE titles
DCMPSTATE → IHEFULL          10    418µs   1.55ms   1.77ms   1.77ms  18.1 kB   20.5 kB/s
Where the time went, of 895ms in associations
  requests on their way                 431ms   48.2 %  ██████████
Time lost                             times   in all  longest
  delayed ACK                            20    879ms   47.7ms   98.3 %
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.outputs.clock import date
from dissect.outputs.plot import MARGIN, bars
from dissect.outputs.words import CATEGORY_COLOURS, Look, clean, plural, size, span_of_time, visible
from dissect.statistics import SECOND
from dissect.statistics.exchanges import moved, slowest
from dissect.statistics.flow import Cause, Stall
from dissect.statistics.groups import REASONS, By, Group, Lost, Reason, Sizes, Statistics, Status, middle

MOST_GROUPS = 20
"""Names of one kind that are told, those that were busiest; csv and ndjson tell all."""
MOST_PAIRS = 10
"""Pairs of AE titles whose PDU lengths are told."""
HEIGHT = 5
"""Rows of a plot."""
NAME = 34
"""Columns of names, where there are enough."""
NUMBERS = 66
"""Columns of the numbers behind them."""
SHARE = 20
"""Columns of the bar of a share."""

SECTIONS: tuple[tuple[By, str], ...] = (
    ("ae", "AE titles"),
    ("command", "Command"),
    ("sop-class", "SOP class"),
)
REASON_WORDS: dict[Reason, tuple[str, str]] = {
    "delayed-ack": (
        "delayed ACK",
        "a small segment waited (Nagle) for an ACK that its receiver delayed: send a PDU in one write, or "
        "set TCP_NODELAY at the sender, for DCMTK by TCP_NODELAY=1 in its environment",
    ),
    "zero-window": (
        "zero window",
        "the receiver's buffer was full: it reads more slowly than it is sent to",
    ),
    "retransmission": (
        "retransmission",
        "bytes got lost and were sent again after a timeout: look for a bad link or a full switch",
    ),
    "round-trip": (
        "one PDU per round trip",
        "small PDUs on a long path: set TCP_NODELAY at the sender, and negotiate a larger maximum length",
    ),
    "slow-peer": (
        "slow application",
        "the first response took the peer over a second, network apart: see its log for what it did",
    ),
    "one-object": (
        "one association per object",
        "negotiation and release of each: send all objects of a study in one association",
    ),
}
"""What is called how, and what happened, with the usual cure."""


def statistics_text(capture: Capture, sums: Statistics, look: Look) -> Iterator[str]:
    """All tables and plots of a capture."""
    everything = sums.everything
    start = min((each.start for each in capture.associations), default=0)
    counts = f"{plural(everything.associations, 'association')}, {plural(everything.exchanges, 'exchange')}"
    head = look.paint(clean(capture.name), "bold")
    yield f"{head}  {date(start, local=False)}  {counts}{_outcomes(everything)}\n"
    if everything.exchanges:
        yield from _table(sums, look)
        yield from _sizes(sums, look)
    yield from _spent(everything, look)
    yield from _lost(everything, look)
    yield from _plots(sums, look)


def _outcomes(group: Group) -> str:
    told = [
        f"{count:,} {outcome}" for outcome, count in group.outcomes.most_common() if outcome != "released"
    ]
    return f", {', '.join(told)}" if told else ""


def name_of(group: Group, look: Look) -> str:
    """Such as CT1 → ARCHIVE, or CT Image Storage."""
    if group.by == "ae":
        return f" {look.right} ".join(clean(title or "?") for title in group.name)
    name = group.name[0] if group.name else None
    return clean(tables.sop_class_name(name)) if group.by == "sop-class" and name else name or "?"


def _table(sums: Statistics, look: Look) -> Iterator[str]:
    titles = ("count", "median", "90 %", "99 %", "longest", "data", "data/s")
    yield "\n" + look.paint(_row("Response time", titles, look), "dim")
    for by, title in SECTIONS:
        groups = [group for group in sums.groups(by) if group.exchanges]
        groups.sort(key=lambda group: -group.exchanges)
        yield look.paint(title, "bold") + "\n"
        for group in groups[:MOST_GROUPS]:
            times = [group.percentile(percent) for percent in (50, 90, 99, 100)]
            cells = ["" if each is None else span_of_time(each, look.micro) for each in times]
            data = size(group.data) if group.data else ""
            rate = f"{size(round(group.throughput))}/s" if group.throughput else ""
            yield _row(name_of(group, look), (f"{group.exchanges:,}", *cells, data, rate), look)
            if by == "command" or len(groups) > 1:
                yield from _statuses(group, look)
        if len(groups) > MOST_GROUPS:
            yield look.paint(f"  and {len(groups) - MOST_GROUPS:,} more, with fewer exchanges\n", "dim")


def _row(name: str, cells: Sequence[str], look: Look) -> str:
    count, *times, data, rate = cells
    columns = max(min(look.width - NUMBERS, NAME), 12)
    name = look.cut(name, columns) if look.shorten else name
    text = f"{name:<{columns}} {count:>8}{''.join(f'{cell:>9}' for cell in times)}{data:>9}{rate:>12}"
    return text.rstrip() + "\n"


def _statuses(group: Group, look: Look) -> Iterator[str]:
    """How the exchanges ended, where not all went well."""
    if all(status.category == "Success" for status in group.statuses):
        return
    line = ""
    for status, count in group.statuses.most_common():
        part = f"{count:,} {status_text(status)}"
        if line and visible(line) + len(part) + 5 > look.width:
            yield f"  {line},\n"
            line = ""
        line += (", " if line else "") + look.paint(part, CATEGORY_COLOURS[status.category])
    yield f"  {line}\n"


def status_text(status: Status) -> str:
    """Such as Success, or 0xA700 Refused: Out of Resources."""
    if status.code is None or status.code in (0x0000, 0xFF00):
        return status.text
    return f"0x{status.code:04X} {status.text or status.category}"


def _sizes(sums: Statistics, look: Look) -> Iterator[str]:
    """PDUs and PDVs of both roles, beside what their receivers take."""
    titles = ("P-DATA", "median", "longest", "takes", "used", "PDVs", "longest")
    yield "\n" + look.paint(_row("PDU lengths", titles, look), "dim")
    groups = sorted(sums.groups("ae"), key=lambda group: -group.exchanges)
    for group in groups[:MOST_PAIRS]:
        for title, other, role in _ends(group):
            sizes = group.sizes.get(role)
            if sizes is not None and sizes.pdus:
                yield _row(f"{title} to {other}", _lengths(sizes), look)
    if len(groups) > MOST_PAIRS:
        yield look.paint(f"  and of {len(groups) - MOST_PAIRS:,} more pairs of AE titles\n", "dim")


def _ends(group: Group) -> Iterator[tuple[str, str, str]]:
    calling, called = (clean(title or "?") for title in group.name)
    yield calling, called, "requestor"
    yield called, calling, "acceptor"


def _lengths(sizes: Sizes) -> tuple[str, ...]:
    longest, limit = max(sizes.pdus), sizes.limit
    takes = "?" if limit is None else f"{limit:,}" if limit else "any"
    used = f"{longest / limit:.0%}" if limit else ""
    pdus = (sizes.pdus.total(), middle(sizes.pdus) or 0, longest)
    pdvs = (sizes.pdvs.total(), max(sizes.pdvs, default=0))
    return (*(f"{each:,}" for each in pdus), takes, used, *(f"{each:,}" for each in pdvs))


def _spent(group: Group, look: Look) -> Iterator[str]:
    spent, whole = group.spent, group.duration
    if not whole:
        return
    rows = (
        ("negotiation", spent.negotiation),
        ("requests on their way", spent.request),
        ("network, to the peer and back", spent.network),
        ("the peer's application", spent.application),
        ("responses, from first to last", spent.response),
        ("between exchanges", spent.think),
        ("release", spent.release),
    )
    of = f"of {span_of_time(whole, look.micro)} in associations"
    yield f"\n{look.paint('Where the time went', 'bold')}, {of}\n"
    block = "█" if look.unicode else "#"
    for name, took in rows:
        share = took / whole
        bar = block * round(min(share, 1.0) * SHARE)
        told = f"{span_of_time(took, look.micro):>9} {share:>8.1%}"
        yield f"  {name:<{NAME}} {told}  {look.paint(bar, 'cyan')}".rstrip() + "\n"


def _lost(group: Group, look: Look) -> Iterator[str]:
    yield "\n"
    for _, parts in lost_lines(group, look):
        yield "".join(look.paint(text, colour) for text, colour in parts) + "\n"


def lost_lines(group: Group, look: Look) -> Iterator[tuple[Reason | None, list[tuple[str, str]]]]:
    """What time was lost to: a heading, and for each reason its figures, what it means and what cures it.

    Lines are parts of text with their colours; that of the figures of a reason comes with it.
    """
    if not group.lost:
        yield None, [("Time lost", "bold"), (": none was found.", "")]
        return
    yield None, [("Time lost", "bold"), (f"{'times':>38}{'in all':>10}{'longest':>9}{'share':>9}", "")]
    for reason in REASONS:
        lost = group.lost.get(reason)
        if lost is not None:
            name, told = REASON_WORDS[reason]
            figures = _losses(lost, group, look)
            yield reason, [("  ", ""), (f"{name:<{NAME}}", "yellow"), (f" {figures}", "")]
            for line in wrap(f"{_who(lost, look)}: {told}", max(look.width - 4, 40)):
                yield None, [(f"    {line}", "dim")]


def lost_to(stalls: Iterable[Stall], look: Look, *, briefly: bool = False) -> str:
    """What something was held up by, and unless `briefly` how long: delayed ACK 41.2ms."""
    lost: dict[Cause, int] = {}
    for stall in stalls:
        lost[stall.cause] = lost.get(stall.cause, 0) + stall.lost
    names = {cause: REASON_WORDS[cause][0] for cause in lost}
    if briefly:
        return ", ".join(names.values())
    return ", ".join(f"{names[cause]} {span_of_time(took, look.micro)}" for cause, took in lost.items())


def _losses(lost: Lost, group: Group, look: Look) -> str:
    total, worst = (span_of_time(each, look.micro) for each in (lost.total, lost.worst))
    share = f"{lost.total / group.duration:.1%}" if group.duration else ""
    return f"{lost.count:>10,}{total:>10}{worst:>9}{share:>9}"


def _who(lost: Lost, look: Look) -> str:
    """Whom it happened to, and how often: DCMPSTATE 10, IHEFULL 10."""
    who = ", ".join(f"{clean(title)} {count:,}" for title, count in lost.by.most_common(3))
    return f"{who}, {look.ellipsis}" if len(lost.by) > 3 else who


def _plots(sums: Statistics, look: Look) -> Iterator[str]:
    """The longest response time and the bytes of data sets, over the time of all exchanges."""
    timings = sums.timings
    if len(timings) < 2:
        return
    start = min(timing.start for timing in timings)
    end = max(timing.start + (timing.duration or 0) for timing in timings)
    columns = max(look.width - MARGIN - 3, 8)
    waits = slowest(timings, start, end, columns)
    step, whole = span_of_time(waits.step, look.micro), span_of_time(end - start, look.micro)
    if any(waits.values):
        yield f"\n{look.paint('Response time', 'bold')}, the longest in every {step} of {whole}\n"
        rows = bars(waits.values, HEIGHT, lambda each: span_of_time(each, look.micro), look)
        yield "\n".join(rows) + "\n"
    rates = moved(timings, start, end, columns)
    values = [count * SECOND // rates.step for count in rates.values]
    if max(values) > 0:
        yield f"\n{look.paint('Data sets', 'bold')}, bytes a second\n"
        yield "\n".join(bars(values, HEIGHT, lambda rate: f"{size(rate)}/s", look)) + "\n"
