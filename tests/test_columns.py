from __future__ import annotations

import os
from array import array
from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dissect import columns
from dissect.columns import Column, Shelf, shelved

STEPS = some.lists(
    some.tuples(some.sampled_from(["append", "extend", "frombytes", "put away"]), some.integers(0, 40)),
    max_size=30,
)


def filled(monkeypatch: pytest.MonkeyPatch, count: int, block: int = 4) -> Column:
    monkeypatch.setattr(columns, "BLOCK", block)
    column = Column(Shelf())
    column.extend(range(count))
    return column


@given(steps=STEPS, start=some.integers(-50, 400), stop=some.integers(-50, 400), step=some.integers(1, 3))
def test_a_column_is_an_array(steps: list[tuple[str, int]], start: int, stop: int, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "BLOCK", 8)
        column, whole = Column(Shelf()), array("q")
        for kind, count in steps:
            more = array("q", range(len(whole), len(whole) + count))
            if kind == "append":
                column.append(len(whole))
                whole.append(len(whole))
            elif kind == "extend":
                column.extend(more)
                whole.extend(more)
            elif kind == "frombytes":
                column.frombytes(more.tobytes())
                whole.extend(more)
            else:
                column.put_away()
    assert len(column) == len(whole)
    assert list(column) == list(whole)
    assert column[start:stop:step] == whole[start:stop:step]
    assert [column[-1 - index] for index in range(len(whole))] == list(reversed(whole))
    assert bisect_right(column, start) == bisect_right(whole, start)
    with pytest.raises(IndexError):
        column[len(whole)]


def test_little_of_a_long_column_stays_in_memory() -> None:
    column = Column(Shelf(), range(10))
    for first in range(0, 1_000_000, 50_000):
        column.frombytes(array("q", range(first, first + 50_000)).tobytes())
        assert len(column._held[1]) < 2 * columns.BLOCK
    assert column[700_010] == 700_000
    column.put_away()
    assert not column._held[1]
    assert column[-1] == 999_999


def test_where_there_is_no_room_numbers_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    column = filled(monkeypatch, 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_File", lambda: (_ for _ in ()).throw(OSError("no space left")))
        full = Column(Shelf())
        full.extend(range(1000))
    assert list(full) == list(range(1000))
    assert list(column) == list(range(20))


def test_what_is_forgotten_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    column = filled(monkeypatch, 40)
    column.forget(21)
    assert len(column) == 40
    assert column[21:] == array("q", range(21, 40))
    assert len(column._extents) == 4


def test_a_file_goes_with_the_last_column_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FULL", 64)
    shelf = Shelf()
    first = shelved(array("q", range(8)), shelf)
    opened = {extent.file.file.fileno() for extent in first._extents}
    second = shelved(array("q", range(8)), shelf)
    (descriptor,) = opened
    os.fstat(descriptor)
    del first
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(descriptor)
    assert list(second) == list(range(8))
