"""`pduscope echo`: whether a peer answers, with every byte of question and answer explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain
from dissect.verbs import speaking

if TYPE_CHECKING:
    from dissect.explain import Depth
    from dissect.peer.dialogue import Dialogue, Spoken


@click.command()
@click.argument("address", metavar="HOST:PORT")
@click.option("--called-ae", type=speaking.Title(), default="ANY-SCP", help="AE title of the peer (ANY-SCP).")
@click.option(
    "--calling-ae", type=speaking.Title(), default="PDUSCOPE", help="AE title to call with (PDUSCOPE)."
)
@speaking.timeout
@speaking.depth
@speaking.quiet
@speaking.hex_
@speaking.out
@speaking.overwrite
def echo(
    address: str, called_ae: str, calling_ae: str, timeout: float, depth: Depth, quiet: bool, hex_: bool,
    out: str | None, overwrite: bool,
) -> int:  # fmt: skip
    """Ask a peer for a C-ECHO and explain every field of what both sides say.

    Proposes Verification in implicit VR little endian, sends a C-ECHO-RQ, and releases the association. The
    exit status is 0 where the C-ECHO succeeds, 1 where the peer answers otherwise, 2 where it cannot be
    asked.

    \b
    pduscope echo 127.0.0.1:11112 --called-ae ARCHIVE
    pduscope echo --quiet [::1]:104
    """
    from dissect.peer.connection import PeerError  # deferred: numpy takes 0.14 s
    from dissect.peer.verification import association_request, echo_request, release_request
    from dissect.verbs.octets import InputError

    def play(dialogue: Dialogue) -> Iterator[Spoken]:
        accepted = False
        for spoken in dialogue.play([request]):
            accepted = accepted or _accepts(spoken)
            yield spoken
        if accepted:
            yield from dialogue.play([echo_request()])
        yield from dialogue.play([release_request()])

    manner = speaking.Manner(depth, quiet, hex_, False, out, overwrite)
    try:
        request = association_request(calling_ae, called_ae)
        manner.refuse()
        held = speaking.hold(address, timeout, play, manner)
    except (InputError, PeerError) as error:
        complain(str(error))
        return UNUSABLE
    return speaking.conclude(held)


def _accepts(spoken: Spoken) -> bool:
    """Whether this is an A-ASSOCIATE-AC in which Verification can be used."""
    from dissect.dicom.negotiation import read_proposal
    from dissect.dicom.recognition import A_ASSOCIATE_AC

    if spoken.octets[:1] != bytes([A_ASSOCIATE_AC]):
        return False
    return any(context.result == 0 for context in read_proposal(spoken.octets).contexts)
