"""FilterError: what is wrong with a filter, and where in it."""

from __future__ import annotations

from collections.abc import Iterable


class FilterError(ValueError):
    """A filter that cannot be used. `column` counts characters from 1, `length` says how many are meant."""

    def __init__(self, message: str, column: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.length = max(length, 1)

    def __str__(self) -> str:
        return f"{self.message} (column {self.column})"

    def caret(self) -> str:
        """A line that points at the trouble, to stand below the filter."""
        return " " * (self.column - 1) + "^" * self.length


def suggestion(word: str, names: Iterable[str]) -> str:
    """What was probably meant, as the end of a message; empty where nothing is close."""
    from difflib import get_close_matches  # deferred: needed only when something is wrong

    known = {name.lower(): name for name in names}
    close = get_close_matches(word.lower(), known, 1, 0.6)
    return f"; did you mean {known[close[0]]}?" if close else ""
