"""Where a finding or a field stands: which association, which side's bytes, which message, PDU and frame."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.pieces import HOLE, Pieces, Source, Span, locate
from dissect.wire.source import CaptureSource


class Place(NamedTuple):
    """Numbers count from 1 as outputs show them; None is what does not apply."""

    message: int | None = None
    pdu: int | None = None
    frame: int | None = None
    span: tuple[int, int] | None = None
    """Start and length in the bytes of its direction."""


def in_direction(span: Span) -> Span | None:
    """`span` taken down to the bytes of its TCP direction, from its first byte to its last.

    None where it lies in none, as inflated bytes do.
    """
    source, start, stop = span.source, span.start, span.stop
    while isinstance(source, Pieces) and isinstance(source.below, Pieces):
        first, last = _below(source, start), _below(source, max(stop - 1, start))
        if first is None or last is None:
            return None
        start, stop, source = first, last + (stop > start), source.below
    return Span(source, start, stop - start) if isinstance(source, Pieces) else None


def _below(pieces: Pieces, position: int) -> int | None:
    """Where a byte lies below; for the place behind the last byte, where that one ends."""
    run = next(pieces.runs(position, position + 1), None)
    if run is not None:
        return None if run.source == HOLE else run.source
    before = _below(pieces, position - 1) if position else None
    return None if before is None else before + 1


def in_capture(span: Span, source: CaptureSource) -> Span | None:
    """The first bytes of `span` that are in the capture's files; inflated ones are not."""
    return next((each for each in locate(span) if each.source is source), None)


def frame_of(span: Span, source: CaptureSource) -> int | None:
    """Number of the frame that holds the first byte."""
    found = in_capture(span, source)
    return None if found is None else source.record_at(found.start) + 1


class Linked(NamedTuple):
    """Where a link of a finding leads."""

    text: str
    association: int | None
    place: Place

    def as_object(self) -> dict[str, object]:
        """As programs read it."""
        return {
            "text": self.text,
            "association": self.association,
            "message": self.place.message,
            "frame": self.place.frame,
        }


class Places:
    """Finds the places in one association; its PDUs are counted when first asked for."""

    def __init__(self, association: Association) -> None:
        self._association = association
        self._pdus: dict[tuple[int, int], int] | None = None
        self._starts: tuple[list[int], list[int]] | None = None
        self._numbers: tuple[list[int], list[int]] = ([], [])

    def of(self, finding: Finding) -> Place:
        return Place() if finding.span is None else self.of_span(finding.span)

    def of_span(self, bytes_: Span) -> Place:
        frame = frame_of(bytes_, self._association.source)
        span = in_direction(bytes_)
        side = None if span is None else self._side(span.source)
        if span is None or side is None:
            return Place(frame=frame)
        place = (span.start, span.length)
        return Place(self.message_at(side, span.start), self._pdu(side, span.start), frame, place)

    def links(self, finding: Finding) -> list[Linked]:
        """Where the links of a finding of this association lead, all of them within it."""
        return [Linked(link.text, self._association.index, self.of_span(link.span)) for link in finding.links]

    def _side(self, source: Source) -> int | None:
        for side, framer in enumerate(self._association.framers):
            if framer.direction.pieces is source:
                return side
        return None

    def message_at(self, side: int, position: int) -> int | None:
        """Index of the last message of a side that holds a position."""
        if self._starts is None:
            self._starts = ([], [])
            for message in sorted(self._association.messages, key=lambda message: message.start):
                self._starts[message.side].append(message.start)
                self._numbers[message.side].append(message.index)
        row = bisect_right(self._starts[side], position) - 1
        if row < 0:
            return None
        message = self._association.messages[self._numbers[side][row] - 1]
        return message.index if position < message.stop else None

    def _pdu(self, side: int, position: int) -> int | None:
        if self._pdus is None:
            rows = enumerate(self._association.pdus(), 1)
            self._pdus = {(sender, pdu.number): number for number, (sender, pdu) in rows}
        framer = self._association.framers[side]
        number = framer.number_at(position)
        if number < 0 or position >= framer.pdu(number).stop:
            return None
        return self._pdus.get((side, number))


class Everywhere:
    """Finds the places of a whole capture; an association's places are counted when first asked for."""

    def __init__(self, capture: Capture) -> None:
        self._source = capture.source
        self._associations: dict[int, list[Association]] = {}
        for association in capture.associations:
            for framer in association.framers:
                self._associations.setdefault(id(framer.direction.pieces), []).append(association)
        self._places: dict[int, Places] = {}

    def within(self, association: Association) -> Places:
        """The places in one association."""
        return self._places.setdefault(association.index, Places(association))

    def association(self, span: Span) -> Association | None:
        """The one that bytes belong to."""
        found = in_direction(span)
        for association in self._associations.get(id(found.source), ()) if found is not None else ():
            for side, framer in enumerate(association.framers):
                start, stop = association.reach(side)
                if found and framer.direction.pieces is found.source and start <= found.start < stop:
                    return association
        return None

    def of(self, span: Span) -> tuple[Association | None, Place]:
        association = self.association(span)
        if association is not None:
            return association, self.within(association).of_span(span)
        return None, Place(frame=frame_of(span, self._source))

    def links(self, finding: Finding) -> list[Linked]:
        """Where the links of a finding lead."""
        found = []
        for link in finding.links:
            association, place = self.of(link.span)
            found.append(Linked(link.text, association.index if association else None, place))
        return found
