"""What time was lost to, for the views that tell it: TCP headers are read again for that, in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.message import Message

from dissect.dicom.associations import Association
from dissect.statistics.phases import Timed, timed
from dissect.wire.source import CaptureSource

Times = dict[Association, Timed]


class Known(Message, bubble=False):
    """The times of associations, which the view of this name asked for."""

    def __init__(self, view: str, times: Times) -> None:
        self.view, self.times = view, times
        super().__init__()


class _UnwantedError(Exception):
    """Nobody waits any more."""


def read_times(
    source: CaptureSource, associations: Iterable[Association], cancelled: Callable[[], bool]
) -> Times | None:
    """Of a big capture it takes seconds. None: it was cancelled.

    Raises CaptureError where a file cannot be read any more.
    """

    def report(done: float) -> None:
        if cancelled():
            raise _UnwantedError

    try:
        return {found.association: found for found in timed(source, associations, report)}
    except _UnwantedError:
        return None
