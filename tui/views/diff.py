"""Two associations, exchanges or messages side by side, with what differs lit.

                             #1 SENDER → ARCHIVE      #2 SENDER → ORTHANC
Acceptor
  maximum length             16384                    0
Message 1, C-STORE-RQ, data set
  (0010,0010) Patient's Name Doe^Jane                 Doe^John
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.worker import get_current_worker

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message as DimseMessage
from dissect.differences import Comparable, Difference, differences
from dissect.outputs.words import clean, plural
from dissect.pieces import Span
from tui.views.lines import Line, Lines

MARK = "≠"


class DiffView(Lines):
    """`show` takes two of a kind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "all", "All/differing", tooltip="All rows, or only those that differ"),
        Binding("n", "next(1)", "Next", tooltip="To the next row whose difference matters"),
        Binding("N,p", "next(-1)", "Previous", show=False, tooltip="To the one before"),
        Binding("left,h", "side(0)", "Left", show=False, tooltip="Show the bytes of the left side"),
        Binding("right,l", "side(1)", "Right", show=False, tooltip="Show the bytes of the right side"),
    ]

    class Selected(Message):
        """A row was chosen: bytes of one side, and the message whose data set they are in."""

        def __init__(self, association: Association, span: Span, message: DimseMessage | None) -> None:
            super().__init__()
            self.association = association
            self.span = span
            self.message = message

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._found: list[Difference] = []
        self._rows: list[Difference | str] = []
        self._titles = ("", "")
        self._associations: list[Association] = []
        self._side = 0
        """Whose bytes are shown."""
        self._busy = False
        self._all = False
        self._columns = (0, 0)

    def show(self, left: Comparable, right: Comparable) -> None:
        self._titles = (_title(left), _title(right))
        self._associations = [_association(each) for each in (left, right)]
        self._found, self._side, self._busy = [], 0, True
        self._select(None)
        self.run_worker(partial(self._compare, left, right), thread=True, group="diff", exclusive=True)

    def _compare(self, left: Comparable, right: Comparable) -> None:
        """In a thread: there may be much to compare."""
        worker = get_current_worker()
        found, trouble = [], ""
        try:
            found = differences(left, right)
        except Exception as error:  # whatever a capture holds, the other views are still of use
            trouble = f"These cannot be compared: {error}"
        if not worker.is_cancelled:
            self.app.call_from_thread(self._compared, found, trouble)

    def _compared(self, found: list[Difference], trouble: str) -> None:
        self._found, self._busy = found, False
        self._select(None)
        if trouble:
            self.notify(trouble, severity="error", markup=False)
        elif self.has_focus and self.count() and self.leads(self.cursor):
            self.choose(self.cursor)

    def _select(self, stay: Difference | None) -> None:
        """Lay out the rows under titles of their sections; the cursor stays at a row, or near it."""
        self._rows, section = [], ""
        at, cursor = 0, min(1, len(self._found))
        for row in self._found:
            if not (self._all or row.differs):
                at = len(self._rows) if row is stay else at
                continue
            if row.section != section:
                section = row.section
                self._rows.append(section)
            at = len(self._rows) if row is stay else at
            self._rows.append(row)
        matter = (n for n, row in enumerate(self._rows) if not isinstance(row, str) and row.matters)
        cursor = at or next(matter, cursor)
        self.renew(cursor)

    def lay_out(self, width: int) -> None:
        longest = max((len(row.path) for row in self._rows if not isinstance(row, str)), default=0)
        path = min(longest + 5, max(width * 2 // 5, 20))
        self._columns = (path, max((width - path - 1) // 2, 8))

    def count(self) -> int:
        return len(self._rows)

    def nothing(self) -> str:
        return "Comparing." if self._busy else "Nothing differs."

    def heading(self) -> Sequence[Line]:
        path, value = self._columns
        differing = sum(row.matters for row in self._found)
        left, right = (_cut(clean(title), value - 1) for title in self._titles)
        count = f"{differing:,} of {plural(len(self._found), 'row')} differ"
        looks = ["bold", "bold"]
        looks[self._side] = "cyan"
        return [
            [(f"{_cut(count, path - 1):<{path}}", "dim"), (f"{left:<{value}}", looks[0]), (right, looks[1])]
        ]

    def line(self, row: int) -> Line:
        found = self._rows[row]
        if isinstance(found, str):
            return [(found, "bold")]
        path, value = self._columns
        name = _cut(clean(found.path), path - 4)
        mark = f"{MARK} " if found.differs else "  "
        colour = "yellow" if found.matters else "dim"
        line: list[tuple[str, str]] = [
            (mark, colour),
            (f"{name:<{path - 2}}", "" if found.matters else "dim"),
        ]
        sides = (found.left, found.right)
        shown = ["absent" if text is None else clean(text) or "empty" for text in sides]
        skip = _alike(shown[0], shown[1], value - 1) if found.differs else 0
        for side, text in zip(sides, shown, strict=True):
            text = f"…{text[skip:]}" if skip else text
            line.append((f"{_cut(text, value - 1):<{value}}", colour if side or not found.matters else "red"))
        return line

    def leads(self, row: int) -> bool:
        found = self._rows[row]
        return not isinstance(found, str) and any(span is not None for span in found.spans)

    def choose(self, row: int) -> None:
        """Tell of the bytes of the side that is looked at, or of the other one where there are none."""
        found = self._rows[row]
        if isinstance(found, str):
            return
        for side in (self._side, 1 - self._side):
            span = found.spans[side]
            if span is not None:
                self.post_message(self.Selected(self._associations[side], span, found.messages[side]))
                return

    def action_side(self, side: int) -> None:
        self._side = side
        self.refresh()
        if self.count() and self.leads(self.cursor):
            self.choose(self.cursor)

    def action_all(self) -> None:
        here = self._rows[self.cursor] if self._rows else None
        self._all = not self._all
        self._select(None if isinstance(here, str) else here)

    def action_next(self, step: int) -> None:
        row = self.cursor + step
        while 0 <= row < len(self._rows):
            found = self._rows[row]
            if not isinstance(found, str) and found.matters:
                self.cursor = row
                return
            row += step


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def _alike(left: str, right: str, width: int) -> int:
    """How much of a common beginning to leave out so that what differs can be seen."""
    if max(len(left), len(right)) <= width:
        return 0
    same = next((n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), 0)
    return same - width // 3 if same > width * 2 // 3 else 0


def _association(of: Comparable) -> Association:
    if isinstance(of, Association):
        return of
    return of.first.association if isinstance(of, Exchange) else of.association


def _title(of: Comparable) -> str:
    if isinstance(of, Association):
        return f"#{of.index} {of.calling_ae or '?'} → {of.called_ae or '?'}"
    if isinstance(of, Exchange):
        return f"{(of.first.command or 'exchange').removesuffix('-RQ')}, frame {of.first.frame}"
    return f"{of.command or 'message'}, frame {of.frame}"
