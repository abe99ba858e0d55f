"""Programs of the system that tests hold their results against.

A test that needs one asks for it with `require`: where the program is absent the test is skipped and says
which. With PDUSCOPE_REQUIRE_PEERS=1 (as in CI) it fails instead, so a missing peer cannot pass for agreement.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest


def require(program: str) -> str:
    """The path of `program`, or the test ends here."""
    path = shutil.which(program, path=os.pathsep.join(_places()))
    if path is not None:
        return path
    reason = f"{program} is not on PATH: this test holds our reading against it"
    if os.environ.get("PDUSCOPE_REQUIRE_PEERS") == "1":
        pytest.fail(f"{reason}, and PDUSCOPE_REQUIRE_PEERS=1 demands it")
    pytest.skip(reason)


def _places() -> list[str]:
    """Where programs are; pynetdicom brings some of DCMTK's names to an environment that is activated."""
    own = Path(sys.executable).parent
    return [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(each) != own]


def run(program: str, *arguments: str | Path) -> str:
    """What `program` prints. Its own settings are left out, so that a developer's profile changes nothing."""
    path = require(program)
    with tempfile.TemporaryDirectory() as home:
        settings = os.environ | {"HOME": home, "WIRESHARK_CONFIG_DIR": home, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, env=settings)
    assert done.returncode == 0, f"{program} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def tshark(capture: Path, *arguments: str) -> str:
    """What tshark prints of `capture`, names unresolved."""
    return run("tshark", "-n", "-r", capture, *arguments)


def tshark_fields(capture: Path, fields: Sequence[str], only: str = "dicom") -> list[list[str]]:
    """The values of `fields`, a row for each frame that passes the filter `only`; `;` joins several."""
    options = [option for field in fields for option in ("-e", field)]
    shape = ("-T", "fields", "-E", "aggregator=;", "-E", "separator=/t")
    lines = tshark(capture, "-Y", only, *shape, *options).splitlines()
    return [line.split("\t") for line in lines]
