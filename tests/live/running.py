"""`pduscope` running in the background, and conditions to wait for instead of sleeping."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
LIMIT = 20.0


def wait_for(what: str, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"waited {LIMIT:.0f} s in vain for {what}"
        time.sleep(0.01)


class Running:
    """A command of pduscope whose output goes to files."""

    def __init__(
        self,
        folder: Path,
        *arguments: str | Path,
        within: Sequence[str] = (),
        pipe: bool = False,
        name: str = "out",
    ) -> None:
        self._out, self._err = folder / f"{name}.stdout", folder / f"{name}.stderr"
        command = [*within, sys.executable, "-m", "dissect", *map(str, arguments)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE if pipe else subprocess.DEVNULL, stdout=out, stderr=err,
                env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}, cwd=ROOT,
            )  # fmt: skip

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    @property
    def changed(self) -> float:
        """When it wrote to stdout last, in seconds since the epoch."""
        return self._out.stat().st_mtime

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end_of_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait_for_lines(self, count: int) -> None:
        wait_for(
            f"{count} lines, not {self.out!r} {self.err!r}", lambda: len(self.lines) >= count or self.ended
        )
        assert len(self.lines) >= count, self.err

    def wait_for_text(self, text: str, count: int = 1) -> None:
        wait_for(f"{count} times {text!r}", lambda: self.out.count(text) >= count or self.ended)
        assert self.out.count(text) >= count, self.err

    def wait_for_error(self, text: str) -> None:
        wait_for(f"{text!r} on stderr", lambda: text in self.err or self.ended)
        assert text in self.err

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def interrupt(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        return self.process.wait(LIMIT)

    def children(self) -> list[int]:
        """Processes that it started: the sniffer."""
        return children(self.process.pid)


def children(process: int) -> list[int]:
    """Processes that one started."""
    return [
        int(number)
        for task in Path(f"/proc/{process}/task").iterdir()
        for number in (task / "children").read_text().split()
    ]


def pduscope(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command that runs to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dissect", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT,
        encoding="utf-8", env=os.environ | {"PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip
