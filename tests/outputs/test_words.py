from __future__ import annotations

import pytest

from dissect.findings import Finding
from dissect.outputs import words
from dissect.outputs.clock import clock, date, exact


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0µs"),
        (812_400, "812µs"),
        (999_499, "999µs"),
        (999_500, "1.00ms"),
        (9_994_999, "9.99ms"),
        (9_996_000, "10.0ms"),
        (44_040_000, "44.0ms"),
        (99_960_000, "100ms"),
        (999_499_999, "999ms"),
        (999_500_000, "1.00s"),
        (12_345_000_000, "12.3s"),
        (123_000_000_000, "2m03s"),
        (3_720_000_000_000, "1h02m"),
        (-44_040_000, "-44.0ms"),
    ],
)
def test_a_duration_has_three_digits_and_a_unit(nanoseconds: int, text: str) -> None:
    assert words.span_of_time(nanoseconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (8324, "8.32 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (50_000_000_000, "50.0 GB"),
        (5_000_000_000_000, "5000 GB"),
    ],
)
def test_a_size_has_three_digits_and_a_unit(count: int, text: str) -> None:
    assert words.size(count) == text


def test_statuses_read_as_people_say_them() -> None:
    ct = "1.2.840.10008.5.1.4.1.1.2"
    assert words.status_words(0, ct, "C-STORE-RSP") == ("Success", "Success")
    assert words.status_words(0xFF00, ct, "C-FIND-RSP") == ("Pending", "Pending")
    assert words.status_words(0xB000, ct, "C-STORE-RSP") == ("0xB000 Coercion of Data Elements", "Warning")
    assert words.status_words(0xD123, ct, "C-STORE-RSP") == ("0xD123 Unknown", "Unknown")


def test_control_characters_are_told_not_obeyed() -> None:
    assert words.clean("Müller 山田") == "Müller 山田"
    assert words.clean("a\x1b[2J\r\nb\x9b\u202e") == "a\\x1b[2J\\r\\nb\\x9b\\u202e"


def test_findings_are_counted_by_severity_worst_first() -> None:
    findings = [Finding("a", "info", ""), Finding("b", "error", ""), Finding("a", "info", "")]
    assert words.finding_counts(findings) == [("1 error", "error"), ("2 info", "info")]


def test_no_time_of_a_damaged_record_is_too_much() -> None:
    for moment in (0, 2**62, -(10**18), 2**63 - 1):
        for style in ("relative", "absolute", "utc", "delta", "epoch"):
            assert clock(style, 0)(moment, 0)
        assert date(moment, local=False)


def test_programs_get_all_nine_digits() -> None:
    assert exact(1_700_000_000_000_000_007) == "1700000000.000000007"
    assert exact(-1) == "-0.000000001"  # a capture whose clock stands before 1970
    assert exact(-1_500_000_000) == "-1.500000000"
    assert clock("epoch", 0)(-1_500_000_000, 0) == "-1.500000"
