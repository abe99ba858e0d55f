"""What is offered while a filter is typed; | is the cursor."""

from __future__ import annotations

import pytest

from dissect import filters
from tests.filters.day import day


def offered(text: str) -> list[str]:
    cursor = text.index("|")
    return [offer.text for offer in filters.complete(text.replace("|", ""), cursor, day())]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sta|", ["status", "status.category", "status.text"]),
        ("abort and fin|", ["finding", "finding.rule"]),
        ("has resp|", ["responses", "response_time"]),
        ("!(compl|", ["complete", "completed"]),
        ("dataset.PatientI|", ["dataset.PatientID"]),
        ("dataset.ReferencedSeriesSequence.SeriesInst|", [
            "dataset.ReferencedSeriesSequence.SeriesInstanceUID"]),
        ("command_set.Prio|", ["command_set.Priority"]),
        ("calling_ae |", ["==", "!=", "in"]),
        ("calling_ae con|", ["contains"]),
        ("abort |", ["and", "or", "xor"]),
        ("status == 0 |", ["and", "or", "xor"]),
        ("message_id in {1} o|", ["or"]),
    ],
)  # fmt: skip
def test_fields_and_operators_are_offered_where_they_may_stand(text: str, first: list[str]) -> None:
    assert set(offered(text)[: len(first)]) == set(first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("calling_ae == |", ['"CT1"', '"WORKSTATION"', '"CT2"', '"MR1"']),
        ("calling_ae == c|", ['"CT1"', '"CT2"']),
        ('calling_ae == "CT|', ['"CT1"', '"CT2"']),
        ("calling_ae == 'MR|", ['"MR1"']),
        ("outcome == re|", ["released", "rejected"]),
        ("outcome in {aborted, cl|", ["closed"]),
        ("status in {0xA7|", ["0xA700"]),
        ("complete == |", ["true", "false"]),
        ("port in {1..10|", ["104"]),
        ("move.destination ~ |", ['"WORKSTATION"']),
        ("duration > |", None),
        ("abort == |", []),
        ("nothing == |", []),
    ],
)
def test_values_of_the_capture_are_offered(text: str, expected: list[str] | None) -> None:
    if expected is None:
        assert offered(text)
    else:
        assert offered(text)[: len(expected) or 1] == expected


def test_names_are_offered_for_uids_and_codes() -> None:
    assert offered("sop_class == CT|")[0] == '"CT Image Storage"'
    assert '"MR Image Storage"' in offered("sop_class == MR |".replace(" |", "|"))  # not in the capture
    assert offered("command == C-ST|") == ['"C-STORE-RQ"', '"C-STORE-RSP"', '"C-STORE"']
    assert offered("transfer_syntax == expl|")[0] == '"Explicit VR Little Endian"'


def test_an_offer_takes_the_place_of_the_word_around_the_cursor() -> None:
    text = "abort and call_ae == CT1"
    offer = filters.complete(text, text.index("_ae"))[0]
    assert text[: offer.start] + offer.text + text[offer.stop :] == "abort and calling_ae == CT1"
    assert offer.note == "AE title of the requestor."


def test_values_have_what_they_mean_beside_them() -> None:
    offers = {offer.text: offer.note for offer in filters.complete("status == ", 10, day())}
    assert offers["0xA700"] == "Failure"
    assert offers['"Failure"'] == ""


def test_everything_that_is_offered_for_a_field_compiles() -> None:
    for field in filters.FIELDS:
        for text in (f"{field.name} == ", f"{field.name} in {{"):
            for offer in filters.complete(text, len(text), day()):
                whole = text[: offer.start] + offer.text + ("}" if "{" in text else "")
                assert filters.check(whole) is None, whole
