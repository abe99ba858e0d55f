"""What one side said in a recording, in order, and what each of its messages waits for.

    requestor   main: N-CREATE-RQ ... N-SET-RQ (waits for the final response) ... A-RELEASE-RQ
    acceptor    for each request: its responses, the sub-operations between them, what came after unasked

A message waits for those of the peer that came before it in the recording and end something: final responses,
and answers to requests of the peer. So what was sent without waiting is again: asynchronous operations keep
their order, and a C-CANCEL goes out after as many pending responses as it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dissect.dicom.associations import Abort, Association
from dissect.dicom.exchanges import PENDING, Exchange
from dissect.dicom.framing import PDU_NAMES
from dissect.dicom.messages import CUT, Message
from dissect.dicom.recognition import A_RELEASE_RQ


class Wait(NamedTuple):
    """Something the peer has to do first.

    final: answer our request for good. pending: answer it `number` times. served: ask what is then answered.
    cancelled: cancel its request. all: answer whatever is open.
    """

    kind: Literal["final", "pending", "served", "cancelled", "all"]
    exchange: Exchange | None
    """None for "all"."""
    number: int = 0


@dataclass(slots=True, eq=False)
class Step:
    """A message to be sent, or the end of the association: an A-ABORT, or else an A-RELEASE-RQ."""

    message: Message | None
    exchange: Exchange | None
    """Of the message."""
    waits: list[Wait]
    pause: int
    """Nanoseconds since what came before it in the recording."""
    abort: Abort | None = None


@dataclass(slots=True)
class Script:
    """The steps of one side: those of its own accord, and those that a request of the peer sets off."""

    association: Association
    side: int
    main: list[Step] = field(default_factory=list)
    reactions: dict[Exchange, list[Step]] = field(default_factory=dict)
    """By the peer's request, in the order of these."""
    unsendable: dict[Message, str] = field(default_factory=dict)
    """Messages of which not all was captured, and why."""

    @property
    def is_requestor(self) -> bool:
        return self.side == self.association.requestor_side

    @property
    def strange(self) -> list[int]:
        """Types of PDUs that the side sent and that are none of the protocol's (PS3.8 9.3.1)."""
        return [kind for kind in sorted(set(self.association.kinds(self.side))) if kind not in PDU_NAMES]

    @property
    def says_something(self) -> bool:
        """Whether there is more to play than setting up an association where messages were recorded."""
        steps = [*self.main, *(step for steps in self.reactions.values() for step in steps)]
        if any(step.abort or (step.message and step.message not in self.unsendable) for step in steps):
            return True
        return not self.unsendable and not (self.is_requestor and self.association.messages)


class _Track:
    """Steps that follow one another, and what the next one waits for."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.waits: list[Wait] = []

    def add(self, message: Message | None, exchange: Exchange | None, pause: int, *more: Wait) -> Step:
        step = Step(message, exchange, [*self.waits, *more], pause)
        self.steps.append(step)
        self.waits = []
        return step


class _Writer:
    """Makes a script, message by message."""

    def __init__(self, association: Association, side: int) -> None:
        self.association = association
        self.script = Script(association, side)
        self._main = _Track(self.script.main)
        self._tracks: dict[Exchange, _Track] = {}
        self._latest: Exchange | None = None
        """The exchange of the peer's latest request."""
        self._pending: dict[Exchange, int] = {}

    def write(self) -> Script:
        exchanges: dict[Message, Exchange] = {}
        for exchange in self.association.exchanges:
            for message in (exchange.request, exchange.cancel, *exchange.responses):
                if message is not None:
                    exchanges[message] = exchange
        ended, side = self._began(), self.script.side
        for message in self.association.messages:
            if message.side == side:
                self._say(message, exchanges[message], max(message.time - ended, 0))
            else:
                self._hear(message, exchanges[message])
            ended = message.end_time
        self._end(max(self.association.end - ended, 0))
        return self.script

    def _began(self) -> int:
        """When the association stood, in nanoseconds since the epoch."""
        pdu = self.association.accept_pdu
        if pdu is not None:
            return self.association.time(pdu.record)
        return self.association.start

    def _hear(self, message: Message, exchange: Exchange) -> None:
        if message.is_cancel:
            track = self._tracks.get(exchange)
            if track is not None and message.command_set is not None:
                track.waits.append(Wait("cancelled", exchange))
        elif not message.is_response:
            self._tracks[exchange] = _Track(self.script.reactions.setdefault(exchange, []))
            if exchange.parent is None:
                self._latest = exchange
        elif message.status in PENDING:
            self._pending[exchange] = self._pending.get(exchange, 0) + 1
        elif exchange.request is not None:
            self._track(exchange).waits.append(Wait("final", exchange))

    def _say(self, message: Message, exchange: Exchange, pause: int) -> None:
        why = _unsendable(message)
        if why:
            self.script.unsendable[message] = why
        if message.is_cancel:
            count = self._pending.get(exchange, 0)
            self._track(exchange).add(message, exchange, pause, Wait("pending", exchange, count))
        elif message.is_response:
            track = self._tracks.get(exchange)
            if track is None:
                self.script.unsendable[message] = "the request it answers was not captured"
                return
            track.add(message, exchange, pause)
            if message is exchange.final and exchange.parent is None:
                self._main.waits.append(Wait("served", exchange))
        else:
            self._track(exchange).add(message, exchange, pause)

    def _track(self, exchange: Exchange) -> _Track:
        """Where a request of ours is sent: with the operation it is part of, or after what it follows."""
        if exchange.parent is not None:
            return self._tracks.get(exchange.parent, self._main)
        if self.script.is_requestor or self._latest is None:
            return self._main
        return self._tracks.setdefault(exchange, self._tracks[self._latest])

    def _end(self, pause: int) -> None:
        association, side = self.association, self.script.side
        abort = association.abort
        track = self._main
        if not self.script.is_requestor and self._latest is not None:
            track = self._tracks[self._latest]
        if abort is not None and abort.side == side:
            track.add(None, None, pause).abort = abort
        elif self.script.is_requestor:
            released = A_RELEASE_RQ in association.kinds(side)
            more = [] if released else [Wait("all", None)]
            self._main.add(None, None, pause, *more)


def breaks_off(message: Message) -> bool:
    """Whether its data set was not sent to the end because the association was aborted."""
    association, command = message.association, message.command_set
    if association.abort is None or message.data_ended or not message.has_data_set or message.damage == CUT:
        return False
    latest = next(each for each in reversed(association.messages) if each.side == message.side)
    gaps = message.framer.direction.pieces.gaps(message.start, message.stop)
    return latest is message and not gaps and command is not None and command.announces_data_set


def _unsendable(message: Message) -> str:
    """Why a message cannot be sent again; empty where it can."""
    command = message.command_set
    if breaks_off(message):
        return ""
    if message.damage or command is None:
        return message.damage or "its command set was not captured"
    if command.field is None:
        return "its command set names no command"
    if command.announces_data_set and not message.data_ended:
        return "its data set was not captured"
    return ""


def script(association: Association, side: int) -> Script:
    """The script of one side of a recorded association."""
    return _Writer(association, side).write()
