"""What tests of live traffic share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import images
from tests.live.network import Wire
from tests.peers import require


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    for program in ("dumpcap", "echoscu", "storescu", "findscu", "ip"):
        require(program)
    with Wire() as wire, wire.right.archive():
        yield wire


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT image of half a megabyte."""
    return images.image(tmp_path_factory.mktemp("image"))
