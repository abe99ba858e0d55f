"""What each PDU of an association does to the state machines of both sides (PS3.8 Table 9-10).

Both sides are shown as if each PDU arrived at once. Where a side says something that it cannot say any more
after what arrived, it had not had that yet: it takes its step from the state before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.recognition import A_ABORT, A_ASSOCIATE_RQ
from dissect.dicom.states import RECEIVED, SENT, TOLERATED, beginnings, following, tables
from dissect.lessons.walk import Stretch

STATES = {
    "Sta1": "idle",
    "Sta2": "connected, waits for a request",
    "Sta3": "has a request, must answer it",
    "Sta4": "opens the connection",
    "Sta5": "asked, waits for the answer",
    "Sta6": "data transfer",
    "Sta7": "asked for release, waits",
    "Sta8": "was asked for release, must answer",
    "Sta9": "collision, requestor: must answer",
    "Sta10": "collision, acceptor: waits",
    "Sta11": "collision, requestor: waits",
    "Sta12": "collision, acceptor: must answer",
    "Sta13": "over, waits for the connection to close",
}
"""The states of PS3.8 Table 9-10 in a few words."""
EVENTS = {
    "Evt1": "wants an association",
    "Evt2": "connection is open",
    "Evt3": "receives A-ASSOCIATE-AC",
    "Evt4": "receives A-ASSOCIATE-RJ",
    "Evt5": "somebody connects",
    "Evt6": "receives A-ASSOCIATE-RQ",
    "Evt7": "accepts",
    "Evt8": "rejects",
    "Evt9": "has data to send",
    "Evt10": "receives P-DATA-TF",
    "Evt11": "wants to release",
    "Evt12": "receives A-RELEASE-RQ",
    "Evt13": "receives A-RELEASE-RP",
    "Evt14": "agrees to release",
    "Evt15": "wants to abort",
    "Evt16": "receives A-ABORT",
    "Evt17": "connection is closed",
    "Evt18": "ARTIM timer ran out",
    "Evt19": "receives what is no PDU",
}
"""The events, as something that happens to one side."""
ACTIONS = {
    "AE-1": "open a connection",
    "AE-2": "send A-ASSOCIATE-RQ",
    "AE-3": "tell the application: accepted",
    "AE-4": "tell the application: rejected; close",
    "AE-5": "take the connection, start ARTIM",
    "AE-6": "stop ARTIM, tell the application: a request",
    "AE-7": "send A-ASSOCIATE-AC",
    "AE-8": "send A-ASSOCIATE-RJ, start ARTIM",
    "DT-1": "send P-DATA-TF",
    "DT-2": "give the data to the application",
    "AR-1": "send A-RELEASE-RQ",
    "AR-2": "tell the application: release asked for",
    "AR-3": "tell the application: released; close",
    "AR-4": "send A-RELEASE-RP, start ARTIM",
    "AR-5": "stop ARTIM",
    "AR-6": "give the data to the application",
    "AR-7": "send P-DATA-TF",
    "AR-8": "tell the application: both asked for release",
    "AR-9": "send A-RELEASE-RP",
    "AR-10": "tell the application: released",
    "AA-1": "send A-ABORT, start ARTIM",
    "AA-2": "stop ARTIM, close",
    "AA-3": "tell the application: aborted; close",
    "AA-4": "tell the application: connection lost",
    "AA-5": "stop ARTIM",
    "AA-6": "ignore it",
    "AA-7": "send A-ABORT",
    "AA-8": "send A-ABORT, tell the application, start ARTIM",
}
"""What a side does, in a few words; PS3.8 Tables 9-6 to 9-9 have all of it."""


class Transition(NamedTuple):
    """One step of one side: a cell of the table. `action` is empty where the table has none."""

    event: str
    before: str
    action: str
    after: str


class Turn(NamedTuple):
    """What one PDU does; `sent` is its sender's step, `received` that of the other side."""

    side: int
    sent: Transition
    received: Transition

    def of(self, side: int) -> Transition:
        return self.sent if side == self.side else self.received


class _Side:
    """The machine of one side."""

    def __init__(self, state: str, *, requests: bool) -> None:
        self.state = state
        self._requests = requests
        self._heard: list[Transition] = []
        """What it received since it last said something."""

    def say(self, kind: int | None) -> Transition:
        event = SENT.get(kind or 0, "")
        if kind == A_ABORT and self._heard and self._heard[-1].action in TOLERATED:
            cause = self._heard.pop()  # it aborts because of what it received
            self.state = cause.after
            return cause
        if kind == A_ASSOCIATE_RQ and self.state == "Sta1":
            self.state = self._step("Evt1", self.state).after
        if kind == A_ASSOCIATE_RQ:
            event = "Evt2"
        step = self._step(event, self.state)
        heard, self._heard = self._heard, []
        late = len(heard)
        while not step.action and late:
            late -= 1
            before = self._step(event, heard[late].before)
            if before.action:
                step = before
                self.state = step.after
                for each in heard[late:]:
                    if each.action and each.action not in TOLERATED:
                        self.hear(each.event)
                return step
        self.state = step.after
        return step

    def hear(self, event: str) -> Transition:
        step = self._step(event, self.state)
        self._heard.append(step)
        self.state = step.after
        return step

    def _step(self, event: str, state: str) -> Transition:
        after = following(event, state, requests=self._requests)
        action = tables().transitions.get((event, state), "")
        return Transition(event, state, action, after[0] if after else state)


def turns(association: Association, stretches: Sequence[Stretch]) -> list[Turn]:
    """What each PDU of an association does; bytes that are none count as an invalid one (Evt19)."""
    requestor = association.requestor_side
    first = beginnings(association)
    sides = {side: _Side(state, requests=side == requestor) for side, state in first.items()}
    found = []
    for each in stretches:
        sent = sides[each.side].say(each.kind)
        received = sides[1 - each.side].hear(RECEIVED.get(each.kind or 0, "Evt19"))
        found.append(Turn(each.side, sent, received))
    return found


def told(step: Transition) -> str:
    """A step in words: Sta7 + Evt13 receives A-RELEASE-RP → AR-3 tell the application → Sta1."""
    if not step.event:
        return f"{step.before}: sends what is no PDU"
    event = f"{step.event} {EVENTS[step.event]}"
    if not step.action:
        return f"{step.before} + {event}: not allowed in this state"
    return f"{step.before} + {event} → {step.action} {ACTIONS[step.action]} → {step.after}"
