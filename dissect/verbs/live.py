"""`pduscope live`, `pduscope interfaces`, and what `list` does with a pipe or a file that grows."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING

import click

from dissect.terminal import NAME, UNUSABLE, complain, look, unread, write
from dissect.verbs import options, speaking
from dissect.verbs.octets import InputError

if TYPE_CHECKING:
    from dissect.capture import Feed
    from dissect.filters import Filter
    from dissect.following import Event, Followed
    from dissect.wire.sniff import Sniffer

UNITS = {"": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9}


class _Ring(click.ParamType[tuple[int, int]]):
    """A number of files and their size in bytes, written `N,SIZE`."""

    name = "ring"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "N,SIZE"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d+),(\d+)\s*([kmg]?b?)", value.strip().lower())
        if found is None or found[3] not in UNITS or int(found[1]) < 2 or not int(found[2]):
            self.fail(f"{value!r} is not two or more files and their size, such as 10,100MB", param, ctx)
        return int(found[1]), int(found[2]) * UNITS[found[3]]


@click.command()
@click.option("-i", "--interface", metavar="NAME", help=f"Where to listen: see {NAME} interfaces.")
@click.option("--filter", "bpf", metavar="BPF", help="Capture only what a libpcap filter lets through.")
@click.option("--port", type=click.IntRange(1, 65535), help="Capture only this TCP port (default: all).")
@click.option("--write", "path", type=click.Path(), metavar="FILE", help="Keep the packets in FILE.")
@speaking.overwrite
@click.option("--ring", type=_Ring(), help="Keep N files of SIZE; the oldest goes when one more begins.")
@click.option("--duration", type=options.Seconds(), metavar="S", help="End after S seconds.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N packets.")
@click.option(
    "--keep",
    type=click.IntRange(0),
    metavar="N",
    help="Hold at most N associations that ended (in a list: 0).",
)
@click.option("--no-promiscuous", is_flag=True, help="Only what is meant for this machine.")
@click.option(
    "--sniffer", type=click.Choice(["dumpcap", "libpcap", "scapy"]), help="Which to use (the best there is)."
)
@click.option("-Y", "filter_", type=options.DisplayFilter(), help="Show only what a display filter selects.")
@options.time
@options.format_
@options.progress
def live(
    interface: str | None, bpf: str | None, port: int | None, path: str | None, overwrite: bool,
    ring: tuple[int, int] | None, duration: float | None, count: int | None, keep: int | None,
    no_promiscuous: bool, sniffer: str | None, filter_: Filter | None, time: str, format_: str,
    progress: bool,
) -> int:  # fmt: skip
    """List associations and exchanges on a network as they complete, until interrupted.

    A small process with the right to sniff spools the packets to a file, which this one reads. DICOM is
    recognised on any port.

    \b
    pduscope live -i eth0
    pduscope live -i eth0 --write night.pcapng --format ndjson | jq .outcome
    """
    _check(format_, progress=progress)
    from dissect.wire.sniff import KINDS, SnifferError, Wanted, choose, only_interface

    try:
        refuse(path, ring, overwrite=overwrite)
        wanted = Wanted(
            interface=interface or only_interface(), filter=bpf, port=port, path=path, ring=ring,
            duration=duration, count=count, promiscuous=not no_promiscuous,
        )  # fmt: skip
        process = choose(wanted, (sniffer,) if sniffer else KINDS)
    except (InputError, SnifferError) as error:
        complain(str(error))
        return UNUSABLE
    try:
        with _ending(process.stop):
            complain(f"listening on {wanted.interface} with {process.title}")
            status = _watch(
                process, wanted.interface, filter_, time, format_, progress=progress, keep=keep or 0,
                look_around=_Link(wanted.interface).look,
            )  # fmt: skip
    finally:
        process.close()
    account(process)
    return UNUSABLE if process.trouble else status


def refuse(path: str | None, ring: tuple[int, int] | None, *, overwrite: bool) -> None:
    """Raise InputError where packets cannot be kept in `path`; files of a ring have names of their own."""
    speaking.refuse(path, overwrite=overwrite or ring is not None)


@click.command()
def interfaces() -> None:
    """List the network interfaces that can be listened on, with their addresses."""
    from dissect.wire.sniff import interfaces as found

    rows = [(each.name, "up" if each.up else "down", each) for each in found()]
    width = max((len(name) for name, _, _ in rows), default=0)
    write(
        f"{name:<{width}}  {state:<4}  {'  '.join([*each.addresses, each.description])}".rstrip() + "\n"
        for name, state, each in rows
    )


def follow(files: tuple[str, ...], filter_: Filter | None, time: str, format_: str, *, progress: bool) -> int:
    """List one capture while it grows."""
    _check(format_, progress=progress)
    if len(files) != 1:
        raise click.UsageError("one capture can be followed at a time")
    from dissect.feeds import GrowingFile, StandardInput

    if files[0] != "-":
        feed = GrowingFile(files[0])
        with _ending(feed.stop):
            return _watch(feed, files[0], filter_, time, format_, progress=progress)
    pipe = StandardInput()
    try:
        with _ending(pipe.stop):
            status = _watch(pipe, "standard input", filter_, time, format_, progress=progress)
    finally:
        pipe.close()
    if pipe.trouble:
        complain(f"standard input: {pipe.trouble}")
        return UNUSABLE
    return status


def _check(format_: str, *, progress: bool) -> None:
    if progress and format_ != "ndjson":
        raise click.UsageError("--progress-messages goes with --format ndjson, not with text")


def _watch(
    feed: Feed, name: str, filter_: Filter | None, time: str, format_: str, *, progress: bool, keep: int = 0,
    look_around: Callable[[], None] = lambda: None,
) -> int:  # fmt: skip
    """Write what happens until the feed is over."""
    from dissect.following import Followed
    from dissect.outputs.running import RunningList, RunningObjects
    from dissect.readings import READINGS
    from dissect.wire.files import CaptureError

    capture = Followed(name, readings=READINGS, keep=keep)
    lines: Callable[[Event], Iterator[str]]
    if format_ == "text":
        lines = RunningList(capture, look(), time=time, chosen=filter_).lines
    else:
        lines = RunningObjects(capture, chosen=filter_, progress=progress).lines
    try:
        for event in capture.events(feed):
            if event is not None:
                write(lines(event))
                continue
            if capture.findings:
                _tell(name, capture)
            look_around()
            if unread():
                return 0
    except CaptureError as error:
        complain(str(error))
        return UNUSABLE
    _tell(name, capture)
    if not capture.seen:
        complain(f"{name}: no DICOM associations: {capture.source.records:,} records")
    return 0


def _tell(name: str, capture: Followed) -> None:
    """What is wrong with the files, once."""
    for finding in capture.findings:
        complain(f"{name}: {finding.severity}: {finding.text}")
    capture.findings.clear()


class _Link:
    """Tells when an interface goes down: nothing comes then, and no sniffer ends."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._up = True
        self._next = 0.0

    def look(self) -> None:
        now = monotonic()
        if now < self._next:
            return
        from dissect.wire.sniff import is_up

        self._next, up = now + 1.0, is_up(self._name)
        if up != self._up:
            self._up = up
            complain(f"{self._name} is {'up again' if up else 'down: nothing comes until it is up again'}")


@contextmanager
def _ending(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM end the capture; what was captured is still shown. A second one ends at once."""

    def handle(number: int, frame: FrameType | None) -> None:
        for each, usual in before.items():
            signal.signal(each, usual)
        stop()

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, handle)
    try:
        yield
    finally:
        for each, usual in before.items():
            signal.signal(each, usual)


def account(sniffer: Sniffer) -> None:
    """How it ended: packets, drops, where they are."""
    counts = sniffer.counts
    if counts is not None and counts.dropped is not None and not sniffer.killed:
        lost = f"{counts.dropped:,} dropped" if counts.dropped else "none dropped"
        complain(f"{counts.captured:,} packets captured, {lost}")
    else:
        complain("the sniffer did not say how many packets it dropped")
    if sniffer.skipped:
        complain(
            f"{sniffer.skipped} files of the ring were gone before they could be read: give it more room"
        )
    if sniffer.kept:
        complain(f"the packets are in {sniffer.kept}")
    if sniffer.trouble:
        complain(sniffer.trouble)
