"""The ladder of an association, with the associations that belong to it.

              MOVER                        ARCHIVE                         THIRD
         127.0.0.1:34105               127.0.0.1:11112                127.0.0.1:11113
    #1 0.007750 │── C-MOVE-RQ 1  Study Root Q… ─►│                               │    +4.9ms
    #2 0.056384 │                                │── A-ASSOCIATE-RQ  120 co… ───►│   +43.0ms

`dissect.ladder` computes columns and arrows, `dissect.outputs.ladder` where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message as DimseMessage
from dissect.ladder import Ladder, ladder
from dissect.outputs.ladder import Drawing
from dissect.outputs.words import Look
from tui.views.lines import Line, Lines


class LadderView(Lines):
    """`show` takes an association and those related to it."""

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
        self._ladder: Ladder | None = None
        self._drawing: Drawing | None = None

    def show(self, association: Association, related: Sequence[Association] = ()) -> None:
        self._association, self._related = association, related
        self._draw(0)

    def _draw(self, cursor: int) -> None:
        if self._association is None:
            return
        shown = [self._association, *(self._related if self._with_related else ())]
        shown.sort(key=lambda association: association.index)
        self._ladder = ladder(shown, fold=self._fold)
        self.renew(cursor)

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
        self._draw(0)
        if self._ladder is not None:
            self.cursor = max(sum(row.order <= order for row in self._ladder.rows) - 1, 0)

    def action_related(self) -> None:
        self._with_related = not self._with_related
        self._draw(0)
