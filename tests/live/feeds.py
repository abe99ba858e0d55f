"""A feed whose every wait writes a little more: growth without a clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dissect.capture import Capture
from dissect.following import Followed
from dissect.outputs.ndjson import Wanted, ndjson
from dissect.outputs.running import RunningObjects
from dissect.outputs.selection import Selection
from dissect.readings import READINGS


class Written:
    """Follows a file that grows by one of `pieces` whenever the reader waits."""

    keeps: int | None = None
    moved = False

    def __init__(self, path: Path, pieces: Iterator[bytes], silence: int = 0) -> None:
        self.name = str(path)
        self._path = path
        self._pieces = pieces
        self._given = False
        self._silence = silence
        self.over = False
        path.touch()

    def next(self) -> str | None:
        if self._given or self._path.stat().st_size < 4:
            return None
        self._given = True
        return self.name

    def wait(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self._silence -= 1
            self.over = self._silence < 0
        else:
            with self._path.open("ab") as out:
                out.write(piece)


def records(data: bytes) -> Iterator[bytes]:
    """A little-endian pcap file, record by record, each in two parts."""
    yield data[:24]
    at = 24
    while at < len(data):
        end = at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        yield data[at : at + 20]
        yield data[at + 20 : end]
        at = end


def live_objects(capture: Followed, feed: Written) -> list[str]:
    """What `--format ndjson` writes, in the order of the associations."""
    objects = RunningObjects(capture)
    found = [line for event in capture.events(feed) if event is not None for line in objects.lines(event)]
    return sorted(found, key=index)


def index(line: str) -> int:
    return int(line.partition('"index": ')[2].partition(",")[0])


def offline_objects(path: Path) -> list[str]:
    """What `show --format ndjson` writes."""
    capture = Capture([path], readings=READINGS)
    for _ in capture.read():
        pass
    return list(ndjson(capture, Selection(), Wanted()))
