"""Text in columns of the terminal, where a character of another script may take two."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def fit(text: str, columns: int) -> str:
    """`text` in just so many columns, cut with an ellipsis where it is longer."""
    if cell_len(text) <= columns:
        return set_cell_size(text, columns)
    return f"{set_cell_size(text, columns - 1)}…" if columns > 1 else "…"[:columns]
