"""Importing what the first looks need, Scapy, pydicom and pynetdicom: 0.3 s while somebody presses keys."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

CIRCULAR = ("pydicom", "pynetdicom", "scapy")
"""Packages whose modules import one another in circles."""

_lock = threading.Lock()


@cache
def one_at_a_time() -> None:
    """From now on, one thread at a time imports what is in a package of circles; the others wait for it.

    Python locks each module by itself. Where two threads begin such a package at two ends, it gives one of
    them modules that are only begun, and that one has an ImportError.
    """
    lock, plain = threading.RLock(), builtins.__import__

    def guarded(name: str, *rest: Any, **named: Any) -> ModuleType:
        if name.partition(".")[0] not in CIRCULAR:
            return plain(name, *rest, **named)
        with lock:
            return plain(name, *rest, **named)

    builtins.__import__ = guarded


class _Pauses:
    """Is asked for each module before it is imported, knows none, and lets the screen go first."""

    def __init__(self, give_way: Callable[[], None]) -> None:
        self._give_way = give_way
        self._thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if threading.get_ident() == self._thread:
            self._give_way()
        return None


def load(give_way: Callable[[], None] = lambda: None) -> None:
    """Import it, or wait until another thread has: two that work at once would leave the screen no room."""
    with _lock:
        pauses = _Pauses(give_way)
        sys.meta_path.insert(0, pauses)
        try:
            import pynetdicom.service_class  # noqa: F401 - what a status means, for the list

            import dissect.tree  # noqa: F401
        finally:
            sys.meta_path.remove(pauses)
