"""Recorded messages as they go out to the live peer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dissect.dicom.associations import Association
from dissect.dicom.commands import AFFECTED_SOP_CLASS, CommandSet
from dissect.dicom.messages import COMMAND, Message
from dissect.dicom.tables import transfer_syntax
from dissect.pieces import Buffer
from dissect.replay.commands import answering, refusal, rewritten
from dissect.replay.datasets import data_set
from dissect.replay.fragments import Heard, pdus
from dissect.replay.names import CannotSendError
from dissect.replay.negotiation import Agreed, choose


class Outgoing:
    """Fits recorded messages into what was negotiated live: contexts, transfer syntaxes, the longest PDU."""

    def __init__(
        self, association: Association, agreed: list[Agreed], limit: int, move_destination: str | None
    ) -> None:
        self._association = association
        self._agreed = agreed
        self._limit = limit
        """Longest P-DATA-TF that the peer takes; 0: any."""
        self._move_destination = move_destination
        """Where a C-MOVE-RQ sends objects instead of where it did; None: there."""

    def syntax(self, context_id: int) -> str | None:
        """The transfer syntax of a live context."""
        return next((each.transfer_syntax for each in self._agreed if each.id == context_id), None)

    def pdus(self, message: Message, uids: Mapping[str, str], request: Heard | None) -> Iterator[bytes]:
        """The PDUs of a message with `uids` for those recorded; of a response, to the live `request`.

        Raises CannotSendError, before any PDU is made.
        """
        command = message.command_set
        if command is None:
            raise CannotSendError("its command set was not captured")
        context = self._context(message, request)
        numbers: dict[int, int] = {}
        names = uids
        if message.is_response and request is not None:
            numbers = answering(command, request.command)
            other = _other_class(command, request.command)
            names = {**uids, **other} if other else uids
        data = Buffer(rewritten(command, numbers, names, self._move_destination))
        parts = [pdus(context.id, COMMAND, data, message.command_runs[1::2], self._limit)]
        if message.has_data_set:
            recorded = self._association.context(message.context_id)
            before = recorded.transfer_syntax if recorded else None
            contents = data_set(
                message.data_bytes(),
                transfer_syntax(before) if before else None,
                transfer_syntax(context.transfer_syntax),
                uids,
            )
            sizes, ends = message.data_runs[1::2], message.data_ended
            parts.append(pdus(context.id, 0, contents, sizes, self._limit, ends=ends))
        return (pdu for part in parts for pdu in part)

    def _context(self, message: Message, request: Heard | None) -> Agreed:
        """The live context of a message: of a response, that of its request."""
        recorded = self._association.context(message.context_id)
        if not message.is_response or request is None:
            return choose(recorded, self._agreed, converts=message.has_data_set)
        same = [each for each in self._agreed if each.id == request.context_id]
        if same and not message.has_data_set:
            return same[0]
        return choose(recorded, same, converts=True)

    def refusal(self, request: Heard) -> Iterator[bytes]:
        """The response to a request that nothing recorded answers."""
        return pdus(request.context_id, COMMAND, Buffer(refusal(request.command)), (), self._limit)


def _other_class(response: CommandSet, request: CommandSet) -> dict[str, str]:
    """The SOP class of the live request, where the recorded one that is answered had another."""
    before, after = response.uid(AFFECTED_SOP_CLASS), request.sop_class
    return {before: after} if before and after and before != after else {}
