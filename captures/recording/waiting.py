"""Waiting for a condition, with a limit, instead of sleeping and hoping."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LIMIT = 20.0


class NeverHappenedError(Exception):
    """What a recording waited for did not come within the limit."""


def wait_for(what: str, condition: Callable[[], bool], limit: float = LIMIT) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise NeverHappenedError(f"waited {limit:.0f} s in vain for {what}")
        time.sleep(0.01)


def wait_for_files(directory: Path, pattern: str, count: int = 1) -> list[Path]:
    """Until that many files are there and have stopped growing."""
    seen: list[tuple[Path, int]] = []

    def settled() -> bool:
        nonlocal seen
        before, seen = seen, [(path, path.stat().st_size) for path in directory.glob(pattern)]
        return len(seen) >= count and before == seen and all(size for _, size in seen)

    wait_for(f"{pattern} in {directory}", settled)
    return sorted(path for path, _ in seen)
