"""The grammar of the language: from text to the tree of what was written.

Nothing here knows a field; a wrong order of words is all that can be wrong. Precedence is Wireshark's: `not`
binds tightest, then `and`, `xor`, `or`. Lark is imported when the first filter is read: it takes 50 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from dissect.filters.errors import FilterError

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

STRING = r'"(?:[^"\\]|\\[\s\S])*"|' + r"'(?:[^'\\]|\\[\s\S])*'"
RAW = r'r"[^"]*"|' + r"r'[^']*'"
TAG = r"\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)"
WORD = rf"(?:[\w:\/+\-]|\.(?!\.)|(?<=\.){TAG})+"
"""A field or a bare value: C-STORE-RQ, 0xA700, 2.5s, 10.0.0.0/8, dataset.(0010,0020). Two dots end it."""

GRAMMAR = rf"""
?start: or_
?or_: xor (("or" | "||") xor)*
?xor: and_ (("xor" | "^^") and_)*
?and_: not_ (("and" | "&&") not_)*
?not_: ("not" | "!") not_ -> negation
    | test
?test: "(" or_ ")"
    | "has" field -> has
    | field -> bare
    | field operator value -> comparison
    | field "in" set -> membership
    | field "not" "in" set -> exclusion
!operator: "==" | "eq" | "any_eq" | "!=" | "ne" | "all_ne" | "===" | "all_eq" | "!==" | "any_ne"
    | ">" | "gt" | "<" | "lt" | ">=" | "ge" | "<=" | "le" | "contains" | "matches" | "~"
set: "{{" range ("," range)* "}}" | range
range: value (".." value)?
value: STRING | RAW | WORD
field: WORD | TAG
STRING: /{STRING}/
RAW.2: /{RAW}/
TAG.1: /{TAG}(?:\.(?:\w+|{TAG}))*/
WORD: /{WORD}/
%ignore /\s+/
"""

Operator = Literal["==", "!=", "===", "!==", ">", "<", ">=", "<=", "contains", "matches"]
OPERATORS: dict[str, Operator] = {
    "==": "==", "eq": "==", "any_eq": "==",
    "!=": "!=", "ne": "!=", "all_ne": "!=",
    "===": "===", "all_eq": "===",
    "!==": "!==", "any_ne": "!==",
    ">": ">", "gt": ">", "<": "<", "lt": "<", ">=": ">=", "ge": ">=", "<=": "<=", "le": "<=",
    "contains": "contains", "matches": "matches", "~": "matches",
}  # fmt: skip
DEEPEST = 64
"""Levels of parentheses and negations; nobody writes more, and recursion has its limits."""
LONGEST = 65536


@dataclass(frozen=True, slots=True)
class Written:
    """A value as written, without its quotes."""

    text: str
    quoted: bool
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field as written."""

    text: str
    column: int

    @property
    def length(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Has:
    """`has field`, or the field on its own (`bare`)."""

    field: Name
    bare: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    field: Name
    operator: Operator
    value: Written
    sign: str
    """The operator as written."""
    column: int
    """Where it stands."""


@dataclass(frozen=True, slots=True)
class Membership:
    """`field in {...}`: pairs are ranges; both ends are one object where one value was written."""

    field: Name
    ranges: tuple[tuple[Written, Written], ...]


@dataclass(frozen=True, slots=True)
class Not:
    inner: Expression


@dataclass(frozen=True, slots=True)
class Group:
    """Expressions joined by `and`, `or` or `xor`."""

    joined: Literal["and", "or", "xor"]
    parts: tuple[Expression, ...]


Expression = Has | Comparison | Membership | Not | Group


def parse(text: str) -> Expression | None:
    """What a filter says; None for an empty one, which lets everything through."""
    if not text.strip():
        return None
    if len(text) > LONGEST:
        raise FilterError(f"the filter has more than {LONGEST:,} characters", LONGEST)
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        tree = _parser().parse(text)
    except UnexpectedCharacters as error:
        raise _character(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _token(text, error.token, error.expected) from None
    return _expression(tree, 0)


@cache
def _parser() -> Lark:
    from lark import Lark  # deferred: a list without a filter must not wait for it

    return Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def _expression(tree: Tree[Token], depth: int) -> Expression:
    rule: Any = tree.data
    parts: list[Any] = tree.children
    if depth > DEEPEST:
        raise FilterError(f"parentheses and negations are nested deeper than {DEEPEST} levels", 1)
    match rule:
        case "or_" | "xor" | "and_":
            return Group(rule.rstrip("_"), tuple(_expression(part, depth + 1) for part in parts))
        case "negation":
            return Not(_expression(parts[0], depth + 1))
        case "has" | "bare":
            return Has(_name(parts[0]), rule == "bare")
        case "comparison":
            token = parts[1].children[0]
            return Comparison(
                _name(parts[0]), OPERATORS[token], _literal(parts[2]), str(token), token.start_pos + 1
            )
    membership = Membership(_name(parts[0]), tuple(map(_range, parts[1].children)))
    return Not(membership) if rule == "exclusion" else membership


def _range(tree: Tree[Token]) -> tuple[Written, Written]:
    ends: list[Any] = tree.children
    low = _literal(ends[0])
    return low, _literal(ends[1]) if len(ends) > 1 else low


def _name(tree: Tree[Token]) -> Name:
    token: Any = tree.children[0]
    return Name(str(token), token.start_pos + 1)


def _literal(tree: Tree[Token]) -> Written:
    token: Any = tree.children[0]
    text, column = str(token), token.start_pos + 1
    if token.type == "WORD":
        return Written(text, False, column, len(text))
    inner = text[2:-1] if token.type == "RAW" else unescape(text[1:-1])
    return Written(inner, True, column, len(text))


_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([\s\S]))")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}


def unescape(text: str) -> str:
    """The text of a string: \\n, \\r, \\t, \\0, \\xHH, \\uHHHH; what else follows a backslash stays, with it.

    So "^10\\.0" reaches a pattern as it was written.
    """
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return _PLAIN.get(match[3], match[0])


# What is wrong with the order of words

_HINTS = (
    (re.compile(r"~="), "~= is not used here: write !== where any value may differ, ~ for a pattern"),
    (re.compile(r"="), "= compares nothing: write =="),
    (re.compile(r"&"), "& is written && or and"),
    (re.compile(r"\|"), "| is written || or or"),
    (re.compile(r"\^"), "^ is written ^^ or xor"),
    (re.compile(r"[\"']"), "this text has no closing quote"),
)


def _character(text: str, at: int) -> FilterError:
    if text[at] == "=" and text[at - 1 : at] == "~":
        at -= 1
    for pattern, hint in _HINTS:
        found = pattern.match(text, at)
        if found:
            length = len(text) - at if text[at] in "\"'" else len(found[0])
            return FilterError(hint, at + 1, length)
    return FilterError(f"{text[at]!r} has no meaning here", at + 1)


def _token(text: str, token: Token, expected: Iterable[str]) -> FilterError:
    names = set(expected)
    at = len(text) if token.type == "$END" else token.start_pos or 0
    before = text[:at].rstrip()
    if "STRING" in names:
        wanted = "a value"
    elif "HAS" in names:
        wanted = "a field"
    elif "IN" in names and "CONTAINS" not in names:
        wanted = "in"
    elif "WORD" in names:
        wanted = "a field"
    elif "RBRACE" in names and before.count("{") > before.count("}"):
        wanted = ", or }"
    elif "IN" in names:
        wanted = "an operator such as == or and"
    else:
        wanted = "and, or or )" if before.count("(") > before.count(")") else "and, or or the end"
    if token.type == "$END":
        return FilterError(f"the filter ends where {wanted} should follow", len(before) + 1)
    if token == "~" and text[at + 1 : at + 2] == "=":
        return _character(text, at + 1)
    if not token.islower() and token.lower() in ("and", "or", "not", "xor", "in", "contains", "matches"):
        return FilterError(f"{token} is written {token.lower()}", at + 1, len(token))
    if wanted == "a field" and token.type in ("STRING", "RAW"):
        return FilterError("fields stand left of the operator, without quotes", at + 1, len(token))
    after = f" after {before.split()[-1]}" if before and not before.endswith(("'", '"')) else ""
    return FilterError(f"{token} stands{after} where {wanted} should", at + 1, len(token))
