"""`pduscope ladder`: who said what to whom, when, as a picture in text, Mermaid or SVG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dissect.terminal import NAME, UNUSABLE, complain, look
from dissect.verbs import captures
from dissect.verbs.octets import InputError

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.dicom.associations import Association
    from dissect.ladder import Ladder
    from dissect.statistics.flow import Stall

MOST_STORIES = 1000
"""Associations of a capture in which all stories are looked for: each is compared with each."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--association", type=click.IntRange(1), metavar="N", help="Only association N of the list.")
@click.option(
    "--story", is_flag=True,
    help="With the associations that belong to it: C-STOREs of a C-MOVE, the report of a storage commitment, "
    "all about one procedure step, further tries.",
)  # fmt: skip
@click.option("--unfold", is_flag=True, help="A row for each pending response.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "mermaid", "svg"]), default="text",
    help="text (the default), a Mermaid sequenceDiagram, or a picture in SVG.",
)  # fmt: skip
def ladder(files: tuple[str, ...], association: int | None, story: bool, unfold: bool, format_: str) -> int:
    """Draw associations as ladders, from negotiation to their end, and mark what time was lost to.

    mermaid and svg draw one ladder: where a capture holds several associations, choose one of them.

    \b
    pduscope ladder print.pcap
    pduscope ladder --association 3 --story --format svg night.pcapng > move.svg
    """
    from dissect.ladder import ladder as ladder_of  # deferred: numpy takes 0.14 s
    from dissect.wire.files import CaptureError

    if format_ != "text" and len(captures.groups(files)) > 1:
        raise click.UsageError(f"{format_} draws one ladder: give one capture")
    unusable = False

    def output(capture: Capture) -> Iterator[str]:
        nonlocal unusable
        try:
            groups = _groups(capture, association, story=story)
            if format_ != "text" and len(groups) > 1:
                what = "stories" if story else "associations"
                raise InputError(f"{len(groups):,} {what}; {format_} draws one: give --association N")
        except InputError as error:
            complain(f"{capture.name}: {error}")
            unusable = True
            return
        stalls = _stalls(capture, groups)
        for number, group in enumerate(groups):
            if number:
                yield "\n"
            held = [(each, stall) for each in group for stall in stalls.get(each, ())]
            yield from _drawn(capture, ladder_of(group, fold=not unfold, stalls=held), format_)

    try:
        status = captures.each(files, output)
    except CaptureError as error:  # it was there when it was read, and is not any more
        complain(str(error))
        return UNUSABLE
    return UNUSABLE if unusable else status


def _groups(capture: Capture, number: int | None, *, story: bool) -> list[list[Association]]:
    """What a ladder each is drawn of. Raises InputError."""
    chosen = [each for each in capture.associations if number in (None, each.index)]
    if not chosen:
        raise InputError(f"there is no association {number}; {NAME} list shows what there is")
    if not story:
        return [[each] for each in chosen]
    if len(chosen) > MOST_STORIES:
        raise InputError(f"{len(chosen):,} associations; choose one by --association")
    return list(_stories(chosen, capture))


def _stories(chosen: list[Association], capture: Capture) -> Iterator[list[Association]]:
    from dissect.related import story  # deferred: it looks at data sets

    told: set[Association] = set()
    for each in chosen:
        if each not in told:
            found = story(each, capture)
            told.update(found)
            yield found


def _stalls(capture: Capture, groups: list[list[Association]]) -> dict[Association, list[Stall]]:
    """What time was lost to, of all associations in one reading of the capture."""
    from dissect.statistics.phases import timed

    every = [each for group in groups for each in group]
    return {found.association: found.stalls for found in timed(capture.source, every)}


def _drawn(capture: Capture, found: Ladder, format_: str) -> Iterator[str]:
    if format_ == "mermaid":
        from dissect.outputs.mermaid import mermaid

        return mermaid(found)
    if format_ == "svg":
        from dissect.outputs.svg import svg

        return svg(capture, found)
    from dissect.outputs.ladder import ladder_text

    return ladder_text(found, look())
