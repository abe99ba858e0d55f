"""What the selected field means and where its bytes come from, in the two lines at the foot.

(0010,0020) Patient ID, 12 bytes in 2 pieces: Text of at most 64 characters.                  PS3.5 6.2
frame 41, offset 0x1A2B of print.pcap, acceptor's segment 7, seq 1234, PDU 12 P-DATA-TF, PDV in context 3
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from dissect.findings import Finding
from dissect.nodes import Node
from dissect.outputs.words import clean, plural
from dissect.pieces import Pieces, Span
from tui.lettering import fit
from tui.spans import Address

STEP = " › "
LEAST_NOTE = 24
"""Columns left for the meaning; with fewer, the reference makes way for it."""


class Where(Widget):
    """Two lines about one field."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "where--above",
        "where--address",
        "where--error",
        "where--info",
        "where--name",
        "where--reference",
        "where--warning",
    }
    DEFAULT_CSS = """
    Where {
        height: 2;
        background: $background;
        & > .where--above { color: $foreground 60%; }
        & > .where--name { color: $text-primary; text-style: bold; }
        & > .where--reference { color: $text-accent; }
        & > .where--error { color: $text-error; }
        & > .where--warning { color: $text-warning; }
        & > .where--info { color: $text-secondary; }
        & > .where--address { color: $foreground 60%; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self._path: list[Node] = []
        self._spans: Sequence[Span] = ()
        self._address: Address | None = None
        self._finding: Finding | None = None

    def show(
        self,
        path: list[Node],
        spans: Sequence[Span] = (),
        address: Address | None = None,
        finding: Finding | None = None,
    ) -> None:
        """Tell of the last Node of a path, whose bytes are `spans`; an empty path clears the lines.

        What was found at it stands in the place of what it means.
        """
        self._path, self._spans, self._address, self._finding = path, spans, address, finding
        self.refresh()

    def render(self) -> Text:
        width = self.content_size.width
        if not self._path:
            return Text()
        return Text("\n", no_wrap=True).join((self._meaning(width), self._origin(width)))

    def _meaning(self, width: int) -> Text:
        node, style = self._path[-1], self.get_component_rich_style
        above = "" if node.children or len(self._path) < 3 else clean(self._path[-2].name) + STEP
        name, rest = clean(node.name), f", {extent(self._spans)}"
        reference, found = node.reference, Text()
        if self._finding is not None:
            reference = self._finding.clause or reference
            found = Text(f": {clean(self._finding.text)}", style(f"where--{self._finding.severity}"))
            rest = ""
        elif node.note:
            rest = f"{rest}: {clean(node.note)}"
        room = width - len(reference) - 2
        if not reference or room - cell_len(above + name) < LEAST_NOTE:
            reference, room = "", width
        line = Text.assemble((above, style("where--above")), (name, style("where--name")), rest, found)
        line.truncate(room, overflow="ellipsis", pad=bool(reference))
        if reference:
            line.append("  ").append(reference, style("where--reference"))
        return line

    def _origin(self, width: int) -> Text:
        style = self.get_component_rich_style("where--address")
        if self._address is None:
            return Text("nowhere in the capture", style)
        parts = self._address.parts
        if cell_len(", ".join(parts)) > width:  # what only somebody beside Wireshark wants goes first
            parts = [part for part in parts if "segment" not in part]
        text = ", ".join(parts)
        if self._spans and not isinstance(self._spans[0].source, Pieces):
            text = f"inflated from {text}"
        return Text(fit(text, width), style)


def extent(spans: Sequence[Span]) -> str:
    """How many bytes, and how often they are interrupted."""
    if not spans:
        return "no bytes"
    length = plural(sum(span.length for span in spans), "byte")
    return length if len(spans) == 1 else f"{length} in {len(spans):,} pieces"
