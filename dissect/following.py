"""Captures that grow: what is happening, told as it happens.

`Followed` follows a feed and says when an association began, a message or an exchange was complete, and an
association ended. Its numbers never change: associations count in the order they were noticed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from dissect.capture import BATCH, Capture, Feed
from dissect.columns import Shelf
from dissect.dicom.associations import Association, Readings
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message

LINGER = 0.1
"""Seconds without news after which an association that was released, aborted or rejected has ended, even if
its connection is still open."""
HELD_RECORDS = 1 << 20
"""Records whose places and times are held at least: 16 MB on the shelf."""
LONG, SHORT = 8192, 128
"""Rows of a table that stay in memory while an association runs, and once it has ended."""
TIDY = 1.0
"""Seconds between two looks for what can be let go of."""


class Event(NamedTuple):
    """What happened, to which association, and the message or exchange that it is about."""

    kind: Literal["began", "message", "exchange", "ended"]
    association: Association
    message: Message | None = None
    exchange: Exchange | None = None


class Followed(Capture):
    """A capture that grows. At most `keep` associations that ended are held, or all (None)."""

    def __init__(self, name: str, *, readings: Readings | None = None, keep: int | None = None) -> None:
        self._shelf = Shelf()
        super().__init__([], readings=readings, shelf=self._shelf)
        self._name = name
        self._keep = keep
        self._count = 0
        self._new: list[Association] = []
        self._events: list[Event] = []
        self._running: set[Association] = set()
        self._lingering: dict[Association, float] = {}
        self._early: dict[Message, Exchange] = {}
        """Requests that are still being sent though their final response is there."""
        self._over: deque[Association] = deque()
        self._ended: list[Association] = []
        """Since the last tidying."""
        self._dropped: set[Association] = set()
        self._tidy = 0.0

    @property
    def name(self) -> str:
        return self._name

    @property
    def associations(self) -> list[Association]:
        """Those that are held, in the order they were noticed."""
        return self._associations

    @property
    def seen(self) -> int:
        """Associations in all."""
        return self._count

    def events(self, feed: Feed, batch: int = BATCH) -> Iterator[Event | None]:
        """What happens until `feed` is over; None after each look at it."""
        for _ in self.follow(feed, batch):
            now = time.monotonic()
            self._end_lingering(now)
            yield from self._take_events()
            if now >= self._tidy:
                self._tidy = now + TIDY
                self._let_go()
            yield None

    # what a conversation reports

    def began(self, association: Association) -> None:
        self._associations.append(association)
        self._new.append(association)
        self._running.add(association)
        self._events.append(Event("began", association))

    def said(self, message: Message) -> None:
        association = message.association
        message.shelve(self._shelf, SHORT)
        if association not in self._running:
            return
        self._events.append(Event("message", association, message))
        early = self._early.pop(message, None)
        if early is not None:
            self._events.append(Event("exchange", association, exchange=early))
        elif message.is_response:
            exchange = _answered(association, message)
            if exchange is not None and exchange.final is message:
                if exchange.request is None or whole(exchange.request):
                    self._events.append(Event("exchange", association, exchange=exchange))
                else:
                    self._early[exchange.request] = exchange

    def changed(self, association: Association) -> None:
        if association not in self._running:
            return
        if association.stream.ended or association.superseded:
            self._end(association)
        elif association.outcome != "open":
            self._lingering[association] = time.monotonic() + LINGER

    def _end_lingering(self, now: float) -> None:
        for association in [each for each, moment in self._lingering.items() if moment <= now]:
            self._end(association)

    def _end(self, association: Association) -> None:
        self._running.discard(association)
        self._lingering.pop(association, None)
        for exchange in association.exchanges:
            request = exchange.request
            if exchange.final is None or (request is not None and request in self._early):
                self._events.append(Event("exchange", association, exchange=exchange))
            if request is not None:
                self._early.pop(request, None)
        self._events.append(Event("ended", association))
        self._over.append(association)
        self._ended.append(association)

    def _take_events(self) -> Iterator[Event]:
        self._new.sort(key=lambda association: association.first_record)
        for association in self._new:
            self._count += 1
            association.index = self._count
        self._new.clear()
        events, self._events = self._events, []
        yield from events

    # letting go

    def _let_go(self) -> None:
        """Hold no more than is to be kept of what ended, and no long tables in memory."""
        for association in self._running:
            association.shelve(self._shelf, LONG)
        for association in self._ended:
            association.shelve(self._shelf, SHORT)
        self._ended.clear()
        if self._keep is None:
            return
        while len(self._over) > self._keep:
            self._dropped.add(self._over.popleft())
        if self._dropped:
            self._associations = [each for each in self._associations if each not in self._dropped]
            self._dropped.clear()
        held = [each.first_record for each in self._associations]
        oldest = self._streams.oldest()
        first = min(held if oldest is None else [oldest, *held], default=self.source.records)
        self.source.forget(min(first, self.source.records - HELD_RECORDS))
        self.source.drop_files(len(self.source.files), first)


def whole(message: Message) -> bool:
    """Whether nothing more will come of a message."""
    command = message.command_set
    return bool(message.damage or message.data_ended or (command and not command.announces_data_set))


def _answered(association: Association, response: Message) -> Exchange | None:
    """The exchange that a response is in: mostly one of the latest."""
    for exchange in reversed(association.exchanges):
        if any(each is response for each in reversed(exchange.responses)):
            return exchange
    return None
