"""Every PDU of an association: number, frame, time, who sent it, type, length, and the PDVs in it.

# frame     time   type           length ctx
1     4 0.000255 → A-ASSOCIATE-RQ    356     2 contexts
3     8 0.000994 → P-DATA-TF         108   1 N-GET-RQ 1: command, last
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from dissect.dicom.associations import Association
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.messages import COMMAND, LAST
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER
from dissect.outputs.clock import seconds
from dissect.outputs.ladder import pdu_words
from dissect.outputs.places import Places
from dissect.outputs.words import plural, span_of_time
from tui.views.lines import Line, Lines

MOST = 1 << 20
"""The longest PDU for which there is always room."""
MOST_PDVS = 256
"""PDVs of one PDU that are counted for a line."""


class Merged:
    """The PDUs of `Association.pdus` by their place there, found without making a list of them all.

    A side's PDU stands behind those of its own side before it and those that the other side completed first.
    """

    def __init__(self, association: Association) -> None:
        self._framers = association.framers
        self._first = association.first_pdus
        ends = zip(association.last_pdus, association.framers, strict=True)
        self._last = [len(framer) if last is None else last for last, framer in ends]

    def __len__(self) -> int:
        return max(self._last[0] - self._first[0], 0) + max(self._last[1] - self._first[1], 0)

    def __getitem__(self, row: int) -> tuple[int, Pdu]:
        """The side and the PDU at a row."""
        low, high = self._first[0], self._last[0]
        while low < high:  # the first of side 0 that stands behind the row
            middle = (low + high) // 2
            if self._place(middle) <= row:
                low = middle + 1
            else:
                high = middle
        if low > self._first[0] and self._place(low - 1) == row:
            return 0, self._framers[0].pdu(low - 1)
        return 1, self._framers[1].pdu(self._first[1] + row - (low - self._first[0]))

    def _place(self, number: int) -> int:
        """The row of a PDU of side 0."""
        record = self._framers[0].pdu(number).record
        others = min(self._framers[1].completed_by(record - 1), self._last[1]) - self._first[1]
        return number - self._first[0] + max(others, 0)


class PduView(Lines):
    """`show` takes an association."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "time", "Time/delta", tooltip="Time since the capture's start, or since the PDU before"),
    ]

    class Selected(Message):
        """A PDU was chosen."""

        def __init__(self, association: Association, side: int, pdu: Pdu) -> None:
            super().__init__()
            self.association = association
            self.side = side
            self.pdu = pdu

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._places: Places | None = None
        self._pdus: Merged | None = None
        self._widths = (1, 5, 8, 6)
        self._delta = False

    def show(self, association: Association) -> None:
        self._association, self._places = association, Places(association)
        self._pdus = Merged(association)
        count = len(self._pdus)
        frame = self._pdus[count - 1][1].first_record + 1 if count else 0
        moment = seconds(association.end - association.time(0))
        limits = [each.maximum_length or MOST for each in (association.request, association.accept) if each]
        length = len(f"{min(max(limits, default=MOST), MOST):,}")
        self._widths = (len(str(count)), max(len(str(frame)), 5), max(len(moment), 8), max(length, 6))
        self.renew()

    def count(self) -> int:
        return len(self._pdus) if self._pdus else 0

    def nothing(self) -> str:
        return "No PDU was captured."

    def heading(self) -> Sequence[Line]:
        number, frame, time, length = self._widths
        title = "delta" if self._delta else "time"
        head = f"{'#':>{number}} {'frame':>{frame}} {title:>{time}}"
        return [[(f"{head}   {'type':<14} {'length':>{length}} ctx", "dim")]]

    def line(self, row: int) -> Line:
        association, pdus = self._association, self._pdus
        if association is None or pdus is None:
            return ()
        side, pdu = pdus[row]
        number, frame, time, length = self._widths
        moment = association.time(pdu.first_record)
        tell = seconds(moment - association.time(0))
        if self._delta:
            before = association.time(pdus[row - 1][1].first_record) if row else moment
            tell = f"{'' if moment < before else '+'}{span_of_time(moment - before)}"
        colour, about = "", ""
        if pdu.kind != P_DATA_TF:
            about, colour = pdu_words(association, pdu)
        arrow = "→" if side == association.requestor_side else "←"
        line = [
            (f"{row + 1:>{number}} {pdu.first_record + 1:>{frame}} ", "dim"),
            (f"{tell:>{time}} ", ""),
            (f"{arrow} ", "green" if arrow == "→" else "cyan"),
            (f"{pdu.type_name:<14}", colour),
            (f" {pdu.length:>{length},} ", ""),
        ]
        if pdu.stop - pdu.start < 6 + pdu.length:
            line.append((f"only {pdu.stop - pdu.start - 6:,} bytes are there  ", "yellow"))
        if pdu.kind == P_DATA_TF:
            return [*line, *self._pdvs(association, side, pdu)]
        return [*line, (f"    {about}", "")]

    def _pdvs(self, association: Association, side: int, pdu: Pdu) -> Line:
        """The PDVs: context and message of the first, and what is in them."""
        pdvs = _pdvs(association.framers[side], pdu)
        if not pdvs:
            return [("    no PDV", "yellow")]
        index = self._places.message_at(side, pdvs[0][0]) if self._places else None
        message = association.messages[index - 1] if index else None
        line = [(f"{pdvs[0][1]:>3} ", "dim")]
        if message is not None:
            identity = message.message_id if message.responding_to is None else message.responding_to
            name = f"{message.command or 'message'} {'' if identity is None else identity}".rstrip()
            line.append((f"{name}: ", ""))
        if len(pdvs) > 2:
            return [
                *line,
                (f"{plural(len(pdvs), 'PDV')}{' or more' if len(pdvs) == MOST_PDVS else ''}", "bold"),
            ]
        for position, (_, context, control) in enumerate(pdvs):
            kind = "command" if control & COMMAND else "data"
            elsewhere = f" in context {context}" if context != pdvs[0][1] else ""
            line.append((f"; {kind}" if position else kind, "cyan" if control & COMMAND else ""))
            line.append((f"{elsewhere}{', last' if control & LAST else ''}", "dim"))
        return line

    def choose(self, row: int) -> None:
        if self._association is not None and self._pdus is not None:
            self.post_message(self.Selected(self._association, *self._pdus[row]))

    def action_time(self) -> None:
        self._delta = not self._delta
        self.refresh()


def _pdvs(framer: Framer, pdu: Pdu) -> list[tuple[int, int, int]]:
    """Position, context and message control header of each PDV whose header is there."""
    pieces = framer.direction.pieces
    found: list[tuple[int, int, int]] = []
    at = pdu.start + 6
    while at + 6 <= pdu.stop and len(found) < MOST_PDVS:
        size, context, control = PDV_HEADER.unpack(pieces.read(at, at + 6))
        found.append((at, context, control))
        at += 4 + max(size, 2)
    return found
