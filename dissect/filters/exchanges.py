"""What filters read of exchanges and their messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import COMPLETED, FAILED, MOVE_DESTINATION, REMAINING, WARNING
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message

Values = Sequence[Any]
Getter = Callable[[Exchange | None], Iterable[Any]]
"""The values that an exchange has; given None, those of an association without exchanges."""
Bind = Callable[[Association], Values | Getter]
"""What a field has to say of an association: values that hold for all of it, or a Getter."""


def messages(exchange: Exchange) -> Iterator[Message]:
    """All messages of an exchange, each once."""
    if exchange.request is not None:
        yield exchange.request
    yield from exchange.responses
    if exchange.cancel is not None and exchange.cancel is not exchange.request:
        yield exchange.cancel


def _each(get: Callable[[Exchange], Any]) -> Bind:
    """A field of one value, or None, of an exchange."""

    def values(exchange: Exchange | None) -> Values:
        value = None if exchange is None else get(exchange)
        return () if value is None else (value,)

    return lambda association: values


def _all(get: Callable[[Exchange], Values]) -> Bind:
    """A field of several values of an exchange."""

    def values(exchange: Exchange | None) -> Values:
        return () if exchange is None else get(exchange)

    return lambda association: values


def _in(get: Callable[[Association, Exchange], Any]) -> Bind:
    """A field of one value, or None, that takes the association to know."""

    @wraps(get)
    def bind(association: Association) -> Getter:
        def values(exchange: Exchange | None) -> Values:
            value = None if exchange is None else get(association, exchange)
            return () if value is None else (value,)

        return values

    return bind


def _commands(exchange: Exchange) -> Values:
    return [
        message.command_set.numbers[0x0100]
        for message in messages(exchange)
        if message.command_set is not None and 0x0100 in message.command_set.numbers
    ]


def _message_id(exchange: Exchange) -> int | None:
    first = exchange.first
    return first.message_id if exchange.request and not first.is_cancel else first.responding_to


def _statuses(exchange: Exchange) -> Values:
    return [message.status for message in exchange.responses if message.status is not None]


def _category(exchange: Exchange) -> str | None:
    code = exchange.status
    return None if code is None else tables.status_category(code)


def _context_of(association: Association) -> Callable[[Exchange], PresentationContext | None]:
    """Presentation contexts of exchanges, each looked up once."""
    known: dict[int, PresentationContext | None] = {}

    def find(exchange: Exchange) -> PresentationContext | None:
        number = exchange.first.context_id
        if number not in known:
            known[number] = association.context(number)
        return known[number]

    return find


def _sop_class(association: Association) -> Callable[[Exchange], str | None]:
    """The SOP class that an exchange names, else that of its presentation context."""
    context_of = _context_of(association)

    def find(exchange: Exchange) -> str | None:
        named = exchange.sop_class
        if named:
            return named
        context = context_of(exchange)
        return context.abstract_syntax if context else None

    return find


def _by_context(find: Callable[[Association], Callable[[Exchange], str | None]]) -> Bind:
    def bind(association: Association) -> Getter:
        get = find(association)

        def values(exchange: Exchange | None) -> Values:
            value = None if exchange is None else get(exchange)
            return (value,) if value else ()

        return values

    return bind


def _transfer_syntax(association: Association) -> Callable[[Exchange], str | None]:
    context_of = _context_of(association)

    def find(exchange: Exchange) -> str | None:
        context = context_of(exchange)
        return context.transfer_syntax if context else None

    return find


def _status_text(association: Association) -> Callable[[Exchange], str | None]:
    sop_class_of = _sop_class(association)

    def find(exchange: Exchange) -> str | None:
        code = exchange.status
        if code is None:
            return None
        return tables.status(code, sop_class_of(exchange), exchange.last.command or "").text

    return find


def _sop_instances(exchange: Exchange) -> Values:
    sets = (message.command_set for message in messages(exchange))
    return [found for each in sets if each is not None and (found := each.sop_instance)]


def _move_destination(exchange: Exchange) -> str | None:
    request = exchange.request
    return request.command_set.text(MOVE_DESTINATION) if request and request.command_set else None


def _lengths(exchange: Exchange) -> Values:
    return [message.data_length for message in messages(exchange) if message.has_data_set]


def _pending(exchange: Exchange) -> int:
    return len(exchange.responses) - (exchange.final is not None)


def _sub_operations(element: int) -> Bind:
    """A count of C-GET and C-MOVE sub-operations, from the last of the two latest responses that has any."""

    def get(exchange: Exchange) -> int | None:
        for message in reversed(exchange.responses[-2:]):
            numbers = message.command_set.numbers if message.command_set else {}
            if not numbers.keys().isdisjoint((REMAINING, COMPLETED, FAILED, WARNING)):
                return numbers.get(element)
        return None

    return _each(get)


def _times(association: Association, exchange: Exchange) -> int:
    return association.time(exchange.first.first_record)


def _relative(association: Association, exchange: Exchange) -> int:
    return association.time(exchange.first.first_record) - association.source.time(0)


def _damage(exchange: Exchange) -> Values:
    return [message.damage for message in messages(exchange) if message.damage]


def complete(association: Association) -> Getter:
    return lambda exchange: (exchange is None or not _damage(exchange),)


def _has_data_set(exchange: Exchange) -> bool | None:
    return True if any(message.has_data_set for message in messages(exchange)) else None


commands = _all(_commands)
message_id = _each(_message_id)
status = _each(lambda exchange: exchange.status)
statuses = _all(_statuses)
category = _each(_category)
status_text = _by_context(_status_text)
sop_class = _by_context(_sop_class)
sop_instances = _all(_sop_instances)
move_destination = _each(_move_destination)
context_id = _each(lambda exchange: exchange.first.context_id)
transfer_syntax = _by_context(_transfer_syntax)
size = _each(lambda exchange: sum(_lengths(exchange)))
lengths = _all(_lengths)
has_data_set = _each(_has_data_set)
response_time = _each(lambda exchange: exchange.response_time)
duration = _each(lambda exchange: exchange.duration)
responses = _each(lambda exchange: len(exchange.responses))
pending = _each(_pending)
remaining, completed = _sub_operations(REMAINING), _sub_operations(COMPLETED)
failed, warning = _sub_operations(FAILED), _sub_operations(WARNING)
sender = _in(lambda association, exchange: association.side_name(exchange.first.side))
frames = _all(lambda exchange: [message.frame for message in messages(exchange)])
time = _in(_times)
relative_time = _in(_relative)
damage = _all(_damage)
