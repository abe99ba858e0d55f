"""A field tree and a hex view beside each other: which bytes a field lights, which field a byte opens.

linked = Linked(message.tree(), association)
hex.show(*linked.shown(node)); hex.highlight(linked.select(node)); where.show(*linked.told(node, hex.cursor))
tree.reveal(linked.between(moved.selected, moved.source, near=tree.selected))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.outputs.words import SEVERITIES
from dissect.pieces import Pieces, Source, Span
from tui.carriers import Carriers
from tui.hexline import Marks
from tui.paths import Paths
from tui.spans import Address, NodeIndex, address, down_to, merged


class Linked:
    """One tree, of a message, an exchange or a PDU, over the bytes of one association."""

    def __init__(self, root: Node, association: Association) -> None:
        self.root = root
        self.association = association
        self._sides = [Carriers(association, side) for side in (0, 1)]
        self._paths = Paths(root)
        self._index = NodeIndex(root, [side.pieces for side in self._sides])
        self._flags: dict[int, Finding] = {}
        self._above: dict[int, Finding] = {}
        self._flagged: list[tuple[Source, int, int, str]] = []

    def flag(self, findings: Iterable[Finding]) -> None:
        """Lay findings on the fields and bytes that show them; of several, the worst is told."""
        self._flags, self._above, self._flagged = {}, {}, []
        mine = {id(span.source): span for span in merged(self.select(self.root))}
        for finding in sorted(findings, key=lambda each: SEVERITIES.index(each.severity)):
            for side in self._sides if finding.span is not None else ():
                parts = down_to(finding.span, side.pieces) if finding.span is not None else []
                whole = mine.get(id(side.pieces))
                if not parts or whole is None:
                    continue
                start, stop = max(parts[0].start, whole.start), min(parts[-1].stop, whole.stop)
                node = self.between((start, stop), side.pieces) if start < stop else None
                if node is None:
                    continue
                self._flags.setdefault(id(node), finding)
                for each in self._paths.to(node)[:-1]:
                    self._above.setdefault(id(each), finding)
                if node is not self.root:
                    self._flagged.append((side.pieces, start, stop, finding.severity))

    def finding(self, node: Node) -> Finding | None:
        """What was found at a field."""
        return self._flags.get(id(node))

    def within(self, node: Node) -> Finding | None:
        """What was found at a field or in it."""
        return self._flags.get(id(node)) or self._above.get(id(node))

    def select(self, node: Node) -> list[Span]:
        """The bytes of a field, cut where the borders of PDVs cut them; none where it is missing."""
        return [span for span in self._index.bytes_of(node) if span.length]

    def shown(self, node: Node) -> tuple[Span | None, Marks | None]:
        """What a hex view shows while a field is selected, and the headers in it.

        All bytes of the message or PDU that the field is part of; a field of an inflated data set lies in
        that one, whole.
        """
        path = self._paths.to(node)
        lies = next((spans for each in reversed(path) if (spans := self.select(each))), [])
        if not lies:
            return None, None
        source = lies[0].source
        if not isinstance(source, Pieces):
            return Span(source, 0, len(source)), None
        for each in path:
            if each.span is not None and (spans := merged(self.select(each))) and spans[0].source is source:
                whole = Span(source, spans[0].start, spans[-1].stop - spans[0].start)
                return whole, self._marks(source)
        return Span(source, lies[0].start, lies[-1].stop - lies[0].start), self._marks(source)

    def at(self, position: int, source: Source, near: Node | None = None) -> Node | None:
        """The innermost field of a byte."""
        return self.between((position, position + 1), source, near)

    def between(self, selected: tuple[int, int], source: Source, near: Node | None = None) -> Node | None:
        """The innermost field that holds the first and the last of several bytes.

        Where several do, one of just these bytes is meant, `near` before all others; or else the first in the
        order of the tree, which has the fields of a message before the PDUs that carried it.
        """
        start, stop = selected
        found = [
            node
            for first in self._index.nodes_at(start, source)
            for last in self._index.nodes_at(stop - 1, source)
            if (node := _common(first, last)) is not None
        ]
        just = [node for node in found if _is_just(self.select(node), start, stop)]
        if near is not None and any(node is near for node in just):
            return near
        if just and stop - start > 1:
            return just[0]
        return found[0] if found else None

    def inflated(self, span: Span) -> Node | None:
        """The outermost field of these bytes of an inflated data set, which each reader inflates anew."""
        if isinstance(span.source, Pieces):
            return None
        return next(
            (
                node
                for node in self.root.walk()
                if node.span is not None
                and not isinstance(node.span.source, Pieces)
                and (node.span.start, node.span.stop) == (span.start, span.stop)
            ),
            None,
        )

    def path(self, node: Node) -> list[Node]:
        """From the root to a field."""
        return self._paths.to(node)

    def address(self, span: Span) -> Address | None:
        """Where the first byte of a span comes from; None for inflated bytes."""
        return address(span, self._sides)

    def told(self, node: Node, byte: Span | None = None) -> tuple[list[Node], list[Span], Address | None]:
        """What `Where.show` takes: the path to a field, its bytes, and where `byte` or the first comes from.

        A field without bytes in any direction is told of with the address of what holds it.
        """
        path, spans = self._paths.to(node), self.select(node)
        if spans and byte is not None and (found := self.address(byte)) is not None:
            return path, spans, found
        firsts = (lies[0] for each in reversed(path) if (lies := self.select(each)))
        return path, spans, next((found for span in firsts if (found := self.address(span))), None)

    def _marks(self, source: Source) -> Marks | None:
        headers = next((side.headers for side in self._sides if side.pieces is source), None)
        if headers is None:
            return None

        def marks(start: int, stop: int) -> Iterator[tuple[int, int, str]]:
            yield from headers(start, stop)
            for where, low, high, severity in reversed(self._flagged):  # the worst last, over the others
                if where is source and low < stop and start < high:
                    yield low, high, severity

        return marks


def _common(first: list[Node], last: list[Node]) -> Node | None:
    """The last Node that two paths share."""
    shared = [left for left, right in zip(first, last, strict=False) if left is right]
    return shared[-1] if shared else None


def _is_just(spans: list[Span], start: int, stop: int) -> bool:
    return bool(spans) and spans[0].start == start and spans[-1].stop == stop
