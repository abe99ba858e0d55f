"""What an oddity is: the talk, and the right answer as plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.craft import CT, IMPLICIT, Segment, Side, Talk, explicit, implicit, write

ARCHIVE = "ARCHIVE"
SCANNER = "SCANNER"


@dataclass(frozen=True)
class Said:
    """One DIMSE message as it must be read."""

    sender: Side
    command: str
    message_id: int | None = None
    responding_to: int | None = None
    status: int | None = None
    data: bytes | None = None
    """The data set as sent, fragments joined; None where there is none."""
    syntax: str | None = None
    """The transfer syntax of the data set, None where nothing says it."""
    elements: Mapping[str, object] = field(default_factory=dict)
    """Some values of the data set: a number, text, bytes, or a list of them."""
    whole: bool = True
    """Whether all its bytes were captured; if not, `data` says nothing."""

    @property
    def sha256(self) -> str | None:
        return None if self.data is None else hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Heard:
    """One association as it must be read."""

    messages: tuple[Said, ...]
    outcome: str = "released"
    calling: str | None = SCANNER
    called: str | None = ARCHIVE
    aborted_by: Side | None = None


@dataclass(frozen=True)
class Oddity:
    """A talk and its right answer.

    `findings` must be found, rule to severity. No other errors may be found but those of `also`: rules that
    the same bytes break by the way, or may be said to.
    """

    talk: Talk
    associations: tuple[Heard, ...]
    findings: Mapping[str, str] = field(default_factory=dict)
    also: frozenset[str] = frozenset()
    segments: Sequence[Segment] | None = None
    """What was captured, where that is not what `talk.segments()` gives."""
    loose: bool = False
    """More messages may be reported, those that were captured in part."""

    def write(self, path: Path) -> Path:
        """The capture."""
        return write(path, self.talk.segments() if self.segments is None else self.segments)


def oddity(talk: Talk, *messages: Said, findings: Mapping[str, str] | None = None, **more: object) -> Oddity:
    """The common case: one association that is released."""
    return Oddity(talk, (Heard(messages),), findings or {}, **more)  # type: ignore[arg-type]


def new_talk(**options: int) -> Talk:
    """A connection from SCANNER to ARCHIVE, whose port 11112 nobody has registered for DICOM."""
    return Talk(calling=SCANNER, called=ARCHIVE, **options)  # type: ignore[arg-type]


def stored(number: int, data: bytes, status: int = 0, syntax: str | None = IMPLICIT) -> tuple[Said, Said]:
    """The two messages of a C-STORE."""
    request = Said("requestor", "C-STORE-RQ", message_id=number, data=data, syntax=syntax)
    return request, Said("acceptor", "C-STORE-RSP", responding_to=number, status=status)


def echoed(number: int) -> tuple[Said, Said]:
    """The two messages of a C-ECHO."""
    request = Said("requestor", "C-ECHO-RQ", message_id=number)
    return request, Said("acceptor", "C-ECHO-RSP", responding_to=number, status=0)


def even(value: str | bytes, padding: bytes = b" ") -> bytes:
    """A value with the padding that makes its length even."""
    raw = value.encode("ascii") if isinstance(value, str) else value
    return raw + padding * (len(raw) % 2)


def small_image(number: int, *more: bytes) -> bytes:
    """An implicit VR data set that belongs to the C-STORE-RQ of that message id; `more` follows in order."""
    return b"".join(
        (
            implicit(0x00080016, even(CT, b"\0")),
            implicit(0x00080018, even(f"1.2.3.{number}", b"\0")),
            implicit(0x00100010, b"ODD^CASE"),
            implicit(0x00100020, b"12"),
            *more,
        )
    )


def large_image(number: int, size: int) -> bytes:
    """The same with pixels, `size` bytes in all; no two stretches of it are alike."""
    start = small_image(number)
    pixels = b"".join(index.to_bytes(2, "little") for index in range((size - len(start) - 8) // 2))
    return start + implicit(0x7FE00010, pixels)


def explicit_image(number: int, *more: bytes, charset: str | None = None, order: str = "<") -> bytes:
    """An explicit VR data set that belongs to the C-STORE-RQ of that message id."""
    charsets = () if charset is None else (explicit(0x00080005, "CS", even(charset), order=order),)
    return b"".join(
        (
            *charsets,
            explicit(0x00080016, "UI", even(CT, b"\0"), order=order),
            explicit(0x00080018, "UI", even(f"1.2.3.{number}", b"\0"), order=order),
            *more,
        )
    )
