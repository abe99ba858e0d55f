"""Judging that stands back now and then: one association may hold a million messages, and somebody waits.

Rules go through messages and exchanges by `paced`. Whoever judges in a thread beside a screen says by
`pausing` what is to be done between two slices of them, such as to wait while the screen is busy; for all
others, and all other threads, rules go on without a pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TypeVar

SLICE = 200
"""Messages that rules go through without a pause: some milliseconds."""

_pause: ContextVar[Callable[[], None] | None] = ContextVar("_pause", default=None)
T = TypeVar("T")


@contextmanager
def pausing(pause: Callable[[], None]) -> Iterator[None]:
    """Rules that run within, in this thread, call `pause` now and then."""
    token = _pause.set(pause)
    try:
        yield
    finally:
        _pause.reset(token)


def paced(rows: Sequence[T], step: int = SLICE) -> Iterable[T]:
    """The rows, with a pause before each `step` of them if somebody asked for pauses."""
    pause = _pause.get()
    return rows if pause is None or len(rows) < step else _sliced(rows, step, pause)


def _sliced(rows: Sequence[T], step: int, pause: Callable[[], None]) -> Iterator[T]:
    remaining = iter(rows)
    for _ in range(0, len(rows), step):
        pause()
        yield from islice(remaining, step)
