"""What is measured, and what is wanted of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from tests.benchmarks import generate, rows


@dataclass(frozen=True)
class Work:
    """One capture, and how many times better than the other side we want to be."""

    name: str
    title: str
    write: Callable[[Path], None]
    reach: float
    aim: float
    memory: float | None = None
    """How many times less memory, mapped file pages apart; None where nothing is asked."""
    patient: bool = False
    """tshark takes so long here that it runs once."""
    against: str = ""
    """Compare with our own time for that work, not with tshark's: `reach` and `aim` are then upper limits."""
    maker: ModuleType = generate
    """Where `write` comes from: once that is other code, the cache is stale."""

    def capture(self, cache: Path) -> Path:
        """The capture, written unless the cache has the one that this code would write."""
        code = b"".join(Path(module.__file__ or "").read_bytes() for module in (self.maker, rows))
        path = cache / f"{self.name}-{zlib.crc32(code):08x}.pcap"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            for stale in cache.glob(f"{self.name}-????????.pcap"):
                stale.unlink()
            unfinished = path.with_suffix(".part")
            self.write(unfinished)
            unfinished.rename(path)
        return path


WORKS = (
    Work("store", "C-STORE, MTU 1500", partial(generate.store, mss=1448, lines=5000, images=10), 10, 15, 10),
    Work(
        "store-16k",
        "C-STORE, MTU 1500, PDUs of 16 KB",
        partial(generate.store, mss=1448, lines=50, images=1000, max_pdu=16384),
        10,
        15,
        10,
        patient=True,
    ),
    Work(
        "store-64k",
        "C-STORE, 64 KB segments",
        partial(generate.store, mss=65483, lines=5040, images=10),
        2,
        4,
        10,
    ),
    Work("echo", "20,000 associations, a C-ECHO each", generate.echoes, 1, 2),
    Work("find", "20,000 C-FIND responses", partial(generate.finds, responses=20_000), 30, 60, patient=True),
    Work(
        "find-200k",
        "200,000 C-FIND responses",
        partial(generate.finds, responses=200_000),
        12,
        10,
        against="find",
    ),
)
