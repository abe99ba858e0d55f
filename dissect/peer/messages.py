"""The messages that PDUs of one direction carry, one PDU at a time (PS3.8 9.3.5, Annex E)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dissect.dicom.commands import CommandSet
from dissect.dicom.messages import COMMAND, LAST, LONGEST_COMMAND
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER

FIRST_PDV = 6


class Pdv(NamedTuple):
    """A presentation data value: its fragment lies from `start` to `stop` in the PDU."""

    context: int
    control: int
    start: int
    stop: int


def pdvs(pdu: bytes) -> Iterator[Pdv]:
    """The presentation data values of a P-DATA-TF, as far as their lengths make sense; none of other PDUs."""
    at = FIRST_PDV
    while pdu[:1] == bytes([P_DATA_TF]) and at + PDV_HEADER.size <= len(pdu):
        size, context, control = PDV_HEADER.unpack_from(pdu, at)
        stop = at + 4 + size
        if size < 2 or stop > len(pdu):
            return
        yield Pdv(context, control, at + PDV_HEADER.size, stop)
        at = stop


class Follower:
    """Follows what one side sends, and tells which messages end.

    `amid` is whether a message has begun and its last fragment has not come.
    """

    def __init__(self) -> None:
        self._fragments: dict[int, bytearray] = {}
        self._awaiting_data: dict[int, CommandSet] = {}

    @property
    def amid(self) -> bool:
        return bool(self._fragments or self._awaiting_data)

    def ended(self, pdu: bytes) -> list[CommandSet]:
        """The command sets of the messages whose last fragment is in `pdu`."""
        found = []
        for pdv in pdvs(pdu):
            if pdv.control & COMMAND:
                fragments = self._fragments.setdefault(pdv.context, bytearray())
                if len(fragments) < LONGEST_COMMAND:
                    fragments += pdu[pdv.start : pdv.stop]
                if not pdv.control & LAST:
                    continue
                command = CommandSet(bytes(self._fragments.pop(pdv.context)))
                if command.announces_data_set:
                    self._awaiting_data[pdv.context] = command
                else:
                    found.append(command)
            elif pdv.control & LAST and pdv.context in self._awaiting_data:
                found.append(self._awaiting_data.pop(pdv.context))
        return found
