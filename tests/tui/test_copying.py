"""What goes to the clipboard."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Button

from dissect.nodes import Node
from tests.tui.stage import Stage
from tui.copying import MOST, copy, field_text, tree_text

TREE = Node("root", children=[Node("one", text="1", children=[Node("deep", text="x\ny")]), Node("two")])


def test_a_field_is_its_name_and_value() -> None:
    assert field_text(Node("Patient ID", text="4711")) == "Patient ID: 4711"
    assert field_text(Node("Command Set")) == "Command Set"
    assert field_text(Node("ID", text="\x1b[31m")) == r"ID: \x1b[31m"


def test_a_tree_is_indented() -> None:
    assert tree_text(TREE) == "root\n  one: 1\n    deep: x\\ny\n  two"


def copied(text: str) -> tuple[str, list[str]]:
    """What is in the clipboard, and what was said of it."""
    stage, said = Stage(Button()), list[str]()

    async def act(pilot: Pilot[None]) -> None:
        copy(stage.widget, text, "the field")
        await pilot.pause()
        said.extend(each.message for each in stage._notifications)

    stage.play(act)
    return stage.clipboard, said


def test_what_was_copied_is_said() -> None:
    assert copied("ID: [b]4711") == ("ID: [b]4711", ["Copied the field"])


def test_much_is_copied_in_part() -> None:
    text, said = copied("x" * (MOST + 1))
    assert len(text) == MOST
    assert said == ["Copied the field, the first of 262,145 characters"]
