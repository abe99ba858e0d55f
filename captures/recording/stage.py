"""Where one recording takes place: its files, its network, its monitors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import monitors
from .network import Host
from .processes import Process

PORT = 11112  # IANA's "dicom" port; needs no privilege


class Stage:
    """One recording's temporary directory and the capture file it makes."""

    def __init__(self, file: str, temporary: Path) -> None:
        self.temporary = temporary
        self.output = self.directory("output")
        self.capture = self.output / file  # where the monitors write
        self._logs = 0

    def path(self, name: str) -> Path:
        return self.temporary / name

    def directory(self, name: str) -> Path:
        made = self.path(name)
        made.mkdir()
        return made

    def write(self, name: str, text: str) -> Path:
        path = self.path(name)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *command: str, cwd: Path | None = None) -> Process:
        """Start a peer; the recipe must stop it."""
        return Process(command, self._next_log(command[0]), cwd=cwd)

    @contextmanager
    def server(self, *command: str, port: int = PORT, cwd: Path | None = None) -> Iterator[Process]:
        """A peer that listens, from when its port is open to the end of the body."""
        process = self.start(*command, cwd=cwd)
        try:
            process.wait_until_listening(port)
            yield process
        finally:
            process.stop()

    def tcpdump(self, *options: str, interface: str = "lo") -> AbstractContextManager[None]:
        return monitors.tcpdump(self.capture, self._next_log("tcpdump"), *options, interface=interface)

    def dumpcap(self, *options: str, interface: str = "lo") -> AbstractContextManager[None]:
        return monitors.dumpcap(self.capture, self._next_log("dumpcap"), *options, interface=interface)

    def _next_log(self, program: str) -> Path:
        self._logs += 1
        return self.path(f"{self._logs:02}-{Path(program).name}.log")


@contextmanager
def stage(file: str) -> Iterator[Stage]:
    """A stage inside a private network with only a loopback interface."""
    host = Host()
    try:
        with TemporaryDirectory(prefix="pduscope-") as temporary, host.entered():
            yield Stage(file, Path(temporary))
    finally:
        host.close()
