"""The field tree by its keys, its mouse and its messages."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from dissect.nodes import Node
from tests.tui.stage import Stage, line
from tests.tui.test_outline import tree
from tui.fields import FieldTree


def named(stage: Stage) -> list[str]:
    """The names of the Nodes that were selected, in turn."""
    return [message.node.name for message in stage.messages(FieldTree.Selected)]


@pytest.fixture
def fields() -> FieldTree:
    return FieldTree()


@pytest.fixture
def stage(fields: FieldTree) -> Stage:
    return Stage(fields)


def test_keys_walk_fold_and_unfold(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(tree(status="Success"))
        await pilot.press("down", "j", "right", "l", "up", "k", "left", "h", "left")
        assert named(stage) == [
            "C-FIND-RQ", "Command Set", "Message ID", "Length", "Message ID", "Command Set", "C-FIND-RQ",
        ]  # fmt: skip
        assert [row.node.name for row in fields.outline.rows] == ["C-FIND-RQ"]

    stage.play(act)


def test_the_message_has_the_path(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(tree())
        await pilot.press("down", "down")
        *_, last = stage.messages(FieldTree.Selected)
        assert [node.name for node in last.path] == ["C-FIND-RQ", "Command Set", "Message ID"]
        assert last.node is fields.selected
        assert last.control is fields

    stage.play(act)


def test_enter_and_space_fold_and_plus_and_minus_take_all_below(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(tree())
        await pilot.press("enter")
        assert len(fields.outline.rows) == 1
        await pilot.press("space")
        assert len(fields.outline.rows) == 4
        await pilot.press("plus")
        assert len(fields.outline.rows) == 10
        await pilot.press("minus")
        assert len(fields.outline.rows) == 1

    stage.play(act)


def test_home_end_and_pages(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(Node("Data Set", children=[Node(f"Element {number}") for number in range(100)]))
        await pilot.press("end")
        assert fields.cursor == 100
        assert line(fields, 9) == "    Element 99"
        await pilot.press("pageup")
        assert fields.cursor == 91
        await pilot.press("home", "pagedown")
        assert fields.cursor == 9

    stage.play(act, size=(40, 10))


def test_the_same_field_stays_selected_in_the_next_tree(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(tree(status="Pending"))
        await pilot.press("down", "down", "down")
        fields.show(tree("C-FIND-RSP", status="Success"))
        await pilot.pause()
        assert fields.selected is not None
        assert fields.selected.text == "Success"
        assert named(stage)[-2:] == ["Status", "Status"]

    stage.play(act)


def test_revealing_selects_and_scrolls(stage: Stage, fields: FieldTree) -> None:
    elements = [Node(f"Element {number}", children=[Node("Value")]) for number in range(500)]
    root = Node("C-STORE-RQ", children=[Node("Data Set", children=elements)])

    async def act(pilot: Pilot[None]) -> None:
        fields.show(root)
        fields.reveal(elements[300].children[0])
        await pilot.pause()
        assert fields.selected is elements[300].children[0]
        assert fields.scroll_offset.y <= fields.cursor < fields.scroll_offset.y + 24
        assert fields.find(lambda node: node.name == "Element 100") is elements[100]
        assert fields.selected is elements[100]
        assert fields.find(lambda node: False) is None
        fields.reveal(Node("elsewhere"))
        assert fields.selected is elements[100]

    stage.play(act)


def test_the_mouse_selects_and_folds(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(tree())
        await pilot.click(fields, offset=(12, 2))
        assert fields.selected is not None
        assert fields.selected.name == "Message ID"
        await pilot.click(fields, offset=(2, 1))
        assert [row.node.name for row in fields.outline.rows] == ["C-FIND-RQ", "Command Set", "PDUs"]
        await pilot.double_click(fields, offset=(8, 1))
        assert len(fields.outline.rows) == 4
        await pilot.click(fields, offset=(2, 20))
        assert fields.cursor == 1

    stage.play(act)


def test_a_line_has_name_value_and_reference(stage: Stage, fields: FieldTree) -> None:
    root = Node("C-ECHO-RQ", text="message 1", reference="PS3.7 6.3")
    root.children = [Node("(0000,0110) Message ID", text="1", reference="PS3.7 Table E.1-1")]

    async def act(pilot: Pilot[None]) -> None:
        fields.show(root)
        assert line(fields, 0) == "▾ C-ECHO-RQ                 message 1                  PS3.7 6.3"
        assert line(fields, 1) == "    (0000,0110) Message ID  1                  PS3.7 Table E.1-1"
        for width, told in ((30, "    Message ID  1"), (8, "    Mes…")):
            await pilot.resize_terminal(width, 10)
            while fields.size.width != width:  # on a busy machine, laid out later
                await pilot.pause(0.01)
            assert line(fields, 1) == told

    stage.play(act, size=(64, 10))


def test_long_and_wide_values_end_in_an_ellipsis_and_control_characters_are_harmless(
    stage: Stage, fields: FieldTree
) -> None:
    root = Node("Patient's Name", text="山田^太郎" * 20)
    root.children = [Node("Comment", text="two\nlines\x1b[31m"), Node("Patient's Name", text="x" * 100_000)]

    async def act(pilot: Pilot[None]) -> None:
        fields.show(root)
        assert line(fields, 0) == "▾ Patient's Name    山田^太郎山田^太郎 …"
        assert line(fields, 1) == r"    Comment         two lines\x1b[31m"
        assert line(fields, 2).endswith("xxx…")
        assert all(fields.render_line(y).cell_length == 40 for y in range(10))

    stage.play(act, size=(40, 10))


def test_what_is_missing_or_damaged_is_coloured(stage: Stage, fields: FieldTree) -> None:
    texts = ["ARCHIVE", "not captured", "AR (14 bytes not captured)", "(missing)", "(cut short after 41 52)"]
    root = Node("A-ASSOCIATE-RQ", children=[Node("Called AE title", text=text) for text in texts])

    async def act(pilot: Pilot[None]) -> None:
        fields.show(root)
        colours = [list(fields.render_line(y))[1].style for y in range(1, 6)]
        plain, hole, damage = colours[0], colours[1], colours[2]
        assert plain != hole != damage != plain
        assert colours[3:] == [hole, damage]

    stage.play(act)


def test_nothing_to_show_is_no_trouble(stage: Stage, fields: FieldTree) -> None:
    async def act(pilot: Pilot[None]) -> None:
        fields.show(None)
        await pilot.press("down", "left", "right", "enter", "plus", "end", "pageup", "home")
        assert fields.selected is None
        assert fields.root is None
        assert fields.find(lambda node: True) is None
        assert named(stage) == []

    stage.play(act)


def test_a_hundred_thousand_nodes_unfold_and_only_what_shows_is_drawn(
    stage: Stage, fields: FieldTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [Node(f"Item {number}", children=[Node("Value")] * 99) for number in range(1000)]
    drawn: list[int] = []
    draw = FieldTree.render_line

    def render_line(self: FieldTree, y: int) -> Strip:
        drawn.append(y)
        return draw(self, y)

    monkeypatch.setattr(FieldTree, "render_line", render_line)

    async def act(pilot: Pilot[None]) -> None:
        fields.show(Node("Data Set", children=items))
        await pilot.press("plus", "end")
        assert fields.cursor == 100_000
        assert len(fields.outline.rows) == 100_001
        assert len(drawn) < 24 * 10

    stage.play(act)
