from __future__ import annotations

import re
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.pieces import HOLE, Buffer, Pieces, Span
from dissect.search import Pattern, find_bytes, octets

LETTERS = st.binary(max_size=60).map(lambda data: bytes(b"ab\0"[byte % 3] for byte in data))
"""Few different bytes: much is found, and found to overlap."""


def hexed(data: bytes) -> Pattern:
    return Pattern.parse(data.hex(), "hex")


@st.composite
def torn(draw: st.DrawFn) -> tuple[Pieces, bytes, list[bool]]:
    """Pieces over Pieces, the bytes that they read as, and which of those are missing."""
    ground = Buffer(draw(LETTERS) + b"ab")
    middle = _over(draw, Pieces(ground))
    top = _over(draw, Pieces(middle))
    missing = [False] * len(top)
    for gap in top.gaps():
        missing[gap.position : gap.position + gap.length] = [True] * gap.length
    return top, top.read(0, len(top)), missing


def _over(draw: st.DrawFn, pieces: Pieces) -> Pieces:
    for _ in range(draw(st.integers(1, 5))):
        length = draw(st.integers(0, 12))
        if draw(st.integers(0, 3)) == 0:
            pieces.append(HOLE, length)
        elif len(pieces.below):
            start = draw(st.integers(0, len(pieces.below) - 1))
            pieces.append(start, min(length, len(pieces.below) - start))
    return pieces


def expected(data: bytes, missing: list[bool], wanted: bytes, low: int, high: int) -> list[int]:
    """Where it begins, told one by one."""
    return [
        at
        for at in range(low, high - len(wanted) + 1)
        if data[at : at + len(wanted)] == wanted and not any(missing[at : at + len(wanted)])
    ]


@given(
    torn(),
    LETTERS.filter(bool).map(lambda data: data[:4]),
    st.integers(0, 70),
    st.integers(0, 70),
    st.integers(0, 70),
    st.sampled_from([1, 2, 3, 7, 1 << 20]),
)
def test_it_agrees_with_a_look_at_each_place(
    bytes_: tuple[Pieces, bytes, list[bool]], wanted: bytes, start: int, low: int, high: int, chunk: int
) -> None:
    source, data, missing = bytes_
    high = min(high, len(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(octets, "CHUNK", chunk)
        places = expected(data, missing, wanted, low, high)
        after = [at for at in places if at >= start]
        before = [at for at in places if at < start]
        for forward, place in ((True, after[:1]), (False, before[-1:])):
            found = find_bytes(source, hexed(wanted), start, forward, low=low, high=high)
            assert found == (Span(source, place[0], len(wanted)) if place else None)


@given(
    st.lists(LETTERS, max_size=6),
    LETTERS.filter(bool).map(lambda data: data[:4]),
    st.sampled_from([1, 5, 1 << 20]),
)
def test_what_it_finds_one_after_the_other_is_what_bytes_find_finds(
    parts: list[bytes], wanted: bytes, chunk: int
) -> None:
    joined = b"".join(parts)
    source = Pieces(Buffer(joined))
    at = 0
    for part in parts:
        source.append(at, len(part))
        at += len(part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(octets, "CHUNK", chunk)
        place, ours, theirs = -1, [], []
        while (place := joined.find(wanted, place + 1)) >= 0:
            theirs.append(place)
        found = find_bytes(source, hexed(wanted))
        while found is not None:
            ours.append(found.start)
            found = find_bytes(source, hexed(wanted), found.start + 1)
        assert ours == theirs
        found = find_bytes(source, hexed(wanted), forward=False)
        while found is not None:
            assert found.start == ours.pop()
            found = find_bytes(source, hexed(wanted), found.start, forward=False)
        assert ours == []


@given(LETTERS, st.sampled_from(["a+", "ab|b", "^a", "b$", "(?<=a)b", "a.b", r"\x00+b"]), st.integers(1, 9))
def test_a_regular_expression_finds_the_same_in_chunks(data: bytes, text: str, chunk: int) -> None:
    pattern = Pattern.parse(text, "regex")
    whole = re.compile(text.encode(), re.IGNORECASE).search(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(octets, "CHUNK", chunk)
        found = find_bytes(Buffer(data), pattern)
    assert (found and (found.start, found.stop)) == (whole and whole.span())


def test_a_place_where_nothing_stands_is_no_match() -> None:
    assert find_bytes(Buffer(b"ab cd"), Pattern.parse(r"\b", "regex")) is None
    found = find_bytes(Buffer(b"ab cd"), Pattern.parse(r"\b|d", "regex"))
    assert found is not None
    assert found.start == 4


def test_text_is_found_in_capitals_or_not_and_in_both_encodings() -> None:
    data = "xx Müller MÜLLER müller".encode("latin-1") + "MÜLLER".encode() + b"\xfcBER"
    places, at = [], -1
    while found := find_bytes(Buffer(data), Pattern.parse("müller"), at + 1):
        at = found.start
        places.append(at)
    assert places == [3, 10, 17, 23]
    found = find_bytes(Buffer(data), Pattern.parse("Über"))
    assert found == Span(found.source, len(data) - 4, 4) if found else False


def test_bytes_are_not_found_in_other_capitals() -> None:
    assert find_bytes(Buffer(b"ab"), hexed(b"AB")) is None


def test_bytes_that_were_not_captured_are_not_zeros() -> None:
    pieces = Pieces(Buffer(b"\0\0\0\0"))
    pieces.append(0, 1)
    pieces.append(HOLE, 1 << 40)
    pieces.append(1, 3)
    pattern = hexed(bytes(2))
    behind = len(pieces) - 3
    assert find_bytes(pieces, pattern) == Span(pieces, behind, 2)
    assert find_bytes(pieces, pattern, forward=False) == Span(pieces, behind + 1, 2)
    assert find_bytes(pieces, pattern, behind, forward=False) is None


def big() -> Pieces:
    """50 MB in segments of 1,460 bytes."""
    data = np.random.default_rng(1).integers(0, 128, 50_000_000, np.uint8).tobytes()
    pieces = Pieces(Buffer(data + b"THE END"))
    starts = np.arange(0, len(data) + 7, 1460)
    lengths = np.array([stop - start for start, stop in pairwise([*starts.tolist(), len(data) + 7])])
    pieces.extend(starts, lengths)
    return pieces


def test_fifty_megabytes_are_looked_through_in_a_moment() -> None:
    pieces = big()
    for pattern in (Pattern.parse("the end"), hexed(b"THE END")):
        began = time.perf_counter()
        found = find_bytes(pieces, pattern)
        took = time.perf_counter() - began
        assert found is not None
        assert found.read() == b"THE END"
        assert took < 3, "0.1 s where nothing else runs"
        assert find_bytes(pieces, Pattern.parse("no such"), forward=False) is None
