"""Kinds of values: how a value of each is written in a filter, and how values compare.

A kind turns what was written into tests of one value. Whatever does not fit the kind is a FilterError here: a
filter that compiled is right or wrong about traffic, it never fails on it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

from dissect.filters.errors import FilterError, suggestion
from dissect.filters.grammar import Written

Test = Callable[[Any], bool]

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
NUMBER = re.compile(r"([+-]?)(?:0x([0-9A-Fa-f]{1,32})|(\d{1,32})(?:\.(\d{1,32}))?)([A-Za-zµ]*)", re.ASCII)
_DASHED = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?!\d)|\d\d:\d\d", re.ASCII)
"""The beginning of a date or time as ISO 8601 extended has it, which no value of a data set begins with."""


class Kind:
    """A kind of values. `name` is what messages and documentation call it, with its article: "a number"."""

    name = "a value"
    ordered = True
    """Whether > and < mean something."""
    spelt = False
    """Whether `contains` and `matches` apply, to `texts` of a value."""

    def read(self, written: Written, field: str) -> Any:
        """The value that was written."""
        raise NotImplementedError

    def equal(self, written: Written, field: str) -> Test:
        """Whether a value is the one written."""
        wanted = self.read(written, field)
        return lambda value: bool(value == wanted)

    def order(self, sign: str, written: Written, field: str) -> Test:
        """Whether a value is greater or less than the one written."""
        compare, wanted = ORDERS[sign], self.read(written, field)
        return lambda value: compare(value, wanted)

    def within(self, low: Written, high: Written, field: str) -> Test:
        """Whether a value lies in a range, ends included."""
        if not self.ordered:
            raise FilterError(f"{field} is {self.name}, of which there are no ranges", low.column, low.length)
        first, last = self.read(low, field), self.read(high, field)
        if first > last:
            length = high.column + high.length - low.column
            raise FilterError(f"the range is empty: {low.text} is more than {high.text}", low.column, length)
        return lambda value: bool(first <= value <= last)

    def texts(self, value: Any) -> tuple[str, ...]:
        """What `contains` and `matches` look at."""
        return (value,)

    def coerce(self, value: Any) -> Any:
        """A value out of a data set as one of this kind; None where it is none."""
        return value

    def write(self, value: Any) -> str:
        """A value as a filter writes it."""
        return str(value)

    def _wrong(self, written: Written, field: str, hint: str = "") -> FilterError:
        shown = f'"{written.text}"' if written.quoted else written.text
        text = f"{field} is {self.name}, which {shown} is not{hint}"
        return FilterError(text, written.column, written.length)


def numeric(written: Written) -> bool:
    """Whether a bare number without a unit was written."""
    found = None if written.quoted else NUMBER.fullmatch(written.text)
    return found is not None and not found[5]


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Text(Kind):
    """Text, compared as it is, capitals and all."""

    name = "text"
    spelt = True

    def __init__(self, *, digits: bool = False) -> None:
        self._digits = digits
        """Whether a bare number is a way to write it, as for dates."""

    def read(self, written: Written, field: str) -> str:
        if numeric(written) and not self._digits:
            hint = f'{field} is {self.name}: write "{written.text}", with quotes'
            raise FilterError(hint, written.column, written.length)
        if self._digits and _DASHED.match(written.text):
            digits = re.sub(r"[-:T ]", "", written.text)
            hint = f"{field} has no dashes and no colons in a data set: write {digits}"
            raise FilterError(hint, written.column, written.length)
        return written.text

    def coerce(self, value: Any) -> str | None:
        return None if isinstance(value, bytes) else str(value)

    def write(self, value: Any) -> str:
        return quote(value)


class Choice(Text):
    """One of a few words, in any case."""

    ordered = False

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = words
        self.name = f"one of {', '.join(words)}"

    def read(self, written: Written, field: str) -> str:
        for word in self.words:
            if word.lower() == written.text.lower():
                return word
        raise self._wrong(written, field, suggestion(written.text, self.words))

    def write(self, value: Any) -> str:
        return str(value)


class Flag(Kind):
    """True or false. Its field on its own is true where the flag is."""

    name = "true or false"
    ordered = False

    def read(self, written: Written, field: str) -> bool:
        found = {"true": True, "1": True, "false": False, "0": False}.get(written.text.lower())
        if found is None:
            raise self._wrong(written, field)
        return found

    def write(self, value: Any) -> str:
        return "true" if value else "false"


class Presence(Kind):
    """Something that is there or not, and has no value of its own."""

    name = "there or not"

    def read(self, written: Written, field: str) -> Any:
        raise FilterError(f"{field} has no value: write {field} or !{field}", written.column, written.length)


class Address(Kind):
    """An IP address as a number of 128 bits, or a network of them in CIDR notation."""

    name = "an IP address"
    spelt = True

    def read(self, written: Written, field: str) -> tuple[int, int]:
        """The lowest and the highest address meant."""
        try:
            network = ip_network(written.text, strict=False)
        except ValueError:
            raise self._wrong(written, field) from None
        base = 0xFFFF << 32 if network.version == 4 else 0  # as frames have it: IPv4 mapped into IPv6
        return base + int(network.network_address), base + int(network.broadcast_address)

    def equal(self, written: Written, field: str) -> Test:
        low, high = self.read(written, field)
        return lambda value: low <= value <= high

    def order(self, sign: str, written: Written, field: str) -> Test:
        compare = ORDERS[sign]
        low, high = self.read(written, field)
        border = high if sign in (">", "<=") else low
        return lambda value: compare(value, border)

    def within(self, low: Written, high: Written, field: str) -> Test:
        first, last = self.read(low, field)[0], self.read(high, field)[1]
        if first > last:
            length = high.column + high.length - low.column
            raise FilterError(f"the range is empty: {low.text} is more than {high.text}", low.column, length)
        return lambda value: first <= value <= last

    def texts(self, value: Any) -> tuple[str, ...]:
        return (self.write(value),)

    def write(self, value: Any) -> str:
        return str(IPv4Address(value & 0xFFFFFFFF) if value >> 32 == 0xFFFF else IPv6Address(value))
