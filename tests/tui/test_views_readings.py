"""The views that read an association for you: timing, data sets, differences."""

from __future__ import annotations

from textual.pilot import Pilot

import dissect
from tests.outputs.golden import CAPTURES
from tests.tui.screen import Player, play
from tests.tui.stage import Stage, line
from tests.tui.views import association, text
from tui import units
from tui.upper import Upper
from tui.views.datasets import DataSetsView
from tui.views.diff import DiffView
from tui.views.timing import TimingView

# timing


def test_timing_has_plots_a_table_and_exchanges_the_slowest_first() -> None:
    view = TimingView()
    stage = Stage(view)
    shown = association("store-multi")

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        await pilot.pause()
        everything = text(view)
        assert "Response time" in everything
        assert "Throughput" in everything
        assert "█" in everything
        assert "C-STORE             7" in everything
        await pilot.press("enter", "s", "down", "enter")

    stage.play(act, size=(80, 30))
    said = [said.exchange for said in stage.messages(TimingView.Selected)]
    times = [exchange.response_time or 0 for exchange in shown.exchanges]
    assert said[0].response_time == max(times)
    assert said[-1] is shown.exchanges[1]


def test_a_low_screen_leaves_out_the_plots() -> None:
    view = TimingView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("store-multi"))
        await pilot.pause()
        assert "Throughput" not in text(view)
        assert "C-STORE" in text(view)

    Stage(view).play(act, size=(80, 10))


# data sets


def test_data_sets_unfold_into_elements_items_and_their_elements() -> None:
    view = DataSetsView()
    stage = Stage(view)
    shown = association("commitment")

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        await pilot.press("down", "down", "right", "right", "right", "right", "enter")
        assert "(0008,1199) SQ ReferencedSOPSequence" in line(view, 2)
        assert "Item 1" in line(view, 3)
        assert "(0008,1150) UI ReferencedSOPClassUID" in line(view, 4)
        await pilot.press("left", "left", "left", "left")
        assert view.count() == 3

    stage.play(act)
    said = stage.messages(DataSetsView.Selected)
    assert {each.message for each in said} == {shown.messages[0]}
    assert b"\x08\x00\x50\x11" in {each.span.read()[:4] for each in said if each.span}


# differences


def test_only_what_differs_shows_unless_all_is_asked_for() -> None:
    view = DiffView()
    stage = Stage(view)
    capture = dissect.open(CAPTURES / "commitment.pcap")

    async def act(pilot: Pilot[None]) -> None:
        view.show(capture.associations[0], capture.associations[2])
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "#1 SENDER → ORTHANC" in line(view, 0)
        few = view.count()
        assert all("≠" in line(view, y) for y in (2, 4))
        await pilot.press("n", "n", "right", "a")
        assert view.count() > few * 3

    stage.play(act)
    left, right = stage.messages(DiffView.Selected)[-2:]
    assert (left.association, right.association) == (capture.associations[0], capture.associations[2])
    for said in (left, right):
        assert units.at(said.association, said.span) is not None


def test_what_differs_at_the_end_of_long_values_can_be_seen() -> None:
    view = DiffView()
    capture = dissect.open(CAPTURES / "commitment.pcap")

    async def act(pilot: Pilot[None]) -> None:
        view.show(capture.associations[0].messages[0], capture.associations[2].messages[0])
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        row = next(line(view, y) for y in range(24) if "Transaction UID" in line(view, y))
        left, right = row.split("Transaction UID")[1].split()
        assert left != right

    Stage(view).play(act)


# inflated data sets, which lie in no direction


def test_a_row_of_an_inflated_data_set_leads_to_its_field() -> None:
    async def act(player: Player) -> None:
        await player.press("5", "down", "down")
        await player.settled()
        assert player.unit == "C-STORE-RQ, message ID 1"
        assert player.tree.selected is not None
        assert player.tree.selected.name == "(0008,0016) SOP Class UID"

    play(act, "store-deflated.pcap")


def test_a_row_of_a_diff_of_inflated_data_sets_leads_to_its_field() -> None:
    async def act(player: Player) -> None:
        (shown,) = player.screen.capture.associations
        upper = player.screen.query_one(Upper)
        await upper.compare(shown, shown)
        await player.settled()
        view = player.screen.query_one(DiffView)
        await player.press("a")
        view.cursor = next(
            number
            for number, row in enumerate(view._rows)
            if not isinstance(row, str) and row.path == "(0010,0020) Patient ID"
        )
        name = "(0010,0020) Patient ID"
        await player.until(lambda: player.tree.selected is not None and player.tree.selected.name == name)
        assert player.unit == "C-STORE-RQ, message ID 1"

    play(act, "store-deflated.pcap")
