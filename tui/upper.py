"""The upper pane: the exchange list, or one of the views of an association, each made when first shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import ContentSwitcher
from textual.worker import get_current_worker

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message as DimseMessage
from dissect.findings import Finding
from dissect.pieces import Span
from tui import units
from tui.exchanges import ExchangeList
from tui.times import Known, Times, read_times
from tui.units import Unit

if TYPE_CHECKING:
    from dissect.differences import Comparable
    from tui.views.datasets import DataSetsView
    from tui.views.diff import DiffView
    from tui.views.findings import FindingsView
    from tui.views.ladder import LadderView
    from tui.views.negotiation import NegotiationView
    from tui.views.pdus import PduView
    from tui.views.timing import TimingView

EXCHANGES, DIFF, FINDINGS = "exchanges", "diff", "findings"
VIEWS = {
    EXCHANGES: "Exchanges",
    "negotiation": "Negotiation",
    "ladder": "Ladder",
    "pdus": "PDUs",
    "datasets": "Data sets",
    FINDINGS: "Findings",
    "timing": "Timing",
}
"""Names and headings, in the order of their keys."""
CLASSES = {
    "negotiation": "NegotiationView",
    "ladder": "LadderView",
    "pdus": "PduView",
    "datasets": "DataSetsView",
    FINDINGS: "FindingsView",
    "timing": "TimingView",
}
"""Views by the module of `tui.views` that each is in."""
TIMED = ("ladder", "timing")
"""Those that tell what time was lost to."""


class Upper(ContentSwitcher):
    """One view at a time; each shows the association of the row that the list has its cursor on."""

    class Wanted(Message):
        """The cursor of a view is on something whose fields and bytes show below; `light`: which bytes."""

        def __init__(self, unit: Unit, light: Span | None = None) -> None:
            self.unit, self.light = unit, light
            super().__init__()

    def __init__(
        self,
        capture: Capture,
        findings: Callable[[Association], list[Finding]],
        kind: type[ExchangeList] = ExchangeList,
        *,
        id: str | None = None,  # noqa: A002 - textual's name
    ) -> None:
        """`findings` says what is known to be wrong with an association, `kind` is that of the list."""
        super().__init__(id=id, initial=EXCHANGES)
        self._kind = kind
        self._capture = capture
        self._findings = findings
        self._shown: dict[str, Association] = {}
        self._untold: set[str] = set()
        """Views that do not know yet what time was lost to."""
        self._times: Times = {}
        """What was found last."""

    def compose(self) -> ComposeResult:
        yield self._kind(id=EXCHANGES)

    @property
    def view(self) -> str:
        return self.current or EXCHANGES

    async def switch(self, name: str, association: Association | None) -> None:
        """Show the list, or a view of an association."""
        if name != EXCHANGES and not self.query(f"#{name}"):
            view = getattr(import_module(f"tui.views.{name}"), CLASSES[name])
            await self.add_content(view(), id=name)
        self.current = name
        self.follow(association)
        self.take_focus()

    async def compare(self, left: Comparable, right: Comparable) -> None:
        """Show two of a kind side by side."""
        if not self.query(f"#{DIFF}"):
            from tui.views.diff import DiffView

            await self.add_content(DiffView(), id=DIFF)
        self.current = DIFF
        view: Any = self.query_one(f"#{DIFF}")
        view.show(left, right)
        self.take_focus()

    def take_focus(self) -> None:
        """Give the focus to what shows."""
        shown = self.query_one(f"#{self.view}")
        for each in (shown, *shown.query("*")):
            if each.focusable:
                each.focus()
                break

    def follow(self, association: Association | None) -> None:
        """Let the view that shows be of another association."""
        name = self.view
        if name not in (EXCHANGES, DIFF) and association is not None:
            if self._shown.get(name) is not association:
                self._show(name, association)
            self._time(name)
        else:
            self._time("")

    def _show(self, name: str, association: Association) -> None:
        self._shown[name] = association
        if name in TIMED and self._capture.finished:
            self._untold.add(name)
        view: Any = self.query_one(f"#{name}")
        if name == "ladder" and self._capture.finished:
            from dissect.related import related  # deferred: it looks at data sets

            view.show(association, related(association, self._capture))
        elif name == FINDINGS:
            view.show(association, self._findings(association))
        else:
            view.show(association)

    def _time(self, name: str) -> None:
        """Let the view of this name know what time was lost to, once that is known, and no other.

        A view that was left before goes without until it shows again.
        """
        if name not in self._untold:
            self.workers.cancel_group(self, "times")
            return
        view: Any = self.query_one(f"#{name}")
        if self._tell(name, self._times):
            return
        work = partial(self._read_times, name, list(view.associations))
        self.run_worker(work, thread=True, group="times", exclusive=True)

    def _tell(self, name: str, times: Times) -> bool:
        """Tell a view, if it is still of associations of which something is known."""
        view: Any = self.query_one(f"#{name}")
        known = all(each in times for each in view.associations)
        if known:
            self._untold.discard(name)
            view.tell(times)
        return known

    def _read_times(self, name: str, associations: list[Association]) -> None:
        """In a thread."""
        worker = get_current_worker()
        try:
            found = read_times(self._capture.source, associations, lambda: worker.is_cancelled)
        except Exception as error:  # a file that is gone, a value that nobody foresaw: the view does without
            text = f"What time was lost to cannot be told: {error}"
            if not worker.is_cancelled:
                self.app.call_from_thread(self.notify, text, severity="warning", markup=False)
        else:
            if found is not None:
                self.post_message(Known(name, found))

    def on_known(self, event: Known) -> None:
        self._times = event.times
        if event.view in self._untold:
            self._tell(event.view, event.times)

    def renew(self, association: Association | None) -> None:
        """What the views were made of may have grown."""
        self.outdate()
        self.follow(association)

    def outdate(self) -> None:
        """The same, but they are made anew only when somebody asks for one."""
        self._shown.clear()

    # what the views tell

    def on_pdu_view_selected(self, event: PduView.Selected) -> None:
        self._want(event.association, event.side, event.pdu)

    def on_ladder_view_selected(self, event: LadderView.Selected) -> None:
        self._want(event.association, event.side, event.what)

    def on_negotiation_view_selected(self, event: NegotiationView.Selected) -> None:
        self._want(event.association, event.side, event.pdu)

    def on_data_sets_view_selected(self, event: DataSetsView.Selected) -> None:
        self.post_message(self.Wanted(units.of_message(event.message), event.span))

    def on_timing_view_selected(self, event: TimingView.Selected) -> None:
        self.post_message(self.Wanted(units.of_message(event.exchange.first)))

    def on_timing_view_held(self, event: TimingView.Held) -> None:
        self._want_bytes(event.association, event.span)

    def on_findings_view_selected(self, event: FindingsView.Selected) -> None:
        if event.finding.span is not None:
            self._want_bytes(event.association, event.finding.span)

    def on_diff_view_selected(self, event: DiffView.Selected) -> None:
        self._want_bytes(event.association, event.span, event.message)

    def _want_bytes(self, association: Association, span: Span, message: DimseMessage | None = None) -> None:
        """Tell of bytes; of those of an inflated data set only the message is known that they are in."""
        unit = units.of_message(message) if message is not None else units.at(association, span)
        if unit is not None:
            self.post_message(self.Wanted(unit, span))

    def _want(self, association: Association, side: int, what: DimseMessage | Pdu) -> None:
        unit = units.of_pdu(association, side, what) if isinstance(what, Pdu) else units.of_message(what)
        self.post_message(self.Wanted(unit))
