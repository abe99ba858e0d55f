"""The recorded captures and what their peers said of them belong together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
EXPECTED = sorted((CAPTURES / "expected").glob("*.json"))
SUFFIXES = {".pcap", ".pcapng", ".gz", ".zst"}
OUTCOMES = {"released", "aborted", "rejected", "closed", "open"}
LIMIT = 6_000_000  # bytes: a checkout should stay small


def read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def files_of(told: dict[str, Any]) -> list[str]:
    files: list[str] = told.get("captures", [told["capture"]])
    return files


def test_every_capture_has_an_expectation() -> None:
    present = {path.name for path in CAPTURES.iterdir() if path.suffix in SUFFIXES}
    assert present == {file for path in EXPECTED for file in files_of(read(path))}


def test_captures_stay_small() -> None:
    assert sum(path.stat().st_size for path in CAPTURES.iterdir() if path.suffix in SUFFIXES) < LIMIT


def test_table_names_every_capture() -> None:
    table = (CAPTURES.parent / "README.md").read_text(encoding="utf-8")
    assert [file for path in EXPECTED for file in files_of(read(path)) if f"`{file}`" not in table] == []


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_expectation_is_complete(path: Path) -> None:
    told = read(path)
    assert told["shows"]
    assert told["made_with"]
    for association in told["associations"]:
        assert association["outcome"] in OUTCOMES
        assert ("rejection" in association) == (association["outcome"] == "rejected")
        for message in association["messages"]:
            check_message(message, "note" in told)


def check_message(message: dict[str, Any], explained: bool) -> None:
    assert message["sender"] in {"requestor", "acceptor"}
    answers = message["command"].endswith("-RSP")
    assert (message["status"] is not None) == answers
    assert (message["message_id"] is None) == (answers or message["command"] == "C-CANCEL-RQ")
    if message["has_data_set"]:
        assert explained or message["data_set_sha256"]
    else:
        assert message["data_set_sha256"] is None
