"""`pduscope diff`: two associations side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dissect.terminal import NAME, UNUSABLE, complain, look, write
from dissect.verbs import captures

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.dicom.associations import Association
    from dissect.differences import Difference

DIFFERING = 1


class _UnusableError(Exception):
    """What was asked for cannot be compared; one line says why."""


@click.command()
@click.argument("left", metavar="A[:N]")
@click.argument("right", metavar="B[:M]")
@click.option("--all", "everything", is_flag=True, help="All that differs from run to run, too.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "ndjson"]), default="text",
    help="text (the default), or a JSON object for each row that differs.",
)  # fmt: skip
def diff(left: str, right: str, everything: bool, format_: str) -> int:
    """Tell what differs between association N of capture A and association M of capture B.

    Negotiation, order of messages, commands, elements of data sets, PDU sizes and timing are compared. Times,
    the requestor's port and generated UIDs differ from run to run: they are told apart, and do not count.
    The exit status is 0 where nothing else differs, 1 where something does, 2 where there is nothing to
    compare. Without a file, B is A.

    \b
    pduscope diff works.pcap fails.pcap
    pduscope diff night.pcapng:12 :13
    """
    from dissect.differences import differences  # deferred: numpy takes 0.14 s
    from dissect.outputs import differences as outputs
    from dissect.wire.files import CaptureError

    path, number = split(left)
    other_path, other_number = split(right)
    try:
        capture = _read(path)
        other = capture if other_path in ("", path) else _read(other_path)
        one, two = _chosen(capture, number), _chosen(other, other_number)
        rows = [*differences(one, two), *_lost(capture, one, other, two)]
    except (CaptureError, _UnusableError) as error:
        complain(str(error))
        return UNUSABLE
    if format_ == "ndjson":
        write(outputs.differences_ndjson(rows))
    else:
        titles = f"{capture.name} #{one.index}", f"{other.name} #{two.index}"
        write(outputs.differences_text(rows, titles, look(), everything=everything))
    return DIFFERING if any(row.matters for row in rows) else 0


def split(argument: str) -> tuple[str, int | None]:
    r"""File and number of an association: night.pcap:12, C:\night.pcap, C:\night.pcap:12, or :12."""
    path, colon, number = argument.rpartition(":")
    if not colon or not (number.isascii() and number.isdecimal()) or Path(argument).is_file():
        return argument, None
    return path, int(number)


def _read(path: str) -> Capture:
    if not path:
        raise _UnusableError("no capture is named: A is a file, or a file and the number of an association")
    capture = captures.read([path])
    captures.tell_damage(capture)
    return capture


def _chosen(capture: Capture, number: int | None) -> Association:
    found = capture.associations
    if not found:
        raise _UnusableError(f"{capture.name}: no DICOM associations: {captures.contents(capture)}")
    if number is None and len(found) > 1:
        raise _UnusableError(
            f"{capture.name}: {len(found):,} associations; say which, as in {capture.name}:1"
        )
    if number is not None and not 0 < number <= len(found):
        raise _UnusableError(
            f"{capture.name}: there is no association {number}; {NAME} list shows what there is"
        )
    return found[(number or 1) - 1]


def _lost(capture: Capture, one: Association, other: Capture, two: Association) -> list[Difference]:
    """Rows of what time was lost to."""
    from dissect.differences.rows import time
    from dissect.outputs.statistics import REASON_WORDS
    from dissect.statistics.groups import statistics
    from dissect.statistics.phases import timed

    left, right = (
        statistics(timed(each.source, [association])).everything.lost
        for each, association in ((capture, one), (other, two))
    )
    found: list[Difference] = []
    for reason, (name, _) in REASON_WORDS.items():
        totals = [side[reason].total if reason in side else 0 for side in (left, right)]
        if any(totals):
            found.append(time("Timing", f"lost to {name}", *totals))
    return found
