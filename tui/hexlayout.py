"""Where bytes stand in a line of hex, by the width there is. Knows no screen.

01a0  04 00 00 00 00 72 00 00  00 6e 01 03 00 00 00 00  .....r...n......
"""

from __future__ import annotations

from dataclasses import dataclass

ROWS = (32, 16, 8, 4)
"""Bytes of a line, the most that fit."""
GROUP = 8
"""Bytes between two wider gaps."""


@dataclass(frozen=True, slots=True)
class HexLayout:
    """`count` bytes a line behind an offset of `digits`, with `gap` blanks before and behind them."""

    count: int
    digits: int
    gap: int

    @property
    def hex_at(self) -> int:
        return self.digits + self.gap

    @property
    def text_at(self) -> int:
        return self.column(self.count - 1) + 2 + self.gap

    @property
    def width(self) -> int:
        return self.text_at + self.count

    def column(self, index: int) -> int:
        """Where the hex digits of a byte of the line begin."""
        return self.hex_at + 3 * index + index // GROUP

    def index(self, x: int) -> int:
        """The byte of the line at or nearest to a column."""
        if x >= self.text_at:
            return min(x - self.text_at, self.count - 1)
        group, rest = divmod(max(x - self.hex_at, 0), 3 * GROUP + 1)
        return min(group * GROUP + min(rest // 3, GROUP - 1), self.count - 1)


def layout(width: int, digits: int) -> HexLayout:
    """The most bytes a line that `width` columns hold."""
    for count in ROWS:
        for gap in (2, 1):
            found = HexLayout(count, digits, gap)
            if found.width <= width:
                return found
    return HexLayout(ROWS[-1], digits, 1)
