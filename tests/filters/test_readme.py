"""The README lists every field of the filter language."""

from __future__ import annotations

from pathlib import Path

from dissect import filters

README = Path(__file__).parents[2] / "README.md"


def test_readme_lists_every_field() -> None:
    table = (
        README.read_text(encoding="utf-8")
        .partition("<!-- filters -->\n")[2]
        .partition("<!-- end of filters")[0]
    )
    assert table.strip() == filters.reference().strip()
