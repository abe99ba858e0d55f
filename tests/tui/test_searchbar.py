"""The search bar: what is typed, judged, and looked for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.widgets import Button, Label

from tests.tui.stage import Stage
from tui.searchbar import SearchBar, SearchInput


class Pane(Vertical):
    """A screen's worth of something with the focus, and the bar below."""

    def compose(self) -> ComposeResult:
        yield Button("a pane")
        yield SearchBar()


def says(stage: Stage) -> str:
    return str(stage.query_one("#search-says", Label).visual)


async def opened(pilot: Pilot[None]) -> SearchBar:
    pilot.app.query_one(Button).focus()
    bar = pilot.app.query_one(SearchBar)
    bar.open()
    await pilot.pause()
    return bar


def searches(stage: Stage) -> list[tuple[str, str]]:
    return [(each.pattern.text, each.pattern.kind) for each in stage.messages(SearchBar.Search)]


def test_enter_searches_and_gives_the_focus_back() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        assert bar.query_one(SearchInput).has_focus
        await pilot.press(*"doe", "enter")
        assert not bar.display
        assert stage.query_one(Button).has_focus

    stage.play(act)
    assert searches(stage) == [("doe", "text")]
    kinds = [type(each) for each in stage.said if isinstance(each, SearchBar.Closed | SearchBar.Search)]
    assert kinds.index(SearchBar.Closed) < kinds.index(SearchBar.Search)


def test_escape_searches_for_nothing() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        await pilot.press(*"doe", "escape")
        assert not bar.display
        assert stage.query_one(Button).has_focus

    stage.play(act)
    assert searches(stage) == []
    assert len(stage.messages(SearchBar.Closed)) == 1


def test_tab_goes_through_the_kinds_and_the_bar_says_which() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        kind = stage.query_one("#search-kind", Label)
        assert (str(kind.visual), says(stage)) == ("search text", "  Tab: regex")
        await pilot.press("tab")
        assert (str(kind.visual), says(stage)) == ("search regex", "  Tab: hex")
        await pilot.press("tab")
        assert (str(kind.visual), says(stage)) == ("search hex", "  Tab: text")
        await pilot.press("shift+tab")
        assert bar.kind == "regex"

    stage.play(act)


def test_a_pattern_is_judged_with_each_key() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        field = bar.query_one(SearchInput)
        assert not field.classes & {"-good", "-bad"}
        await pilot.press("a", "(")
        assert field.has_class("-good")
        await pilot.press("tab")
        assert field.has_class("-bad")
        assert "unterminated subpattern (column 2)" in says(stage)
        await pilot.press("enter")
        assert bar.display
        await pilot.press("tab")
        assert "'(' is no hexadecimal digit (column 2)" in says(stage)
        await pilot.press("backspace", "0", "enter")
        assert not bar.display

    stage.play(act)
    assert searches(stage) == [("a0", "hex")]


def test_earlier_searches_come_back_with_their_kind() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        await pilot.press(*"one", "enter")
        bar.open("regex")
        await pilot.pause()
        await pilot.press(*"two", "enter")
        bar.open("hex")
        await pilot.pause()
        await pilot.press("0", "1", "up", "up", "up")
        field = bar.query_one(SearchInput)
        assert (field.value, bar.kind) == ("one", "text")
        await pilot.press("down")
        assert (field.value, bar.kind) == ("two", "regex")
        await pilot.press("down", "down")
        assert (field.value, bar.kind) == ("01", "hex")
        await pilot.press("up", "enter")

    stage.play(act)
    assert searches(stage) == [("one", "text"), ("two", "regex"), ("two", "regex")]


def test_what_was_looked_for_last_is_typed_over() -> None:
    stage = Stage(Pane())

    async def act(pilot: Pilot[None]) -> None:
        bar = await opened(pilot)
        await pilot.press(*"one", "enter")
        bar.open()
        await pilot.pause()
        await pilot.press(*"two", "enter")

    stage.play(act)
    assert searches(stage) == [("one", "text"), ("two", "text")]
