"""What the walk of a data set finds fault with, as findings in plain words."""

from __future__ import annotations

from collections import Counter

from dissect.dicom.dataset import PIXEL_DATA, UNDEFINED, DataSet, Element, Item
from dissect.dicom.headers import Reader
from dissect.findings import Finding, Severity
from dissect.pieces import Span

MOST = 20
"""Findings of one rule in one data set: a sender that gets a thing wrong gets it wrong everywhere."""


class Complaints:
    """The findings of one walk up to `stop`."""

    def __init__(self, reader: Reader, stop: int) -> None:
        self.findings: list[Finding] = []
        self._reader = reader
        self._stop = stop
        self._told: Counter[str] = Counter()

    def add(self, rule: str, severity: Severity, text: str, start: int, stop: int, clause: str = "") -> None:
        self._told[rule] += 1
        if self._told[rule] <= MOST:
            span = Span(self._reader.source, start, stop - start)
            self.findings.append(Finding(rule, severity, text, span, clause))

    def tag(self, tag: int, last: int, position: int, nested: bool) -> None:
        """Judge a tag that follows `last` (PS3.5 7.1): its order and its group."""
        group = tag >> 16
        if tag <= last and not self._told["tag-order"]:
            text = f"{_label(tag)} follows {_label(last)}: tags must ascend, each once."
            self.add("tag-order", "error", text, position, position + 4, "PS3.5 7.1")
        if group > 7 and group != 0xFFFF:
            return
        if nested and group in (0x0000, 0x0002, 0x0006):
            text = f"Group {group:04X} has no place in an item."
            self.add("ds-group", "error", text, position, position + 4, "PS3.5 7.5.1")
        elif not self._told[f"group {group}"]:
            self._told[f"group {group}"] += 1
            text = f"Group {group:04X} has no place in a data set."
            self.add("ds-group", "warning", text, position, position + 4, "PS3.5 7.1")

    def stray(self, name: str, position: int) -> None:
        text = f"{name} stands where an element should; it is passed over."
        self.add("delimiter-stray", "error", text, position, position + 8, "PS3.5 7.5")

    def odd(self, what: str, length: int, start: int, stop: int, clause: str = "PS3.5 7.1.1") -> None:
        text = f"{what} has the odd length {length}; lengths are even."
        self.add("length-odd", "error", text, start, stop, clause)

    def cut(self, element: Element, stop: int) -> None:
        """An element whose declared length goes beyond `stop`."""
        have, name = element.stop - element.value_start, _name(element)
        if stop == self._stop:
            text = f"{name} is cut off: {have} of its {element.length} bytes are there."
            self.add("dataset-truncated", "error", text, element.start, element.stop, "PS3.5 7.1.1")
        else:
            text = f"{name} claims {element.length} bytes, but only {have} are left in the item around it."
            self.add("length-exceeds", "error", text, element.start, element.value_start, "PS3.5 7.5.1")

    def undefined(self, element: Element) -> None:
        text = f"{_name(element)} has an undefined length, which VR {element.vr} must not have."
        self.add("length-undefined", "error", text, element.start, element.value_start, "PS3.5 7.1.2")

    def open(self, owner: Element | Item) -> None:
        """A value of undefined length that nothing ends; the end of the data set cuts it off."""
        if isinstance(owner, Item):
            what, missing, clause = "An item", "item delimitation item", "PS3.5 7.5.1"
        else:
            what, missing, clause = _name(owner), "sequence delimitation item", "PS3.5 7.5.2"
        if owner.stop < self._stop:
            text = f"{what} has no {missing}; it ends where something else begins."
            self.add("delimiter-missing", "error", text, owner.start, owner.value_start, clause)
            return
        owner.truncated = True
        if not self._told["dataset-truncated"]:  # else what is cut off inside has been told
            text = f"{what} is cut off: its {missing} is missing."
            self.add("dataset-truncated", "error", text, owner.start, owner.value_start, clause)

    def hole(self, element: Element, start: int, stop: int) -> None:
        missing = self._reader.missing(start, stop)
        if missing:
            element.hole = True
            text = f"{missing} of the {stop - start} bytes of {_name(element)} were not captured."
            self.add("dataset-hole", "warning", text, start, stop)

    def unread(self, start: int, after: int) -> None:
        """Bytes that are no elements; reading resumes at `after`."""
        missing, count = self._reader.missing(start, after), after - start
        where = "reading resumes after them" if after < self._stop else "nothing readable follows"
        if missing:
            text = f"{missing} of {count} bytes were not captured, so no element is seen in them; {where}."
            self.add("dataset-hole", "warning", text, start, after)
        elif after == self._stop and count < 12:
            text = f"The data set ends within the header of an element: {count} bytes are left over."
            self.add("dataset-truncated", "error", text, start, after, "PS3.5 7.1")
        else:
            text = f"{count} bytes are no elements; {where}."
            self.add("ds-unread", "error", text, start, after, "PS3.5 7.1")

    def pixel_data(self, dataset: DataSet) -> None:
        """Pixel Data of the top level is encapsulated where the transfer syntax says so (PS3.5 A.4)."""
        element, syntax = dataset.get(PIXEL_DATA), dataset.syntax
        if element is None or syntax is None or not syntax.known:
            return
        start, stop = element.start, element.value_start
        if syntax.encapsulated and element.length != UNDEFINED:
            text = f"Pixel Data is native, but {syntax.name} wants it in fragments."
            self.add("pixel-native", "error", text, start, stop, "PS3.5 A.4")
        elif not syntax.encapsulated and element.length == UNDEFINED:
            text = f"Pixel Data is in fragments, but {syntax.name} wants it native."
            self.add("pixel-encapsulated", "error", text, start, stop, "PS3.5 A.4")
        elif element.fragments == [] and not element.truncated:
            text = "Pixel Data has no items; the first must be the Basic Offset Table."
            self.add("pixel-fragments", "error", text, start, element.stop, "PS3.5 A.4")


def _label(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _name(element: Element) -> str:
    return f"{element.label} {element.name}"
