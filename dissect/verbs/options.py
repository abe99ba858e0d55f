"""Options that several commands share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from dissect.terminal import NAME, UNUSABLE, complain

if TYPE_CHECKING:
    from dissect.filters import Filter

TIMES = {"r": "relative", "a": "absolute", "u": "utc", "d": "delta", "e": "epoch"}


class DisplayFilter(click.ParamType["Filter"]):
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


class TimeStyle(click.ParamType[str]):
    """A way to write times, in full or by the letter that tshark has for it."""

    name = "time"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "r|a|u|d|e"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = TIMES.get(value, value)
        if found not in TIMES.values():
            self.fail(f"{value!r} is none of {', '.join(TIMES.values())}", param, ctx)
        return found


class Seconds(click.FloatRange):
    """More than none, `most` at most, and a number at all."""

    def __init__(self, most: float | None = None) -> None:
        super().__init__(0, most, min_open=True)

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):  # NaN passes any range
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return found


time = click.option(
    "-t",
    "--time",
    type=TimeStyle(),
    default="relative",
    help="How times are written: relative to the first record (r, the default), absolute local time (a), "
    "utc (u), delta to the line before (d), epoch (e).",
)
filter_ = click.option(
    "-Y",
    "--filter",
    "filter_",
    type=DisplayFilter(),
    help="Only exchanges that a display filter selects, such as 'command == \"C-STORE\" && status != 0'; "
    f"{NAME} fields tells all fields.",
)
format_ = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    help="text (the default), or a JSON object a line for each association when it ends.",
)
progress = click.option(
    "--progress-messages", "progress", is_flag=True, help="With ndjson: each message too, when complete."
)
