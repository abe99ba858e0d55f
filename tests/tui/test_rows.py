"""Rows against a model that lists every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from tui.arranging import arranged
from tui.rows import Row, Rows
from tui.unfolding import message_at, message_count


class FakeMessage:
    def __init__(self, association: Any, first_record: int = 0) -> None:
        self.association = association
        self.first_record = first_record


def fake_exchange(association: Any, responses: int, *, cancelled: bool = False) -> Exchange:
    exchange = Exchange(cast(Message, FakeMessage(association)))
    exchange.responses = [cast(Message, FakeMessage(association, 10 * n + 10)) for n in range(responses)]
    if cancelled:
        exchange.cancel = cast(Message, FakeMessage(association, 15))
    return exchange


@dataclass(eq=False)
class FakeAssociation:
    first_record: int
    exchanges: list[Exchange] = field(default_factory=list)

    def grow(self, responses: list[int]) -> None:
        self.exchanges += [fake_exchange(self, each) for each in responses]


class Model:
    """Every row, listed the plain way."""

    def __init__(self) -> None:
        self.associations: list[FakeAssociation] = []
        self.folded: set[FakeAssociation] = set()
        self.unfolded: set[Exchange] = set()
        self.folds = False

    def rows(self) -> list[Row]:
        found = []
        for each in sorted(self.associations, key=lambda one: one.first_record):
            association = cast(Association, each)
            found.append(Row(association))
            for exchange in each.exchanges if each not in self.folded else ():
                found.append(Row(association, exchange))
                if exchange in self.unfolded:
                    messages = (message_at(exchange, n) for n in range(message_count(exchange)))
                    found += [Row(association, exchange, message) for message in messages]
        return found


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("begin"), st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=4)
        ),
        st.tuples(st.just("grow"), st.integers(0, 99), st.lists(st.integers(0, 3), min_size=1, max_size=3)),
        st.tuples(st.just("fold"), st.integers(0, 999), st.booleans()),
        st.tuples(st.just("all"), st.booleans()),
        st.tuples(st.just("settle")),
    ),
    max_size=14,
)


@given(steps, st.randoms())
@settings(max_examples=150, deadline=None)
def test_rows_are_those_of_the_plain_model(script: list[tuple[Any, ...]], random: Any) -> None:
    rows, model = Rows(), Model()
    records = list(range(200))
    random.shuffle(records)
    for step, *values in script:
        if step == "begin":
            began = [FakeAssociation(records.pop()) for _ in values[0]]
            for association, responses in zip(began, values[0], strict=True):
                association.grow(responses)
            model.associations += began
            model.folded |= set(began) if model.folds else set()
            rows.take(cast(list[Association], list(began)), ())
        elif step == "grow" and model.associations:
            association = model.associations[values[0] % len(model.associations)]
            association.grow(values[1])
            rows.take([], [cast(Association, association)])
        elif step == "fold" and len(rows):
            row = rows.at(values[0] % len(rows))
            rows.fold(row, values[1])
            if row.message is None and row.exchange is not None:
                (model.unfolded.discard if values[1] else model.unfolded.add)(row.exchange)
            elif row.message is None:
                folded = cast(FakeAssociation, row.association)
                (model.folded.add if values[1] else model.folded.discard)(folded)
        elif step == "all":
            rows.fold_all(values[0])
            model.folds = values[0]
            model.folded = set(model.associations) if values[0] else set()
            model.unfolded = set() if values[0] else model.unfolded
        elif step == "settle":
            rows.settle()
    expected = model.rows()
    assert [rows.at(number) for number in range(len(rows))] == expected
    for number, row in enumerate(expected):
        assert rows.row_of(row) == number
        assert rows.row_of(row, number) == number
    assert rows.exchange_count == sum(len(each.exchanges) for each in model.associations)


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 3)))), max_size=6))
@settings(max_examples=150, deadline=None)
def test_rows_that_are_chosen_anew_are_those_chosen_at_once(
    script: list[list[tuple[int, int | None]]],
) -> None:
    associations = [FakeAssociation(number) for number in (3, 1, 4, 0, 5, 2)]
    rows, kept = Rows(kept={}), dict[Association, list[Exchange]]()
    for step in script:
        chosen: dict[Association, list[Exchange] | None] = {}
        for number, count in step:
            one = associations[number]
            chosen[cast(Association, one)] = (
                None if count is None else [fake_exchange(one, 0) for _ in range(count)]
            )
        rows.keep(chosen)
        for association, exchanges in chosen.items():
            kept.pop(association, None)
            if exchanges is not None:
                kept[association] = exchanges
    expected = Rows(list(kept), kept=kept)
    assert [rows.at(number) for number in range(len(rows))] == [
        expected.at(number) for number in range(len(expected))
    ]
    assert rows.associations == expected.associations
    assert rows.exchange_count == expected.exchange_count
    for one in associations:
        row = Row(cast(Association, one))
        assert rows.row_of(row) == expected.row_of(row)


def test_a_row_that_is_folded_away_has_no_number() -> None:
    association = FakeAssociation(1)
    association.grow([1, 1])
    rows = Rows([cast(Association, association)])
    hidden = rows.at(2)
    rows.fold(rows.at(0), True)
    assert len(rows) == 1
    assert rows.row_of(hidden) is None
    assert rows.parent(hidden) == rows.at(0)


def test_a_cancel_stands_between_the_responses_it_came_between() -> None:
    exchange = fake_exchange(None, 3, cancelled=True)
    found = [message_at(exchange, number) for number in range(message_count(exchange))]
    assert found == [exchange.request, exchange.responses[0], exchange.cancel, *exchange.responses[1:]]


def test_sorting_lists_exchanges_alone_and_what_has_no_key_last() -> None:
    associations = [FakeAssociation(1), FakeAssociation(2)]
    associations[0].grow([0, 3])
    associations[1].grow([2, 1])
    for reverse, expected in ((False, [1, 2, 3, 0]), (True, [3, 2, 1, 0])):
        rows = arranged(
            cast(list[Association], associations), None, lambda each: len(each.responses) or None, reverse
        )
        shown = [rows.at(number).exchange for number in range(len(rows))]
        assert [len(each.responses) for each in shown if each] == expected
    rows.fold(rows.at(0), False)
    assert rows.at(1).message is not None
    assert rows.parent(rows.at(1)) == rows.at(0)


def test_an_association_put_in_order_by_the_thread_that_reads_raises_nothing() -> None:
    association = FakeAssociation(1)
    association.grow([1, 1, 1])
    rows = Rows([cast(Association, association)])
    rows.fold(rows.at(3), False)
    del association.exchanges[1:]
    assert rows.at(3).exchange is association.exchanges[0]
    rows.take([], [cast(Association, association)])
    assert len(rows) == 2


def test_a_million_exchanges_take_no_time() -> None:
    exchanges = [fake_exchange(None, 0)] * 50
    associations = [FakeAssociation(number, exchanges) for number in range(20_000)]
    rows = Rows(cast(list[Association], associations))
    assert len(rows) == 20_000 * 51
    rows.take([], cast(list[Association], associations[:100]))
    middle = rows.at(10_000 * 51 + 7)
    assert middle.association is cast(Association, associations[10_000])
    assert rows.row_of(Row(middle.association)) == 10_000 * 51
