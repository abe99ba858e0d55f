"""Kinds of values that have names: codes of the standard and UIDs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from dissect.dicom import tables
from dissect.dicom.framing import PDU_NAMES
from dissect.filters.errors import FilterError, suggestion
from dissect.filters.grammar import Written
from dissect.filters.kinds import Kind, Test, numeric, quote
from dissect.filters.quantities import Number

_DIGITS = re.compile(r"(?=.*[A-Fa-fHh])([0-9A-Fa-f]{4})[Hh]?")
"""A code as the standard writes it, A700H, and nothing that could be meant as a decimal number."""

Names = Callable[[int], tuple[str, ...]]
Codes = Callable[[], dict[str, frozenset[int]]]


class Code(Number):
    """A number that has names; `named` gives the codes that each name stands for."""

    spelt = True

    def __init__(self, name: str, texts: Names, named: Codes, *, hexadecimal: bool = False) -> None:
        self.name = f"{name} by number or name"
        self._hexadecimal = hexadecimal
        self._texts = texts
        self._named = named

    def equal(self, written: Written, field: str) -> Test:
        if numeric(written):
            return super().equal(written, field)
        codes = self._codes(written, field)
        return lambda value: value in codes

    def read(self, written: Written, field: str) -> int | float:
        """A number: names have no order."""
        if not numeric(written):
            text = f"{field} is in the order of its numbers, and {written.text} is none{self._hint(written)}"
            raise FilterError(text, written.column, written.length)
        return super().read(written, field)

    def _codes(self, written: Written, field: str) -> frozenset[int]:
        named = self._named()
        wanted = written.text.lower()
        for name, codes in named.items():
            if name.lower() == wanted:
                return codes
        raise self._wrong(written, field, self._hint(written) or suggestion(written.text, named))

    def _hint(self, written: Written) -> str:
        """How to write the number that was meant."""
        found = _DIGITS.fullmatch(written.text) if self._hexadecimal else None
        if found:
            return f": write 0x{found[1].upper()}"
        unquoted = replace(written, quoted=False)
        return ": write it without quotes" if written.quoted and numeric(unquoted) else ""

    def texts(self, value: Any) -> tuple[str, ...]:
        return self._texts(value)

    def names(self) -> list[str]:
        """All names, as a filter writes them."""
        return [quote(name) for name in self._named()]

    def write(self, value: Any) -> str:
        if self._hexadecimal:
            return f"0x{value:04X}"
        texts = self.texts(value)
        return quote(texts[0]) if texts else str(value)


class Uid(Kind):
    """A UID, written as such or by its registered name or keyword."""

    name = "a UID or the name of one"
    ordered = False
    spelt = True

    def equal(self, written: Written, field: str) -> Test:
        if re.fullmatch(r"[0-9.]*", written.text, re.ASCII):
            wanted = written.text
            return lambda value: bool(value == wanted)
        uids = _uids_by_name().get(written.text.lower())
        if not uids:
            raise self._wrong(written, field, suggestion(written.text, _uid_names()))
        return lambda value: value in uids

    def names(self) -> list[str]:
        """The registered names, as a filter writes them."""
        return [quote(entry[0]) for entry in tables._uids().values()]

    def texts(self, value: Any) -> tuple[str, ...]:
        name = tables.uid_name(value)
        return (value, name) if name else (value,)

    def coerce(self, value: Any) -> str | None:
        return None if isinstance(value, bytes) else str(value)

    def write(self, value: Any) -> str:
        name = tables.uid_name(value)
        return quote(name) if name else str(value)


@cache
def _uid_names() -> dict[str, set[str]]:
    """UIDs by every name that somebody may write: the registered one, its short form, the keyword."""
    found: dict[str, set[str]] = {}
    for uid, entry in tables._uids().items():
        keyword = entry[4] if len(entry) > 4 else ""
        for name in (entry[0], tables.sop_class_name(uid), keyword):
            if name:
                found.setdefault(name, set()).add(uid)
    return found


@cache
def _uids_by_name() -> dict[str, frozenset[str]]:
    """The same, with names in small letters."""
    found: dict[str, set[str]] = {}
    for name, uids in _uid_names().items():
        found.setdefault(name.lower(), set()).update(uids)
    return {name: frozenset(uids) for name, uids in found.items()}


def _of(table: dict[int, str]) -> tuple[Names, Codes]:
    """Names of codes and codes of names, of a table that has one name for each code."""

    def texts(code: int) -> tuple[str, ...]:
        name = table.get(code)
        return (name,) if name else ()

    return texts, lambda: {name: frozenset((code,)) for code, name in table.items()}


@cache
def _commands() -> dict[str, frozenset[int]]:
    """Commands by the name of the message, and by that of the operation, which means both of its messages."""
    found = {name: frozenset((code,)) for code, name in tables.COMMANDS.items()}
    for code, name in tables.COMMANDS.items():
        operation = name.removesuffix("-RQ").removesuffix("-RSP")
        found[operation] = found.get(operation, frozenset()) | {code}
    return found


@cache
def _status_codes() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for code in range(0x10000):
        found.setdefault(tables.status_category(code), set()).add(code)
    return {category: frozenset(codes) for category, codes in found.items()}


COMMAND = Code("a command", _of(tables.COMMANDS)[0], _commands)
STATUS = Code("a status", lambda code: (tables.status_category(code),), _status_codes, hexadecimal=True)
PDU_TYPE = Code("a PDU type", *_of(PDU_NAMES))
CONTEXT_RESULT = Code("the answer to a context", *_of(tables.CONTEXT_RESULTS))
REJECT_RESULT = Code("a result", *_of(tables.REJECT_RESULTS))
REJECT_SOURCE = Code("a source", *_of(tables.REJECT_SOURCES))
ABORT_SOURCE = Code("a source", *_of(tables.ABORT_SOURCES))
ABORT_REASON = Code("a reason", *_of(tables.ABORT_REASONS))
UID = Uid()
