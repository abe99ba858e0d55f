"""The ladder of an association, with the associations that belong to it.

              MOVER                        ARCHIVE                         THIRD
         127.0.0.1:34105               127.0.0.1:11112                127.0.0.1:11113
    #1 0.007750 │── C-MOVE-RQ 1  Study Root Q… ─►│                               │    +4.9ms
    #2 0.056384 │                                │── A-ASSOCIATE-RQ  120 co… ───►│   +43.0ms

`dissect.ladder` computes columns and arrows, `dissect.outputs.ladder` where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.worker import get_current_worker

from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message as DimseMessage
from dissect.ladder import Ladder, ladder, mark
from dissect.outputs.ladder import Drawing
from dissect.outputs.words import Look
from dissect.statistics.flow import Stall
from tui.times import Times
from tui.views.lines import Line, Lines

AT_ONCE = 2000
"""Messages up to which nobody notices how long it takes."""


class LadderView(Lines):
    """`show` takes an association and those related to it, `tell` what time was lost to in them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "Pending", tooltip="Pending responses in one row, or each in its own"),
        Binding("r", "related", "Related", tooltip="With the associations that belong to it, or without"),
    ]

    class Selected(Message):
        """A message or a PDU was chosen."""

        def __init__(self, association: Association, side: int, what: DimseMessage | Pdu) -> None:
            super().__init__()
            self.association = association
            self.side = side
            self.what = what

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._related: Sequence[Association] = ()
        self._fold = self._with_related = True
        self._stalls: list[tuple[Association, Stall]] = []
        self._ladder: Ladder | None = None
        self._drawing: Drawing | None = None

    def show(self, association: Association, related: Sequence[Association] = ()) -> None:
        self._association, self._related = association, related
        self._stalls = []
        self._draw()

    @property
    def associations(self) -> list[Association]:
        """All that it is about."""
        return [self._association, *self._related] if self._association else []

    def tell(self, times: Times) -> None:
        self._stalls = [(each, stall) for each in self.associations for stall in times[each].stalls]
        if self._ladder is not None:
            mark(self._ladder.rows, self._stalls)
            self.refresh()

    def _draw(self, order: tuple[int, int] = (0, 0)) -> None:
        """Draw anew, with the cursor at the last row that is not behind `order`."""
        if self._association is None:
            return
        shown = self.associations if self._with_related else [self._association]
        shown.sort(key=lambda association: association.index)
        if sum(len(each.messages) for each in shown) <= AT_ONCE:
            self._drawn(ladder(shown, fold=self._fold), order)
            return
        self._ladder, self._drawing = None, None
        self.renew()
        work = partial(self._make, shown, self._fold, order)
        self.run_worker(work, thread=True, group="ladder", exclusive=True)

    def _make(self, shown: list[Association], fold: bool, order: tuple[int, int]) -> None:
        """In a thread: of 200,000 messages it takes seconds."""
        worker = get_current_worker()
        made = ladder(shown, fold=fold)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._drawn, made, order)

    def _drawn(self, made: Ladder, order: tuple[int, int]) -> None:
        self._ladder = made
        mark(made.rows, self._stalls)
        self.renew(max(sum(row.order <= order for row in made.rows) - 1, 0))

    def nothing(self) -> str:
        return "" if self._ladder else "The ladder is being drawn."

    def lay_out(self, width: int) -> None:
        if self._ladder is not None:
            self._drawing = Drawing(self._ladder, Look(width=width))

    def count(self) -> int:
        return len(self._ladder.rows) if self._ladder else 0

    def heading(self) -> Sequence[Line]:
        return self._drawing.head() if self._drawing else ()

    def line(self, row: int) -> Line:
        return self._drawing.line(row) if self._drawing else ()

    def choose(self, row: int) -> None:
        if self._ladder is None:
            return
        chosen = self._ladder.rows[row]
        if chosen.what is not None:
            self.post_message(self.Selected(chosen.association, chosen.side, chosen.what))

    def action_fold(self) -> None:
        """Fold or unfold, and stay at the row that the cursor is on."""
        order = self._ladder.rows[self.cursor].order if self._ladder and self._ladder.rows else (0, 0)
        self._fold = not self._fold
        self._draw(order)

    def action_related(self) -> None:
        self._with_related = not self._with_related
        self._draw()
