"""Regular expressions: what `re` finds is found, and no text takes longer than it is long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dissect import filters
from dissect.filters.patterns import CostlyError, _parser, _Ways, searcher

LEAVES = st.sampled_from(
    ["a", "B", "[ab]", "[^a]", ".", "\\d", "\\w", "\\s", "^", "$", "\\A", "\\Z", "\\b", "\\B", "", "(?i:a)"]
)
PATTERNS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
        st.builds(
            "(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "*?", "{2}", "{1,3}", "{0,2}", "{2,}"])
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.text("abAB1 _\n\u00e9", max_size=8))
@example("a$", "a\n")
@example("a\\Z", "a\n")
@example("\\B", " ")
@example("^\\b$", "a")
def test_all_ways_at_once_find_what_re_finds(pattern: str, text: str) -> None:
    found = re.search(pattern, text, re.IGNORECASE) is not None
    if text or "\\B" not in pattern:  # what an empty text is to \\B, versions of Python differ about
        assert _Ways(_parser.parse(pattern, re.IGNORECASE)).found(text) == found
        assert searcher(pattern)(text) == found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 50_000 + "!"),
        ("(a|a)*b", "a" * 50_000),
        ("(x+x+)+y", "x" * 50_000),
        (".*a.*b.*c", "ab" * 25_000),
        ("a.*b", "a" * 50_000),
        (r"\s+$", " " * 50_000 + "x"),
        ("(a?){30}b", "a" * 50_000),
        ("a?" * 40 + "b", "a" * 50_000),
        (r"(\d+\.)+x", "1.2." * 12_500),
    ],
)
def test_a_text_made_to_hurt_does_not(pattern: str, text: str) -> None:
    began = time.process_time()
    assert not searcher(pattern)(text)
    assert time.process_time() - began < 5  # it would be minutes at the least, for some till the sun is cold


def test_a_text_of_many_letters_is_not_kept() -> None:
    text = "".join(map(chr, range(0x4E00, 0x9FFF)))
    assert searcher("a.*b|c.*d|.*e")(text + "E")


@pytest.mark.parametrize("pattern", ["(?=a)(b+)+", r"((a|ba)+)\1", "((?>a+)b*)+", "(a{1,99}){1,99}" * 2])
def test_what_could_take_for_ever_and_cannot_be_done_otherwise_is_refused(pattern: str) -> None:
    with pytest.raises(CostlyError):
        searcher(pattern)
    error = filters.check(f"calling_ae ~ r'{pattern}'")
    assert error is not None
    assert error.column == 14
    assert error.message == "this pattern could take for ever: repeat less within what repeats"


@pytest.mark.parametrize(
    "pattern", [r"^(?!.*TEST).*CT", r"(.)\1", r"(?<=A)B", "(?m)^a+$", "(?a)\\w+ x*", "a{3000}b?"]
)
def test_what_only_re_can_do_is_left_to_it(pattern: str) -> None:
    assert searcher(pattern)("ABB CT \na\nx") == (
        re.search(pattern, "ABB CT \na\nx", re.IGNORECASE) is not None
    )
