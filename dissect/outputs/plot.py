"""Values over time as bars of characters.

91.8ms ┤      █     █
       ┤▃█▇█ ▅█▂█▅█▇█▅
     0 ┼──────────────
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dissect.outputs.words import Look

EIGHTHS = " ▁▂▃▄▅▆▇█"
MARGIN = 9
"""Columns of the numbers beside a plot."""


def bars(values: Sequence[int], height: int, tell: Callable[[int], str], look: Look) -> list[str]:
    """A bar for each value, `height` rows for the largest; whatever is more than nothing can be seen."""
    most = max(values, default=0)
    steps = 8 if look.unicode else 1
    levels = [max(round(value * height * steps / most), 1) if value else 0 for value in values]
    tick, corner, line = ("┤", "┼", "─") if look.unicode else ("|", "+", "-")
    rows = []
    for row in range(height - 1, -1, -1):
        name = tell(most) if row == height - 1 else ""
        if look.unicode:
            text = "".join(EIGHTHS[min(max(level - row * 8, 0), 8)] for level in levels)
        else:
            text = "".join("#" if level > row else " " for level in levels)
        rows.append(f"{name:>{MARGIN}} {tick}{text}".rstrip())
    return [*rows, f"{'0':>{MARGIN}} {corner}{line * len(values)}"]
