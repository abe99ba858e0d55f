"""DIMSE messages out of the P-DATA-TF PDUs of one direction (PS3.8 9.3.5, Annex E).

PDVs are joined per presentation context, so that even messages that interleave (which PS3.8 E.1 forbids)
come out whole. Data set bytes are never copied: a message holds where its fragments lie.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from dissect.columns import Numbers, Shelf, shelved
from dissect.dicom.bursts import Burst
from dissect.dicom.commands import C_CANCEL_RQ, CommandSet, command_set
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.recognition import PDV_HEADER
from dissect.dicom.tables import COMMANDS
from dissect.findings import octets
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


News = tuple[int, int, "Message | Pdu", bool, bytes]
"""What a record brought: its number; the side; a message, with whether it began now (its command set is
there, or never will be) or ended; or a PDU other than P-DATA-TF, with its bytes. Plain tuples: a message has
two of them.
"""


class Assembler:
    """Joins the PDVs of one direction; `news` collects what became of messages, until somebody takes it."""

    __slots__ = ("_framer", "_latest", "_open", "_side", "news")

    def __init__(self, framer: Framer, side: int) -> None:
        self._framer = framer
        self._side = side
        self._open: dict[int, Message] = {}
        self._latest: dict[int, Message] = {}
        self.news: list[News] = []

    def add(self, pdu: Pdu) -> None:
        """Take the PDVs of a P-DATA-TF."""
        read = self._framer.read
        begin, stop = pdu.start + 6, pdu.stop
        at, kinds = begin, 0
        before: tuple[int, int] | None = None
        again = several = False
        while at + 6 <= stop:
            size, context_id, control = PDV_HEADER.unpack(read(at, at + 6))
            end = at + 4 + size
            cut = False
            if size < 2 or end > stop:
                cut = stop < begin + pdu.length
                if size < 2 or not cut:
                    text = f"A PDV of {size} bytes does not fit its PDU."
                    self._framer.find("pdv-length", "error", text, at, at + 6, "PS3.8 Table 9-23")
                if size < 2:
                    return
                end = stop
            kinds |= 1 << (control & COMMAND)
            if before is not None:
                same, ended = before[0] == context_id, bool(before[1] & LAST)
                alike = not (before[1] ^ control) & COMMAND
                several |= not same or (alike and ended) or bool(control & COMMAND and not alike)
                again |= same and alike and not ended
            before = context_id, control
            if at == begin:
                self._fragment(context_id, control, at, end, pdu.start, pdu.first_record, pdu.record, cut=cut)
            else:
                self._fragment(context_id, control, at, end, at, None, pdu.record, cut=cut)
            at = end
        if at < stop:
            text = f"{octets(stop - at)} behind the last PDV."
            self._framer.find("pdv-length", "error", text, at, stop, "PS3.8 9.3.5")
        if several:
            text = "The PDVs of this PDU belong to several messages; they shall belong to one."
            self._framer.find("pdu-messages", "error", text, pdu.start, stop, "PS3.8 E.1")
        if again:
            text = "Two PDVs of one kind share this PDU; the sender should have sent them as one."
            self._framer.find("pdv-split", "info", text, pdu.start, stop, "PS3.8 E.1")
        if kinds == 3 and not several:
            text = "Command and data PDVs share this PDU, which is legal; some receivers fail on it."
            self._framer.find("mixed-pdu", "info", text, pdu.start, stop, "PS3.8 E.1")

    def add_burst(self, burst: Burst) -> None:
        """Take P-DATA-TF PDUs of one PDV each."""
        open_, side, framer, news = self._open, self._side, self._framer, self.news
        read = framer.direction.pieces.below.read
        rows = zip(*(column.tolist() for column in burst), strict=True)
        for start, source, length, context_id, control, first_record, record in rows:
            at, end = start + 6, start + 6 + length
            if control == COMMAND | LAST and source >= 0 and not open_:
                # as almost all are: the general case, unrolled
                message = open_[context_id] = Message(framer, side, context_id, start, first_record)
                message.command_runs = array("q", (at + 6, length - 6))
                message.stop, message.record = end, record
                command = message.command_set = command_set(read(source + 12, source + 6 + length))
                news.append((record, side, message, True, b""))
                if not command.announces_data_set:
                    self._finish(message)
            else:
                self._fragment(context_id, control, at, end, start, first_record, record)

    def flush(self, why: str) -> None:
        """No fragment will follow any more: hand over what there is."""
        for message in list(self._open.values()):
            self._finish(message, why)
        if self._latest:
            self._latest.clear()

    def _fragment(
        self,
        context_id: int,
        control: int,
        at: int,
        end: int,
        start: int,
        first_record: int | None,
        record: int,
        *,
        cut: bool = False,
    ) -> None:
        """A PDV from `at` to `end`, complete with `record`; a message that it begins begins at `start`.

        `cut`: its PDU ends before it does.
        """
        message = self._open.get(context_id)
        if message is None or (control & COMMAND and message.command_set is not None):
            if message is not None:
                self._finish(message, NEXT_MESSAGE)
            message = self._begin(context_id, control, at, start, first_record, record)
        message.stop, message.record = end, record
        if cut and not message.damage:
            message.damage = CUT
        fragment = array("q", (at + 6, end - at - 6))
        if control & COMMAND:
            if message.command_runs:
                message.command_runs.extend(fragment)
            else:
                message.command_runs = fragment
            if control & LAST:
                self._command_done(message)
        else:
            if message.data_runs:
                message.data_runs.extend(fragment)
            else:
                message.data_runs = fragment
            if control & LAST:
                message.data_ended = True
                self._finish(message)

    def _begin(
        self, context_id: int, control: int, at: int, start: int, first_record: int | None, record: int
    ) -> Message:
        if self._open:
            other = next(iter(self._open))
            text = f"A fragment in context {context_id} before the last of the message in context {other}."
            self._framer.find("interleave", "error", text, at, at + 6, "PS3.8 E.1")
        if not control & COMMAND:
            latest = self._latest.get(context_id)
            if latest is not None and not latest.has_data_set:
                self._open[context_id] = latest  # its command set announced none: a finding, not a loss
                return latest
        if first_record is None:
            first_record = self._framer.direction.record_of(start)
        message = self._open[context_id] = Message(self._framer, self._side, context_id, start, first_record)
        if not control & COMMAND:
            message.damage = "its command set was not captured"
            self.news.append((record, self._side, message, True, b""))
        return message

    def _command_done(self, message: Message) -> None:
        runs = message.command_runs
        if len(runs) == 2:
            data = self._framer.read(runs[0], runs[0] + min(runs[1], LONGEST_COMMAND))
        else:
            data = message.command_bytes().read(0, LONGEST_COMMAND)
        message.command_set = command_set(data)
        self.news.append((message.record, self._side, message, True, b""))
        if not message.command_set.announces_data_set:
            self._finish(message)

    def _finish(self, message: Message, why: str = "") -> None:
        del self._open[message.context_id]
        self._latest[message.context_id] = message
        if why and not message.damage:
            message.damage = why
        elif not message.damage and self._framer.direction.holes:
            message.damage = self._missing(message)
        if message.command_set is None and message.command_runs:
            # it was cut short inside its command set
            self.news.append((message.record, self._side, message, True, b""))
        self.news.append((message.record, self._side, message, False, b""))

    def _missing(self, message: Message) -> str:
        # between its fragments too: a PDU may be lost whole
        if self._framer.direction.pieces.gaps(message.start, message.stop):
            return "some of its bytes were not captured"
        return ""
