"""For every field of every shipped capture: from the field to its bytes, and from them back to the field.

Where fields lie decides everything here, so a tree whose fields have the names and offsets of those of one
that was walked is not walked again: a response like the one before it, the same file over another link.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import dissect
from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.recognition import P_DATA_TF
from dissect.nodes import Node
from dissect.pieces import Pieces, Span, locate
from dissect.tree import pdu_tree
from tui.linked import Linked
from tui.paths import preorder

CAPTURES = Path(__file__).parent.parent.parent / "captures"
RING = ["ring-00001.pcapng", "ring-00002.pcapng"]
NAMES = sorted(path.name for path in CAPTURES.glob("*.pcap*") if path.name not in RING)

MOST_BYTES = 50
"""Bytes of one message that are looked at; of longer ones, so many evenly spread."""


@cache
def reading(name: str) -> Capture:
    return dissect.open(*(CAPTURES / each for each in (RING if name == "ring" else [name])))


def trees(capture: Capture) -> Iterator[tuple[Association, Node]]:
    """Of each message, and of each PDU that carries none."""
    for association in capture.associations:
        for message in association.messages:
            yield association, message.tree()
        for side, pdu in association.pdus():
            if pdu.kind != P_DATA_TF:
                pieces = association.framers[side].direction.pieces
                yield association, pdu_tree(Span(pieces, pdu.start, pdu.stop - pdu.start))


def shape(root: Node) -> int:
    """Stands for the names and offsets of all fields; among them are the PDVs, which cut the others."""
    assert root.span is not None
    base, start = root.span.source, root.span.start
    return hash(
        tuple(
            (
                node.name,
                node.span
                and (node.span.start - (start if node.span.source is base else 0), node.span.length),
            )
            for node in preorder(root)
        )
    )


walked: set[int] = set()


@pytest.fixture(params=[*NAMES, "ring"])
def capture(request: pytest.FixtureRequest) -> Capture:
    return reading(request.param)


def same_bytes(left: list[Span], right: list[Span]) -> bool:
    return [(id(span.source), span.start, span.length) for span in left] == [
        (id(span.source), span.start, span.length) for span in right
    ]


def test_every_field_leads_to_its_bytes_and_back(capture: Capture) -> None:
    for association, root in trees(capture):
        if shape(root) in walked:
            continue
        walked.add(shape(root))
        linked = Linked(root, association)
        for node in preorder(root):
            spans = linked.select(node)
            if not spans:
                assert node.span is None or not node.span.length
                continue
            if node.span is not None:
                assert b"".join(span.read() for span in spans) == node.span.read()
            source = spans[0].source
            back = linked.between((spans[0].start, spans[-1].stop), source, near=node)
            assert back is not None
            assert back is node or same_bytes(linked.select(back), spans), (node.name, back.name)
            for position in {spans[0].start, spans[0].stop - 1, spans[-1].start, spans[-1].stop - 1}:
                inner = linked.at(position, source)
                assert inner is not None
                if not node.children and not under_pdus(linked, node):
                    assert same_bytes(linked.select(inner), spans), (node.name, inner.name)


def under_pdus(linked: Linked, node: Node) -> bool:
    """Whether a field is one of the PDUs of a message: their payload opens as fields of the message."""
    path = linked.path(node)
    return len(path) > 1 and path[1].name == "PDUs"


def test_every_byte_shown_leads_to_a_field_and_to_the_file(capture: Capture) -> None:
    for association, root in trees(capture):
        linked = Linked(root, association)
        assert root.span is not None
        for position in range(root.span.start, root.span.stop, 1 + root.span.length // MOST_BYTES):
            node = linked.at(position, root.span.source)
            where = linked.address(Span(root.span.source, position, 1))
            assert where is not None
            places = locate(Span(root.span.source, position, 1))
            if places:
                assert where.frame is not None
                assert where.offset is not None
                file = next(file for file in capture.source.files if Path(file.path).name == where.file)
                assert file.read(where.offset, where.offset + 1) == places[0].read()
            else:
                assert where.frame is None
            assert node is not None


def test_inflated_fields_lie_in_the_inflated_bytes() -> None:
    (association,) = reading("store-deflated.pcap").associations
    message = next(message for message in association.messages if message.has_data_set)
    root = message.tree()
    linked = Linked(root, association)
    data_set = next(node for node in root.children if node.name == "Data Set")
    element = data_set.children[3]
    spans = linked.select(element)
    assert not isinstance(spans[0].source, Pieces)
    shown, marks = linked.shown(element)
    assert shown == Span(spans[0].source, 0, len(spans[0].source))
    assert marks is None
    _, _, address = linked.told(element)
    assert address is not None
    assert address.pdv is not None
    # the deflated bytes themselves open the data set, which is the innermost that has a place there
    (deflated, *_) = linked.select(data_set)
    assert linked.at(deflated.start, deflated.source) is data_set
