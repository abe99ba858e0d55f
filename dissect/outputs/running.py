"""The list of a capture that grows: a line for whatever is complete, the number of its association before it.

    #1       4 0.000811  DCMPSTATE 10.0.0.1:38742 → IHEFULL 10.0.0.2:11112  4/5 contexts
    #1       8 0.044850 +44.0ms → N-GET     1 Printer      28 B 44.0ms  Success
    #1      20 0.611000  DCMPSTATE 10.0.0.1:38742 → IHEFULL 10.0.0.2:11112  released  611ms

As JSON: the object of each association when it ends, the same as for a finished capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.following import Event, Followed
from dissect.outputs.clock import clock
from dissect.outputs.ndjson import SCHEMA, Wanted, as_object, dumps, message_object
from dissect.outputs.selection import Selection
from dissect.outputs.text import MOST_JUDGED, Page, exchange_rows, outcome, who
from dissect.outputs.words import Look

if TYPE_CHECKING:
    from dissect.filters import Filter

NUMBER, FRAME = 5, 7
"""Columns for the number of an association and of a frame: who knows how many will come?"""

TYPICAL = (
    "0", "0.000000", "+00.0ms", "CALLING_AE", "→", "CALLED_AE", "C-STORE", "1", "Digital X-Ray Image",
    "000 KB", "000ms", "Success",
)  # fmt: skip
"""What there is room for from the start: columns that grew line by line would be hard to read."""


class RunningList:
    """Lines for events, one after the other."""

    def __init__(
        self, capture: Followed, look: Look, *, time: str = "relative", chosen: Filter | None = None
    ) -> None:
        self._capture = capture
        self._look = look
        self._style = time
        self._chosen = chosen
        self._page = Page(look, NUMBER, FRAME)
        self._zero: int | None = None
        self._latest: dict[Association, int] = {}
        """Of associations that were shown: the moment of their latest line."""

    def lines(self, event: Event) -> Iterator[str]:
        """What is to be written of an event, in whole lines."""
        association = event.association
        if event.kind == "exchange" and event.exchange is not None:
            exchange = event.exchange
            if self._chosen is None or self._chosen.matches(exchange, association):
                yield from self._show(association)
                yield self._exchange(association, exchange)
        elif event.kind == "message":
            if self._chosen is None:
                yield from self._show(association)
        elif event.kind == "ended":
            if self._chosen is None or (
                not association.exchanges and self._chosen.matches_association(association)
            ):
                yield from self._show(association)
            if association in self._latest:
                yield self._end(association)

    def _show(self, association: Association) -> Iterator[str]:
        """The line that an association begins with, unless it was written."""
        if association in self._latest:
            return
        if self._zero is None:
            self._zero = self._capture.source.time(0)
            self._page.fit([TYPICAL])
            yield self._page.headings(self._style)
        start = association.start
        judged = False  # its findings are told when it ends
        contexts = outcome(association, self._look, all_findings=judged)[0]
        yield self._about(association, association.first_record, start, contexts)
        self._latest[association] = start

    def _exchange(self, association: Association, exchange: Exchange) -> str:
        zero, before = self._zero or 0, self._latest[association]
        rows = list(exchange_rows(association, [exchange], self._look, self._style, zero, before))
        self._latest[association] = exchange.first.time
        self._page.fit(rows)
        line = self._page.lines(rows)
        return f"{self._label(association)}{line[NUMBER:]}"

    def _end(self, association: Association) -> str:
        judged = len(association.messages) <= MOST_JUDGED
        parts = outcome(association, self._look, all_findings=judged)[1:]
        self._latest.pop(association)
        return self._about(association, association.last_record, association.end, "  ".join(parts))

    def _about(self, association: Association, record: int, moment: int, what: str) -> str:
        tell = clock(self._style, self._zero or 0)
        told = tell(moment, self._latest.get(association, self._zero or 0))
        row = (f"#{association.index}", str(record + 1), told, who(association, self._look), what)
        self._page.fit([row])
        return self._page.lines([row])

    def _label(self, association: Association) -> str:
        return self._look.paint(f"{f'#{association.index}':<{NUMBER}}", "bold")


class RunningObjects:
    """JSON for events, an object a line; with `progress`, messages as soon as each is complete, too."""

    def __init__(self, capture: Followed, *, chosen: Filter | None = None, progress: bool = False) -> None:
        self._capture = capture
        self._selection = Selection(filter=chosen)
        self._chosen = chosen
        self._progress = progress

    def lines(self, event: Event) -> Iterator[str]:
        association = event.association
        if event.kind == "message" and self._progress and event.message is not None:
            found = message_object(association, event.message, Wanted(), [])
            yield dumps({"schema": SCHEMA, "association": association.index, "message": found}) + "\n"
        elif event.kind == "ended" and self._wanted(association):
            yield dumps(as_object(self._capture, association, self._selection, Wanted())) + "\n"

    def _wanted(self, association: Association) -> bool:
        """Whether `show` would put it out."""
        if self._chosen is None:
            return True
        if not self._chosen.matches_association(association):
            return False
        selection = self._selection
        return bool(selection.messages(association)) or any(selection.pdus(association))
