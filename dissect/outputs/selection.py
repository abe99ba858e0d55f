"""What of a capture is shown: all, one association, one message, what one frame holds bytes of, what a filter
selects, and any of these together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import Message
from dissect.pieces import HOLE

if TYPE_CHECKING:
    from dissect.filters import Filter


@dataclass(frozen=True)
class Selection:
    """Numbers as the list shows them, each from 1; None selects all."""

    association: int | None = None
    message: int | None = None
    frame: int | None = None
    filter: Filter | None = None
    """Where there are messages: those of the exchanges that it selects, and the PDUs that they are in."""
    _latest: list[tuple[Association, set[int]]] = field(default_factory=list, compare=False, repr=False)

    @property
    def narrow(self) -> bool:
        """Whether parts of associations are asked for."""
        return self.message is not None or self.frame is not None or self.filter is not None

    @property
    def asked(self) -> bool:
        """Whether anything less than all is asked for."""
        return self.narrow or self.association is not None

    def associations(self, capture: Capture) -> Iterator[Association]:
        for association in capture.associations:
            if self.association not in (None, association.index):
                continue
            if self.filter is not None and not self.filter.matches_association(association):
                continue
            if not self.narrow or self.messages(association) or any(self.pdus(association)):
                yield association

    def messages(self, association: Association) -> list[Message]:
        messages = association.messages
        if self.message is not None:
            messages = messages[self.message - 1 : self.message] if self.message > 0 else []
        if self.frame is not None:
            messages = [message for message in messages if _in_frame(message, self.frame - 1)]
        if self.filter is not None:
            wanted = self._filtered(association)
            messages = [message for message in messages if message.index in wanted]
        return messages

    def _filtered(self, association: Association) -> set[int]:
        """Indexes of the messages of the exchanges that the filter selects; each view of them asks again."""
        if not self._latest or self._latest[0][0] is not association:
            exchanges = self.filter.select(association) if self.filter is not None else association.exchanges
            messages = (
                message
                for exchange in exchanges
                for message in (exchange.request, *exchange.responses, exchange.cancel)
            )
            self._latest[:] = [(association, {message.index for message in messages if message is not None})]
        return self._latest[0][1]

    def pdus(self, association: Association) -> Iterator[tuple[int, int, Pdu]]:
        """Number in the association, sending side, and the PDU itself."""
        by_message = self.message is not None or (self.filter is not None and association.messages)
        messages = self.messages(association) if by_message else None
        for number, (side, pdu) in enumerate(association.pdus(), 1):
            framer, frame = association.framers[side], self.frame
            if frame and not _in_record(association, framer, pdu.start, pdu.stop, frame - 1):
                continue
            if messages is None or any(
                message.side == side and pdu.start < message.stop and message.start < pdu.stop
                for message in messages
            ):
                yield number, side, pdu

    def __str__(self) -> str:
        asked = (("association", self.association), ("message", self.message), ("frame", self.frame))
        return ", ".join(f"{what} {number}" for what, number in asked if number is not None)


def _in_frame(message: Message, record: int) -> bool:
    return message.first_record <= record <= message.record and _in_record(
        message.association, message.framer, message.start, message.stop, record
    )


def _in_record(association: Association, framer: Framer, start: int, stop: int, record: int) -> bool:
    """Whether any byte from `start` to `stop` of a direction lies in a record."""
    return any(
        run.source != HOLE and association.source.record_at(run.source) == record
        for run in framer.direction.pieces.runs(start, stop)
    )
