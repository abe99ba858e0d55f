"""The screenshots of README.md: a script draws all of them, and nothing else is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "captures" / "screens"
MOST = 150_000
"""Bytes of one: it is loaded with the page."""


def test_the_script_draws_the_screenshots_of_the_readme(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "captures" / "screens.py"), "--into", str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {path.name for path in SCREENS.iterdir()}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert drawn == set(re.findall(r"captures/screens/([\w-]+\.svg)", readme))
    for path in (*tmp_path.iterdir(), *SCREENS.iterdir()):
        text = path.read_text("utf-8")
        assert "A-ASSOCIATE" in text or "Data&#160;Set" in text
        assert len(text.encode()) < MOST
        assert "url(http" not in text
