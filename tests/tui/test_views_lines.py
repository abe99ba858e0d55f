"""What all views that are lines have in common."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.tui.stage import Stage, line
from tui.views.lines import Line, Lines


class Numbers(Lines):
    """A million rows that count how often one is made."""

    made = 0
    chosen: int | None = None

    def count(self) -> int:
        return 1_000_000

    def heading(self) -> list[Line]:
        return [[("number", "dim")]]

    def line(self, row: int) -> Line:
        self.made += 1
        return [(f"row {row} ", ""), ("x" * 200, "red")]

    def choose(self, row: int) -> None:
        self.chosen = row


def test_only_what_shows_is_made() -> None:
    lines = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        lines.renew()
        await pilot.press("G")
        assert lines.cursor == 999_999
        assert line(lines, 23).startswith("row 999999")
        assert lines.made < 200

    Stage(lines).play(act)


def test_the_heading_stays_and_long_lines_are_cut() -> None:
    lines = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        lines.renew()
        await pilot.press("pagedown", "pagedown")
        assert lines.cursor == 46
        assert line(lines, 0) == "number"
        assert lines.render_line(1).cell_length == 79  # beside the scrollbar
        assert line(lines, 1).endswith("…")

    Stage(lines).play(act)


def test_keys_move_the_cursor_within_bounds() -> None:
    lines = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        lines.renew()
        await pilot.press("k", "up", "j", "down", "down", "enter")
        assert lines.chosen == 3
        await pilot.press("g", "enter")
        assert lines.chosen == 0

    Stage(lines).play(act)


def test_a_click_moves_the_cursor_and_a_double_click_goes_to_the_bytes() -> None:
    lines = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        lines.renew()
        await pilot.click(lines, offset=(3, 5))
        assert (lines.cursor, lines.chosen) == (4, 4)
        assert not stage.messages(Lines.Entered)
        await pilot.click(lines, offset=(3, 6), times=2)
        assert lines.chosen == 5

    stage = Stage(lines)
    stage.play(act)
    assert stage.messages(Lines.Entered)


def test_rows_that_become_fewer_take_the_cursor_along() -> None:
    lines = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        lines.renew(500)
        assert lines.cursor == 500
        lines.count = lambda: 10  # type: ignore[method-assign]
        lines.renew(500)
        assert lines.cursor == 9
        await pilot.pause()

    Stage(lines).play(act)
