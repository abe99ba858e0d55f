"""What a replay came to, beside what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.differences.associations import associations
from dissect.differences.messages import messages
from dissect.differences.rows import Difference
from dissect.replay.player import Player

NEGOTIATED = ("Requestor", "Acceptor", "Presentation contexts")
"""Sections of a comparison of associations that come before their messages."""
EXPECTED = ("(0000,0000)", "(0000,0110)", "(0000,0120)", "(0000,0900)", "PDVs", "bytes", "transfer syntax")
"""What is told elsewhere (status, transfer syntax), or of no interest: lengths, message ids, fragments."""
MOST_COMPARED = 200
"""Exchanges whose messages are compared element by element."""


class Pair(NamedTuple):
    """An exchange as it was recorded and as it went now; None where there is none."""

    recorded: Exchange | None
    live: Exchange | None

    @property
    def same(self) -> bool:
        """Whether the responses have the same statuses, as far as they were captured."""
        if self.recorded is None or self.live is None:
            return False
        before = [message.status for message in self.recorded.responses]
        after = [message.status for message in self.live.responses]
        return before == (after[: len(before)] if _cut(self.recorded) else after)


def _cut(exchange: Exchange) -> bool:
    """Whether responses may have been sent that were not captured."""
    request = exchange.request
    if request is None or exchange.final is not None:
        return False
    association = request.association
    return association.outcome == "open" or bool(association.gaps(1 - request.side))


@dataclass(slots=True)
class Report:
    """The outcome of a replay; `live` is None where no PDU of an association came about."""

    recorded: Association
    live: Association | None
    side: str
    """Which one was played: requestor or acceptor."""
    pairs: list[Pair]
    negotiation: list[Difference]
    contents: list[Difference]
    """What differs in the messages of the peer."""
    uids: dict[str, str]
    notes: list[str]
    trouble: str
    same: bool = field(init=False)
    """Whether it ended as recorded, and so did every exchange."""

    def __post_init__(self) -> None:
        self.same = self.same_outcome and all(pair.same for pair in self.pairs)

    @property
    def same_outcome(self) -> bool:
        """Where the recording does not hold the end, a release is as good as any."""
        if self.live is None:
            return False
        if self.recorded.outcome in ("open", "closed"):
            return self.live.outcome == "released"
        before, after = (
            (each.outcome, each.rejection, each.abort and each.abort[1:], each.abort and _by(each))
            for each in (self.recorded, self.live)
        )
        return before == after


def _by(association: Association) -> str:
    return association.side_name(association.abort.side) if association.abort else ""


def report(player: Player, live: Association | None) -> Report:
    """Compare what was played with what was recorded; `live` is the dialogue, read like any capture."""
    recorded = player.script.association
    pairs = list(_pairs(player, live))
    negotiation: list[Difference] = []
    contents: list[Difference] = []
    if live is not None:
        rows = takewhile(lambda row: row.section != "PDUs", associations(recorded, live))
        negotiation = [row for row in rows if row.section in NEGOTIATED and row.differs]
        for pair in pairs[:MOST_COMPARED]:
            contents += _contents(pair, player)
    side = "requestor" if player.script.is_requestor else "acceptor"
    return Report(
        recorded, live, side, pairs, negotiation, contents, player.uids, player.notes, player.trouble
    )


def _pairs(player: Player, live: Association | None) -> Iterator[Pair]:
    """Exchanges in the order recorded; those the peer had of its own accord come last."""
    mine = 0
    if live is not None:
        mine = live.requestor_side if player.script.is_requestor else live.acceptor_side
    found: dict[Exchange | None, list[Exchange]] = {}
    for ours in (True, False):
        went = [
            each
            for each in (live.exchanges if live else ())
            if each.request is not None and (each.request.side == mine) == ours
        ]
        played = [each.exchange for each in player.played if each.ours == ours]
        for before, after in zip(played, went, strict=False):
            found.setdefault(before, []).append(after)
    for exchange in player.script.association.exchanges:
        request = exchange.request
        if request is None:
            continue
        if request.side != player.script.side and request.command is None:
            continue  # a piece of something the peer said
        now = found.get(exchange)
        if now is None:
            yield Pair(exchange, None)
        else:
            yield from (Pair(exchange, each) for each in now)
    yield from (Pair(None, each) for each in found.get(None, ()))


def _contents(pair: Pair, player: Player) -> Iterator[Difference]:
    """What differs in the peer's last message of an exchange: its answer, or its request."""
    if pair.recorded is None or pair.live is None:
        return
    by_us = pair.recorded.request is not None and pair.recorded.request.side == player.script.side
    if by_us:
        if not pair.recorded.responses or not pair.live.responses:
            return
        before, after = pair.recorded.responses[-1], pair.live.responses[-1]
    elif pair.recorded.request is not None and pair.live.request is not None:
        before, after = pair.recorded.request, pair.live.request
    else:
        return
    for row in messages(before, after):
        mapped = row.left is not None and player.uids.get(row.left.split(" ")[-1]) == row.right
        if row.differs and not mapped and not row.path.startswith(EXPECTED):
            yield row
