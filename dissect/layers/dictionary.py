"""What the elements of group 0000 are, and which of them each of the 23 messages has.

Names, VRs and message fields come from pydicom and pynetdicom, which are imported at the first question
(0.3 s). What an element means is said here.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dissect.layers.base import About


class Known(NamedTuple):
    """An element of the dictionary."""

    name: str
    keyword: str
    vr: str
    vm: str
    retired: bool


@cache
def element(tag: int) -> Known | None:
    """The dictionary's entry for a tag of group 0000; None where it has none."""
    from pydicom.datadict import get_entry

    if tag > 0xFFFF:
        return None
    try:
        vr, vm, name, retired, keyword = get_entry(tag)
    except KeyError:
        return None
    return Known(name, keyword, vr, vm, bool(retired))


def tag_of(keyword: str) -> int:
    """The tag in group 0000 that has this keyword."""
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None or tag > 0xFFFF:
        raise ValueError(f"{keyword} is not an element of a command set")
    return int(tag)


@cache
def message_types() -> dict[int, str]:
    """The names of the 23 messages by command field."""
    from pynetdicom.dimse_messages import _MESSAGE_TYPES

    return {field: name for field, (name, _) in _MESSAGE_TYPES.items()}


def message_keywords(message: str) -> tuple[str, ...]:
    """The keywords of the elements that a message can have."""
    from pynetdicom.dimse_messages import _COMMAND_SET_KEYWORDS

    try:
        return tuple(_COMMAND_SET_KEYWORDS[message])
    except KeyError:
        raise ValueError(f"{message} is none of {', '.join(_COMMAND_SET_KEYWORDS)}") from None


def status_category(status: int) -> str:
    """Success, Pending, Cancel, Warning or Failure (PS3.7 Annex C); Unknown for codes nobody may use."""
    from pynetdicom.status import code_to_category

    return str(code_to_category(status))


def about_element(tag: int) -> About:
    """What an element of a command set is for."""
    if tag in _MEANINGS:
        return _MEANINGS[tag]
    if element(tag):
        return About(
            "PS3.7 Table E.2-1", "Retired: from the time before DICOM 3.0; no message has it any more."
        )
    return About("PS3.7 6.3.1", "An element that no message has.", trouble="Strict receivers refuse it.")


def _here(meaning: str, *, legal: str = "", trouble: str = "") -> About:
    return About("PS3.7 Table E.1-1", meaning, legal, trouble)


_MEANINGS = {
    0x0000: _here(
        "Number of bytes from the end of this value to the end of the command set.",
        legal="even; first element of every command set",
        trouble="Some receivers trust it and cut the command set off there, others ignore it.",
    ),
    0x0002: _here(
        "SOP class that the operation or notification is about.",
        trouble="Has to be the abstract syntax of the presentation context, or a part of its Meta SOP class.",
    ),
    0x0003: _here(
        "SOP class of the instance that the operation is wanted on.",
        trouble="Has to be the abstract syntax of the presentation context, or a part of its Meta SOP class.",
    ),
    0x0100: _here("Which message this is.", legal="the 23 values of the table; bit 15 is set in responses"),
    0x0110: _here(
        "Number of this request, chosen by its sender; responses refer to it.",
        trouble="Some senders use 1 for every request: only order tells their exchanges apart.",
    ),
    0x0120: _here("Message ID of the request that this answers, or that is to be cancelled."),
    0x0600: _here(
        "AE title that the objects of a C-MOVE are to be sent to.",
        legal="an AE title the other side knows the address of",
        trouble="The other side looks it up in its own configuration: unknown there, it answers A801.",
    ),
    0x0700: _here("How urgent the request is.", legal="0 medium, 1 high, 2 low", trouble="Mostly ignored."),
    0x0800: _here(
        "Whether a data set follows the command set.",
        legal="0101H: none; any other value: there is one",
        trouble="When it does not agree with what follows, both sides wait for each other.",
    ),
    0x0900: _here("How the operation went; what a code means depends on the service."),
    0x0901: _here("Tags of the elements an error was found in.", legal="with status Cxxx and some others"),
    0x0902: _here(
        "The error in words of the implementation.",
        legal="at most 64 characters",
        trouble="Often the only hint that helps.",
    ),
    0x0903: _here("Error code of the implementation's own, or of the service.", legal="with status 0110"),
    0x1000: _here("UID of the instance that the operation or notification was about."),
    0x1001: _here("UID of the instance that the operation is wanted on."),
    0x1002: _here("Which event is reported; each SOP class has its own numbers."),
    0x1005: _here("Tags of the attributes that are asked for or in error; none asks for all of them."),
    0x1008: _here("Which action is wanted; each SOP class has its own numbers."),
    0x1020: _here(
        "How many C-STORE sub-operations have not begun.", legal="in pending and cancelled responses"
    ),
    0x1021: _here("How many C-STORE sub-operations went well so far."),
    0x1022: _here("How many C-STORE sub-operations failed so far."),
    0x1023: _here("How many C-STORE sub-operations ended with a warning so far."),
    0x1030: _here("AE title of the one whose C-MOVE made this object be sent.", legal="only within a C-MOVE"),
    0x1031: _here("Message ID of the C-MOVE that made this object be sent.", legal="only within a C-MOVE"),
}
