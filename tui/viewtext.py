"""What a pane shows as lines of text, also those that are scrolled out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from textual.widget import Widget

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.outputs import hexadecimal
from tui.copying import tree_text
from tui.exchanges import ExchangeList
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.lines import Lines
from tui.rows import Rows
from tui.views.lines import Lines as ViewLines

ROOM = 400
"""Columns that a line of a list may take in a file: there it is not cut to fit a screen."""


def text_of(widget: Widget | None) -> Callable[[], Iterable[str]] | None:
    """Makes the lines of a pane, in any thread; None where it has none."""
    if isinstance(widget, ExchangeList):
        return partial(list_lines, widget.rows, widget.lines, widget.findings)
    if isinstance(widget, FieldTree) and widget.root is not None:
        root = widget.root
        return lambda: tree_text(root).splitlines()
    if isinstance(widget, HexView) and widget.span is not None:
        return partial(hexadecimal.rows, widget.span, full=True)
    if isinstance(widget, ViewLines):
        return partial(view_lines, widget)
    return None


def list_lines(rows: Rows, shown: Lines, findings: Callable[[Association], list[Finding]]) -> Iterator[str]:
    """The rows of the exchange list in the columns that it shows, none of them cut."""
    lines = Lines(findings)
    lines.choose([column.name for column in shown.columns])
    lines.sort, lines.marks, lines.number = shown.sort, set(shown.marks), shown.number
    zero = shown.context.zero
    lines.context.use(shown.context.style, zero)
    for number in range(len(rows)):
        lines.measure(rows.at(number))
    lines.layout(ROOM)
    yield "".join(text for text, _ in lines.heading()).rstrip()
    before = zero
    for number in range(len(rows)):
        row = rows.at(number)
        yield "".join(text for text, _ in lines.line(rows, row, before)).rstrip()
        before = row.association.source.time(row.first_record)


def view_lines(widget: ViewLines) -> Iterator[str]:
    """The lines of a view of one association, as wide as on the screen."""
    for line in (*widget.heading(), *map(widget.line, range(widget.count()))):
        yield "".join(text for text, _ in line).rstrip()
