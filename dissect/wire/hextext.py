"""Bytes in hexadecimal as people write them and as programs print them, read back into bytes.

Plain digits with or without spaces, commas, 0x or \\x; dumps of hexdump -C, xxd, od -t x1, tcpdump -x and
Wireshark; arrays and strings of C and Python; logs of DCMTK and pynetdicom. A line is read as a row of a dump
(`hexrows`) where it looks like one; in a log only rows of bytes are read and all prose is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dissect.wire.hexrows import Dump, HexTextError

__all__ = ["ACCEPTOR", "REQUESTOR", "Chunk", "Direction", "HexTextError", "joined", "parse"]

Direction = Literal[">", "<"]
REQUESTOR: Direction = ">"
ACCEPTOR: Direction = "<"

_MARK = re.compile(r"(?:(?P<sent>>>?|->|→)|(?P<received><<?|<-|←))(?:\s+|$|(?=[0-9A-Fa-f]{2}))")
_CLOCK = r"\d\d:\d\d:\d\d"
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = re.compile(
    rf"(?:\[[\d\s:.,TZ+-]{{0,24}}{_CLOCK}[\d:.,TZ+-]{{0,20}}\]"
    rf"|{_DATE}[T ]{_CLOCK}(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    rf"|{_CLOCK}[.,]\d+)(?:\s+|(?=[<>])|$)"
)
_BARE_TIME = re.compile(rf"({_CLOCK})\s+(?=\S)")
_LEVEL = re.compile(
    r"(?:^|\s)\[?(?:[TDIWEF]:|(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b\]?(?::[\w.]+)?\s*[:|-]?)"
)
_ROW_OF_LOG = re.compile(r"\s*[0-9A-Fa-f]{2}(?:\s+[0-9A-Fa-f]{2})*\s*$")
_ROW_BEGUN = re.compile(
    r"\s*(?:0x)?[0-9A-Fa-f]{3,}:?\s+[0-9A-Fa-f]{2}|.*(?:^|\s)[0-9A-Fa-f]{2}\s+[0-9A-Fa-f]{2}(?:\s|$)"
)
_QUOTED = ("#", "//", ";", "|", '"', "/*", ">", "<")
"""Behind these a level is part of a comment or of the text beside a row."""
_DECLARED = re.compile(
    r"[^=\"'#;]*=\s*(?:bytes\.fromhex\s*(?=\()|(?=[{\[(\"']|[bB][\"']|0[xX]|$))|\s*bytes\.fromhex\s*(?=\()"
)
_LENGTH_OF_ARRAY = re.compile(r"\s*(?:(?:static|const|unsigned|signed)\s+)*\w+\s+\w+\s*=\s*\d+\s*;\s*$")
_PEER = re.compile(r"char\s+peer([01])_\d+\s*\[")
_HEADING = re.compile(r"\s*(?:Offset(?:\s?\([hd]\))?\s+)?((?:[0-9A-Fa-f]{2}\s+){7,31}[0-9A-Fa-f]{2})\s*$")
_FIRST_ROW = re.compile(r"\s*(?:0x)?0{4,16}:?\s+[0-9A-Fa-f]{2}")
_STRING = re.compile(r"(?P<b>[bB]?)(?P<quote>[\"'])(?P<inside>(?:\\.|(?!(?P=quote)).)*)(?:(?P=quote)|$)")
_COMMENT = re.compile(r"#|//|;")
_TOKEN = re.compile(r"[\s,{}\[\]():|_-]+|(?P<word>[^\s,{}\[\]():|_-]+)")
_WORD = re.compile(r"(?:0[xX]|(?:\\x)+|x(?=[0-9A-Fa-f]{2}))?([0-9A-Fa-f]+)[hHuU]?$")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([0-7]{1,3})|(.))|([^\\])", re.DOTALL)
_LETTERS = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, '"': 34, "'": 39}


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of one line of text. `columns` tells where each stands in it; both count from 1."""

    direction: Direction | None
    data: bytes
    line: int
    columns: tuple[int, ...]


def parse(text: str) -> list[Chunk]:
    """The bytes in `text`, a chunk for each line that has any.

    A line marked `>` was sent by the association requestor, one marked `<` by the acceptor; lines without a
    mark go on with the one before. Raises HexTextError, which says where the text stops making sense.
    """
    chunks = list(_Reader(text).chunks())
    if not chunks:
        raise HexTextError("expected bytes in hexadecimal, found none", 1, 1)
    return chunks


def joined(chunks: list[Chunk]) -> list[tuple[Direction | None, bytes]]:
    """The bytes of neighbouring chunks of one direction, put together."""
    found: list[tuple[Direction | None, bytearray]] = []
    for chunk in chunks:
        if not found or found[-1][0] != chunk.direction:
            found.append((chunk.direction, bytearray()))
        found[-1][1].extend(chunk.data)
    return [(direction, bytes(data)) for direction, data in found]


class _Reader:
    """Goes through a text line by line."""

    def __init__(self, text: str) -> None:
        self.lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
        self.direction: Direction | None = None
        self.dumps: dict[Direction | None, Dump] = {}
        self.in_comment = False
        self.is_log = any(_level(line) is not None for line in self.lines)
        self.two_sided = _two_sided(self.lines)
        self.headings = set(_headings(self.lines))

    def chunks(self) -> Iterator[Chunk]:
        for number, line in enumerate(self.lines, 1):
            if number in self.headings:
                continue
            if self.is_log:
                found = self._row_of_log(line)
            else:
                found = self._line(line, number)
            if found:
                yield Chunk(
                    self.direction, bytes(byte for byte, _ in found), number, tuple(at + 1 for _, at in found)
                )

    def _row_of_log(self, line: str) -> list[tuple[int, int]]:
        """A row has nothing but bytes behind its level; "PDU HEAD TCP: 02 00" repeats what follows."""
        start = _level(line) or 0
        if not _ROW_OF_LOG.match(line, start):
            return []
        pairs = re.finditer(r"[0-9A-Fa-f]{2}", line[start:])
        return [(int(pair.group(), 16), start + pair.start()) for pair in pairs]

    def _line(self, line: str, number: int) -> list[tuple[int, int]]:
        at = self._preamble(line, number)
        rest = line[at:]
        if not rest.strip():
            return []
        dump = self.dumps.setdefault(self.direction, Dump())
        row = dump.row(rest, number, at)
        if row is not None:
            return [(byte, column + at) for byte, column in row]
        dump.interrupted()
        if _LENGTH_OF_ARRAY.match(rest):
            return []
        return self._free(line, at, number)

    def _preamble(self, line: str, number: int) -> int:
        """Where the bytes of a line begin: behind its time and its mark, which sets the direction."""
        at = len(line) - len(line.lstrip())
        if self.two_sided:
            self.direction = ACCEPTOR if at else REQUESTOR
        time = _TIME.match(line, at)
        bare = None if time else _BARE_TIME.match(line, at)
        if time:
            at = time.end()
        elif bare and _MARK.match(line, bare.end()):
            at = bare.end()
        elif bare:
            raise HexTextError(f"{bare[1]} may be a time or three bytes: leave out the time", number, at + 1)
        mark = _MARK.match(line, at)
        if mark:
            self.direction = REQUESTOR if mark["sent"] else ACCEPTOR
            at = mark.end()
            time = _TIME.match(line, at)
            at = time.end() if time else at
        peer = _PEER.match(line, at)
        if peer:
            self.direction = REQUESTOR if peer[1] == "0" else ACCEPTOR
        return at

    def _free(self, line: str, at: int, number: int, stop: int | None = None) -> list[tuple[int, int]]:
        """Bytes in any free form, with comments, from column `at` on."""
        stop = len(line) if stop is None else stop
        declared = None if self.in_comment else _DECLARED.match(line, at, stop)
        at = declared.end() if declared else at
        found: list[tuple[int, int]] = []
        while at < stop:
            if self.in_comment or line.startswith("/*", at, stop):
                end = line.find("*/", at if self.in_comment else at + 2, stop)
                self.in_comment = end < 0
                at = stop if end < 0 else end + 2
                continue
            if _COMMENT.match(line, at, stop) or (line[at] == "\\" and not line[at + 1 : stop].strip()):
                break
            string = _STRING.match(line, at, stop)
            if string:
                found += self._string(string, number)
                at = string.end()
                continue
            token = _TOKEN.match(line, at, stop)
            if token is None:
                raise _expected(line[at], number, at)
            word = token["word"]
            if word is None:
                at = token.end()
                continue
            word = _before_comment(word)
            found += _word(word, number, at)
            at += len(word)
        return found

    def _string(self, string: re.Match[str], number: int) -> list[tuple[int, int]]:
        """A string of C or Python: characters and escapes; one with neither escapes nor a b holds digits."""
        start, inside = string.start("inside"), string["inside"]
        if "\\" not in inside and not string["b"]:
            return self._free(string.string, start, number, string.end("inside"))
        found: list[tuple[int, int]] = []
        for each in _ESCAPE.finditer(inside):
            pair, octal, letter, plain = each.groups()
            at = start + each.start()
            if pair:
                value = int(pair, 16)
            elif octal:
                value = int(octal, 8)
            elif letter in _LETTERS:
                value = _LETTERS[letter]
            else:
                value = ord(plain) if plain and plain.isascii() else 256
            if value > 255:
                raise HexTextError(
                    f"expected \\x and two hexadecimal digits, found {each[0]!r}", number, at + 1
                )
            found.append((value, at))
        return found


def _level(line: str) -> int | None:
    """Where the message of a line of a log begins; None where there is no level such as `D:` or DEBUG."""
    found = _LEVEL.search(line[:60])
    before = line[: found.start()] if found else ""
    # what stands before a level is a time, a process or the name of a module, but no row of bytes
    if found is None or _ROW_BEGUN.match(before) or any(mark in before for mark in _QUOTED):
        return None
    return found.end()


def _two_sided(lines: list[str]) -> bool:
    """Whether this is Wireshark's "Follow TCP Stream" as a hex dump: the other side's rows are indented."""
    rows = [line for line in lines if re.match(r"\s*[0-9A-Fa-f]{8} {2}[0-9A-Fa-f]{2} ", line)]
    return {len(row.expandtabs(4)) - len(row.lstrip().expandtabs(4)) for row in rows} == {0, 4}


def _headings(lines: list[str]) -> Iterator[int]:
    """The lines, counted from 1, that number the columns of a dump which begins below: 00 01 02 ... 0F."""
    heading = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if heading and _FIRST_ROW.match(line):
            yield heading
        columns = _HEADING.match(line)
        numbers = bytes.fromhex(columns[1]) if columns else b""
        heading = number if numbers and numbers == bytes(range(len(numbers))) else 0


def _before_comment(word: str) -> str:
    """A word without the comment that begins in it."""
    comment = re.search(r"#|//|;|/\*|[\"']", word[1:])
    return word[: comment.start() + 1] if comment else word


def _word(word: str, number: int, at: int) -> list[tuple[int, int]]:
    """The bytes of one word: digits with or without 0x, \\x or a final H."""
    if "\\x" in word[1:]:  # \x01\x02 without quotes
        found, start = [], 0
        for part in re.findall(r"(?:\\x)?[^\\]+|\\", word):
            found += _word(part, number, at + start)
            start += len(part)
        return found
    matched = _WORD.match(word)
    if not matched:
        wrong = re.match(r"(?:0[xX]|\\x)?[0-9A-Fa-f]*", word)
        offset = wrong.end() if wrong and wrong.end() < len(word) else 0
        raise _expected(word, number, at, offset)
    digits, start = matched[1], at + matched.start(1)
    if len(digits) == 1 and matched.start(1):  # 0x5
        return [(int(digits, 16), start)]
    if len(digits) % 2:
        raise _expected(word, number, at, matched.end(1) - 1)
    return [(int(digits[i : i + 2], 16), start + i) for i in range(0, len(digits), 2)]


def _expected(found: str, number: int, at: int, offset: int = 0) -> HexTextError:
    shown = found if len(found) <= 20 else f"{found[:19]}…"
    return HexTextError(
        f"expected two hexadecimal digits for each byte, found {shown!r}", number, at + offset + 1
    )
