"""Kinds of values that are numbers: counts, sizes, time spans, moments, tags."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any, ClassVar

from dissect.filters.errors import FilterError
from dissect.filters.grammar import Written
from dissect.filters.kinds import NUMBER, ORDERS, Kind, Test, Text, numeric


class Number(Kind):
    """A number; `units` say how many of the field's own unit each is."""

    name = "a number"
    units: ClassVar[dict[str, Fraction]] = {}

    def read(self, written: Written, field: str) -> int | float:
        found = None if written.quoted else NUMBER.fullmatch(written.text)
        if found is None:
            hint = ": write it without quotes" if written.quoted and NUMBER.fullmatch(written.text) else ""
            raise self._wrong(written, field, hint)
        sign, hexadecimal, whole, part, unit = found.groups()
        if unit and unit not in self.units:
            known = f" with the units {' '.join(self.units)}" if self.units else " without a unit"
            raise FilterError(f"{field} is {self.name}{known}, not {unit}", written.column, written.length)
        number = Fraction(int(hexadecimal, 16)) if hexadecimal else Fraction(f"{whole}.{part or 0}")
        number *= self.units.get(unit, self.units.get("", Fraction(1)))
        if sign == "-":
            number = -number
        return int(number) if number.denominator == 1 else float(number)

    def coerce(self, value: Any) -> int | float | None:
        if isinstance(value, int | float):
            return value
        try:
            return float(value)
        except (TypeError, ValueError):
            return None


class Size(Number):
    """Bytes."""

    name = "a size in bytes"
    units: ClassVar = {
        "B": Fraction(1), "kB": Fraction(10**3), "MB": Fraction(10**6), "GB": Fraction(10**9),
        "KiB": Fraction(2**10), "MiB": Fraction(2**20), "GiB": Fraction(2**30),
    }  # fmt: skip


SECOND = 10**9


class Duration(Number):
    """A time span, in nanoseconds; a bare number is in seconds, as in Wireshark."""

    name = "a duration"
    units: ClassVar = {
        "": Fraction(SECOND), "ns": Fraction(1), "us": Fraction(10**3), "µs": Fraction(10**3),
        "ms": Fraction(10**6), "s": Fraction(SECOND), "m": Fraction(60 * SECOND),
        "h": Fraction(3600 * SECOND),
    }  # fmt: skip

    def write(self, value: Any) -> str:
        return f"{value / SECOND:.6f}s"


class Time(Number):
    """A moment, in nanoseconds since the epoch: ISO 8601, local time unless it says otherwise, or seconds."""

    name = "a time such as 2026-01-31T12:00:00"
    units: ClassVar = {"": Fraction(SECOND)}

    def read(self, written: Written, field: str) -> int | float:
        if numeric(written) and len(written.text) != 8:  # 20260131 is a date
            return super().read(written, field)
        text, fraction = written.text, ""
        parts = re.fullmatch(r"(.*:\d\d)[.,](\d{1,9})(.*)", text, re.ASCII)
        if parts:  # datetime has microseconds only
            text, fraction = parts[1] + parts[3], parts[2]
        try:
            moment = datetime.fromisoformat(text)
            whole = int(moment.replace(microsecond=0).timestamp())
        except (ValueError, OverflowError, OSError):
            raise self._wrong(written, field) from None
        return whole * SECOND + int(fraction.ljust(9, "0"))

    def write(self, value: Any) -> str:
        seconds, rest = divmod(value, SECOND)
        return f"{seconds}.{rest:09}"


class Tag(Number):
    """The tag of a data element, as a number or (0010,0020)."""

    name = "a tag such as 00100020"
    spelt = True

    def read(self, written: Written, field: str) -> int:
        text = written.text
        found = re.fullmatch(r"\(?(?:0x)?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?", text)
        if found is None:
            raise self._wrong(written, field)
        return int(found[1] + found[2], 16)

    def texts(self, value: Any) -> tuple[str, ...]:
        return (f"({value >> 16:04X},{value & 0xFFFF:04X})",)

    def coerce(self, value: Any) -> int | None:
        return int(value) if isinstance(value, int) else None

    def write(self, value: Any) -> str:
        return f"{value:08X}"


class Mixed(Text):
    """What no dictionary knows the kind of: a number is compared with numbers, all else with text."""

    name = "of no known kind"

    def read(self, written: Written, field: str) -> Any:
        return _ANY_NUMBER.read(written, field) if numeric(written) else written.text

    def equal(self, written: Written, field: str) -> Test:
        return self._same(operator.eq, self.read(written, field))

    def order(self, sign: str, written: Written, field: str) -> Test:
        return self._same(ORDERS[sign], self.read(written, field))

    def within(self, low: Written, high: Written, field: str) -> Test:
        first, last = self.read(low, field), self.read(high, field)
        if isinstance(first, str) != isinstance(last, str):
            text = "a range runs from number to number or from text to text"
            raise FilterError(text, low.column, low.length)
        above, below = self._same(operator.ge, first), self._same(operator.le, last)
        return lambda value: above(value) and below(value)

    def _same(self, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
        if isinstance(wanted, str):
            return lambda value: compare(str(value), wanted)

        def test(value: Any) -> bool:
            number = _ANY_NUMBER.coerce(value)
            return number is not None and compare(number, wanted)

        return test

    def coerce(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return value.decode("latin-1").rstrip("\0 ")
        return value

    def texts(self, value: Any) -> tuple[str, ...]:
        return (str(value),)


_ANY_NUMBER = Number()
