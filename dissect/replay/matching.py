"""Which recorded request a live one is like."""

from __future__ import annotations

from collections.abc import Iterable

from dissect.dicom.commands import CommandSet
from dissect.dicom.exchanges import C_STORE_RQ, Exchange
from dissect.replay.commands import C_ECHO_RQ
from dissect.replay.fragments import Heard

ACTION_TYPE, EVENT_TYPE = 0x1008, 0x1002
ANY_CLASS = (C_STORE_RQ, C_ECHO_RQ)
"""Requests whose answer does not depend on their SOP class."""
NEAR = 64
"""Recorded requests of a command that are looked at, besides those about the same instance."""


class Matcher:
    """Finds the recorded request for a live one, by command and SOP class, instance, data set and order."""

    def __init__(self, recorded: Iterable[Exchange]) -> None:
        self._by_field: dict[int | None, list[Exchange]] = {}
        self._by_instance: dict[tuple[int | None, str | None], list[Exchange]] = {}
        self._used: set[Exchange] = set()
        self._first: dict[int | None, int] = {}
        """Before this place in the list of a command all are used."""
        for exchange in recorded:
            command = exchange.request.command_set if exchange.request else None
            if command is not None:
                self._by_field.setdefault(command.field, []).append(exchange)
                if command.sop_instance:
                    self._by_instance.setdefault((command.field, command.sop_instance), []).append(exchange)

    def match(self, live: Heard, instance: str | None) -> tuple[Exchange | None, bool]:
        """The exchange whose request is most like `live`, and whether it was matched before.

        `instance` is the recorded SOP instance UID that the live one stands for. A request that was matched
        before comes only after all that were not.
        """
        field = live.command.field
        candidates = self._by_field.get(field, [])
        named = self._by_instance.get((field, instance), [])
        unused = [each for each in (*named, *self._unused(field, candidates)) if each not in self._used]
        best = _best(unused, live, instance) or _best([*named, *candidates[: -NEAR - 1 : -1]], live, instance)
        again = best in self._used
        if best is not None:
            self._used.add(best)
        return best, again

    def _unused(self, field: int | None, candidates: list[Exchange]) -> list[Exchange]:
        """The next few in order."""
        first = self._first.get(field, 0)
        while first < len(candidates) and candidates[first] in self._used:
            first += 1
        self._first[field] = first
        return candidates[first : first + NEAR]


def _best(exchanges: Iterable[Exchange], live: Heard, instance: str | None) -> Exchange | None:
    """The first of those that are most like `live`."""
    scored = [(_likeness(exchange, live, instance), exchange) for exchange in exchanges]
    score, best = max(scored, key=lambda each: each[0], default=(-1, None))
    return best if score >= 0 else None


def _likeness(recorded: Exchange, live: Heard, instance: str | None) -> int:
    """How like a recorded request is to a live one; -1 where one cannot stand for the other."""
    command = recorded.request.command_set if recorded.request else None
    if command is None or recorded.request is None:
        return -1
    same_class = command.sop_class == live.command.sop_class
    if (not same_class and command.field not in ANY_CLASS) or not _same_type(command, live.command):
        return -1
    same_instance = command.sop_instance == instance
    same_data = recorded.request.data_length == live.length
    if same_data and live.data is not None:
        same_data = recorded.request.data_bytes().read(0, live.length) == live.data
    return 4 * same_class + 2 * same_instance + same_data


def _same_type(recorded: CommandSet, live: CommandSet) -> bool:
    return all(recorded.numbers.get(each) == live.numbers.get(each) for each in (ACTION_TYPE, EVENT_TYPE))
