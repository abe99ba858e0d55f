"""Folding, unfolding and finding in trees, without a screen."""

from __future__ import annotations

from dissect.nodes import Node
from tui.outline import Outline


def tree(command: str = "C-FIND-RQ", *, status: str = "") -> Node:
    elements = [Node("Message ID", children=[Node("Length"), Node("Value")])]
    if status:
        elements.append(Node("Status", text=status, children=[Node("Length"), Node("Value")]))
    pdu = Node("P-DATA-TF", children=[Node("PDU type")])
    return Node(
        command,
        children=[
            Node("Command Set", children=elements),
            Node("PDUs", children=[pdu, Node("P-DATA-TF", children=[Node("PDU type")])]),
        ],
    )


def names(outline: Outline) -> list[str]:
    return ["  " * row.depth + row.node.name for row in outline.rows]


def shown(root: Node) -> Outline:
    outline = Outline()
    outline.show(root)
    return outline


def test_a_tree_opens_at_its_command_set() -> None:
    assert names(shown(tree())) == ["C-FIND-RQ", "  Command Set", "    Message ID", "  PDUs"]


def test_rows_exist_only_where_all_above_is_unfolded() -> None:
    outline = shown(tree())
    outline.unfold(2)
    assert names(outline)[2:5] == ["    Message ID", "      Length", "      Value"]
    outline.fold(1)
    assert names(outline) == ["C-FIND-RQ", "  Command Set", "  PDUs"]
    outline.unfold(1)
    assert names(outline)[3:5] == ["      Length", "      Value"]


def test_unfolding_what_has_no_parts_changes_nothing() -> None:
    outline = shown(Node("Status"))
    outline.unfold(0)
    outline.sweep(0, unfold=True)
    assert names(outline) == ["Status"]
    assert not outline.rows[0].open


def test_all_below_unfolds_and_folds_at_once() -> None:
    outline = shown(tree())
    outline.sweep(0, unfold=True)
    assert len(outline.rows) == 10
    outline.sweep(0, unfold=False)
    assert names(outline) == ["C-FIND-RQ"]
    outline.unfold(0)
    assert names(outline) == ["C-FIND-RQ", "  Command Set", "  PDUs"]


def test_what_was_folded_within_stays_folded_in_what_is_unfolded_later() -> None:
    outline = shown(tree())
    outline.sweep(3, unfold=True)
    outline.fold(4)
    outline.fold(3)
    outline.unfold(3)
    assert names(outline)[3:] == ["  PDUs", "    P-DATA-TF", "    P-DATA-TF", "      PDU type"]


def test_the_next_tree_opens_like_the_one_before() -> None:
    outline = shown(tree())
    outline.unfold(2)
    outline.unfold(5)
    outline.unfold(7)
    before = names(outline)
    outline.show(tree("C-FIND-RSP"))
    assert names(outline)[1:] == before[1:]
    assert before[5:] == ["  PDUs", "    P-DATA-TF", "    P-DATA-TF", "      PDU type"]


def test_a_path_is_found_in_another_tree_or_the_nearest_above_it() -> None:
    outline = shown(tree(status="Pending"))
    outline.unfold(3)
    status, value = outline.rows[3].key, outline.rows[5].key
    assert [name for name, _ in value] == ["Command Set", "Status", "Value"]
    outline.show(tree(status="Success"))
    assert outline.rows[outline.place(status)].node.text == "Success"
    assert outline.place(value) == 5
    outline.show(tree())
    assert outline.rows[outline.place(value)].node.name == "Command Set"
    assert outline.place(()) == 0


def test_siblings_of_one_name_are_told_apart() -> None:
    outline = shown(tree())
    outline.unfold(3)
    first, second = outline.rows[4].key, outline.rows[5].key
    assert first != second
    assert [outline.place(key) for key in (first, second)] == [4, 5]


def test_revealing_opens_what_is_above() -> None:
    root = tree(status="Success")
    outline = shown(root)
    outline.fold(1)
    value = root.children[0].children[1].children[1]
    number = outline.reveal(value)
    assert number is not None
    assert outline.rows[number].node is value
    assert outline.rows[number].path == [root, root.children[0], root.children[0].children[1], value]
    assert outline.reveal(Node("Value")) is None


def test_finding_goes_on_from_a_row_and_round_the_end() -> None:
    root = tree(status="Success")
    outline = shown(root)

    def is_value(node: Node) -> bool:
        return node.name == "Value"

    first, second = (element.children[1] for element in root.children[0].children)
    assert outline.find(0, is_value) is first
    assert outline.find(0, is_value, forward=False) is second
    number = outline.reveal(first)
    assert number is not None
    assert outline.find(number, is_value) is second
    number = outline.reveal(second)
    assert number is not None
    assert outline.find(number, is_value) is first
    assert outline.find(number, is_value, forward=False) is first
    assert outline.find(number, lambda node: node.name == "Priority") is None
    assert Outline().find(0, is_value) is None


def test_only_what_is_seen_of_a_large_tree_is_laid_out() -> None:
    items = [Node(f"Item {number}", children=[Node("Item tag")] * 100) for number in range(1000)]
    outline = shown(Node("C-STORE-RQ", children=[Node("Data Set", children=items)]))
    assert len(outline.rows) == 1002
    outline.sweep(1, unfold=True)
    assert len(outline.rows) == 101_002
