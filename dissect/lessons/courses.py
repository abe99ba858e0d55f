"""Courses: Markdown files with TOML front matter, whose steps point into a capture.

    +++
    title = "The PDU"
    summary = "What travels on a DICOM connection."
    capture = "echo.pcap"
    order = 1
    +++

    ## What kind of PDU this is
    @ A-ASSOCIATE-RQ / PDU type

    The first byte says it all: **01** asks for an association.

Each step is a second-level heading, a pointer on a line that begins with @, and a text. The parts of a
pointer are separated by ` / `: first a PDU (`PDU 3`), a message (`message 2`), or the first of a type
(`C-ECHO-RSP`), then names of fields, each to be found somewhere below the one before; without them the whole
PDU is meant. `[2]` behind a type or field means the second of that name. `association 2 / ` may come before
all else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SHIPPED = HERE / "courses"
CAPTURES = (HERE / "captures", HERE.parents[1] / "captures")
"""Where the captures of shipped courses lie: in an installed package, and in a checkout."""
FENCE = "+++"
LARGEST = 1 << 20
"""Bytes of a course: it is written by people."""
REQUIRED = {"title": str, "summary": str, "capture": str}
OPTIONAL = {"order": int}

_NAMED = re.compile(r"(?P<name>.*?)\s*(?:\[(?P<number>[1-9]\d{0,5})\])?")
_NUMBERED = re.compile(r"(?i:(?P<kind>association|PDU|message))\s+(?P<number>[1-9]\d{0,8})")


class CourseError(ValueError):
    """A course cannot be used; the one line says in which file, on which line, and what was expected."""

    def __init__(self, path: Path, line: int, text: str) -> None:
        super().__init__(f"{path}, line {line}: {text}" if line else f"{path}: {text}")
        self.path = path
        self.line = line


class Name(NamedTuple):
    """Something called `text`, the so-many-th of that name."""

    text: str
    number: int = 1

    def __str__(self) -> str:
        return self.text if self.number == 1 else f"{self.text}[{self.number}]"


class Pointer(NamedTuple):
    """A place in a capture. `unit` is a type of PDU or message, or "PDU" or "message" and its number."""

    unit: Name
    fields: tuple[Name, ...] = ()
    association: int = 1

    @property
    def is_numbered(self) -> bool:
        """Whether `unit` counts PDUs or messages of any type."""
        return self.unit.text in ("PDU", "message")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a course: what to look at, and what to read meanwhile."""

    title: str
    pointer: Pointer
    text: str
    """Paragraphs of Markdown, an empty line between them."""
    line: int
    """Where its pointer stands in the file, from 1."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course as its file says it; whether its pointers lead anywhere only its capture can tell."""

    path: Path
    title: str
    summary: str
    capture: Path
    order: int
    steps: tuple[Step, ...]


def shipped() -> list[Course]:
    """The courses that come with pduscope, in the order they are meant to be taken."""
    courses = [read_course(path) for path in SHIPPED.glob("*.md")]
    return sorted(courses, key=lambda course: (course.order, course.title))


def read_course(path: Path) -> Course:
    """Read a course; CourseError where it cannot be used."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise CourseError(path, 0, f"{error.strerror or error}") from None
    if len(data) > LARGEST:
        raise CourseError(path, 0, f"expected a course of at most {LARGEST >> 20} MB")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CourseError(path, line, "expected text in UTF-8") from None
    matter, begin = _front_matter(path, lines)
    steps = tuple(_steps(path, lines, begin))
    if not steps:
        raise CourseError(path, len(lines), "expected at least one step, which begins with ## and its title")
    capture = _capture(path, _line_of(lines, "capture"), matter["capture"])
    return Course(path, matter["title"], matter["summary"], capture, matter.get("order", 1000), steps)


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    """The values between the two lines of +++, and the number of lines up to there."""
    if not lines or lines[0].rstrip() != FENCE:
        raise CourseError(path, 1, f"expected {FENCE} on the first line, and the front matter below it")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise CourseError(
            path, len(lines), f"expected a second line of {FENCE} at the end of the front matter"
        )
    try:
        matter = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) + 1 if at else end
        raise CourseError(path, line, f'expected TOML such as title = "The PDU" ({error})') from None
    for key, value in matter.items():
        kind = REQUIRED.get(key) or OPTIONAL.get(key)
        if kind is None:
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise CourseError(path, _line_of(lines, key), f"expected one of {known}, found {key}")
        if type(value) is not kind or value == "":
            what = "a text" if kind is str else "a whole number"
            raise CourseError(path, _line_of(lines, key), f"expected {what} for {key}")
    missing = [key for key in REQUIRED if key not in matter]
    if missing:
        raise CourseError(path, end + 1, f"expected {' and '.join(missing)} in the front matter")
    return matter, end + 1


def _line_of(lines: list[str], key: str) -> int:
    """The line of the front matter that gives a value to `key`."""
    return next((at for at, line in enumerate(lines, 1) if re.match(rf"\s*\W?{re.escape(key)}\W", line)), 1)


def _steps(path: Path, lines: list[str], begin: int) -> Iterator[Step]:
    starts = [at for at in range(begin, len(lines)) if lines[at].startswith("## ")]
    first = starts[0] if starts else len(lines)
    for at in range(begin, first):
        if lines[at].strip() and not lines[at].startswith("# "):
            raise CourseError(path, at + 1, "expected a step, which begins with ## and its title")
    for start, stop in pairwise([*starts, len(lines)]):
        at = next((at for at in range(start + 1, stop) if lines[at].strip()), start + 1)
        if at >= stop or not lines[at].startswith("@"):
            example = "@ A-ASSOCIATE-RQ / Called AE title"
            raise CourseError(path, min(at, stop - 1) + 1, f"expected where to look, such as: {example}")
        text = "\n".join(lines[at + 1 : stop]).strip()
        if not text:
            raise CourseError(path, at + 1, "expected the text of the step below this line")
        yield Step(lines[start][3:].strip(), _pointer(path, at + 1, lines[at][1:]), text, at + 1)


def _pointer(path: Path, line: int, text: str) -> Pointer:
    parts = [part.strip() for part in text.split(" / ")]
    association = 1
    numbered = _NUMBERED.fullmatch(parts[0])
    if numbered and numbered["kind"].lower() == "association":
        association = int(numbered["number"])
        parts = parts[1:]
        numbered = _NUMBERED.fullmatch(parts[0]) if parts else None
    if not parts or not all(parts):
        raise CourseError(path, line, "expected a PDU or message, such as PDU 3, message 2 or C-ECHO-RSP")
    if numbered:
        unit = Name({"pdu": "PDU"}.get(numbered["kind"].lower(), "message"), int(numbered["number"]))
    else:
        unit = _name(parts[0])
    return Pointer(unit, tuple(_name(part) for part in parts[1:]), association)


def _name(text: str) -> Name:
    found = _NAMED.fullmatch(text)
    assert found is not None  # it matches any text
    return Name(found["name"], int(found["number"] or 1))


def _capture(path: Path, line: int, name: str) -> Path:
    """A capture next to the course, or a shipped one."""
    for folder in (path.parent, *CAPTURES):
        found = folder / name
        if found.is_file():
            return found
    raise CourseError(path, line, f"expected a capture next to this file or a shipped one, found no {name}")
