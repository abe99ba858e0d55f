"""The findings of an association: one a line, worst first if asked for, and the chosen one in full below.

severity frame message  rule
error       12       3  pdv-odd  A fragment of 13 bytes: fragments have an even…
────────────────────────────────────────────────────────────────────────────────
 A fragment of 13 bytes: fragments have an even length.
 PS3.8 E.1 · frame 12 · PDU 7 · message 3 · 19 bytes
 see C-STORE-RQ in frame 11 (message 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.outputs.findings import link_words
from dissect.outputs.places import Place, Places
from dissect.outputs.words import SEVERITIES, SEVERITY_COLOURS, clean, plural
from tui.views.lines import Line, Lines


class FindingLines(Lines):
    """The list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "worst", "Worst first", tooltip="In the order of severity, or of the bytes"),
    ]

    class Chosen(Message):
        """A finding was chosen."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.places: list[Place] = []
        self._in_order: list[Finding] = []
        self._tell: Places | None = None
        self._worst = False

    def show(self, association: Association, findings: list[Finding]) -> None:
        self._in_order, self._tell = findings, Places(association)
        self._sort()

    def _sort(self) -> None:
        self.findings = list(self._in_order)
        if self._worst:
            self.findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
        self.places = [self._tell.of(finding) for finding in self.findings] if self._tell else []
        self.renew()

    def count(self) -> int:
        return len(self.findings)

    def nothing(self) -> str:
        return "Nothing to be told: no rule found anything."

    def heading(self) -> Sequence[Line]:
        if not self.findings:
            return ()
        frame, message, rule = self._widths()
        titles = (
            f"{'severity':<9}{'frame'[:frame]:>{frame}}{'message'[:message]:>{message}}  {'rule':<{rule}}"
        )
        return [[(titles, "dim")]]

    def _widths(self) -> tuple[int, int, int]:
        """Of frame, message and rule; a column that would be empty is not there."""
        frames = max((len(str(place.frame)) for place in self.places if place.frame), default=0)
        messages = max((len(str(place.message)) for place in self.places if place.message), default=0)
        rules = max((len(finding.rule) for finding in self.findings), default=0)
        return max(frames, 5) if frames else 0, max(messages, 7) + 1 if messages else 0, rules

    def line(self, row: int) -> Line:
        finding, place = self.findings[row], self.places[row]
        frame, message, rule = self._widths()
        return [
            (f"{finding.severity:<9}", SEVERITY_COLOURS[finding.severity]),
            (f"{place.frame or '':>{frame}}{place.message or '':>{message}}  ", "dim"),
            (f"{finding.rule:<{rule}}  ", "bold"),
            (clean(finding.text), ""),
        ]

    def leads(self, row: int) -> bool:
        return self.findings[row].span is not None

    def choose(self, row: int) -> None:
        self.post_message(self.Chosen(self.findings[row]))

    def action_worst(self) -> None:
        self._worst = not self._worst
        self._sort()


class FindingsView(Vertical):
    """`show` takes an association, and its findings so far as there are known."""

    DEFAULT_CSS = """
    FindingsView > Static {
        height: auto;
        max-height: 50%;
        min-height: 3;
        border-top: solid $foreground 30%;
        padding: 0 1;
    }
    """

    class Selected(Message):
        """A finding was chosen."""

        def __init__(self, association: Association, finding: Finding) -> None:
            super().__init__()
            self.association = association
            self.finding = finding

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._lines = FindingLines()
        self._whole = Static()

    def compose(self) -> ComposeResult:
        yield self._lines
        yield self._whole

    def show(self, association: Association, findings: list[Finding] | None = None) -> None:
        found = association.findings if findings is None else findings
        if association is self._association and found == self._lines.findings:
            return
        self._association = association
        self._lines.show(association, found)
        self._whole.display = bool(found)

    def on_lines_highlighted(self, event: Lines.Highlighted) -> None:
        event.stop()
        if event.row < self._lines.count():
            self._whole.update(self._told(self._lines.findings[event.row], self._lines.places[event.row]))

    def _told(self, finding: Finding, place: Place) -> Content:
        numbers = (("frame", place.frame), ("PDU", place.pdu), ("message", place.message))
        parts = [finding.clause, *(f"{name} {number:,}" for name, number in numbers if number)]
        if finding.span is not None:
            parts.append(plural(finding.span.length, "byte"))
        where = " · ".join(part for part in parts if part)
        lines: list[str | tuple[str, str]] = [clean(finding.text), "\n", (where, "$foreground 70%")]
        if finding.links and self._association is not None:
            links = Places(self._association).links(finding)
            told = "; ".join(link_words(link, self._association) for link in links)
            lines += ["\n", (f"see {told}", "$foreground 70%")]
        return Content.assemble(*lines)

    def on_finding_lines_chosen(self, event: FindingLines.Chosen) -> None:
        event.stop()
        if self._association is not None:
            self.post_message(self.Selected(self._association, event.finding))
