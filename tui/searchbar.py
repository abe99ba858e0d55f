"""SearchBar: the line where it is typed what to look for. Who shows it does the looking.

    search text  │ doe^j                                                    Tab: regex

A screen yields it above its footer, and then:

    Binding("slash", "search", "Search"), Binding("n", "again(True)"), Binding("N", "again(False)")
    def action_search(self): self.query_one(SearchBar).open()
    def on_search_bar_search(self, event): self.pattern = event.pattern; self.action_again(True)
    def on_search_bar_closed(self): what had the focus has it again
    def action_again(self, forward): find_node(tree.root, self.pattern, tree.selected, forward)
"""

from __future__ import annotations

from typing import ClassVar, get_args

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Label

from dissect.search import Kind, Pattern, PatternError
from tui.prompt import Prompt

KINDS: tuple[Kind, ...] = get_args(Kind)
EXAMPLES: dict[Kind, str] = {"text": "1.2.840.10008.5.1.4.31", "regex": "^C-(GET|MOVE)", "hex": "7F E0 10 00"}
HISTORY = 50
"""Searches that are remembered while the screen is there."""


class SearchInput(Prompt):
    """Where it is typed."""

    HELP_TITLE = "Search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "press('kind',1)", "Kind", tooltip="Look for text, a regular expression, or bytes"),
        Binding("shift+tab", "press('kind',-1)", "Kind before", show=False),
        Binding("up", "press('history',1)", "Earlier", tooltip="What was looked for before this"),
        Binding("down", "press('history',-1)", "Later", show=False, tooltip="What was looked for after this"),
        Binding("escape", "press('leave')", "Leave", tooltip="Leave without a search"),
    ]


class SearchBar(Horizontal):
    """Shows itself while a pattern is typed, and has the focus meanwhile."""

    DEFAULT_CSS = """
    SearchBar {
        display: none;
        height: 1;
        background: $surface;
        padding: 0 1;

        & > Label { width: auto; color: $foreground 60%; }
        & > #search-kind { color: $text-accent; padding-right: 1; }
    }
    """

    class Search(Message):
        """Something is to be looked for."""

        def __init__(self, pattern: Pattern) -> None:
            self.pattern = pattern
            super().__init__()

    class Closed(Message):
        """The bar has gone: the focus is to go where it was. Comes before Search, if that comes."""

    kind: reactive[Kind] = reactive("text", init=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.pattern: Pattern | None = None
        """What was looked for last."""
        self._history: list[tuple[str, Kind]] = []
        self._recalled = -1
        self._typed: tuple[str, Kind] = ("", "text")
        self._back: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Label(id="search-kind")
        yield SearchInput(compact=True, select_on_focus=True)
        yield Label(id="search-says")

    def open(self, kind: Kind | None = None) -> None:
        """Show the bar; what was looked for last stands there, to be typed over."""
        if not self.display:
            self._back = self.screen.focused
        self.display = True
        self._recalled = -1
        self.query_one(SearchInput).focus()
        if kind is not None:
            self.kind = kind
        self._look()

    def close(self) -> None:
        """Hide the bar; the focus goes where it was."""
        self.display = False
        back = self._back
        self.screen.set_focus(back if back is not None and back.is_attached else None)
        self.post_message(self.Closed())

    def watch_kind(self) -> None:
        self._look()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.pattern = Pattern.parse(event.value, self.kind)
        except PatternError:
            self.app.bell()
            return
        entry = (event.value, self.kind)
        self._history = [entry, *(each for each in self._history if each != entry)][:HISTORY]
        self.close()
        self.post_message(self.Search(self.pattern))

    def on_prompt_pressed(self, event: SearchInput.Pressed) -> None:
        event.stop()
        if event.what == "leave":
            self.close()
        elif event.what == "kind":
            self.kind = _beside(self.kind, event.step)
        else:
            self._recall(event.step)

    def _recall(self, step: int) -> None:
        field = self.query_one(SearchInput)
        if self._recalled < 0:
            self._typed = (field.value, self.kind)
        self._recalled = max(-1, min(self._recalled + step, len(self._history) - 1))
        field.value, self.kind = self._history[self._recalled] if self._recalled >= 0 else self._typed
        field.cursor_position = len(field.value)

    def _look(self) -> None:
        """Judge the text, and say what is wrong with it."""
        field = self.query_one(SearchInput)
        field.placeholder = EXAMPLES[self.kind]
        trouble = ""
        if field.value:
            try:
                Pattern.parse(field.value, self.kind)
            except PatternError as error:
                trouble = str(error)
        field.judge(not trouble if field.value else None)
        self.query_one("#search-kind", Label).update(f"search {self.kind}")
        says = Content.styled(f"  {trouble}", "$text-error") if trouble else Content("")
        self.query_one("#search-says", Label).update(says + Content(f"  Tab: {_beside(self.kind, 1)}"))


def _beside(kind: Kind, step: int) -> Kind:
    return KINDS[(KINDS.index(kind) + step) % len(KINDS)]
