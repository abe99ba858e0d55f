from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.nodes import Node
from dissect.pieces import Buffer, Span
from dissect.search import Pattern, find_node, holds

CAPTURES = Path(__file__).parents[2] / "captures"
BYTES = Buffer(b"\1\2\3\4")
TREE = Node(
    "root",
    span=Span(BYTES, 0, 4),
    children=[
        Node("Tag", 0x10, "0010", Span(BYTES, 0, 2)),
        Node(
            "UID", "1.2.840", "Verification", children=[Node("deep", ["a", "Needle"], span=Span(BYTES, 2, 2))]
        ),
        Node("Tag", 7, "seven"),
    ],
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tag", "Tag"),
        ("verif", "UID"),
        ("1.2.8", "UID"),
        ("needle", "deep"),
        ("/^16$/", "Tag"),
        ("03 04", "deep"),
    ],
)
def test_name_text_value_and_bytes_are_looked_at(text: str, name: str) -> None:
    found = find_node(TREE, Pattern.parse(text))
    assert found is not None
    assert found.name == name


def test_bytes_are_those_of_the_innermost_fields() -> None:
    assert find_node(TREE, Pattern.parse("02 03")) is None


def test_it_goes_on_behind_a_field_and_before_it_and_ends_at_the_end() -> None:
    pattern = Pattern.parse("tag")
    first, last = TREE.children[0], TREE.children[2]
    assert find_node(TREE, pattern) is first
    assert find_node(TREE, pattern, first) is last
    assert find_node(TREE, pattern, last) is None
    assert find_node(TREE, pattern, forward=False) is last
    assert find_node(TREE, pattern, last, forward=False) is first
    assert find_node(TREE, pattern, first, forward=False) is None


def test_fields_of_a_deflated_data_set_are_found() -> None:
    (association,) = dissect.open(CAPTURES / "store-deflated.pcap").associations
    found = None
    for message in association.messages:
        found = found or find_node(message.tree(), Pattern.parse("Pixel Data"))
    assert found is not None
    assert found.name.startswith("(7FE0,0010)")


def test_each_field_of_a_message_is_found_in_its_turn() -> None:
    message = dissect.open(CAPTURES / "print.pcap").associations[0].messages[4]
    root, pattern = message.tree(), Pattern.parse("length")
    wanted = [node for node in root.walk() if holds(node, pattern)]
    assert len(wanted) > 3
    for before, node in zip([None, *wanted], wanted, strict=False):
        assert find_node(root, pattern, before) is node
    for node, before in zip(wanted, [*wanted[1:], None], strict=True):
        assert find_node(root, pattern, before, forward=False) is node
