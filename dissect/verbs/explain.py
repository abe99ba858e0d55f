"""`pduscope explain` and `pduscope import`: bytes in hexadecimal, and numbers out of logs.

An argument is a file, else bytes, else a number or name. Files and stdin hold hex text, or bytes as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import speaking
from dissect.verbs.octets import InputError, Run, is_file, read_runs

if TYPE_CHECKING:
    from dissect.explain import Depth

SIDES = {">": "sent by the requestor", "<": "sent by the acceptor"}
_PAIR = r"(?:0[xX]|\\x)?[0-9A-Fa-f]{2}[hH]?"
_BYTES = re.compile(
    rf"\s*[<>]?\s*{_PAIR}(?:(?:[\s,:-]+|(?=\\x)){_PAIR})+[\s,]*|\s*[<>]?[0-9A-Fa-f\s]{{12,}}|.*\\x.*"
)

_NEGATIVE = re.compile(r"-\d[\d,_]*")


class _Explain(click.Command):
    """Its arguments may be negative numbers, which are no options: lengths in logs of Java are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {each}" if _NEGATIVE.fullmatch(each) else each for each in args])


_what = click.argument("what", nargs=-1, required=True, metavar="FILE-or-HEX...")


@click.command(cls=_Explain)
@click.argument("what", nargs=-1, required=True, metavar="FILE-or-HEX-or-NUMBER...")
@speaking.depth
@speaking.secrets
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
        except InputError as error:
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
@speaking.overwrite
def import_(what: tuple[str, ...], out: str, overwrite: bool) -> int:
    """Make a capture of PDUs in hexadecimal text, with TCP and IP around them.

    Lines marked > go from requestor to acceptor, those marked < the other way; where nothing is marked, the
    type of each PDU tells. Times are made up, addresses are examples.

    \b
    pduscope import association.txt -w association.pcap
    """
    from dissect.outputs.handwritten import directed, write_capture  # deferred: numpy takes 0.14 s

    try:
        runs = [run for each in _together(what) for run in read_runs(each)]
        speaking.refuse(out, overwrite=overwrite)
    except InputError as error:
        complain(str(error))
        return UNUSABLE
    try:
        write_capture(Path(out), directed((run.direction, run.data) for run in runs), overwrite=overwrite)
    except OSError as error:
        complain(f"{out}: {error.strerror or error}")
        return UNUSABLE
    return 0


def _together(what: tuple[str, ...]) -> list[str]:
    """The arguments, those that are bytes without quotes around them as one: explain 05 00 00 00."""
    if len(what) > 1 and _BYTES.fullmatch(" ".join(what)) and not any(is_file(each) for each in what):
        return [" ".join(what)]
    return list(what)


def _explanation(given: str, depth: Depth, show_secrets: bool) -> Iterator[str]:
    from dissect.explain import explain_number  # deferred: Scapy takes 0.24 s

    if not given.strip():
        raise InputError("there is nothing to explain")
    if not is_file(given) and not _BYTES.fullmatch(given):
        found = explain_number(given)
        if not found:
            raise InputError(f"{given}: no such file, and no bytes, number or name that means anything here")
        from dissect.outputs.explanation import readings

        return readings(given.strip(), found, look())
    return _explained(read_runs(given), depth, show_secrets)


def _explained(runs: list[Run], depth: Depth, show_secrets: bool) -> Iterator[str]:
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
