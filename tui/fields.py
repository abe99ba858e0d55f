"""The field tree: names, values and where the standard defines them, line by line.

    ▾ N-SET-RQ               message 5                              PS3.7 6.3
      ▾ Command Set          N-SET-RQ                             PS3.7 6.3.1
        ▸ (0000,0110) Me...  5                              PS3.7 Table E.1-1

Only lines on the screen are drawn; see `tui.outline` for which there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dissect.nodes import Node
from dissect.outputs.words import clean
from tui.lettering import fit
from tui.outline import INDENT, Outline, Row
from tui.scrolling import extend

OPEN, SHUT, LEAF = "▾ ", "▸ ", "  "
NARROWEST_NAME, SHARE_OF_NAMES = 12, 0.62
"""Columns of the names: at least so many, at most such a share of the width."""
NARROW, TAG = 52, len("(0010,0020) ")
"""In fewer columns, elements go by their names alone."""
NARROWEST_VALUE = 10
"""Columns that a long name leaves to its value."""
FLAG = "! "
"""Before the name of a field that shows a finding."""
NO_BYTES = ("(missing)", "not captured")
LACKING = ("missing)", "not captured)", "(cut short)")
"""How the text of a Node ends whose bytes are not all there."""


def _unflagged(node: Node, within: bool) -> str:
    return ""


def trouble(node: Node) -> str:
    """Which part of the style says what is wrong with a Node; empty where nothing is."""
    if node.text in NO_BYTES:
        return "fields--hole"
    if node.text.endswith(LACKING) or node.text.startswith("(cut short after"):
        return "fields--damage"
    return "fields--damage" if node.name in ("Unread bytes", "Bytes after the end") else ""


class FieldTree(ScrollView, can_focus=True):
    """Shows one tree of Nodes."""

    ALLOW_SELECT = False
    HELP_TITLE = "Fields"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fields--cursor",
        "fields--damage",
        "fields--error",
        "fields--group",
        "fields--hole",
        "fields--info",
        "fields--mark",
        "fields--name",
        "fields--reference",
        "fields--value",
        "fields--warning",
    }
    DEFAULT_CSS = """
    FieldTree {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        background: $background;
        & > .fields--mark { color: $foreground 60%; }
        & > .fields--group { color: $text-primary; text-style: bold; }
        & > .fields--name { color: $text-primary; }
        & > .fields--value { color: $foreground; }
        & > .fields--reference { color: $foreground 50%; }
        & > .fields--damage, & > .fields--error { color: $text-error; }
        & > .fields--warning { color: $text-warning; }
        & > .fields--info { color: $text-secondary; }
        & > .fields--hole { color: $text-warning; text-style: italic; }
        & > .fields--cursor { background: $primary 45%; }
        &:focus > .fields--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="fields.up", tooltip="The field above"),
        Binding("down,j", "move(1)", "Down", show=False, id="fields.down", tooltip="The field below"),
        Binding(
            "left,h",
            "fold",
            "Fold",
            show=False,
            id="fields.fold",
            tooltip="Fold, or go to what it is part of",
        ),
        Binding("right,l", "unfold", "Unfold", show=False, id="fields.unfold", tooltip="Unfold, or go in"),
        Binding(
            "enter,space", "toggle_fold", "Fold/unfold", id="fields.toggle", tooltip="Show or hide its parts"
        ),
        Binding(
            "plus", "sweep(True)", "Unfold all", id="fields.unfold-all", tooltip="Show all parts of parts"
        ),
        Binding("minus", "sweep(False)", "Fold all", id="fields.fold-all", tooltip="Hide parts, and theirs"),
        Binding("home", "go(0)", "First", show=False, id="fields.first", tooltip="The first field"),
        Binding("end", "go(-1)", "Last", show=False, id="fields.last", tooltip="The last field"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="fields.pageup", tooltip="A page up"),
        Binding(
            "pagedown,ctrl+f", "page(1)", "Page down", show=False, id="fields.pagedown", tooltip="A page down"
        ),
    ]

    class Selected(Message):
        """The cursor is on another Node; `path` leads to it from the root."""

        def __init__(self, tree: FieldTree, node: Node, path: list[Node]) -> None:
            super().__init__()
            self.tree = tree
            self.node = node
            self.path = path

        @property
        def control(self) -> FieldTree:
            return self.tree

    cursor: reactive[int] = reactive(0, init=False)
    """The number of the selected row."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self.outline = Outline()
        self._told: Node | None = None
        self._flags: Callable[[Node, bool], str] = _unflagged

    @property
    def root(self) -> Node | None:
        return self.outline.root

    @property
    def row(self) -> Row | None:
        rows = self.outline.rows
        return rows[self.cursor] if self.cursor < len(rows) else None

    @property
    def selected(self) -> Node | None:
        return self.row.node if self.row else None

    def flag(self, flags: Callable[[Node, bool], str]) -> None:
        """`flags` says how bad a finding at a Node is, or also in it: "error", "warning", "info" or ""."""
        self._flags = flags
        self.refresh()

    def show(self, root: Node | None) -> None:
        """Show another tree, folded as the one before and with the same path selected, if it has it."""
        self._flags = _unflagged
        key = self.row.key if self.row else ()
        self.outline.show(root)
        self._rows_changed()
        self._land(self.outline.place(key) if root is not None else 0)

    def reveal(self, node: Node) -> None:
        """Select a Node of this tree; whatever it is folded into opens."""
        number = self.outline.reveal(node)
        if number is not None:
            self._rows_changed()
            self._land(number)

    def find(self, predicate: Callable[[Node], bool], forward: bool = True) -> Node | None:
        """Select the next Node that `predicate` is true for, round the end; None where there is none."""
        found = self.outline.find(self.cursor, predicate, forward=forward)
        if found is not None:
            self.reveal(found)
        return found

    # keys and mouse

    def action_move(self, by: int) -> None:
        self._land(self.cursor + by)

    def action_go(self, number: int) -> None:
        self._land(number if number >= 0 else len(self.outline.rows) + number)

    def action_page(self, pages: int) -> None:
        self._land(self.cursor + pages * max(self.scrollable_content_region.height - 1, 1))

    def action_fold(self) -> None:
        row = self.row
        if row is None:
            return
        if row.open:
            self.outline.fold(self.cursor)
            self._rows_changed()
        elif row.above is not None:
            self._land(self.outline.rows.index(row.above))

    def action_unfold(self) -> None:
        row = self.row
        if row is None or not row.node.children:
            return
        if row.open:
            self._land(self.cursor + 1)
        else:
            self.outline.unfold(self.cursor)
            self._rows_changed()

    def action_toggle_fold(self) -> None:
        if self.row is not None:
            if self.row.open:
                self.outline.fold(self.cursor)
            else:
                self.outline.unfold(self.cursor)
            self._rows_changed()

    def action_sweep(self, unfold: bool) -> None:
        if self.row is not None:
            self.outline.sweep(self.cursor, unfold=unfold)
            self._rows_changed()

    def on_click(self, event: events.Click) -> None:
        number = self.scroll_offset.y + event.y
        if not 0 <= number < len(self.outline.rows):
            return
        self._land(number)
        depth = self.outline.rows[number].depth
        if event.chain == 2 or depth * INDENT <= event.x < (depth + 1) * INDENT:
            self.action_toggle_fold()

    # drawing

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if number >= len(self.outline.rows):
            return Strip.blank(width, self.rich_style)
        row = self.outline.rows[number]
        node = row.node
        style = self.get_component_rich_style
        wrong = trouble(node)
        mark = OPEN if row.open else SHUT if node.children else LEAF
        lead = " " * (row.depth * INDENT) + mark
        room = width - len(lead)
        name = clean(node.name)
        bad = self._flags(node, not row.open)
        widest = self.outline.widest
        if width < NARROW and name.startswith("(") and name[TAG:]:
            name = name[TAG:]
            widest -= TAG
        value = clean(node.text[:width].replace("\n", " "))
        columns = max(NARROWEST_NAME, min(widest, int(width * SHARE_OF_NAMES))) - len(lead)
        if bad:
            name = FLAG + name
        if value:
            columns = max(columns, min(cell_len(name), room - min(cell_len(value), NARROWEST_VALUE) - 2))
        else:
            columns = max(columns, min(cell_len(name), room))
        columns = max(min(columns, room), 0)
        look = f"fields--{bad}" if bad else wrong or ("fields--group" if row.open else "fields--name")
        segments = [
            Segment(lead, style("fields--mark")),
            Segment(fit(name, columns), style(look)),
        ]
        left = room - columns - 2
        if left > 0:
            reference = node.reference
            if len(reference) + 2 > left - min(cell_len(value), left):
                reference = ""
            segments += [
                Segment("  " + fit(value, left - len(reference)), style(wrong or "fields--value")),
                Segment(reference, style("fields--reference")),
            ]
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        if number != self.cursor:
            return strip
        cursor = style("fields--cursor")
        if self.has_focus:
            return Strip([Segment(each.text, cursor) for each in strip], width)
        lit = Style.from_color(bgcolor=cursor.bgcolor)
        return Strip([Segment(each.text, (each.style or Style.null()) + lit) for each in strip], width)

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    def watch_cursor(self, before: int, after: int) -> None:
        self.refresh_line(before)
        self.refresh_line(after)

    def _land(self, number: int) -> None:
        """Put the cursor on a row, as near as there is one, and tell if that is another Node."""
        self.cursor = max(min(number, len(self.outline.rows) - 1), 0)
        self._scroll_to_cursor()
        row = self.row
        if row is not None and row.node is not self._told:
            self.post_message(self.Selected(self, row.node, row.path))
        self._told = row.node if row else None

    def _scroll_to_cursor(self) -> None:
        height = self.scrollable_content_region.height
        if height:
            far = not -height <= self.cursor - self.scroll_offset.y < 2 * height
            self.scroll_to_region(
                Region(0, self.cursor, 1, 1), animate=False, center=far, force=True, immediate=True
            )

    def _rows_changed(self) -> None:
        extend(self, Size(1, len(self.outline.rows)))
        self.refresh()
