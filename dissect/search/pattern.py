"""Pattern: what is looked for, as text and as bytes."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "regex", "hex"]

_PAIRS = re.compile(r"0[xX](?:[0-9A-Fa-f]{2})+|[0-9A-Fa-f]{2}(?:[ :-]+[0-9A-Fa-f]{2})+")
_GAP = re.compile(r"[ :-]*")
_DIGIT = re.compile(r"[0-9A-Fa-f]")


class PatternError(ValueError):
    """A pattern that cannot be used. `column` counts characters from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} (column {self.column})"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is looked for. `parse` makes one."""

    text: str
    """As it was typed."""
    kind: Kind
    words: re.Pattern[str] | None
    """What it is in text; None for bytes, which are looked for in bytes alone."""
    bytes: re.Pattern[bytes] | tuple[bytes, ...]
    """What it is in bytes: one of several runs of them, in small letters if it is text."""

    @classmethod
    def parse(cls, text: str, kind: Kind | None = None) -> Pattern:
        """Read a pattern: `/.../` is a regular expression, `01 02` and `0x0102` are bytes, all else is text.

        A `kind` says what it is, whatever it looks like. Raises PatternError.
        """
        if not text.strip():
            raise PatternError("there is nothing to look for")
        if kind == "regex":
            return cls(text, kind, *_expressions(text, 0))
        if kind is None and len(text) > 2 and text[0] == text[-1] == "/":
            return cls(text, "regex", *_expressions(text[1:-1], 1))
        if kind == "hex" or (kind is None and _PAIRS.fullmatch(text.strip())):
            return cls(text, "hex", None, (_digits(text),))
        return cls(text, "text", re.compile(re.escape(text), re.IGNORECASE), _encodings(text))

    def fits(self, text: str) -> bool:
        """Whether a text holds it."""
        return self.words is not None and self.words.search(text) is not None


def _expressions(text: str, before: int) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    """A regular expression for text and for bytes; `before` it stand so many characters."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python may once take otherwise is no news to who searches
            found = re.compile(text, re.IGNORECASE), re.compile(text.encode(), re.IGNORECASE)
    except re.error as error:
        message = str(error.msg)
        raise PatternError(message, before + 1 + (error.pos or 0)) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise PatternError(str(error), before + 1) from None
    if found[0].fullmatch(""):
        raise PatternError("this is found everywhere, as it needs no character", before + 1)
    return found


def _digits(text: str) -> bytes:
    """Bytes from hexadecimal digits, which may stand in pairs."""
    at = len(text) - len(text.lstrip())
    if text[at : at + 2] in ("0x", "0X"):
        at += 2
    found = bytearray()
    end = len(text.rstrip())
    while at < end:
        for place in (at, at + 1):
            if place >= end:
                raise PatternError("half a byte: each has two hexadecimal digits", end)
            if not _DIGIT.match(text, place):
                raise PatternError(f"{text[place]!r} is no hexadecimal digit", place + 1)
        found.append(int(text[at : at + 2], 16))
        gap = _GAP.match(text, at + 2)
        at = gap.end() if gap else at + 2
    if not found:
        raise PatternError("digits are missing", end)
    return bytes(found)


def _encodings(text: str) -> tuple[bytes, ...]:
    """Text as data sets may hold it: most are in Latin-1 or UTF-8."""
    found: dict[bytes, None] = {}
    for each in (
        text,
        text.lower(),
        text.upper(),
    ):  # of other letters than ASCII's, bytes.lower knows nothing
        for encoding in ("utf-8", "latin-1"):
            try:
                found[each.encode(encoding).lower()] = None
            except UnicodeEncodeError:
                continue
    if not found:
        raise PatternError("half a character cannot be looked for")
    return tuple(found)
