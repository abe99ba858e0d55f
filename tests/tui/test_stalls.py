"""What time was lost to, in the views that tell it: known a moment after the views show."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from textual.pilot import Pilot

import dissect
from dissect.dicom.associations import Association
from dissect.statistics.phases import Timed, resumed, timed
from dissect.wire.files import CaptureError
from dissect.wire.source import CaptureSource
from tests.outputs.golden import CAPTURES
from tests.tui.screen import LONGEST, Player, play
from tests.tui.stage import Stage, line
from tests.tui.views import text
from tui import upper
from tui.times import Times, read_times
from tui.views.ladder import LadderView
from tui.views.lines import Lines
from tui.views.timing import TimingView


def times_of(name: str) -> tuple[list[Association], Times]:
    capture = dissect.open(CAPTURES / name)
    found = read_times(capture.source, capture.associations, lambda: False)
    assert found is not None
    return capture.associations, found


def under_cursor(view: Lines) -> str:
    return line(view, view.cursor - view.scroll_offset.y + len(view.heading()))


def test_arrows_that_were_held_up_carry_what_by_and_how_long() -> None:
    view = LadderView()
    associations, times = times_of("print.pcap")

    async def act(pilot: Pilot[None]) -> None:
        view.show(associations[0])
        assert "delayed ACK" not in text(view)
        view.cursor = 3
        view.tell(times)
        await pilot.pause()
        assert view.cursor == 3
        assert line(view, 4).split("── ")[-1].startswith("delayed ACK 41.2ms ─►│")
        (note,) = (each for each in view.render_line(4) if "delayed" in each.text)
        assert note.style is not None
        assert note.style.color == view.get_component_rich_style("lines--yellow").color
        assert sum("delayed ACK" in line(view, y) and "ms ─" in line(view, y) for y in range(4, 24)) == 20
        await pilot.press("space")
        assert "delayed ACK 41.2ms" in line(view, 4)

    Stage(view).play(act, size=(80, 40))


def test_timing_tells_causes_with_their_cure_and_network_from_application() -> None:
    view = TimingView()
    stage = Stage(view)
    associations, times = times_of("print.pcap")

    async def act(pilot: Pilot[None]) -> None:
        view.show(associations[0])
        await pilot.pause()
        assert "Time lost: its TCP headers are still to be read" in text(view)
        before = under_cursor(view)
        view.tell(times)
        await pilot.pause()
        everything = text(view)
        assert "  delayed ACK                                20     879ms   47.7ms    98.3%" in everything
        assert "set TCP_NODELAY at the" in everything
        now = under_cursor(view)
        assert now.startswith(before[:32])
        assert now.endswith("9µs   1.77ms   87.7ms  delayed ACK 85.8ms")
        await pilot.press("up", "up", "up", "up", "up")
        assert "delayed ACK  " in under_cursor(view)

    stage.play(act, size=(80, 40))
    (held,) = stage.messages(TimingView.Held)
    longest = max(times[associations[0]].stalls, key=lambda stall: stall.lost)
    direction = associations[0].framers[longest.side].direction
    place = list(direction.records).index(longest.record)
    assert (held.span.source, held.span.start) == (direction.pieces, direction.pieces.start(place))


def test_no_time_lost_is_told_as_well() -> None:
    view = TimingView()
    associations, times = times_of("echo.pcap")

    async def act(pilot: Pilot[None]) -> None:
        view.show(associations[0])
        view.tell({each: found._replace(stalls=[]) for each, found in times.items()})
        await pilot.pause()
        assert "Time lost: none was found." in text(view)
        assert "lost to" not in text(view)

    Stage(view).play(act, size=(80, 40))


class Gate:
    """Reads the times of associations once it is opened, and knows what was asked of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = threading.Event()
        self.asked: list[list[Association]] = []
        self.answers: list[Times | None] = []
        monkeypatch.setattr(upper, "read_times", self)

    def __call__(
        self, source: CaptureSource, associations: Iterable[Association], cancelled: Callable[[], bool]
    ) -> Times | None:
        self.asked.append(list(associations))
        assert self.opened.wait(LONGEST)
        self.answers.append(read_times(source, self.asked[-1], cancelled))
        return self.answers[-1]


def shown(player: Player, name: str) -> str:
    return text(player.screen.query_one(f"#{name}", Lines))


@pytest.mark.parametrize(("key", "name"), [("3", "ladder"), ("7", "timing")])
def test_views_show_before_it_is_known_and_fill_in(
    key: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)

    async def act(player: Player) -> None:
        try:
            await player.press(key)
            await player.until(lambda: gate.asked)
            assert "N-ACTION" in shown(player, name)
            assert "delayed ACK" not in shown(player, name)
            await player.press("down")
        finally:
            gate.opened.set()
        await player.settled()
        assert "delayed ACK" in shown(player, name)
        await player.press("3", "7")
        await player.settled()
        assert len(gate.asked) == 1  # of one association it is read once

    play(act, size=(120, 60))


def test_leaving_a_view_ends_the_reading_and_coming_back_begins_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)

    async def act(player: Player) -> None:
        try:
            await player.press("3")
            await player.until(lambda: gate.asked)
            await player.press("1")
        finally:
            gate.opened.set()
        await player.settled()
        assert gate.answers == [None]
        assert "delayed ACK" not in shown(player, "ladder")
        await player.press("3")
        await player.settled()
        assert "delayed ACK" in shown(player, "ladder")

    play(act, size=(120, 60))


def test_a_view_of_another_association_by_now_is_not_told_of_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)

    async def act(player: Player) -> None:
        try:
            await player.press("7")
            await player.until(lambda: gate.asked)
            await player.press("1", "G", "7")
        finally:
            gate.opened.set()
        await player.settled()
        assert gate.answers.count(None) == 1
        assert [each.index for asked in gate.asked for each in asked] == [1, 2]
        assert "Time lost: its" not in shown(player, "timing")

    play(act, "contexts-refused.pcap", size=(120, 60))


def test_nothing_is_read_again_before_all_was_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    gate.opened.set()

    async def act(player: Player) -> None:
        player.app.capture.finished = False
        await player.press("3")
        await player.press("7")
        assert "its TCP headers are still to be read" in shown(player, "timing")
        assert not gate.asked
        player.app.capture.finished = True
        player.screen.progressed(None)
        await player.settled()
        assert "delayed ACK" in shown(player, "timing")

    play(act, size=(120, 60))


def test_a_capture_that_is_gone_by_then_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> Times:
        raise CaptureError("print.pcap: no such file")

    monkeypatch.setattr(upper, "read_times", gone)

    async def act(player: Player) -> None:
        await player.press("3")
        await player.settled()
        assert player.said() == ["What time was lost to cannot be told: print.pcap: no such file"]
        assert "N-ACTION" in shown(player, "ladder")

    play(act, size=(120, 60))


def test_an_arrow_and_a_cause_lead_to_their_bytes() -> None:
    async def act(player: Player) -> None:
        await player.press("3", *["down"] * 3)
        await player.settled()
        assert player.unit == "N-GET-RSP, message ID 1"
        await player.press("7")
        await player.settled()
        await player.press("g", *["down"] * 7)
        await player.settled()
        assert "delayed ACK  " in under_cursor(player.screen.query_one(TimingView))
        assert player.unit == "N-DELETE-RSP, message ID 9"
        association = player.screen.all_rows.associations[0]
        (found,) = timed(player.app.capture.source, [association])
        span = resumed(association, max(found.stalls, key=lambda stall: stall.lost))
        assert span is not None
        assert player.bytes.position == span.start

    play(act, size=(120, 60))


def test_what_came_in_batches_is_what_came_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(path: Path) -> list[Timed]:
        capture = dissect.open(path)
        return list(timed(capture.source, capture.associations))

    def told(each: Timed) -> tuple[object, ...]:
        return each.stalls, each.flow.round_trips, [phases[1:] for phases in each.exchanges]

    paths = [CAPTURES / f"{name}.pcap" for name in ("print", "move", "lossy", "parallel", "slow-wire")]
    whole = [[told(each) for each in found(path)] for path in paths]
    monkeypatch.setattr("dissect.wire.again.BATCH", 7)
    assert [[told(each) for each in found(path)] for path in paths] == whole
