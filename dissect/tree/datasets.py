"""The elements of a data set as Nodes.

Below each element stand its header fields and its value, or its items: every byte is in exactly one leaf.
Large values are not read; their Node says how long they are and how they begin.
"""

from __future__ import annotations

from dissect.dicom.dataset import DataSet, Element, Fragment, Item
from dissect.dicom.tables import uid_name
from dissect.dicom.values import value_spans, value_text, value_vr, values
from dissect.dicom.vrs import note
from dissect.nodes import Node
from dissect.pieces import Source, Span

LONGEST_VALUE = 1 << 16
"""Bytes of a value that a Node decodes whole."""
MOST_VALUES = 64
"""Values of one element that get a Node each."""

TAG = "Which element it is: group and element number."
VR = "How the value is encoded: its value representation."
LENGTH = "How many bytes of value follow; FFFFFFFFH: as many as come before a delimitation item."
ITEM_TAG = "Begins an item of a sequence: (FFFE,E000)."
DELIMITER = "Ends what has no length of its own."


def dataset_tree(dataset: DataSet) -> Node:
    """All elements of a data set."""
    syntax = dataset.syntax
    text = syntax.name if syntax else "transfer syntax not known"
    if dataset.guess:
        text = f"{text}; {dataset.guess}"
    span = dataset.deflated or Span(dataset.source, dataset.start, dataset.stop - dataset.start)
    node = Node(
        "Data Set",
        None,
        text,
        span,
        "What the message is about, encoded by the transfer syntax of its presentation context.",
        "PS3.5 7.1",
    )
    node.children = [_element(element, dataset) for element in dataset.elements]
    return node


def _element(element: Element, dataset: DataSet) -> Node:
    name = f"{element.label} {element.name}".lstrip()
    vr = value_vr(element)
    node = Node(name, None, value_text(element, dataset), element.span, note(vr), "PS3.5 6.2")
    if vr == "UI":
        uid = uid_name(node.text)
        node.text = f"{node.text} ({uid})" if uid else node.text
    if element.unread:
        node.note, node.reference = "Bytes that could not be read as elements.", "PS3.5 7.1"
        return node
    node.children = _header(element)
    if element.items is not None:
        node.reference = "PS3.5 7.5"
        node.children += [_item(item, index, dataset) for index, item in enumerate(element.items, 1)]
    elif element.fragments is not None:
        node.reference = "PS3.5 A.4"
        node.children += [_fragment(each, index) for index, each in enumerate(element.fragments)]
    else:
        node.children += _values(element, dataset, node)
    if element.delimiter_span is not None:
        node.children.append(
            _leaf("Sequence delimitation item", element.delimiter_span, DELIMITER, "PS3.5 7.5.2")
        )
    if element.hole:
        node.text = f"{node.text} (bytes not captured)".lstrip()
    elif element.truncated:
        node.text = f"{node.text} (cut short)".lstrip()
    return node


def _header(element: Element) -> list[Node]:
    fields = []
    if element.tag_span is not None:
        fields.append(_leaf("Tag", element.tag_span, TAG, "PS3.5 7.1.1", element.tag, element.label))
    if element.vr_span is not None:
        fields.append(_leaf("VR", element.vr_span, VR, "PS3.5 7.1.2", element.vr, element.vr))
    if element.reserved_span is not None:
        fields.append(_leaf("Reserved", element.reserved_span, "Two bytes kept free, zero.", "PS3.5 7.1.2"))
    if element.length_span is not None:
        undefined = element.length == 0xFFFFFFFF
        text = "undefined" if undefined else f"{element.length} bytes"
        fields.append(_leaf("Length", element.length_span, LENGTH, "PS3.5 7.1.1", element.length, text))
    return fields


def _values(element: Element, dataset: DataSet, node: Node) -> list[Node]:
    """The value, or each of several; what they are goes to the element's own Node too."""
    span = element.value_span
    if not span.length:
        return []
    if span.length > LONGEST_VALUE:
        return [_leaf("Value", span, node.note, node.reference, None, node.text)]
    found = values(element, dataset)
    node.value = found[0] if len(found) == 1 else found
    spans = value_spans(element, dataset)
    if len(found) != len(spans) or not 1 < len(found) <= MOST_VALUES:
        return [_leaf("Value", span, node.note, node.reference, node.value, node.text)]
    several = []
    at = span.start
    for index, (value, place) in enumerate(zip(found, spans, strict=True), 1):
        # a backslash between two values, or padding, goes with the value before it
        stop = spans[index].start if index < len(spans) else span.stop
        each = Span(place.source, at, stop - at)
        several.append(_leaf(f"Value {index}", each, node.note, node.reference, value, str(value)))
        at = stop
    return several


def _item(item: Item, index: int, dataset: DataSet) -> Node:
    count = len(item.elements)
    node = Node(f"Item {index}", None, f"{count} element{'s' if count != 1 else ''}", item.span)
    node.note, node.reference = "One item of the sequence, a data set of its own.", "PS3.5 7.5"
    if not item.headless:
        node.children = _item_header(item.source, item.start, item.length)
    if item.elements:
        node.children += [_element(element, dataset) for element in item.elements]
    elif item.value_span.length:
        node.children.append(_leaf("Item value", item.value_span, "Bytes of the item.", "PS3.5 7.5"))
    if item.delimiter_span is not None:
        node.children.append(_leaf("Item delimitation item", item.delimiter_span, DELIMITER, "PS3.5 7.5.1"))
    return node


def _fragment(fragment: Fragment, index: int) -> Node:
    length = fragment.value_span.length
    name, meaning = f"Fragment {index}", "A piece of the compressed pixel data."
    if fragment.unread:
        name, meaning = "Unread bytes", "Bytes between fragments that are no item."
    elif index == 0:
        name, meaning = "Basic offset table", "Where each frame begins among the fragments; may be empty."
    node = Node(name, None, f"{length:,} bytes", fragment.span, meaning, "PS3.5 A.4")
    if not fragment.unread:
        node.children = _item_header(fragment.source, fragment.start, fragment.length)
    if length:
        start = fragment.source.read(fragment.value_start, fragment.value_start + min(length, 16)).hex(" ")
        text = start if length <= 16 else f"{start} ... ({length:,} bytes)"
        node.children.append(_leaf("Value", fragment.value_span, meaning, "PS3.5 A.4", None, text))
    return node


def _item_header(source: Source, start: int, length: int) -> list[Node]:
    text = "undefined" if length == 0xFFFFFFFF else f"{length} bytes"
    return [
        _leaf("Item tag", Span(source, start, 4), ITEM_TAG, "PS3.5 7.5.1", 0xFFFEE000, "(FFFE,E000)"),
        _leaf("Item length", Span(source, start + 4, 4), LENGTH, "PS3.5 7.5.1", length, text),
    ]


def _leaf(
    name: str, span: Span, meaning: str, reference: str, value: object = None, text: str | None = None
) -> Node:
    if text is None:
        text = span.source.read(span.start, span.start + min(span.length, 16)).hex(" ")
    return Node(name, value, text, span, meaning, reference)
