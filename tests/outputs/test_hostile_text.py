"""What a peer, or who named a file, wrote so that a terminal, a spreadsheet or a reader of XML obeys it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest

from dissect.cli import group
from dissect.terminal import run
from tests.craft import CT, IMPLICIT, Talk, implicit
from tests.outputs.golden import CAPTURES

ROOT = Path(__file__).parents[2]
COMMANDS = [
    ("list",), ("show",), ("show", "--hex", "--full", "--notes", "--pdus", "--hash"),
    ("show", "--format", "json", "--datasets", "--pdus", "--hash"), ("show", "--format", "csv"), ("check",),
    ("check", "--format", "ndjson"), ("check", "--format", "sarif"), ("check", "--format", "junit"),
    ("stats",), ("stats", "--each"), ("stats", "--format", "csv"), ("stats", "--each", "--format", "csv"),
    ("stats", "--format", "ndjson"), ("ladder",), ("ladder", "--format", "mermaid"),
    ("ladder", "--format", "svg"), ("diff", str(CAPTURES / "echo.pcap")),
    ("diff", "--format", "ndjson", str(CAPTURES / "echo.pcap")),
    ("export", "--normalized", "--incomplete", "--overwrite", "-o", "out"),
    ("export", "--format", "ndjson", "--overwrite", "-o", "out"),
]  # fmt: skip
OBEYED = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""C0 and C1 control characters but the line's end, and what turns the direction of writing."""
ESCAPED = ("\\x9b", "\\u009b", "#92;x9b")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """AE titles, UIDs, an error comment and patient's data with ESC, CSI in one byte, and line ends."""
    monkeypatch.chdir(tmp_path)
    talk = Talk(calling='=A\x1b[31m^2J\r\n,"', called="\x07^<&>`end;#")
    syntaxes = [IMPLICIT, "9.^\x1b]0;x\x07"]
    talk.associate([(1, CT, [IMPLICIT]), (3, "1.2\x1b[31m<x>&^", syntaxes)], accept={1: IMPLICIT})
    talk.store_request(1, 1, sop="=1\x1b[31m^x", AffectedSOPInstanceUID="=cmd|\x1b]0;^\n../../x")
    talk.requestor.data(1, implicit(0x00100010, b"=\x1b[31m\x9bX\n") + implicit(0x00100020, b"\xff\xfe\0a"))
    talk.store_response(1, 1, 0xA700, sop="\x1b]0;hi\x07", ErrorComment="\x1b[31m^=\r\nx<>&")
    talk.requestor.command(1, AffectedSOPClassUID="1.2^", CommandField=0x0666, MessageID=2)
    talk.release()
    path = talk.write(Path("hostile.pcap"))
    path.write_bytes(path.read_bytes().replace(b"^", b"\x9b").replace(b"`", b"\x85"))
    return str(path)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_puts_out_what_a_terminal_obeys(
    command: tuple[str, ...], hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(group, [*command, hostile]) in (0, 1)
    done = capsys.readouterr()
    assert any(each in done.out for each in ESCAPED)
    line_end = "\r\n" if "csv" in command else "\n"
    assert not OBEYED.findall(done.out.replace(line_end, "\n"))
    assert not OBEYED.findall(done.err)


@pytest.mark.parametrize("format_", ["text", "ndjson"])
def test_neither_does_a_list_of_a_pipe(format_: str, hostile: str) -> None:
    done = piped(hostile, "list", "--format", format_, "-")
    assert any(each in done for each in ESCAPED)
    assert not OBEYED.findall(done)


def piped(capture: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "dissect", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with Path(capture).open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, env=environment, check=True)
    return done.stdout.decode()


def test_cells_begin_no_formula(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("show", "stats"):
        run(group, [command, "--format", "csv", hostile])
        for row in csv.reader(io.StringIO(capsys.readouterr().out, newline="")):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


NAMES = [b"a b\n\xff\x1b[31m=.pcap", "=käse →.pcap".encode(), b"&<'\">]]>\xc2\x9b.pcap"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_any_name_of_a_file_goes_to_any_encoding(
    name: bytes, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = os.fsdecode(name)
    shutil.copy(CAPTURES / "rules" / "max-pdu.pcap", given)
    for command in COMMANDS:
        out = io.TextIOWrapper(io.BytesIO(), encoding, newline="")
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            assert run(group, [*command, given]) in (0, 1, 2)
        out.seek(0)
        text = out.read()
        assert not OBEYED.findall(text.replace("\r\n", "\n"))
        if "svg" in command or "junit" in command:
            ElementTree.fromstring(text.encode(encoding))
        if "sarif" in command:
            result = json.loads(text)["runs"][0]["results"][0]
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert unquote_to_bytes(uri) == name
