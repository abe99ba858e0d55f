"""From what was written to what selects: fields are looked up, values read, conditions put in order of cost.

A compiled condition is bound to an association first. What the association alone decides is decided there,
once; what is left is a predicate of its exchanges. Within `and` and `or` cheap conditions come first, so data
sets are only decoded for exchanges that all else leaves open.
"""

from __future__ import annotations

import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.filters.errors import FilterError
from dissect.filters.exchanges import Bind
from dissect.filters.grammar import Comparison, Expression, Group, Has, Membership, Not, Operator, Written
from dissect.filters.kinds import Choice, Flag, Kind, Test, Text
from dissect.filters.patterns import CostlyError, searcher
from dissect.filters.resolution import is_field, resolve

Predicate = Callable[[Exchange | None], bool]
Quantifier = Callable[[Iterable[Any]], bool]
"""What must be true of all values of a field together."""


class Condition(ABC):
    """Something that is true of an exchange or not."""

    cost: int

    @abstractmethod
    def bind(self, association: Association) -> bool | Predicate:
        """What it comes to for the exchanges of an association."""


class _Condition(Condition):
    """A condition on the values of one field."""

    def __init__(self, cost: int, bind: Bind, holds: Quantifier) -> None:
        self.cost = cost
        self._bind = bind
        self._holds = holds

    def bind(self, association: Association) -> bool | Predicate:
        values, holds = self._bind(association), self._holds
        if not callable(values):
            return holds(values)
        get = values
        return lambda exchange: holds(get(exchange))


class _Negation(Condition):
    def __init__(self, inner: Condition) -> None:
        self.cost = inner.cost
        self._inner = inner

    def bind(self, association: Association) -> bool | Predicate:
        inner = self._inner.bind(association)
        if isinstance(inner, bool):
            return not inner
        predicate = inner
        return lambda exchange: not predicate(exchange)


class _Joined(Condition):
    """Conditions joined by `and` or `or`; `decisive` is the value of one that settles all."""

    def __init__(self, parts: Sequence[Condition], decisive: bool) -> None:
        self._parts = sorted(parts, key=lambda part: part.cost)
        self._decisive = decisive
        self.cost = self._parts[-1].cost

    def bind(self, association: Association) -> bool | Predicate:
        decisive = self._decisive
        predicates: list[Predicate] = []
        for part in self._parts:
            bound = part.bind(association)
            if not isinstance(bound, bool):
                predicates.append(bound)
            elif bound == decisive:
                return decisive
        if not predicates:
            return not decisive
        if len(predicates) == 1:
            return predicates[0]

        def predicate(exchange: Exchange | None) -> bool:
            for each in predicates:
                if each(exchange) == decisive:
                    return decisive
            return not decisive

        return predicate


class _Odd(Condition):
    """Conditions joined by `xor`: an odd number of them is true."""

    def __init__(self, parts: Sequence[Condition]) -> None:
        self._parts = parts
        self.cost = max(part.cost for part in parts)

    def bind(self, association: Association) -> bool | Predicate:
        odd = False
        predicates: list[Predicate] = []
        for part in self._parts:
            bound = part.bind(association)
            if isinstance(bound, bool):
                odd ^= bound
            else:
                predicates.append(bound)
        if not predicates:
            return odd
        return lambda exchange: sum(each(exchange) for each in predicates) % 2 != odd


class Everything(Condition):
    """What an empty filter means."""

    cost = 0

    def bind(self, association: Association) -> bool | Predicate:
        return True


def build(expression: Expression) -> Condition:
    """The condition that an expression states; raises FilterError where it makes no sense."""
    match expression:
        case Group(joined, parts):
            conditions = [build(part) for part in parts]
            return _Odd(conditions) if joined == "xor" else _Joined(conditions, joined == "or")
        case Not(inner):
            return _Negation(build(inner))
        case Has():
            return _has(expression)
        case Comparison():
            return _comparison(expression)
        case Membership():
            return _membership(expression)


def _has(expression: Has) -> Condition:
    field = resolve(expression.field)
    if expression.bare and isinstance(field.kind, Flag):
        return _Condition(field.cost, field.bind, any)
    return _Condition(field.cost, field.exists or field.bind, _some)


def _some(values: Iterable[Any]) -> bool:
    return any(True for _ in values)


def _comparison(expression: Comparison) -> Condition:
    field = resolve(expression.field)
    kind, sign, written = field.kind, expression.operator, expression.value
    _refuse_fields(kind, written)
    if sign in ("contains", "matches"):
        if not kind.spelt:
            text = f"{field.name} is {kind.name}: {expression.sign} looks at text"
            raise FilterError(text, expression.column, len(expression.sign))
        look = _pattern(written) if sign == "matches" else _part(written)
        return _Condition(field.cost, field.bind, _any(lambda value: any(map(look, kind.texts(value)))))
    if sign in ("==", "!=", "===", "!=="):
        test = kind.equal(written, field.name)
        return _Condition(field.cost, field.bind, _quantifier(sign, test))
    if not kind.ordered:
        kind.equal(written, field.name)
        raise FilterError(
            f"{field.name} is {kind.name}, which has no order", expression.column, len(expression.sign)
        )
    return _Condition(field.cost, field.bind, _any(kind.order(sign, written, field.name)))


def _refuse_fields(kind: Kind, *values: Written) -> None:
    """Text that is the name of a field, without quotes, was meant as that field."""
    if not isinstance(kind, Text) or isinstance(kind, Choice):
        return
    for written in values:
        if not written.quoted and is_field(written.text):
            text = f"{written.text} is a field, and fields are compared with values only"
            raise FilterError(f'{text}: the text is "{written.text}"', written.column, written.length)


def _quantifier(sign: Operator, test: Test) -> Quantifier:
    """As Wireshark since version 4: == and !== are about any value, != and === about all of them.

    A field that is not there satisfies none of them.
    """
    if sign == "==":
        return _any(test)
    if sign == "!==":
        return _any(lambda value: not test(value))
    wanted = sign == "==="

    def every(values: Iterable[Any]) -> bool:
        there = False
        for value in values:
            there = True
            if test(value) != wanted:
                return False
        return there

    return every


def _any(test: Test) -> Quantifier:
    def holds(values: Iterable[Any]) -> bool:
        for value in values:  # noqa: SIM110 - any() with a generator takes twice the time
            if test(value):
                return True
        return False

    return holds


def _part(written: Written) -> Test:
    part = written.text
    return lambda text: part in text


def _pattern(written: Written) -> Test:
    """A regular expression, which capitals do not matter to, as in Wireshark."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return searcher(written.text)
    except CostlyError as error:
        raise FilterError(str(error), written.column, written.length) from None
    except (re.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None)
        why = getattr(error, "msg", None) or str(error)
        where = 0
        if (
            at is not None and written.length == len(written.text) + 2
        ):  # no escapes: columns are those of the text
            where = at + 1
        length = 1 if where else written.length
        raise FilterError(f"this is no regular expression: {why}", written.column + where, length) from None


def _membership(expression: Membership) -> Condition:
    field = resolve(expression.field)
    kind = field.kind
    for ends in expression.ranges:
        _refuse_fields(kind, *ends)
    tests = [
        kind.equal(low, field.name) if low is high else kind.within(low, high, field.name)
        for low, high in expression.ranges
    ]
    test = tests[0] if len(tests) == 1 else (lambda value: any(each(value) for each in tests))
    return _Condition(field.cost, field.bind, _any(test))
