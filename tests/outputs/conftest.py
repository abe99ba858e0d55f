from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.outputs.golden import CAPTURES


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pipe of 100 columns in the captures' directory, at Greenwich."""
    monkeypatch.chdir(CAPTURES)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
