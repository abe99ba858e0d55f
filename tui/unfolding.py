"""Exchanges unfolded into their messages: which row of a group is which message."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message


def message_count(exchange: Exchange) -> int:
    """Messages of an exchange, a C-CANCEL-RQ among them."""
    cancels = exchange.cancel is not None and exchange.cancel is not exchange.request
    return (exchange.request is not None) + len(exchange.responses) + cancels


def message_at(exchange: Exchange, number: int) -> Message:
    """A message of an exchange, counted from 0 in the order captured."""
    if exchange.request is not None:
        if number == 0:
            return exchange.request
        number -= 1
    cancel, responses = exchange.cancel, exchange.responses
    if cancel is not None and cancel is not exchange.request:
        at = bisect_left(responses, cancel.first_record, key=lambda message: message.first_record)
        if number == at:
            return cancel
        number -= number > at
    return responses[number]


class Unfolded:
    """The unfolded exchanges of one group: how many rows of messages stand before each."""

    __slots__ = ("befores", "exchanges", "numbers", "starts")

    def __init__(self) -> None:
        self.exchanges: dict[int, Exchange] = {}
        self.numbers: list[int] = []
        self.starts: list[int] = []
        self.befores: list[int] = [0]

    def refresh(self, exchanges: list[Exchange]) -> int:
        """Count anew; an exchange that is not where it was, as its association was put in order, folds."""
        self.exchanges = {
            number: exchange
            for number, exchange in sorted(self.exchanges.items())
            if number < len(exchanges) and exchanges[number] is exchange
        }
        self.numbers, self.starts, self.befores = list(self.exchanges), [], [0]
        for number, exchange in self.exchanges.items():
            self.starts.append(number + self.befores[-1])
            self.befores.append(self.befores[-1] + message_count(exchange))
        return self.befores[-1]

    def find(self, within: int) -> tuple[int, int | None]:
        """Numbers of the exchange and of its message (None: the exchange itself) in a row of the group."""
        index = bisect_right(self.starts, within) - 1
        if index < 0:
            return within, None
        rest = within - self.starts[index]
        if rest <= self.befores[index + 1] - self.befores[index]:
            return self.numbers[index], rest - 1 if rest else None
        return within - self.befores[index + 1], None

    def row(self, number: int) -> int:
        return number + self.befores[bisect_left(self.numbers, number)]
