"""A terminal that goes away without a word."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.outputs.golden import CAPTURES

ROOT = Path(__file__).parents[2]
LONGEST = 30


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_terminal_that_is_gone_ends_the_screen(tmp_path: Path) -> None:
    """Not the controlling one, so that no SIGHUP tells of its end."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "tui", str(CAPTURES / "echo.pcap")]
    environment = {**os.environ, "TERM": "xterm", "XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment)
    try:
        os.close(theirs)
        shown, end = b"", time.monotonic() + LONGEST
        while b"C-ECHO" not in shown and time.monotonic() < end:
            if select.select([ours], [], [], 0.2)[0]:
                shown += os.read(ours, 65536)
        assert b"C-ECHO" in shown
        os.close(ours)
        assert process.wait(LONGEST) == 129
    finally:
        process.kill()
        process.wait()
