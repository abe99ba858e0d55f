from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outputs.golden import CAPTURES

ROOT = Path(__file__).parents[2]
PRINT = CAPTURES / "print.pcap"


def run(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui", *map(str, arguments)]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", **settings}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL
    )


def test_the_commands_without_a_screen_are_those_of_dissect() -> None:
    done = run("list", PRINT)
    assert done.returncode == 0
    assert "N-CREATE" in done.stdout
    assert run("--version").stdout.startswith("pduscope ")
    commands = run("--help").stdout
    assert "view" in commands
    assert "show" in commands


@pytest.mark.parametrize("verb", [(), ("view",)], ids=["default", "view"])
def test_a_screen_needs_a_terminal(verb: tuple[str, ...]) -> None:
    done = run(*verb, PRINT)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "pduscope: a screen needs a terminal; pduscope list and pduscope show write to files and pipes\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nothere.pcap",), "nothere.pcap: there is no such file"),
        (("view", "LICENSE"), "this is a text file, not a capture"),
        (("-Y", "statux == 0", PRINT), "no field 'statux'"),
        (("view",), "Missing argument"),
    ],
    ids=str,
)
def test_what_cannot_be_opened_gets_one_line_and_status_2(
    arguments: tuple[str | Path, ...], complaint: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shell_completes_files_as_well_as_commands() -> None:
    settings = {"_PDUSCOPE_COMPLETE": "bash_complete", "COMP_WORDS": "pduscope vi", "COMP_CWORD": "1"}
    assert run(**settings).stdout.split() == ["plain,view", "file,vi"]
