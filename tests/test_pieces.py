"""A byte has an address: Pieces read as the bytes they stand for, and lead down to them and up again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dissect.pieces import HOLE, Buffer, Pieces, Span, locate

GROUND = bytes(range(256)) * 2


@st.composite
def pieces(draw: st.DrawFn) -> tuple[Pieces, bytes]:
    """Pieces over GROUND, some of them holes, and what they read as."""
    made = Pieces(Buffer(GROUND))
    expected = b""
    for source, length in draw(st.lists(st.tuples(st.integers(-60, 480), st.integers(1, 30)), max_size=12)):
        if source < 0:
            made.append(HOLE, length)
            expected += bytes(length)
        else:
            made.append(source, length)
            expected += GROUND[source : source + length]
    return made, expected


positions = st.integers(-5, 400)


@given(pieces(), st.lists(st.tuples(positions, positions), min_size=1))
def test_any_reading_in_any_order_gives_the_bytes(
    made: tuple[Pieces, bytes], readings: list[tuple[int, int]]
) -> None:
    joined, expected = made
    assert len(joined) == len(expected)
    for start, stop in readings:
        assert joined.read(start, stop) == expected[max(start, 0) : max(stop, 0)]


@given(pieces(), positions, positions)
def test_runs_cover_what_was_asked_for_once_and_in_order(
    made: tuple[Pieces, bytes], start: int, stop: int
) -> None:
    joined, expected = made
    runs = list(joined.runs(start, stop))
    inside = range(len(expected))[max(start, 0) : max(stop, 0)]
    assert [at for run in runs for at in range(run.position, run.position + run.length)] == list(inside)
    for run in runs:
        if run.source != HOLE:
            there = GROUND[run.source : run.source + run.length]
            assert there == expected[run.position : run.position + run.length]


@given(pieces(), positions, positions)
def test_gaps_are_the_holes(made: tuple[Pieces, bytes], start: int, stop: int) -> None:
    joined, _ = made
    holes = [run for run in joined.runs(start, stop) if run.source == HOLE]
    assert joined.gaps(start, stop) == holes


@given(pieces(), st.data())
def test_pieces_over_pieces_lead_to_the_ground(made: tuple[Pieces, bytes], data: st.DataObject) -> None:
    joined, expected = made
    upper, upper_expected = Pieces(joined), b""
    for _ in range(data.draw(st.integers(0, 5))):
        if not expected:
            return
        start = data.draw(st.integers(0, len(expected) - 1))
        length = data.draw(st.integers(1, len(expected) - start))
        upper.append(start, length)
        upper_expected += expected[start : start + length]
    assert upper.read(0, len(upper)) == upper_expected
    places = locate(Span(upper, 0, len(upper)))
    missing = sum(gap.length for gap in upper.gaps())
    assert sum(place.length for place in places) == len(upper) - missing
    assert all(isinstance(place.source, Buffer) for place in places)
    there = bytearray(upper_expected)
    for gap in reversed(upper.gaps()):
        del there[gap.position : gap.position + gap.length]
    assert b"".join(place.read() for place in places) == bytes(there)


@given(pieces(), st.integers(0, 500), st.integers(1, 20))
def test_covering_is_the_way_back(made: tuple[Pieces, bytes], source: int, length: int) -> None:
    joined, _ = made
    found = {at for span in joined.covering(source, length) for at in range(span.start, span.stop)}
    wanted = {
        run.position + index
        for run in joined.runs(0, len(joined))
        if run.source != HOLE
        for index in range(run.length)
        if source <= run.source + index < source + length
    }
    assert found == wanted


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30)), max_size=20))
def test_many_at_once_are_the_same_as_one_by_one(rows: list[tuple[int, int]]) -> None:
    one_by_one, at_once, by_few = (Pieces(Buffer(GROUND)) for _ in range(3))
    for source, length in rows:
        one_by_one.append(source, length)
    sources, lengths = [source for source, _ in rows], [length for _, length in rows]
    at_once.extend(np.array(sources, dtype=np.int64), np.array(lengths, dtype=np.int64))
    by_few.extend_by_few(sources, lengths)
    runs = list(one_by_one.runs(0, len(one_by_one)))
    assert list(at_once.runs(0, len(at_once))) == runs
    assert list(by_few.runs(0, len(by_few))) == runs
