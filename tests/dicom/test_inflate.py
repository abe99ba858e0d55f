"""Inflating: bounded, and nothing that came out is lost."""

from __future__ import annotations

import random
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.dicom.inflate import Inflated, inflate
from dissect.pieces import Buffer

TEXT = b"".join(f"line {number} of a data set\n".encode() for number in range(20_000))
RAW = zlib.compress(TEXT, wbits=-15)


def run(data: bytes, **limits: int) -> Inflated:
    return inflate(Buffer(data), 0, len(data), **limits)


def test_a_raw_stream_is_inflated_and_may_have_one_byte_of_padding() -> None:
    for padding in (b"", b"\0"):
        result = run(RAW + padding)
        assert result == (TEXT, len(RAW), True, [])


def test_a_stream_inside_other_bytes_is_found_at_its_place() -> None:
    result = inflate(Buffer(b"head" + RAW + b"tail"), 4, 4 + len(RAW))
    assert (result.data, result.consumed) == (TEXT, len(RAW))


def test_a_zlib_or_gzip_wrapper_is_tolerated_with_a_finding() -> None:
    for bits in (15, 31):
        result = run(zlib.compress(TEXT, wbits=bits))
        assert (result.data, result.complete) == (TEXT, True)
        assert [finding.rule for finding in result.findings] == ["deflate-wrapped"]


def test_bytes_after_the_end_are_found() -> None:
    result = run(RAW + b"more")
    assert result.data == TEXT
    assert [finding.rule for finding in result.findings] == ["deflate-trailing"]


def test_a_cut_stream_gives_what_was_there() -> None:
    result = run(RAW[: len(RAW) // 2])
    assert TEXT.startswith(result.data)
    assert len(result.data) > len(TEXT) // 4
    assert [finding.rule for finding in result.findings] == ["dataset-truncated"]


def test_a_damaged_stream_gives_everything_before_the_damage() -> None:
    noise = random.Random(3).randbytes(300_000)
    packed = bytearray(zlib.compress(noise + TEXT, wbits=-15))
    place = len(packed) - len(RAW) // 2
    packed[place : place + 30] = b"\xff" * 30
    result = run(bytes(packed))
    assert result.data.startswith(noise)
    assert not result.complete
    assert [finding.rule for finding in result.findings] == ["deflate-damaged"]
    assert result.consumed >= place


def test_a_bomb_is_stopped_and_its_beginning_kept() -> None:
    bomb = zlib.compress(bytes(20_000_000), wbits=-15)
    result = run(bomb, floor=1 << 20)
    assert [finding.rule for finding in result.findings] == ["inflate-bomb"]
    assert 1 << 20 <= len(result.data) < 8 << 20
    assert not any(result.data[:4096])


def test_the_padding_of_a_long_stream_is_no_trailing_byte() -> None:
    """zlib hands out a part at a time; behind the end of the stream it must not count the padding twice."""
    for size in range(3_000_000, 3_000_040):
        stream = zlib.compress(bytes(size), wbits=-15)
        result = run(stream + b"\0")
        assert result.findings == []
        assert (len(result.data), result.consumed) == (size, len(stream))


def test_output_beyond_the_limit_is_cut() -> None:
    result = run(RAW, limit=1000)
    assert result.data == TEXT[:1000]
    assert [finding.rule for finding in result.findings] == ["inflate-bomb"]


def test_nothing_inflates_to_nothing() -> None:
    assert run(b"").data == b""
    assert run(b"\xff\xff\xff").data == b""


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(RAW)), st.binary(max_size=30), st.integers(0, len(RAW)))
def test_no_input_raises(cut: int, noise: bytes, stop: int) -> None:
    data = (RAW[:cut] + noise + RAW[cut:])[:stop]
    result = run(data)
    assert 0 <= result.consumed <= len(data)
