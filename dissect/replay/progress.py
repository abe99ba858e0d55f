"""How far the live dialogue has come, beside the recorded one."""

from __future__ import annotations

from dissect.dicom.exchanges import PENDING, Exchange
from dissect.dicom.messages import Message
from dissect.replay.names import title
from dissect.replay.script import Step, Wait


class Progress:
    """What was asked and answered so far; exchanges are those recorded."""

    def __init__(self) -> None:
        self.open: dict[int, Exchange] = {}
        """Our requests that have no final response yet, by message id."""
        self.done: set[Exchange] = set()
        """Our requests that need no response any more."""
        self.served: set[Exchange] = set()
        """The peer's requests that are answered for good."""
        self.cancelled: set[Exchange] = set()
        """The peer's requests that it cancelled."""
        self._pending: dict[Exchange, int] = {}

    def asked(self, message_id: int, exchange: Exchange) -> None:
        """A request of ours goes out."""
        self.open[message_id] = exchange
        self.done.discard(exchange)
        self._pending[exchange] = 0

    def came(self, exchange: Exchange) -> None:
        """A request of the peer came, not for the first time perhaps."""
        self.served.discard(exchange)
        self.cancelled.discard(exchange)

    def answered(self, message_id: int, status: int | None) -> Message | None:
        """The peer answers a request of ours; the response that was recorded in its place, if any."""
        exchange = self.open[message_id]
        if status not in PENDING:
            del self.open[message_id]
            self.done.add(exchange)
            return exchange.final
        count = self._pending[exchange]
        self._pending[exchange] = count + 1
        return exchange.responses[count] if count < len(exchange.responses) else None

    def missing(self, step: Step) -> Wait | None:
        """What a step still waits for; None where it need not."""
        return next((wait for wait in step.waits if not self._met(wait)), None)

    def _met(self, wait: Wait) -> bool:
        exchange = wait.exchange
        if exchange is None:
            return not self.open
        if wait.kind == "pending":
            return exchange in self.done or self._pending.get(exchange, 0) >= wait.number
        return exchange in {"final": self.done, "served": self.served, "cancelled": self.cancelled}[wait.kind]

    def text(self, wait: Wait) -> str:
        """What is waited for, in words."""
        exchange = wait.exchange or next(iter(self.open.values()))
        request = exchange.request
        what = {
            "final": "the final response to",
            "pending": f"{wait.number} pending responses to",
            "served": "the peer to send",
            "cancelled": "a C-CANCEL of",
            "all": "a response to",
        }[wait.kind]
        return f"{what} {title(request) if request else 'a request'}"
