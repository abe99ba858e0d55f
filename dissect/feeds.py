"""Where growing captures come from: a file that somebody writes, the files of a ring, standard input."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from pathlib import Path

from dissect.wire.files import GZIP, ZSTD
from dissect.wire.records import CaptureFile

POLL = 0.02
"""Seconds between two looks at a file."""
SCAN = 0.25
"""Seconds between two looks through its directory, which may be long."""
PIECE = 1 << 20
HEAD = 4
"""Bytes that tell what a file is."""


class Waiting:
    """What all feeds do: wait, and end when told."""

    keeps: int | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self._stopped = False

    @property
    def over(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        """What is there is read; nothing after that. May be called by a signal handler."""
        self._stopped = True

    def wait(self) -> None:
        if not self._stopped:
            time.sleep(POLL)


class GrowingFile(Waiting):
    """A file that somebody else writes, and those that follow on it: a ring's next one, a rotated one's.

    The next file of a ring has the same name but for digits, and was written to later; the first of them all
    may be written anew.
    """

    keeps: int | None = 16

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._path = Path(path)
        self._stem = _stem(self._path.name)
        self._file: CaptureFile | None = None
        self._latest: os.stat_result | None = None
        self._next: Path | None = None
        self._scanned = 0.0

    @property
    def moved(self) -> bool:
        if self._next is None and self._latest is not None:
            self._next = self._following(self._latest)
        return self._next is not None

    def next(self) -> CaptureFile | None:
        if self._latest is not None and not self.moved:
            return None
        path = self._next or self._path
        try:
            found = path.stat()
        except FileNotFoundError:
            if self._latest is not None:
                self._next = None
                return None
            return CaptureFile(path)  # which says what is wrong
        if found.st_size < HEAD and not self.over:
            return None
        if not found.st_size and self._latest is not None:
            self._next = None
            return None
        self._file = CaptureFile(path, growing=True)
        self._path, self._latest, self._next = path, found, None
        self.name = str(path)
        return self._file

    def _following(self, latest: os.stat_result) -> Path | None:
        """The file that is written now, if that is not the latest any more."""
        if self._file is not None and self._file.overwritten:
            return self._path
        try:
            found = self._path.stat()
        except FileNotFoundError:
            found = None
        if found is not None:
            if (found.st_ino, found.st_dev) != (latest.st_ino, latest.st_dev):
                return self._path
            if found.st_size != latest.st_size:
                self._latest = found
                return None
        now = time.monotonic()
        if now < self._scanned + SCAN and not self.over:
            return None
        self._scanned = now
        later = []
        for path in self._path.parent.iterdir():
            if path != self._path and _stem(path.name) == self._stem:
                try:
                    other = path.stat()
                except FileNotFoundError:
                    continue
                if other.st_mtime_ns > latest.st_mtime_ns and other.st_size >= HEAD:
                    later.append((other.st_mtime_ns, path))
        return min(later)[1] if later else None


def _stem(name: str) -> str:
    """What the names of a ring's files have in common: dumpcap and tcpdump number them."""
    return re.sub(r"\d+", "", name)


class StandardInput(Waiting):
    """A capture that comes through a pipe: a thread spools it to a temporary file, which is followed."""

    def __init__(self, descriptor: int = 0) -> None:
        super().__init__("-")
        self.trouble = ""
        """Why it ended early."""
        handle, self.path = tempfile.mkstemp(prefix="pduscope-", suffix=".pcap")
        self._descriptor = descriptor
        self._given = False
        self._thread = threading.Thread(target=self._copy, args=(handle,), name="spool", daemon=True)
        self._thread.start()

    def _copy(self, handle: int) -> None:
        try:
            while piece := os.read(self._descriptor, PIECE):
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(handle, rest) :]
        except OSError as error:
            place = tempfile.gettempdir()
            self.trouble = f"no room in {place} to keep it ({error.strerror}); set TMPDIR to a bigger disk"
        finally:
            os.close(handle)

    @property
    def over(self) -> bool:
        return self._stopped or not self._thread.is_alive()

    @property
    def moved(self) -> bool:
        return False

    def next(self) -> str | None:
        if self._given:
            return None
        with Path(self.path).open("rb") as file:
            head = file.read(HEAD)
        packed = head[:2] == GZIP or head == ZSTD  # decompressed in one go
        if (len(head) < HEAD or packed) and not self.over:
            return None
        self._given = bool(head)
        return self.path if head else None

    def close(self) -> None:
        Path(self.path).unlink(missing_ok=True)
