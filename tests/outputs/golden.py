"""Outputs that were looked at once and must stay as they are.

After a wanted change, or when captures were recorded anew: PDUSCOPE_GOLDEN=write pytest tests/outputs, or
tests/tui, then look at the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
CAPTURES = Path(__file__).parents[2] / "captures"


def same(name: str, text: str, folder: Path = GOLDEN) -> None:
    """`text` is what the golden file `name` holds."""
    path = folder / name
    if os.environ.get("PDUSCOPE_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()
