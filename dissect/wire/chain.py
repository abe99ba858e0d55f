"""Following the chain of headers through a file as fast as numpy can.

Each header says where the next one is, so that a plain loop waits for the memory at every step, 0.3 us.
Two shapes are faster. Records of equal length are confirmed all at once. Otherwise the chain is taken up at
many places further on and followed from all of them abreast; where one piece ends exactly at the start of the
next, the places were right. Lengths are believed here: the caller judges the headers afterwards, all at once.
"""

from __future__ import annotations

import struct
from typing import Protocol

import numpy as np

from dissect.wire.files import Mapped
from dissect.wire.gather import Positions

STRIDES = 64
"""Headers followed one by one before something faster is tried."""

LANES = 128
"""Places the chain is followed from abreast: finding more costs what following from fewer does."""

WORTH = 32 * LANES
"""Records that make that worth its while."""

WINDOW = 2048
"""Bytes searched for the start of a lane; records of one MTU leave few without any."""


class Chain(Protocol):
    """What is followed: see `Walker`."""

    mapped: Mapped
    position: int
    length: struct.Struct
    length_at: int
    extra: int

    def candidates(self, low: int, high: int) -> Positions: ...

    def chains(self, position: int) -> bool | None: ...


def follow(chain: Chain, limit: int) -> Positions:
    """Positions of up to `limit` headers that follow each other from `chain.position`; all are whole."""
    data, position = chain.mapped.data, chain.position
    read, at, extra = chain.length.unpack_from, chain.length_at, chain.extra
    parts: list[Positions] = []
    left, abreast = limit, True
    while left > 0:
        run: list[int] = []
        append = run.append
        try:
            for _ in range(min(STRIDES, left)):
                (length,) = read(data, position + at)
                append(position)
                position += extra + length
        except struct.error:  # beyond the end of the file
            left = 0
        parts.append(np.array(run, np.int64))
        left -= len(run)
        if left <= 0:
            break
        stride = position - run[-1]
        if stride > 0 and run[0] == position - STRIDES * stride:
            many = _equal(chain, position, left, stride)
            position += len(many) * stride
        elif abreast and left >= WORTH:
            many, position = _abreast(chain, position, left, (position - run[0]) // STRIDES)
            abreast = len(many) > left // 8
            many = many[:left]
        else:
            continue
        parts.append(many)
        left -= len(many)
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _equal(chain: Chain, position: int, limit: int, stride: int) -> Positions:
    """The headers from `position` on, up to `limit`, that lie `stride` apart and say so."""
    array = chain.mapped.array
    word = np.dtype(chain.length.format[0] + "u4")
    at = position + chain.length_at
    done, step = 0, 4 * STRIDES
    while done < limit:
        start = at + done * stride
        count = min(step, limit - done, (len(array) - start - chain.length.size) // stride + 1)
        if count <= 0:
            break
        same = np.ndarray((count,), word, array, start, (stride,)) == stride - chain.extra
        if not same.all():
            done += int(same.argmin())
            break
        done += count
        step *= 4
    return position + stride * np.arange(done, dtype=np.int64)


def _abreast(chain: Chain, position: int, limit: int, mean: int) -> tuple[Positions, int]:
    """About `limit` headers from `position` on, each about `mean` after the other, and where the next is."""
    array = chain.mapped.array
    reach = min(limit * mean, len(array) - position - 2 * WINDOW)
    step = reach // LANES
    if step < 2 * WINDOW:
        return np.empty(0, np.int64), position
    starts = [position]
    for low in range(position + step, position + LANES * step, step):
        places = chain.candidates(low, low + WINDOW).tolist()
        starts.extend(next(([place] for place in places if chain.chains(place)), []))
    begin = np.array(starts)
    goal = np.append(begin[1:], position + reach)

    word = np.dtype(chain.length.format[0] + "u4")
    room = len(array) - chain.length_at - 4
    lengths = np.ndarray((room + 1,), word, array, chain.length_at, (1,))
    at = begin
    steps = []
    for count in range(1, 2 * limit // len(starts) + STRIDES):
        steps.append(at)
        at = at + lengths[np.minimum(at, room)] + chain.extra
        if count % 16 == 0 and (at >= goal).all():
            break
    table = np.array(steps)
    table = np.concatenate((table, at[None]))
    beyond = table >= goal
    done = beyond.any(axis=0)
    first = beyond.argmax(axis=0)
    ends = np.where(done, table[first, np.arange(len(goal))], at)
    parted = np.flatnonzero(ends[:-1] != begin[1:])
    last = int(parted[0]) if len(parted) else len(begin) - 1
    kept = table[:-1, : last + 1].T
    return kept[kept < goal[: last + 1, None]], int(ends[last])
