"""`pduscope stats`: how long things took, and what held them up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import captures, options

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.filters import Filter
    from dissect.statistics.groups import Statistics
    from dissect.statistics.phases import Phases, Timed

Part = tuple["Timed", "list[Phases]"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@options.filter_
@click.option("--each", is_flag=True, help="The times of each exchange instead of sums.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "csv", "ndjson"]), default="text",
    help="Tables and plots (text, the default), or a CSV row or a JSON object for each group or exchange.",
)  # fmt: skip
def stats(files: tuple[str, ...], filter_: Filter | None, each: bool, format_: str) -> int:
    """Tell how long exchanges took, by AE titles, command and SOP class, and what time was lost to.

    Response times run from the last byte of a request to the first of its response. TCP headers tell the
    network from the peer's application, and where a connection stood still: for a delayed ACK, a full
    receiver, or packets that were lost.

    \b
    pduscope stats night.pcapng
    pduscope stats --each -Y 'command == "C-STORE"' night.pcapng
    pduscope stats --format csv *.pcapng > night.csv
    """
    from dissect.outputs import figures  # deferred: numpy takes 0.14 s
    from dissect.wire.files import CaptureError

    columns = figures.EXCHANGE_COLUMNS if each else figures.GROUP_COLUMNS
    header, row = figures.csv_writer(columns)
    write_row: Callable[[figures.Row], str] = row if format_ == "csv" else figures.json_line
    first = True

    def output(capture: Capture) -> Iterator[str]:
        nonlocal first
        parts = _parts(capture, filter_)
        if format_ != "text":
            rows = _exchanges(capture, parts) if each else figures.group_rows(capture, _sums(parts))
            yield from map(write_row, rows)
            return
        if not first:
            yield "\n"
        first = False
        yield from (_each if each else _tables)(capture, parts)

    if format_ == "csv":
        write([header])
    try:
        return captures.each(files, output)
    except CaptureError as error:  # it was there when it was read, and is not any more
        complain(str(error))
        return UNUSABLE


def _parts(capture: Capture, filter_: Filter | None) -> Iterator[Part]:
    """Associations with the times of those exchanges that a filter selects."""
    from dissect.statistics.phases import timed

    associations = capture.associations
    if filter_ is not None:
        associations = [each for each in associations if filter_.matches_association(each)]
    for found in timed(capture.source, associations):
        chosen = found.exchanges
        if filter_ is not None:
            wanted = set(map(id, filter_.select(found.association)))
            chosen = [phases for phases in chosen if id(phases.exchange) in wanted]
        yield found, chosen


def _sums(parts: Iterator[Part]) -> Statistics:
    from dissect.statistics.groups import Statistics

    sums = Statistics()
    for found, chosen in parts:
        sums.add(found, chosen)
    sums.finish()
    return sums


def _tables(capture: Capture, parts: Iterator[Part]) -> Iterator[str]:
    from dissect.outputs.statistics import statistics_text

    return statistics_text(capture, _sums(parts), look())


def _each(capture: Capture, parts: Iterator[Part]) -> Iterator[str]:
    from dissect.outputs.durations import durations

    appearance = look()
    for found, chosen in sorted(parts, key=lambda part: part[0].association.index):
        yield from durations(found, chosen, appearance)


def _exchanges(capture: Capture, parts: Iterator[Part]) -> Iterator[dict[str, str | int | None]]:
    from dissect.outputs.figures import exchange_rows

    for found, chosen in sorted(parts, key=lambda part: part[0].association.index):
        yield from exchange_rows(capture.name, found, chosen)
