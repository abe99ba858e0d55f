"""What of a row of bytes is there, by the borders between that and what is not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


def cover(borders: list[int], start: int, stop: int) -> list[tuple[int, int]]:
    """Add the bytes from `start` to `stop`; returns those parts of them that were not there.

    `borders` says where what is there begins and ends, in turn; what touches is one. So a repetition costs
    the same whatever number of pieces it repeats.
    """
    first, last = bisect_left(borders, start), bisect_right(borders, stop)
    begin = [start] if first % 2 == 0 else []  # else what is there reaches to it
    end = [stop] if last % 2 == 0 else []
    gaps = begin + borders[first:last] + end
    borders[first:last] = begin + end
    return [(low, high) for low, high in zip(gaps[::2], gaps[1::2], strict=True) if low < high]
