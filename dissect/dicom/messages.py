"""DIMSE messages: a command set and the data set behind it, and why they may not be whole (PS3.7 6.3).

Data set bytes are never copied: a message holds where its fragments lie.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from dissect.columns import Numbers, Shelf, shelved
from dissect.dicom.commands import C_CANCEL_RQ, CommandSet
from dissect.dicom.framing import Framer
from dissect.dicom.tables import COMMANDS
from dissect.nodes import Node
from dissect.pieces import Pieces, Span

if TYPE_CHECKING:
    from pydicom import Dataset

    from dissect.dicom.associations import Association

COMMAND, LAST = 1, 2
"""Bits of the message control header (PS3.8 E.2)."""
LONGEST_COMMAND = 1 << 20
"""Bytes of a command set that are read; real ones have some hundred."""

NEXT_MESSAGE = "the next message began before its last fragment"
WENT_ON = "its sender went on to another PDU before its last fragment"
CUT = "one of its PDUs was cut short"
MISSING = "some of its bytes were not captured"
UNENDED = "its data set began before the last fragment of its command set"

NO_RUNS = array("q")
"""Shared by all messages that have none; never added to."""


class Message:
    """A command set and the data set that follows it, or what was captured of them.

    Positions count in the bytes of its direction. `command_runs` and `data_runs` hold pairs (start, length),
    one for each PDV.
    """

    __slots__ = (
        "association", "command_runs", "command_set", "context_id", "damage", "data_ended", "data_runs",
        "first_record", "framer", "index", "record", "side", "start", "stop",
    )  # fmt: skip

    def __init__(self, framer: Framer, side: int, context_id: int, start: int, record: int) -> None:
        self.association: Association
        self.framer = framer
        self.side = side
        """The side of the connection that sent it."""
        self.context_id = context_id
        self.index = 0
        """Its number in the association, from 1."""
        self.start = start
        """Where its first PDU begins, or its first PDV where that PDU holds another message too."""
        self.stop = start
        self.first_record = record
        self.record = record
        """Number of the record that completed it."""
        self.command_set: CommandSet | None = None
        """None where the command set was not captured."""
        self.command_runs = NO_RUNS
        self.data_runs: Numbers = NO_RUNS
        self.data_ended = False
        """Whether the last fragment of the data set came."""
        self.damage = ""
        """Why it is not whole; empty where it is."""

    @property
    def sender(self) -> str:
        return "requestor" if self.side == self.association.requestor_side else "acceptor"

    @property
    def command(self) -> str | None:
        """Such as "C-STORE-RQ"; None where the command set is missing or names none."""
        field = self.command_set.field if self.command_set else None
        return None if field is None else COMMANDS.get(field, f"command {field:04X}H")

    @property
    def is_response(self) -> bool:
        return bool(self.command_set and self.command_set.is_response)

    @property
    def is_cancel(self) -> bool:
        return self.command_set is not None and self.command_set.field == C_CANCEL_RQ

    @property
    def message_id(self) -> int | None:
        return self.command_set.message_id if self.command_set else None

    @property
    def responding_to(self) -> int | None:
        return self.command_set.responded_id if self.command_set else None

    @property
    def status(self) -> int | None:
        return self.command_set.status if self.command_set else None

    @property
    def time(self) -> int:
        """When its first byte was captured, in nanoseconds since the epoch."""
        return self.association.time(self.first_record)

    @property
    def end_time(self) -> int:
        return self.association.time(self.record)

    @property
    def frame(self) -> int:
        return self.first_record + 1

    @property
    def data_length(self) -> int:
        return sum(self.data_runs[1::2])

    @property
    def has_data_set(self) -> bool:
        return bool(self.data_runs)

    @property
    def complete(self) -> bool:
        return not self.damage

    @property
    def span(self) -> Span:
        """From its first byte to its last, headers included, in the bytes of its direction."""
        return Span(self.framer.direction.pieces, self.start, self.stop - self.start)

    def command_bytes(self) -> Pieces:
        return self._join(self.command_runs)

    def data_bytes(self) -> Pieces:
        """The data set as sent, in pieces over the direction; empty where there is none."""
        return self._join(self.data_runs)

    def shelve(self, shelf: Shelf, least: int) -> None:
        """Put away where the fragments of its data set lie, if they are more than `least`."""
        if len(self.data_runs) > 2 * least:
            self.data_runs = shelved(self.data_runs, shelf)

    def _join(self, runs: Numbers) -> Pieces:
        pieces = Pieces(self.framer.direction.pieces)
        for index in range(0, len(runs), 2):
            pieces.append(runs[index], runs[index + 1])
        return pieces

    @property
    def bytes(self) -> bytes:
        return self.span.read()

    def dataset(self) -> Dataset | None:
        """The data set by the transfer syntax in force; None where there is none."""
        from dissect.dicom.elements import to_pydicom  # deferred: only whoever looks pays for pydicom

        data_set = self.association.data_set(self)
        return None if data_set is None else to_pydicom(data_set)

    def tree(self, *, show_secrets: bool = False) -> Node:
        """All fields of the message, with their spans."""
        if self.association.readings is None:
            return Node(self.command or "message", span=self.span)
        return self.association.readings.message_tree(self, show_secrets=show_secrets)
