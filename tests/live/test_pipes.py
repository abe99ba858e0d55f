from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.running import ROOT, Running, pduscope

CAPTURES = ROOT / "captures"
ECHO = CAPTURES / "echo.pcap"


def two_echos() -> tuple[bytes, bytes]:
    """A capture in two parts, the second of which is the same traffic from another port."""
    first = ECHO.read_bytes()
    return first, (CAPTURES / "find.pcap").read_bytes()[24:]


def test_a_pipe_is_listed_line_by_line(tmp_path: Path) -> None:
    first, second = two_echos()
    with Running(tmp_path, "list", "-", pipe=True) as command:
        command.write(first)
        command.wait_for_lines(4)
        assert "C-ECHO" in command.out
        assert "C-FIND" not in command.out
        command.write(second)
        command.end_of_input()
        assert command.finish() == 0
        assert "C-FIND" in command.out
        assert command.err == ""


def test_a_pipe_gives_the_objects_that_the_file_gives(tmp_path: Path) -> None:
    with Running(tmp_path, "list", "--format", "ndjson", "-", pipe=True) as command:
        command.write((CAPTURES / "print.pcap").read_bytes())
        command.end_of_input()
        assert command.finish() == 0
    expected = pduscope("show", "--format", "ndjson", CAPTURES / "print.pcap").stdout
    name = json.dumps(str(CAPTURES / "print.pcap"))
    assert command.out == expected.replace(name, '"standard input"')


def test_a_compressed_pipe_is_read_at_its_end(tmp_path: Path) -> None:
    with Running(tmp_path, "list", "-", pipe=True) as command:
        command.write((CAPTURES / "gzipped.pcap.gz").read_bytes())
        command.end_of_input()
        assert command.finish() == 0
    assert command.lines


def test_messages_are_told_when_each_is_complete(tmp_path: Path) -> None:
    arguments = ("list", "--format", "ndjson", "--progress-messages", "-")
    with Running(tmp_path, *arguments, pipe=True) as command:
        command.write(ECHO.read_bytes())
        command.end_of_input()
        assert command.finish() == 0
    *messages, association = map(json.loads, command.lines)
    assert [each["message"] for each in messages] == association["messages"]
    assert {each["association"] for each in messages} == {association["index"]}


def test_a_filter_chooses_what_is_shown(tmp_path: Path) -> None:
    with Running(tmp_path, "list", "-Y", 'command == "C-FIND"', "-", pipe=True) as command:
        for part in two_echos():
            command.write(part)
        command.end_of_input()
        assert command.finish() == 0
    assert "C-FIND" in command.out
    assert "C-ECHO" not in command.out
    assert "#1" not in command.out


def test_an_empty_pipe_gets_one_line(tmp_path: Path) -> None:
    with Running(tmp_path, "list", "-", pipe=True) as command:
        command.end_of_input()
        assert command.finish() == 0
    assert command.err == "pduscope: standard input: no DICOM associations: 0 records\n"


def test_text_in_a_pipe_gets_one_line_and_status_2(tmp_path: Path) -> None:
    with Running(tmp_path, "list", "-", pipe=True) as command:
        command.write(b"tcpdump: eth0: You don't have permission to capture on that device\n")
        command.end_of_input()
        assert command.finish() == 2
    assert "this is a text file, not a capture" in command.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_followed_file_is_shown_until_a_signal(tmp_path: Path, number: int) -> None:
    path = tmp_path / "day.pcap"
    first, second = two_echos()
    path.write_bytes(first)
    with Running(tmp_path, "list", "--follow", path) as command:
        command.wait_for_lines(4)
        with path.open("ab") as out:
            out.write(second)
        command.wait_for_lines(7)
        assert command.interrupt(number) == 0
    assert "C-FIND" in command.out
    assert command.err == ""


def test_a_reader_that_has_seen_enough_ends_it(tmp_path: Path) -> None:
    line = f"cat {CAPTURES / 'print.pcap'} | {sys.executable} -m dissect list - | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_spool_of_a_pipe_is_left(tmp_path: Path) -> None:
    spools = tmp_path / "spools"
    spools.mkdir()
    environment = os.environ | {"TMPDIR": str(spools)}
    done = subprocess.run(
        [sys.executable, "-m", "dissect", "list", "-"], input=ECHO.read_bytes(), capture_output=True,
        cwd=ROOT, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert list(spools.iterdir()) == []


def test_options_that_go_with_following_only_are_refused(tmp_path: Path) -> None:
    shutil.copy(ECHO, tmp_path)
    assert "--format ndjson goes with --follow" in pduscope("list", "--format", "ndjson", ECHO).stderr
    assert "--progress-messages goes with" in pduscope("list", "--progress-messages", "-").stderr
    assert "one capture can be followed" in pduscope("list", "--follow", ECHO, ECHO).stderr
