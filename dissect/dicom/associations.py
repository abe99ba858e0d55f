"""Associations: what was negotiated, how it ended, its messages and exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from dissect.columns import Shelf
from dissect.dicom.contexts import PresentationContext, infer, negotiate
from dissect.dicom.exchanges import Exchange, Pairing
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import Message
from dissect.dicom.negotiation import Proposal
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span, locate
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

if TYPE_CHECKING:
    from dissect.dicom.elements import DataSet


class Readings(Protocol):
    """What higher floors make of associations and messages, handed down: this floor imports none of them."""

    def judge(self, association: Association) -> list[Finding]: ...

    def message_tree(self, message: Message, *, show_secrets: bool) -> Node: ...

    def pdu_tree(self, span: Span, *, show_secrets: bool) -> Node: ...


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


class Association:
    """One association, or what was captured of it. Sides are those of its connection, 0 and 1."""

    __slots__ = (
        "_contexts", "_judged", "_negotiation", "_pairing", "_used", "abort", "accept", "accept_pdu",
        "certainty", "first_pdus", "first_record", "framers", "index", "last_pdus", "last_record",
        "messages", "readings", "rejection", "release_record", "request", "request_pdu", "requestor_side",
        "source", "stream", "superseded",
    )  # fmt: skip

    def __init__(
        self,
        stream: Stream,
        framers: tuple[Framer, Framer],
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
        """Per side, the number of the first PDU that is not its own any more; None: all that follow are."""
        self._pairing = Pairing()
        self._used: dict[int, None] = {}
        """Ids of the presentation contexts of its messages, in the order of their first use."""
        self._negotiation: list[PresentationContext] | None = None
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
    def negotiation(self) -> list[PresentationContext]:
        """The negotiation table, in the order proposed; contexts that had to be inferred come last."""
        if self._negotiation is None:
            self._negotiation = negotiate(self.request, self.accept)
            known = {context.id for context in self._negotiation}
            self._negotiation += [infer(each, self.messages) for each in self._used if each not in known]
        return self._negotiation

    def context(self, context_id: int) -> PresentationContext | None:
        """The presentation context with an id; the accepted one, should the id stand for several."""
        if self._contexts is None:
            self._contexts = {}
            for context in sorted(self.negotiation, key=lambda each: each.accepted):
                self._contexts[context.id] = context
        return self._contexts.get(context_id)

    def proposal(self, side: int) -> Proposal | None:
        """What a side said when the association was set up."""
        return self.request if side == self.requestor_side else self.accept

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
        self._used[message.context_id] = None
        self._pairing.add(message)

    def sop_class(self, message: Message) -> str | None:
        """UID of the SOP class a message is about: the one it names, else that of its context."""
        if message.command_set is not None and message.command_set.sop_class:
            return message.command_set.sop_class
        context = self.context(message.context_id)
        return context.abstract_syntax if context else None

    def ended(self, message: Message) -> None:
        """Nothing more will come of a message."""
        self._negotiation = self._contexts = self._judged = None
        if message.record > self.last_record:
            self.last_record = message.record

    def shelve(self, shelf: Shelf, least: int) -> None:
        """Put the tables of its segments and PDUs away that have more than `least` rows."""
        for framer in self.framers:
            framer.shelve(shelf, least)

    def put_in_order(self) -> None:
        """Order the messages by their first records: what lies behind a hole was read late.

        Each side's messages stay in the order of its bytes, whatever the order of its packets.
        """
        rows: list[tuple[int, Message]] = []
        for side in (0, 1):
            record = 0
            for message in sorted((m for m in self.messages if m.side == side), key=lambda m: m.start):
                record = max(record, message.first_record)
                rows.append((record, message))
        rows.sort(key=lambda row: row[0])
        self.messages = [message for _, message in rows]
        self._pairing = Pairing()
        self._used = dict.fromkeys(message.context_id for message in self.messages)
        for index, message in enumerate(self.messages, 1):
            message.index = index
            self._pairing.add(message)
        self.refresh()

    def data_set(self, message: Message) -> DataSet | None:
        """The elements of a message's data set with their spans, by the transfer syntax in force.

        None where it has none, and where its bytes are gone.
        """
        if not message.has_data_set or self._dropped(message):
            return None
        from dissect.dicom.elements import read_dataset  # deferred: only whoever looks pays for pydicom
        from dissect.dicom.tables import transfer_syntax

        context = self.context(message.context_id)
        uid = context.transfer_syntax if context and (context.accepted or context.inferred) else None
        return read_dataset(message.data_bytes(), transfer_syntax(uid) if uid else None)

    def _dropped(self, message: Message) -> bool:
        """Whether the file of the ring that it begins in was given back."""
        dropped = self.source.dropped
        begin = Span(message.framer.direction.pieces, message.start, 1)
        return bool(dropped) and any(place.start < dropped for place in locate(begin))

    def pdus(self) -> Iterator[tuple[int, Pdu]]:
        """All its PDUs with the side that sent them, in the order they were complete."""
        rows = [
            (side, pdu)
            for side, framer in enumerate(self.framers)
            for pdu in map(framer.pdu, range(self.first_pdus[side], self._last_pdu(side)))
        ]
        rows.sort(key=lambda row: row[1].record)
        return iter(rows)

    def kinds(self, side: int) -> bytes:
        """The types of a side's PDUs in order, a byte for each."""
        return self.framers[side].kinds(self.first_pdus[side], self._last_pdu(side))

    def sizes(self, side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Of a side's PDUs in order: the bytes that are there, and the records that completed them."""
        return self.framers[side].sizes(self.first_pdus[side], self._last_pdu(side))

    def data_lengths(self, side: int) -> list[int]:
        """What the length fields of a side's P-DATA-TF PDUs say."""
        return self.framers[side].data_lengths(self.first_pdus[side], self._last_pdu(side))

    def pdu(self, side: int, number: int) -> Pdu:
        """A side's PDU by its number in the association, from 0."""
        return self.framers[side].pdu(self.first_pdus[side] + number)

    def pdu_record(self, side: int, number: int) -> int:
        """Number of the record that completed a side's PDU."""
        return self.framers[side].record(self.first_pdus[side] + number)

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

    def longer_than(self, side: int, limit: int) -> list[Pdu]:
        """A side's P-DATA-TF PDUs whose length field says more than `limit`."""
        return self.framers[side].longer_than(limit, self.first_pdus[side], self._last_pdu(side))

    def gaps(self, side: int) -> list[Span]:
        """What is missing of a side's bytes."""
        pieces = self.framers[side].direction.pieces
        if not self.framers[side].direction.holes:
            return []
        return [Span(pieces, gap.position, gap.length) for gap in pieces.gaps(*self.reach(side))]

    # what is to be said of it

    @property
    def follows_another(self) -> bool:
        """Whether its connection carried an association before."""
        return any(self.first_pdus)

    def record_of_finding(self, finding: Finding) -> int:
        """Number of the record that shows a finding; the last one where nothing shows it."""
        places = locate(finding.span) if finding.span else []
        return self.source.record_at(places[0].start) if places else self.last_record

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
            if not self.framers[side].findings:
                continue
            start, stop = self.reach(side)
            found += [
                finding
                for finding in self.framers[side].findings
                if finding.span is None or start <= finding.span.start < stop
            ]
        return found

    def refresh(self) -> None:
        """Forget what was derived: more of it has come."""
        self._negotiation = self._contexts = self._judged = None
