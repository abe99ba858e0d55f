"""`pduscope export`: the data sets in captures as DICOM files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dissect.terminal import NAME, UNUSABLE, complain, look, write
from dissect.verbs import captures, options

if TYPE_CHECKING:
    from dissect.filters import Filter
    from dissect.outputs.objects import Left


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option(
    "-o", "--output", "directory", type=click.Path(), required=True, metavar="DIR",
    help="The directory to write to; it is made if it is not there.",
)  # fmt: skip
@options.filter_
@click.option("--association", type=click.IntRange(1), metavar="N", help="Only association N of the list.")
@click.option("--identifiers", is_flag=True, help="Identifiers of C-FIND, C-GET and C-MOVE too.")
@click.option("--normalized", is_flag=True, help="Data sets of DIMSE-N messages too.")
@click.option("--incomplete", is_flag=True, help="What was captured of incomplete data sets too, marked.")
@click.option("--overwrite", is_flag=True, help="Write over files that are there already.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "ndjson"]), default="text",
    help="What is told of each file: a line of text (the default), or a JSON object.",
)  # fmt: skip
def export(
    files: tuple[str, ...], directory: str, filter_: Filter | None, association: int | None,
    identifiers: bool, normalized: bool, incomplete: bool, overwrite: bool, format_: str,
) -> int:  # fmt: skip
    """Write the objects that were stored as DICOM files.

    Every composite object sent by C-STORE, in a C-GET too, becomes a file in DIR, its data set byte for byte
    as it was sent. DIR/manifest.json tells of each file its SHA-256, association, frame, AE titles, UIDs,
    transfer syntax, and the status of the response.

    \b
    pduscope export -o objects night.pcapng
    pduscope export -o objects -Y 'status != 0' --format ndjson night.pcapng
    """
    from dissect.outputs.objects import Export, Kinds  # deferred: numpy takes 0.14 s
    from dissect.outputs.packets import SaveError
    from dissect.outputs.selection import Selection
    from dissect.outputs.words import plural, size

    selection = Selection(association, filter=filter_)
    kinds = Kinds(identifiers, normalized, incomplete)
    status, count, total = 0, 0, 0
    try:
        with Export(Path(directory), overwrite=overwrite) as exported:
            for capture in captures.every(files):
                if capture is None:
                    status = UNUSABLE
                    continue
                captures.tell_damage(capture)
                for row in exported.write(capture, selection, kinds):
                    count, total = count + 1, total + row["length"]
                    with suppress(click.exceptions.Exit):  # nobody listens any more: the files are wanted
                        write([_line(row, directory, format_)])
    except SaveError as error:
        complain(str(error))
        return UNUSABLE
    _tell_left(exported.left)
    if count:
        complain(f"{directory}: {plural(count, 'object')}, {size(total)}")
        return status
    complain(f"{directory}: nothing to write; {NAME} list shows what is in {' '.join(files)}")
    return UNUSABLE


def _line(row: dict[str, Any], directory: str, format_: str) -> str:
    from dissect.outputs.ndjson import dumps
    from dissect.outputs.words import clean, size

    if format_ == "ndjson":
        return dumps(row) + "\n"
    right = look().right
    titles = [clean(row[key] or "?") for key in ("calling_ae", "called_ae")]
    if row["sender"] == "acceptor":
        titles.reverse()
    category = row["status"]["category"] if row["status"] else "no response"
    what = clean(row["sop_class_name"] or row["sop_class"] or "?")
    parts = [
        clean(str(Path(directory) / row["file"])), size(row["length"]), what,
        f"#{row['association']} frame {row['frame']}", f"{titles[0]} {right} {titles[1]}", category,
    ]  # fmt: skip
    if not row["complete"]:
        parts.append(f"incomplete: {row['damage']}")
    return "  ".join(parts) + "\n"


def _tell_left(left: Left) -> None:
    from dissect.outputs.words import plural

    if left.incomplete:
        complain(
            f"{plural(left.incomplete, 'incomplete object')} left out; --incomplete writes what is there"
        )
    if left.unknown:
        complain(f"{plural(left.unknown, 'object')} left out: the transfer syntax is not known")
