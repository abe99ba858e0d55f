"""The `pduscope` command: the commands without a screen, and those that open one.

Imports nothing heavy: textual is loaded when a screen opens, so that `pduscope --version` answers at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from dissect import cli
from dissect.terminal import UNUSABLE, complain, run
from dissect.verbs import options

if TYPE_CHECKING:
    from dissect.filters import Filter

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
def view(files: tuple[str, ...], filter_: Filter | None) -> int:
    """Look at a capture on a screen of its own; `pduscope FILE` does the same.

    Several files are read as one capture, in the order given. Press ? for the keys.

    \b
    pduscope night.pcapng
    pduscope -Y 'status != 0' ring_*.pcapng
    """
    from dissect.wire.files import CaptureError  # deferred: numpy takes 0.14 s
    from tui.app import make_app

    try:
        app = make_app(files, filter_=filter_.text if filter_ else "")
    except CaptureError as error:
        complain(str(error))
        return UNUSABLE
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("a screen needs a terminal; pduscope list and pduscope show write to files and pipes")
        return UNUSABLE
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
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("a screen needs a terminal; pduscope explain writes to files and pipes")
        return UNUSABLE
    app.run()
    return app.return_code or 0


def main() -> None:
    """The command, as a process."""
    sys.exit(run(group))


if __name__ == "__main__":
    main()
