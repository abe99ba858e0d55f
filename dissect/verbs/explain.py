"""`pduscope explain` and `pduscope import`: bytes in hexadecimal, and numbers out of logs.

An argument is a file, else bytes, else a number or name. Files and stdin hold hex text, or bytes as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from dissect.terminal import UNUSABLE, complain, look, write

if TYPE_CHECKING:
    from dissect.explain import Depth
    from dissect.wire.hextext import Chunk, Direction

STDIN = "-"
SIDES = {">": "sent by the requestor", "<": "sent by the acceptor"}
LARGEST = 64 << 20
"""Bytes of a file that are read: hex text is written by people."""
_PAIR = r"(?:0[xX]|\\x)?[0-9A-Fa-f]{2}[hH]?"
_BYTES = re.compile(
    rf"\s*[<>]?\s*{_PAIR}(?:(?:[\s,:-]+|(?=\\x)){_PAIR})+[\s,]*|\s*[<>]?[0-9A-Fa-f\s]{{12,}}|.*\\x.*"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_what = click.argument("what", nargs=-1, required=True, metavar="FILE-or-HEX...")


class _InputError(Exception):
    """What was given cannot be used; the text is one line."""


class _Run(NamedTuple):
    """Bytes that one side sent without the other's in between, and where each stood in the text."""

    direction: Direction | None
    data: bytes
    where: Callable[[int], str]


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE-or-HEX-or-NUMBER...")
@click.option(
    "--depth", type=click.Choice(["items", "fields", "bytes"]), default="fields",
    help="How much of PDUs is explained: items, their fields (the default), or every byte.",
)  # fmt: skip
@click.option("--show-secrets", is_flag=True, help="Passcodes and tokens of user identities as they are.")
def explain(what: tuple[str, ...], depth: Depth, show_secrets: bool) -> int:
    """Explain PDUs byte by byte, or what a number, code, UID, tag or name is.

    FILE holds bytes, or hexadecimal text as people write it and as hexdump, xxd, od, Wireshark, DCMTK and
    pynetdicom print it; - is stdin. Lines marked > were sent by the requestor, those marked < by the
    acceptor.

    \b
    pduscope explain association.txt
    pduscope explain --depth bytes 05 00 00 00 00 04 00 00 00 00
    pduscope explain 17149697              a length out of somebody's log
    pduscope explain 0xA700 1/1/7 "(0008,0018)" 1.2.840.10008.1.2
    """
    status = 0
    for number, each in enumerate(_together(what)):
        try:
            pieces = _explanation(each, depth, show_secrets)
        except _InputError as error:
            complain(str(error))
            status = UNUSABLE
            continue
        write(["\n"] if number else [])
        write(pieces)
    return status


@click.command("import")
@_what
@click.option(
    "-w", "--write", "out", required=True, type=click.Path(), metavar="OUT", help="The pcap file to write."
)
@click.option("--overwrite", is_flag=True, help="Replace OUT if it exists.")
def import_(what: tuple[str, ...], out: str, overwrite: bool) -> int:
    """Make a capture of PDUs in hexadecimal text, with TCP and IP around them.

    Lines marked > go from requestor to acceptor, those marked < the other way; where nothing is marked, the
    type of each PDU tells. Times are made up, addresses are examples.

    \b
    pduscope import association.txt -w association.pcap
    """
    from dissect.outputs.handwritten import directed, write_capture  # deferred: numpy takes 0.14 s

    try:
        runs = [run for each in _together(what) for run in _runs(each)]
    except _InputError as error:
        complain(str(error))
        return UNUSABLE
    try:
        write_capture(Path(out), directed((run.direction, run.data) for run in runs), overwrite=overwrite)
    except FileExistsError:
        complain(f"{out}: the file exists already; --overwrite replaces it")
        return UNUSABLE
    except OSError as error:
        complain(f"{out}: {error.strerror or error}")
        return UNUSABLE
    return 0


def _together(what: tuple[str, ...]) -> list[str]:
    """The arguments, those that are bytes without quotes around them as one: explain 05 00 00 00."""
    if len(what) > 1 and _BYTES.fullmatch(" ".join(what)) and not any(_is_file(each) for each in what):
        return [" ".join(what)]
    return list(what)


def _is_file(name: str) -> bool:
    try:
        return name == STDIN or Path(name).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def _explanation(given: str, depth: Depth, show_secrets: bool) -> Iterator[str]:
    from dissect.explain import explain_number  # deferred: Scapy takes 0.24 s

    if not _is_file(given) and not _BYTES.fullmatch(given):
        found = explain_number(given)
        if not found:
            raise _InputError(f"{given}: no such file, and no bytes, number or name that means anything here")
        from dissect.outputs.explanation import readings

        return readings(given, found, look())
    return _explained(_runs(given), depth, show_secrets)


def _explained(runs: list[_Run], depth: Depth, show_secrets: bool) -> Iterator[str]:
    from dissect.explain import Explainer
    from dissect.outputs.explanation import Explained

    explainer = Explainer(depth, show_secrets=show_secrets)
    appearance = look()
    explained = Explained(depth, appearance)
    for number, run in enumerate(runs):
        if run.direction is not None:
            yield (
                ("\n" if number else "")
                + appearance.paint(f"{run.direction} {SIDES[run.direction]}", "yellow")
                + "\n"
            )
        yield from explained.lines(explainer.rows(run.data, run.direction or ""), run.where)
    yield explained.verdict()


def _runs(given: str) -> list[_Run]:
    """The bytes that a file, stdin or an argument holds."""
    from dissect.wire.hextext import HexTextError, parse

    text, name = given, "hex"
    if _is_file(given):
        name = "stdin" if given == STDIN else given
        content = _content(given, name)
        if isinstance(content, bytes):
            return [_Run(None, content, _nowhere)]
        text = content
    try:
        return _located(parse(text), several="\n" in text.strip())
    except HexTextError as error:
        raise _InputError(f"{name}: {error}") from None


def _content(given: str, name: str) -> str | bytes:
    """What a file holds: text, or bytes where it is no text."""
    from dissect.wire.files import CAPTURES

    try:
        if given == STDIN:
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(given).open("rb") as file:
                data = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise _InputError(f"{name}: this is a directory; give a file") from None
    except OSError as error:
        raise _InputError(f"{name}: {error.strerror or error}") from None
    if len(data) > LARGEST:
        raise _InputError(
            f"{name}: more than {LARGEST >> 20} MB; hex text is shorter, captures are for pduscope show"
        )
    if data[:4] in CAPTURES:
        raise _InputError(f"{name}: this is a capture; pduscope show --hex --notes explains it")
    if not data:
        raise _InputError(f"{name}: the file is empty")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return data
    return data if _CONTROL.search(text) else text


def _located(chunks: list[Chunk], *, several: bool) -> list[_Run]:
    """Neighbouring chunks of one direction as one run; in text of several lines it knows where they stood."""
    runs: list[tuple[Direction | None, bytearray, list[tuple[int, int]]]] = []
    for chunk in chunks:
        if not runs or runs[-1][0] != chunk.direction:
            runs.append((chunk.direction, bytearray(), []))
        runs[-1][1].extend(chunk.data)
        runs[-1][2].extend((chunk.line, column) for column in chunk.columns)
    return [
        _Run(direction, bytes(data), _finder(places) if several else _nowhere)
        for direction, data, places in runs
    ]


def _finder(places: list[tuple[int, int]]) -> Callable[[int], str]:
    def where(position: int) -> str:
        line, column = places[min(position, len(places) - 1)]
        return f"line {line}, column {column}"

    return where


def _nowhere(position: int) -> str:
    return ""
