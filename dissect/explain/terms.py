"""What is this: a number, code, UID, tag or name out of somebody's log or manual, in every likely reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dissect.explain import codes, names, numbers
from dissect.explain.reading import Explanation

__all__ = ["Explanation", "explain_number"]

MOST, UNLIKELY = 12, 20
"""Readings that are worth telling, and how likely one has to be for that."""
_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:[,_' ]\d{3})+|[+-]?\d+")
_HEX = re.compile(r"(?:0[xX]|[xX]|#|\$)([0-9A-Fa-f]{1,16})|([0-9A-Fa-f]{1,16})[hH]")
_BARE_HEX = re.compile(r"[0-9A-Fa-f]{1,16}")
_REASONS = re.compile(r"\s*(\d{1,3})\s*[/,:. -]\s*(\d{1,3})(?:\s*[/,:. -]\s*(\d{1,3}))?\s*")
_TAG = re.compile(r"\(?\s*([0-9A-Fa-fxX]{4}),\s*([0-9A-Fa-fxX]{4})\s*\)?")
_IN_PROSE = re.compile(
    r"\b0[xX][0-9A-Fa-f]{1,16}\b|\b[0-9A-Fa-f]{4}[hH]\b|\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)|\b\d+(?:\.\d+){4,}\b"
)
"""What in a line of a log is surely a code, a tag or a UID."""
_UID = re.compile(r"\d+(?:\.\d+){2,}")


def explain_number(text: str) -> list[Explanation]:
    """What `text` may mean, the likeliest first; empty where it means nothing here.

    Numbers are decimal, with 0x or H at the end hexadecimal, and may be a length, a status, a type, a tag;
    `1/1/7` are the reasons of a rejection, `2/0` those of an abort; anything else is looked up as a name.
    Of a line that is none of these, the one code, tag or UID in it is explained.
    """
    text = text.strip().strip("\"'").strip()
    found: dict[tuple[str, str], Explanation] = {}
    for each in _readings(text):
        key = (each.what, each.text)
        if key not in found or found[key].likelihood < each.likelihood:
            found[key] = each
    likely = [each for each in found.values() if each.likelihood > UNLIKELY]
    inside = set(_IN_PROSE.findall(text)) - {text}
    if not likely and len(inside) == 1:
        return explain_number(inside.pop())
    return sorted(likely, key=lambda each: -each.likelihood)[:MOST]


def _readings(text: str) -> Iterator[Explanation]:
    tag = _TAG.fullmatch(text)
    if tag:
        yield from names.tag(tag[1], tag[2])
        return
    if _UID.fullmatch(text.rstrip("\0. ")):
        yield from names.uid(text.rstrip("\0. "))
        return
    reasons = None if _DECIMAL.fullmatch(text) else _REASONS.fullmatch(text)
    if reasons and all(int(each) <= 0xFF for each in reasons.groups("0")):
        yield from codes.reasons(int(reasons[1]), int(reasons[2]), int(reasons[3]) if reasons[3] else None)
        return
    hexadecimal = _HEX.fullmatch(text)
    if hexadecimal:
        digits = hexadecimal[1] or hexadecimal[2]
        yield from _number(int(digits, 16), digits, 0)
        return
    if _DECIMAL.fullmatch(text):
        digits = re.sub(r"[,_' ]", "", text)
        if len(digits) > 20:
            return
        # 0110, 0900: nobody writes decimal numbers with zeros in front
        as_hex = _BARE_HEX.fullmatch(text) is not None
        zeros = digits.startswith("0") and len(digits) > 1
        yield from _number(int(digits), "", 25 if zeros else 0)
        if as_hex and len(digits) in (2, 4, 8):
            yield from _number(int(digits, 16), digits, 0 if zeros else 30, "if it is hexadecimal")
        return
    if _BARE_HEX.fullmatch(text) and len(text) in (2, 4, 8):
        yield from _number(int(text, 16), text, 0)
    yield from names.named(text)


def _number(value: int, digits: str, less: int, suffix: str = "") -> Iterator[Explanation]:
    """All readings of a number; `digits` is how it was written in hexadecimal, `less` how unlikely."""
    for each in (*numbers.length(value), *codes.code(value, len(digits)), *_as_tag(value, digits)):
        why = "; ".join(part for part in (each.why.rstrip("."), suffix) if part) if suffix else each.why
        yield each._replace(likelihood=each.likelihood - less, why=why)


def _as_tag(value: int, digits: str) -> Iterator[Explanation]:
    if not 0xFFFF < value <= 0xFFFFFFFF:
        return
    for each in names.tag(f"{value >> 16:04X}", f"{value & 0xFFFF:04X}"):
        plain = each.what in ("data element", "command element") and value & 0xFFFF
        if len(digits) == 8 and (plain or each.what == "private tag"):
            yield each._replace(likelihood=90 if plain else 30)
        elif plain:
            yield each._replace(likelihood=55)
