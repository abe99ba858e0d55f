"""The state machine of PS3.8 Table 9-10, run for both sides over the PDUs of an association.

The table is pynetdicom's, its actions are not used. A capture shows when a PDU passed by, not when the other
side had it: so a side may be as far behind in what it received as it likes, and a PDU is impossible only
where no such delay makes it possible. What it received only counts until it says otherwise itself, so each
side is blamed for nothing but what it sent.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.recognition import A_ABORT, A_ASSOCIATE_RQ, P_DATA_TF

SENT = {1: "Evt1", 2: "Evt7", 3: "Evt8", 4: "Evt9", 5: "Evt11", 6: "Evt14", 7: "Evt15"}
"""The event that makes a side send a PDU, by type."""
RECEIVED = {1: "Evt6", 2: "Evt3", 3: "Evt4", 4: "Evt10", 5: "Evt12", 6: "Evt13", 7: "Evt16"}
TOLERATED = ("AA-1", "AA-7", "AA-8")
"""Actions that abort what the other side did wrong; many peers go on instead."""
MOST = 64
"""PDUs other than P-DATA-TF that a side was sent after which it is judged no more: each may or may not have
arrived, so the time goes with their square. An association has three of them.
"""


class Impossible(NamedTuple):
    """A PDU for which its sender had no step."""

    side: int
    pdu: Pdu
    state: str
    state_name: str
    event: str
    event_name: str


class Tables(NamedTuple):
    """PS3.8 Table 9-10 and the names of what is in it."""

    transitions: dict[tuple[str, str], str]
    """The action by event and state; a pair that the table has no cell for is left out."""
    following: dict[str, str | tuple[str, str]]
    """The state after an action; two where it depends."""
    states: dict[str, str]
    events: dict[str, str]


@cache
def tables() -> Tables:
    from pynetdicom import fsm  # deferred: 0.35 s, and few associations need it

    after_action: dict[str, str | tuple[str, str]] = {}
    for name, action in fsm.ACTIONS.items():
        after = action[2]
        after_action[name] = after if isinstance(after, str) else (after[0], after[1])
    return Tables(fsm.TRANSITION_TABLE, after_action, fsm.STATES, fsm.EVENTS)


Situation = tuple[str, int]
"""A state, and how many PDUs of the other side led to it."""


class _Machine:
    """One side; P-DATA-TF PDUs that it receives change no state, and are left out."""

    def __init__(self, *, requests: bool, state: str) -> None:
        self._requests = requests
        self._situations: set[Situation] = {(state, 0)}
        self._heard: list[int] = []
        self._last: tuple[int, int] | None = None

    def hear(self, kind: int) -> None:
        if kind != P_DATA_TF and len(self._heard) < MOST:
            self._heard.append(kind)

    def say(self, kind: int) -> tuple[str, str] | None:
        """Take a step; where there is none, the state it was in and the event that has no cell there."""
        if kind not in SENT or len(self._heard) >= MOST:
            return None
        if self._last == (kind, len(self._heard)) == (P_DATA_TF, len(self._heard)):
            return None
        self._last = (kind, len(self._heard))
        if kind == A_ABORT:  # anybody may abort at any time
            self._situations = {("Sta13", len(self._heard))}
            return None
        event = SENT[kind]
        reached = self._reached()
        after = {(state, heard) for before, heard in reached for state in self._steps(before, event)}
        if kind == A_ASSOCIATE_RQ:  # the connection it waits for is there
            after = {(state, heard) for before, heard in after for state in self._steps(before, "Evt2")}
        if not after:
            return max(reached, key=lambda situation: situation[1])[0], event
        self._situations = after
        return None

    def _reached(self) -> set[Situation]:
        """Where what was sent to it may have brought it by now."""
        reached = set(self._situations)
        waiting = list(reached)
        while waiting:
            state, heard = waiting.pop()
            if heard == len(self._heard):
                continue
            event = RECEIVED.get(self._heard[heard], "Evt19")
            steps = self._steps(state, event)
            if not steps or tables().transitions[event, state] in TOLERATED:
                steps = (*steps, state)
            for step in steps:
                if (step, heard + 1) not in reached:
                    reached.add((step, heard + 1))
                    waiting.append((step, heard + 1))
        return reached

    def _steps(self, state: str, event: str) -> tuple[str, ...]:
        return following(event, state, requests=self._requests)


def following(event: str, state: str, *, requests: bool) -> tuple[str, ...]:
    """The states that an event may lead to; none where Table 9-10 has no cell for it."""
    action = tables().transitions.get((event, state))
    if action is None:
        return ()
    after = tables().following[action]
    if isinstance(after, str):
        return (after,)
    if action == "AR-8":  # a collision of releases: the requestor's way and the acceptor's
        return (after[0 if requests else 1],)
    return tuple(after)


def beginnings(association: Association) -> dict[int, str]:
    """Each side's state before its first PDU that was captured."""
    requestor = association.requestor_side
    if association.request_pdu is not None:
        return {requestor: "Sta1", 1 - requestor: "Sta2"}
    if association.accept_pdu is not None:
        return {requestor: "Sta5", 1 - requestor: "Sta3"}
    return {0: "Sta6", 1: "Sta6"}


def impossible(association: Association) -> list[Impossible]:
    """The first PDU of each side for which Table 9-10 has no step."""
    requestor = association.requestor_side
    states = beginnings(association)
    machines = {side: _Machine(requests=side == requestor, state=state) for side, state in states.items()}
    found: dict[int, Impossible] = {}
    for side, pdu in association.pdus():
        if side not in found:
            stuck = machines[side].say(pdu.kind)
            if stuck is not None:
                state, event = stuck
                table = tables()
                found[side] = Impossible(side, pdu, state, table.states[state], event, table.events[event])
        machines[1 - side].hear(pdu.kind)
    return list(found.values())
