"""Associations: what was negotiated, how it ended, its messages and exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dissect.dicom.exchanges import Exchange, Pairing
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import Assembler, Message
from dissect.dicom.negotiation import Proposal, Roles, read_proposal
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

if TYPE_CHECKING:
    from dissect.dicom.elements import DataSet

DEFAULT_ROLES = Roles(scu=True, scp=False)
ACCEPTED = 0


class Readings(Protocol):
    """What higher floors make of associations and messages; handed down so that this floor imports none of them."""

    def judge(self, association: Association) -> list[Finding]: ...

    def message_tree(self, message: Message, *, show_secrets: bool) -> Node: ...


class Rejection(NamedTuple):
    """Fields of an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

    result: int
    source: int
    reason: int


class Abort(NamedTuple):
    """Fields of an A-ABORT (PS3.8 Table 9-26) and the side that sent it."""

    side: int
    source: int
    reason: int


@dataclass(slots=True)
class PresentationContext:
    """One presentation context as both sides see it; a row of the negotiation table."""

    id: int
    abstract_syntax: str | None
    proposed: tuple[str, ...]
    result: int | None
    """None where no A-ASSOCIATE-AC named it."""
    transfer_syntax: str | None
    """The accepted one."""
    requestor_roles: Roles | None
    """Roles the requestor asked for; None where it sent no role selection for the SOP class."""
    acceptor_roles: Roles | None
    inferred: str = ""
    """Why its syntaxes are a guess; empty where they were negotiated."""

    @property
    def accepted(self) -> bool:
        return self.result == ACCEPTED


class Association:
    """One association, or what was captured of it. Sides are those of its connection, 0 and 1."""

    __slots__ = (
        "_contexts", "_judged", "_pairing", "abort", "assemblers", "accept", "accept_pdu", "certainty", "first_pdus", "first_record",
        "framers", "index", "last_pdus", "last_record", "messages", "readings", "rejection", "release_record",
        "request", "request_pdu", "requestor_side", "source", "stream", "superseded",
    )  # fmt: skip

    def __init__(
        self,
        stream: Stream,
        framers: tuple[Framer, Framer],
        assemblers: tuple[Assembler, Assembler],
        source: CaptureSource,
        readings: Readings | None,
        requestor_side: int,
        first_record: int,
    ) -> None:
        self.stream = stream
        self.framers = framers
        self.source = source
        self.readings = readings
        self.index = 0
        """Its number in the capture, from 1, in order of the first packets."""
        self.requestor_side = requestor_side
        self.certainty = 0
        """How sure `requestor_side` is: see Conversation."""
        self.first_record = first_record
        self.last_record = first_record
        self.request: Proposal | None = None
        self.accept: Proposal | None = None
        self.request_pdu: Pdu | None = None
        self.accept_pdu: Pdu | None = None
        self.rejection: Rejection | None = None
        self.abort: Abort | None = None
        self.release_record: int | None = None
        """Record of the A-RELEASE-RP."""
        self.superseded = False
        """Whether another association began on the same connection."""
        self.messages: list[Message] = []
        self.first_pdus = [0, 0]
        self.last_pdus: list[int | None] = [None, None]
        """Per side, the indexes of its first PDU and of the first that is not its own (None: all that follow)."""
        self.assemblers = assemblers
        self._pairing = Pairing()
        self._contexts: dict[int, PresentationContext] | None = None
        self._judged: list[Finding] | None = None

    # who and when

    @property
    def acceptor_side(self) -> int:
        return 1 - self.requestor_side

    def side_name(self, side: int) -> str:
        return "requestor" if side == self.requestor_side else "acceptor"

    @property
    def calling_ae(self) -> str | None:
        return self.request.calling_ae if self.request else self.accept.calling_ae if self.accept else None

    @property
    def called_ae(self) -> str | None:
        return self.request.called_ae if self.request else self.accept.called_ae if self.accept else None

    def time(self, record: int) -> int:
        return self.source.time(record)

    @property
    def start(self) -> int:
        """When its first byte was captured, in nanoseconds since the epoch."""
        return self.time(self.first_record)

    @property
    def end(self) -> int:
        return self.time(self.last_record)

    @property
    def outcome(self) -> str:
        """released, aborted, rejected, closed (TCP ended first) or open (the capture did)."""
        if self.rejection:
            return "rejected"
        if self.abort:
            return "aborted"
        if self.release_record is not None:
            return "released"
        return "closed" if self.stream.closed is not None or self.superseded else "open"

    # what was agreed

    @property
    def contexts(self) -> dict[int, PresentationContext]:
        """The negotiation table by presentation context id, in the order proposed."""
        if self._contexts is None:
            self._contexts = _negotiate(self.request, self.accept)
            self._infer(self._contexts)
        return self._contexts

    def proposal(self, side: int) -> Proposal | None:
        """What a side said when the association was set up."""
        return self.request if side == self.requestor_side else self.accept

    def transfer_syntax(self, context_id: int) -> str | None:
        """UID of the transfer syntax that data sets in a context are in; None where none was agreed."""
        context = self.contexts.get(context_id)
        return context.transfer_syntax if context and context.accepted else None

    def _infer(self, contexts: dict[int, PresentationContext]) -> None:
        """Guess contexts that messages use and nobody proposed, as far as the capture shows."""
        for message in self.messages:
            if message.context_id in contexts and not (message.has_data_set and self._guessable(contexts, message)):
                continue
            syntax, why = self._look_at(message) if message.has_data_set else (None, "")
            sop_class = message.command_set.sop_class if message.command_set else None
            context = contexts.get(message.context_id)
            if context is None:
                why = why or "its negotiation was not captured"
                context = PresentationContext(message.context_id, sop_class, (), None, None, None, None, why)
                contexts[message.context_id] = context
            if context.inferred:
                context.abstract_syntax = context.abstract_syntax or sop_class
                if syntax:
                    context.transfer_syntax, context.inferred = syntax, why

    def _guessable(self, contexts: dict[int, PresentationContext], message: Message) -> bool:
        context = contexts[message.context_id]
        return bool(context.inferred) and context.transfer_syntax is None

    def _look_at(self, message: Message) -> tuple[str | None, str]:
        from dissect.dicom.elements import guess_syntax  # deferred: most captures hold the negotiation

        return guess_syntax(message.data_bytes())

    # what was said

    @property
    def exchanges(self) -> list[Exchange]:
        """Requests with their responses, in the order of the requests."""
        return self._pairing.exchanges

    def add(self, message: Message) -> None:
        """Take a message whose command set is there; its data set may still be coming."""
        message.association = self
        self.messages.append(message)
        message.index = len(self.messages)
        self._pairing.add(message)

    def data_set(self, message: Message) -> DataSet | None:
        """The elements of a message's data set with their spans, by the transfer syntax in force."""
        if not message.has_data_set:
            return None
        from dissect.dicom.elements import read_dataset  # deferred: only whoever looks pays for pydicom
        from dissect.dicom.tables import transfer_syntax

        context = self.contexts.get(message.context_id)
        uid = context.transfer_syntax if context and (context.accepted or context.inferred) else None
        return read_dataset(message.data_bytes(), transfer_syntax(uid) if uid else None)

    def pdus(self) -> Iterator[tuple[int, Pdu]]:
        """All its PDUs with the side that sent them, in the order they were complete."""
        rows = [
            (pdu.record, side, pdu)
            for side, framer in enumerate(self.framers)
            for pdu in map(framer.pdu, range(self.first_pdus[side], self._last_pdu(side)))
        ]
        rows.sort(key=lambda row: (row[0], row[2].start if row[1] == 0 else 0))
        return ((side, pdu) for _, side, pdu in rows)

    def _last_pdu(self, side: int) -> int:
        last = self.last_pdus[side]
        return len(self.framers[side]) if last is None else last

    def reach(self, side: int) -> tuple[int, int]:
        """The positions in a side's bytes between which this association lies."""
        framer = self.framers[side]
        first, last = self.first_pdus[side], self.last_pdus[side]
        start = framer.pdu(first).start if first and first < len(framer) else 0
        stop = len(framer.direction.pieces)
        if last is not None and last < len(framer):
            stop = framer.pdu(last).start
        return start, stop

    def gaps(self, side: int) -> list[Span]:
        """What is missing of a side's bytes."""
        pieces = self.framers[side].direction.pieces
        if not self.framers[side].direction.holes:
            return []
        return [Span(pieces, gap.position, gap.length) for gap in pieces.gaps(*self.reach(side))]

    # what is to be said of it

    @property
    def findings(self) -> list[Finding]:
        """All that is worth telling, in the order of the bytes."""
        if self._judged is None:
            self._judged = self.readings.judge(self) if self.readings else self.noted()
        return self._judged

    def noted(self) -> list[Finding]:
        """What was found while reading: damage that needs no judgement."""
        found = []
        for side in (0, 1):
            start, stop = self.reach(side)
            for finding in (*self.framers[side].findings, *self.assemblers[side].findings):
                if finding.span is None or start <= finding.span.start < stop:
                    found.append(finding)
        return found

    def refresh(self) -> None:
        """Forget what was derived: more of it has come."""
        self._contexts = self._judged = None


def _negotiate(request: Proposal | None, accept: Proposal | None) -> dict[int, PresentationContext]:
    answers = {context.id: context for context in accept.contexts} if accept else {}
    table = {}
    for context in request.contexts if request else ():
        answer = answers.get(context.id)
        table[context.id] = PresentationContext(
            context.id,
            context.abstract_syntax or None,
            context.transfer_syntaxes,
            answer.result if answer else None,
            (answer.transfer_syntaxes or (None,))[0] if answer and answer.result == ACCEPTED else None,
            request.roles.get(context.abstract_syntax) if request else None,
            accept.roles.get(context.abstract_syntax) if accept else None,
        )
    for answer in answers.values():
        if answer.id not in table:
            why = "" if request else "its proposal was not captured"
            transfer = (answer.transfer_syntaxes or (None,))[0] if answer.result == ACCEPTED else None
            table[answer.id] = PresentationContext(answer.id, None, (), answer.result, transfer, None, None, why)
    return table


@lru_cache(maxsize=256)
def proposal(data: bytes) -> Proposal:
    """The reading of an A-ASSOCIATE-RQ or -AC; health checks send the same bytes again and again."""
    return read_proposal(data)
