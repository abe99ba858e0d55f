"""The columns of the exchange list: what each says of an exchange or a message, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dissect.dicom import tables
from dissect.dicom.commands import AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.following import whole
from dissect.outputs import words
from dissect.outputs.clock import Clock, clock
from dissect.outputs.words import SECOND, clean, span_of_time

TIMES = ("relative", "delta", "utc", "absolute", "epoch")
"""Ways to write times, in the order that a key goes through them."""


@dataclass(slots=True)
class Context:
    """What a line needs to know besides what it shows."""

    zero: int = 0
    """When the first record of the capture came."""
    before: int = 0
    """When what the line above shows began."""
    style: str = "relative"
    growing: bool = True
    """Whether more may come of what is still open."""
    tell: Clock = field(default_factory=lambda: clock("relative", 0))

    def use(self, style: str, zero: int) -> None:
        self.style, self.zero, self.tell = style, zero, clock(style, zero)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `exchange` and `message` make its text, `key` what exchanges are sorted by."""

    name: str
    """By which settings know it."""
    heading: str
    about: str
    exchange: Callable[[Exchange, Context], str]
    message: Callable[[Message, Context], str]
    key: Callable[[Exchange], Any]
    right: bool = False
    least: int = 1
    """Columns of the screen it keeps, however little room there is."""
    most: int = 0
    """Columns of the screen it takes at most where room is short; 0: what it needs."""
    shared: bool = False
    """Whether an association has it too."""


def _no_message(message: Message, context: Context) -> str:
    return ""


def _delta(message: Message, context: Context) -> str:
    if context.style == "delta":
        return ""
    apart = message.time - context.before
    return ("" if apart < 0 else "+") + span_of_time(apart)


def _arrow(message: Message) -> str:
    return "→" if message.side == message.association.requestor_side else "←"


def _calling(message: Message) -> str:
    return clean(message.association.calling_ae or "?")


def _called(message: Message) -> str:
    return clean(message.association.called_ae or "?")


def _id(exchange: Exchange) -> int | None:
    return words.subject(exchange).message_id


def _message_id(message: Message) -> int | None:
    return message.responding_to if message.is_response or message.is_cancel else message.message_id


def _number(value: int | None) -> str:
    return "" if value is None else f"{value}"


def _instance(message: Message) -> str | None:
    command = message.command_set
    if command is None:
        return None
    return command.uid(AFFECTED_SOP_INSTANCE) or command.uid(REQUESTED_SOP_INSTANCE)


def _exchange_instance(exchange: Exchange) -> str | None:
    found = _instance(exchange.first)
    return found or (_instance(exchange.responses[0]) if exchange.responses else None)


def _syntax(message: Message) -> str:
    context = message.association.context(message.context_id)
    uid = context.transfer_syntax if context else None
    return clean(tables.uid_name(uid) or uid) if uid else ""


def _size(count: int) -> str:
    return words.size(count) if count else ""


def _took(nanoseconds: int | None) -> str:
    return "" if nanoseconds is None else span_of_time(nanoseconds)


def _rate(exchange: Exchange) -> float | None:
    """Data set bytes a second."""
    length, took = words.data_size(exchange), exchange.duration
    return length * SECOND / took if length and took and took > 0 else None


def _rate_words(exchange: Exchange, context: Context) -> str:
    rate = _rate(exchange)
    return "" if rate is None else f"{words.size(round(rate))}/s"


def running(exchange: Exchange) -> str:
    """What is going on in an exchange; empty where it has ended, or its association has."""
    request = exchange.request
    if request is None or exchange.final is not None or request.is_cancel or request.damage:
        return ""
    if request.association.outcome != "open":
        return ""
    if exchange.responses:
        return f"running, {len(exchange.responses):,} pending"
    return "running, no response yet" if whole(request) else "running"


def exchange_status(exchange: Exchange, context: Context) -> str:
    what = running(exchange) if context.growing else ""
    if what:
        return what
    return words.exchange_status(exchange, words.subject(exchange).sop_class)[0]


def category(exchange: Exchange) -> str:
    """How an exchange ended: a category of PS3.7 Annex C, or "Unknown"."""
    return words.exchange_status(exchange, words.subject(exchange).sop_class)[1]


def _message_status(message: Message, context: Context) -> str:
    return _message_words(message)[0]


def message_category(message: Message) -> str:
    return _message_words(message)[1]


def _message_words(message: Message) -> tuple[str, str]:
    if message.damage:
        return message.damage, "Warning"
    if message.status is None:
        return "", ""
    sop_class = message.association.sop_class(message)
    return words.status_words(message.status, sop_class, message.command or "")


def _message_command(message: Message, context: Context) -> str:
    return message.command or "?"


COLUMNS = (
    Column(
        "frame", "frame", "number of the frame in which it begins",
        lambda exchange, context: str(exchange.first.frame),
        lambda message, context: str(message.frame),
        lambda exchange: exchange.first.first_record, right=True, least=5, shared=True,
    ),
    Column(
        "time", "time", "when it begins",
        lambda exchange, context: context.tell(exchange.first.time, context.before),
        lambda message, context: context.tell(message.time, context.before),
        lambda exchange: exchange.first.time, right=True, least=8, shared=True,
    ),
    Column(
        "delta", "delta", "time since what the line above shows began",
        lambda exchange, context: _delta(exchange.first, context), _delta, lambda exchange: None,
        right=True, least=7,
    ),
    Column(
        "calling", "calling", "calling AE title",
        lambda exchange, context: _calling(exchange.first), lambda message, context: _calling(message),
        lambda exchange: _calling(exchange.first), most=16,
    ),
    Column(
        "arrow", "", "arrow: right where the requestor sent it, left where the acceptor did",
        lambda exchange, context: _arrow(exchange.first), lambda message, context: _arrow(message),
        lambda exchange: _arrow(exchange.first), least=1,
    ),
    Column(
        "called", "called", "called AE title",
        lambda exchange, context: _called(exchange.first), lambda message, context: _called(message),
        lambda exchange: _called(exchange.first), most=16,
    ),
    Column(
        "command", "command", "operation or notification; of a message its whole name",
        lambda exchange, context: words.subject(exchange).command, _message_command,
        lambda exchange: words.subject(exchange).command, least=8,
    ),
    Column(
        "id", "id", "message ID",
        lambda exchange, context: _number(_id(exchange)),
        lambda message, context: _number(_message_id(message)),
        _id, right=True, least=2,
    ),
    Column(
        "what", "SOP class", "SOP class it is about",
        lambda exchange, context: words.subject(exchange).sop_class_name, _no_message,
        lambda exchange: words.subject(exchange).sop_class_name or None, least=8, most=64,
    ),
    Column(
        "instance", "SOP instance", "SOP instance UID it is about",
        lambda exchange, context: clean(_exchange_instance(exchange) or ""),
        lambda message, context: clean(_instance(message) or ""), _exchange_instance, least=12, most=64,
    ),
    Column(
        "context", "ctx", "presentation context ID",
        lambda exchange, context: str(exchange.first.context_id),
        lambda message, context: str(message.context_id),
        lambda exchange: exchange.first.context_id, right=True, least=3,
    ),
    Column(
        "syntax", "transfer syntax", "transfer syntax of its presentation context",
        lambda exchange, context: _syntax(exchange.first), lambda message, context: _syntax(message),
        lambda exchange: _syntax(exchange.first) or None, least=12, most=40,
    ),
    Column(
        "size", "size", "bytes of its data sets",
        lambda exchange, context: _size(words.data_size(exchange)),
        lambda message, context: _size(message.data_length),
        lambda exchange: words.data_size(exchange), right=True, least=7,
    ),
    Column(
        "responses", "resp.", "number of responses",
        lambda exchange, context: f"{len(exchange.responses):,}", _no_message,
        lambda exchange: len(exchange.responses), right=True, least=5,
    ),
    Column(
        "wait", "wait", "time from the end of the request to the first response",
        lambda exchange, context: _took(exchange.response_time), _no_message,
        lambda exchange: exchange.response_time, right=True, least=6,
    ),
    Column(
        "took", "took", "time from the first byte of the request to the last of the last response",
        lambda exchange, context: _took(exchange.duration), _no_message,
        lambda exchange: exchange.duration, right=True, least=6, shared=True,
    ),
    Column(
        "rate", "rate", "data set bytes a second",
        _rate_words, _no_message, _rate, right=True, least=9,
    ),
    Column(
        "status", "status", "status of the last response",
        exchange_status, _message_status,
        lambda exchange: exchange.status, least=8, most=200, shared=True,
    ),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}
USUAL = ("frame", "time", "delta", "arrow", "command", "id", "what", "size", "took", "status")
"""Columns that show until somebody chooses others."""
SORTABLE = tuple(column for column in COLUMNS if column.name not in ("delta", "arrow"))


def chosen(names: list[str]) -> list[Column]:
    """The columns with these names, in their usual order; the usual ones where no name is known."""
    return [column for column in COLUMNS if column.name in names] or [BY_NAME[name] for name in USUAL]
