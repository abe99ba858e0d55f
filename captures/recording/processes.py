"""Peers that are programs: started with a log file, stopped whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .waiting import wait_for

STOP_LIMIT = 10.0
_LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp, include/net/tcp_states.h


class MissingToolError(Exception):
    """A program or package that the recording needs is not installed."""


def find_program(name: str) -> str:
    """Full path of a program; Debian keeps some in sbin, out of a user's PATH.

    Python environments are passed over: pynetdicom puts programs of DCMTK's names there.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    outside = [each for each in folders if not (Path(each).parent / "pyvenv.cfg").exists()]
    path = os.pathsep.join([*outside, "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise MissingToolError(f"{name} is not installed (record.py's docstring names the packages)")
    return found


class ToolFailedError(Exception):
    """A program that prepares a recording ended with an error."""


def run_tool(program: str, *arguments: str, cwd: Path | None = None) -> None:
    """Run a program to its end; what it says matters only when it fails."""
    command = [find_program(program), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=cwd)
    if ended.returncode != 0:
        raise ToolFailedError(f"{' '.join(command)}: {(ended.stderr or ended.stdout)[-1000:]}")


def listening(port: int) -> bool:
    """Whether somebody in this network listens, learnt without connecting."""
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/thread-self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                return True
    return False


class Process:
    """A program that writes its log, standard output and error alike, to one file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self.log_path = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [find_program(command[0]), *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        # Latin-1 never fails: DCMTK dumps values in whatever character set they have.
        return self.log_path.read_text(encoding="latin-1")

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def wait_until_listening(self, port: int) -> None:
        self._wait(f"{self.name} on port {port}", lambda: listening(port))

    def wait_for_log(self, text: str) -> None:
        self._wait(f"{text!r} from {self.name}", lambda: text in self.log)

    def _wait(self, what: str, happened: Callable[[], bool]) -> None:
        def happened_or_ended() -> bool:
            running = self.running  # asked first: its last words count
            if not happened() and not running:
                raise ToolFailedError(f"{self.name} ended early: {self.log[-500:].strip()}")
            return happened()

        wait_for(what, happened_or_ended)

    def finish(self, limit: float = 60.0) -> int:
        return self._popen.wait(limit)

    def interrupt(self) -> None:
        self._popen.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """End the process and its children: DCMTK servers may fork."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._popen.pid, sign)
            except ProcessLookupError:
                break
            try:
                self._popen.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                continue
        self._popen.wait(STOP_LIMIT)
