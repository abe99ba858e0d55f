from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.search import Kind, Pattern, PatternError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CT", "text"),
        ("10", "text"),
        ("1.2.840", "text"),
        ("/", "text"),
        ("//", "text"),
        ("a/b/", "text"),
        ("/a.b/", "regex"),
        ("01 02", "hex"),
        ("fe:ff", "hex"),
        (" 7f e0-10 ", "hex"),
        ("0x0102", "hex"),
        ("0x012", "text"),
        ("01 02 zz", "text"),
    ],
)
def test_what_a_pattern_is_shows_in_how_it_is_written(text: str, kind: Kind) -> None:
    assert Pattern.parse(text).kind == kind


def test_a_given_kind_overrides_the_looks() -> None:
    assert Pattern.parse("/a/", "text").fits("x/A/y")
    assert Pattern.parse("01 02", "text").kind == "text"
    assert Pattern.parse("a.c", "regex").fits("xABCx")
    assert Pattern.parse("0102", "hex").bytes == (b"\1\2",)


@pytest.mark.parametrize("text", ["01 02", "0102", "0x0102", " 01:02 ", "01-02", "0X01 02", "01  02"])
def test_digits_may_be_written_in_many_ways(text: str) -> None:
    assert Pattern.parse(text, "hex").bytes == (b"\1\2",)


@pytest.mark.parametrize(
    ("text", "kind", "column", "message"),
    [
        ("", None, 1, "nothing to look for"),
        ("  ", "hex", 1, "nothing to look for"),
        ("01 0", "hex", 4, "half a byte"),
        ("01 0g", "hex", 5, "'g' is no hexadecimal digit"),
        ("0102 x", "hex", 6, "'x' is no hexadecimal digit"),
        ("0x", "hex", 2, "digits are missing"),
        ("a(b", "regex", 2, "unterminated"),
        ("/a(b/", None, 3, "unterminated"),
        ("*", "regex", 1, "nothing to repeat"),
        ("a*", "regex", 1, "found everywhere"),
        ("^", "regex", 1, "found everywhere"),
        (r"ab\u00e4", "regex", 3, "bad escape"),
        ("(?u)a", "regex", 4, "bytes pattern"),
        ("a{99999999999999999999}", "regex", 1, "too large"),
        ("\ud800", "text", 1, "half a character"),
    ],
)
def test_a_bad_pattern_is_told_with_its_column(
    text: str, kind: Kind | None, column: int, message: str
) -> None:
    with pytest.raises(PatternError, match=message) as told:
        Pattern.parse(text, kind)
    assert told.value.column == column
    assert str(told.value).endswith(f"(column {column})")
    assert "\n" not in str(told.value)


@given(st.text(max_size=30), st.sampled_from(["text", "regex", "hex", None]))
def test_any_text_is_a_pattern_or_told_to_be_none(text: str, kind: Kind | None) -> None:
    try:
        found = Pattern.parse(text, kind)
    except PatternError as error:
        at = error.column - 1
        found = None
    assert at <= max(len(text), 1) if found is None else found.text == text


@given(st.binary(min_size=1, max_size=20), st.sampled_from(["", " ", ":", "-", "  "]))
def test_digits_give_their_bytes(data: bytes, between: str) -> None:
    assert Pattern.parse(between.join(f"{byte:02x}" for byte in data), "hex").bytes == (data,)
