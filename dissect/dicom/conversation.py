"""What is said on one TCP connection: both directions' PDUs in the order they were complete.

The directions share no state: each is framed and joined to messages on its own, and they meet only here. So a
response that comes before its request's data set is complete disturbs nothing.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Protocol

from dissect.dicom.assembly import Assembler, News
from dissect.dicom.associations import Abort, Association, Readings, Rejection
from dissect.dicom.bursts import Burst
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import WENT_ON, Message
from dissect.dicom.negotiation import Proposal, read_proposal
from dissect.dicom.recognition import (
    A_ABORT,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    P_DATA_TF,
    Look,
)
from dissect.wire.direction import Direction
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

GUESSED, SOME_REQUEST, PLAIN_REQUEST, RELEASING, NEGOTIATED = range(5)
"""How sure it is which side is the requestor, weakest first."""
EITHER_WAY = (0x0001, 0x0100)
"""C-STORE and N-EVENT-REPORT requests may come from the acceptor."""


class Watcher(Protocol):
    """Who hears, while reading, of associations that began or changed and of messages that are done."""

    def began(self, association: Association) -> None: ...

    def said(self, message: Message) -> None: ...

    def changed(self, association: Association) -> None: ...


class Conversation:
    """Reads a stream as DICOM, once it turns out to be."""

    def __init__(
        self,
        stream: Stream,
        source: CaptureSource,
        readings: Readings | None,
        watcher: Watcher,
        *,
        known: bool = False,
    ) -> None:
        """`known`: it is DICOM, whatever it looks like."""
        self._stream = stream
        self._source = source
        self._readings = readings
        self._watcher = watcher
        first, second = stream.directions
        self._framers = Framer(first, source), Framer(second, source)
        self._assemblers = Assembler(self._framers[0], 0), Assembler(self._framers[1], 1)
        self.recognised = False
        self._known = known
        self._association: Association | None = None

    def advance(self, *, final: bool) -> None:
        """There are more bytes; `final`: there will be no more."""
        if not self.recognised and not self._recognise(final=final):
            return
        for side in (0, 1):
            self._walk(side, final=final)
        if final:
            for framer, assembler in zip(self._framers, self._assemblers, strict=True):
                assembler.flush(f"{self._end()} before its last fragment", len(framer.direction.pieces))
        news = self._assemblers[0].news + self._assemblers[1].news
        news.sort(key=itemgetter(0))  # by record, stable: what one side did with one record stays in order
        for assembler in self._assemblers:
            assembler.news.clear()
        for one in news:
            self._take(one)
        association = self._association
        if association is not None and news:
            association.last_record = max(association.last_record, news[-1][0])
        if final:
            for framer in self._framers:
                framer.end()
            if self._association is None and self._known:
                self._begin(self._stream.first_record)
            if self._association is not None and any(map(_waited, self._stream.directions)):
                self._association.put_in_order()
        if self._association is not None:
            self._watcher.changed(self._association)

    def _walk(self, side: int, *, final: bool) -> None:
        """Gather the news of a side's new bytes: what became of its messages, and all PDUs but P-DATA-TF."""
        framer, assembler = self._framers[side], self._assemblers[side]
        for found in framer.walk(final=final):
            if isinstance(found, Burst):
                assembler.add_burst(found)
            elif found.kind == P_DATA_TF:
                assembler.add(found)
            else:
                assembler.flush(WENT_ON, found.start)
                gaps = framer.direction.holes and framer.direction.pieces.gaps(found.start, found.stop)
                data = framer.read(found.start, gaps[0].position if gaps else found.stop)
                assembler.news.append((found.record, side, found, False, data))

    def _end(self) -> str:
        """What ended it, in words."""
        if any(framer.aborts for framer in self._framers):
            return "the association was aborted"
        return "the capture ended" if self._stream.closed is None else "the connection ended"

    def _recognise(self, *, final: bool) -> bool:
        looks = set()
        for framer in self._framers:
            look = framer.recognise(final=final)
            looks.add(look)
            if look is Look.PDU:
                break
        if Look.PDU in looks or (looks == {Look.NO} and self._known):
            self.recognised = True
            for each in self._framers:
                each.begin()
        elif looks == {Look.NO}:
            self._stream.ignore()
        return self.recognised

    def _take(self, news: News) -> None:
        _, side, what, began, data = news
        if isinstance(what, Pdu):
            self._control(side, what, data)
        elif began:
            association = self._association or self._begin(what.first_record)
            association.first_record = min(association.first_record, what.first_record)
            if association.certainty < PLAIN_REQUEST:
                self._weigh(association, what)
            association.add(what)
        else:
            what.association.ended(what)
            self._watcher.said(what)

    def _control(self, side: int, pdu: Pdu, data: bytes) -> None:
        """Any PDU but P-DATA-TF."""
        kind = pdu.kind
        if kind == A_ASSOCIATE_RQ:
            self._request(side, pdu, data)
            return
        association = self._association or self._begin(pdu.first_record)
        association.first_record = min(association.first_record, pdu.first_record)
        association.refresh()
        if kind == A_ASSOCIATE_AC:
            association.accept, association.accept_pdu = _proposal(pdu, data), pdu
            self._settle(association, 1 - side, NEGOTIATED)
        elif kind == A_ASSOCIATE_RJ:
            if len(data) >= 10:
                association.rejection = Rejection(*data[7:10])
            self._settle(association, 1 - side, NEGOTIATED)
        elif kind == A_RELEASE_RQ:
            self._settle(association, side, RELEASING)
        elif kind == A_RELEASE_RP:
            association.release_record = pdu.record
            self._settle(association, 1 - side, RELEASING)
        elif kind == A_ABORT and len(data) >= 10 and association.abort is None:
            association.abort = Abort(side, data[8], data[9])

    def _request(self, side: int, pdu: Pdu, data: bytes) -> None:
        association = self._association
        overtaken = not pdu.start and self._framers[side].direction.isn is not None
        if association is None or association.request is not None or not overtaken:
            association = self._another(side, pdu)
        else:  # the first PDU of the connection: packets of the answer were captured before it
            association.first_record = min(association.first_record, pdu.first_record)
        association.request, association.request_pdu = _proposal(pdu, data), pdu
        self._settle(association, side, NEGOTIATED)

    def _another(self, side: int, pdu: Pdu) -> Association:
        """A new association that begins with `pdu`; another one on the same connection ends here."""
        other = 1 - side
        before = self._association
        association = self._begin(pdu.first_record)
        if before is not None:
            before.superseded = True
            # what the other side had completed by then belongs to the association before
            border = {side: pdu.number, other: self._framers[other].completed_by(pdu.record)}
            for each in (side, other):
                before.last_pdus[each] = association.first_pdus[each] = border[each]
            self._watcher.changed(before)
        return association

    def _begin(self, record: int) -> Association:
        """A new association; until there is evidence, who opened the connection counts as its requestor."""
        ends = self._stream.ends
        requestor = self._stream.initiator
        if requestor is None:
            requestor = 0 if ends[0].port > ends[1].port else 1
        self._association = Association(
            self._stream, self._framers, self._source, self._readings, requestor, record
        )
        self._watcher.began(self._association)
        return self._association

    def _weigh(self, association: Association, message: Message) -> None:
        """Requests come from the requestor, mostly."""
        if message.command_set is not None:
            field = message.command_set.field or 0
            by = 1 - message.side if message.is_response else message.side
            weak = field & 0x7FFF in EITHER_WAY
            self._settle(association, by, SOME_REQUEST if weak else PLAIN_REQUEST)

    def _settle(self, association: Association, requestor: int, certainty: int) -> None:
        if certainty > association.certainty:
            association.requestor_side, association.certainty = requestor, certainty


def _proposal(pdu: Pdu, data: bytes) -> Proposal:
    if len(data) < 6 + pdu.length:
        return read_proposal(data, cut=True)
    return _whole_proposal(data)


def _waited(direction: Direction) -> bool:
    """Whether bytes of it were read later than they came: behind a gap, or before it was known to begin."""
    return bool(direction.holes or direction.late) or direction.isn is None


@lru_cache(maxsize=256)
def _whole_proposal(data: bytes) -> Proposal:
    """Health checks send the same bytes again and again: they are read once."""
    return read_proposal(data)
