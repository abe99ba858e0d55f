"""Importing what the first look at a message needs, Scapy and pydicom: 0.25 s while somebody presses keys."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_lock = threading.Lock()


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
            import dissect.tree  # noqa: F401
        finally:
            sys.meta_path.remove(pauses)
