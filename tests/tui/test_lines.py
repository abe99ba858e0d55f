from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dissect
from tests.outputs.golden import CAPTURES
from tui.columns import COLUMNS, SORTABLE, USUAL, Context, chosen
from tui.lines import Lines, Part, fitted
from tui.rows import Rows


def text(parts: list[Part]) -> str:
    return "".join(part for part, _ in parts)


def drawn(name: str, width: int, columns: list[str]) -> list[str]:
    capture = dissect.open(CAPTURES / name)
    rows = Rows(capture.associations)
    lines = Lines(lambda association: association.findings)
    lines.reading = False
    lines.choose(columns)
    lines.context.use("relative", capture.source.time(0))
    for number in range(len(rows)):
        lines.measure(rows.at(number))
    lines.layout(width)
    return [text(lines.line(rows, rows.at(number), 0)) for number in range(len(rows))]


@given(st.lists(st.tuples(st.text(max_size=9), st.just(""))), st.integers(0, 30), st.booleans())
def test_fitted_parts_take_just_the_room_there_is(parts: list[Part], width: int, right: bool) -> None:
    assert len(text(fitted(parts, width, right=right))) == width


@pytest.mark.parametrize("width", [40, 79, 100, 160, 300])
@pytest.mark.parametrize("columns", [list(USUAL), [], [each.name for each in COLUMNS], ["frame"], ["status"]])
def test_all_lines_are_equally_long(width: int, columns: list[str]) -> None:
    for name in ("print.pcap", "find-errors.pcap", "reject-titles.pcap", "mid-store.pcap"):
        assert len({len(line) for line in drawn(name, width, columns)}) == 1


def test_the_usual_columns_fit_eighty_columns() -> None:
    for name in ("print.pcap", "move.pcap", "find.pcap", "abort-provider.pcap"):
        assert all(len(line) == 79 for line in drawn(name, 79, list(USUAL)))


def test_an_association_tells_its_findings_before_its_addresses() -> None:
    narrow = drawn("abort-provider.pcap", 79, list(USUAL))[0]
    assert "1 error" in narrow
    assert "127.0.0.1" not in narrow
    assert "127.0.0.1" in drawn("abort-provider.pcap", 200, list(USUAL))[0]


def test_unknown_columns_are_as_good_as_none() -> None:
    assert [each.name for each in chosen(["nonsense"])] == list(USUAL)
    assert [each.name for each in chosen(["took", "frame"])] == ["frame", "took"]


def test_every_column_has_something_to_say_and_a_key_to_sort_by() -> None:
    exchanges = [
        exchange
        for name in ("print.pcap", "store-multi.pcap", "find-cancel.pcap", "mid-find.pcap", "mid-store.pcap")
        for association in dissect.open(CAPTURES / name).associations
        for exchange in association.exchanges
    ]
    context = Context()
    for column in COLUMNS:
        assert any(column.exchange(exchange, context) for exchange in exchanges)
        for exchange in exchanges:
            assert isinstance(column.message(exchange.last, context), str)
    for column in SORTABLE:
        keys = [key for exchange in exchanges if (key := column.key(exchange)) is not None]
        assert keys
        assert len(sorted(keys)) == len(keys)
