"""`-Y` of `list` and `show`, and `fields`."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dissect import filters
from dissect.cli import group
from dissect.terminal import run
from tests.craft import write
from tests.filters.day import segments, selected


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write(tmp_path_factory.mktemp("day") / "day.pcap", segments()))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(group, list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


def test_list_shows_what_a_filter_selects(capsys: pytest.CaptureFixture[str], capture: str) -> None:
    status, out, _ = printed(capsys, "list", "-Y", "rejection || status in {0xA700..0xBFFF}", capture)
    assert status == 0
    lines = out.splitlines()
    assert lines[0].endswith("2 of 5 associations, 2 of 8 exchanges")
    assert [line.split()[0] for line in lines if line.startswith("#")] == ["#1", "#3"]
    assert sum("C-STORE" in line for line in lines) == 2


def test_list_and_show_select_the_same(capsys: pytest.CaptureFixture[str], capture: str) -> None:
    for text in ("status != 0", "dataset.PatientID == '4711'", "!complete or command == C-MOVE", "abort"):
        _, listed, _ = printed(capsys, "list", "--filter", text, capture)
        _, rows, _ = printed(capsys, "show", "--format", "csv", "-Y", text, capture)
        table = list(csv.DictReader(rows.splitlines()))
        exchanges = sum("." in each for each in selected(text).split())
        assert len(table) == exchanges
        assert f"{exchanges} of 8 exchanges" in listed


def test_show_has_associations_without_exchanges_too(
    capsys: pytest.CaptureFixture[str], capture: str
) -> None:
    _, out, _ = printed(capsys, "show", "--format", "ndjson", "-Y", "rejection or message_id == 4", capture)
    first, third = map(json.loads, out.splitlines())
    assert [message["message_id"] for message in first["messages"]] == [4, None]
    assert (first["index"], len(first["exchanges"])) == (1, 1)
    assert (third["index"], third["exchanges"], third["outcome"]) == (3, [], "rejected")
    _, text, _ = printed(capsys, "show", "-Y", "rejection", capture)
    assert "A-ASSOCIATE-RJ" in text


def test_a_filter_that_selects_nothing_is_no_error(capsys: pytest.CaptureFixture[str], capture: str) -> None:
    assert printed(capsys, "show", "-Y", "calling_ae == NOBODY", capture) == (0, "", "")
    status, _, err = printed(capsys, "show", "-Y", "abort", "--association", "9", capture)
    assert (status, "there is no association 9" in err) == (2, True)


@pytest.mark.parametrize("command", ["list", "show"])
def test_a_malformed_filter_is_told_with_its_column(
    command: str, capsys: pytest.CaptureFixture[str], capture: str
) -> None:
    status, out, err = printed(capsys, command, "-Y", "abort && caling_ae == CT1", capture)
    assert (status, out) == (2, "")
    assert err == (
        "pduscope: filter: no field 'caling_ae'; did you mean calling_ae? (column 10)\n"
        "abort && caling_ae == CT1\n"
        "         ^^^^^^^^^\n"
    )


def test_a_malformed_filter_is_told_before_any_file_is_opened(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = printed(capsys, "list", "-Y", "status =\n0", str(tmp_path / "none.pcap"))
    assert status == 2
    assert err.splitlines() == [
        "pduscope: filter: = compares nothing: write == (column 8)",
        "status = 0",
        "       ^",
    ]


def test_a_list_without_a_filter_loads_neither_filters_nor_lark(capture: str) -> None:
    code = (
        "import sys; from dissect.cli import group; from dissect.terminal import run; "
        f"run(group, ['list', {capture!r}]); "
        "sys.exit(bool({'lark', 'dissect.filters'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_fields_prints_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "fields") == (0, filters.reference(), "")
