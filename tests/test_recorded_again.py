"""Peers at work now: some captures are recorded anew and must again give what the peers logged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dissect
from tests.peers import require

RECORD = Path(__file__).parent.parent / "captures" / "record.py"
RECIPES = ("echo", "print", "store-fragmented", "find-cancel", "get", "abort-acceptor", "lossy")


def require_namespaces() -> None:
    """Recording makes network namespaces, which takes root."""
    for program in ("tcpdump", "storescp", "dcmprscp", "ip"):
        require(program)
    if os.geteuid() != 0:
        if os.environ.get("PDUSCOPE_REQUIRE_PEERS") == "1":
            pytest.fail("recording takes root, and PDUSCOPE_REQUIRE_PEERS=1 demands it")
        pytest.skip("recording takes root: it makes network namespaces")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_namespaces()
    folder = tmp_path_factory.mktemp("recorded")
    command = [sys.executable, str(RECORD), "--into", str(folder), *RECIPES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_a_new_recording_gives_what_its_peers_logged(recorded: Path, name: str) -> None:
    told = json.loads((recorded / "expected" / f"{name}.json").read_text())
    capture = dissect.open(recorded / told["capture"])
    assert len(capture.associations) == len(told["associations"])
    for wanted, association in zip(told["associations"], capture.associations, strict=True):
        assert association.outcome == wanted["outcome"]
        for side in ("requestor", "acceptor"):
            logged = [(m["command"], m["status"]) for m in wanted["messages"] if m["sender"] == side]
            assert [(m.command, m.status) for m in association.messages if m.sender == side] == logged
