from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.color import Color
from textual.widgets import OptionList, SelectionList

from tests.tui.screen import Player, play
from tui.app import PduscopeApp
from tui.choosers import ColumnsScreen, HelpScreen, SortScreen
from tui.exchanges import ExchangeList
from tui.searchbar import SearchBar
from tui.upper import Upper

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_capture_opens_as_a_list_with_its_fields_and_bytes(size: tuple[int, int]) -> None:
    async def act(player: Player) -> None:
        text = player.text()
        assert "print.pcap  1 association  10 exchanges" in text
        assert "DCMPSTATE" in text
        assert "IHEFULL" in text
        assert "N-GET" in text
        assert "▾ A-ASSOCIATE-RQ" in text
        assert "0000  01 00 00 00 01 64 00 01" in text
        assert "PS3.8 Table 9-11" in text
        assert player.table.horizontal_scrollbar.display is False
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert "? Help" in text.splitlines()[-1]
        assert "q Quit" in text.splitlines()[-1]

    play(act, size=size)


def test_cursor_keys_and_vi_keys_move_and_what_is_below_follows() -> None:
    async def act(player: Player) -> None:
        await player.press("j")
        assert player.unit == "N-GET-RQ, message ID 1"
        await player.press("down", "j", "k")
        await player.settled()
        assert player.unit == "N-CREATE-RQ, message ID 2"
        assert player.tree.root is not None
        assert player.tree.root.name == "N-CREATE-RQ"
        await player.press("G")
        assert player.table.cursor == 10
        await player.press("g")
        assert player.table.cursor == 0
        await player.press("ctrl+d")
        down = player.table.cursor
        assert 1 < down < 10
        await player.press("ctrl+u")
        assert player.table.cursor == 0
        await player.press("pagedown", "pagedown", "pagedown")
        assert player.table.cursor == 10
        assert player.table.scroll_offset.y > 0

    play(act, size=(80, 24))


def test_brackets_go_through_the_messages_of_a_row() -> None:
    async def act(player: Player) -> None:
        assert (player.unit, player.place[-6:]) == ("A-ASSOCIATE-RQ", "1 of 4")
        await player.press("right_square_bracket")
        assert player.unit == "A-ASSOCIATE-AC"
        await player.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        assert player.unit == "A-RELEASE-RP"
        await player.press("j", "right_square_bracket")
        assert player.unit == "N-GET-RSP, message ID 1"
        assert player.place.endswith("2 of 2")
        await player.press("left_square_bracket")
        assert player.unit == "N-GET-RQ, message ID 1"

    play(act)


def test_rows_unfold_into_messages_and_fold_again() -> None:
    async def act(player: Player) -> None:
        await player.press("j", "l")
        lines = player.lines()
        assert "N-GET-RQ" in lines[2]
        assert "N-GET-RSP" in lines[3]
        assert lines[3].endswith("Success")
        await player.press("j", "j")
        assert player.unit == "N-GET-RSP, message ID 1"
        await player.press("h")
        assert player.table.cursor == 1
        await player.press("h")
        assert "N-CREATE" in player.lines()[2]
        await player.press("h", "h")
        assert len(player.lines()) == 1
        await player.press("space")
        assert len(player.lines()) == 11
        await player.press("minus")
        assert len(player.lines()) == 1
        await player.press("plus", "space", "right")
        assert len(player.lines()) == 11

    play(act)


def test_the_mouse_selects_folds_and_sorts() -> None:
    async def act(player: Player) -> None:
        await player.pilot.click(ExchangeList, offset=(20, 3))
        assert player.table.cursor == 2
        await player.pilot.click(ExchangeList, offset=(2, 1))
        assert len(player.lines()) == 1
        await player.pilot.click(ExchangeList, offset=(2, 1))
        heading = player.table.render_line(0).text
        await player.pilot.click(ExchangeList, offset=(heading.index("size"), 0))
        await player.settled()
        assert player.screen.sort == ("size", False)

    play(act)


def test_sorting_by_a_column_lists_all_exchanges_and_again_in_reverse() -> None:
    async def act(player: Player) -> None:
        await player.press("s")
        assert isinstance(player.app.screen, SortScreen)
        options = player.app.screen.query_one(OptionList)
        options.highlighted = next(n for n, each in enumerate(options.options) if each.id == "size")
        await player.press("enter")
        await player.settled()
        sizes = [line.split() for line in player.lines()]
        assert len(sizes) == 10
        assert "8.33 kB" in player.lines()[-1]
        await player.press("S")
        await player.settled()
        assert "8.33 kB" in player.lines()[0]
        assert "size▼" in player.table.render_line(0).text
        await player.press("s", "home", "enter")
        await player.settled()
        assert "DCMPSTATE" in player.lines()[0]

    play(act)


def test_columns_are_chosen_and_remembered(tmp_path: Path) -> None:
    settings = tmp_path / "new" / "settings.json"

    async def choose(player: Player) -> None:
        assert "SOP instance" not in player.table.render_line(0).text
        await player.press("c")
        assert isinstance(player.app.screen, ColumnsScreen)
        player.app.screen.query_one(SelectionList).select("instance")
        player.app.screen.query_one(SelectionList).deselect("delta")
        await player.press("enter")
        heading = player.table.render_line(0).text
        assert "SOP instance" in heading
        assert "delta" not in heading

    async def look(player: Player) -> None:
        heading = player.table.render_line(0).text
        assert "SOP instance" in heading
        assert "delta" not in heading
        await player.press("c", "escape")
        assert "SOP instance" in player.table.render_line(0).text

    play(choose, settings=settings)
    play(look, settings=settings)


def test_times_are_written_five_ways(tmp_path: Path) -> None:
    async def act(player: Player) -> None:
        seen = {}
        for _ in range(5):
            seen[player.app.settings.times] = player.lines()[1].split()[2]
            await player.press("t")
        assert len(seen) == 5
        assert (seen["relative"], seen["delta"]) == ("0.000994", "0.000739")
        assert seen["epoch"].startswith("1")
        assert seen["utc"].count(":") == 2

    play(act, settings=tmp_path / "settings.json")


def test_more_columns_than_fit_scroll_sideways(tmp_path: Path) -> None:
    async def act(player: Player) -> None:
        await player.press("c")
        player.app.screen.query_one(SelectionList).select_all()
        await player.press("enter", "shift+right", "shift+right")
        await player.until(lambda: player.table.scroll_offset.x > 0)

    play(act, size=(80, 24), settings=tmp_path / "settings.json")


def test_panes_are_resized_by_keys_and_by_dragging(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"

    async def act(player: Player) -> None:
        upper, tree = player.screen.query_one(Upper), player.tree
        height, width = upper.size.height, tree.size.width
        await player.press("right_curly_bracket", "less_than_sign")
        assert upper.size.height > height
        assert tree.size.width < width
        await player.press("left_curly_bracket", "greater_than_sign", "greater_than_sign")
        assert upper.size.height == height
        assert tree.size.width > width
        await player.pilot.mouse_down("#split-list", offset=(9, 0))
        await player.pilot.hover("#bytes", offset=(9, 4))
        await player.pilot.mouse_up("#bytes", offset=(9, 4))
        await player.pilot.pause()
        assert upper.size.height > height

    play(act, size=(120, 40), settings=settings)
    assert "list_height" in settings.read_text()


def test_marks_stand_beside_their_rows() -> None:
    async def act(player: Player) -> None:
        await player.press("j", "m")
        assert player.lines()[1].startswith("●")
        assert player.table.cursor == 2
        await player.press("k", "m")
        assert not player.lines()[1].startswith("●")
        await player.press("m", "m", "m", "d")
        assert player.said()[-1].startswith("3 rows are marked, some perhaps out of sight: M takes")
        await player.press("M", "d")
        assert player.said()[-1].startswith("Mark two associations")
        assert "●" not in player.text()

    play(act)


def test_nothing_to_reverse_is_told() -> None:
    async def act(player: Player) -> None:
        await player.press("S")
        assert player.said() == ["Nothing is sorted yet (s)."]

    play(act)


def test_the_help_lists_every_key_of_the_screen() -> None:
    async def act(player: Player) -> None:
        await player.press("question_mark")
        screen = player.app.screen
        assert isinstance(screen, HelpScreen)
        text = screen.text
        for told in (
            "List of exchanges",
            "Fields\n",
            "Bytes\n",
            "To the next pane",
            "Show only exchanges that match",
            "Leave",
        ):
            assert told.lower() in text.lower()
        assert text.startswith("List of exchanges\n")
        await player.press("escape", "tab", "question_mark")
        screen = player.app.screen
        assert isinstance(screen, HelpScreen)
        assert screen.text.startswith("Fields\n")
        await player.press("escape")
        assert not isinstance(player.app.screen, HelpScreen)

    play(act, size=(80, 24))


def test_commands_have_names_in_the_palette() -> None:
    async def act(player: Player) -> None:
        names = [each.title for each in player.app.get_system_commands(player.screen)]
        assert {"Filter", "Columns", "Ladder", "Help", "Theme"} <= set(names)

    play(act)


def test_the_palette_tells_what_each_command_is_for_and_its_key() -> None:
    async def act(player: Player) -> None:
        await player.press("ctrl+p")
        await player.until(lambda: "Choose columns  [c]" in player.text())
        await player.press(*"search")
        await player.until(lambda: "Search the pane that has the focus  [/]" in player.text())
        await player.press("enter")
        await player.until(lambda: player.screen.query_one(SearchBar).display)
        await player.press("escape", "ctrl+p", *"last")
        await player.until(lambda: "Message before  [[]" in player.text())

    play(act, size=(100, 40))


@pytest.mark.parametrize(("theme", "red", "green"), [("textual-dark", 9, 10), ("textual-light", 1, 2)])
def test_good_and_bad_news_differ_in_sixteen_colours(
    theme: str, red: int, green: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PduscopeApp, "few_colours", True)

    async def act(player: Player) -> None:
        player.app.theme = theme
        await player.pilot.pause()
        shown = []
        for name in ("Failure", "Success"):
            colour = player.table.style(name).color
            assert colour is not None
            shown.append(colour.downgrade(ColorSystem.STANDARD).number)
        assert shown == [red, green]

    play(act)


def test_a_light_theme_is_remembered(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"

    async def act(player: Player) -> None:
        player.app.theme = "textual-light"
        await player.pilot.pause()

    async def look(player: Player) -> None:
        assert player.app.theme == "textual-light"

    play(act, settings=settings)
    play(look, settings=settings)


def test_quitting_asks_nothing() -> None:
    async def act(player: Player) -> None:
        await player.press("q")
        assert player.app.return_code == 0

    play(act)


def test_panes_that_were_sized_take_all_the_width() -> None:
    async def act(player: Player) -> None:
        assert player.bytes.outer_size.width == 46
        await player.press("less_than_sign", "less_than_sign")
        widths = player.tree.outer_size.width + 1 + player.bytes.outer_size.width
        assert widths == 120
        assert player.bytes.outer_size.width > 46

    play(act, size=(120, 36))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
def test_what_is_dim_can_be_told_from_its_background(theme: str) -> None:
    async def act(player: Player) -> None:
        player.app.theme = theme
        await player.pilot.pause()
        table = player.table
        back = table.background_colors[1].brightness
        dim, usual = table.style("dim").color, table.rich_style.color
        assert dim is not None
        assert usual is not None
        assert dim.triplet is not None
        assert usual.triplet is not None
        plain = Color(*usual.triplet).brightness
        assert abs(plain - back) > abs(Color(*dim.triplet).brightness - back) > 0.25

    play(act)
