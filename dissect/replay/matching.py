"""Which recorded request a live one is like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dissect.dicom.commands import CommandSet
from dissect.dicom.exchanges import C_STORE_RQ, Exchange
from dissect.replay.fragments import Heard

ACTION_TYPE, EVENT_TYPE = 0x1008, 0x1002
C_ECHO_RQ = 0x0030
ANY_CLASS = (C_STORE_RQ, C_ECHO_RQ)
"""Requests whose answer does not depend on their SOP class."""


class Matcher:
    """Finds the recorded request for a live one, by command and SOP class, instance, data set and order."""

    def __init__(self, recorded: Iterable[Exchange]) -> None:
        self._by_field: dict[int | None, list[Exchange]] = {}
        self._used: set[Exchange] = set()
        self._next: dict[int | None, int] = {}
        """Before this place in the list of a command all are used."""
        for exchange in recorded:
            request = exchange.request
            if request is not None and request.command_set is not None:
                self._by_field.setdefault(request.command_set.field, []).append(exchange)

    def match(self, live: Heard, uids: Mapping[str, str]) -> tuple[Exchange | None, bool]:
        """The exchange whose request is most like `live`, and whether it was matched before.

        `uids` are live ones by those recorded. One that is used comes only after all that are not.
        """
        field = live.command.field
        candidates = self._by_field.get(field, [])
        first = self._next.get(field, 0)
        while first < len(candidates) and candidates[first] in self._used:
            first += 1
        self._next[field] = first
        best: Exchange | None = None
        for pool in (candidates[first:], candidates):
            score = -1
            for exchange in pool:
                if pool is not candidates and exchange in self._used:
                    continue
                found = _likeness(exchange, live, uids)
                if found > score:
                    best, score = exchange, found
                if found == _ALIKE:
                    break
            if best is not None:
                break
        again = best in self._used
        if best is not None:
            self._used.add(best)
        return best, again

    def unmatched(self) -> list[Exchange]:
        """The recorded requests that no live one was like."""
        return [each for some in self._by_field.values() for each in some if each not in self._used]


_ALIKE = 7


def _likeness(recorded: Exchange, live: Heard, uids: Mapping[str, str]) -> int:
    """How like a recorded request is to a live one; -1 where one cannot stand for the other."""
    command = recorded.request.command_set if recorded.request else None
    if command is None or recorded.request is None:
        return -1
    same_class = command.sop_class == live.command.sop_class
    if (not same_class and command.field not in ANY_CLASS) or not _same_type(command, live.command):
        return -1
    instance = command.sop_instance
    same_instance = uids.get(instance or "", instance) == live.command.sop_instance
    same_data = recorded.request.data_length == live.length
    if same_data and live.data is not None:
        same_data = recorded.request.data_bytes().read(0, live.length) == live.data
    return 4 * same_class + 2 * same_instance + same_data


def _same_type(recorded: CommandSet, live: CommandSet) -> bool:
    return all(recorded.numbers.get(each) == live.numbers.get(each) for each in (ACTION_TYPE, EVENT_TYPE))
