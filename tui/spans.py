"""From a field to its bytes and back, and from a byte to where it came from.

The bytes of a field may lie in the joined fragments of a message, and those in a TCP direction, and that in
the capture. A hex view shows a *ground*: a direction, or an inflated data set, which lies in no direction.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dissect.nodes import Node
from dissect.pieces import HOLE, Pieces, Source, Span
from tui.carriers import Carriers, Pdv

MANY = 16
"""Spans of one Node that are kept rather than worked out again."""


def down_to(span: Span, source: Source) -> list[Span]:
    """The bytes of `span` as spans of a `source` further down; none where they do not lie there."""
    if span.source is source:
        return [span]
    pieces = span.source
    if not isinstance(pieces, Pieces):
        return []
    found = [
        part
        for run in pieces.runs(span.start, span.stop)
        if run.source != HOLE
        for part in down_to(Span(pieces.below, run.source, run.length), source)
    ]
    return merged(found)


def merged(spans: list[Span]) -> list[Span]:
    """Spans in order, source by source; those that touch are joined."""
    sources: dict[int, list[Span]] = {}
    for span in spans:
        sources.setdefault(id(span.source), []).append(span)
    return [span for each in sources.values() for span in _joined(sorted(each, key=_begin))]


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and last.stop >= span.start:
            joined[-1] = Span(last.source, last.start, max(last.stop, span.stop) - last.start)
        else:
            joined.append(span)
    return joined


def ground(source: Source, directions: Sequence[Source]) -> Source:
    """The direction that a source lies over, or whatever else it ends in."""
    while isinstance(source, Pieces) and not any(source is direction for direction in directions):
        source = source.below
    return source


class NodeIndex:
    """Which Nodes of a tree cover a byte.

    For each Node that a search passes, the intervals of those below it are sorted once; so a search takes the
    logarithm of the number of Nodes, and a tree nobody searches costs nothing.
    """

    def __init__(self, root: Node, directions: Sequence[Source]) -> None:
        self.root = root
        self.directions = directions
        self._below: dict[int, dict[int, _Intervals]] = {}
        self._many: dict[int, list[Span]] = {}

    def bytes_of(self, node: Node) -> list[Span]:
        """The bytes of a Node on its ground; of one that has none itself, those of the Nodes below."""
        known = self._many.get(id(node))
        if known is not None:
            return known
        if node.span is not None:
            spans = down_to(node.span, ground(node.span.source, self.directions))
        else:
            spans = merged([span for child in node.children for span in self.bytes_of(child)])
        if len(spans) > MANY:
            self._many[id(node)] = spans
        return spans

    def nodes_at(self, position: int, source: Source) -> list[list[Node]]:
        """The paths from the root to the innermost Nodes that cover a byte, in the order of the tree."""
        return list(self._descend([self.root], position, source))

    def _descend(self, path: list[Node], position: int, source: Source) -> Iterator[list[Node]]:
        node = path[-1]
        intervals = self._intervals(node).get(id(source))
        numbers = intervals.at(position) if intervals else []
        for number in numbers:
            yield from self._descend([*path, node.children[number]], position, source)
        if not numbers and (len(path) > 1 or any(_holds(span, position, source) for span in self._all(node))):
            yield path

    def _intervals(self, node: Node) -> dict[int, _Intervals]:
        """By source: the intervals of the Nodes right below one."""
        if id(node) not in self._below:
            rows: dict[int, list[tuple[int, int, int]]] = {}
            for number, child in enumerate(node.children):
                for span in self._all(child):
                    if span.length:
                        rows.setdefault(id(span.source), []).append((span.start, number, span.stop))
            self._below[id(node)] = {source: _Intervals(sorted(each)) for source, each in rows.items()}
        return self._below[id(node)]

    def _all(self, node: Node) -> list[Span]:
        """The bytes of a Node on every ground: an inflated data set lies on another than its parts."""
        spans = self.bytes_of(node)
        first = next((child.span for child in node.children if child.span is not None), None)
        if node.span is not None and first is not None:
            own, below = (ground(span.source, self.directions) for span in (node.span, first))
            if own is not below:
                spans = spans + [span for child in node.children for span in self._all(child)]
        return spans


class _Intervals:
    """Intervals in the order of their starts, with the furthest stop so far: a search ends by it."""

    __slots__ = ("_furthest", "_rows")

    def __init__(self, rows: list[tuple[int, int, int]]) -> None:
        self._rows = rows
        self._furthest: list[int] = []
        furthest = 0
        for _, _, stop in rows:
            furthest = max(furthest, stop)
            self._furthest.append(furthest)

    def at(self, position: int) -> list[int]:
        """The numbers that were given with the intervals that hold a position, in order."""
        index = bisect_right(self._rows, position, key=_start) - 1
        found = set()
        while index >= 0 and self._furthest[index] > position:
            if self._rows[index][2] > position:
                found.add(self._rows[index][1])
            index -= 1
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a byte of an association comes from, all the way down to the file."""

    side: str
    """requestor or acceptor: who sent it."""
    position: int
    """In the direction, from 0."""
    pdv: Pdv | None
    pdu: int | None
    """Number among the association's PDUs, from 1."""
    pdu_type: str
    segment: int
    """Number among the pieces of the direction, from 1; a hole counts as one."""
    frame: int | None
    """None where the byte was not captured."""
    file: str
    offset: int | None

    @property
    def parts(self) -> list[str]:
        """From the file up."""
        parts = ["not captured"]
        if self.frame is not None:
            parts = [f"frame {self.frame}", f"offset 0x{self.offset:X} of {self.file}"]
        # Wireshark's relative sequence numbers begin with 1, too
        parts.append(f"{self.side}'s segment {self.segment}, seq {self.position + 1}")
        if self.pdu is not None:
            parts.append(f"PDU {self.pdu} {self.pdu_type}")
        if self.pdv is not None:
            parts.append(f"PDV in context {self.pdv.context_id}")
        return parts

    @property
    def text(self) -> str:
        return ", ".join(self.parts)


def address(span: Span, sides: Sequence[Carriers]) -> Address | None:
    """Where the first byte of a span comes from; None where it lies in the direction of neither side."""
    for carriers in sides:
        pieces = carriers.pieces
        found = down_to(Span(span.source, span.start, 1), pieces)
        if found and found[0].start < len(pieces):
            return _address(found[0].start, carriers)
    return None


def _address(position: int, carriers: Carriers) -> Address:
    pdu = carriers.pdu_at(position)
    run = next(carriers.pieces.runs(position, position + 1))
    frame, file, offset = None, "", None
    if run.source != HOLE:
        source = carriers.association.source
        frame = source.record_at(run.source) + 1
        number = bisect_right(source.bases, run.source) - 1
        file, offset = Path(source.files[number].path).name, run.source - source.bases[number]
    return Address(
        carriers.association.side_name(carriers.side),
        position,
        carriers.pdv_at(position),
        carriers.number(pdu) if pdu else None,
        pdu.type_name if pdu else "",
        carriers.pieces.number(position) + 1,
        frame,
        file,
        offset,
    )


def _holds(span: Span, position: int, source: Source) -> bool:
    return span.source is source and span.start <= position < span.stop


def _begin(span: Span) -> int:
    return span.start


def _start(row: tuple[int, int, int]) -> int:
    return row[0]
