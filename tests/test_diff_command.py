"""pduscope diff: what differs between two associations, and what differs anyway."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dissect.cli import group
from dissect.terminal import run
from dissect.verbs.diff import split
from tests.craft import CT, IMPLICIT, Talk, implicit
from tests.outputs.golden import CAPTURES, same


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    monkeypatch.setenv("COLUMNS", "100")


def stored(
    path: Path,
    *,
    patient: bytes = b"EX001 ",
    instance: str = "1.2.3.10",
    date: bytes = b"20240101",
    number: int = 1,
    port: int = 50000,
    wait: float = 0.0,
    sop: str = CT,
) -> Path:
    talk = Talk(requestor_port=port)
    talk.associate([(1, CT, [IMPLICIT])])
    uid = instance.encode() + b"\0" * (len(instance) % 2)
    data = implicit(0x00080018, uid) + implicit(0x00080020, date) + implicit(0x00100020, patient)
    talk.store_request(1, number, AffectedSOPInstanceUID=instance, AffectedSOPClassUID=sop)
    talk.requestor.data(1, data)
    talk.wait(wait)
    talk.store_response(1, number, AffectedSOPInstanceUID=instance, AffectedSOPClassUID=sop)
    talk.release()
    return talk.write(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, object]]]:
    status = run(group, ["diff", "--format", "ndjson", *map(str, arguments)])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("night.pcap", ("night.pcap", None)),
        ("night.pcap:12", ("night.pcap", 12)),
        (":3", ("", 3)),
        ("C:\\traces\\night.pcap", ("C:\\traces\\night.pcap", None)),
        ("C:\\traces\\night.pcap:2", ("C:\\traces\\night.pcap", 2)),
        ("\\\\host\\share\\night.pcap:2", ("\\\\host\\share\\night.pcap", 2)),
        ("night.pcap:x", ("night.pcap:x", None)),
    ],
)
def test_an_argument_is_a_file_and_a_number(argument: str, expected: tuple[str, int | None]) -> None:
    assert split(argument) == expected


def test_a_file_whose_name_ends_in_a_number_is_that_file(tmp_path: Path) -> None:
    path = stored(tmp_path / "night:2")
    assert split(str(path)) == (str(path), None)
    assert split(f"{path}:1") == (str(path), 1)


def test_an_association_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "print.pcap", "print.pcap") == (0, [])
    assert run(group, ["diff", "print.pcap:1", ":1"]) == 0
    assert capsys.readouterr().out == "Nothing differs that matters.\n"


def test_what_differs_from_run_to_run_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = stored(tmp_path / "one.pcap")
    again = {"instance": "1.2.3.4567", "date": b"20250202", "number": 7, "port": 50999, "wait": 2.0}
    status, rows = told(capsys, one, stored(tmp_path / "other.pcap", **again))  # type: ignore[arg-type]
    assert status == 0
    assert all(row["volatile"] for row in rows)
    paths = {str(row["path"]) for row in rows}
    assert {
        "port of the requestor", "duration", "message 1, C-STORE-RQ: response time", "bytes of data set",
        "(0000,0110) Message ID", "(0000,0120) Message ID Being Responded To",
        "(0000,0000) Command Group Length",
        "(0000,1000) Affected SOP Instance UID", "(0008,0018) SOP Instance UID", "(0008,0020) Study Date",
        "longest P-DATA-TF of the requestor",
    } <= paths  # fmt: skip


def test_a_value_that_differs_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = stored(tmp_path / "one.pcap")
    status, rows = told(capsys, one, stored(tmp_path / "other.pcap", patient=b"EX002 ", port=50001))
    assert status == 1
    assert [(row["path"], row["left"], row["right"]) for row in rows if not row["volatile"]] == [
        ("(0010,0020) Patient ID", "EX001", "EX002")
    ]


def test_another_sop_class_is_no_generated_uid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = stored(tmp_path / "other.pcap", sop="1.2.3.99")
    status, rows = told(capsys, stored(tmp_path / "one.pcap", sop="1.2.3.98"), other)
    assert status == 1
    real = {str(row["path"]) for row in rows if not row["volatile"]}
    assert "(0000,0002) Affected SOP Class UID" in real


def test_the_text_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["diff", "commitment.pcap:1", ":3"]) == 1
    same("diff-commitment.txt", capsys.readouterr().out)
    assert run(group, ["diff", "store-implicit.pcap", "store-explicit.pcap"]) == 1
    same("diff-syntaxes.txt", capsys.readouterr().out)
    assert run(group, ["diff", "--format", "ndjson", "commitment.pcap:1", ":3"]) == 1
    same("diff-commitment.ndjson", capsys.readouterr().out)


def test_what_time_was_lost_to_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["diff", "echo.pcap", "echo-dcmjs.pcap"]) == 1
    assert "lost to delayed ACK" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("move.pcap", "move.pcap:1"), "2 associations; say which, as in move.pcap:1"),
        (("move.pcap:1", ":9"), "there is no association 9"),
        (("move.pcap:0", ":1"), "there is no association 0"),
        (("nothere.pcap", "move.pcap:1"), "there is no such file"),
        (("http.pcap", "move.pcap:1"), "no DICOM associations"),
        ((":1", ":2"), "no capture is named"),
    ],
)
def test_what_cannot_be_compared_gets_one_line_and_status_2(
    arguments: tuple[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(group, ["diff", *arguments]) == 2
    done = capsys.readouterr()
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert why in line


@pytest.mark.parametrize("width", ["60", "80", "140"])
def test_no_line_is_longer_than_the_screen(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run(group, ["diff", "--all", "commitment.pcap:1", ":3"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= int(width)
