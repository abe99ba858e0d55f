"""The lines of the exchange list as text and styles, and the widths of their columns; no screen yet.

number     frame     time   delta   command  id SOP class    size   took  status
▾ 1            4 0.000255 MODALITY 10.0.0.1:45696 → PRINTER 10.0.0.2:104  2/2 contexts  895ms  released
  ▸            8 0.000994 +739µs → N-GET     1 Printer       28 B 85.2ms  Success
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.outputs import words
from dissect.outputs.words import clean, span_of_time
from tui.columns import USUAL, Column, Context, category, chosen, message_category, running
from tui.rows import Item, Row, Rows

Part = tuple[str, str]
"""Text and the name of its style."""
ELLIPSIS = "…"
LONG_OUTCOME = 20
"""Columns that how an association ended may claim: it has the rest of the line."""
PLENTY = 1000
"""Columns in which anything fits."""
UNFOLDED, FOLDED, MARK = "▾", "▸", "●"


class Gap(NamedTuple):
    """Columns that an association has not, side by side: there stands who it is between."""

    first: int
    last: int
    width: int


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + ELLIPSIS[:width]


def fitted(parts: list[Part], width: int, *, right: bool = False) -> list[Part]:
    """`parts` in exactly `width` columns."""
    taken: list[Part] = []
    left = width
    for index, (text, style) in enumerate(parts):
        more = index + 1 < len(parts)
        if len(text) > left or (len(text) == left and more):
            taken.append((cut(text + (ELLIPSIS if more else ""), left), style))
            left = 0
            break
        taken.append((text, style))
        left -= len(text)
    if left:
        taken.insert(0 if right else len(taken), (" " * left, ""))
    return taken


class Lines:
    """Makes lines of rows. Widths follow what was shown so far: they only ever grow."""

    def __init__(self, findings: Callable[[Association], list[Finding]]) -> None:
        self.columns: list[Column] = chosen(list(USUAL))
        self.context = Context()
        self.sort: tuple[str, bool] | None = None
        """Name of the column sorted by, and whether in reverse."""
        self.marks: set[Item] = set()
        self.number = 1
        """Digits of the associations' numbers."""
        self._findings = findings
        self._measured: dict[str, int] = {}
        self._longest_who = 0
        self._widths: list[int] = []
        self._room = 80
        self.width = 0
        """Columns of the screen that a line takes."""
        self.layout(80)

    def choose(self, names: list[str]) -> None:
        self.columns = chosen(names)
        self.layout(self._room)

    def forget(self) -> None:
        """Measure anew: other rows show."""
        self._measured.clear()
        self._longest_who = 0
        self.layout(self._room)

    @property
    def reading(self) -> bool:
        """Whether more may come of what is still open."""
        return self.context.growing

    @reading.setter
    def reading(self, reading: bool) -> None:
        self.context.growing = reading

    @property
    def gutter(self) -> int:
        return self.number + 4

    def measure(self, row: Row) -> bool:
        """Make room for a row; True where columns had to grow."""
        grew = False
        for column, (text, _) in zip(self.columns, self._cells(row), strict=True):
            length = len(text) if row.exchange is not None else min(len(text), LONG_OUTCOME)
            if length > self._measured.get(column.name, 0):
                self._measured[column.name] = length
                grew = True
        if row.exchange is None:
            parts = self._who(row.association, PLENTY)
            who = sum(len(text) for text, _ in parts) - max(len(text) for text, _ in parts)
            if who > self._longest_who:
                self._longest_who = who
                grew = True
        return grew

    def layout(self, room: int) -> None:
        """Share out `room`: what may be cut is cut, the widest first, and the last column takes the rest."""
        self._room = room
        widths = [max(self._measured.get(c.name, 0), len(self._heading(c)), c.least) for c in self.columns]
        over = self.gutter + sum(widths) + len(widths) - 1 - room
        elastic = [index for index, column in enumerate(self.columns) if column.most]
        while over > 0 and elastic:
            index = max(elastic, key=lambda each: widths[each] - self.columns[each].least)
            if widths[index] <= self.columns[index].least:
                break
            widths[index] -= 1
            over -= 1
        self._widths = widths
        if over < 0 and widths:
            over += self._widen_gap(-over)
            widths[-1] -= over
        self.width = self.gutter + sum(widths) + max(len(widths) - 1, 0)

    def _widen_gap(self, spare: int) -> int:
        """Let associations say who they are between, if there is room to spare; returns what it took."""
        gap = self._gap()
        if gap is None or gap.width >= self._longest_who:
            return 0
        taken = min(spare, self._longest_who - gap.width)
        widest = max(range(gap.first, gap.last + 1), key=lambda index: self.columns[index].most)
        self._widths[widest] += taken
        return taken

    def column_at(self, x: int) -> Column | None:
        """The column of a place in a line."""
        start = self.gutter
        for column, width in zip(self.columns, self._widths, strict=True):
            if start <= x < start + width:
                return column
            start += width + 1
        return None

    def _heading(self, column: Column) -> str:
        if self.sort is not None and self.sort[0] == column.name:
            return f"{column.heading}{'▼' if self.sort[1] else '▲'}"
        return column.heading

    def heading(self) -> list[Part]:
        parts: list[Part] = [(" " * self.gutter, "heading")]
        for index, (column, width) in enumerate(zip(self.columns, self._widths, strict=True)):
            text = cut(self._heading(column), width)
            style = "sorted" if self.sort is not None and self.sort[0] == column.name else "heading"
            parts.append((" " * (index > 0), "heading"))
            parts.append((text.rjust(width) if column.right else text.ljust(width), style))
        return parts

    def line(self, rows: Rows, row: Row, before: int) -> list[Part]:
        """A row; `before` is when what the line above shows began."""
        self.context.before = before
        parts = self._margin(rows, row)
        if row.exchange is None:
            return parts + self._association(row.association)
        for index, (column, (text, style)) in enumerate(zip(self.columns, self._cells(row), strict=True)):
            width = self._widths[index]
            text = cut(text, width)
            parts.append((" " * (index > 0), ""))
            parts.append((text.rjust(width) if column.right else text.ljust(width), style))
        return parts

    def _margin(self, rows: Rows, row: Row) -> list[Part]:
        mark = (MARK if row.item in self.marks else " ", "mark")
        if row.message is not None:
            return [mark, (" " * (self.gutter - 1), "")]
        sign = FOLDED if rows.is_folded(row) else UNFOLDED
        if row.exchange is not None:
            return [mark, (f"  {sign}".ljust(self.gutter - 1), "dim")]
        number = str(row.association.index or "")
        return [mark, (f"{sign} ", "dim"), (f"{number:<{self.number}} ", "strong")]

    def _cells(self, row: Row) -> list[Part]:
        """Text and style of each column."""
        exchange, message, context = row.exchange, row.message, self.context
        if exchange is None:
            own = self._own(row.association)
            return [own.get(column.name, ("", "")) for column in self.columns]
        if message is not None:
            status = message_category(message)
            return [
                (_indented(column, column.message(message, context)), _style(column, status) or "dim")
                for column in self.columns
            ]
        status = "Pending" if context.growing and running(exchange) else category(exchange)
        return [(column.exchange(exchange, context), _style(column, status)) for column in self.columns]

    def _own(self, association: Association) -> dict[str, Part]:
        """What an association has in columns of its own."""
        context = self.context
        outcome = association.outcome
        told = outcome if outcome == "open" and self.reading else words.outcome_words(association, outcome)
        return {
            "frame": (str(association.first_record + 1), ""),
            "time": (context.tell(association.start, context.before), ""),
            "took": (span_of_time(association.end - association.start), ""),
            "status": (told, outcome),
        }

    def _association(self, association: Association) -> list[Part]:
        own, gap = self._own(association), self._gap()
        parts: list[Part] = []
        index = 0
        while index < len(self.columns):
            if index:
                parts.append((" ", ""))
            if gap is not None and index == gap.first:
                parts += fitted(self._who(association, gap.width), gap.width)
                index = gap.last
            else:
                column = self.columns[index]
                parts += fitted([own.get(column.name, ("", ""))], self._widths[index], right=column.right)
            index += 1
        return parts

    def _gap(self) -> Gap | None:
        """The widest run of columns that associations have not."""
        best, first = None, 0
        for index in range(len(self.columns) + 1):
            if index < len(self.columns) and not self.columns[index].shared:
                continue
            if index > first:
                width = sum(self._widths[first:index]) + index - first - 1
                if best is None or width > best.width:
                    best = Gap(first, index - 1, width)
            first = index + 1
        return best

    def _who(self, association: Association, room: int) -> list[Part]:
        """Who with whom, what is wrong, and what they agreed on.

        Addresses and then contexts go where room is short.
        """
        calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
        requestor = " " + words.endpoint(association, association.requestor_side)
        acceptor = " " + words.endpoint(association, association.acceptor_side)
        end: list[Part] = []
        for text, severity in words.finding_counts(self._findings(association)):
            end += [("  ", ""), (text, severity)]
        contexts = words.contexts_words(association)
        left = room - len(calling) - 3 - len(called) - sum(len(text) for text, _ in end)
        if left < len(requestor) + len(acceptor) + 2 + len(contexts):
            requestor = acceptor = ""
        if left >= len(requestor) + len(acceptor) + 2 + len(contexts):
            end += [("  ", ""), (contexts, "dim")]
            left -= 2 + len(contexts)
        left -= len(requestor) + len(acceptor)
        return [
            (calling, "strong"), (requestor, "dim"), (" → ", "dim"), (called, "strong"), (acceptor, "dim"),
            (" " * max(left, 0), ""), *end,
        ]  # fmt: skip


def _style(column: Column, status: str) -> str:
    if column.name == "status":
        return status
    return "dim" if column.name in ("arrow", "delta", "frame") else ""


def _indented(column: Column, text: str) -> str:
    return f" {text}" if column.name == "command" else text
