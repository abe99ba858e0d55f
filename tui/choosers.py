"""Small screens on top of the main one: which columns show, and what exchanges are sorted by."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from tui.columns import COLUMNS, SORTABLE, Column


def _prompt(column: Column) -> str:
    return f"{column.heading or column.name:<16} [dim]{column.about}[/]"


class ColumnsScreen(ModalScreen[list[str] | None]):
    """Choose columns; the result is their names, or None where nothing is to change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c,q", "close(False)", "Leave as it was"),
        Binding("enter", "close(True)", "Use these", priority=True),
    ]

    def __init__(self, shown: list[str]) -> None:
        super().__init__()
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Columns"
            box.border_subtitle = "Space: show or hide · Enter: done · Escape: leave"
            yield SelectionList[str](
                *(Selection(_prompt(each), each.name, each.name in self._shown) for each in COLUMNS)
            )

    def action_close(self, use: bool) -> None:
        chosen = set(self.query_one(SelectionList).selected)
        self.dismiss([each.name for each in COLUMNS if each.name in chosen] if use else None)


class SortScreen(ModalScreen[str | None]):
    """Choose what to sort by; the result is the name of a column, "" for none, None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Leave as it was"),
    ]

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Sort by"
            box.border_subtitle = "Enter: sort · again: in reverse · Escape: leave"
            options = [Option("as captured, by association", id="none")]
            options += [Option(_prompt(each), id=each.name) for each in SORTABLE]
            yield OptionList(*options)

    def on_mount(self) -> None:
        names = ["", *(each.name for each in SORTABLE)]
        self.query_one(OptionList).highlighted = names.index(self._current) if self._current in names else 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss("" if event.option_id == "none" else event.option_id)

    def action_leave(self) -> None:
        self.dismiss(None)


class HelpScreen(ModalScreen[None]):
    """All keys, by where they work; drawn from the bindings, so that it cannot be wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "close", "Close"),
    ]

    def __init__(self, text: Content) -> None:
        super().__init__()
        self._content = text

    @property
    def text(self) -> str:
        return self._content.plain

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box") as box:
            box.border_title = "Keys"
            box.border_subtitle = "Escape: close"
            yield Static(self._content)

    def action_close(self) -> None:
        self.dismiss(None)
