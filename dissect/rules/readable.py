"""A data set as the dicom-validator library can take it: no more of it than it judges, and no surprises."""

from __future__ import annotations

from dataclasses import replace

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dissect.dicom.convert import to_pydicom
from dissect.dicom.dataset import DataSet, Element

PIXELS = 0x7FE0
"""The group whose values are not judged, and not read: that they are there is what conditions ask for."""
PADDING = 0xFFFCFFFC
"""Data Set Trailing Padding, which any data set may have."""
ITEMS, ALL_ITEMS = 100, 1000
"""Items of one sequence and of all that are handed over: the library takes up to 5 ms for each."""


class Readable:
    """What of a data set is judged: its `elements`, and how many items are `left_out` of them."""

    def __init__(self, data_set: DataSet) -> None:
        self.left_out = 0
        self._left = ALL_ITEMS
        self._data_set = data_set
        self.elements = self._trimmed(data_set.elements)

    def _trimmed(self, elements: list[Element]) -> list[Element]:
        return [element if element.items is None else self._sequence(element) for element in elements]

    def _sequence(self, element: Element) -> Element:
        there = element.items or []
        kept = there[: max(1, min(ITEMS, self._left))]
        self._left -= len(kept)
        self.left_out += len(there) - len(kept)
        return replace(element, items=[replace(item, elements=self._trimmed(item.elements)) for item in kept])

    def to_pydicom(self) -> Dataset:
        """Every value converted; one that cannot be is there without its value, as pixel data is."""
        head = [each for each in self.elements if each.tag >> 16 != PIXELS and each.tag != PADDING]
        read = to_pydicom(replace(self._data_set, elements=head))
        for element in self.elements:
            if element.tag >> 16 == PIXELS:
                read[BaseTag(element.tag)] = DataElement(element.tag, "OB", b"")
        _convert(read)
        return read


def _convert(read: Dataset) -> None:
    for tag in list(read.keys()):
        try:
            element = read[tag]
        except Exception:  # whatever pydicom raises: the rules about values tell of it
            read[tag] = DataElement(tag, "UN", b"")
            continue
        if element.VR == "SQ":
            for item in element.value:
                _convert(item)
