"""Two hosts with a wire between them: network namespaces of their own, gone with the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from tests.live.running import ROOT, Running, pduscope, wait_for
from tests.peers import require

PORT = 11112
LEFT, RIGHT = "10.99.0.1", "10.99.0.2"


class Host:
    """A network namespace, held by a process that only waits."""

    def __init__(self) -> None:
        hold = "import sys; print('ready', flush=True); sys.stdin.read()"
        self._holder = subprocess.Popen(
            [require("unshare"), "--net", sys.executable, "-c", hold],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"ready\n"
        self.within = [require("nsenter"), f"--net=/proc/{self._holder.pid}/ns/net", "--"]
        self.pid = self._holder.pid
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments: str) -> None:
        self.run("ip", *arguments)

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run a program to its end; it must succeed."""
        command = [*self.within, require(program), *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def listens(self, port: int) -> bool:
        table = Path(f"/proc/{self.pid}/net/tcp").read_text() + Path(f"/proc/{self.pid}/net/tcp6").read_text()
        return any(
            fields[3] == "0A" and fields[1].endswith(f":{port:04X}")
            for fields in map(str.split, table.splitlines())
            if len(fields) > 3
        )

    @contextmanager
    def background(self, program: str, *arguments: str | Path, port: int | None = None) -> Iterator[int]:
        """A program that runs meanwhile, from when it listens on `port`; its process id."""
        log = subprocess.DEVNULL
        command = [*self.within, require(program), *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if port is not None:
                wait_for(f"{program} to listen", lambda: self.listens(port))
            yield process.pid
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def archive(self) -> Iterator[None]:
        """A pynetdicom peer that takes echos, stores and finds."""
        with self.background(sys.executable, "-m", "tests.live.archive", str(PORT), port=PORT):
            yield

    def close(self) -> None:
        assert self._holder.stdin is not None
        assert self._holder.stdout is not None
        self._holder.stdin.close()
        self._holder.stdout.close()
        self._holder.wait()


def require_root() -> None:
    """Namespaces, or the test ends here."""
    if os.geteuid() != 0:
        reason = "network namespaces need root"
        if os.environ.get("PDUSCOPE_REQUIRE_PEERS") == "1":
            pytest.fail(f"{reason}, and PDUSCOPE_REQUIRE_PEERS=1 demands them")
        pytest.skip(reason)


class Wire:
    """Two hosts; the left one's end of the wire is where is listened."""

    interface = "wire0"

    def __enter__(self) -> Wire:
        require_root()
        self.left, self.right = Host(), Host()
        self.left.ip("link", "add", "wire0", "type", "veth", "peer", "wire1", "netns", str(self.right.pid))
        for host, name, address in ((self.left, "wire0", LEFT), (self.right, "wire1", RIGHT)):
            host.ip("address", "add", f"{address}/24", "dev", name)
            host.ip("link", "set", name, "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left.close()
        self.right.close()

    def echo(self) -> None:
        self.left.run("echoscu", RIGHT, str(PORT))


def live(wire: Wire, folder: Path, *arguments: str | Path) -> Running:
    """`pduscope live` on the left host, listening."""
    command = Running(folder, "live", "-i", wire.interface, *arguments, within=wire.left.within)
    command.wait_for_error("listening on")
    return command


def offline(spool: Path, name: str) -> str:
    """What `show` makes of the spool afterwards, under the name of the interface."""
    done = pduscope("show", "--format", "ndjson", spool)
    assert done.returncode == 0
    return done.stdout.replace(json.dumps(str(spool)), json.dumps(name))
