"""How fast the screen answers: `python -m tests.benchmarks.screen --help`.

The real program runs in a pseudo-terminal of 120 x 40; a key has answered once the text it asks for is drawn.
Measure on a machine that does nothing else, or run it as `chrt -f 50 python -m tests.benchmarks.screen`.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from tests.benchmarks import echoing
from tests.benchmarks.measure import warm
from tests.benchmarks.works import WORKS, Work

ROOT = Path(__file__).parents[2]
FIRST_ROW, TYPICAL, WORST = 1000, 50, 100
"""Milliseconds to the first row, and for a key: at the median, and at worst."""
LONGEST = 30
"""Seconds to wait for what must come."""
MINUTES = 300
"""Seconds to wait until a million exchanges are read."""
BETWEEN = 0.13
"""Seconds between two keys: hands are no faster for long."""
IDLE = 0.05
"""Seconds of work in a second that are none."""
ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]")
PROGRESS = re.compile(rb"\xe2\x94\x81 +\d+%")
"""Behind the progress bar."""

STORE = next(work for work in WORKS if work.name == "store")
MILLION = Work(
    "million", "a million C-ECHOs", partial(echoing.echoing, associations=4, exchanges=250_000), 0, 0,
    maker=echoing,
)  # fmt: skip


class Terminal:
    """The program in a pseudo-terminal, and what it drew since the last key."""

    def __init__(self, capture: Path, settings: str, *options: str) -> None:
        self.began = time.monotonic()
        self.process, self._screen = pty.fork()
        if not self.process:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", XDG_CONFIG_HOME=settings)
            os.execv(sys.executable, [sys.executable, "-m", "tui", *options, str(capture)])
        self._drawn = b""

    @property
    def text(self) -> bytes:
        return ESCAPES.sub(b"", self._drawn)

    def drain(self, seconds: float) -> None:
        """Read what is drawn for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._pump(left)

    def until(self, wanted: str, longest: float = LONGEST) -> float:
        """Milliseconds until a regular expression is found in what was drawn since the last key."""
        sought, start = re.compile(wanted.encode()), time.monotonic()
        while not sought.search(self.text):
            if time.monotonic() - start > longest:
                raise SystemExit(f"{wanted!r} never showed; this did: {self.text[-2000:]!r}")
            self._pump(0.002)
        return (time.monotonic() - start) * 1000

    def press(self, key: str, wanted: str) -> float:
        """Milliseconds from a key to what it asks for."""
        self.drain(BETWEEN)
        self._drawn = b""
        os.write(self._screen, key.encode())
        return self.until(wanted)

    def settle(self) -> None:
        """Wait until the program has nothing more to do."""
        spent, before = self.spent(), -1.0
        while spent - before > IDLE:
            self.drain(1)
            spent, before = self.spent(), spent
        self._drawn = b""

    def spent(self) -> float:
        """Seconds of processor time."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        os.kill(self.process, signal.SIGTERM)
        end = time.monotonic() + LONGEST
        while not os.waitpid(self.process, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.kill(self.process, signal.SIGKILL)
            self._pump(0.05)
        os.close(self._screen)

    def _pump(self, seconds: float) -> None:
        if select.select([self._screen], [], [], seconds)[0]:
            try:
                self._drawn += os.read(self._screen, 1 << 20)
            except OSError:  # the program has ended
                time.sleep(seconds)


@contextmanager
def opened(work: Work, cache: Path) -> Iterator[Terminal]:
    capture = work.capture(cache)
    warm(capture)
    with tempfile.TemporaryDirectory() as settings:
        terminal = Terminal(capture, settings)
        try:
            yield terminal
        finally:
            terminal.close()


def reading(cache: Path, keys: int) -> None:
    """Keys while 540 MB are read; opened anew until there were enough."""
    first: list[float] = []
    took: list[float] = []
    while len(took) < keys:
        with opened(STORE, cache) as terminal:
            terminal.until("C-STORE")
            first.append((time.monotonic() - terminal.began) * 1000)
            while True:
                took.append(terminal.press("j", ", message ID 1 "))
                took.append(terminal.press("k", " A-ASSOCIATE-RQ "))
                terminal.drain(BETWEEN)
                if not PROGRESS.search(terminal.text) or len(took) >= keys:
                    break
    tell("first row, 540 MB", first, FIRST_ROW, FIRST_ROW)
    tell("keys while 540 MB are read", took)


def rows(cache: Path, keys: int) -> None:
    """Keys while a million exchanges are read and judged, and in all of them."""
    message = r"C-ECHO-RQ, message ID \d+ "
    moves = [("j", message), ("k", " A-ASSOCIATE-RQ ")]
    with opened(MILLION, cache) as terminal:
        terminal.until("C-ECHO")
        tell("first row, a million", [(time.monotonic() - terminal.began) * 1000], FIRST_ROW, FIRST_ROW)
        tell("keys while a million are read", pressed(terminal, moves, keys))
        terminal.until("1,000,000 exchanges", MINUTES)
        tell("keys while a million are judged", pressed(terminal, moves, keys))
        terminal.settle()
        tell("a million rows: j and k", pressed(terminal, moves, keys))
        moves = [("G", message), ("g", " A-ASSOCIATE-RQ ")]
        tell("a million rows: last and first", pressed(terminal, moves, keys))
        tell("a million rows: half a page on", pressed(terminal, [("\x04", message)], keys))
        tell("a million rows: a page back", pressed(terminal, [("\x1b[5~", " A-ASSOC|" + message)], 2))


def large(cache: Path, keys: int) -> None:
    """An object of 50 MB: opened, and jumped about in."""
    with opened(STORE, cache) as terminal:
        terminal.until("C-STORE")
        terminal.settle()
        opens = [("j", r", message ID \d "), ("k", " A-ASSOCIATE-RQ ")]
        tell("50 MB: opened", pressed(terminal, opens, 2)[:1])
        terminal.press("j", r", message ID 1 ")
        tell("50 MB: its fields", [terminal.until(" Data Set ")], FIRST_ROW, FIRST_ROW)
        terminal.press("\t", "")
        terminal.press("\t", "")
        jumps = [("\x1b[1;5F", "02fb0[0-9a-f]{3}  "), ("\x1b[1;5H", "00000000  ")]
        tell("50 MB: last byte and first", pressed(terminal, jumps, keys))
        took = []
        for number in range(keys):
            offset = 0x10000 + number * 1_000_000 % 50_000_000
            terminal.press(":", "Go to")
            terminal.press(f"0x{offset:X}", f"{offset:X}")
            took.append(terminal.press("\r", f"{offset >> 4:07x}[0-9a-f]  "))
        tell("50 MB: an offset", took)


def pressed(terminal: Terminal, moves: Sequence[tuple[str, str]], count: int) -> list[float]:
    """Milliseconds of so many keys, these in turn."""
    return [terminal.press(*moves[number % len(moves)]) for number in range(count)]


def tell(what: str, took: Sequence[float], typical: int = TYPICAL, worst: int = WORST) -> None:
    good = median(took) <= typical and max(took) <= worst
    print(
        f"{what:<42}{len(took):>5} x{median(took):>8.0f} ms{max(took):>8.0f} ms"
        f"   {'met' if good else 'missed'} ({typical:,} and {worst:,} ms)",
        flush=True,
    )


def main() -> None:
    works = {"reading": reading, "rows": rows, "large": large}
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen", description=__doc__)
    parser.add_argument("--only", action="append", choices=works, help="this; may be given several times")
    parser.add_argument("--keys", type=int, default=60, help="keys that are pressed for each line (60)")
    cache = Path(tempfile.gettempdir()) / "pduscope-benchmarks"
    parser.add_argument(
        "--cache", type=Path, default=cache, help=f"where captures are kept, 0.9 GB ({cache})"
    )
    options = parser.parse_args()
    for name, work in works.items():
        if not options.only or name in options.only:
            work(options.cache, options.keys)


if __name__ == "__main__":
    main()
