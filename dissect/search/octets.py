"""Looking for a pattern in bytes, a chunk at a time."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from dissect.pieces import HOLE, Pieces, Source, Span
from dissect.search.pattern import Pattern

CHUNK = 1 << 20
"""Bytes that are read at once."""
REACH = 1 << 12
"""Bytes that a match of a regular expression may have; of longer ones only a part may be found."""


def find_bytes(
    source: Source,
    pattern: Pattern,
    start: int | None = None,
    forward: bool = True,
    *,
    low: int = 0,
    high: int | None = None,
) -> Span | None:
    """The first occurrence that begins at `start` or behind it; backward, the last one that begins before it.

    Only bytes from `low` to before `high` count, and none that were not captured.
    """
    high = len(source) if high is None else min(high, len(source))
    if start is None:
        start = low if forward else high
    look = _Look(pattern)
    if forward:
        return _forward(source, look, max(start, low), low, high)
    return _backward(source, look, min(start, high), low, high)


def _forward(source: Source, look: _Look, at: int, low: int, high: int) -> Span | None:
    while at < high:
        border = min(at + CHUNK, high)
        origin = max(at - look.before, low)
        data = look.prepared(source.read(origin, min(border + look.behind, high)))
        while at < border:
            found = look.first(data, at - origin, border - origin)
            if found is None:
                break
            begin, end = found[0] + origin, found[1] + origin
            hole = _hole(source, begin, end)
            if hole is None:
                return Span(source, begin, end - begin)
            at = hole[1]
        else:
            continue
        at = border
    return None


def _backward(source: Source, look: _Look, at: int, low: int, high: int) -> Span | None:
    while at > low:
        border = max(at - CHUNK, low)
        origin = max(border - look.before, low)
        data = look.prepared(source.read(origin, min(at + look.behind, high)))
        while at > border:
            found = look.last(data, border - origin, at - origin, high - origin)
            if found is None:
                break
            begin, end = found[0] + origin, found[1] + origin
            hole = _hole(source, begin, end)
            if hole is None:
                return Span(source, begin, end - begin)
            high = hole[0]
            at = min(at, high)
        else:
            continue
        at = border
    return None


class _Look:
    """A pattern at work in pieces of bytes: positions are those in the piece."""

    def __init__(self, pattern: Pattern) -> None:
        self._fold = pattern.kind == "text"
        self._pattern = pattern.bytes
        regex = isinstance(self._pattern, re.Pattern)
        self.before = REACH if regex else 0
        """Bytes that must be there before the place to begin, for what looks back."""
        self.behind = REACH if isinstance(self._pattern, re.Pattern) else max(map(len, self._pattern)) - 1
        """Bytes that must be there behind the last place where a match may begin."""

    def prepared(self, data: bytes) -> bytes:
        return data.lower() if self._fold else data

    def first(self, data: bytes, start: int, stop: int) -> tuple[int, int] | None:
        """Begin and end of the first match that begins between `start` and `stop`."""
        if isinstance(self._pattern, re.Pattern):
            return next(self._matches(self._pattern, data, start, stop, len(data)), None)
        places = ((data.find(each, start, stop + len(each) - 1), len(each)) for each in self._pattern)
        return min(((at, at + length) for at, length in places if at >= 0), default=None)

    def last(self, data: bytes, start: int, stop: int, end: int) -> tuple[int, int] | None:
        """The last match that begins between `start` and `stop` and ends at `end` or before."""
        if isinstance(self._pattern, re.Pattern):
            found = deque(self._matches(self._pattern, data, start, stop, end), maxlen=1)
            return found[0] if found else None
        places = (
            (data.rfind(each, start, min(stop + len(each) - 1, end)), len(each)) for each in self._pattern
        )
        return max(((at, at + length) for at, length in places if at >= 0), default=None)

    @staticmethod
    def _matches(
        expression: re.Pattern[bytes], data: bytes, start: int, stop: int, end: int
    ) -> Iterator[tuple[int, int]]:
        for match in expression.finditer(data, start, end):
            if match.start() >= stop:
                return
            if match.end() > match.start():
                yield match.span()


def _hole(source: Source, start: int, stop: int) -> tuple[int, int] | None:
    """From where to where the first bytes between two positions are missing, wholly."""
    if not isinstance(source, Pieces):
        return None
    for run in source.runs(start, stop):
        number = source.number(run.position)
        first, end = source.start(number), source.start(number + 1)
        if run.source == HOLE:
            return first, end
        below = _hole(source.below, run.source, run.source + run.length)
        if below is not None:
            apart = run.position - run.source
            return max(below[0] + apart, first), min(below[1] + apart, end)
    return None
