"""Sessions: what the screen follows, an interface that is listened on or a file that somebody else writes."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from dissect.capture import Feed
from dissect.feeds import GrowingFile
from dissect.wire import permissions
from dissect.wire.records import CaptureFile
from dissect.wire.sniff import KINDS, Counts, Sniffer, SnifferError, Wanted, choose, interfaces

QUICK, POLL = 0.01, 0.05
"""Seconds between two looks for more of a network, which is to be on the screen at once; and of a file, whose
neighbours are looked at too."""


class Session:
    """A feed that somebody looks at. Whoever begins one closes it."""

    listens = False
    """Whether packets may be dropped, because they come from a network."""
    poll = POLL
    kept: str | None = None
    """The file that stays."""

    def __init__(self, title: str, feed: Feed) -> None:
        self.title = title
        """The interface, or the file."""
        self.name = feed.name
        self.keeps = feed.keeps
        self._feed = feed
        self._began = time.monotonic()
        self._ended: float | None = None
        self.stopped = False
        """Whether somebody ended it."""

    # a feed

    @property
    def over(self) -> bool:
        if self._ended is None and self._feed.over:
            self._ended = time.monotonic()
        return self._ended is not None

    @property
    def moved(self) -> bool:
        return self._feed.moved

    def next(self) -> str | CaptureFile | None:
        file = self._feed.next()
        self.name = self._feed.name
        return file

    def wait(self) -> None:
        time.sleep(self.poll)

    # what else the screen asks

    @property
    def counts(self) -> Counts | None:
        """Packets as the kernel counts them; None where nobody says."""
        return None

    @property
    def elapsed(self) -> float:
        """Seconds that it has lasted."""
        return (time.monotonic() if self._ended is None else self._ended) - self._began

    @property
    def trouble(self) -> str:
        """Why it ended early; empty while it goes on, and where it ended as it should."""
        return ""

    def stop(self) -> None:
        """No more packets; those that came are still read."""
        self.stopped = True

    def again(self) -> Session:
        """The same from the beginning. Raises SnifferError."""
        raise NotImplementedError

    def close(self) -> None:
        """End it for good."""
        self.stop()


class Following(Session):
    """A file that somebody else writes."""

    def __init__(self, path: str) -> None:
        self._file = GrowingFile(path)
        self._path = path
        super().__init__(path, self._file)

    def stop(self) -> None:
        super().stop()
        self._file.stop()

    def again(self) -> Session:
        return Following(self._path)


class Listening(Session):
    """A network interface. Raises SnifferError where nothing can be captured."""

    listens = True
    poll = QUICK

    def __init__(self, wanted: Wanted, kinds: Sequence[str] = KINDS) -> None:
        self.sniffer: Sniffer = choose(wanted, tuple(kinds))
        self.kept = wanted.path
        self._wanted, self._kinds = wanted, kinds
        super().__init__(wanted.interface, self.sniffer)

    @property
    def counts(self) -> Counts | None:
        return self.sniffer.counts

    @property
    def trouble(self) -> str:
        return self.sniffer.trouble

    def stop(self) -> None:
        super().stop()
        self.sniffer.stop()

    def again(self) -> Session:
        path = self._wanted.path
        wanted = self._wanted if path is None else replace(self._wanted, path=_another(path))
        return Listening(wanted, self._kinds)

    def close(self) -> None:
        super().close()
        self.sniffer.close()


def _another(path: str) -> str:
    """A name like this one that no file has: what was captured is not written over."""
    whole = Path(path)
    stem = re.sub(r"-\d+$", "", whole.stem)
    names = (whole.with_name(f"{stem}-{number}{whole.suffix}") for number in count(2))
    return str(next(name for name in names if not any(name.parent.glob(f"{name.stem}*{name.suffix}"))))


def refusal(kinds: Sequence[str] = KINDS) -> str:
    """Why nobody may listen here, whatever the interface; empty where somebody may."""
    name = next((each.name for each in interfaces() if each.up), None)
    if name is None:
        return "there is no network interface to listen on"
    try:
        choose(Wanted(name, promiscuous=False), tuple(kinds)).close()
    except SnifferError as error:
        if str(error) in (permissions.advice(name), permissions.missing()):
            return str(error)
    return ""


def remedy(trouble: str) -> str:
    """What to do where a sniffer ended early."""
    text = trouble.lower()
    if "space" in text or "quota" in text:
        return "Make room, or listen again with --write FILE on a bigger disk; R begins anew."
    if "killed" in text:
        return "Nothing more is captured; R begins anew."
    if any(word in text for word in ("interface", "device", "network", "adapter")):
        return "See that the interface is there and up (pduscope interfaces); R begins anew."
    return "R begins anew."
