"""Which live UID stands where a recorded one stood."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.commands import AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE, CommandSet
from dissect.dicom.dataset import DataSet, Element
from dissect.dicom.tables import uid_name
from dissect.dicom.values import value_vr

Path = tuple[int, ...]
"""Tag, number of the item, tag below it, and so on."""


def in_commands(recorded: CommandSet, live: CommandSet) -> dict[str, str]:
    """SOP instance UIDs of two command sets of the same message: recorded to live, where they differ."""
    found = {}
    for element in (AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE):
        one, other = recorded.uid(element), live.uid(element)
        if one and other and one != other:
            found[one] = other
    return found


def in_data_sets(recorded: DataSet, live: DataSet) -> dict[str, str]:
    """The UIDs that stand in the same place of two data sets: recorded to live, where they differ.

    What the standard registers, such as a SOP class, is no instance that anybody assigned.
    """
    places = dict(_uids(live.elements, ()))
    found: dict[str, str] = {}
    for path, before in _uids(recorded.elements, ()):
        after = places.get(path, [])
        if len(before) == len(after):
            found.update((one, other) for one, other in zip(before, after, strict=True) if one and other)
    return {
        one: other for one, other in found.items() if one != other and not (uid_name(one) or uid_name(other))
    }


def _uids(elements: list[Element], above: Path) -> Iterator[tuple[Path, list[str]]]:
    for element in elements:
        path = (*above, element.tag)
        if element.items is not None:
            for number, item in enumerate(element.items, 1):
                yield from _uids(item.elements, (*path, number))
        elif not element.unread and value_vr(element) == "UI" and not element.hole:
            yield path, element.value_span.read().decode("latin-1").rstrip("\0 ").split("\\")
