"""Regular expressions that cost no more than their text is long, whatever the text.

`re` tries one way after another: what `(a+)+$` or `.*a.*b` cost on a text that was made to hurt has no bound
that anybody could wait for. Where that may be, the text is gone through once, with all ways at the same time:
the states that they are in together are remembered, so that mostly each character is one look into a dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from math import inf, prod
from typing import Any

_parser: Any = import_module("re._parser")  # what a pattern is made of, only Python's own parser knows
_compiler: Any = import_module("re._compiler")

CHEAP = 50_000
"""Ways that `re` may try on one text."""
MOST_STATES = 2000
"""States of a pattern, and of several of them together, that are kept."""
MOST_CHOICES = 8
"""Choices that `re` is trusted with where nothing else can do the pattern: each multiplies the ways."""

_Leaf = Callable[[str], object]
_Nodes = Iterable[tuple[Any, Any]]


class CostlyError(ValueError):
    """A pattern that only `re` can do, and `re` not in any time that could be told."""


def searcher(text: str) -> Callable[[str], bool]:
    """Whether a pattern is found in a text, in capitals or not. Raises CostlyError, and what `re` raises."""
    pattern = re.compile(text, re.IGNORECASE)
    parsed = _parser.parse(text, re.IGNORECASE)
    choices = _choices(parsed)
    if choices == []:
        return lambda given: pattern.search(given) is not None
    longest = _longest(choices)
    ways: _Ways | None = None
    try:
        ways = _Ways(parsed)
    except _OtherError:
        if choices is None or len(choices) > MOST_CHOICES:
            raise CostlyError("this pattern could take for ever: repeat less within what repeats") from None

    def found(given: str) -> bool:
        if ways is None or len(given) <= longest:
            return pattern.search(given) is not None
        return ways.found(given)

    return found


def _choices(nodes: _Nodes) -> list[float] | None:
    """How much choice each part leaves that can go several ways; None where they multiply without bound."""
    found: list[float] = []
    for operator, value in nodes:
        inside: list[float] = []
        for part in _parts(value):
            more = _choices(part)
            if more is None:
                return None
            inside += more
        if str(operator) == "BRANCH":
            inside.append(len(value[1]))
        elif str(operator).endswith("REPEAT"):
            least, most = value[0], value[1]
            times = inf if most is _parser.MAXREPEAT else most
            if inside and times > MOST_CHOICES:
                return None
            inside *= int(times) if inside else 1
            if least != most:
                inside.append(times - least + 1)
        found += inside
    return found


def _longest(choices: list[float] | None) -> int:
    """The length of text up to which `re` has at most CHEAP ways to try."""
    if choices is None:
        return 0
    low, high = 0, CHEAP
    while low < high:
        length = (low + high + 1) // 2
        if length * prod(min(each, length + 1) for each in choices) <= CHEAP:
            low = length
        else:
            high = length - 1
    return low


def _parts(value: Any) -> list[Any]:
    """The patterns that a part of one is made of."""
    if isinstance(value, _parser.SubPattern):
        return [value]
    if isinstance(value, tuple | list):
        return [part for each in value for part in _parts(each)]
    return []


class _OtherError(Exception):
    """Something that cannot be done with all ways at once, such as looking back."""


class _Together:
    """States at one place of a text, before its next character is looked at."""

    def __init__(self, states: frozenset[int], before: str) -> None:
        self.states = states
        self.before = before
        """The character before; empty at the beginning."""
        self.after: dict[str, _Together | bool] = {}


class _Ways:
    """All ways that a pattern can go. A state waits for a character, or goes on to others without one."""

    def __init__(self, parsed: Any) -> None:
        self._flags = parsed.state.flags
        if self._flags & (re.MULTILINE | re.ASCII | re.LOCALE):
            raise _OtherError
        self._state = parsed.state
        self._leaves: dict[int, tuple[_Leaf, int]] = {}
        self._conditions: dict[int, tuple[str, int]] = {}
        self._free: dict[int, list[int]] = {}
        self._count = 1
        self._first = self._sequence(parsed, 0)
        self._known: dict[tuple[frozenset[int], str], _Together] = {}

    def _new(self) -> int:
        self._count += 1
        if self._count > MOST_STATES:
            raise _OtherError
        return self._count

    def _sequence(self, nodes: _Nodes, then: int) -> int:
        """The state in which a sequence begins that goes on to `then`."""
        for operator, value in reversed(list(nodes)):
            then = self._one(operator, value, then)
        return then

    def _one(self, operator: Any, value: Any, then: int) -> int:
        match str(operator):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                state = self._new()
                leaf = _compiler.compile(_parser.SubPattern(self._state, [(operator, value)]), self._flags)
                self._leaves[state] = leaf.match, then
                return state
            case "AT":
                state = self._new()
                self._conditions[state] = str(value), then
                return state
            case "SUBPATTERN" if not value[1] & ~re.IGNORECASE and not value[2]:
                return self._sequence(value[3], then)
            case "BRANCH":
                state = self._new()
                self._free[state] = [self._sequence(each, then) for each in value[1]]
                return state
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, nodes = value
                return self._repeat(least, most, nodes, then)
        raise _OtherError

    def _repeat(self, least: int, most: int, nodes: _Nodes, then: int) -> int:
        if most is _parser.MAXREPEAT:
            state = self._new()
            self._free[state] = [then]
            self._free[state].append(self._sequence(nodes, state))
        else:
            state = then
            for _ in range(most - least):
                again = self._sequence(nodes, state)
                state = self._new()
                self._free[state] = [then, again]
        for _ in range(least):
            state = self._sequence(nodes, state)
        return state

    def found(self, text: str) -> bool:
        here = self._together(frozenset(), "")
        for at, character in enumerate(text):
            after = here.after.get(character)
            if after is None or (character == "\n" and at + 1 == len(text)):
                after = self._step(here, character, at + 1 == len(text))
            if isinstance(after, bool):
                return True
            here = after
        return 0 in self._closure(here, "", False)

    def _step(self, here: _Together, character: str, last: bool) -> _Together | bool:
        """What comes of some states and a character; True where the pattern is found before it."""
        waiting = self._closure(here, character, last)
        after: _Together | bool = True
        if 0 not in waiting:
            leaves = (self._leaves[state] for state in waiting if state in self._leaves)
            after = self._together(frozenset(then for leaf, then in leaves if leaf(character)), character)
        if not (last and character == "\n"):
            if len(here.after) > MOST_STATES:
                here.after.clear()
            here.after[character] = after
        return after

    def _together(self, states: frozenset[int], before: str) -> _Together:
        kind = "a" if _is_word(before) else before and " "
        found = self._known.get((states, kind))
        if found is None:
            if len(self._known) > MOST_STATES:
                self._known.clear()
            found = self._known[states, kind] = _Together(states, kind)
        return found

    def _closure(self, here: _Together, after: str, last: bool) -> set[int]:
        """The states that can be gone on to without a character, from those here and from the first."""
        seen: set[int] = set()
        left = [self._first, *here.states]
        while left:
            state = left.pop()
            if state in seen:
                continue
            seen.add(state)
            if state in self._conditions:
                condition, then = self._conditions[state]
                if _holds(condition, here.before, after, last):
                    left.append(then)
            left += self._free.get(state, ())
        return seen


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _holds(condition: str, before: str, after: str, last: bool) -> bool:
    """Whether a place between two characters, empty beyond the ends, is one such as ^ or \\b means."""
    match condition:
        case "AT_BEGINNING" | "AT_BEGINNING_STRING":
            return not before
        case "AT_END":
            return not after or (after == "\n" and last)
        case "AT_END_STRING":
            return not after
        case "AT_BOUNDARY":
            return _is_word(before) != _is_word(after)
    return _is_word(before) == _is_word(after)
