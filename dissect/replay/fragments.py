"""Messages to P-DATA-TF PDUs and back (PS3.8 9.3.5, Annex E)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dissect.dicom.commands import CommandSet
from dissect.dicom.messages import COMMAND, LAST, LONGEST_COMMAND
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER
from dissect.findings import octets
from dissect.peer.messages import FIRST_PDV, pdvs
from dissect.pieces import Source

KEPT = 16 << 20
"""Bytes of a data set that is received which are kept; beyond, its UIDs are not looked for."""
AT_ONCE = 1 << 17
"""Bytes of a fragment where the peer does not limit it."""
_PDU = struct.Struct(">BBI")


def cut(length: int, recorded: Sequence[int], limit: int) -> Iterator[tuple[int, int]]:
    """Where the fragments of `length` bytes start and stop.

    They are as long as those recorded if all of these fit the PDUs the peer takes, of at most `limit` bytes
    (0: of any length, PS3.8 D.1). If not, they are as long as possible, and no longer than the longest
    recorded where there were several.
    """
    room = max((limit - 6) & ~1, 2) if limit else AT_ONCE
    longest = max(recorded, default=0)
    if sum(recorded) == length and (not limit or longest <= room):
        start = 0
        for size in recorded:
            yield start, start + size
            start += size
        return
    size = min(room, max(longest & ~1, 2)) if len(recorded) > 1 else room
    for start in range(0, max(length, 1), size):
        yield start, min(start + size, length)


def pdus(
    context_id: int, kind: int, source: Source, recorded: Sequence[int], limit: int, *, ends: bool = True
) -> Iterator[bytes]:
    """The P-DATA-TF PDUs of a command set (`kind` is COMMAND) or data set (0), a PDV in each.

    `ends`: whether the last one says that it is.
    """
    length = len(source)
    cuts = list(cut(length, recorded, limit))
    for number, (start, stop) in enumerate(cuts, 1):
        control = kind | (LAST if ends and number == len(cuts) else 0)
        yield b"".join(
            (
                _PDU.pack(P_DATA_TF, 0, stop - start + 6),
                PDV_HEADER.pack(stop - start + 2, context_id, control),
                source.read(start, stop),
            )
        )


class BrokenPduError(Exception):
    """What the peer sent as P-DATA-TF is none; the text says why."""


class Heard(NamedTuple):
    """A message of the peer. `data` is its data set; None where it has none or more than is kept."""

    context_id: int
    command: CommandSet
    data: bytes | None
    length: int
    """Bytes of its data set."""


class _Open:
    """A message that is not complete yet."""

    def __init__(self) -> None:
        self.fragments = bytearray()
        self.command: CommandSet | None = None
        self.data = bytearray()
        self.length = 0


class Joiner:
    """Joins the fragments that the peer sends to messages."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}

    def add(self, pdu: bytes) -> Iterator[Heard]:
        """Take a P-DATA-TF; what it completes. Raises BrokenPduError."""
        stop = FIRST_PDV
        for pdv in pdvs(pdu):
            stop = pdv.stop
            found = self._take(pdv.context, pdv.control, memoryview(pdu)[pdv.start : stop])
            if found:
                yield found
        if stop < len(pdu):
            raise BrokenPduError(f"its P-DATA-TF ends with {octets(len(pdu) - stop)} that are no whole PDV")

    def _take(self, context_id: int, control: int, fragment: memoryview) -> Heard | None:
        message = self._open.setdefault(context_id, _Open())
        if control & COMMAND:
            message.fragments += fragment
            if len(message.fragments) > LONGEST_COMMAND:
                raise BrokenPduError(f"its command set has more than {LONGEST_COMMAND:,} bytes")
            if not control & LAST:
                return None
            message.command = CommandSet(bytes(message.fragments))
            if message.command.announces_data_set:
                return None
        else:
            if message.command is None:
                raise BrokenPduError("it sent a data set without a command set")
            message.length += len(fragment)
            if message.length <= KEPT:
                message.data += fragment
            if not control & LAST:
                return None
        del self._open[context_id]
        whole = message.length and message.length <= KEPT
        return Heard(context_id, message.command, bytes(message.data) if whole else None, message.length)
