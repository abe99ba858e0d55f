"""The screen on real traffic, in a real terminal on one of two hosts. Needs root, tmux, libpcap and DCMTK."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from tests.live.network import PORT, RIGHT, Wire
from tests.live.running import children, wait_for
from tests.peers import require
from tests.tui.growing import talk
from tests.tui.test_terminal import Terminal, command

SOON = 0.2
"""Seconds from the end of a C-STORE to its row on the screen."""
TRIES = 5


@contextmanager
def screen(wire: Wire, folder: Path, line: str, size: tuple[int, int] = (120, 40)) -> Iterator[Terminal]:
    """A terminal within the left host, in which a command runs."""
    for each in ("storescu", "echoscu"):
        require(each)
    found = Terminal(require("tmux"), folder / "socket", folder, within=wire.left.within, size=size)
    try:
        found.enter(f"clear; {line}; echo status $?")
        yield found
    finally:
        found.close()


def listening(wire: Wire, terminal: Terminal) -> None:
    terminal.until(lambda text: f"Listening on {wire.interface}" in text)


def rows(text: str) -> list[str]:
    """The list, from its heading to the bar below."""
    lines = [line.rstrip() for line in text.splitlines()]
    first = next(number for number, line in enumerate(lines) if "SOP class" in line)
    last = next(number for number, line in enumerate(lines) if line.startswith("──"))
    return [line for line in lines[first:last] if line]


def told(text: str) -> list[str]:
    """The rows without what they find, which is told as it is judged: a wide screen has room for both."""
    return [" ".join(re.sub(r"\d+ (info|warnings?)", "", line).split()) for line in rows(text)]


def stored(text: str, count: int) -> bool:
    """Whether the list has the `count`th association, with its C-STORE answered."""
    found = rows(text)
    at = [number for number, line in enumerate(found) if line.split()[1:2] == [str(count)]]
    return bool(at) and any("C-STORE" in line and "Success" in line for line in found[at[0] :])


def gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()


def test_a_store_stands_on_the_screen_within_200_ms_as_it_does_offline(
    wire: Wire, image: Path, tmp_path: Path
) -> None:
    spool = tmp_path / "spool.pcapng"
    line = command("live", "-i", wire.interface, "--write", spool)
    with screen(wire, tmp_path, line, size=(160, 40)) as terminal:
        listening(wire, terminal)
        lags: list[float] = []
        while len(lags) < TRIES or (median(lags[-TRIES:]) > SOON and len(lags) < 4 * TRIES):
            wire.left.run("storescu", RIGHT, str(PORT), image)
            ended = time.monotonic()
            terminal.until(partial(stored, count=len(lags) + 1))
            lags.append(time.monotonic() - ended)
        assert median(lags[-TRIES:]) <= SOON, lags
        terminal.press("X")
        live = terminal.until(lambda text: "■ stopped" in text)
        terminal.press("q")
        terminal.until(lambda text: "status 0" in text)
        terminal.enter(f"clear; {command(spool)}")
        offline = terminal.until(lambda text: "released" in text and "associations" in text)
        terminal.press("G")
        offline = terminal.until(lambda text: told(text)[-1] == told(live)[-1])
        assert told(offline) == told(live)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda each: each.name
)
def test_no_process_is_left_however_the_screen_ends(
    wire: Wire, tmp_path: Path, number: signal.Signals
) -> None:
    with screen(wire, tmp_path, command("live", "-i", wire.interface)) as terminal:
        listening(wire, terminal)
        (program,) = children(terminal.shell)
        (sniffer,) = children(program)
        os.kill(program, number)
        terminal.until(lambda text: f"status {128 + number}" in text)
        wait_for("the sniffer to end", lambda: gone(sniffer))
        if number != signal.SIGKILL:  # who is killed cannot give the terminal back
            assert "Exchanges" not in terminal.text()
            terminal.enter("echo typed again")
            terminal.until(lambda text: "\ntyped again" in text)


def test_a_crash_of_the_screen_ends_the_sniffer(wire: Wire, tmp_path: Path) -> None:
    program = (
        "import sys, tui.live as live, tui.__main__ as main;"
        "live.LiveScreen.action_pause = lambda self: 1 / 0;"
        f"sys.argv = ['pduscope', 'live', '-i', {wire.interface!r}]; main.main()"
    )
    with screen(wire, tmp_path, shlex.join([sys.executable, "-c", program])) as terminal:
        listening(wire, terminal)
        (process,) = children(terminal.shell)
        (sniffer,) = children(process)
        terminal.press("p")
        text = terminal.until(lambda text: "status 1" in text)
        assert "ZeroDivisionError" in text
        wait_for("the sniffer to end", lambda: gone(sniffer))


def test_an_interface_is_picked_and_its_loss_told(wire: Wire, tmp_path: Path) -> None:
    wire.left.ip("link", "add", "gone0", "type", "veth", "peer", "gone1")
    wire.left.ip("link", "set", "gone0", "up")
    with screen(wire, tmp_path, command("live"), size=(80, 24)) as terminal:
        terminal.until(lambda text: "Listen on which interface?" in text and "gone0" in text)
        terminal.press("j")
        terminal.press("Enter")
        terminal.until(lambda text: "Listening on gone0" in text)
        wire.left.ip("link", "delete", "gone0")
        terminal.until(lambda text: "■ ended" in text and "the sniffer ended: " in text)
        terminal.until(lambda text: "saves it" in text)
        terminal.press("q")
        terminal.until(lambda text: "status 2" in text and "the sniffer ended" in text)


@pytest.mark.parametrize("interface", [("-i", "wire0"), ()], ids=["named", "not named"])
def test_who_may_not_sniff_gets_one_line_before_any_screen(
    wire: Wire, tmp_path: Path, interface: tuple[str, ...]
) -> None:
    nobody = f"{require('setpriv')} --reuid=65534 --clear-groups --"
    with screen(wire, tmp_path, f"{nobody} {command('live', *interface)}", size=(400, 24)) as terminal:
        text = terminal.until(lambda text: "status 2" in text)
        line = text.split("status")[0].strip()
        assert line.startswith("pduscope: no permission to listen on ")
        assert "setcap" in line
        assert "\n" not in line


def test_options_narrow_and_end_it_and_a_format_makes_it_a_list(wire: Wire, tmp_path: Path) -> None:
    arguments = ("-i", wire.interface, "--port", str(PORT), "--count", "6")
    with screen(wire, tmp_path, command("live", *arguments, "-Y", "calling_ae == ECHOSCU")) as terminal:
        listening(wire, terminal)
        wire.echo()
        text = terminal.until(lambda text: "■ ended" in text)
        assert "6 packets" in text
        assert "filter: calling_ae == ECHOSCU" in text
        terminal.press("q")
        terminal.until(lambda text: "status 0" in text)
        terminal.enter(f"clear; {command('live', *arguments, '--format', 'text')}; echo status $?")
        terminal.until(lambda text: "listening on wire0" in text)
        wire.echo()
        terminal.until(lambda text: "status 0" in text)


def test_a_file_that_grows_is_followed_into_the_next_of_its_ring(tmp_path: Path) -> None:
    first, second = tmp_path / "ring_00001.pcap", tmp_path / "ring_00002.pcap"
    talk(1).write(first)
    terminal = Terminal(require("tmux"), tmp_path / "socket", tmp_path)
    try:
        terminal.enter(f"clear; {command('--follow', first)}; echo status $?")
        terminal.until(lambda text: "SCU1" in text and "● live" in text)
        talk(2).write(second)
        terminal.until(lambda text: "SCU2" in text and "2 associations" in text)
        terminal.press("q")
        terminal.until(lambda text: "status 0" in text)
        terminal.enter(f"clear; {command('--follow', tmp_path / 'none.pcap')}; echo status $?")
        terminal.until(lambda text: "there is no such file" in text and "status 2" in text)
    finally:
        terminal.close()
