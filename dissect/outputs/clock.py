"""How moments are written: five ways, named by the letters that tshark's -t has for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from dissect.outputs.words import SECOND

STYLES = {"r": "relative", "a": "absolute", "u": "utc", "d": "delta", "e": "epoch"}
"""Since the capture's first record; local time of day; UTC; since the line before; since 1970."""

Clock = Callable[[int, int], str]
"""Takes a moment and that of the line before, both in nanoseconds since the epoch."""


def clock(style: str, zero: int) -> Clock:
    """A clock for a capture whose first record came at `zero`."""
    if style == "relative":
        return lambda moment, before: seconds(moment - zero)
    if style == "delta":
        return lambda moment, before: seconds(moment - before)
    if style == "epoch":
        return lambda moment, before: seconds(moment)
    if style == "utc":
        return lambda moment, before: _time_of_day(moment, local=False)
    return lambda moment, before: _time_of_day(moment, local=True)


def seconds(nanoseconds: int) -> str:
    """Seconds with six digits, as tshark writes them."""
    if nanoseconds < 0:
        return "-" + seconds(-nanoseconds)
    return f"{nanoseconds // SECOND}.{nanoseconds % SECOND // 1000:06d}"


def exact(nanoseconds: int) -> str:
    """Seconds with all nine digits: what programs read."""
    if nanoseconds < 0:
        return "-" + exact(-nanoseconds)
    return f"{nanoseconds // SECOND}.{nanoseconds % SECOND:09d}"


def date(moment: int, *, local: bool) -> str:
    """Day and second, and the time zone they are in."""
    found = _date(moment, local=local)
    if found is None:
        return f"{exact(moment)} s after 1970"
    return f"{found:%Y-%m-%d %H:%M:%S} {found.tzname()}"


def _date(moment: int, *, local: bool) -> datetime | None:
    """None where a calendar has no such day: a damaged record may bear any time."""
    try:
        found = datetime.fromtimestamp(moment // SECOND, UTC)
        return found.astimezone() if local else found
    except (OverflowError, OSError, ValueError):
        return None


def _time_of_day(moment: int, *, local: bool) -> str:
    found = _date(moment, local=local)
    if found is None:
        return exact(moment)
    return f"{found:%H:%M:%S}.{moment % SECOND // 1000:06d}"
