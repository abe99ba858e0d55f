"""Inflating a deflated data set (PS3.5 A.5) within bounds, keeping whatever comes out before trouble."""

from __future__ import annotations

import contextlib
import zlib
from typing import NamedTuple

from dissect.findings import Finding
from dissect.pieces import Source, Span

LIMIT = 256 << 20
"""Bytes of output after which inflating stops."""
RATIO = 250
FLOOR = 32 << 20
"""Output beyond FLOOR must not exceed RATIO times the input; blank images do better, bombs much better."""

_CHUNK = 1 << 16
_RAW, _WRAPPED = -zlib.MAX_WBITS, zlib.MAX_WBITS | 32


class Inflated(NamedTuple):
    """What came out of a deflated stream: `consumed` input bytes gave `data`."""

    data: bytes
    consumed: int
    complete: bool
    findings: list[Finding]


def inflate(source: Source, start: int, stop: int, limit: int = LIMIT, floor: int = FLOOR) -> Inflated:
    """Inflate the bytes from `start` to `stop`: a raw stream as the standard wants it, or zlib or gzip."""
    result = _inflate(source, start, stop, _RAW, limit, floor)
    if not result.data and not result.complete:
        wrapped = _inflate(source, start, stop, _WRAPPED, limit, floor)
        if wrapped.data or wrapped.complete:
            text = "The deflated data set is wrapped in a zlib or gzip header; it must be raw (RFC 1951)."
            wrapped.findings.append(
                Finding(
                    "deflate-wrapped", "error", text, Span(source, start, min(2, stop - start)), "PS3.5 A.5"
                )
            )
            return wrapped
    return result


def _inflate(source: Source, start: int, stop: int, bits: int, limit: int, floor: int) -> Inflated:
    stream = zlib.decompressobj(bits)
    output: list[bytes] = []
    size, position, findings = 0, start, []
    while position < stop and not stream.eof:
        chunk = source.read(position, min(position + _CHUNK, stop))
        if not chunk:
            break
        position += len(chunk)
        while chunk and not stream.eof:
            before = stream.copy()
            try:
                part = stream.decompress(chunk, _CHUNK * 16)
            except zlib.error:
                part, used = _until_error(before, chunk, _CHUNK * 16)
                output.append(part)
                position += used - len(chunk)
                findings.append(_corrupt(source, start, position, stop))
                return Inflated(b"".join(output), position - start, False, findings)
            output.append(part)
            size += len(part)
            chunk = stream.unconsumed_tail
            used = position - len(chunk) - start
            if size >= limit or size > floor + used * RATIO:
                text = f"Inflating stopped: {used} bytes had given {size}, as a decompression bomb does."
                findings.append(Finding("inflate-bomb", "error", text, Span(source, start, used)))
                return Inflated(b"".join(output)[:limit], used, False, findings)
    if not stream.eof:  # behind the end, flush would count the unused bytes twice
        with contextlib.suppress(zlib.error):  # damage in the last bytes: the stream is not complete then
            output.append(stream.flush())
    end = position - len(stream.unused_data)
    if not stream.eof:
        text = f"The deflated data set is cut off: no end of the stream in its {stop - start} bytes."
        findings.append(
            Finding("dataset-truncated", "error", text, Span(source, start, stop - start), "PS3.5 A.5")
        )
    elif stop - end > 1 or source.read(end, stop).strip(b"\0"):
        text = (
            f"{stop - end} bytes follow the end of the deflated data set, where one NUL is the most that may."
        )
        findings.append(
            Finding("deflate-trailing", "warning", text, Span(source, end, stop - end), "PS3.5 A.5")
        )
    return Inflated(b"".join(output), end - start, stream.eof, findings)


def _until_error(stream: zlib._Decompress, chunk: bytes, most: int) -> tuple[bytes, int]:
    """What `chunk`, which fails as a whole, gives until it fails; and how many bytes that took."""
    output: list[bytes] = []
    size = 0
    for index in range(len(chunk)):
        try:
            part = stream.decompress(chunk[index : index + 1])
        except zlib.error:
            return b"".join(output)[:most], index
        output.append(part)
        size += len(part)
        if size > most:
            break
    return b"".join(output)[:most], len(chunk)


def _corrupt(source: Source, start: int, position: int, stop: int) -> Finding:
    text = f"The deflated data set is damaged after {position - start} of {stop - start} bytes."
    return Finding("deflate-damaged", "error", text, Span(source, position, stop - position), "PS3.5 A.5")
