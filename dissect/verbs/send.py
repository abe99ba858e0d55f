"""`pduscope send`: PDUs out of a file to a live peer, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import speaking

if TYPE_CHECKING:
    from dissect.explain import Depth
    from dissect.peer.rewriting import Setting

HELP = "help"


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--to", "address", metavar="HOST:PORT", help="The peer, and the only address that is spoken to."
)
@click.option(
    "--association", type=click.IntRange(1), metavar="N", help="In a capture: send what its requestor sent."
)
@click.option("--called-ae", metavar="TITLE", help="Another called AE title than FILE has.")
@click.option("--calling-ae", metavar="TITLE", help="Another calling AE title.")
@click.option(
    "--set", "settings", multiple=True, metavar="FIELD=VALUE",
    help="Set a field, as C-ECHO-RQ.MessageID=7 or A-ASSOCIATE-RQ.max_length=4096, and put lengths right. "
    "`--set help` lists the fields of FILE.",
)  # fmt: skip
@click.option(
    "--raw", is_flag=True, help="Send bytes as they are, wrong ones too, and go on without answers."
)
@speaking.timeout
@speaking.depth
@speaking.quiet
@speaking.hex_
@speaking.secrets
@speaking.out
@speaking.overwrite
def send(
    file: str, address: str | None, association: int | None, called_ae: str | None, calling_ae: str | None,
    settings: tuple[str, ...], raw: bool, timeout: float, depth: Depth, quiet: bool, hex_: bool,
    show_secrets: bool, out: str | None, overwrite: bool,
) -> int:  # fmt: skip
    """Send PDUs to a peer, wait for each answer, and explain both sides.

    FILE holds hexadecimal text as pduscope explain reads it, or the bytes themselves, or is a capture; - is
    stdin. What the acceptor said in it is left out. The exit status is 0 where the peer did all that it was
    asked, 1 where it refused, failed or did not answer, 2 where nothing could be sent.

    \b
    pduscope send captures/echo.txt --to 127.0.0.1:11112 --called-ae ARCHIVE
    pduscope send --association 2 night.pcapng --to 127.0.0.1:11112 -w answer.pcap
    pduscope send --set A-ASSOCIATE-RQ.max_length=4096 captures/echo.txt --to 127.0.0.1:11112
    """
    from dissect.outputs.words import plural  # deferred: numpy takes 0.14 s
    from dissect.peer.connection import PeerError
    from dissect.peer.rewriting import parse_setting, rewrite
    from dissect.peer.values import SettingError
    from dissect.verbs.octets import InputError
    from dissect.verbs.sendable import sendable
    from dissect.wire.files import CaptureError

    if raw and (settings or called_ae is not None or calling_ae is not None):
        raise click.UsageError(
            "--raw sends bytes as they are: it goes without --set, --called-ae, --calling-ae"
        )
    if address is None and HELP not in settings:
        raise click.UsageError("missing option --to HOST:PORT: where is the peer")
    manner = speaking.Manner(depth, quiet, hex_, show_secrets, out, overwrite)
    try:
        wanted = [parse_setting(each) for each in settings if each != HELP]
        wanted += _titles(called_ae, calling_ae)
        found = sendable(file, association, raw=raw)
        pdus = rewrite(found.pdus, wanted)
        if HELP in settings or address is None:
            write(_listed(pdus, show_secrets=show_secrets))
            return 0
        if found.answers:
            complain(f"{file}: {plural(found.answers, 'PDU')} of an acceptor left out")
        manner.refuse()
        held = speaking.hold(address, timeout, lambda dialogue: dialogue.play(pdus), manner, patient=raw)
    except (InputError, CaptureError, SettingError, PeerError) as error:
        complain(str(error))
        return UNUSABLE
    return speaking.conclude(held)


def _titles(called: str | None, calling: str | None) -> Iterator[Setting]:
    from dissect.peer.rewriting import Setting

    for field, title in (("called_ae_title", called), ("calling_ae_title", calling)):
        if title is not None:
            yield Setting("A-ASSOCIATE-RQ", field, None, title)


def _listed(pdus: list[bytes], *, show_secrets: bool) -> Iterator[str]:
    """The fields that can be set, as --set takes them, with what they hold."""
    from dissect.peer.rewriting import settable

    appearance = look()
    rows = [(f"{name}.{field}", value) for name, field, value in settable(pdus, show_secrets=show_secrets)]
    width = max(len(field) for field, _ in rows)
    for field, value in rows:
        yield appearance.cut(f"{field:<{width}}  {value}", appearance.width) + "\n"
