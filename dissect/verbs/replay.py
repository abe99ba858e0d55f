"""`pduscope replay`: one side of a recorded association, played to a live peer."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import captures, options, speaking

if TYPE_CHECKING:
    from dissect.peer.address import Address
    from dissect.peer.connection import Connection
    from dissect.replay.report import Report
    from dissect.replay.stage import Stage

DIFFERENT = 1
LONGEST_WAIT = 7 * 86400
"""Seconds."""


@click.command()
@click.argument("capture", type=click.Path(), metavar="CAPTURE")
@click.option(
    "--association", "number", type=click.IntRange(1), metavar="N", help="Association N of the list."
)
@click.option("--to", "to", metavar="HOST:PORT", help="Play its requestor to the acceptor that listens here.")
@click.option("--as-acceptor", is_flag=True, help="Play its acceptor, to the requestor that connects.")
@click.option("--listen", "at", metavar="HOST:PORT", help="With --as-acceptor: where to listen.")
@click.option("--calling-ae", type=speaking.Title(), help="AE title to call with, instead of that recorded.")
@click.option("--called-ae", type=speaking.Title(), help="AE title to call, instead of that recorded.")
@click.option(
    "--move-destination",
    type=speaking.Title(),
    help="AE title that a C-MOVE sends to, instead of that recorded.",
)
@click.option(
    "--pace", type=click.Choice(["fast", "recorded"]), default="fast",
    help="Send as soon as the peer is ready (fast, the default), or wait as long as was waited then.",
)  # fmt: skip
@speaking.timeout
@click.option(
    "--wait", type=options.Seconds(LONGEST_WAIT), default=300.0, metavar="S",
    help="With --as-acceptor: seconds to wait for somebody to connect, and to ask for more (300).",
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(["text", "ndjson"]), default="text",
    help="text (the default), or the report as one JSON object.",
)  # fmt: skip
@click.option(
    "-w", "--write", "out", type=click.Path(), metavar="OUT", help="Keep the dialogue as a capture."
)
@speaking.overwrite
def replay(
    capture: str, number: int | None, to: str | None, as_acceptor: bool, at: str | None,
    calling_ae: str | None, called_ae: str | None, move_destination: str | None, pace: str, timeout: float,
    wait: float, format_: str, out: str | None, overwrite: bool,
) -> int:  # fmt: skip
    """Play one side of a recorded association to a live peer, and tell what differs.

    Messages go out as they were recorded, each after what it waited for. AE titles, presentation contexts,
    transfer syntaxes, PDU lengths, message ids and the UIDs that the peer assigns are put right as it
    negotiates and answers. The exit status is 0 where the association and every exchange ended as recorded,
    1 where one did not, 2 where it could not be tried.

    \b
    pduscope replay print.pcap --to 127.0.0.1:11112 --called-ae PRINTER
    pduscope replay night.pcapng --association 7 --as-acceptor --listen 0.0.0.0:11112
    """
    if as_acceptor != (at is not None) or as_acceptor == (to is not None):
        raise click.UsageError("give --to HOST:PORT, or --as-acceptor with --listen HOST:PORT")
    if as_acceptor and (calling_ae or called_ae or move_destination):
        raise click.UsageError("AE titles are the requestor's to choose: they go with --to")
    from dissect.outputs.replayed import as_json, as_text  # deferred: numpy takes 0.14 s
    from dissect.peer.connection import PeerError, connect, listen, parse_address
    from dissect.replay.names import NotPlayableError
    from dissect.replay.player import Player
    from dissect.replay.script import script
    from dissect.replay.stage import Stage
    from dissect.verbs.octets import InputError
    from dissect.wire.files import CaptureError

    try:
        speaking.refuse(out, overwrite=overwrite)
        if out is not None:
            _refuse(out, capture)
        address = parse_address(at or to or "", listening=as_acceptor)
        recorded = captures.association(capture, number)
        side = recorded.acceptor_side if as_acceptor else recorded.requestor_side
        player = Player(
            script(recorded, side), calling=calling_ae, called=called_ae, move_destination=move_destination
        )
        if as_acceptor:
            with listen(address) as listener:
                complain(f"listening at {listener.address} as the acceptor of association {recorded.index}")
                connection = listener.accept(wait)
        else:
            connection = connect(address, timeout=timeout)
    except (CaptureError, InputError, NotPlayableError, PeerError) as error:
        complain(str(error))
        return UNUSABLE
    with connection:
        stage = Stage(player, connection, timeout=timeout, idle=wait, paced=pace == "recorded")
        found = _played(stage, connection, out)
    write([as_json(found, capture)] if format_ == "ndjson" else as_text(found, look()))
    return 0 if found.same else DIFFERENT


def _refuse(out: str, capture: str) -> None:
    """Raise InputError where the dialogue would be written over what is replayed."""
    from dissect.verbs.octets import InputError

    if Path(out).exists() and Path(capture).exists() and Path(out).samefile(capture):
        raise InputError(f"{out}: this is the capture that is replayed; give another file")


def _played(stage: Stage, connection: Connection, out: str | None) -> Report:
    """Play, keep the dialogue as a capture, and compare what that shows with what was recorded."""
    from dissect.outputs.handwritten import write_dialogue
    from dissect.replay.report import report
    from dissect.wire.hextext import ACCEPTOR, REQUESTOR, Direction

    local, remote = connection.local, connection.remote
    requesting = stage.player.script.is_requestor
    ends: dict[Direction, Address] = {
        REQUESTOR: local if requesting else remote,
        ACCEPTOR: remote if requesting else local,
    }
    with tempfile.TemporaryDirectory(prefix="pduscope-") as folder:
        path = Path(out) if out is not None else Path(folder) / "dialogue.pcap"
        with path.open("wb") as file:
            write_dialogue(file, stage.perform(), ends, time.time_ns(), closed_by=REQUESTOR)
        live = captures.read([str(path)])
        return report(stage.player, live.associations[0] if live.associations else None)
