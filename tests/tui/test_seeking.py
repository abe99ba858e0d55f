"""Search, going to places, copying and saving on the main screen, with its keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

import dissect
from tests.outputs.golden import CAPTURES
from tests.tui.screen import Player, play
from tui.goto import GotoScreen
from tui.saving import SaveScreen
from tui.searchbar import SearchBar, SearchInput
from tui.views.lines import Lines


async def search(player: Player, text: str, kind: str = "text") -> None:
    """Type what to look for, and wait until it was looked for."""
    await player.press("slash")
    bar = player.screen.query_one(SearchBar)
    while bar.kind != kind:
        await player.press("tab")
    player.screen.query_one(SearchInput).value = text
    await player.press("enter")
    await player.settled()


async def press(player: Player, *keys: str) -> None:
    await player.press(*keys)
    await player.settled()


def row(player: Player) -> tuple[int | None, str | None]:
    """Message ID and operation of the row under the cursor."""
    found = player.table.row
    if found is None or found.exchange is None:
        return None, None
    return found.exchange.first.message_id, found.exchange.first.command


def test_the_list_is_searched_onwards_and_back_and_round_its_end() -> None:
    async def act(player: Player) -> None:
        await search(player, "n-set")
        first = row(player)
        assert first[1] == "N-SET-RQ"
        assert player.table.has_focus
        hits = [first]
        while player.said() == []:
            await press(player, "n")
            hits.append(row(player))
        assert hits[-1] == first
        assert len(set(hits)) == len(hits) - 1
        assert player.said() == ["Search went on from the top."]
        await press(player, "N")
        assert row(player) == hits[-2]
        assert player.said()[-1] == "Search went on from the bottom."

    play(act)


def test_what_is_folded_away_is_found_too() -> None:
    async def act(player: Player) -> None:
        await press(player, "minus", "g")
        assert len(player.table.rows) == len(player.app.capture.associations)
        await search(player, "^N-ACTION", "regex")
        assert row(player)[1] == "N-ACTION-RQ"

    play(act)


def test_what_is_nowhere_leaves_the_cursor_where_it_was() -> None:
    async def act(player: Player) -> None:
        await press(player, "down", "down")
        before = player.table.cursor
        await search(player, "no such thing [b]")
        assert player.table.cursor == before
        assert player.said() == ["Not found here: no such thing [b]"]

    play(act)


def test_an_ae_title_is_found_in_the_line_of_its_association_and_when_sorted_in_any() -> None:
    async def act(player: Player) -> None:
        title = player.app.capture.associations[1].calling_ae or ""
        await press(player, "j")
        await search(player, title)
        assert row(player) == (None, None)
        player.screen._sort_by("took")
        await player.settled()
        await search(player, title)
        assert row(player)[1] is not None

    play(act, "parallel.pcap")


def test_the_tree_is_searched_where_it_has_the_focus() -> None:
    async def act(player: Player) -> None:
        await press(player, "down", "enter")
        await search(player, "message id")
        assert player.tree.has_focus
        selected = player.tree.selected
        assert selected is not None
        assert selected.name == "(0000,0110) Message ID"
        await search(player, "01 10", "hex")
        selected = player.tree.selected
        assert selected is not None
        assert b"\x01\x10" in (selected.span.read() if selected.span else b"")

    play(act)


def test_bytes_are_searched_where_they_have_the_focus_and_their_field_opens() -> None:
    async def act(player: Player) -> None:
        await press(player, "down")
        player.bytes.focus()
        await search(player, "1.2.840")
        view = player.bytes
        assert view.span is not None
        start, stop = view.selection
        assert view.span.source.read(start, stop) == b"1.2.840"
        assert player.tree.selected is not None
        assert "1.2.840" in player.tree.selected.text
        await search(player, "00 00 00", "hex")
        start, stop = view.selection
        assert view.span.source.read(start, stop) == bytes(3)
        places = [start]
        for _ in range(2):
            await press(player, "n")
            places.append(view.selection[0])
        await press(player, "N")
        assert view.selection[0] == places[1]

    play(act)


def test_a_view_is_searched_line_by_line() -> None:
    async def act(player: Player) -> None:
        await press(player, "4")
        view = player.screen.query_one("PduView Lines, PduView", Lines)
        view.focus()
        await search(player, "release")
        first = view.cursor
        await press(player, "n")
        assert view.cursor == first + 1
        await press(player, "n")
        assert view.cursor == first
        assert player.said() == ["Search went on from the top."]

    play(act)


def test_n_without_a_search_asks_for_one() -> None:
    async def act(player: Player) -> None:
        await press(player, "n")
        assert player.screen.query_one(SearchInput).has_focus
        await press(player, "escape")
        assert player.table.has_focus

    play(act)


async def go(player: Player, text: str) -> None:
    await player.press("colon")
    assert isinstance(player.app.screen, GotoScreen)
    player.app.screen.query_one(Input).value = text
    await press(player, "enter")


def test_each_message_is_gone_to_by_its_frame_and_by_its_number() -> None:
    async def act(player: Player) -> None:
        association = player.app.capture.associations[0]
        for message in (association.messages[3], association.messages[0], association.messages[-1]):
            for place in (f"f {message.frame}", f"m {message.index}"):
                await press(player, "g")
                await go(player, place)
                assert player.unit.startswith(f"{message.command}, message ID ")
                found = player.table.row
                assert found is not None
                assert message in (found.message, found.exchange and found.exchange.first)

    play(act)


def test_an_association_is_gone_to_by_its_number() -> None:
    async def act(player: Player) -> None:
        await go(player, "#2")
        assert player.table.row is not None
        assert player.table.row.item is player.app.capture.associations[1]
        await go(player, "#999")
        assert player.said()[-1].startswith("There is no association 999; the capture has ")

    play(act, "parallel.pcap")


def test_an_offset_is_that_of_the_bytes_that_show() -> None:
    async def act(player: Player) -> None:
        await press(player, "down")
        view = player.bytes
        assert view.span is not None
        await go(player, "0x10")
        assert view.position == view.span.start + 16
        assert view.has_focus
        await go(player, f"o {view.span.length - 1}")
        assert view.position == view.span.stop - 1
        await go(player, f"o {view.span.length}")
        assert player.said()[-1].endswith(f"they go from 0x0 to 0x{view.span.length - 1:X}.")
        await press(player, "o")
        await go(player, f"o {view.span.start + 3}")
        assert view.position == view.span.start + 3

    play(act)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("9999", "Frame 9,999 is part of no association."),
        ("m 9999", "There is no message 9,999; the association has 20 messages."),
    ],
)
def test_a_place_that_is_not_there_is_told(place: str, said: str) -> None:
    async def act(player: Player) -> None:
        await go(player, place)
        assert player.said() == [said]

    play(act)


def test_a_place_that_the_filter_hides_is_told() -> None:
    async def act(player: Player) -> None:
        await go(player, "m 1")
        assert player.said()[-1].startswith("The list does not show it")

    play(act, filter_='command == "N-SET"')


def test_fields_bytes_and_trees_are_copied() -> None:
    async def act(player: Player) -> None:
        await press(player, "down", "enter")
        await search(player, "message id")
        await press(player, "y")
        assert player.app.clipboard == "(0000,0110) Message ID: 1"
        await press(player, "Y")
        assert player.app.clipboard == "00 00 10 01 02 00 00 00 01 00"
        await press(player, "T")
        assert player.app.clipboard.splitlines()[:2] == ["(0000,0110) Message ID: 1", "  Group: 0x0000"]
        assert player.said() == [
            "Copied the field",
            "Copied 10 bytes",
            "Copied the field and all below it",
        ]

    play(act)


def test_marked_associations_are_saved(tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"

    async def act(player: Player) -> None:
        await press(player, "minus", "g", "j", "m", "g", "w")
        screen = player.app.screen
        assert isinstance(screen, SaveScreen)
        labels = [each.label for each in screen._choices]
        assert labels[1] == "1 association with a mark: packets (.pcap)"
        await press(player, "tab", "down", "enter", "shift+tab")
        screen.query_one(Input).value = str(out)
        await press(player, "enter")
        await player.until(lambda: player.app.screen is not screen)

    play(act, "parallel.pcap")
    (saved,) = dissect.open(out).associations
    wanted = dissect.open(CAPTURES / "parallel.pcap").associations[1]
    assert saved.stream.ends == wanted.stream.ends


def test_what_a_pane_shows_is_saved_as_text(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"

    async def act(player: Player) -> None:
        await press(player, "w")
        screen = player.app.screen
        await press(player, "tab", "up", "enter", "shift+tab")
        screen.query_one(Input).value = str(out)
        await press(player, "enter")
        await player.until(lambda: player.app.screen is not screen)
        assert len(out.read_text().splitlines()) == len(player.table.rows) + 1

    play(act)


def test_help_and_palette_know_these_keys() -> None:
    async def act(player: Player) -> None:
        commands = {each.title for each in player.app.get_system_commands(player.screen)}
        assert {"Search", "Go to", "Save", "Copy field", "Filter"} <= commands
        await press(player, "question_mark")
        text = player.text()
        for told in ("Search the pane that has the focus", "Go to a frame, message", "Copy the bytes"):
            assert told in text

    play(act, size=(100, 90))
