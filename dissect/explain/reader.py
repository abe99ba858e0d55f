"""Explains bytes as PDUs: each layer, field and byte with what it says, what it is for, and what is wrong.

A conversation may be explained in several goes: what was negotiated in one direction tells how data sets of
the other are encoded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from dissect.dicom.negotiation import read_proposal
from dissect.dicom.tables import transfer_syntax
from dissect.explain.commands import command_faults
from dissect.explain.faults import Faults, faults
from dissect.explain.rows import Row, single_bytes, with_bits
from dissect.explain.splitting import Part, split
from dissect.layers import CommandElement, CommandSet, Layer, Pdu, PresentationDataValueItem
from dissect.layers.dictionary import about_element
from dissect.nodes import Node
from dissect.pieces import Buffer, Span
from dissect.tree import command_tree, dataset_tree, pdu_tree

Depth = Literal["items", "fields", "bytes"]
HIDDEN = "••"
"""How the text of a secret begins that is not to be shown."""


def explain_bytes(data: bytes, depth: Depth = "fields", *, show_secrets: bool = False) -> list[Row]:
    """What the bytes of one direction say, whatever they are: PDUs, half a PDU, or none."""
    return Explainer(depth, show_secrets=show_secrets).rows(data)


class _Fragments:
    """The fragments of a command set or data set so far, and where each stood."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._starts: list[tuple[int, int]] = []
        """Of each fragment, where it begins among all of them and where it stood."""

    def add(self, data: bytes, start: int) -> None:
        self._starts.append((len(self.data), start))
        self.data += data

    def place(self, at: int) -> int:
        """Where a byte stood; behind the last byte for what lies behind all of them."""
        number = bisect_right(self._starts, at, key=lambda each: each[0]) - 1
        start, stood = self._starts[max(number, 0)]
        return stood + min(at, len(self.data)) - start


class Explainer:
    """Explains what two sides say to each other, and remembers what they agreed on."""

    def __init__(self, depth: Depth = "fields", *, show_secrets: bool = False) -> None:
        self.depth = depth
        self.show_secrets = show_secrets
        self._proposed: dict[int, tuple[str, ...]] = {}
        self._accepted: dict[int, str] = {}
        self._open: dict[tuple[str, int, bool], _Fragments] = {}

    def rows(self, data: bytes, direction: str = "") -> list[Row]:
        """What `data`, sent in one direction, says. Positions count from its first byte."""
        return [row for part in split(data) for row in self._part(data, part, direction)]

    def _part(self, data: bytes, part: Part, direction: str) -> Iterator[Row]:
        inside = data[part.start : part.stop]
        if not part.is_pdu:
            yield _no_pdu(part, inside)
            return
        meant = inside
        if part.believed is not None:  # read by the length it should have, so that all of it is read
            meant = inside[:2] + part.believed.to_bytes(4, "big") + inside[6:]
        layer, tree = Pdu(meant), pdu_tree(Span(Buffer(meant), 0, len(meant)), show_secrets=self.show_secrets)
        wrong = faults(layer)
        if part.believed is not None:
            wrong[id(layer), "pdu_length"] = f"expected {part.believed:08X}: so many bytes are in this PDU"
        walk = _Walk(self, inside, part.start, direction, wrong)
        yield from walk.layer(layer, tree, 0)
        self._note(inside, layer)

    def _note(self, data: bytes, layer: Layer) -> None:
        """Remember what an A-ASSOCIATE-RQ or -AC says about transfer syntaxes."""
        kind = layer.getfieldval("pdu_type")
        if kind not in (1, 2):
            return
        for context in read_proposal(data).contexts:
            if kind == 1:
                self._proposed[context.id] = context.transfer_syntaxes
            elif context.result == 0 and context.transfer_syntaxes:
                self._accepted[context.id] = context.transfer_syntaxes[0]

    def syntax(self, context: int) -> str | None:
        """The transfer syntax of a presentation context, where it is agreed on or there is but one."""
        proposed = self._proposed.get(context, ())
        return self._accepted.get(context) or (proposed[0] if len(proposed) == 1 else None)

    def fragments(self, direction: str, item: PresentationDataValueItem) -> _Fragments:
        """The fragments of the same message that came before, to add `item` to."""
        key = (direction, item.presentation_context_id, bool(item.is_command))
        found = self._open.setdefault(key, _Fragments())
        if item.is_last:
            del self._open[key]
        return found


def _no_pdu(part: Part, data: bytes) -> Row:
    if part.stranger:
        wrong = f"expected a PDU, which begins with 01 to 07; this is {part.stranger.name}"
        return Row("layer", 0, part.start, data, "Not DICOM", part.stranger.name, part.stranger.cure,
                   "PS3.8 9.3.1", wrong=wrong)  # fmt: skip
    wrong = f"expected a PDU type, 01 to 07, found {data[0]:02X}"
    meaning = "Bytes that begin no PDU: the length of the PDU before them is wrong, or bytes are missing."
    return Row("layer", 0, part.start, data, "No PDU", data[:16].hex(" "), meaning, "PS3.8 9.3.1",
               wrong=wrong)  # fmt: skip


class _Walk:
    """Goes through the layers of one PDU, and through the same fields in words, side by side."""

    def __init__(
        self, explainer: Explainer, data: bytes, start: int, direction: str, wrong: Faults,
        joined: _Fragments | None = None,
    ) -> None:  # fmt: skip
        self.explainer = explainer
        self.data = data
        self.start = start
        self.direction = direction
        self.wrong = wrong
        self.joined = joined

    def layer(self, layer: Layer, node: Node, depth: int) -> Iterator[Row]:
        start, stop = layer.extent
        row = self._row("layer", depth, start, min(stop, len(self.data)), node)
        if isinstance(layer, CommandElement) and layer.tag is not None:
            about = about_element(layer.tag)
            row = replace(row, meaning=about.meaning, legal=about.legal, trouble=about.trouble)
            if self.explainer.depth == "items":  # its fields are not shown, what is wrong with them is
                inside = (self._wrong(layer, field.name) for field in layer.fields_desc)
                row = replace(row, wrong=next(filter(None, inside), ""))
        yield replace(row, wrong=self._wrong(layer, "") or row.wrong)
        children = iter(node.children)
        bits = 0
        for field in layer.fields_desc:
            if field.holds_packets:
                value = layer.getfieldval(field.name)
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, Layer):
                        yield from self.layer(one, next(children), depth + 1)
            elif field.name in layer.spans or field.name in layer.cut:
                row = self._field(layer, field, next(children), depth + 1)
                row, bits = with_bits(row, field, bits)
                yield from self._shown(layer, field, row)
        for rest in children:
            place = rest.span
            row = self._row("field", depth + 1, place.start if place else stop, len(self.data), rest)
            yield replace(row, wrong="no bytes expected here: the length before them is too small")

    def _field(self, layer: Layer, field: Any, node: Node, depth: int) -> Row:
        about = layer.about(field.name)
        start, stop = layer.spans.get(field.name, (layer.extent[1], layer.extent[1]))
        row = self._row("field", depth, start, stop, node)
        row = replace(
            row, meaning=about.meaning, legal=about.legal, trouble=about.trouble,
            wrong=self._wrong(layer, field.name),
        )  # fmt: skip
        if field.name == "pdu_length" and len(row.data) == 4:
            row = replace(row, value=f"{int.from_bytes(row.data, 'big'):,}")
        return row

    def _shown(self, layer: Layer, field: Any, row: Row) -> Iterator[Row]:
        """A field as deep as it is wanted; a fragment as what it is a fragment of."""
        if isinstance(layer, PresentationDataValueItem) and field.name == "data" and row.data:
            yield from self._fragment(layer, row)
            return
        if self.explainer.depth != "items" or (row.wrong and not isinstance(layer, CommandElement)):
            yield row
        if self.explainer.depth == "bytes":
            yield from single_bytes(row, field)

    def _fragment(self, item: PresentationDataValueItem, row: Row) -> Iterator[Row]:
        begun = self.explainer.fragments(self.direction, item)
        joined = bool(begun.data)
        begun.add(row.data, row.start or 0)
        what = "command set" if item.is_command else "data set"
        if not item.is_last:
            yield replace(row, value=f"{len(row.data):,} bytes of a {what}, more to come")
            return
        if joined:
            yield replace(row, value=f"{len(row.data):,} bytes, the end of a {what} of {len(begun.data):,}")
        data = bytes(begun.data)
        span = Span(Buffer(data), 0, len(data))
        if item.is_command:
            command = CommandSet(data)
            walk = _Walk(self.explainer, data, 0, self.direction, command_faults(command), begun)
            tree = command_tree(span, show_secrets=self.explainer.show_secrets)
            yield from walk.layer(command, tree, row.depth)
            return
        from dissect.dicom.elements import read_dataset  # deferred: pydicom, 0.25 s

        uid = self.explainer.syntax(item.presentation_context_id)
        tree = dataset_tree(read_dataset(span.source, transfer_syntax(uid) if uid else None))
        yield from self._elements(tree, row.depth, span.source, begun)

    def _elements(self, node: Node, depth: int, source: object, joined: _Fragments) -> Iterator[Row]:
        """A data set; bytes that were inflated have no position among those that were sent."""
        span = node.span
        here = span is not None and span.source is source
        data = span.read() if span else b""
        start = joined.place(span.start) if span and here and span.start < len(joined.data) else None
        kind: Literal["layer", "field"] = "layer" if node.children or not depth else "field"
        row = Row(kind, depth, start, data, node.name, node.text, node.note, node.reference)
        if kind == "layer" or self.explainer.depth != "items":
            yield row
        if kind == "field" and self.explainer.depth == "bytes":
            yield from single_bytes(row, None)
        for child in node.children:
            yield from self._elements(child, depth + 1, source, joined)

    def _wrong(self, layer: Layer, field: str) -> str:
        return self.wrong.get((id(layer), field), "")

    def _row(self, kind: Literal["layer", "field"], depth: int, start: int, stop: int, node: Node) -> Row:
        secret = node.text.startswith(HIDDEN) and not self.explainer.show_secrets
        place = self.start + start
        if self.joined is not None:
            place = self.joined.place(start)
        return Row(
            kind, depth, place, self.data[start:stop], node.name, node.text, node.note, node.reference,
            secret=secret,
        )  # fmt: skip
