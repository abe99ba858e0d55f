"""`pduscope check --validate`: what dicom-validator finds, told as findings; and what is said without it."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from dissect import editions
from dissect.cli import group
from dissect.editions import EditionError, load
from dissect.terminal import run
from tests.craft import implicit
from tests.rules.case import image, stored
from tests.rules.edition import write_edition

NAME = implicit(0x00100010, b"ODD^CASE")
ID = implicit(0x00100020, b"12")
SEX = implicit(0x00100040, b"F ")
NOBODY = implicit(0x00100020, b"")
OTHER = implicit(0x00100040, b"X ")
SURPLUS = implicit(0x00180015, b"CHEST ")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No home with editions in it, a cache of its own, and no network."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    pytest.importorskip("dicom_validator")
    return write_edition(tmp_path / "edition")


def found(
    data: bytes, edition: Path | str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    """The findings about the IOD of a data set that is stored."""
    capture = stored(data).write(tmp_path / "case.pcap")
    run(group, ["check", "--validate", "--edition", str(edition), "--format", "ndjson", str(capture)])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [row for row in rows if row["rule"].startswith("iod-")]


@pytest.mark.parametrize(
    ("elements", "rule", "severity", "clause", "text"),
    [
        ((NAME, SEX), "iod-missing", "error", "PS3.3 C.1", "Patient ID is missing (module Patient, type 1)."),
        ((NAME, NOBODY, SEX), "iod-empty", "error", "PS3.3 C.1",
         "Patient ID is empty (module Patient, type 1)."),
        ((ID, SEX), "iod-missing", "error", "PS3.3 C.1",
         "Patient's Name is missing (module Patient, type 2)."),
        ((NAME, ID, OTHER), "iod-enum", "error", "PS3.3 C.1", "'X' is none of F, M"),
        ((NAME, ID, SEX, SURPLUS), "iod-unexpected", "info", None, "(0018,0015) Body Part Examined"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_data_set_is_a_finding(
    elements: tuple[bytes, ...], rule: str, severity: str, clause: str | None, text: str, edition: Path,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (row,) = found(image(*elements), edition, tmp_path, capsys)
    assert (row["rule"], row["severity"]) == (rule, severity)
    assert clause is None or row["clause"] == clause
    assert text in row["text"]
    assert row["frame"] == 7
    assert row["message"] == 1


def test_a_data_set_that_keeps_to_its_iod_passes(
    edition: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(image(NAME, ID, SEX), edition, tmp_path, capsys) == []


def test_an_edition_is_read_once_and_found_again(
    edition: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load(str(edition))
    monkeypatch.setattr(editions, "_make", None)
    assert load(str(edition)) == whole


def test_an_edition_has_a_name_where_the_library_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dicom_validator")
    for name in ("2024b", "2026a"):
        write_edition(tmp_path / "home" / "dicom-validator" / name / "docbook")
    assert load("2024b").info == load(None).info
    assert (load("2024b").name, load(None).name, load(None).bundled) == ("2024b", "2026a", False)
    (row,) = found(image(NAME, SEX), "2024b", tmp_path, capsys)
    assert row["rule"] == "iod-missing"
    assert run(group, ["check", "--validate", str(tmp_path / "case.pcap")]) == 1
    assert f"edition 2026a, in {tmp_path / 'home' / 'dicom-validator'}" in capsys.readouterr().err


def test_nothing_is_left_on_the_loggers(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(logging.getLogger().handlers)
    load(str(edition))
    assert logging.getLogger().handlers == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("named", ["1999a", "broken", "empty", "odd"])
def test_one_line_says_that_there_is_no_such_edition(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dicom_validator")
    (tmp_path / "empty").mkdir()
    broken = write_edition(tmp_path / "broken")
    (broken / "part03.xml").write_text("<book")
    odd = write_edition(tmp_path / "odd") / "part03.xml"
    odd.write_text(odd.read_text().replace("Enumerated Values:", ""))
    directory = tmp_path / named
    given = str(directory) if directory.exists() else named
    capture = stored(image()).write(tmp_path / "case.pcap")
    assert run(group, ["check", "--validate", "--edition", given, str(capture)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_one_line_says_that_the_library_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "find_spec", lambda name: None)
    with pytest.raises(EditionError, match=r"pip install 'pduscope\[validate\]'"):
        load(None)
    capture = stored(image()).write(tmp_path / "case.pcap")
    assert run(group, ["check", "--validate", str(capture)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(group, ["check", str(capture)]) == 0


def test_the_options_of_validation_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = str(stored(image()).write(tmp_path / "case.pcap"))
    assert run(group, ["check", "--edition", "2025c", capture]) == 2
    assert run(group, ["check", "--rule", "iod-missing", capture]) == 2
    assert "--validate" in capsys.readouterr().err
    assert run(group, ["rules", "iod-missing"]) == 0


def test_what_the_library_cannot_take_is_told_and_no_more(
    edition: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_validator.validator.iod_validator import IODValidator

    def fails(self: IODValidator) -> None:
        raise AttributeError("'str' object has no attribute 'original_string'")

    monkeypatch.setattr(IODValidator, "validate", fails)
    (row,) = found(image(NAME, ID, SEX), edition, tmp_path, capsys)
    assert (row["rule"], row["severity"]) == ("iod-unjudged", "warning")
    assert "cannot be judged" in row["text"]
