"""Values of elements as Python objects and as text, by pydicom's converters and character sets.

Nothing raises: bytes that are not what their VR says are kept as text with escapes (`\\xe9`), with a finding.
pydicom's checks of values warn through global state, so they are switched off value by value; the one place
where it cannot decode without warning is code extensions, which are decoded under a lock.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from pydicom import charset, config
from pydicom import values as converters
from pydicom.uid import UID
from pydicom.valuerep import IS, TEXT_VR_DELIMS, DSfloat, PersonName

from dissect.dicom.complaints import MOST
from dissect.dicom.dataset import DataSet, Element, Item
from dissect.dicom.vrs import REPRESENTATIONS, SINGLE, TEXT
from dissect.dicom.walk import implied_vr
from dissect.findings import Finding
from dissect.pieces import Span

STREAMS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN", ""))
"""VRs whose value is shown and given as bytes."""

_QUIET = threading.Lock()
_PROBE = 4096
_LATIN_9 = ("ISO_IR 203", "ISO 2022 IR 203")  # younger than pydicom's table
_CHINESE = "\x1b$)A"  # the one escape sequence that pydicom leaves in the text
_MISSPELT = re.compile(r"ISO[ _-](2022[ _-])?IR[ _-]\d+")
_FORMATS = {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q"}

Problem = tuple[str, str, str]
"""What is wrong with a value: rule, sentence, clause."""


def value_vr(element: Element) -> str:
    """The VR to read the value by: that of the element, or of a dictionary where it is UN or no VR at all."""
    if (element.vr != "UN" and element.vr in REPRESENTATIONS) or not element.vr:
        return element.vr
    return implied_vr(element.scope, element.tag, element.creator)


def values(element: Element, dataset: DataSet) -> list[Any]:
    """All values of an element: numbers, str, PersonName, UID, tags; bytes of a stream; Items of a sequence.

    What cannot be decoded is there with its bytes escaped, and adds a finding to `dataset`.
    """
    if element.items is not None:
        return list(element.items)
    if element.fragments is not None:
        return [fragment.value_span.read() for fragment in element.fragments]
    found, problem = _decode(element, element.value_span.read(), cut=False)
    _tell(dataset, element, problem)
    return found


def value_text(element: Element, dataset: DataSet, limit: int = 256) -> str:
    """The value on one line of at most `limit` characters, several values with a backslash between them.

    Only as much is read as is shown. Control characters are escaped, so a value cannot steer a terminal.
    """
    if element.items is not None:
        return _count(len(element.items), "item")
    if element.fragments is not None:
        return _count(len(element.fragments), "fragment")
    vr, length = value_vr(element), element.closing - element.value_start
    size = REPRESENTATIONS[vr].size if vr in REPRESENTATIONS and vr not in STREAMS else 0
    most = limit // 2 if vr in STREAMS else limit * size if size else max(limit * 8, _PROBE)
    raw = element.source.read(element.value_start, element.value_start + min(length, most))
    cut = len(raw) < length
    if vr in STREAMS:
        text = raw.hex(" ").upper()
    else:
        found, problem = _decode(element, raw, cut)
        _tell(dataset, element, problem)
        text = "\\".join(_printable(_one_text(value)) for value in found)
    return text if len(text) <= limit and not cut else text[: limit - 1] + "…"


def value_spans(element: Element, dataset: DataSet) -> list[Span]:
    """The bytes of each of the `values`; one span for all where they cannot be told apart."""
    whole = element.value_span
    vr, length = value_vr(element), whole.length
    if element.items is not None:
        return [item.span for item in element.items]
    if element.fragments is not None:
        return [fragment.value_span for fragment in element.fragments]
    if vr in SINGLE or vr in STREAMS or length == 0:
        return [whole]
    size = REPRESENTATIONS[vr].size if vr in REPRESENTATIONS else 0
    if size:
        starts = range(whole.start, whole.stop, size)
        return [Span(whole.source, start, min(size, whole.stop - start)) for start in starts]
    spans, start = [], whole.start
    for part in whole.read().split(b"\\"):
        spans.append(Span(whole.source, start, len(part)))
        start += len(part) + 1
    # a backslash may be half of a character of several bytes
    return spans if len(spans) == len(values(element, dataset)) else [whole]


def value_findings(dataset: DataSet) -> list[Finding]:
    """What is wrong with the values of a data set, whether or not somebody has looked at them."""
    found = []
    for element in _plain(dataset.elements):
        if value_vr(element) not in STREAMS:
            raw = element.source.read(
                element.value_start, min(element.closing, element.value_start + (1 << 16))
            )
            cut = len(raw) < element.closing - element.value_start
            problem = _decode(element, raw, cut)[1]
            if problem:
                found.append(_finding(element, problem))
    return found


def _plain(elements: list[Element]) -> Iterator[Element]:
    for element in elements:
        for item in element.items or ():
            yield from _plain(item.elements)
        if element.items is None and element.fragments is None:
            yield element


def _finding(element: Element, problem: Problem) -> Finding:
    rule, text, clause = problem
    return Finding(rule, "error", f"{element.label} {element.name}: {text}", element.value_span, clause)


def _tell(dataset: DataSet, element: Element, problem: Problem | None) -> None:
    if problem is None:
        return
    finding = _finding(element, problem)
    same = [known for known in dataset.findings if known.rule == finding.rule]
    if finding not in same and len(same) < MOST:
        dataset.findings.append(finding)


def _decode(element: Element, raw: bytes, cut: bool) -> tuple[list[Any], Problem | None]:
    """The values in `raw`, which is all or (`cut`) the beginning of an element's value."""
    vr = value_vr(element)
    if not raw:
        return [], None
    representation = REPRESENTATIONS.get(vr)
    if vr in STREAMS or vr == "SQ" or representation is None:
        return [raw], None
    if representation.size:
        return _binary(vr, raw, representation.size, element.scope.little or element.vr == "UN")
    if vr in TEXT:
        return _text(vr, raw, element.scope.character_set(), cut)
    return _string(vr, raw)


def _binary(vr: str, raw: bytes, size: int, little: bool) -> tuple[list[Any], Problem | None]:
    whole = raw[: len(raw) - len(raw) % size]
    found: list[Any] = []
    if whole:
        if vr == "AT":
            value: Any = converters.convert_ATvalue(whole, little)
        else:
            value = converters.convert_numbers(whole, little, _FORMATS[vr])
        found = [value] if len(whole) == size else list(value)
    if len(whole) == len(raw):
        return found, None
    rest = _escaped(raw[len(whole) :])
    text = f"{len(raw)} bytes are no multiple of the {size} that a value of VR {vr} has."
    return [*found, rest], ("value-length", text, "PS3.5 6.2")


def _string(vr: str, raw: bytes) -> tuple[list[Any], Problem | None]:
    """A VR of the default character repertoire."""
    text = raw.decode("latin-1")
    if vr == "UR":
        return [text.rstrip("\0 ")], None
    if vr == "AE":
        parts: list[Any] = [part.strip(" \0") for part in text.split("\\")]
    else:
        parts = text.rstrip(" \0").split("\\")
    problem: Problem | None = None
    make = _MAKERS.get(vr)
    if make is not None:
        for index, part in enumerate(parts):
            try:
                parts[index] = make(part)
            except (ValueError, TypeError, OverflowError):
                parts[index] = _escaped(part.encode("latin-1"))
                problem = ("value-invalid", f"{_brief(part)} is no value of VR {vr}.", "PS3.5 6.2")
    return parts, problem


_MAKERS: dict[str, Callable[[str], Any]] = {
    "DS": lambda part: DSfloat(part.strip(), validation_mode=config.IGNORE),
    "IS": lambda part: IS(part.strip(), validation_mode=config.IGNORE),
    "UI": lambda part: UID(part.rstrip("\0 "), validation_mode=config.IGNORE),
}


def _text(vr: str, raw: bytes, terms: tuple[str, ...], cut: bool) -> tuple[list[Any], Problem | None]:
    """A VR that Specific Character Set applies to."""
    codecs, problem = encodings(terms)
    if vr == "PN":
        raw = raw.rstrip(b"\0 ")
    text, wrong = _characters(raw, codecs, terms, cut)
    if vr in SINGLE:
        return [text.rstrip("\0 ")], wrong or problem
    parts = text.split("\\")
    if wrong:  # the escapes in `text` are no delimiters
        parts = [_characters(part, codecs, terms, cut)[0] for part in raw.split(b"\\")]
    if vr == "PN":
        names = [PersonName(part, list(codecs), validation_mode=config.IGNORE) for part in parts]
        return list(names), wrong or problem
    return [part.rstrip("\0 ") for part in parts], wrong or problem


def _characters(
    raw: bytes, codecs: tuple[str, ...], terms: tuple[str, ...], cut: bool
) -> tuple[str, Problem | None]:
    stated = _brief("\\".join(terms))
    if charset.ESC in raw:
        with _quiet() as caught:
            text = charset.decode_bytes(raw, list(codecs), TEXT_VR_DELIMS)
        if not caught or cut:
            return text.replace(_CHINESE, ""), None
        why = f"its escape sequences do not fit the character set {stated}."
        return raw.decode("ascii", "backslashreplace"), ("charset", why, "PS3.5 6.1.2.5.3")
    try:
        text = raw.decode(codecs[0])
    except UnicodeError as error:
        if cut and isinstance(error, UnicodeDecodeError) and error.start >= len(raw) - 4:
            return raw[: error.start].decode(codecs[0], "backslashreplace"), None
        why = f"some bytes are no characters of the character set {stated}; they are shown as \\x.."
        return raw.decode(codecs[0], "backslashreplace"), ("charset", why, "PS3.5 6.1.2.3")
    if raw.isascii() or any(terms):
        return text, None
    why = "it has bytes from 80H up, but the data set states no character set."
    try:
        why += f" As UTF-8 it would read {_brief(raw.decode('utf-8'))}."
    except UnicodeDecodeError:
        why += " They are shown as Latin-1."
    return text, ("charset", why, "PS3.5 6.1.2.2")


@lru_cache(maxsize=256)
def encodings(terms: tuple[str, ...]) -> tuple[tuple[str, ...], Problem | None]:
    """Python's names for the terms of Specific Character Set; a term nobody knows counts as Latin-1."""
    unknown = [term for term in terms if term not in charset.python_encoding and term not in _LATIN_9]
    # pydicom mends common misspellings ("ISO-IR 100"), but takes any name of a Python codec too
    usable = [
        "" if term in _LATIN_9 or (term in unknown and not _MISSPELT.fullmatch(term)) else term
        for term in terms
    ]
    with _quiet():
        codecs = tuple(charset.convert_encodings(usable or [""]))
    if terms and terms[0] in _LATIN_9:
        codecs = ("iso8859_15", *codecs[1:])
    if not unknown:
        return codecs, None
    text = f"the character set {_brief('/'.join(unknown))} is none that the standard defines."
    return codecs, ("charset-unknown", text, "PS3.5 6.1.2.3")


@contextmanager
def _quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Collect what pydicom warns of, which it does through warnings and its logger.

    Both are global, so the lock keeps our threads from restoring each other's settings.
    """
    with _QUIET, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        disabled, config.logger.disabled = config.logger.disabled, True
        try:
            yield caught
        finally:
            config.logger.disabled = disabled


def _one_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex(" ").upper()
    if isinstance(value, Item):
        return "item"
    return str(value)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _brief(text: str) -> str:
    """A value as part of a sentence."""
    return f'"{_printable(text[:64])}"'


def _escaped(raw: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in raw)


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
