"""The documentation that is made from the table of fields."""

from __future__ import annotations

from dissect import filters
from dissect.filters.resolution import WIRESHARK
from tests import peers


def test_the_reference_has_a_row_for_each_field() -> None:
    rows = filters.reference().splitlines()
    assert rows[:2] == ["| field | type | meaning | example |", "| --- | --- | --- | --- |"]
    assert len(rows) == len(filters.FIELDS) + 2
    for row, field in zip(rows[2:], filters.FIELDS, strict=True):
        assert row.startswith(f"| `{field.name.replace('*', 'KEYWORD')}` | ")
        assert row.replace("\\|", "").count("|") == 5


def test_every_field_has_a_sentence_and_a_name_of_its_own() -> None:
    names = [field.name for field in filters.FIELDS]
    assert len(set(names)) == len(names)
    for field in filters.FIELDS:
        assert field.text.endswith(".")
        assert field.text[0].isupper() or field.text[0].isdigit()


def test_the_names_that_wireshark_has_for_fields_are_its_own() -> None:
    known = {
        line.split("\t")[2] for line in peers.run("tshark", "-G", "fields").splitlines() if line[:1] == "F"
    }
    assert WIRESHARK.keys() <= known
    assert set(WIRESHARK.values()) <= {field.name for field in filters.FIELDS}
