"""What holds for every filter, whatever is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

import dissect
from dissect import filters
from tests.craft import write
from tests.filters.day import EVERYTHING, segments, selected

WORDS = st.sampled_from(
    [
        "status", "calling_ae", "dataset.PatientID", "dataset.", "(0010,0020)", "complete", "abort", "has",
        "not", "and", "or", "xor", "in", "matches", "contains", "~", "==", "!=", "===", "!==", "<", ">=",
        "&&", "||", "^^", "!", "(", ")", "{", "}", ",", "..", "0", "0xA700", "2s", "1.5MB", "10.0.0.0/8",
        "1.2.840", "true", "Failure", "C-STORE", '"CT"', "'", '"', 'r"\\d"', "=", "é", "\0", "\\",
    ]
)  # fmt: skip
ATOMS = st.one_of(
    st.sampled_from([field.example for field in filters.FIELDS]),
    st.sampled_from([field.name for field in filters.FIELDS if not field.family]),
    st.builds("{} {} {}".format, st.sampled_from(["status", "context.id", "responses", "dimse.status"]),
              st.sampled_from(["==", "!=", "===", "!==", "<", ">", "<=", ">="]), st.integers(-1, 5)),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds(
            "({}) {} ({})".format, inner, st.sampled_from(["and", "or", "xor", "&&", "||", "^^"]), inner
        ),
    ),
    max_leaves=6,
)


def chosen(text: str) -> set[str]:
    return set(selected(text).split())


ALL = set(EVERYTHING.split())


@given(st.text())
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    error = filters.check(text)
    assert error is None or (1 <= error.column <= len(text) + 1 and error.message.isprintable())


@given(st.lists(WORDS), st.sampled_from(["", " "]))
def test_any_words_are_a_filter_or_a_filter_error(words: list[str], between: str) -> None:
    text = between.join(words)
    error = filters.check(text)
    assert error is None or 1 <= error.column <= len(text) + 1
    if error is None:
        assert chosen(text) <= ALL


@given(st.sampled_from([field for field in filters.FIELDS if not field.family]), WORDS, st.text(max_size=8))
def test_any_value_after_a_field_is_a_filter_or_a_filter_error(
    field: filters.Field, sign: str, text: str
) -> None:
    for value in (text, f'"{text}"', f'{{"{text}"..{text}}}'):
        filters.check(f"{field.name} {sign} {value}")


@given(EXPRESSIONS)
@settings(deadline=None)
def test_not_selects_what_its_operand_does_not(text: str) -> None:
    assert chosen(f"not ({text})") == ALL - chosen(text)


@given(EXPRESSIONS, EXPRESSIONS)
@settings(deadline=None)
def test_and_or_and_xor_are_operations_on_sets(one: str, other: str) -> None:
    left, right = chosen(one), chosen(other)
    assert chosen(f"({one}) and ({other})") == left & right
    assert chosen(f"({one}) or ({other})") == left | right
    assert chosen(f"({one}) xor ({other})") == left ^ right


@given(EXPRESSIONS, st.integers(0, 200))
def test_completion_never_fails(text: str, cursor: int) -> None:
    for offer in filters.complete(text, min(cursor, len(text))):
        assert 0 <= offer.start <= offer.stop <= len(text)
        assert offer.text


@given(st.lists(WORDS, max_size=5), st.integers(0, 50))
def test_completion_never_fails_on_words(words: list[str], cursor: int) -> None:
    text = " ".join(words)
    for offer in filters.complete(text, min(cursor, len(text))):
        assert 0 <= offer.start <= offer.stop <= len(text)


FILTERS = [filters.compile(field.example) for field in filters.FIELDS]
SEGMENTS = segments()


@given(
    st.dictionaries(st.integers(0, len(SEGMENTS) - 1), st.none() | st.tuples(st.floats(0, 1), st.binary()))
)
@settings(deadline=None, max_examples=40)
def test_asking_of_damaged_traffic_never_fails(
    damages: dict[int, tuple[float, bytes] | None],
) -> None:
    damaged = []
    for number, segment in enumerate(SEGMENTS):
        damage = damages.get(number, (0.0, b""))
        if damage is not None:
            at = round(damage[0] * len(segment.payload))
            payload = segment.payload[:at] + damage[1] + segment.payload[at + len(damage[1]) :]
            damaged.append(replace(segment, payload=payload))
    with TemporaryDirectory() as folder:
        capture = dissect.open(write(Path(folder) / "damaged.pcap", damaged))
    for association in capture.associations:
        for each in FILTERS:
            exchanges = each.select(association)
            assert each.matches_association(association) or not exchanges
