"""Bytes that people give to a command: a file of them, hexadecimal text in a file, an argument or stdin."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dissect.wire.hextext import Chunk, Direction

STDIN = "-"
LARGEST = 64 << 20
"""Bytes of a file that are read: hex text is written by people."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class InputError(Exception):
    """What was given cannot be used; the text is one line."""


class Run(NamedTuple):
    """Bytes that one side sent without the other's in between, and where each stood in the text."""

    direction: Direction | None
    data: bytes
    where: Callable[[int], str]


def is_file(name: str) -> bool:
    try:
        return name == STDIN or (bool(name) and Path(name).exists())
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def is_capture(name: str) -> bool:
    """Whether a file begins as captures do."""
    from dissect.wire.files import CAPTURES, GZIP, ZSTD

    try:
        if not Path(name).is_file():  # a pipe would not give these bytes again
            return False
        with Path(name).open("rb") as file:
            start = file.read(4)
        return start in CAPTURES or start.startswith((GZIP, ZSTD))
    except (OSError, ValueError):
        return False


def read_runs(given: str) -> list[Run]:
    """The bytes that a file, stdin or an argument holds. Raises InputError."""
    from dissect.wire.hextext import HexTextError, parse

    text, name = given, "hex"
    if is_file(given):
        name = "stdin" if given == STDIN else given
        content = _content(given, name)
        if isinstance(content, bytes):
            return [Run(None, content, _nowhere)]
        text = content
    try:
        return _located(parse(text), several="\n" in text.strip())
    except HexTextError as error:
        raise InputError(f"{name}: {error}") from None


def _content(given: str, name: str) -> str | bytes:
    """What a file holds: text, or bytes where it is no text."""
    from dissect.wire.files import CAPTURES

    try:
        if given == STDIN:
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(given).open("rb") as file:
                data = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise InputError(f"{name}: this is a directory; give a file") from None
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from None
    if len(data) > LARGEST:
        raise InputError(
            f"{name}: more than {LARGEST >> 20} MB; hex text is shorter, captures are for pduscope show"
        )
    if data[:4] in CAPTURES:
        raise InputError(f"{name}: this is a capture; pduscope show --hex --notes explains it")
    if not data:
        raise InputError(f"{name}: the file is empty")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return data
    return data if _CONTROL.search(text) else text


def _located(chunks: list[Chunk], *, several: bool) -> list[Run]:
    """Neighbouring chunks of one direction as one run; in text of several lines it knows where they stood."""
    found: list[tuple[Direction | None, bytearray, list[tuple[int, Chunk]]]] = []
    for chunk in chunks:
        if not found or found[-1][0] != chunk.direction:
            found.append((chunk.direction, bytearray(), []))
        found[-1][2].append((len(found[-1][1]), chunk))
        found[-1][1].extend(chunk.data)
    return [
        Run(direction, bytes(data), _finder(places) if several else _nowhere)
        for direction, data, places in found
    ]


def _finder(places: list[tuple[int, Chunk]]) -> Callable[[int], str]:
    """`places` says for each chunk where its first byte came to lie."""

    def where(position: int) -> str:
        start, chunk = places[bisect_right(places, position, key=lambda place: place[0]) - 1]
        column = chunk.columns[min(position - start, len(chunk.columns) - 1)]
        return f"line {chunk.line}, column {column}"

    return where


def _nowhere(position: int) -> str:
    return ""
