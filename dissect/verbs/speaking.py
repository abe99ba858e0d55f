"""A dialogue with a live peer, told on stdout while it is held, and kept as a capture."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import options
from dissect.verbs.octets import InputError

if TYPE_CHECKING:
    from dissect.dicom.associations import Association
    from dissect.explain import Depth
    from dissect.peer.connection import Connection
    from dissect.peer.dialogue import Dialogue, Spoken

ANSWERED_OTHERWISE = 1
"""Exit status: the connection was there, and the peer did not do what it was asked."""
LONGEST_TITLE = 16


class Title(click.ParamType[str]):
    """An AE title (PS3.5 6.2: 16 characters of the default repertoire, no backslash)."""

    name = "title"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TITLE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        title = value.strip(" ")
        plain = title.isascii() and title.isprintable() and "\\" not in title
        if not title or len(title) > LONGEST_TITLE or not plain:
            self.fail(
                f"{value!r} is no AE title: 1 to {LONGEST_TITLE} ASCII characters, no backslash", param, ctx
            )
        return title


timeout = click.option(
    "--timeout", type=options.Seconds(3600), default=10.0, metavar="S",
    help="Seconds to wait for the connection and for each answer (10).",
)  # fmt: skip
depth = click.option(
    "--depth", type=click.Choice(["items", "fields", "bytes"]), default="fields",
    help="How much of PDUs is explained: items, their fields (the default), or every byte.",
)  # fmt: skip
quiet = click.option("-q", "--quiet", is_flag=True, help="One line at the end, and nothing else.")
hex_ = click.option("--hex", "hex_", is_flag=True, help="The bytes of both sides as hex text, at the end.")
secrets = click.option(
    "--show-secrets", is_flag=True, help="Passcodes and tokens of user identities as they are."
)
out = click.option("-w", "--write", "out", type=click.Path(), metavar="OUT", help="Keep it as a pcap file.")
overwrite = click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")

Play = Callable[["Dialogue"], Iterator["Spoken"]]


class Manner(NamedTuple):
    """How a dialogue is told."""

    depth: Depth
    quiet: bool
    hex: bool
    show_secrets: bool
    out: str | None
    overwrite: bool

    def refuse(self) -> None:
        """Raise InputError where it cannot be kept: known before the dialogue is held."""
        refuse(self.out, overwrite=self.overwrite)


def refuse(out: str | None, *, overwrite: bool) -> None:
    """Raise InputError where a capture cannot be written to `out`."""
    if out is None:
        return
    path = Path(out)
    if path.is_dir():
        raise InputError(f"{out}: this is a directory; give a file in it")
    if path.exists() and not overwrite:
        raise InputError(f"{out}: the file exists already; --overwrite replaces it")
    if not path.parent.is_dir():
        raise InputError(f"{out}: there is no such directory")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{out}: this may not be written")


class Held(NamedTuple):
    """A dialogue that was held: its association as a capture shows it, and what ended it early."""

    association: Association | None
    trouble: str
    unanswered: list[str]
    kept: bool
    """Whether the capture of it that was asked for could be written."""


def hold(address: str, seconds: float, play: Play, manner: Manner, *, patient: bool = False) -> Held:
    """Connect to a peer, play, and tell of it. Raises PeerError where there is no connection.

    A peer that does not answer gets an A-ABORT in the end, but a `patient` dialogue says only what is played.
    """
    from dissect.outputs.dialogue import Telling, hex_text, summary
    from dissect.peer.connection import NoAnswerError, PeerError, connect, parse_address
    from dissect.peer.dialogue import Dialogue, Spoken
    from dissect.wire.hextext import ACCEPTOR

    def tell(pieces: Iterable[str]) -> None:
        if not manner.quiet:
            write(pieces)

    def hear(said: Iterator[Spoken]) -> None:
        for each in said:
            spoken.append(each)
            tell(telling.spoken(each))

    spoken: list[Spoken] = []
    trouble = ""
    appearance = look()
    with connect(parse_address(address), timeout=seconds) as connection:
        opened = time.time_ns()
        telling = Telling(manner.depth, appearance, opened, show_secrets=manner.show_secrets)
        dialogue = Dialogue(connection, seconds, patient=patient)
        try:
            hear(play(dialogue))
        except PeerError as error:
            trouble = str(error)
            if error.octets:
                spoken.append(Spoken(ACCEPTOR, error.octets, time.time_ns()))
                tell(telling.strange(error.octets))
            if isinstance(error, NoAnswerError) and not patient:
                hear(dialogue.give_up())
        except BaseException:  # somebody interrupts: the peer need not wait for more
            if not patient:
                list(dialogue.give_up())
            raise
        closed = time.time_ns()
        tell(telling.rest())
    associations, kept = _captured(connection, spoken, (opened, closed), manner, by_peer=dialogue.ended)
    tell(summary(associations, appearance))
    if manner.hex:
        write(hex_text(spoken, show_secrets=manner.show_secrets))
    return Held(associations[0] if associations else None, trouble, dialogue.unanswered, kept)


def conclude(held: Held) -> int:
    """Say how it went, in one line; returns the exit status."""
    from dissect.outputs.dialogue import verdict

    for each in held.unanswered:
        complain(each)
    if held.trouble:
        complain(held.trouble)
        return ANSWERED_OTHERWISE
    appearance = look()
    text, good = verdict(held.association, appearance)
    good = good and not held.unanswered
    write([appearance.paint(text, "green" if good else "red") + "\n"])
    return ANSWERED_OTHERWISE if not good else 0 if held.kept else UNUSABLE


def _captured(
    connection: Connection, spoken: list[Spoken], times: tuple[int, int], manner: Manner, *, by_peer: bool
) -> tuple[list[Association], bool]:
    """What was said as a capture, which is read again as any other; whether it was kept, if wanted."""
    import tempfile  # deferred: 13 ms

    from dissect.capture import Capture
    from dissect.outputs.handwritten import write_dialogue
    from dissect.readings import READINGS
    from dissect.wire.hextext import ACCEPTOR, REQUESTOR

    ends = {REQUESTOR: connection.local, ACCEPTOR: connection.remote}
    opened, closed = times
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dialogue.pcap"
        with path.open("wb") as file:
            side = ACCEPTOR if by_peer else REQUESTOR
            write_dialogue(file, spoken, ends, opened, closed=closed, closed_by=side)
        if manner.out is not None:
            try:
                shutil.copyfile(path, manner.out)
            except OSError as error:
                complain(f"{manner.out}: {error.strerror or error}")
                kept = False
        capture = Capture([path], readings=READINGS)
        for _ in capture.read():
            pass
        return capture.associations, kept
