"""What is said on one TCP connection: both directions' PDUs in the order they were complete.

The directions share no state: each is framed and joined to messages on its own, and they meet only here. So a
response that comes before its request's data set is complete disturbs nothing.
"""

from __future__ import annotations

from typing import Protocol

from dissect.dicom.associations import Abort, Association, Readings, Rejection, proposal
from dissect.dicom.framing import (
    A_ABORT,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    P_DATA_TF,
    Framer,
    Look,
    Pdu,
)
from dissect.dicom.messages import Assembler, Message
from dissect.wire.source import CaptureSource
from dissect.wire.streams import Stream

GUESSED, SOME_REQUEST, PLAIN_REQUEST, RELEASING, NEGOTIATED = range(5)
"""How sure it is which side is the requestor, weakest first."""
EITHER_WAY = (0x0001, 0x0100)
"""C-STORE and N-EVENT-REPORT requests may come from the acceptor."""


class Watcher(Protocol):
    """Who wants to hear of news while reading goes on: associations that began or changed, messages that are done."""

    def began(self, association: Association) -> None: ...

    def said(self, message: Message) -> None: ...

    def changed(self, association: Association) -> None: ...


class Conversation:
    """Reads a stream as DICOM, once it turns out to be."""

    def __init__(
        self, stream: Stream, source: CaptureSource, readings: Readings | None, watcher: Watcher
    ) -> None:
        self._stream = stream
        self._source = source
        self._readings = readings
        self._watcher = watcher
        first, second = stream.directions
        self._framers = Framer(first, source), Framer(second, source)
        self._assemblers = Assembler(self._framers[0], 0), Assembler(self._framers[1], 1)
        self._seen = [0, 0]
        self._recognised = False
        self._association: Association | None = None

    def advance(self, *, final: bool) -> None:
        """There are more bytes; `final`: there will be no more."""
        if not self._recognised and not self._recognise(final=final):
            return
        for framer in self._framers:
            framer.advance(final=final)
        self._digest()
        if final:
            for assembler in self._assemblers:
                assembler.flush("the connection ended before its last fragment")
                self._take(assembler)
        if self._association is not None:
            self._watcher.changed(self._association)

    def _recognise(self, *, final: bool) -> bool:
        looks = [framer.recognise(final=final) for framer in self._framers]
        if Look.PDU in looks:
            self._recognised = True
            for framer in self._framers:
                framer.begin()
            return True
        if looks == [Look.NO, Look.NO]:
            self._stream.ignore()
        return False

    def _digest(self) -> None:
        """Take the new PDUs of both sides, in the order they were complete."""
        rows = []
        for side, framer in enumerate(self._framers):
            rows += [(pdu.record, side, pdu) for pdu in map(framer.pdu, range(self._seen[side], len(framer)))]
            self._seen[side] = len(framer)
        if self._seen[0] and self._seen[1]:
            rows.sort(key=_record)
        for record, side, pdu in rows:
            assembler = self._assemblers[side]
            if pdu.kind == P_DATA_TF:
                assembler.add(pdu)
                self._take(assembler)
            else:
                if assembler.busy:
                    assembler.flush("its side went on to something else before its last fragment")
                    self._take(assembler)
                self._control(side, pdu)
            if self._association is not None:
                self._association.last_record = max(self._association.last_record, record)

    def _take(self, assembler: Assembler) -> None:
        """Hand the new messages of one side to their association."""
        for message in assembler.begun:
            association = self._association or self._begin(message.side, message.first_record)
            self._weigh(association, message)
            association.add(message)
        for message in assembler.done:
            association = message.association
            association.last_record = max(association.last_record, message.record)
            association.refresh()
            self._watcher.said(message)
        if assembler.begun:
            assembler.begun = []
        if assembler.done:
            assembler.done = []

    def _control(self, side: int, pdu: Pdu) -> None:
        """Any PDU but P-DATA-TF."""
        kind = pdu.kind
        if kind == A_ASSOCIATE_RQ:
            self._request(side, pdu)
            return
        start = self._framers[side].record_of(pdu.start)
        association = self._association or self._begin(side, start)
        association.refresh()
        if kind == A_ASSOCIATE_AC:
            association.accept, association.accept_pdu = proposal(self._read(side, pdu)), pdu
            self._settle(association, 1 - side, NEGOTIATED)
        elif kind == A_ASSOCIATE_RJ:
            data = self._read(side, pdu)
            if len(data) >= 10:
                association.rejection = Rejection(*data[7:10])
            self._settle(association, 1 - side, NEGOTIATED)
        elif kind == A_RELEASE_RQ:
            self._settle(association, side, RELEASING)
        elif kind == A_RELEASE_RP:
            association.release_record = pdu.record
            self._settle(association, 1 - side, RELEASING)
        elif kind == A_ABORT:
            data = self._read(side, pdu)
            if len(data) >= 10 and association.abort is None:
                association.abort = Abort(side, data[8], data[9])
            self._assemblers[1 - side].flush("the association was aborted before its last fragment")
            self._take(self._assemblers[1 - side])

    def _request(self, side: int, pdu: Pdu) -> None:
        record = self._framers[side].record_of(pdu.start)
        self._assemblers[1 - side].flush("another association began before its last fragment")
        self._take(self._assemblers[1 - side])
        before = self._association
        association = self._begin(side, record)
        if before is not None:
            before.superseded = True
            other = 1 - side
            # what the other side had completed by then belongs to the association before
            border = {side: pdu.number, other: self._framers[other].completed_by(pdu.record)}
            for each in (side, other):
                before.last_pdus[each] = association.first_pdus[each] = border[each]
            self._watcher.changed(before)
        association.request, association.request_pdu = proposal(self._read(side, pdu)), pdu
        self._settle(association, side, NEGOTIATED)

    def _begin(self, side: int, record: int) -> Association:
        """A new association; until there is evidence, whoever opened the connection counts as its requestor."""
        ends = self._stream.ends
        requestor = self._stream.initiator
        if requestor is None:
            requestor = 0 if ends[0].port > ends[1].port else 1
        self._association = Association(
            self._stream, self._framers, self._assemblers, self._source, self._readings, requestor, record
        )
        self._watcher.began(self._association)
        return self._association

    def _weigh(self, association: Association, message: Message) -> None:
        """Requests come from the requestor, mostly."""
        if association.certainty < PLAIN_REQUEST and message.command_set is not None:
            field = message.command_set.field or 0
            by = 1 - message.side if message.is_response else message.side
            weak = field & 0x7FFF in EITHER_WAY
            self._settle(association, by, SOME_REQUEST if weak else PLAIN_REQUEST)

    def _settle(self, association: Association, requestor: int, certainty: int) -> None:
        if certainty > association.certainty:
            association.requestor_side, association.certainty = requestor, certainty

    def _read(self, side: int, pdu: Pdu) -> bytes:
        return self._framers[side].direction.pieces.read(pdu.start, pdu.stop)


def _record(row: tuple[int, int, Pdu]) -> int:
    return row[0]
