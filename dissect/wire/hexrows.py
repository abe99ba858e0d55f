"""Rows of a hex dump: an offset, bytes, and mostly the same bytes as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OFFSET = re.compile(r"\s*(?:0x)?([0-9A-Fa-f]{3,16})(:\s*|\s+|$)")
_GROUPS = re.compile(r"[0-9A-Fa-f]{2}(?:[0-9A-Fa-f]{2})*(?: {1,2}[0-9A-Fa-f]{2}(?:[0-9A-Fa-f]{2})*)*$")
_GAP = re.compile(r"\s{2,}|\s+$|$")
WIDEST = 256
"""Bytes that xxd and others put in a row at most."""
MOST_REPEATED = 1 << 20
"""Bytes that a * may stand for: an offset with a wrong digit must not fill the memory."""


class HexTextError(ValueError):
    """Text that cannot be read as bytes. The message says where, and what was expected there."""

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {text}")
        self.text = text
        self.line = line
        self.column = column


class Dump:
    """Reads the rows of a dump one by one; their offsets tell what comes next, and where another begins."""

    def __init__(self) -> None:
        self._next = 0
        self._radix: int | None = None
        self._last: list[tuple[int, int]] = []
        self._running = False
        self._repeating = False

    def interrupted(self) -> None:
        """A line that is no row: it may be a title, or the text between two dumps."""
        self._running = False

    def row(self, text: str, line: int, indent: int) -> list[tuple[int, int]] | None:
        """The bytes of a row with their columns, counted from 0; None where this is no row of a dump."""
        if self._running and text.strip() == "*":
            self._repeating = True
            return []
        text = text.replace("\t", " ")
        begun = _OFFSET.match(text)
        if begun is None:
            return None
        digits, gap, start = begun[1], begun[2], begun.end()
        colon = gap.startswith(":")
        rest = text[start:]
        if self._running and not rest.strip():
            return self._end(digits, line, indent)
        if not colon and len(digits) == 7 and self._expects(digits):
            _refuse_words(rest, line, indent + start)
        found = _bytes(rest) if rest.strip() else None
        if found is None:
            return None
        if not (colon or len(gap) >= 2 or self._expects(digits) or (len(digits) >= 6 and _pairs(rest))):
            return None
        if not colon and not self._expects(digits) and not _pairs(rest):
            return None  # "00000000  05000000": digits in groups, no offset
        repeated = self._place(digits, line, indent + begun.start(1))
        row = [(byte, start + at) for byte, at in found]
        self._next += len(row)
        self._last = row
        self._running = True
        return repeated + row

    def _values(self, digits: str) -> Iterator[tuple[int, int]]:
        """What an offset may say. Only od writes seven digits, octal unless told otherwise (-A d, -A x)."""
        radixes = (self._radix,) if self._radix else (8, 10, 16) if len(digits) == 7 else (16,)
        for radix in radixes:
            if all(int(digit, 16) < radix for digit in digits):
                yield int(digits, radix), radix

    def _expects(self, digits: str) -> bool:
        return not digits.strip("0") or any(value == self._next for value, _ in self._values(digits))

    def _place(self, digits: str, line: int, column: int) -> list[tuple[int, int]]:
        """Go to the offset that a row states; the bytes that a * before it stands for."""
        possible = list(self._values(digits))
        for value, radix in possible:
            if value == self._next:
                self._radix = radix if value else None
                self._repeating = False
                return []
        value, radix = possible[0] if possible else (int(digits, 16), 16)
        if not self._running or not value:  # another dump begins
            self._next, self._radix = value, None
            self._last, self._repeating = [], False
            return []
        missing = value - self._next
        if self._repeating and 0 < missing <= MOST_REPEATED and self._last:
            self._next, self._radix, self._repeating = value, radix, False
            times, left = divmod(missing, len(self._last))
            return self._last * times + self._last[:left]
        written = format(self._next, {16: "x", 8: "o", 10: "d"}[radix]).zfill(len(digits))
        raise HexTextError(f"expected a row at offset {written}, found {digits}", line, column + 1)

    def _end(self, digits: str, line: int, indent: int) -> list[tuple[int, int]] | None:
        """A last line that holds only the offset behind the last byte."""
        if not self._repeating and not any(value == self._next for value, _ in self._values(digits)):
            return None
        repeated = self._place(digits, line, indent)
        self._running = False
        return repeated


def _refuse_words(rest: str, line: int, column: int) -> None:
    """What od and hexdump print when nobody asks them for bytes has its bytes in another order."""
    groups = rest.split()
    lengths = {len(group) for group in groups}
    octal = not set("".join(groups)) - set("01234567")
    if len(groups) > 1 and lengths in ({3}, {6}) and octal:
        raise HexTextError("expected hexadecimal bytes, found octal: use od -t x1", line, column + 1)
    if len(groups) > 1 and lengths == {4}:
        raise HexTextError(
            "expected bytes, found words of 16 bits: use hexdump -C or od -t x1", line, column + 1
        )


def _pairs(rest: str) -> bool:
    return re.match(r"[0-9A-Fa-f]{2}(?:\s|$)", rest) is not None


def _bytes(rest: str) -> list[tuple[int, int]] | None:
    """The bytes of a row without its text: up to where what follows is these bytes as text, or is no hex."""
    whole: list[tuple[int, int]] | None = None
    fallback: list[tuple[int, int]] | None = None
    for gap in _GAP.finditer(rest):
        found = _digits(rest[: gap.start()])
        if found is None:
            break
        if len(found) > WIDEST:
            return None
        text = rest[gap.end() :]
        if not text.strip():
            whole = found
        elif _same(found, text):
            return found
        fallback = found
    if whole:
        return whole
    for mark in ("|", "  >"):  # hexdump -C, od -t x1z
        at = rest.find(mark)
        found = _digits(rest[:at].rstrip()) if at > 0 else None
        if found:
            return found
    return fallback


def _same(found: list[tuple[int, int]], text: str) -> bool:
    """Whether `text` is these bytes as text. Spaces at either end are not told from the gap before it."""
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte, _ in found)
    return shown.strip() == text.strip()


def _digits(text: str) -> list[tuple[int, int]] | None:
    if not _GROUPS.match(text):
        return None
    pairs = re.finditer(r"[0-9A-Fa-f]{2}", text)
    return [(int(pair.group(), 16), pair.start()) for pair in pairs]
