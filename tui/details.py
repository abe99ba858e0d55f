"""The lower half of the main screen: the fields of one unit beside its bytes, each showing the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.worker import get_current_worker

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span
from tui.bars import Splitter
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.linked import Linked
from tui.loading import load
from tui.spans import down_to
from tui.units import Unit
from tui.where import Where

PAUSE = 0.1
"""Seconds without another wish after which a unit is dissected: running down a list stays smooth."""


class Details(Vertical):
    """Shows a unit. Its bytes are there at once, its fields once a thread has dissected them."""

    class Failed(Message):
        """A unit could not be dissected."""

        def __init__(self, error: Exception) -> None:
            self.error = error
            super().__init__()

    place: reactive[str] = reactive("", init=False)
    """Which of several units this is, in words."""

    def __init__(
        self,
        findings: Callable[[Association], list[Finding]],
        *,
        id: str | None = None,  # noqa: A002 - textual's name
    ) -> None:
        """`findings` says what is known to be wrong with an association."""
        super().__init__(id=id)
        self._findings = findings
        self.unit: Unit | None = None
        self._title = ""
        self._linked: Linked | None = None
        self._wanted: Unit | None = None
        self._busy = False
        self._pause: Timer | None = None
        self._light: Span | None = None
        """What is to be lit once the fields are there."""

    def compose(self) -> ComposeResult:
        yield Splitter(id="split-list")
        with Horizontal():
            yield FieldTree(id="fields")
            yield Splitter(id="split-fields")
            yield HexView(id="bytes")
        yield Where(id="where")

    def show(self, unit: Unit | None, title: str = "", light: Span | None = None) -> None:
        """Show a unit, or nothing; `light` says which of its bytes are meant."""
        same = unit is not None and self.unit is not None and unit.span == self.unit.span
        self._title, self._light = title, light
        if not same:
            self.unit = self._wanted = unit
        self.place = ""
        self._entitle()
        if same:
            self._lit()
            return
        self._linked = None
        self.query_one(HexView).show(unit.span if unit else None)
        if unit is None:
            self.query_one(FieldTree).show(None)
            self.query_one(Where).show([])
        else:
            if self._pause is not None:
                self._pause.stop()
            self._pause = self.set_timer(PAUSE, self._dissect)

    @property
    def dissected(self) -> bool:
        """Whether the fields are those of the unit."""
        return self._linked is not None

    def watch_place(self) -> None:
        self._entitle()

    def _entitle(self) -> None:
        bar = self.query_one("#split-list", Splitter)
        bar.title = self._title
        bar.about = "  ".join(part for part in (self.unit.about if self.unit else "", self.place) if part)

    def _dissect(self) -> None:
        unit = self._wanted
        if unit is not None and not self._busy:
            self._busy = True
            self.run_worker(partial(self._build, unit), thread=True, group="dissect", exit_on_error=False)

    def _build(self, unit: Unit) -> None:
        """In a thread: only the latest wish counts, so at most one dissects at a time."""
        worker = get_current_worker()
        root, trouble = None, None
        try:
            load()
            root = unit.tree()
        except Exception as error:  # whatever a peer sent: the bytes can be looked at all the same
            trouble = error
        if not worker.is_cancelled:
            self.app.call_from_thread(self._built, unit, root, trouble)

    def _built(self, unit: Unit, root: Node | None, trouble: Exception | None) -> None:
        self._busy = False
        if unit is not self._wanted:
            self._dissect()
            return
        if trouble is not None:
            self.post_message(self.Failed(trouble))
        root = root or Node(unit.title, text="cannot be dissected", span=unit.span)
        self._linked = Linked(root, unit.association)
        self._linked.flag(self._findings(unit.association))
        tree = self.query_one(FieldTree)
        tree.show(root)
        tree.flag(self._flag_of)
        self._lit()

    def flag(self) -> None:
        """More findings may be known now."""
        linked, unit = self._linked, self.unit
        if linked is None or unit is None:
            return
        linked.flag(self._findings(unit.association))
        tree = self.query_one(FieldTree)
        tree.flag(self._flag_of)
        self.query_one(HexView).refresh()
        if tree.selected is not None:
            self._tell(tree.selected)

    def _flag_of(self, node: Node, within: bool) -> str:
        if self._linked is None:
            return ""
        found = self._linked.within(node) if within else self._linked.finding(node)
        return found.severity if found else ""

    def _lit(self) -> None:
        """Go to the bytes that are meant."""
        linked, light, unit = self._linked, self._light, self.unit
        if linked is None or light is None or unit is None:
            return
        parts = down_to(light, unit.span.source)
        node = (
            linked.between((parts[0].start, parts[-1].stop), parts[0].source)
            if parts
            else linked.inflated(light)
        )
        if node is not None:
            self.query_one(FieldTree).reveal(node)

    def on_field_tree_selected(self, event: FieldTree.Selected) -> None:
        event.stop()
        linked, view = self._linked, self.query_one(HexView)
        if linked is None or event.tree.root is not linked.root:
            return
        view.show(*linked.shown(event.node))
        view.highlight(linked.select(event.node))
        self._tell(event.node)

    def on_hex_view_moved(self, event: HexView.Moved) -> None:
        event.stop()
        tree = self.query_one(FieldTree)
        if self._linked is not None:
            node = self._linked.between(event.selected, event.source, tree.selected)
            if node is not None:
                tree.reveal(node)
                self._tell(node)

    def _tell(self, node: Node) -> None:
        """Say what a field means and where it lies; who walks through bytes wants to know it of the byte."""
        view = self.query_one(HexView)
        if self._linked is not None:
            byte = Span(view.span.source, view.position, 1) if view.span and view.has_focus else None
            self.query_one(Where).show(*self._linked.told(node, byte), self._linked.finding(node))
