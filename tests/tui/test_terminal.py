"""The screen in a real terminal: tmux, with keys sent and the screen read."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests import peers
from tests.outputs.golden import CAPTURES

ROOT = Path(__file__).parents[2]
LONGEST = 20
"""Seconds to wait for what must show."""


class Terminal:
    """A tmux server of its own with one window, in which a shell waits."""

    def __init__(
        self,
        tmux: str,
        socket: Path,
        settings: Path,
        *,
        within: Sequence[str] = (),
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self._tmux = (tmux, "-S", str(socket), "-f", "/dev/null")
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "PS1": "$ ",
            "XDG_CONFIG_HOME": str(settings),
        }
        columns, lines = map(str, size)
        window = ("new-session", "-d", "-x", columns, "-y", lines, "sh")
        subprocess.run([*within, *self._tmux, *window], check=True, cwd=ROOT, env=environment)

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def enter(self, line: str) -> None:
        self._run("send-keys", "-l", line)
        self._run("send-keys", "Enter")

    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def state(self, form: str) -> str:
        """What tmux knows of the window."""
        return self._run("display-message", "-p", form).strip()

    def until(self, true: Callable[[str], object]) -> str:
        """The screen, once something is true of it."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            text = self.text()
            if true(text):
                return text
            time.sleep(0.05)
        raise AssertionError(f"it never showed; this does:\n{self.text()}")

    @property
    def shell(self) -> int:
        """The process that commands are children of."""
        return int(self._run("display-message", "-p", "#{pane_pid}"))

    def close(self) -> None:
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(peers.require("tmux"), tmp_path / "socket", tmp_path)
    yield found
    found.close()


def command(*arguments: str | Path) -> str:
    return shlex.join([sys.executable, "-m", "tui", *map(str, arguments)])


def test_keys_move_on_a_real_screen_and_quitting_gives_the_terminal_back(terminal: Terminal) -> None:
    terminal.enter(f"clear; echo before; {command(CAPTURES / 'print.pcap')}; echo status $?")
    terminal.until(lambda text: "N-GET" in text and "A-ASSOCIATE-RQ, 362 bytes" in text)
    terminal.press("j")
    text = terminal.until(lambda text: "N-GET-RQ, message ID 1" in text and "Command Set" in text)
    assert "? Help" in text.splitlines()[23]
    terminal.press("3")
    terminal.until(lambda text: "├" in text or "│── A-ASSOCIATE-RQ" in text)
    terminal.press("Escape")
    terminal.until(lambda text: "SOP class" in text)
    terminal.press("?")
    terminal.until(lambda text: "─ Keys ─" in text)
    terminal.press("Escape")
    terminal.until(lambda text: "─ Keys ─" not in text)
    terminal.press("q")
    text = terminal.until(lambda text: "status 0" in text)
    assert text.split()[:3] == ["before", "status", "0"]
    assert len(text.split()) == 4
    terminal.enter("echo typed again")
    terminal.until(lambda text: "\ntyped again" in text)


def test_a_filter_is_typed_on_a_real_screen(terminal: Terminal) -> None:
    terminal.enter(command(CAPTURES / "print.pcap"))
    terminal.until(lambda text: "N-GET" in text)
    terminal.press("f")
    terminal.until(lambda text: "filter" in text)
    terminal.enter("command == N-SET")
    text = terminal.until(lambda text: "2 of 10 exchanges" in text)
    assert "N-GET" not in text
    terminal.press("q")


def test_a_crash_leaves_one_line_and_a_clean_terminal(terminal: Terminal) -> None:
    program = (
        "import sys, tui.exchanges as e, tui.__main__ as m;"
        "e.ExchangeList.action_mark = lambda self: 1 / 0;"
        f"sys.argv = ['pduscope', {str(CAPTURES / 'print.pcap')!r}]; m.main()"
    )
    terminal.enter(f"clear; {shlex.join([sys.executable, '-c', program])}; echo status $?")
    terminal.until(lambda text: "N-GET" in text)
    terminal.press("m")
    text = terminal.until(lambda text: "status" in text.splitlines()[-1] or "status 1" in text)
    assert "ZeroDivisionError" in text
    assert "Traceback" not in text
    terminal.enter("echo typed again")
    terminal.until(lambda text: "\ntyped again" in text)


def test_a_kill_gives_the_terminal_back(terminal: Terminal) -> None:
    terminal.enter("clear; echo before")
    terminal.enter(f"{command(CAPTURES / 'print.pcap')}; echo status $?")
    terminal.until(lambda text: "N-GET" in text)
    shell = terminal.state("#{pane_pid}")
    (program,) = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True).stdout.split()
    os.kill(int(program), signal.SIGTERM)
    text = terminal.until(lambda text: "status 143" in text)
    assert "before" in text
    assert terminal.state("#{alternate_on} #{mouse_any_flag} #{cursor_flag}") == "0 0 1"
    terminal.enter("echo typed again")
    terminal.until(lambda text: "\ntyped again" in text)
