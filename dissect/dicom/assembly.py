"""Messages out of the P-DATA-TF PDUs of one direction (PS3.8 9.3.5, Annex E).

PDVs are joined per presentation context, so that even messages that interleave (which PS3.8 E.1 forbids)
come out whole. A hole is nobody's fault: what it took is told of the message, not of its sender.
"""

from __future__ import annotations

from array import array

from dissect.dicom.bursts import Burst
from dissect.dicom.commands import command_set
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import (
    COMMAND,
    CUT,
    LAST,
    LONGEST_COMMAND,
    MISSING,
    NEXT_MESSAGE,
    UNENDED,
    Message,
)
from dissect.dicom.recognition import PDV_HEADER
from dissect.findings import octets

GROUP_LENGTH = b"\0\0\0\0\4\0\0\0"
"""Tag and length of the element that begins a command set (PS3.7 6.3.1)."""

News = tuple[int, int, Message | Pdu, bool, bytes]
"""What a record brought: its number; the side; a message, with whether it began now (its command set is
there, or never will be) or ended; or a PDU other than P-DATA-TF, with its bytes up to the first that were not
captured. Plain tuples: a message has two of them.
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
        whole = stop == begin + pdu.length
        while at + 6 <= stop:
            if self._lost(at, at + 6):
                break  # where this PDV ends, and the next one begins, nobody knows
            size, context_id, control = PDV_HEADER.unpack(read(at, at + 6))
            end = at + 4 + size
            cut = False
            if size < 2 or end > stop:
                cut = not whole
                if size < 2 or whole:
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
            start, first_record = (pdu.start, pdu.first_record) if at == begin else (at, None)
            self._fragment(context_id, control, at, end, start, first_record, pdu.record, cut=cut)
            at = end
        if whole and stop - 6 < at < stop:
            text = f"{octets(stop - at)} behind the last PDV."
            self._framer.find("pdv-length", "error", text, at, stop, "PS3.8 9.3.5")
        elif not pdu.length:
            text = "A P-DATA-TF without a PDV."
            self._framer.find("pdv-length", "error", text, pdu.start, stop, "PS3.8 9.3.5")
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
                    self._finish(message, end)
            else:
                self._fragment(context_id, control, at, end, start, first_record, record)

    def flush(self, why: str, at: int) -> None:
        """No fragment will follow any more from position `at` on: hand over what there is.

        A position behind the end: of what was captured.
        """
        for message in list(self._open.values()):
            self._finish(message, at, why)
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
        if message is not None:
            if control & COMMAND:
                if self._is_next(message, at, end):
                    self._finish(message, at, NEXT_MESSAGE)
            elif message.command_runs and message.command_set is None:
                message.damage = MISSING if self._lost(message.start, at) else UNENDED
                self._command_done(message)
            message = self._open.get(context_id)  # either may have ended it
        if message is None:
            message = self._begin(context_id, control, at, start, first_record, record)
        message.stop, message.record = end, record
        if cut and not message.damage:
            message.damage = MISSING if self._framer.direction.missed else CUT
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
                self._finish(message, end)

    def _is_next(self, message: Message, at: int, end: int) -> bool:
        """Whether the command fragment at `at` is not of the message that waits for more, but of another."""
        if message.command_set is not None or message.data_runs:
            return True
        return end - at >= 14 and self._framer.read(at + 6, at + 14) == GROUP_LENGTH

    def _begin(
        self, context_id: int, control: int, at: int, start: int, first_record: int | None, record: int
    ) -> Message:
        for other in list(self._open.values()):
            if self._lost(other.start, at):  # its last fragment among them, most likely
                self._finish(other, at)
        if self._open:
            before = next(iter(self._open))
            text = f"A fragment in context {context_id} before the last of the message in context {before}."
            self._framer.find("interleave", "error", text, at, at + 6, "PS3.8 E.1")
        if not control & COMMAND:
            latest = self._latest.get(context_id)
            if latest is not None and not latest.has_data_set and not self._lost(latest.stop, at):
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
        if self._lost(runs[0], message.stop):
            data = self._before_a_hole(message)
        elif len(runs) == 2:
            data = self._framer.read(runs[0], runs[0] + min(runs[1], LONGEST_COMMAND))
        else:
            data = message.command_bytes().read(0, LONGEST_COMMAND)
        message.command_set = command_set(data)
        self.news.append((message.record, self._side, message, True, b""))
        if not message.command_set.announces_data_set:
            self._finish(message, message.stop)

    def _finish(self, message: Message, at: int, why: str = "") -> None:
        """Nothing that follows at position `at` is of a message; `why` it was not yet whole."""
        del self._open[message.context_id]
        self._latest[message.context_id] = message
        if not message.damage:
            # between its fragments too: a PDU may be lost whole
            message.damage = MISSING if self._lost(message.start, at) else why
        if message.command_set is None and message.command_runs:
            # it was cut short inside its command set
            self.news.append((message.record, self._side, message, True, b""))
        self.news.append((message.record, self._side, message, False, b""))

    def _before_a_hole(self, message: Message) -> bytes:
        """The bytes of a command set before the first that is missing, which would read as zero: Success."""
        pieces, runs = self._framer.direction.pieces, message.command_runs
        hole = pieces.gaps(runs[0], message.stop)[0].position
        parts = zip(runs[::2], runs[1::2], strict=True)
        return b"".join(pieces.read(at, min(at + length, hole)) for at, length in parts)[:LONGEST_COMMAND]

    def _lost(self, start: int, stop: int) -> bool:
        """Whether bytes between two positions were not captured."""
        direction = self._framer.direction
        if stop > len(direction.pieces) and direction.missed:
            return True
        return direction.holes > 0 and bool(direction.pieces.gaps(start, stop))
