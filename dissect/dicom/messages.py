"""DIMSE messages out of the P-DATA-TF PDUs of one direction (PS3.8 9.3.5, Annex E).

PDVs are joined per presentation context, so that even messages that interleave (which PS3.8 E.1 forbids)
come out whole. Data set bytes are never copied: a message holds where its fragments lie.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from dissect.dicom.commands import C_CANCEL_RQ, CommandSet, command_set
from dissect.dicom.framing import PDV_HEADER, Framer, Pdu
from dissect.dicom.tables import COMMANDS
from dissect.findings import Finding, Severity
from dissect.nodes import Node
from dissect.pieces import Pieces, Span

if TYPE_CHECKING:
    from pydicom import Dataset

    from dissect.dicom.associations import Association

COMMAND, LAST = 1, 2
"""Bits of the message control header (PS3.8 E.2)."""
LONGEST_COMMAND = 1 << 20
"""Bytes of a command set that are read; real ones have some hundred."""


class Message:
    """A command set and the data set that follows it, or what was captured of them.

    Positions count in the bytes of its direction. `command_runs` and `data_runs` hold pairs (start, length),
    one for each PDV.
    """

    __slots__ = (
        "association", "command_runs", "command_set", "context_id", "damage", "data_ended", "data_runs",
        "first_record", "framer", "index", "record", "side", "start", "stop",
    )  # fmt: skip

    def __init__(self, framer: Framer, side: int, context_id: int, start: int) -> None:
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
        self.first_record = framer.record_of(start)
        self.record = self.first_record
        """Number of the record that completed it."""
        self.command_set: CommandSet | None = None
        """None where the command set was not captured."""
        self.command_runs = array("q")
        self.data_runs = array("q")
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

    def _join(self, runs: array[int]) -> Pieces:
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


class Assembler:
    """Joins the PDVs of one direction.

    `begun` collects messages whose command set is there (or never will be), `done` those of which nothing more
    will come, until somebody takes them.
    """

    __slots__ = ("_framer", "_latest", "_open", "_side", "begun", "done", "findings")

    def __init__(self, framer: Framer, side: int) -> None:
        self._framer = framer
        self._side = side
        self._open: dict[int, Message] = {}
        self._latest: dict[int, Message] = {}
        self.findings: list[Finding] = []
        self.begun: list[Message] = []
        self.done: list[Message] = []

    @property
    def busy(self) -> bool:
        """Whether a message waits for more fragments."""
        return bool(self._open)

    def add(self, pdu: Pdu) -> None:
        """Take the PDVs of a P-DATA-TF."""
        read = self._framer.direction.pieces.read
        at, stop = pdu.start + 6, pdu.stop
        kinds = 0
        while at + 6 <= stop:
            size, context_id, control = PDV_HEADER.unpack(read(at, at + 6))
            end = at + 4 + size
            if size < 2 or end > stop:
                cut = pdu.stop < pdu.start + 6 + pdu.length
                if not cut or size < 2:
                    self._find(
                        "pdv-length", "error", f"A PDV of {size} bytes does not fit its PDU.", at, 6, "PS3.8 9.3.5.1"
                    )
                if size < 2:
                    return
                end = stop
            first = at == pdu.start + 6
            kinds |= 1 << (control & COMMAND)
            self._fragment(context_id, control, pdu.start if first else at, at + 6, end, pdu.record)
            at = end
        if at < stop:
            self._find("pdv-length", "error", f"{stop - at} bytes after the last PDV.", at, stop - at, "PS3.8 9.3.5")
        if kinds == 3:
            text = "Command and data PDVs share this PDU, which is legal; some receivers fail on it."
            self._find("mixed-pdu", "info", text, pdu.start, stop - pdu.start, "PS3.8 E.1")

    def flush(self, why: str) -> None:
        """No fragment will follow any more: hand over what there is."""
        for message in list(self._open.values()):
            message.damage = message.damage or why
            self._finish(message)
        self._latest.clear()

    def _fragment(self, context_id: int, control: int, start: int, at: int, end: int, record: int) -> None:
        message = self._open.get(context_id)
        is_command = control & COMMAND
        if message is None or (is_command and message.command_set is not None):
            if message is not None:
                message.damage = "the next message began before its last fragment"
                self._finish(message)
            message = self._begin(context_id, start, is_command)
        message.stop, message.record = end, record
        if is_command:
            message.command_runs.extend((at, end - at))
            if control & LAST:
                self._command_done(message)
        else:
            message.data_runs.extend((at, end - at))
            if control & LAST:
                message.data_ended = True
                self._finish(message)

    def _begin(self, context_id: int, start: int, is_command: int) -> Message:
        others = [message for message in self._open.values() if message.context_id != context_id]
        if others:
            text = f"A fragment in context {context_id} before the last one of the message in context {others[0].context_id}."
            self._find("interleave", "error", text, start, 12, "PS3.8 E.1")
        if not is_command:
            latest = self._latest.get(context_id)
            if latest is not None and not latest.has_data_set:
                self._open[context_id] = latest  # its command set announced none: a finding, not a loss
                return latest
        message = self._open[context_id] = Message(self._framer, self._side, context_id, start)
        if not is_command:
            message.damage = "its command set was not captured"
            self.begun.append(message)
        return message

    def _command_done(self, message: Message) -> None:
        size = sum(message.command_runs[1::2])
        data = message.command_bytes().read(0, min(size, LONGEST_COMMAND))
        message.command_set = command_set(data)
        self.begun.append(message)
        if not message.command_set.announces_data_set:
            self._finish(message)

    def _finish(self, message: Message) -> None:
        del self._open[message.context_id]
        self._latest[message.context_id] = message
        direction = self._framer.direction
        if not message.damage and direction.holes and any(
            direction.pieces.gaps(runs[index], runs[index] + runs[index + 1])
            for runs in (message.command_runs, message.data_runs)
            for index in range(0, len(runs), 2)
        ):
            message.damage = "some of its bytes were not captured"
        if message.command_set is None and message.command_runs:
            self.begun.append(message)  # cut short inside its command set
        self.done.append(message)

    def _find(self, rule: str, severity: Severity, text: str, start: int, length: int, clause: str) -> None:
        span = Span(self._framer.direction.pieces, start, length)
        self.findings.append(Finding(rule, severity, text, span, clause))
