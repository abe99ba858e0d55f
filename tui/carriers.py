"""What carries a byte of one direction: the PDU, and in a P-DATA-TF the PDV (PS3.8 9.3.5).

Headers are read when somebody looks; nothing is kept of a PDU but where its PDVs lie.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import COMMAND
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER

PDU_HEADER, PDV_HEADER_BYTES = 6, PDV_HEADER.size
KEPT = 256
"""PDUs whose PDVs are remembered."""


class Pdv(NamedTuple):
    """A presentation data value item, from its length field at `start`."""

    start: int
    stop: int
    context_id: int
    control: int

    @property
    def kind(self) -> str:
        return "command" if self.control & COMMAND else "data set"


class Carriers:
    """The PDUs and PDVs of one side of an association."""

    def __init__(self, association: Association, side: int) -> None:
        self.association = association
        self.side = side
        self._framer = association.framers[side]
        self.pieces = self._framer.direction.pieces
        self._pdvs: dict[int, list[Pdv]] = {}

    def pdu_at(self, position: int) -> Pdu | None:
        """The PDU that a byte belongs to; None where it belongs to none."""
        number = self._framer.number_at(position)
        if number < 0:
            return None
        pdu = self._framer.pdu(number)
        return pdu if position < pdu.stop else None

    def pdv_at(self, position: int) -> Pdv | None:
        pdu = self.pdu_at(position)
        pdvs = self.pdvs(pdu) if pdu else []
        index = bisect_right(pdvs, position, key=_start) - 1
        return pdvs[index] if index >= 0 and position < pdvs[index].stop else None

    def pdvs(self, pdu: Pdu) -> list[Pdv]:
        """The PDVs of a PDU, in order; a length that does not fit ends them."""
        if pdu.number not in self._pdvs:
            if len(self._pdvs) >= KEPT:
                self._pdvs.clear()
            self._pdvs[pdu.number] = list(self._walk(pdu)) if pdu.kind == P_DATA_TF else []
        return self._pdvs[pdu.number]

    def number(self, pdu: Pdu) -> int:
        """The number of a PDU among those of both sides, as `Association.pdus` has them; from 1."""
        association, other = self.association, 1 - self.side
        # of PDUs that one record completed, those of side 0 come first
        before = association.framers[other].completed_by(pdu.record if other < self.side else pdu.record - 1)
        last = association.last_pdus[other]
        theirs = before if last is None else min(before, last)
        first = association.first_pdus
        return pdu.number - first[self.side] + max(theirs - first[other], 0) + 1

    def headers(self, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
        """The headers of PDUs ("pdu") and PDVs ("pdv") of which bytes lie between two positions."""
        number = max(self._framer.number_at(start), 0)
        while number < len(self._framer):
            pdu = self._framer.pdu(number)
            if pdu.start >= stop:
                return
            headers = [(pdu.start, min(pdu.start + PDU_HEADER, pdu.stop), "pdu")] if pdu.stop > start else []
            pdvs = self.pdvs(pdu) if headers else []
            first = max(bisect_right(pdvs, start, key=_start) - 1, 0)
            for pdv in islice(pdvs, first, None):
                if pdv.start >= stop:
                    break
                headers.append((pdv.start, min(pdv.start + PDV_HEADER_BYTES, pdv.stop), "pdv"))
            yield from (header for header in headers if header[1] > start)
            number += 1

    def _walk(self, pdu: Pdu) -> Iterator[Pdv]:
        at = pdu.start + PDU_HEADER
        while at + PDV_HEADER_BYTES <= pdu.stop:
            size, context_id, control = PDV_HEADER.unpack(self.pieces.read(at, at + PDV_HEADER_BYTES))
            stop = at + 4 + size
            if size < 2:
                return
            yield Pdv(at, min(stop, pdu.stop), context_id, control)
            at = stop


def _start(pdv: Pdv) -> int:
    return pdv.start
