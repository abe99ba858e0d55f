"""Views of the upper pane, and what the panes below show of them."""

from __future__ import annotations

import pytest

from tests.tui.screen import Player, play
from tui.upper import VIEWS, Upper
from tui.views.diff import DiffView


@pytest.mark.parametrize(("number", "name"), list(enumerate(VIEWS, 1)))
def test_each_view_has_a_key_and_escape_leads_back(number: int, name: str) -> None:
    async def act(player: Player) -> None:
        await player.press("j", str(number))
        await player.settled()
        assert player.screen.query_one(Upper).view == name
        assert player.said() == []
        await player.press("escape")
        assert player.screen.query_one(Upper).view == "exchanges"
        assert player.table.has_focus

    play(act, "move.pcap", size=(80, 24))


def test_what_is_chosen_in_a_view_shows_below() -> None:
    async def act(player: Player) -> None:
        await player.press("3", "down", "enter")
        await player.settled()
        assert player.unit == "A-ASSOCIATE-AC"
        assert player.tree.has_focus
        await player.press("5", "j", "j", "enter")
        await player.settled()
        assert player.unit == "C-MOVE-RQ, message ID 1"
        assert player.tree.selected is not None
        assert player.tree.selected.name == "(0020,000D) Study Instance UID"

    play(act, "move.pcap")


def test_moving_in_a_view_shows_below_what_the_cursor_is_on() -> None:
    async def act(player: Player) -> None:
        await player.press("3", "down")
        await player.settled()
        assert player.unit == "A-ASSOCIATE-AC"
        assert not player.tree.has_focus

    play(act, "move.pcap")


def test_a_field_lights_its_bytes_and_a_byte_opens_its_field() -> None:
    async def act(player: Player) -> None:
        await player.press("j", "enter")
        await player.settled()
        assert player.tree.has_focus
        await player.press("down", "down")
        node = player.tree.selected
        assert node is not None
        assert node.name == "(0000,0000) Command Group Length"
        assert player.bytes.position == player.bytes.span.start + 12 if player.bytes.span else False
        await player.press("tab", "tab", "shift+tab")
        player.bytes.focus()
        await player.press("end", "down")
        assert player.tree.selected is not node

    play(act)


def test_an_escape_in_the_fields_leads_back_to_the_list() -> None:
    async def act(player: Player) -> None:
        await player.press("enter", "escape")
        assert player.table.has_focus

    play(act)


def test_two_marked_exchanges_stand_side_by_side() -> None:
    async def act(player: Player) -> None:
        await player.press("d")
        assert player.said()[-1].startswith("Mark two")
        await player.press("j", "m", "m", "d")
        assert player.screen.query_one(Upper).view == "diff"
        assert "differ" in player.text()
        assert player.said()[1:] == []
        await player.press("escape")
        assert player.table.has_focus

    play(act)


def test_a_row_of_the_comparison_leads_to_its_bytes_on_either_side_and_back() -> None:
    async def act(player: Player) -> None:
        await player.press("m", "G", "h", "m", "d")
        await player.settled()
        view = player.screen.query_one(DiffView)
        while "Verification: answer" not in player.text().splitlines()[view.cursor + 3]:
            await player.press("n")
        await player.settled()
        assert player.unit == "A-ASSOCIATE-AC"
        await player.press("enter")
        assert player.tree.has_focus
        assert player.tree.selected is not None
        assert player.tree.selected.text == "1: 0 (acceptance)"
        await player.press("escape")
        assert view.has_focus
        await player.press("g")
        while "outcome" not in player.text().splitlines()[view.cursor + 3]:
            await player.press("n")
        await player.press("right")
        await player.settled()
        assert player.unit == "A-ABORT"

    play(act, "contexts-refused.pcap", size=(100, 40))


def test_a_click_on_a_heading_shows_its_view_from_its_first_column_to_its_last() -> None:
    async def act(player: Player) -> None:
        line = player.text().splitlines()[1]
        second = line.index(" 2 Negotiation")
        for x, view in ((second, "negotiation"), (second - 1, "exchanges"), (1, "exchanges")):
            await player.press("3")
            await player.pilot.click(offset=(x, 1))
            await player.until(lambda: player.screen.query_one(Upper).view != "ladder")
            assert player.screen.query_one(Upper).view == view

    play(act, size=(100, 30))
