"""What may be typed next: fields, operators, and values, those seen in the capture first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dissect.capture import Capture
from dissect.filters.errors import FilterError
from dissect.filters.field import JUDGED, OF_PARTS, Field
from dissect.filters.fields import FIELDS
from dissect.filters.grammar import OPERATORS, RAW, STRING, TAG, WORD, Name
from dissect.filters.kinds import Choice, Flag, Presence
from dissect.filters.names import Code, Uid
from dissect.filters.resolution import resolve

MOST = 50
"""Completions of one place: a list that long is not read."""
LOOKED_AT = 5000
"""Exchanges that are asked for their values, a tenth for those of PDUs: enough to know them, few enough for
every key."""

JOINING = ("and", "or", "xor")
BEGINNING = ("not", "has")


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` may stand in place of the characters from `start` to `stop`, which are counted from 0."""

    text: str
    start: int
    stop: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


_TOKEN = re.compile(
    rf"(?P<text>{RAW}|{STRING})|(?P<open>r?[\"'][\s\S]*)|(?P<word>{TAG}(?:\.(?:\w+|{TAG}))*|{WORD})"
    rf"|(?P<sign>&&|\|\||\^\^|!==|===|!=|==|>=|<=|\.\.|[<>~!(){{}},])|(?P<other>\S)"
)


def complete(text: str, cursor: int, capture: Capture | None = None) -> list[Completion]:
    """What may stand at `cursor` (counted from 0) in a filter that is being typed."""
    before = [
        _Token(match.lastgroup or "", match[0], match.start()) for match in _TOKEN.finditer(text[:cursor])
    ]
    start = stop = cursor
    partial = ""
    if before and before[-1].kind in ("word", "open") and before[-1].start + len(before[-1].text) == cursor:
        last = before.pop()
        start, partial = last.start, last.text
        tail = re.match(r"[\w:/+\-.]*", text[cursor:]) if last.kind == "word" else None
        stop = cursor + len(tail[0]) if tail else cursor
    return [
        Completion(found, start, stop, note)
        for found, note in islice(_fitting(before, partial, capture), MOST)
    ]


def _fitting(before: list[_Token], partial: str, capture: Capture | None) -> Iterator[tuple[str, str]]:
    """The offers for a place, with a note each, that fit what is there of a word: beginnings first."""
    wanted = _bare(partial)
    if partial and "." in partial and not partial.startswith(("'", '"')):
        offers = [*_offers(before, capture), *_keywords(partial)]
    else:
        offers = _offers(before, capture)
    later = []
    given = set()
    for offer, note in offers:
        if offer in given:
            continue
        given.add(offer)
        bare = _bare(offer)
        if bare.startswith(wanted):
            yield offer, note
        elif wanted in bare:
            later.append((offer, note))
    yield from later


def _bare(word: str) -> str:
    return (
        word.lower().removeprefix("r").strip("\"'") if word[:2] in ("r'", 'r"') else word.lower().strip("\"'")
    )


def _offers(before: list[_Token], capture: Capture | None) -> list[tuple[str, str]]:
    last = before[-1] if before else None
    named = _field_before(before)
    if last is None or last.text in ("(", "!", "not", "has", "and", "or", "xor", "&&", "||", "^^"):
        fields = [(field.name.removesuffix("*"), field.text) for field in FIELDS]
        return (
            fields
            if last is not None and last.text == "has"
            else [*fields, *((each, "") for each in BEGINNING)]
        )
    if last.text in OPERATORS or last.text in ("in", "{", ",", ".."):
        return _values(named, capture) if named else []
    if last.kind == "word" and named is not None and _resolved(last) is not None:
        return [*_operators(named), *((each, "") for each in JOINING)]
    return [(each, "") for each in JOINING]


def _field_before(before: list[_Token]) -> Field | None:
    """The field that the last operator, set or word is about."""
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        if token.kind == "word" and token.text not in OPERATORS and token.text not in ("in", "not"):
            follower = before[index - 1].text if index else ""
            if follower not in OPERATORS and follower not in ("{", ",", "..", "in"):
                return _resolved(token)
    return None


def _resolved(token: _Token) -> Field | None:
    try:
        return resolve(Name(token.text, 1))
    except FilterError:
        return None


def _operators(field: Field) -> list[tuple[str, str]]:
    kind = field.kind
    if isinstance(kind, Presence):
        return []
    signs = [("==", "any value is equal"), ("!=", "all values differ"), ("in", "one of {...}")]
    if kind.ordered:
        signs += [(sign, "") for sign in (">", "<", ">=", "<=")]
    if kind.spelt:
        signs += [("contains", "a part of the text"), ("matches", "a regular expression"), ("~", "the same")]
    return signs


def _values(field: Field, capture: Capture | None) -> list[tuple[str, str]]:
    kind = field.kind
    if isinstance(kind, Presence):
        return []
    found = _seen(field, capture) if capture is not None and field.cost < JUDGED else []
    if isinstance(kind, Choice):
        found += [(word, "") for word in kind.words]
    elif isinstance(kind, Flag):
        found += [("true", ""), ("false", "")]
    elif isinstance(kind, Code | Uid):
        found += [(name, "") for name in kind.names()]
    return found


def _seen(field: Field, capture: Capture | None) -> list[tuple[str, str]]:
    """Values of a field in the capture, the most frequent ones first."""
    counts: Counter[tuple[str, str]] = Counter()
    left = LOOKED_AT if field.cost < OF_PARTS else LOOKED_AT // 10
    for association in capture.associations if capture else ():
        values = field.bind(association)
        if callable(values):
            for exchange in islice(association.exchanges, left):
                counts.update(_written(field, value) for value in values(exchange))
            left -= len(association.exchanges)
        else:
            counts.update(_written(field, value) for value in values)
            left -= 1
        if left <= 0:
            break
    return [written for written, _ in counts.most_common(MOST)]


def _written(field: Field, value: object) -> tuple[str, str]:
    """A value as a filter writes it, and what else is to be said of it."""
    written = field.kind.write(value)
    texts = field.kind.texts(value) if isinstance(field.kind, Code | Uid) else ()
    return written, next((text for text in texts if text not in written), "")


def _keywords(partial: str) -> Iterator[tuple[str, str]]:
    """Paths into data sets and command sets, whose last step is completed."""
    stem, _, _ = partial.rpartition(".")
    root = stem.partition(".")[0]
    if root not in ("dataset", "command_set"):
        return
    from pydicom._dicom_dict import DicomDictionary  # deferred: 0.25 s

    for tag, (_, _, name, _, keyword) in DicomDictionary.items():
        if keyword and bool(tag >> 16) == (root == "dataset"):
            yield f"{stem}.{keyword}", f"{name} ({tag >> 16:04X},{tag & 0xFFFF:04X})"
