"""Command sets read for the index: which message, which id, which status (PS3.7 6.3.1, Annex E).

Always implicit VR little endian. Only what pairs and names messages is read here; the layers read the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

_ELEMENT = struct.Struct("<HHI")
_SHORT = struct.Struct("<H")

AFFECTED_SOP_CLASS, REQUESTED_SOP_CLASS = 0x0002, 0x0003
COMMAND_FIELD, MESSAGE_ID, RESPONDED_ID = 0x0100, 0x0110, 0x0120
MOVE_DESTINATION, DATA_SET_TYPE, STATUS = 0x0600, 0x0800, 0x0900
AFFECTED_SOP_INSTANCE, REQUESTED_SOP_INSTANCE = 0x1000, 0x1001
REMAINING, COMPLETED, FAILED, WARNING = 0x1020, 0x1021, 0x1022, 0x1023
MOVE_ORIGINATOR_AE, MOVE_ORIGINATOR_ID = 0x1030, 0x1031

NO_DATA_SET = 0x0101
RESPONSE = 0x8000
C_CANCEL_RQ = 0x0FFF

_UNSIGNED_SHORTS = frozenset(
    (COMMAND_FIELD, MESSAGE_ID, RESPONDED_ID, 0x0700, DATA_SET_TYPE, STATUS, 0x0903, 0x1002, 0x1008,
     REMAINING, COMPLETED, FAILED, WARNING, MOVE_ORIGINATOR_ID)
)  # fmt: skip


class Place(NamedTuple):
    """Where an element of a command set lies in it."""

    group: int
    element: int
    start: int
    length: int


class Layout:
    """Which elements a command set has, and where: hundreds of thousands have the same ones."""

    __slots__ = ("by_element", "places", "shorts", "stop")

    def __init__(self, heads: Iterable[tuple[int, int, int]]) -> None:
        """`heads`: group, element and length of each element in the order sent."""
        self.places: list[Place] = []
        self.by_element: dict[int, Place] = {}
        """The elements of group 0000; the first, should one come twice."""
        self.shorts: dict[int, int] = {}
        """Where the value of each US of group 0000 lies."""
        self.stop = 0
        for group, element, length in heads:
            place = Place(group, element, self.stop, length)
            self.places.append(place)
            if not group:
                self.by_element.setdefault(element, place)
                if length >= 2 and element in _UNSIGNED_SHORTS:
                    self.shorts.setdefault(element, self.stop + 8)
            self.stop += 8 + length


class CommandSet:
    """The bytes of a command set and what the index needs of them.

    Pending responses repeat themselves to the byte, so equal bytes share one object.
    """

    __slots__ = (
        "announces_data_set", "data", "field", "is_response", "layout", "message_id", "responded_id",
        "status",
    )  # fmt: skip

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.layout = _layout(data)
        numbers = self.numbers
        self.field = numbers.get(COMMAND_FIELD)
        self.is_response = bool((self.field or 0) & RESPONSE)
        self.message_id = numbers.get(MESSAGE_ID)
        self.responded_id = numbers.get(RESPONDED_ID)
        self.status = numbers.get(STATUS)
        self.announces_data_set = numbers.get(DATA_SET_TYPE, NO_DATA_SET) != NO_DATA_SET
        """Whether (0000,0800) says that a data set follows; absent counts as not."""

    @property
    def places(self) -> list[Place]:
        """All elements in the order sent."""
        return self.layout.places

    @property
    def numbers(self) -> dict[int, int]:
        """Element numbers of group 0000 and the values of their US."""
        data = self.data
        return {element: _SHORT.unpack_from(data, at)[0] for element, at in self.layout.shorts.items()}

    @property
    def damage(self) -> int | None:
        """Where the elements stop making sense."""
        return None if self.layout.stop == len(self.data) else self.layout.stop

    @property
    def sop_class(self) -> str | None:
        return self.uid(AFFECTED_SOP_CLASS) or self.uid(REQUESTED_SOP_CLASS)

    @property
    def sop_instance(self) -> str | None:
        return self.uid(AFFECTED_SOP_INSTANCE) or self.uid(REQUESTED_SOP_INSTANCE)

    def place(self, element: int) -> Place | None:
        """Where an element of group 0000 lies; the first, should it come twice."""
        return self.layout.by_element.get(element)

    def text(self, element: int) -> str | None:
        """The value of a UI, AE or LO without its padding; None where it is absent."""
        place = self.place(element)
        if place is None:
            return None
        start = place.start + 8
        return self.data[start : start + place.length].decode("latin-1").rstrip("\0 ").lstrip(" ")

    def uid(self, element: int) -> str | None:
        return self.text(element) or None


_KEPT, _USUAL = 4096, 1024
"""Command sets, and layouts, kept for the next that is alike, and the bytes of those that are worth it."""
_parsed: dict[bytes, CommandSet] = {}
_layouts: dict[tuple[tuple[int, int, int], ...], Layout] = {}


def _layout(data: bytes) -> Layout:
    heads: list[tuple[int, int, int]] = []
    at, end = 0, len(data)
    while at + 8 <= end:
        head = _ELEMENT.unpack_from(data, at)
        at += 8 + head[2]
        if at > end:
            break
        heads.append(head)
    key = tuple(heads)
    found = _layouts.get(key)
    if found is None:
        if len(_layouts) >= _KEPT:
            _layouts.clear()
        found = Layout(key)
        if end <= _USUAL:
            _layouts[key] = found
    return found


def command_set(data: bytes) -> CommandSet:
    """The command set in `data`; equal bytes give the same object."""
    found = _parsed.get(data)
    if found is None:
        if len(_parsed) >= _KEPT:
            _parsed.clear()
        found = CommandSet(data)
        if len(data) <= _USUAL:
            _parsed[data] = found
    return found
