"""Which bytes of PDUs are passcodes and tokens, that none of them is shown unasked (PS3.7 D.3.3.7)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter

from dissect.dicom.associations import Association
from dissect.dicom.recognition import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from dissect.layers import Layer, Pdu
from dissect.outputs.places import in_direction
from dissect.pieces import Span

KINDS = (A_ASSOCIATE_RQ, A_ASSOCIATE_AC)
LONGEST = 1 << 20
"""Bytes of an A-ASSOCIATE PDU that are looked through: of a longer one all are taken for secret."""

_start = attrgetter("start")


def secret_places(pdu: bytes) -> list[range]:
    """Where the secrets lie in a PDU."""
    if pdu[:1] not in (bytes([kind]) for kind in KINDS):
        return []
    return [
        range(leaf.start, leaf.stop)
        for leaf in Pdu(pdu).leaves()
        if isinstance(leaf.layer, Layer) and leaf.field in leaf.layer.secrets()
    ]


class Secrets:
    """Finds the secrets of one association; each PDU is looked through once."""

    def __init__(self, association: Association) -> None:
        self._association = association
        self._places: dict[tuple[int, int], list[range]] = {}

    def hidden(self, span: Span, most: int) -> set[int]:
        """Which of the first bytes of a span, `most` at most, are secret; counted from its start."""
        wanted = min(span.length, most)
        placed = in_direction(span)
        for side, framer in enumerate(self._association.framers):
            if placed is None or framer.direction.pieces is not placed.source:
                continue
            number = framer.number_at(placed.start)
            if number < 0 or framer.pdu(number).kind not in KINDS:
                continue
            pdu, places = framer.pdu(number), self._of(side, number)
            if placed.start >= pdu.stop:  # what its length left out is the end of it
                return set(range(wanted)) if places else set()
            start, stop = placed.start - pdu.start, placed.start - pdu.start + wanted
            first = max(bisect_right(places, start, key=_start) - 1, 0)
            near = places[first : bisect_left(places, stop, key=_start)]
            return {at - start for each in near for at in range(max(each.start, start), min(each.stop, stop))}
        return set()

    def _of(self, side: int, number: int) -> list[range]:
        key = side, number
        if key not in self._places:
            framer = self._association.framers[side]
            pdu = framer.pdu(number)
            length = pdu.stop - pdu.start
            octets = framer.direction.pieces.read(pdu.start, pdu.stop) if length <= LONGEST else b""
            self._places[key] = secret_places(octets) if octets else [range(length)]
        return self._places[key]
