"""Requests and their responses, paired by message id and direction (PS3.7 9.1, 10.1)."""

from __future__ import annotations

from dissect.dicom.commands import C_CANCEL_RQ, CommandSet
from dissect.dicom.messages import Message

C_STORE_RQ, C_GET_RQ = 0x0001, 0x0010
CANCELABLE = (0x0010, 0x0020, 0x0021)
"""C-GET, C-FIND and C-MOVE."""
PENDING = (0xFF00, 0xFF01)


class Exchange:
    """A request with all its responses. `request` is None where only responses were captured."""

    __slots__ = ("cancel", "parent", "request", "responses")

    def __init__(self, request: Message | None) -> None:
        self.request = request
        self.responses: list[Message] = []
        self.cancel: Message | None = None
        """The first C-CANCEL-RQ sent for it; its final response may have crossed it on the way."""
        self.parent: Exchange | None = None
        """The C-GET that this C-STORE is a sub-operation of."""

    @property
    def first(self) -> Message:
        return self.request or self.responses[0]

    @property
    def last(self) -> Message:
        return self.responses[-1] if self.responses else self.first

    @property
    def final(self) -> Message | None:
        """The response that ends it; None while there are none but pending ones."""
        if self.responses and self.responses[-1].status not in PENDING:
            return self.responses[-1]
        return None

    @property
    def status(self) -> int | None:
        """Status of the last response."""
        return self.responses[-1].status if self.responses else None

    @property
    def sop_class(self) -> str | None:
        """SOP class UID, from whichever message names one."""
        for message in (self.request, *self.responses[:1]):
            if message and message.command_set and message.command_set.sop_class:
                return message.command_set.sop_class
        return None

    @property
    def response_time(self) -> int | None:
        """Nanoseconds from the last byte of the request to the first of its first response."""
        if self.request is None or not self.responses:
            return None
        return self.responses[0].time - self.request.end_time

    @property
    def duration(self) -> int | None:
        """Nanoseconds from the first byte of the request to the last of its last response."""
        if self.request is None or not self.responses:
            return None
        return self.responses[-1].end_time - self.request.time


class Pairing:
    """Sorts the messages of one association into exchanges, in the order of their command sets."""

    __slots__ = ("_finished", "_getting", "_outstanding", "exchanges")

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self._outstanding: dict[tuple[int, int | None], Exchange] = {}
        self._finished: dict[tuple[int, int | None], Exchange] = {}
        """The latest of each id that could have been cancelled."""
        self._getting: Exchange | None = None

    def add(self, message: Message) -> None:
        command = message.command_set
        if command is not None and (command.is_response or command.field == C_CANCEL_RQ):
            self._answer(message, command)
            return
        exchange = Exchange(message)
        self.exchanges.append(exchange)
        self._outstanding[message.side, message.message_id] = exchange
        field = command.field if command is not None else None
        if field == C_GET_RQ:
            self._getting = exchange
        elif field == C_STORE_RQ and self._getting is not None and self._getting.first.side != message.side:
            exchange.parent = self._getting

    def _answer(self, message: Message, command: CommandSet) -> None:
        """A response or a C-CANCEL-RQ: both name the request they are about."""
        cancels = command.field == C_CANCEL_RQ
        key = (message.side if cancels else 1 - message.side), command.responded_id
        exchange = self._outstanding.get(key)
        if exchange is None and cancels:
            exchange = self._finished.get(key)
        if exchange is None:  # its request was not captured, or was never sent
            exchange = Exchange(message if cancels else None)
            self.exchanges.append(exchange)
            if not cancels:  # there may be more of them
                self._outstanding[key] = exchange
        if cancels:
            exchange.cancel = exchange.cancel or message
            return
        exchange.responses.append(message)
        if command.status not in PENDING:
            self._outstanding.pop(key, None)
            if command.field is not None and command.field & 0x7FFF in CANCELABLE:
                self._finished[key] = exchange
            if exchange is self._getting:
                self._getting = None
