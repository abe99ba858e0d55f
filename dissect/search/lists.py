"""Looking for a pattern in lists of exchanges, and for what a frame or a message is part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.commands import AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.outputs import words
from dissect.outputs.selection import Selection
from dissect.outputs.words import clean
from dissect.search.octets import find_bytes
from dissect.search.pattern import Pattern

ERROR_COMMENT = 0x0902


class Entry(NamedTuple):
    """A line of the list: an exchange, or an association."""

    association: Association
    exchange: Exchange | None = None


def entries(associations: Iterable[Association]) -> list[Entry]:
    """Each association, followed by its exchanges."""
    return [
        entry
        for association in associations
        for entry in (Entry(association), *(Entry(association, each) for each in association.exchanges))
    ]


def find_exchange(
    lines: Sequence[Entry],
    pattern: Pattern,
    after: int | None = None,
    forward: bool = True,
    *,
    titles: bool = False,
) -> int | None:
    """The number of the next line behind number `after`, or before it, whose text holds a pattern.

    Bytes are looked for in the messages of exchanges. AE titles stand in the lines of associations and, where
    `titles` is set, of exchanges.
    """
    if forward:
        numbers = range(0 if after is None else after + 1, len(lines))
    else:
        numbers = range((len(lines) if after is None else after) - 1, -1, -1)
    for number in numbers:
        entry = lines[number]
        if pattern.words is not None:
            if pattern.fits(told(entry, titles=titles)):
                return number
        elif entry.exchange is not None and any(
            find_bytes(message.span.source, pattern, low=message.start, high=message.stop)
            for message in messages(entry.exchange)
        ):
            return number
    return None


def told(entry: Entry, *, titles: bool = False) -> str:
    """What is searched of a line: what a list shows of it, and UIDs, which it shows by name."""
    association, exchange = entry
    names = [clean(title or "?") for title in (association.calling_ae, association.called_ae)]
    if exchange is None:
        sides = (association.requestor_side, association.acceptor_side)
        ends = [words.endpoint(association, side) for side in sides]
        end = words.outcome_words(association, association.outcome)
        who = " → ".join(f"{name} {place}" for name, place in zip(names, ends, strict=True))
        return f"#{association.index} {who} {words.contexts_words(association)} {end}"
    subject = words.subject(exchange)
    parts = [
        *(names if titles else ()),
        subject.command,
        "" if subject.message_id is None else str(subject.message_id),
        subject.sop_class_name,
        subject.sop_class or "",
    ]
    last = exchange.last.command_set
    for message in (exchange.first, *exchange.responses[:1]):
        command = message.command_set
        if command is not None:
            found = command.uid(AFFECTED_SOP_INSTANCE) or command.uid(REQUESTED_SOP_INSTANCE)
            if found and found not in parts:
                parts.append(found)
    parts.append(words.exchange_status(exchange, subject.sop_class)[0])
    parts.append((last.text(ERROR_COMMENT) if last else None) or "")
    parts.append(words.damage(exchange))
    return clean(" ".join(filter(None, parts)))


def messages(exchange: Exchange) -> list[Message]:
    """All messages of an exchange."""
    found = [] if exchange.request is None else [exchange.request]
    if exchange.cancel is not None and exchange.cancel is not exchange.request:
        found.append(exchange.cancel)
    return found + exchange.responses


def exchange_of(message: Message) -> Exchange | None:
    """The exchange that a message is part of."""
    return next((each for each in message.association.exchanges if message in messages(each)), None)


def find_frame(associations: Iterable[Association], frame: int) -> tuple[Association, Message | None] | None:
    """What a frame holds bytes of: an association, and the message or None for what is around them.

    A frame without any is between two messages: the one before counts.
    """
    record = frame - 1
    around = [each for each in associations if each.first_record <= record <= each.last_record]
    for association in around:
        found = Selection(frame=frame).messages(association)
        if found:
            return association, found[0]
    if not around:
        return None
    association = around[-1]
    before = [each for each in association.messages if each.first_record <= record]
    return association, before[-1] if before else None
