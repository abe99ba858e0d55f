from __future__ import annotations

from pathlib import Path

from tests.tui.screen import Player, play
from tui.filterbar import FilterBar, FilterInput
from tui.searchbar import SearchBar


def bar(player: Player) -> FilterBar:
    return player.screen.query_one(FilterBar)


def field(player: Player) -> FilterInput:
    return player.screen.query_one(FilterInput)


async def write(player: Player, text: str) -> None:
    field(player).value = text
    field(player).cursor_position = len(text)
    await player.pilot.pause()


def test_a_filter_shows_only_what_matches_and_an_empty_one_all() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        assert field(player).has_focus
        await write(player, 'command == "N-CREATE"')
        assert field(player).has_class("-good")
        await player.press("enter")
        await player.settled()
        assert not bar(player).display
        assert player.table.has_focus
        assert len(player.lines()) == 4
        assert "3 of 10 exchanges" in player.text()
        assert 'filter: command == "N-CREATE"' in player.text()
        await player.press("f")
        await write(player, "")
        await player.press("enter")
        await player.settled()
        assert len(player.lines()) == 11

    play(act)


def test_the_filter_of_the_command_line_is_in_force_from_the_start() -> None:
    async def act(player: Player) -> None:
        assert len(player.lines()) == 3

    play(act, filter_="command == N-SET")


def test_a_filter_is_checked_while_it_is_typed() -> None:
    async def act(player: Player) -> None:
        await player.press("f", "s", "t", "a", "t", "u", "x")
        assert field(player).has_class("-bad")
        line = player.text().splitlines()[3]
        assert line.index("^^^^^^") == player.text().splitlines()[2].index("statux")
        assert "did you mean status?" in line
        await player.press("enter")
        assert bar(player).display
        await player.press("escape")
        assert not bar(player).display
        assert len(player.lines()) == 11

    play(act)


def test_tab_completes_names_and_values() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        await write(player, "call")
        await player.press("tab")
        assert field(player).value.startswith("call")
        first = field(player).value
        await player.press("tab")
        assert field(player).value != first
        await player.press("shift+tab")
        assert field(player).value == first
        await write(player, "calling_ae == ")
        await player.press("tab")
        assert "DCMPSTATE" in field(player).value

    play(act)


def test_filters_are_remembered(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"

    async def use(player: Player) -> None:
        for text in ("status == 0", "message_id == 3"):
            await player.press("f")
            await write(player, text)
            await player.press("enter")
            await player.settled()

    async def recall(player: Player) -> None:
        await player.press("f", "x", "up")
        assert field(player).value == "message_id == 3"
        await player.press("up", "up")
        assert field(player).value == "status == 0"
        await player.press("down", "down")
        assert field(player).value == "x"

    play(use, settings=settings)
    play(recall, settings=settings)


def test_a_filter_that_nothing_matches_says_so() -> None:
    async def act(player: Player) -> None:
        assert "Nothing matches the filter." in player.text()
        await player.press("j", "enter", "2", "1", "s", "escape")

    play(act, filter_="message_id == 999")


def test_a_filter_and_an_order_go_together() -> None:
    async def act(player: Player) -> None:
        player.screen._sort_by("size")
        await player.settled()
        assert [line.split()[5] for line in player.lines()] == ["N-CREATE"] * 3
        player.screen._sort_by("")
        await player.settled()
        assert len(player.lines()) == 4

    play(act, filter_="command == N-CREATE")


def test_a_filter_that_makes_no_sense_is_told_and_shows_all() -> None:
    async def act(player: Player) -> None:
        assert player.said() == ["statux: no field 'statux'; did you mean status? (column 1)"]
        assert len(player.lines()) == 11

    play(act, filter_="statux")


def test_a_completion_is_judged_as_what_is_typed_is() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        await write(player, "sta")
        assert "no field 'sta'" in player.text()
        await player.press("tab")
        assert field(player).value == "status"
        assert field(player).has_class("-good")
        assert "no field" not in player.text()

    play(act)


def test_a_word_does_not_stick_to_the_quote_before_it() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        await write(player, 'command == "N-SET"')
        await player.press("tab")
        assert field(player).value == 'command == "N-SET" and'

    play(act)


def test_what_may_come_first_is_offered_as_the_bar_opens() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        assert "calling_ae" in player.text().splitlines()[4]

    play(act)


def test_the_word_at_the_cursor_is_completed_wherever_the_cursor_went() -> None:
    async def act(player: Player) -> None:
        await player.press("f")
        await write(player, "calli == 1")
        await player.press("home", *["right"] * 5, "tab")
        assert field(player).value == "calling_ae == 1"
        assert field(player).cursor_position == len("calling_ae")

    play(act)


def test_a_bar_that_a_click_left_open_goes_by_escape() -> None:
    async def act(player: Player) -> None:
        for key, shown in (("f", bar(player)), ("slash", player.screen.query_one(SearchBar))):
            await player.press(key)
            player.table.focus()
            await player.press("escape")
            assert not shown.display
            assert player.table.has_focus

    play(act)


def test_the_footer_offers_no_key_that_is_typed_into_the_filter() -> None:
    async def act(player: Player) -> None:
        assert "/ Search" in player.text().splitlines()[-1]
        await player.press("f")
        await player.until(lambda: "Complete" in player.text().splitlines()[-1])
        assert "Search" not in player.text().splitlines()[-1]

    play(act)


def test_a_filter_that_leaves_nothing_is_told_and_clears_what_is_below() -> None:
    async def act(player: Player) -> None:
        lines = player.text().splitlines()
        assert lines[0].endswith("0 of 3 exchanges  filter: calling_ae ==…")
        assert "Nothing matches the filter." in player.text()
        assert lines[21:23] == ["", ""]

    async def without(player: Player) -> None:
        await player.press("f")
        await write(player, "calling_ae == NOBODY_AT_ALL")
        await player.press("enter")
        await player.settled()
        await act(player)

    play(without, "goes-wrong.pcap", size=(80, 24))
