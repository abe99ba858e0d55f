"""Manners of a command: data to stdout, all else to stderr, one line for what is wrong, no traceback."""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from dissect.outputs.words import Look

NAME = "pduscope"
UNUSABLE, INTERRUPTED = 2, 130
PIPED_WIDTH = 100
"""Columns that lines should fit in where no terminal says how many it has."""
PIECE = 1 << 16
"""Characters that are written at once."""
PATIENCE = 0.5
"""Seconds after which somebody who waits wants to know how long."""
INTERVAL = 0.1
"""Seconds between two looks of the progress line."""


def run(command: click.Command, arguments: list[str] | None = None) -> int:
    """Run a command of the command line; returns the exit status."""
    _prepare()
    try:
        status = command.main(arguments, prog_name=NAME, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else NAME
        complain(f"{error.format_message().rstrip('.')}; see {path} --help")
    except click.ClickException as error:
        complain(error.format_message())
    except click.Abort:
        return INTERRUPTED
    except OSError as error:  # a full disk behind stdout
        complain(f"{error.strerror or error}")
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                _silence(stream)
    return UNUSABLE


def _prepare() -> None:
    """A stream that was closed takes and gives nothing; what stdout cannot say goes out as an escape.

    Opening them fills their places too: a capture that got descriptor 1 would be written to.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as the process
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def complain(text: str) -> None:
    """One line on stderr, whatever the text holds; where nobody can be told, the exit status tells."""
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    with suppress(OSError):
        click.echo(f"{NAME}: {line}", err=True)


def write(pieces: Iterable[str]) -> None:
    """Data to stdout. When its reader has seen enough, as `head` has, that is the end, and a good one."""
    out = sys.stdout
    try:
        kept: list[str] = []
        size = 0
        for piece in pieces:
            kept.append(piece)
            size += len(piece)
            if size >= PIECE:
                out.write("".join(kept))
                kept, size = [], 0
        out.write("".join(kept))
        out.flush()
    except BrokenPipeError:
        _silence(out)
        raise click.exceptions.Exit(0) from None


def _silence(stream: TextIO) -> None:
    """What is left in the buffer of a stream would raise again when Python closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def unread() -> bool:
    """Whether whoever read stdout has gone: of a pipe, a writer that says nothing would not notice."""
    poll = getattr(select, "poll", None)
    if poll is None:
        return False
    try:
        waiting = poll()
        waiting.register(sys.stdout.fileno(), 0)
        return any(events & select.POLLERR for _, events in waiting.poll(0))
    except (OSError, ValueError):  # stdout is no file, or closed
        return False


def look() -> Look:
    """What stdout can do. Colour: on a terminal only, and not where NO_COLOR (no-color.org) is set."""
    from dissect.outputs.words import Look  # deferred: it needs numpy, 0.14 s

    out = sys.stdout
    try:
        "→←…µ•".encode(out.encoding or "ascii")
        unicode = True
    except (UnicodeEncodeError, LookupError):
        unicode = False
    screen = out.isatty()
    colour = screen and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    return Look(colour=colour, unicode=unicode, width=width, shorten=screen)


class ProgressLine:
    """How far reading has come, on stderr, if that is a terminal and it takes long enough to matter."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._next = time.monotonic() + PATIENCE if sys.stderr.isatty() else float("inf")
        self._shown = False

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next or not total:
            return
        self._next, self._shown = now + INTERVAL, True
        columns = max(shutil.get_terminal_size().columns - 1, 20)
        part = min(done / total, 1.0)
        bar = f"[{'#' * round(part * 24):<24}] {part:4.0%}"
        name = self._name[-(columns - len(bar) - 10) :] if columns > len(bar) + 10 else ""
        sys.stderr.write(f"\r{f'reading {name} {bar}'[:columns]}\x1b[K")
        sys.stderr.flush()

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
