"""Signs and words, precedence, quantifiers, strings: what holds for every field."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dissect import filters
from tests.filters.day import EVERYTHING, selected

STORES = "1.2 1.3 1.4 1.5"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_filter_selects_everything(text: str) -> None:
    assert selected(text) == EVERYTHING


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ("status == 0", "status eq 0"),
        ("status != 0", "status ne 0"),
        ("status != 0", "status all_ne 0"),
        ("context.id === 1", "context.id all_eq 1"),
        ("context.id !== 1", "context.id any_ne 1"),
        ("size > 100", "size gt 100"),
        ("size < 100", "size lt 100"),
        ("size >= 100", "size ge 100"),
        ("size <= 100", "size le 100"),
        ("calling_ae ~ 'ct'", "calling_ae matches 'ct'"),
        ("abort || rejection", "abort or rejection"),
        ("dataset && status == 0", "dataset and status eq 0"),
        ("dataset ^^ status == 0", "dataset xor status eq 0"),
        ("!dataset", "not dataset"),
        ("!(message_id in {2, 3})", "message_id not in {2, 3}"),
        ("size>100&&status==0", "size > 100 and status == 0"),
    ],
)
def test_a_sign_means_what_its_word_means(signs: str, words: str) -> None:
    assert selected(signs) == selected(words) != ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abort or rejection and calling_ae == CT2", "3 4 5.1"),
        ("(abort or rejection) and calling_ae == CT2", "3"),
        ("not abort and rejection", "3"),
        ("not (abort or rejection) and command == C-ECHO", "1.1"),
        ("abort xor abort.by == requestor and abort", "4"),
        ("rejection or abort xor abort.by == acceptor", "3 5.1"),
        ("abort xor abort xor abort", "4 5.1"),
        ("!!abort", "4 5.1"),
        ("not not not abort", "1.1 1.2 1.3 1.4 1.5 2.1 2.2 3"),
    ],
)
def test_not_binds_tightest_then_and_then_xor_then_or(text: str, expected: str) -> None:
    assert selected(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("context.id == 1", EVERYTHING),  # any of 1, 3, 5
        ("context.id != 1", ""),  # all differ
        ("context.id === 1", "3 4 5.1"),  # all are equal
        ("context.id !== 1", "1.1 1.2 1.3 1.4 1.5 2.1 2.2"),  # any differs
        ("context.id > 4", "1.1 1.2 1.3 1.4 1.5"),  # any is greater
        ("context.id not in {3}", "3 4 5.1"),
    ],
)
def test_several_values_count_as_in_wireshark(text: str, expected: str) -> None:
    assert selected(text) == expected


@pytest.mark.parametrize("sign", ["==", "!=", "===", "!==", ">", "<", ">=", "<="])
def test_a_field_that_is_not_there_satisfies_no_comparison(sign: str) -> None:
    assert "1.5" not in selected(f"status {sign} 0").split()
    assert "1.5" not in selected(f"status {sign} 0xFFFF").split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'command_set.ErrorComment == "disk\x20full"', "1.4"),
        (r'command_set.ErrorComment == "disk\u0020full"', "1.4"),
        (r'command_set.ErrorComment ~ "disk\sfull"', "1.4"),
        (r'command_set.ErrorComment ~ r"disk\sfull$"', "1.4"),
        (r'command_set.ErrorComment ~ r"disk\x20full"', "1.4"),
        (r'command_set.ErrorComment contains r"disk\x20full"', ""),
        (r'command_set.ErrorComment contains "\"disk"', ""),
        (r"command_set.ErrorComment == 'disk full'", "1.4"),
        ("'disk' == command_set.ErrorComment", None),
    ],
)
def test_strings_have_escapes_unless_they_are_raw(text: str, expected: str | None) -> None:
    if expected is None:
        assert filters.check(text) is not None
    else:
        assert selected(text) == expected


def test_a_word_that_begins_like_a_keyword_is_a_field() -> None:
    error = filters.check("order == 1")
    assert error is not None
    assert "order" in error.message


def test_the_cheap_is_asked_before_the_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    from dissect.filters import partial

    read: list[int] = []
    original = partial.read_element

    def counted(message: object, tag: int) -> object:
        read.append(tag)
        return original(message, tag)  # type: ignore[arg-type]

    monkeypatch.setattr(partial, "read_element", counted)
    assert selected("dataset.PatientID == '4713' and command == C-STORE and status == Failure") == "1.4"
    assert len(read) == 3  # of the only C-STORE that failed, each time that `selected` asks
    read.clear()
    assert selected("dataset.PatientID == '4713' or complete or rejection") != ""
    assert len(read) <= 3  # of the only exchange that is not complete


def test_lark_is_not_loaded_before_a_filter_is_read() -> None:
    code = "import sys, dissect.filters; dissect.filters.reference(); sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_filter_tells_its_text() -> None:
    assert repr(filters.compile("abort")) == "Filter('abort')"
    assert filters.compile(" abort ").text == " abort "


def test_many_conditions_are_joined_without_nesting() -> None:
    assert selected(" or ".join(["rejection"] * 2000)) == "3"
    assert selected("(" * 500 + "rejection" + ")" * 500) == "3"
