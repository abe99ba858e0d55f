"""Fields of data sets and command sets: `dataset.PatientID`, `dataset.(0009,1001)`, `command_set.Priority`.

A path leads through sequences, and into each of their items. What kind a field is, its VR in the dictionary
says; the values of private and unknown elements may be anything.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet
from dissect.dicom.dataset import DataSet, Element
from dissect.dicom.exchanges import Exchange
from dissect.filters.errors import FilterError, suggestion
from dissect.filters.exchanges import Bind, Getter, messages
from dissect.filters.grammar import Name
from dissect.filters.kinds import Kind, Presence, Text
from dissect.filters.names import UID, Uid
from dissect.filters.quantities import Mixed, Number, Tag

_SEGMENT = re.compile(r"\([^)]*\)|[^.]*")
_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)|([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")

_TEXT, _DIGITS, _NUMBER, _TAGS, _MIXED = Text(), Text(digits=True), Number(), Tag(), Mixed()
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("AE", "AS", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"), _TEXT),
    **dict.fromkeys(("DA", "DT", "TM"), _DIGITS),
    **dict.fromkeys(("DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV", "US or SS"), _NUMBER),
    "AT": _TAGS,
    "UI": UID,
}


_THERE = Presence()  # sequences and streams of bytes


class Found(NamedTuple):
    """What a path stands for."""

    kind: Kind
    text: str
    values: Bind
    exists: Bind


def dataset_field(name: Name) -> Found:
    """The elements that a path leads to, in all data sets of an exchange."""
    tags = _tags(name, "dataset.")
    for tag, start, length in tags[:-1]:
        vr = _vr(tag)
        if vr not in ("SQ", "UN", None):
            label = tables.tag_name(tag)
            raise FilterError(f"{label} is no sequence, so nothing lies in it", start, length)
    path = [tag for tag, _, _ in tags]
    kind = _kind(path[-1])

    def values(association: Association) -> Getter:
        return lambda exchange: _values(exchange, path, kind)

    def exists(association: Association) -> Getter:
        return lambda exchange: (True for _ in _elements(exchange, path))

    return Found(kind, f"{tables.tag_name(path[-1]) or 'Private or unknown element'}", values, exists)


def command_field(name: Name) -> Found:
    """An element of the command sets of an exchange."""
    tags = _tags(name, "command_set.")
    if len(tags) > 1:
        raise FilterError("a command set has no sequences", tags[1][1], tags[1][2])
    tag = tags[0][0]
    kind = _kind(tag)

    def values(association: Association) -> Getter:
        return lambda exchange: (
            value for each in _command_sets(exchange) for value in _command(each, tag, kind)
        )

    def exists(association: Association) -> Getter:
        return lambda exchange: (
            True for each in _command_sets(exchange) for place in each.places if _is(tag, *place[:2])
        )

    return Found(kind, f"{tables.tag_name(tag) or 'Unknown element'}", values, exists)


# Paths


def _tags(name: Name, prefix: str) -> list[tuple[int, int, int]]:
    """Tag, column and length of each step of a path."""
    found, at = [], len(prefix)
    while True:
        match = _SEGMENT.match(name.text, at)
        step = match[0] if match else ""
        found.append((_tag(step, name.column + at, prefix), name.column + at, len(step)))
        at += len(step) + 1
        if at > len(name.text):
            return found


def _tag(step: str, column: int, prefix: str) -> int:
    match = _TAG.fullmatch(step)
    if match:
        return int("".join(part for part in match.groups() if part), 16)
    from pydicom.datadict import keyword_dict, tag_for_keyword  # deferred: 0.25 s

    tag = tag_for_keyword(step) if step else None
    if tag is not None and (prefix == "dataset.") == bool(tag >> 16):
        return int(tag)
    names = (word for word in keyword_dict if bool(keyword_dict[word] >> 16) == (prefix == "dataset."))
    what = "a keyword or a tag such as (0010,0020) is missing" if not step else f"no element '{step}'"
    raise FilterError(what + (suggestion(step, names) if step else ""), column, len(step))


def _vr(tag: int) -> str | None:
    return tables.dictionary_vr(tag)


def _kind(tag: int) -> Kind:
    vr = _vr(tag)
    if vr is None or vr == "UN":
        return _MIXED
    return _KINDS.get(vr, _THERE)


# Data sets


def _values(exchange: Exchange | None, path: list[int], kind: Kind) -> Iterator[Any]:
    if exchange is None:
        return
    from dissect.dicom.values import values  # deferred: pydicom takes 0.25 s

    for data_set, element in _elements(exchange, path):
        found = [] if element.items is not None else values(element, data_set)
        if not found and isinstance(kind, Text | Uid):
            yield ""  # there, and empty
        for value in found:
            fitting = kind.coerce(value)
            if fitting is not None:
                yield fitting


def _elements(exchange: Exchange | None, path: list[int]) -> Iterator[tuple[DataSet, Element]]:
    """The elements at the end of a path, in the data sets in which there are any."""
    if exchange is None:
        return
    from dissect.filters.partial import read_element  # deferred: pydicom takes 0.25 s

    for message in messages(exchange):
        data_set = read_element(message, path[0])
        if data_set is not None:
            for element in _follow(data_set.elements, path):
                yield data_set, element


def _follow(elements: list[Element], path: list[int]) -> Iterator[Element]:
    for element in elements:
        if element.tag == path[0]:
            if len(path) == 1:
                yield element
            for item in element.items or () if len(path) > 1 else ():
                yield from _follow(item.elements, path[1:])


# Command sets


def _command_sets(exchange: Exchange | None) -> Iterator[CommandSet]:
    if exchange is not None:
        for message in messages(exchange):
            if message.command_set is not None:
                yield message.command_set


def _is(tag: int, group: int, element: int) -> bool:
    return tag == group << 16 | element


_FORMATS = {"US": ("<H", 2), "UL": ("<I", 4)}


def _command(command: CommandSet, tag: int, kind: Kind) -> Iterator[Any]:
    """The values of an element of a command set, which is always implicit VR little endian (PS3.7 6.3.1)."""
    for group, element, start, length in command.places:
        if not _is(tag, group, element):
            continue
        data = command.data[start + 8 : start + 8 + length]
        vr = _vr(tag) or ""
        if vr in _FORMATS:
            form, size = _FORMATS[vr]
            yield from (value for (value,) in struct.iter_unpack(form, data[: len(data) - len(data) % size]))
        elif vr == "AT":
            pairs = struct.iter_unpack("<HH", data[: len(data) - len(data) % 4])
            yield from (high << 16 | low for high, low in pairs)
        else:
            fitting = kind.coerce(data.decode("latin-1").strip("\0 "))
            if fitting is not None:
                yield fitting
