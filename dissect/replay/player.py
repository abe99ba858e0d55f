"""The side of a recorded association that pduscope plays: PDUs in, PDUs out. No network, no clock.

    player = Player(script(association, side), calling="ME")
    for turn in player.turns():        what can be said now
        for pdu in turn.pdus: ...
    player.receive(pdu)                what the peer said; then turns() again

It is `over` when the association is; `trouble` and `notes` say what was not as recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from dissect.dicom.commands import C_CANCEL_RQ, RESPONSE
from dissect.dicom.elements import read_dataset
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.dicom.negotiation import Proposal, read_proposal
from dissect.dicom.recognition import (
    A_ABORT,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    P_DATA_TF,
)
from dissect.dicom.tables import COMMANDS, abort_text, reject_text, transfer_syntax
from dissect.layers import A_ABORT as ABORT_PDU
from dissect.layers import A_RELEASE_RP as RELEASE_RP_PDU
from dissect.layers import A_RELEASE_RQ as RELEASE_RQ_PDU
from dissect.pieces import Buffer
from dissect.replay import negotiation, uids
from dissect.replay.fragments import BrokenPduError, Heard, Joiner
from dissect.replay.matching import Matcher
from dissect.replay.names import CannotSendError, NotPlayableError, title
from dissect.replay.outgoing import Outgoing
from dissect.replay.progress import Progress
from dissect.replay.script import Script, Step, Wait

SERVICE_USER, SERVICE_PROVIDER = 0, 2
UNEXPECTED_PDU, INVALID_VALUE = 2, 6
DIMSE_N = range(0x0100, 0x0151)
"""Commands whose data sets tell of UIDs that the peer assigned; keys and matches of a query tell of none."""

State = Literal["idle", "open", "releasing", "over"]


class Turn(NamedTuple):
    """PDUs to be sent one after the other, `pause` nanoseconds after what came before when recorded."""

    pause: int
    pdus: Iterable[bytes]


class Played(NamedTuple):
    """A live exchange and the recorded one it stands for; None where nothing recorded is like it."""

    exchange: Exchange | None
    ours: bool
    """Whether the side that is played sent the request."""


class _Run:
    """Steps under way; `request` is the peer's that set them off, `exchange` the recorded one it is like."""

    def __init__(
        self, steps: Iterable[Step], exchange: Exchange | None = None, request: Heard | None = None
    ) -> None:
        self.steps = deque(steps)
        self.exchange = exchange
        self.request = request


class Player:
    """Plays a script. Raises NotPlayableError where there is nothing to begin with."""

    def __init__(
        self,
        script: Script,
        *,
        calling: str | None = None,
        called: str | None = None,
        move_destination: str | None = None,
    ) -> None:
        self.script = script
        self.state: State = "idle"
        self.trouble = ""
        """Why it did not come to a good end; empty where it did."""
        self.notes: list[str] = [
            f"what was sent as PDU of type {kind:02X}H is left out: there is no such type"
            for kind in script.strange
        ]
        """What was left out, or could not be as recorded."""
        self.uids: dict[str, str] = {}
        """Live UIDs by those recorded."""
        self._stands_for: dict[str, str] = {}
        """The same the other way round."""
        self.played: list[Played] = []
        """In the order of the live requests."""
        self._proposal = Proposal()
        self._queue: deque[Turn] = deque()
        self._runs = [_Run(script.main)]
        self._matcher = Matcher(script.reactions)
        self._joiner = Joiner()
        self._progress = Progress()
        self._move_destination = move_destination
        self._outgoing = Outgoing(script.association, [], 0, None)
        if not script.says_something:
            side = "requestor" if script.is_requestor else "acceptor"
            raise NotPlayableError(
                f"no message of the {side} was captured whole, so there is nothing to send"
            )
        if script.is_requestor:
            pdu = negotiation.request(script.association, calling, called)
            self._proposal = read_proposal(pdu)
            self._queue.append(Turn(0, [pdu]))

    @property
    def over(self) -> bool:
        """Whether nothing more is heard; the last turns may still be to be sent."""
        return self.state == "over"

    # what is to be sent

    def turns(self) -> Iterator[Turn]:
        """What can be said by now; each turn is to be sent before the next is asked for."""
        while True:
            while self._queue:
                yield self._queue.popleft()
            turn = self._ready()
            if turn is None:
                return
            yield turn

    def _ready(self) -> Turn | None:
        """The next message of whichever run may go on."""
        self._runs = [run for run in self._runs if run.steps or run.request is None]
        for run in self._runs:
            while self.state == "open" and run.steps and not self._progress.missing(run.steps[0]):
                turn = self._said(run.steps.popleft(), run)
                if run.exchange is not None and not run.steps:
                    self._progress.served.add(run.exchange)
                if turn is not None:
                    return turn
        return None

    def _said(self, step: Step, run: _Run) -> Turn | None:
        """The PDUs of a step; None where it is left out."""
        if step.message is None:
            return self._end(step)
        try:
            return self._message(step.message, step, run)
        except CannotSendError as error:
            self.notes.append(f"{title(step.message)}, is left out: {error}")
            if step.exchange is not None and step.message is step.exchange.request:
                self._progress.done.add(step.exchange)
            return None

    def _message(self, message: Message, step: Step, run: _Run) -> Turn:
        why = self.script.unsendable.get(message)
        if message.is_cancel and step.exchange in self._progress.done:
            why = "what it cancels is answered already"
        if why:
            raise CannotSendError(why)
        turn = Turn(step.pause, self._outgoing.pdus(message, self.uids, run.request))
        if message.damage:
            self.notes.append(f"{title(message)}, is sent as far as it was before the abort")
        if step.exchange is not None and message is step.exchange.request:
            self._progress.asked(message.message_id or 0, step.exchange)
            self.played.append(Played(step.exchange, ours=True))
        return turn

    def _end(self, step: Step) -> Turn:
        if step.abort is None:
            self.state = "releasing"
            return Turn(step.pause, [bytes(RELEASE_RQ_PDU())])
        self.state = "over"
        _, source, reason = step.abort
        return Turn(step.pause, [bytes(ABORT_PDU(source=source, reason=reason))])

    # what the peer says

    def receive(self, pdu: bytes | None) -> None:
        """Take a PDU; None: the peer closed the connection."""
        if self.state == "over":
            return
        kind = pdu[0] if pdu else None
        if pdu is None:
            self._over("the peer closed the connection without releasing the association")
        elif kind == A_ABORT and len(pdu) >= 10:
            self._over(f"the peer sent an A-ABORT: {abort_text(pdu[8], pdu[9])}")
        elif self.state == "idle" and not self.script.is_requestor and kind == A_ASSOCIATE_RQ:
            self._proposed(pdu)
        elif self.state == "idle" and self.script.is_requestor and kind == A_ASSOCIATE_AC:
            self._accepted(pdu)
        elif self.state == "idle" and kind == A_ASSOCIATE_RJ and len(pdu) >= 10:
            same = tuple(pdu[7:10]) == self.script.association.rejection
            self._over("" if same else f"the peer rejected the association: {reject_text(*pdu[7:10])}")
        elif self.state in ("open", "releasing") and kind == P_DATA_TF:
            try:
                for heard in self._joiner.add(pdu):
                    self._heard(heard)
            except BrokenPduError as error:
                self.abort(f"the peer broke the protocol: {error}", SERVICE_PROVIDER, INVALID_VALUE)
        elif self.state == "releasing" and kind == A_RELEASE_RP:
            self.state = "over"
        elif self.state in ("open", "releasing") and kind == A_RELEASE_RQ:
            self._released()
        else:
            why = f"the peer sent a PDU of type {kind:02X}H where none such can be"
            self.abort(why, SERVICE_PROVIDER, UNEXPECTED_PDU)

    def abort(self, why: str, source: int = SERVICE_USER, reason: int = 0) -> None:
        """End the association because of trouble."""
        if self.state != "over":
            self._over(why)
            self._queue.append(Turn(0, [bytes(ABORT_PDU(source=source, reason=reason))]))

    def broken(self, why: str) -> None:
        """The connection is no more."""
        if self.state != "over":
            self._over(why)

    def _over(self, why: str) -> None:
        self.state, self.trouble = "over", why
        self._queue.clear()

    def _proposed(self, pdu: bytes) -> None:
        association = self.script.association
        self._proposal = read_proposal(pdu)
        rejection = negotiation.rejection(association)
        if rejection is not None:
            self._queue.append(Turn(0, [rejection]))
            self.state = "over"
            return
        answer = negotiation.acceptance(association, self._proposal, pdu)
        self._queue.append(Turn(0, [answer]))
        self._set_up(read_proposal(answer), self._proposal.maximum_length)

    def _accepted(self, pdu: bytes) -> None:
        answer = read_proposal(pdu)
        self._set_up(answer, answer.maximum_length)

    def _set_up(self, answer: Proposal, limit: int | None) -> None:
        agreed = negotiation.accepted(self._proposal, answer)
        self._outgoing = Outgoing(self.script.association, agreed, limit or 0, self._move_destination)
        self.state = "open"
        if self.script.is_requestor and not agreed and any(step.message for step in self.script.main):
            self.abort("the peer accepted the association, but none of its presentation contexts")

    def _released(self) -> None:
        self._queue.append(Turn(0, [bytes(RELEASE_RP_PDU())]))
        if self.state == "releasing":
            return  # both asked at once: the A-RELEASE-RP is still to come (PS3.8 7.2.2.6)
        self.state = "over"
        left = [step.message for run in self._runs for step in run.steps if step.message]
        if left:
            self.notes.append(f"the peer released the association before {title(left[0])}, could be sent")

    def _heard(self, heard: Heard) -> None:
        field = heard.command.field
        if field is None:
            self.abort("the peer sent a message without Command Field", SERVICE_PROVIDER, INVALID_VALUE)
        elif field & RESPONSE:
            self._response(heard)
        elif field == C_CANCEL_RQ:
            for run in self._runs:
                same = run.request and run.request.command.message_id == heard.command.responded_id
                if same and run.exchange is not None:
                    self._progress.cancelled.add(run.exchange)
        else:
            self._request(heard, COMMANDS.get(field, f"command {field:04X}H"))

    def _response(self, heard: Heard) -> None:
        number = heard.command.responded_id
        if number is None or number not in self._progress.open:
            self.notes.append(f"the peer answered message id {number}, which no request has")
            return
        like = self._progress.answered(number, heard.command.status)
        if like is not None:
            self._learn(like, heard)

    def _request(self, heard: Heard, name: str) -> None:
        instance = heard.command.sop_instance
        exchange, again = self._matcher.match(heard, self._stands_for.get(instance or "", instance))
        self.played.append(Played(exchange, ours=False))
        if exchange is None or exchange.request is None:
            self.notes.append(f"nothing recorded answers the peer's {name}, id {heard.command.message_id}")
            self._queue.append(Turn(0, self._outgoing.refusal(heard)))
            return
        recorded = title(exchange.request)
        if again:
            self.notes.append(f"the peer sent more {name} than were recorded: answered as {recorded}")
        steps = self.script.reactions[exchange]
        if not steps:
            self.notes.append(f"{recorded}, was not answered in the recording, and is not now")
        self._progress.came(exchange)
        self._learn(exchange.request, heard)
        self._runs.append(_Run(steps, exchange, heard))

    def _learn(self, recorded: Message, live: Heard) -> None:
        """Keep the UIDs that the peer has where the recording had others."""
        if recorded.command_set is None:
            return
        found = uids.in_commands(recorded.command_set, live.command)
        field = (live.command.field or 0) & ~RESPONSE
        telling = field in DIMSE_N and not recorded.damage
        before = self.script.association.data_set(recorded) if telling else None
        if before is not None and live.data is not None:
            syntax = self._outgoing.syntax(live.context_id)
            after = read_dataset(Buffer(live.data), transfer_syntax(syntax) if syntax else None)
            found |= uids.in_data_sets(before, after)
        self.uids.update(found)
        self._stands_for.update((live_uid, uid) for uid, live_uid in found.items())

    # what it waits for

    def _due(self) -> Wait | None:
        """What the next message of whichever run waits for."""
        waits = (self._progress.missing(run.steps[0]) for run in self._runs if run.steps)
        return next((wait for wait in waits if wait is not None), None)

    @property
    def idle(self) -> bool:
        """Whether the peer owes no answer, and may take its time."""
        return self.state == "open" and self._due() is None

    @property
    def waiting_for(self) -> str:
        """What the peer is to do next."""
        if self.state == "idle":
            return "the answer to the A-ASSOCIATE-RQ" if self.script.is_requestor else "an A-ASSOCIATE-RQ"
        if self.state == "releasing":
            return "the A-RELEASE-RP"
        wait = self._due()
        return self._progress.text(wait) if wait else "the peer's next request, or its A-RELEASE-RQ"
