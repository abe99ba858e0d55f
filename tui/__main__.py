"""The `pduscope` command: the commands without a screen, and those that open one.

Imports nothing heavy: textual is loaded when a screen opens, so that `pduscope --version` answers at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from dissect import cli
from dissect.terminal import UNUSABLE, complain, run
from dissect.verbs import live as headless
from dissect.verbs import options
from dissect.verbs.octets import InputError

if TYPE_CHECKING:
    from dissect.filters import Filter
    from tui.app import PduscopeApp
    from tui.sessions import Session

SWITCH = 0.0005
"""Seconds that a thread which reads or dissects keeps the interpreter from the screen (Python's: 0.005)."""
OWN = ("-h", "--help", "--version")
"""Options of the command itself."""


class _Group(click.Group):
    """What names no command is a file to look at: `pduscope FILE` is `pduscope view FILE`.

    A pipe is listed as it comes: `pduscope -` is `pduscope list -`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in OWN:
            args = ["list" if args[0] == "-" else "view", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]


group = _Group(
    cli.group.name, dict(cli.group.commands), callback=cli.group.callback, params=cli.group.params,
    help=cli.group.help, context_settings=cli.group.context_settings,
)  # fmt: skip


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@options.filter_
@click.option("--follow", is_flag=True, help="FILE is still being written: show what comes, as it comes.")
def view(files: tuple[str, ...], filter_: Filter | None, follow: bool) -> int:
    """Look at a capture on a screen of its own; `pduscope FILE` does the same.

    Several files are read as one capture, in the order given. Press ? for the keys.

    \b
    pduscope night.pcapng
    pduscope -Y 'status != 0' ring_*.pcapng
    pduscope --follow night.pcapng
    """
    from dissect.wire.files import CaptureError  # deferred: numpy takes 0.14 s
    from tui.app import make_app

    text = filter_.text if filter_ else ""
    if follow and len(files) != 1:
        raise click.UsageError("one capture can be followed at a time")
    try:
        app = _following(files[0], text) if follow else make_app(files, filter_=text)
    except CaptureError as error:
        complain(str(error))
        return UNUSABLE
    if not _on_terminal():
        complain("a screen needs a terminal; pduscope list and pduscope show write to files and pipes")
        return UNUSABLE
    return _run(app)


def _following(path: str, filter_: str) -> PduscopeApp:
    """A screen on a file that grows. Raises CaptureError where it is none."""
    from pathlib import Path

    from dissect.feeds import HEAD
    from dissect.wire.records import CaptureFile
    from tui.live_app import make_live_app
    from tui.sessions import Following

    try:
        begun = Path(path).stat().st_size >= HEAD
    except OSError:
        begun = True  # let opening it say what is wrong
    if begun:
        with CaptureFile(path):
            pass
    return make_live_app(Following(path), filter_=filter_)


@click.command(
    headless.live.name, params=headless.live.params,
    help="Watch associations and exchanges on a network as they come, on a screen of its own.\n\n"
    "With --format, or where there is no terminal, they are listed instead. Without -i it asks which "
    "interface to listen on. A small process with the right to sniff spools the packets to a file, which "
    "this one reads. DICOM is recognised on any port.\n\n"
    "\b\npduscope live -i eth0\npduscope live -i eth0 --write night.pcapng --format ndjson | jq .outcome",
)  # fmt: skip
@click.pass_context
def live(context: click.Context, /, **given: Any) -> int:
    if _asked(context, "format_") or given["progress"] or not _on_terminal():
        assert headless.live.callback is not None
        status: int = headless.live.callback(**given)
        return status
    from dissect.wire.sniff import KINDS, SnifferError, Wanted
    from tui.live_app import make_live_app
    from tui.sessions import Listening, refusal

    try:
        headless.refuse(given["path"], given["ring"], overwrite=given["overwrite"])
    except InputError as error:
        complain(str(error))
        return UNUSABLE
    kinds = (given["sniffer"],) if given["sniffer"] else KINDS

    def begin(interface: str) -> Listening:
        wanted = Wanted(
            interface=interface, filter=given["bpf"], port=given["port"], path=given["path"],
            ring=given["ring"], duration=given["duration"], count=given["count"],
            promiscuous=not given["no_promiscuous"],
        )  # fmt: skip
        return Listening(wanted, kinds)

    session: Session | None = None
    try:
        if given["interface"]:
            session = begin(given["interface"])
        why = "" if session else refusal(kinds)
    except SnifferError as error:
        why = str(error)
    if why:
        complain(why)
        return UNUSABLE
    filter_ = given["filter_"].text if given["filter_"] else ""
    app = make_live_app(session, begin=begin, filter_=filter_, keep=given["keep"])
    if _asked(context, "time"):
        app.settings.times = given["time"]
    try:
        status = _run(app)
    finally:
        app.close()
    if isinstance(app.session, Listening):
        headless.account(app.session.sniffer)
        if app.session.trouble:
            return UNUSABLE
    return status


group.add_command(live)


def _asked(context: click.Context, name: str) -> bool:
    """Whether an option was given."""
    return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _run(app: PduscopeApp) -> int:
    sys.setswitchinterval(SWITCH)
    app.run()
    return app.return_code or 0


@group.command()
@click.argument("capture", required=False, type=click.Path(), metavar="[CAPTURE-or-COURSE]")
def teach(capture: str | None) -> int:
    """Learn the protocol byte by byte: what each field is for, and what if it were another.

    CAPTURE is gone through PDU by PDU; COURSE is a file of your own (.md) in the format of the shipped ones;
    without either, choose one of those. Press ? for the keys.

    \b
    pduscope teach
    pduscope teach captures/print.pcap
    """
    from dissect.lessons.courses import CourseError  # deferred, as above
    from dissect.wire.files import CaptureError
    from tui.teach.app import make_teach_app

    try:
        app = make_teach_app(capture)
    except (CaptureError, CourseError) as error:
        complain(str(error))
        return UNUSABLE
    if not _on_terminal():
        complain("a screen needs a terminal; pduscope explain writes to files and pipes")
        return UNUSABLE
    return _run(app)


def main() -> None:
    """The command, as a process."""
    sys.exit(run(group))


if __name__ == "__main__":
    main()
