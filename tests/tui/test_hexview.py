"""The hex view by its keys, its mouse and its messages."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from dissect.pieces import HOLE, Buffer, Pieces, Span
from tests.tui.stage import Stage, line
from tui.hexlayout import HexLayout, layout
from tui.hexview import MOST_COPIED, HexView


def direction(data: bytes) -> Pieces:
    pieces = Pieces(Buffer(data))
    pieces.append(0, len(data))
    return pieces


BYTES = direction(bytes(range(256)) * 2)


@pytest.fixture
def view() -> HexView:
    return HexView()


@pytest.fixture
def stage(view: HexView) -> Stage:
    return Stage(view)


def moves(stage: Stage) -> list[int]:
    return [message.position for message in stage.messages(HexView.Moved)]


def test_a_line_has_offset_hex_and_text(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0x30, 40))
        assert [line(view, y) for y in range(4)] == [
            "0000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?",
            "0010  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO",
            "0020  50 51 52 53 54 55 56 57                           PQRSTUVW",
            "",
        ]

    stage.play(act)


@pytest.mark.parametrize(
    ("width", "count", "gap"),
    [(160, 32, 2), (79, 16, 2), (71, 16, 1), (69, 8, 2), (38, 8, 1), (30, 4, 2), (3, 4, 1)],
)
def test_lines_have_as_many_bytes_as_the_width_holds(width: int, count: int, gap: int) -> None:
    assert layout(width, 4) == HexLayout(count, 4, gap)


@pytest.mark.parametrize("count", [4, 8, 16, 32])
def test_the_byte_at_a_column_is_the_one_drawn_there(count: int) -> None:
    lay = HexLayout(count, 6, 2)
    for index in range(count):
        assert [lay.index(lay.column(index) + at) for at in (0, 1)] == [index, index]
        assert lay.index(lay.text_at + index) == index
    assert lay.index(0) == 0
    assert lay.index(1000) == count - 1


def test_keys_move_by_byte_line_page_and_to_the_ends(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 10, 500))
        await pilot.press("right", "l", "down", "j", "left", "h", "up", "k")
        await pilot.press("end", "dollar_sign", "home", "0", "pagedown", "pageup")
        await pilot.press("ctrl+end", "right", "ctrl+home", "left", "up")
        assert moves(stage) == [11, 12, 28, 44, 43, 42, 26, 10, 25, 10, 154, 10, 509, 10]

    stage.play(act, size=(80, 10))


def test_offsets_count_from_the_first_byte_or_in_the_direction(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0x30, 40))
        await pilot.press("o")
        assert line(view, 1).startswith("0040  40")
        await pilot.press("o")
        assert line(view, 1).startswith("0010  40")
        view.show(Span(Buffer(bytes(70_000)), 0, 70_000))
        assert line(view, 1).startswith("~000010  00")

    stage.play(act)


def test_bytes_that_were_not_captured_are_dots(stage: Stage, view: HexView) -> None:
    pieces = Pieces(Buffer(b"ABCDEFGH"))
    pieces.append(0, 3)
    pieces.append(HOLE, 3)
    pieces.append(6, 2)

    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(pieces, 0, 8))
        assert line(view, 0) == "0000  41 42 43 ·· ·· ·· 47 48  ABC···GH"
        view.highlight([Span(pieces, 2, 3)])
        await pilot.press("y")
        assert stage.clipboard == "43 ·· ··"

    stage.play(act, size=(40, 10))


def lit(view: HexView, y: int = 0) -> list[str]:
    """The text of a line that is on another background than most of it."""
    strip = view.render_line(y)
    base = view.rich_style.bgcolor
    return [each.text for each in strip if each.style and each.style.bgcolor != base]


def test_highlighted_bytes_are_lit_in_hex_and_text_with_the_gaps_between(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0x40, 64))
        view.highlight([Span(BYTES, 0x46, 4), Span(BYTES, 0x52, 1), Span(Buffer(b"other"), 0, 5)])
        assert "".join(lit(view)) == "46 47  48 49FGHI"
        assert "".join(lit(view, 1)) == "52R"
        assert lit(view, 2) == []
        assert view.position == 0x46
        assert moves(stage) == []

    stage.play(act)


def test_headers_are_tinted(stage: Stage, view: HexView) -> None:
    def headers(start: int, stop: int) -> list[tuple[int, int, str]]:
        return [(0x40, 0x46, "pdu"), (0x46, 0x4C, "pdv")]

    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0x40, 64), headers)
        styles = [
            view.get_component_rich_style(f"hex--{kind}").color for kind in ("pdu", "pdv", "byte", "offset")
        ]
        assert len(set(styles)) == 4
        drawn = {each.text: each.style.color for each in view.render_line(0) if each.style}
        assert drawn["41"] == styles[0]
        assert drawn["46"] == styles[1]
        assert drawn["4c"] == styles[2]

    stage.play(act)


def test_highlighting_scrolls_to_the_first_of_the_bytes(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0, 512))
        view.highlight([Span(BYTES, 400, 100)])
        assert "190" in [line(view, y)[1:4] for y in range(5)]

    stage.play(act, size=(80, 5))


def test_the_cursor_stays_where_somebody_put_it(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0, 512))
        view.goto(300)
        await pilot.pause()
        assert moves(stage) == [300]
        view.highlight([Span(BYTES, 290, 20)])
        assert view.position == 300
        view.highlight([Span(BYTES, 200, 200)])  # somebody chose a field elsewhere
        assert view.position == 200
        view.show(Span(BYTES, 0, 512))
        assert view.position == 200
        view.goto(10_000)
        assert view.position == 511

    stage.play(act)


def test_shift_and_the_mouse_select(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0, 512))
        await pilot.press("right", "shift+right", "L", "J")
        *_, last = stage.messages(HexView.Moved)
        assert (last.selected, last.position, last.source) == ((1, 20), 19, BYTES)
        await pilot.press("y")
        assert stage.clipboard == bytes(range(1, 20)).hex(" ")
        await pilot.press("K", "H", "shift+left")
        assert view.selection == (1, 2)
        column = view._lay.column
        await pilot.mouse_down(view, offset=(column(3), 1))
        await pilot.hover(view, offset=(view._lay.text_at + 5, 2))
        await pilot.mouse_up(view, offset=(view._lay.text_at + 5, 2))
        assert view.selection == (19, 38)
        await pilot.hover(view, offset=(column(0), 0))
        assert view.selection == (19, 38)
        await pilot.click(view, offset=(column(4), 0))
        assert view.selection == (4, 5)

    stage.play(act)


def test_copying_tells_how_much(stage: Stage, view: HexView) -> None:
    data = direction(bytes(100_000))

    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(data, 0, 100_000))
        await pilot.press("y")
        view.highlight([Span(data, 0, 2), Span(data, 10, 1)])
        await pilot.press("y")
        view.highlight([Span(data, 0, 100_000)])
        await pilot.press("y")
        one, three, many = stage.messages(HexView.Copied)
        assert (one.text, one.copied, one.length) == ("00", 1, 1)
        assert (three.text, three.copied, three.length) == ("00 00 00", 3, 3)
        assert (many.copied, many.length) == (MOST_COPIED, 100_000)
        assert stage.clipboard == many.text

    stage.play(act)


def test_nothing_to_show_is_no_trouble(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        for span in (None, Span(BYTES, 5, 0)):
            view.show(span)
            view.highlight([Span(BYTES, 5, 1)])
            await pilot.press("left", "down", "end", "ctrl+end", "pagedown", "o", "y", "L")
            await pilot.click(view, offset=(10, 3))
            view.goto(7)
        assert line(view, 0) == "no bytes"
        assert moves(stage) == []

    stage.play(act)


def test_another_width_keeps_the_place(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0, 512))
        view.goto(0x1F4)
        await pilot.pause()
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert any(line(view, y).startswith("01f0 ") for y in range(8))

    stage.play(act, size=(80, 8))


class Counting:
    """50 MB that are made up as they are read, and count how many were."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def __len__(self) -> int:
        return 50_000_000

    def read(self, start: int, stop: int) -> bytes:
        self.read_bytes += stop - start
        return bytes(at & 0xFF for at in range(start, stop))


def test_of_fifty_megabytes_only_what_shows_is_read(stage: Stage, view: HexView) -> None:
    source = Counting()

    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(source, 0, len(source)))
        await pilot.press("ctrl+end")
        assert line(view, 23).startswith("~02faf070")
        view.goto(25_000_000)
        await pilot.pause()
        await pilot.press("pagedown", "pagedown", "ctrl+home")
        assert source.read_bytes < 24 * 16 * 20

    stage.play(act)


def test_bytes_are_selected_from_one_to_another(stage: Stage, view: HexView) -> None:
    async def act(pilot: Pilot[None]) -> None:
        view.show(Span(BYTES, 0, 100))
        view.select(20, 23)
        assert (view.selection, view.position) == ((20, 23), 22)
        view.select(7, 8)
        assert (view.selection, view.position) == ((7, 8), 7)

    stage.play(act)
    assert [message.selected for message in stage.messages(HexView.Moved)] == [(20, 23), (7, 8)]
