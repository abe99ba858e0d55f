from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dissect.wire.coverage import cover


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=25))
def test_what_is_new_is_told_once_and_in_order(parts: list[tuple[int, int]]) -> None:
    """Against a set of all places."""
    borders: list[int] = []
    there: set[int] = set()
    for start, size in parts:
        found = cover(borders, start, start + size)
        places = [place for low, high in found for place in range(low, high)]
        assert places == sorted(set(range(start, start + size)) - there)
        there.update(places)
        assert borders == sorted(set(borders))
        ends = zip(borders[::2], borders[1::2], strict=True)
        assert {place for low, high in ends for place in range(low, high)} == there


def test_what_touches_is_one() -> None:
    borders: list[int] = []
    for start in (*range(0, 1000, 2), *range(1, 1000, 2)):
        cover(borders, start, start + 1)
    assert borders == [0, 1000]
    assert cover(borders, 0, 1000) == []
