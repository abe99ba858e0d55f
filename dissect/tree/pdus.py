"""The fields of a PDU or of a command set as a tree of Nodes, each with its bytes and what it means.

The bytes are dissected by the layers when somebody looks; a Node keeps no more of them than a line of text.
"""

from __future__ import annotations

from typing import Any

from scapy.packet import Packet

from dissect.dicom.tables import uid_name
from dissect.layers import About, CommandElement, CommandSet, Cut, Layer, Pdu
from dissect.layers.commands import decode, tag_text
from dissect.layers.dictionary import about_element, element
from dissect.layers.fields import SHOWN_BYTES, BytesField, TextField, UidField, plain
from dissect.nodes import Node
from dissect.pieces import Pieces, Span

ACRONYMS = {"ae", "id", "pdu", "scp", "scu", "sop", "uid"}

REPLACED = {"is_command": "Command fragment", "is_last": "Last fragment", "trailing": "Trailing bytes"}
"""What a field is called where its name in the layer does not say it."""


def pdu_tree(span: Span, *, show_secrets: bool = False) -> Node:
    """The PDU at `span`, of which nothing more than that is known: it may be cut short, or no PDU at all."""
    return _Tree(span, show_secrets).of_layer(Pdu(span.read()))


def command_tree(span: Span, *, show_secrets: bool = False) -> Node:
    """The command set at `span`, which lies in the joined fragments of a message."""
    return _Tree(span, show_secrets).of_layer(CommandSet(span.read()))


def hidden(length: int) -> str:
    """What is shown instead of a secret."""
    return f"•••••• ({length} bytes, hidden)"


class _Tree:
    """Turns the layers dissected from one span into Nodes."""

    def __init__(self, span: Span, show_secrets: bool) -> None:
        self.span = span
        self.show_secrets = show_secrets
        gaps = span.source.gaps(span.start, span.stop) if isinstance(span.source, Pieces) else []
        self.gaps = [(gap.position - span.start, gap.position + gap.length - span.start) for gap in gaps]

    def of_layer(self, layer: Layer) -> Node:
        if isinstance(layer, CommandElement):
            node = self._of_element(layer)
        else:
            node = Node(str(layer.name), note=layer.meaning, reference=layer.reference)
            node.text = layer.digest() if layer.original else "no bytes"
        if layer.lacking:
            node.text = f"{node.text} ({_missing(layer.lacking)})".lstrip()
        self._place(node, *layer.extent)
        for field in layer.fields_desc:
            if field.holds_packets:
                value = layer.getfieldval(field.name)
                layers = value if isinstance(value, list) else [value]
                node.children += [self.of_layer(one) for one in layers if isinstance(one, Layer)]
            elif field.name in layer.spans or field.name in layer.cut:
                node.children.append(self._of_field(layer, field))
        if layer.payload:
            node.children.append(self._of_rest(layer.payload, layer.extent[1]))
            node.span = self.span
        return node

    def _of_element(self, layer: CommandElement) -> Node:
        """A command element stands for its value; tag, length and value are below it."""
        tag = layer.tag
        if tag is None:
            return Node("Command element", note=layer.meaning, reference=layer.reference)
        known, about = element(tag), about_element(tag)
        name = f"{tag_text(tag)} {known.name if known else 'Unknown'}"
        return Node(name, layer.value, _element_text(layer), note=_note(about), reference=about.reference)

    def _of_field(self, layer: Layer, field: Any) -> Node:
        """A field that the bytes reach, or that is missing because they end before it."""
        about = layer.about(field.name)
        value = layer.getfieldval(field.name)
        node = Node(field_name(field.name), note=_note(about), reference=about.reference)
        if isinstance(value, Cut):
            node.text = str(value)
        elif field.name in layer.secrets() and value and not self.show_secrets:
            node.text = hidden(len(value))
        elif isinstance(layer, CommandElement) and field.name == "value":
            node.value, node.text = layer.value, _element_text(layer)
        elif isinstance(field, UidField):
            node.value, node.text = plain(value) if value else "", _uid_text(value)
        else:
            node.value, node.text = _value(field, value), str(field.i2repr(layer, value))
        if not isinstance(value, Cut) and field.name in layer.cut:
            node.text += f" ({_missing(layer.cut[field.name])})"
        if field.name in layer.spans:
            self._place(node, *layer.spans[field.name])
        return node

    def _of_rest(self, rest: Packet, start: int) -> Node:
        node = Node("Bytes after the end", text=BytesField("rest", b"").i2repr(None, rest.original))
        self._place(node, start, start + len(rest.original))
        return node

    def _place(self, node: Node, start: int, stop: int) -> None:
        """Give `node` its bytes, and say which of them the capture does not have."""
        node.span = Span(self.span.source, self.span.start + start, stop - start)
        lost = sum(max(min(stop, high) - max(start, low), 0) for low, high in self.gaps)
        if not lost:
            return
        if lost == stop - start:
            node.value, node.text = None, "not captured"
        else:
            node.text = f"{node.text} ({lost} bytes not captured)".lstrip()


def field_name(field: str) -> str:
    """The name of a field as the standard writes it, near enough."""
    if field in REPLACED:
        return REPLACED[field]
    words = [word.upper() if word in ACRONYMS else word for word in field.rstrip("0123456789").split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]


def _note(about: About) -> str:
    """All that is said of a field."""
    legal = f"Legal: {about.legal}." if about.legal else ""
    return " ".join(part for part in (about.meaning, legal, about.trouble) if part)


def _value(field: Any, value: Any) -> object:
    """The value for a program: text where it is text, bytes where they are few."""
    if not isinstance(value, bytes):
        return value
    if isinstance(field, BytesField):
        return value if len(value) <= SHOWN_BYTES else None
    if isinstance(field, TextField) or field.name.endswith("ae_title"):
        return value.decode("utf-8", "backslashreplace").rstrip(" ")
    return value


def _uid_text(data: bytes) -> str:
    name = uid_name(data.decode("ascii", "replace"))
    return f"{plain(data)} ({name})" if name else plain(data)


def _element_text(layer: CommandElement) -> str:
    """The value of a command element in words."""
    known = element(layer.tag) if layer.tag is not None else None
    data = layer.getfieldval("value")
    if known and known.vr == "UI" and isinstance(decode(layer.tag, data), str):
        return _uid_text(data.removesuffix(b"\0"))
    return layer.text("value")


def _missing(count: int) -> str:
    return "1 byte is missing" if count == 1 else f"{count} bytes are missing"
