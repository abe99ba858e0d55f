"""How long the peer took and how much went over the wire, over the time of an association, and in numbers.

Response time, the longest in every 12.9ms of 895ms
   48.1ms ┤      █     █
          ┤▃█▇█ ▅█▂█▅█▇█▅
        0 ┼──────────────
command         count   median     90 %     99 %  longest     data      data/s
N-CREATE            3   44.9ms   48.1ms   48.1ms   48.1ms  1.04 kB  3.80 kB/s
Time lost                             times    in all  longest    share
  delayed ACK                            20     879ms   47.7ms    98.3%
    DCMPSTATE 10, IHEFULL 10: a small segment waited (Nagle) for an ACK that ...
  frame  command        response  network  applic.   in all     data  lost to
     56  N-ACTION         1.78ms      9µs   1.77ms   87.6ms           delayed ACK 85.8ms
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.outputs.plot import MARGIN, bars
from dissect.outputs.statistics import lost_lines, lost_to
from dissect.outputs.words import Look, size, span_of_time
from dissect.pieces import Span
from dissect.statistics import SECOND, Summary, Timing, carried, percentile, slowest, summaries, timings
from dissect.statistics.groups import Group, losses
from dissect.statistics.phases import Phases, Timed, resumed
from tui.times import Times
from tui.views.lines import Line, Lines

HEIGHT = 8
"""Rows that a plot has at most."""
ROWS = 6
"""Rows of the list, or of what time was lost to, that are left before there are plots."""
LIST = f"{'frame':>7}  {'command':<14}{'response':>9}{'network':>9}{'applic.':>9}{'in all':>9}"
WIDE = 92
"""Columns from which on there is room for bytes beside what time was lost to."""
LOOK = Look()


class TimingView(Lines):
    """`show` takes an association, `tell` what its TCP headers tell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "Slowest first", tooltip="Exchanges by response time, or in the order of time"),
    ]

    class Selected(Message):
        """An exchange was chosen."""

        def __init__(self, association: Association, exchange: Exchange) -> None:
            super().__init__()
            self.association = association
            self.exchange = exchange

    class Held(Message):
        """A cause of stalls was chosen: `span` was sent when the longest of them was over."""

        def __init__(self, association: Association, span: Span) -> None:
            super().__init__()
            self.association = association
            self.span = span

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._timings: list[Timing] = []
        self._summaries: list[Line] = []
        self._rows: list[Timing] = []
        self._by_length = True
        self._heading: list[Line] = []
        self._table: list[Line] = []
        """What stands above the exchanges and scrolls with them."""
        self._held: dict[int, Span] = {}
        """What some of its rows lead to."""
        self._timed: Timed | None = None
        """None until it is known."""
        self._lost: Group | None = None
        self._phases: dict[int, Phases] = {}
        """By the identity of exchanges."""

    @property
    def associations(self) -> list[Association]:
        """All that it is about."""
        return [self._association] if self._association else []

    def show(self, association: Association) -> None:
        self._association = association
        self._timings = timings(association)
        self._timed, self._lost, self._phases = None, None, {}
        self._summaries = _table(summaries(self._timings)) if self._timings else []
        self._sort()

    def tell(self, times: Times) -> None:
        """Fill in what is known now; the cursor stays at its exchange."""
        self._timed = timed = times[self.associations[0]]
        self._lost = losses(timed)
        self._phases = {id(phases.exchange): phases for phases in timed.exchanges}
        self.renew(self._tabulate())

    def _sort(self) -> None:
        self._rows = list(self._timings)
        if self._by_length:
            self._rows.sort(key=lambda timing: -1 if timing.response_time is None else -timing.response_time)
        self._tabulate()
        self.renew(len(self._table))

    def _tabulate(self) -> int:
        """Make what stands above the exchanges; returns where the row under the cursor is then."""
        before, self._table, self._held = len(self._table), list(self._summaries), {}
        if self._timed is None or self._lost is None:
            if self._timings:
                self._table.append([("Time lost", "bold"), (": its TCP headers are still to be read", "dim")])
        elif self._timings or self._lost.lost:
            for reason, line in lost_lines(self._lost, Look(width=self._extent.width)):
                stalls = [stall for stall in self._timed.stalls if stall.cause == reason]
                if stalls:
                    span = resumed(self._timed.association, max(stalls, key=lambda stall: stall.lost))
                    if span is not None:
                        self._held[len(self._table)] = span
                self._table.append(line)
        if self._timings:
            titles = LIST + ("" if self._narrow else f"{'data':>9}")
            self._table.append([(titles + ("  lost to" if self._lost and self._lost.lost else ""), "dim")])
        return self.cursor + len(self._table) - before if self.cursor >= before else self.cursor

    @property
    def _narrow(self) -> bool:
        """Whether bytes give way to what time was lost to."""
        return self._extent.width < WIDE and bool(self._lost and self._lost.lost)

    def lay_out(self, width: int) -> None:
        association = self._association
        if association is None:
            return
        self.set_reactive(Lines.cursor, self._tabulate())
        columns = max(width - MARGIN - 3, 8)
        start, end = association.start, association.end
        self._heading = []
        height = (self.scrollable_content_region.height - len(self._summaries) - ROWS - 7) // 2
        if height < 1 or not self._timings:
            return
        waits = slowest(self._timings, start, end, columns)
        rates = carried(association, start, end, columns)
        rates = rates._replace(values=[count * SECOND // rates.step for count in rates.values])
        each = span_of_time(waits.step)
        whole = span_of_time(end - start)
        self._heading = [
            [("Response time", "bold"), (f", the longest in every {each} of {whole}", "dim")],
            *_plot(waits.values, min(height, HEIGHT), span_of_time),
            [("Throughput", "bold"), (", both sides, all PDUs", "dim")],
            *_plot(rates.values, min(height, HEIGHT), lambda rate: f"{size(rate)}/s"),
        ]

    def heading(self) -> Sequence[Line]:
        return self._heading

    def count(self) -> int:
        return len(self._table) + len(self._rows)

    def nothing(self) -> str:
        return "No exchange was captured."

    def line(self, row: int) -> Line:
        if row < len(self._table):
            return self._table[row]
        timing = self._rows[row - len(self._table)]
        first = timing.exchange.first
        waited = timing.response_time
        answered = "no answer" if waited is None else span_of_time(waited)
        phases = self._phases.get(id(timing.exchange))
        network, application = (phases.network, phases.application) if phases else (None, None)
        data = size(timing.data) if timing.data else ""
        return [
            (f"{first.frame:>7}  ", "dim"),
            (f"{timing.command:<14}", ""),
            (f"{answered:>9}", "yellow" if waited is None else ""),
            (f"{_time(network)}{_time(application)}", ""),
            (_time(timing.duration), "dim"),
            ("" if self._narrow else f"{data:>9}", "dim"),
            (f"  {lost_to(phases.stalls, LOOK)}" if phases else "", "yellow"),
        ]

    def leads(self, row: int) -> bool:
        return row >= len(self._table) or row in self._held

    def choose(self, row: int) -> None:
        if self._association is None:
            return
        if row in self._held:
            self.post_message(self.Held(self._association, self._held[row]))
        else:
            exchange = self._rows[row - len(self._table)].exchange
            self.post_message(self.Selected(self._association, exchange))

    def action_sort(self) -> None:
        self._by_length = not self._by_length
        self._sort()


def _plot(values: list[int], height: int, tell: Callable[[int], str]) -> list[Line]:
    rows = bars(values, height, tell, LOOK)
    cut = MARGIN + 2
    return [*([(row[:cut], "dim"), (row[cut:], "cyan")] for row in rows[:-1]), [(rows[-1], "dim")]]


def _table(found: list[Summary]) -> list[Line]:
    """A row for each command."""
    titles = ("command", "count", "median", "90 %", "99 %", "longest", "data", "data/s")
    lines: list[Line] = [[(_row(titles), "dim")]]
    for summary in found:
        times = summary.response_times
        parts = (
            [span_of_time(percentile(times, percent)) for percent in (50, 90, 99, 100)] if times else [""] * 4
        )
        data = size(summary.data) if summary.data else ""
        rate = f"{size(round(summary.throughput))}/s" if summary.throughput else ""
        line = [(_row((summary.command, f"{summary.count:,}", *parts, data, rate)), "")]
        if summary.unanswered:
            line.append((f"  {summary.unanswered:,} unanswered", "yellow"))
        lines.append(line)
    return lines


def _time(took: int | None) -> str:
    return f"{'' if took is None else span_of_time(took):>9}"


def _row(cells: Sequence[str]) -> str:
    command, count, *rest = cells
    return f"{command:<14}{count:>7}{''.join(f'{cell:>9}' for cell in rest[:-1])}{rest[-1]:>12}"
