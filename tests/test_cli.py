from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from dissect import cli, terminal
from tests.craft import CT, IMPLICIT, VERIFICATION, Talk, implicit
from tests.craft.network import ethernet, ipv4, pcap
from tui import __main__ as screens

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "dissect")


def run(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **settings}
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, encoding="utf-8", cwd=ROOT
    )


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release()
    return talk.write(tmp_path / "echo.pcap")


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that could do nothing."""
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("pduscope: ")
    return line


def test_a_missing_file_gets_one_line_and_status_2() -> None:
    assert "nothere.pcap: there is no such file" in told(run("list", "nothere.pcap"))


def test_a_text_file_gets_one_line_and_status_2() -> None:
    assert "this is a text file, not a capture" in told(run("list", "LICENSE"))


def test_an_empty_file_gets_one_line_and_status_2(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.touch()
    assert "the file is empty" in told(run("show", empty))


def test_a_directory_gets_one_line_and_status_2(tmp_path: Path) -> None:
    assert "this is a directory" in told(run("list", tmp_path))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("list",), "Missing argument 'FILE...'; see pduscope list --help"),
        (("frobnicate",), "No such command 'frobnicate'"),
        (("list", "--frobnicate", "x"), "No such option"),
        (("list", "-t", "z", "x"), "'z' is none of relative, absolute, utc, delta, epoch"),
        (("show", "--association", "0", "x"), "0 is not in the range x>=1"),
        (("show", "--format", "xml", "x"), "'xml' is not one of"),
        (("show", "--format", "csv", "--hex", "x"), "--hex goes with --format text, not with csv"),
        (("show", "--datasets", "x"), "--datasets goes with --format json or ndjson, not with text"),
    ],
)
def test_bad_arguments_get_one_line_and_status_2(arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in told(run(*arguments))


def test_a_number_that_is_not_there_gets_one_line_and_status_2(echo: Path) -> None:
    assert "there is no association 2 with DICOM in" in told(run("show", "--association", "2", echo))
    assert "there is no message 3 with DICOM in" in told(run("show", "--message", "3", echo))


def test_a_capture_without_dicom_gets_one_line_and_status_0(tmp_path: Path) -> None:
    path = tmp_path / "other.pcap"
    datagram = ethernet(ipv4(bytes(20), "10.0.0.1", "10.0.0.2", protocol=17))
    pcap(path, [(1_700_000_000_000_000_000, datagram)] * 3)
    done = run("list", path)
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr == f"pduscope: {path}: no DICOM associations: 3 records, 0 TCP, 3 udp\n"


def test_a_capture_cut_inside_a_record_is_read_up_to_there(echo: Path) -> None:
    echo.write_bytes(echo.read_bytes()[:-30])
    done = run("list", echo)
    assert done.returncode == 0
    assert "C-ECHO" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pduscope: {echo}: warning: ")


def test_one_bad_file_does_not_stop_the_others(echo: Path) -> None:
    done = run("list", "nothere.pcap", echo, "LICENSE", echo)
    assert done.returncode == 2
    assert done.stdout.count("C-ECHO") == 2
    assert len(done.stderr.splitlines()) == 2


def test_json_stays_json_when_a_file_is_bad(echo: Path) -> None:
    done = run("show", "--format", "json", echo, "nothere.pcap", echo)
    assert done.returncode == 2
    assert [each["index"] for each in json.loads(done.stdout)] == [1, 1]
    assert json.loads(run("show", "--format", "json", "nothere.pcap").stdout) == []


@pytest.mark.parametrize("verb", ["list", "check", "stats"])
def test_more_captures_than_a_process_may_have_files_open(echo: Path, verb: str) -> None:
    many = [str(echo)] * 60
    command = ["sh", "-c", 'ulimit -n 40; exec "$0" "$@"', *COMMAND, verb, *many]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(str(echo)) == 60


def test_files_of_a_ring_buffer_are_one_capture(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, implicit(0x7FE00010, bytes(5000)))
    talk.release()
    whole = talk.write(tmp_path / "whole.pcap").read_bytes()
    border, at = 24, 0
    while at < 6:
        border += 16 + int.from_bytes(whole[border + 8 : border + 12], "little")
        at += 1
    first, second = tmp_path / "ring_00001.pcap", tmp_path / "ring_00002.pcap"
    first.write_bytes(whole[:border])
    second.write_bytes(whole[:24] + whole[border:])
    done = run("list", first, second)
    assert f"{first} and 1 more  2023-11-14 22:13:20 UTC  1 association, 1 exchange" in done.stdout


def test_a_list_loads_no_library_that_it_does_not_need(echo: Path) -> None:
    code = (
        "import sys; sys.argv = ['pduscope', 'list', sys.argv[1]]\n"
        "import tui.__main__ as command\n"
        "try: command.main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'scapy', 'pydicom', 'pynetdicom', 'textual', 'rich'}\n"
        "print(heavy & {name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code, echo], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr


def test_the_version_needs_no_numpy() -> None:
    code = (
        "import sys; sys.argv = ['pduscope', '--version']\n"
        "import tui.__main__ as command\n"
        "try: command.main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert re.fullmatch(r"pduscope \d+\.\d+\.\d+\nFalse\n", done.stdout), done.stderr


@pytest.mark.parametrize("command", ["list", "show"])
def test_help_has_an_example(command: str) -> None:
    for option in ("-h", "--help"):
        done = run(command, option)
        assert done.returncode == 0
        assert f"pduscope {command} -" in done.stdout


def test_head_ends_the_output_without_a_word(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    for number in range(1, 2400):
        talk.echo(message_id=number)
    path = talk.write(tmp_path / "many.pcap")
    for command in ("list", "show"):
        line = f"{sys.executable} -m dissect {command} {path} | head -n 1"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1


def test_an_interrupt_ends_with_130_and_no_traceback(tmp_path: Path) -> None:
    code = (
        "import signal, dissect.capture\n"
        "def read(self):\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    yield 0, 0\n"
        "dissect.capture.Capture.read = read\n"
        "import dissect.cli\n"
        "dissect.cli.main()\n"
    )
    talk = Talk()
    path = talk.write(tmp_path / "talk.pcap")
    done = subprocess.run(
        [sys.executable, "-c", code, "list", path], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 128 + signal.SIGINT
    assert "Traceback" not in done.stderr


def on_a_terminal(*arguments: str | Path, **settings: str) -> str:
    """What a command writes to a terminal."""
    controller, screen = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "90", **settings}
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=screen, stderr=screen, env=environment
    )
    os.close(screen)
    found = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            piece = os.read(controller, 65536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not piece:
            break
        found += piece
    os.close(controller)
    assert process.wait(30) == 0
    return found.decode()


def test_colour_is_for_terminals_and_no_color_is_heeded(echo: Path) -> None:
    assert "\x1b[32mSuccess\x1b[0m" in on_a_terminal("list", echo)
    assert "\x1b" not in on_a_terminal("list", echo, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal("list", echo, TERM="dumb")
    assert "\x1b" not in run("list", echo).stdout


def test_arrows_are_ascii_where_stdout_has_no_others(echo: Path) -> None:
    for command in ("list", "show"):
        done = run(command, echo, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
        assert done.returncode == 0
        assert done.stdout.isascii()
        assert "->" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("list {} >&-", 0), ("show --format csv {} >&-", 0), ("list {} 2>&-", 0), ("list {} >&- 2>&- <&-", 0),
        ("list nothere.pcap 2>&-", 2), ("list nothere.pcap 2>/dev/full", 2), ("explain - <&-", 2),
        ("list - <&-", 0), ("list {} >/dev/full", 2), ("save -w out.pcap {} >&- 2>&- <&-", 0),
        ("--help >&-", 0),
    ],
)  # fmt: skip
def test_streams_that_are_closed_or_full_change_no_exit_status(
    command: str, status: int, echo: Path, tmp_path: Path
) -> None:
    line = f"exec {sys.executable} -m dissect {command.format(echo)}"
    before = echo.read_bytes()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == ("2>" not in command and (status == 2 or "- <&-" in command))
    assert echo.read_bytes() == before


@pytest.mark.parametrize("command", [cli.group, screens.group], ids=["headless", "with screens"])
def test_packets_that_were_kept_are_not_written_over(
    command: click.Group, echo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "_on_terminal", lambda: True)
    before = echo.read_bytes()
    assert terminal.run(command, ["live", "-i", "lo", "--write", str(echo)]) == 2
    assert capsys.readouterr().err == f"pduscope: {echo}: the file exists already; --overwrite replaces it\n"
    assert echo.read_bytes() == before


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "0", "1e300"])
@pytest.mark.parametrize(
    "command",
    [
        ("echo", "127.0.0.1:1", "--timeout"),
        ("send", "captures/echo.txt", "--to", "127.0.0.1:1", "--timeout"),
        ("replay", "captures/echo.pcap", "--as-acceptor", "--listen", "127.0.0.1:0", "--wait"),
    ],
)  # fmt: skip
def test_what_is_no_number_of_seconds_gets_one_line_and_status_2(
    command: tuple[str, ...], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.run(cli.group, [*command, value]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"Invalid value for '{command[-1]}'" in line


def test_the_shell_can_complete_commands() -> None:
    settings = {"_PDUSCOPE_COMPLETE": "bash_complete", "COMP_WORDS": "pduscope lis", "COMP_CWORD": "1"}
    assert run(**settings).stdout.strip() == "plain,list"
    assert "pduscope" in run(_PDUSCOPE_COMPLETE="bash_source").stdout
