"""A malformed filter is one clear line that says where."""

from __future__ import annotations

import pytest

from dissect import filters

CASES = [
    # a word out of order
    ("status ==", 10, "the filter ends where a value should follow"),
    ("status == 0 and", 16, "the filter ends where a field should follow"),
    ("(abort", 7, "the filter ends where and, or or ) should follow"),
    ("message_id in {1, ", 18, "the filter ends where a value should follow"),
    ("message_id in {1", 17, "the filter ends where , or } should follow"),
    ("== 0", 1, "== stands where a field should"),
    ("status 0", 8, "0 stands after status where an operator such as == or and should"),
    ("abort)", 6, ") stands after abort where and, or or the end should"),
    ("abort AND rejection", 7, "AND is written and"),
    ("message_id not 1", 16, "1 stands after not where in should"),
    ("message_id in {1 2}", 18, "2 stands after {1 where , or } should"),
    ('"CT" == calling_ae', 1, "fields stand left of the operator, without quotes"),
    # signs of other languages
    ("status = 0", 8, "= compares nothing: write =="),
    ("status ~= 0", 8, "~= is not used here: write !== where any value may differ, ~ for a pattern"),
    ("abort & rejection", 7, "& is written && or and"),
    ("abort | rejection", 7, "| is written || or or"),
    ("abort ^ rejection", 7, "^ is written ^^ or xor"),
    ('calling_ae == "CT', 15, "this text has no closing quote"),
    ("status == \x07", 11, "'\\x07' has no meaning here"),
    # fields
    ("caling_ae == CT1", 1, "no field 'caling_ae'; did you mean calling_ae?"),
    ("abort && satus != 0", 10, "no field 'satus'; did you mean status?"),
    ("PatientID == '1'", 1, "no field 'PatientID'; did you mean dataset.PatientID?"),
    ("ErrorComment", 1, "no field 'ErrorComment'; did you mean command_set.ErrorComment?"),
    ("Status == 0", 1, "no field 'Status'; did you mean status?"),
    ("ip.addr == 10.0.0.1", 1, "no field 'ip.addr'; did you mean address?"),
    ("pdu", 1, "no field 'pdu'; there are pdu.type, pdu.length, pdu.sender"),
    ("zzz", 1, "no field 'zzz'"),
    ("dataset.PatintID == '1'", 9, "no element 'PatintID'; did you mean PatientID?"),
    ("dataset. == 1", 9, "a keyword or a tag such as (0010,0020) is missing"),
    ("dataset.PatientID.PatientName", 9, "Patient ID is no sequence, so nothing lies in it"),
    ("dataset.MessageID == 1", 9, "no element 'MessageID'; did you mean ImageID?"),
    ("command_set.Priority.Status", 22, "a command set has no sequences"),
    # kinds
    ("calling_ae == 5", 15, 'calling_ae is text: write "5", with quotes'),
    ("dataset.PatientID == 4711", 22, 'dataset.PatientID is text: write "4711", with quotes'),
    ('message_id == "5"', 15, 'message_id is a number, which "5" is not: write it without quotes'),
    ("message_id == five", 15, "message_id is a number, which five is not"),
    ("message_id > 5s", 14, "message_id is a number without a unit, not s"),
    ("duration > 5 parsecs", 14, "parsecs stands after 5 where and, or or the end should"),
    ("size > 5s", 8, "size is a size in bytes with the units B kB MB GB KiB MiB GiB, not s"),
    ("outcome == relased", 12,
     "outcome is one of released, aborted, rejected, open, closed, which relased is not; "
     "did you mean released?"),
    ("outcome > released", 9,
     "outcome is one of released, aborted, rejected, open, closed, which has no order"),
    ("complete == maybe", 13, "complete is true or false, which maybe is not"),
    ("abort == 1", 10, "abort has no value: write abort or !abort"),
    ("dataset.PixelData == 0", 22,
     "dataset.PixelData has no value: write dataset.PixelData or !dataset.PixelData"),
    ("command == C-STOR", 12,
     "command is a command by number or name, which C-STOR is not; did you mean C-STORE?"),
    ('pdu.type == "7"', 13,
     'pdu.type is a PDU type by number or name, which "7" is not: write it without quotes'),
    ('sop_class == "CT Imge Storage"', 14,
     'sop_class is a UID or the name of one, which "CT Imge Storage" is not; did you mean CT Image Storage?'),
    ("sop_class > 1.2", 11, "sop_class is a UID or the name of one, which has no order"),
    ("requestor.address == 10.0.0.300", 22, "requestor.address is an IP address, which 10.0.0.300 is not"),
    ("time > yesterday", 8, "time is a time such as 2026-01-31T12:00:00, which yesterday is not"),
    ("message_id contains 5", 12, "message_id is a number: contains looks at text"),
    ("duration ~ 's'", 10, "duration is a duration: ~ looks at text"),
    ('calling_ae ~ "CT("', 17, "this is no regular expression: missing ), unterminated subpattern"),
    ("calling_ae == called_ae", 15,
     'called_ae is a field, and fields are compared with values only: the text is "called_ae"'),
    ("calling_ae in {CT1, called_ae}", 21,
     'called_ae is a field, and fields are compared with values only: the text is "called_ae"'),
    ("dataset.StudyDate >= 2026-01-31", 22,
     "dataset.StudyDate has no dashes and no colons in a data set: write 20260131"),
    ("dataset.StudyTime < 12:30", 21,
     "dataset.StudyTime has no dashes and no colons in a data set: write 1230"),
    ("status == A700H", 11, "status is a status by number or name, which A700H is not: write 0xA700"),
    ("status == 0xZZ", 11, "status is a status by number or name, which 0xZZ is not"),
    ("status > Failure", 10, "status is in the order of its numbers, and Failure is none"),
    ("status in {A700..AFFF}", 12, "status is in the order of its numbers, and A700 is none: write 0xA700"),
    ("message_id in {5..1}", 16, "the range is empty: 5 is more than 1"),
    ("acceptor.address in {10.0.0.9..10.0.0.1}", 22, "the range is empty: 10.0.0.9 is more than 10.0.0.1"),
    ("outcome in {aborted..open}", 13,
     "outcome is one of released, aborted, rejected, open, closed, of which there are no ranges"),
    ("dataset.(0009,1001) in {1..a}", 25, "a range runs from number to number or from text to text"),
    ("!" * 100 + "abort", 1, "parentheses and negations are nested deeper than 64 levels"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "message"), CASES, ids=[case[0] for case in CASES])
def test_a_malformed_filter_says_what_is_wrong_and_where(text: str, column: int, message: str) -> None:
    error = filters.check(text)
    assert error is not None
    assert (error.column, error.message) == (column, message)
    assert str(error) == f"{message} (column {column})"
    assert 1 <= error.column <= len(text) + 1
    with pytest.raises(filters.FilterError):
        filters.compile(text)


def test_the_caret_stands_below_the_trouble() -> None:
    error = filters.check("abort && caling_ae == CT1")
    assert error is not None
    assert error.caret() == "         ^^^^^^^^^"


@pytest.mark.parametrize(
    "text",
    [
        "message_id == " + "9" * 5000,
        "size > 0x" + "F" * 100,
        "time > 99999999999999999999999999999999",
        "time > 0001-01-01",
        'calling_ae ~ "a{99999999999999}"',
        'calling_ae ~ "' + "(" * 5000 + '"',
        'calling_ae ~ "[[a]"',
        'calling_ae ~ "a(?i)"',
        "(" * 30000,
        "a" * 70000,
    ],
)
def test_extreme_filters_are_malformed_at_worst(text: str) -> None:
    error = filters.check(text)
    assert error is None or error.message


@pytest.mark.parametrize("text", ["status != 0", "", "dataset.PatientID"])
def test_a_sound_filter_passes_the_check(text: str) -> None:
    assert filters.check(text) is None
