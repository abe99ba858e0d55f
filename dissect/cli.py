"""The commands without a screen: `pduscope list`, `show`, `save` and `fields`.

Nothing heavy is imported before a command runs: `pduscope --version` and shell completion answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from dissect import __version__
from dissect.terminal import NAME, UNUSABLE, complain, look, run, write
from dissect.verbs import (
    captures,
    check,
    diff,
    echo,
    explain,
    export,
    ladder,
    live,
    options,
    replay,
    send,
    stats,
)  # fmt: skip

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.filters import Filter

# numpy's linear algebra, which nothing here uses, would start a thread for every core: 50 ms
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


_files = click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")


@click.group(name=NAME, context_settings=HELP)
@click.version_option(__version__, message=f"{NAME} %(version)s")
def group() -> None:
    """See DICOM network traffic: associations, DIMSE exchanges, every field with its bytes.

    FILE is a pcap or pcapng capture, plain, .gz or .zst. Files of a ring buffer, given in order, are read as
    one capture.

    \b
    Completion for your shell:
      eval "$(_PDUSCOPE_COMPLETE=bash_source pduscope)"     or zsh_source, fish_source
    """


@group.command("list")
@_files
@options.filter_
@options.time
@click.option("--follow", is_flag=True, help="FILE is still being written: list what comes, as it comes.")
@options.format_
@options.progress
def list_(
    files: tuple[str, ...], filter_: Filter | None, time: str, follow: bool, format_: str, progress: bool
) -> int:
    """List the exchanges of each association.

    Lines fit the terminal (COLUMNS, or 100 in a pipe): with room enough, AE titles stand on every line.

    \b
    pduscope list -t a night.pcapng
    pduscope list -Y 'calling_ae ~ "^CT" && status != 0' night.pcapng
    tcpdump -i eth0 -U -w - | pduscope list -
    """
    if follow or "-" in files:
        return live.follow(files, filter_, time, format_, progress=progress)
    if format_ != "text" or progress:
        raise click.UsageError(f"--format ndjson goes with --follow or -; see {NAME} show --format ndjson")
    from dissect.outputs.text import MOST_JUDGED, judged, listing  # deferred: numpy takes 0.14 s

    appearance = look()
    first = True

    def output(capture: Capture) -> Iterator[str]:
        nonlocal first
        if not first:
            yield "\n"
        first = False
        if not judged(capture):
            complain(
                f"{capture.name}: more than {MOST_JUDGED:,} messages, so findings here are of damage only; "
                f"{NAME} show tells all"
            )
        yield from listing(capture, appearance, time=time, chosen=filter_)

    return captures.each(files, output)


@group.command()
@_files
@click.option("--association", type=click.IntRange(1), metavar="N", help="Only association N of the list.")
@click.option("--message", type=click.IntRange(1), metavar="N", help="Only message N of an association.")
@click.option("--frame", type=click.IntRange(1), metavar="N", help="Only what frame N holds bytes of.")
@options.filter_
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "ndjson", "csv"]), default="text",
    help="text (the default), one JSON array, a JSON object a line for each association, or a CSV row for "
    "each exchange.",
)  # fmt: skip
@click.option("-x", "--hex", "hex_", is_flag=True, help="Bytes beside each field.")
@click.option("--full", is_flag=True, help="All bytes of long fields; implies --hex.")
@click.option("--notes", is_flag=True, help="What each field means.")
@click.option("--pdus", is_flag=True, help="Every PDU, those that carry messages too.")
@click.option("--hash", "hash_", is_flag=True, help="SHA-256 of each data set as it was sent.")
@click.option("--datasets", is_flag=True, help="With json and ndjson: data sets in DICOM JSON.")
@click.option("--show-secrets", is_flag=True, help="Passcodes and tokens of user identities as they are.")
@options.time
def show(
    files: tuple[str, ...], association: int | None, message: int | None, frame: int | None,
    filter_: Filter | None, format_: str, hex_: bool, full: bool, notes: bool, pdus: bool, hash_: bool,
    datasets: bool, show_secrets: bool, time: str,
) -> int:  # fmt: skip
    """Show all fields of associations and messages, with the clause that defines each.

    \b
    pduscope show --hex --association 1 --message 3 print.pcap
    pduscope show --format ndjson --hash *.pcapng | jq .outcome
    """
    _refuse(format_, ("text",), hex=hex_, full=full, notes=notes)
    _refuse(format_, ("json", "ndjson"), datasets=datasets)
    _refuse(format_, ("text", "json", "ndjson"), pdus=pdus, hash=hash_, show_secrets=show_secrets)
    from dissect.outputs.selection import Selection  # deferred: numpy takes 0.14 s

    numbers = Selection(association, message, frame)
    selection = Selection(association, message, frame, filter_)
    before = after = ""
    pieces: Callable[[Capture], Iterator[str]]
    if format_ == "text":
        from dissect.outputs.fields import Details, fields

        details = Details(hex_ or full, full, pdus, hash_, notes, show_secrets, time)
        pieces = partial(fields, selection=selection, details=details, look=look())
    elif format_ == "csv":
        from dissect.outputs.table import header, rows

        before, pieces = header(), partial(rows, selection=selection)
    else:
        from dissect.outputs.ndjson import Array, Wanted, ndjson

        wanted = Wanted(pdus, hash_, datasets, show_secrets)
        before, after, pieces = "", "", partial(ndjson, selection=selection, wanted=wanted)
        if format_ == "json":
            before, after, pieces = "[", "\n]\n", Array(selection, wanted).pieces
    matched = False

    def output(capture: Capture) -> Iterator[str]:
        nonlocal matched
        matched = matched or any(numbers.associations(capture))
        return pieces(capture)

    write([before])
    status = captures.each(files, output)
    write([after])
    if numbers.asked and not matched and status == 0:
        complain(f"there is no {numbers} with DICOM in {' '.join(files)}; pduscope list shows what there is")
        return UNUSABLE
    return status


@group.command()
@_files
@click.option(
    "-w", "--write", "out", type=click.Path(), required=True, metavar="OUT", help="The file to write to."
)
@options.filter_
@click.option("--association", type=click.IntRange(1), metavar="N", help="Only association N of the list.")
@click.option("--overwrite", is_flag=True, help="Write over OUT where there is such a file already.")
def save(
    files: tuple[str, ...], out: str, filter_: Filter | None, association: int | None, overwrite: bool
) -> int:
    """Save the packets of associations as a capture of their own.

    All packets of their TCP connections are copied as they are, from the first to the last. Several files are
    read as one capture, in the order given.

    \b
    pduscope save -w failed.pcap -Y 'status != 0' night.pcapng
    """
    from dissect.outputs.packets import SaveError, refuse, save  # deferred: numpy takes 0.14 s
    from dissect.outputs.selection import Selection
    from dissect.outputs.words import plural
    from dissect.wire.files import CaptureError

    try:
        capture = captures.read(list(files))
        refuse(capture, out, overwrite=overwrite)
        chosen = list(Selection(association, filter=filter_).associations(capture))
        count = save(capture, chosen, out, overwrite=overwrite) if chosen else 0
    except (CaptureError, SaveError) as error:
        complain(str(error))
        return UNUSABLE
    if not chosen:
        complain(f"{out}: not written, there are no such associations in {' '.join(files)}")
        return UNUSABLE
    complain(f"{out}: {plural(count, 'packet')} of {plural(len(chosen), 'association')}")
    return 0


for verb in (
    check.check, check.rules, diff.diff, echo.echo, explain.explain, explain.import_, export.export,
    ladder.ladder, live.live, live.interfaces, replay.replay, send.send, stats.stats,
):  # fmt: skip
    group.add_command(verb)


@group.command()
def fields() -> None:
    """Tell every field of display filters, as a table in Markdown."""
    from dissect.filters import reference  # deferred: numpy takes 0.14 s

    write([reference()])


def _refuse(format_: str, formats: tuple[str, ...], **given: bool) -> None:
    """An option that would do nothing is a misunderstanding: better told than passed over."""
    for name, value in given.items():
        if value and format_ not in formats:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} goes with --format {' or '.join(formats)}, not with {format_}")


def main() -> None:
    """The command, as a process."""
    sys.exit(run(group))
