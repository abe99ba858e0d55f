"""What panes show, as lines of text."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button

import dissect
from dissect.pieces import Buffer, Span
from tui.exchanges import ExchangeList
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.rows import Rows
from tui.viewtext import text_of

CAPTURE = dissect.open(Path(__file__).parents[2] / "captures" / "print.pcap")


def lines(widget: ExchangeList | FieldTree | HexView) -> list[str]:
    found = text_of(widget)
    assert found is not None
    return list(found())


def test_the_list_is_whole_and_nothing_of_it_is_cut() -> None:
    shown = ExchangeList()
    shown.rows = Rows(CAPTURE.associations)
    shown.lines.choose(["frame", "command", "instance", "status"])
    found = lines(shown)
    assert len(found) == 1 + len(shown.rows)
    assert found[0].split() == ["frame", "command", "SOP", "instance", "status"]
    assert not any("…" in line or line != line.rstrip() for line in found)
    assert [line.split()[1:3] for line in found[2:5]] == [
        ["8", "N-GET"],
        ["16", "N-CREATE"],
        ["24", "N-CREATE"],
    ]
    folded = Rows(CAPTURE.associations)
    folded.fold_all(True)
    shown.rows = folded
    assert len(lines(shown)) == 1 + len(CAPTURE.associations)


def test_a_tree_is_indented() -> None:
    tree = FieldTree()
    root = CAPTURE.associations[0].messages[0].tree()
    tree.outline.show(root)
    found = lines(tree)
    assert found[0] == f"{root.name}: {root.text}"
    assert len(found) == len(list(root.walk()))


def test_bytes_are_dumped() -> None:
    view = HexView()
    view.span = Span(Buffer(bytes(range(48, 60))), 0, 12)
    assert lines(view) == [
        "~00000000  30 31 32 33 34 35 36 37  01234567",
        "~00000008  38 39 3a 3b              89:;    ",
    ]


def test_other_panes_have_no_text() -> None:
    assert text_of(Button()) is None
    assert text_of(FieldTree()) is None
    assert text_of(None) is None
