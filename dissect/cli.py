"""The commands without a screen: `pduscope list`, `pduscope show`, `pduscope fields`.

Nothing heavy is imported before a command runs: `pduscope --version` and shell completion answer at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from dissect import __version__
from dissect.terminal import NAME, UNUSABLE, ProgressLine, complain, look, run, write

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.filters import Filter

# numpy's linear algebra, which nothing here uses, would start a thread for every core: 50 ms
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TIMES = {"r": "relative", "a": "absolute", "u": "utc", "d": "delta", "e": "epoch"}
MOST_TOLD = 10
"""Damaged places of a capture file that are told one by one."""
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Filter(click.ParamType["Filter"]):
    """A display filter, which is told as it was typed, with a mark below the place that is wrong."""

    name = "filter"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "FILTER"

    def convert(
        self, value: str | Filter, param: click.Parameter | None, ctx: click.Context | None
    ) -> Filter:
        if not isinstance(value, str):
            return value
        from dissect import filters  # deferred: numpy and lark take 0.2 s

        try:
            return filters.compile(value)
        except filters.FilterError as error:
            complain(f"filter: {error}")
            click.echo("".join(each if each.isprintable() else " " for each in value), err=True)
            click.echo(error.caret(), err=True)
            raise click.exceptions.Exit(UNUSABLE) from None


class _Time(click.ParamType[str]):
    """A way to write times, in full or by the letter that tshark has for it."""

    name = "time"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "r|a|u|d|e"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = TIMES.get(value, value)
        if found not in TIMES.values():
            self.fail(f"{value!r} is none of {', '.join(TIMES.values())}", param, ctx)
        return found


_files = click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
_time = click.option(
    "-t",
    "--time",
    type=_Time(),
    default="relative",
    help="How times are written: relative to the first record (r, the default), absolute local time (a), "
    "utc (u), delta to the line before (d), epoch (e).",
)
_filter = click.option(
    "-Y",
    "--filter",
    "filter_",
    type=_Filter(),
    help="Only exchanges that a display filter selects, such as 'command == \"C-STORE\" && status != 0'; "
    f"{NAME} fields tells all fields.",
)


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
@_filter
@_time
def list_(files: tuple[str, ...], filter_: Filter | None, time: str) -> int:
    """List the exchanges of each association.

    Lines fit the terminal (COLUMNS, or 100 in a pipe): with room enough, AE titles stand on every line.

    \b
    pduscope list -t a night.pcapng
    pduscope list -Y 'calling_ae ~ "^CT" && status != 0' night.pcapng
    """
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

    return _each(files, output)


@group.command()
@_files
@click.option("--association", type=click.IntRange(1), metavar="N", help="Only association N of the list.")
@click.option("--message", type=click.IntRange(1), metavar="N", help="Only message N of an association.")
@click.option("--frame", type=click.IntRange(1), metavar="N", help="Only what frame N holds bytes of.")
@_filter
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
@_time
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
    status = _each(files, output)
    write([after])
    if numbers.asked and not matched and status == 0:
        complain(f"there is no {numbers} with DICOM in {' '.join(files)}; pduscope list shows what there is")
        return UNUSABLE
    return status


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


def _each(files: tuple[str, ...], output: Callable[[Capture], Iterator[str]]) -> int:
    """Read and put out one capture after the other; one that cannot be read is told of, and skipped."""
    from dissect.wire.files import CaptureError

    status = 0
    for paths in _captures(files):
        try:
            capture = _read(paths)
        except CaptureError as error:
            complain(str(error))
            status = UNUSABLE
            continue
        for finding in capture.findings[:MOST_TOLD]:
            complain(f"{capture.name}: {finding.severity}: {finding.text}")
        if len(capture.findings) > MOST_TOLD:
            complain(f"{capture.name}: and {len(capture.findings) - MOST_TOLD} more like these")
        if capture.associations:
            write(output(capture))
        else:
            complain(f"{capture.name}: no DICOM associations: {_contents(capture)}")
    return status


def _captures(files: tuple[str, ...]) -> list[list[str]]:
    """The files, those of one ring buffer together."""
    if len(files) == 1:
        return [list(files)]
    from dissect.capture import series
    from dissect.wire.files import CaptureError

    try:
        return series(files)
    except CaptureError:  # one of them is no capture: which, and why, is told when its turn comes
        return [[file] for file in files]


def _read(paths: list[str]) -> Capture:
    from dissect.capture import Capture
    from dissect.readings import READINGS

    progress = ProgressLine(paths[0])
    # Reading makes millions of objects and no garbage: collecting it took 4.4 s instead of 2.8 s for 20,000
    # associations, 4.7 s instead of 2.8 s for 200,000 responses.
    gc.disable()
    try:
        capture = Capture(paths, readings=READINGS)
        for done, total in capture.read():
            progress.update(done, total)
    finally:
        gc.freeze()
        gc.enable()
        progress.clear()
    return capture


def _contents(capture: Capture) -> str:
    """What a capture holds instead of DICOM."""
    total = capture.source.records
    others = sorted(capture.counts.items(), key=lambda item: -item[1])
    tcp = total - sum(count for _, count in others)
    parts = [f"{tcp:,} TCP", *(f"{count:,} {name}" for name, count in others)]
    return f"{total:,} record{'s' * (total != 1)}" + (f", {', '.join(parts)}" if total else "")


def main() -> None:
    """The command, as a process."""
    sys.exit(run(group))
