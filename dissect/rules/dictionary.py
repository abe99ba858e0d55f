"""Elements against the data dictionary: their VR and how many values they have (PS3.5 6.4, 7.1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dissect.dicom.dataset import DataSet, Element
from dissect.dicom.values import value_vr, values
from dissect.dicom.vrs import REPRESENTATIONS, SINGLE, TEXT
from dissect.findings import Finding
from dissect.rules.declaration import Subject

SUBJECT = Subject("elements and the data dictionary")

VR_DIFFERS = SUBJECT.rule(
    "vr-differs", "error", "PS3.5 7.1.1",
    "An element states another VR than the data dictionary has for it.",
    "Take the VR from the dictionary, or send UN where it is not known.",
)  # fmt: skip
VM_WRONG = SUBJECT.rule(
    "vm-wrong", "warning", "PS3.5 6.4",
    "An element has more or fewer values than the data dictionary allows.",
    "Look for a backslash in a text that is one value, or for values that were left out.",
)  # fmt: skip

LONGEST = 1 << 16
"""Bytes of a value whose parts are counted."""


@lru_cache(maxsize=4096)
def _entry(tag: int) -> tuple[str, int, int | None, int] | None:
    """VR, fewest and most values (None: any number), and the step of the number, by the dictionary."""
    from pydicom.datadict import get_entry  # deferred: 0.25 s

    try:
        vr, vm, *_ = get_entry(tag)
    except KeyError:
        return None
    low, _, high = vm.partition("-")
    if not low.isdigit():
        return vr, 0, None, 1
    if not high:
        return vr, int(low), int(low), 1
    if high.endswith("n"):
        return vr, int(low), None, int(high[:-1] or 1)
    return vr, int(low), int(high), 1


def against_dictionary(element: Element, data_set: DataSet, *, lists: bool) -> Iterator[Finding]:
    """VR and number of values of one element; in identifiers (`lists`) a key may have a list of values."""
    if element.tag >> 16 & 1 or element.unread or element.truncated or element.hole:
        return
    entry = _entry(element.tag)
    if entry is None:
        return
    vr, fewest, most, step = entry
    if element.explicit and element.vr not in (*vr.split(" or "), "UN") and element.vr in REPRESENTATIONS:
        text = f"{element.label} {element.name} has VR {element.vr}; in the data dictionary it is {vr}."
        yield VR_DIFFERS.found(text, element.vr_span)
        return
    count = 0 if lists else _count(element, data_set)
    if count and (count < fewest or (most is not None and count > most) or (most is None and count % step)):
        wanted = f"{fewest}" if most == fewest else f"{fewest} to {most or 'any number'}"
        if most is None and step > 1:
            wanted = f"a multiple of {step}"
        plural = "one value" if count == 1 else f"{count} values"
        text = f"{element.label} {element.name} has {plural}; the data dictionary allows {wanted}."
        yield VM_WRONG.found(text, element.value_span)


def _count(element: Element, data_set: DataSet) -> int:
    """Values of an element; 0 where it is empty, always one, or too long to be counted."""
    vr, length = value_vr(element), element.closing - element.value_start
    if not 0 < length <= LONGEST or vr in SINGLE or vr not in REPRESENTATIONS:
        return 0
    size = REPRESENTATIONS[vr].size
    if size:
        return length // size
    separators = element.value_span.read().count(b"\\")
    if separators and vr in TEXT:  # the byte may be half of a character
        return len(values(element, data_set))
    return separators + 1
