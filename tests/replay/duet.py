"""Two sides that talk to each other without a network, PDU by PDU."""

from __future__ import annotations

from typing import Protocol

from dissect.dicom.associations import Association
from dissect.replay.player import Player
from dissect.replay.script import script

Said = list[tuple[str, bytes]]
"""Each PDU with who sent it."""


class Scripted(Protocol):
    """A live peer of a test: PDUs in, PDUs out."""

    def answers(self, pdu: bytes) -> list[bytes]: ...


def requestor(association: Association, calling: str | None = None, called: str | None = None) -> Player:
    return Player(script(association, association.requestor_side), calling=calling, called=called)


def acceptor(association: Association) -> Player:
    return Player(script(association, association.acceptor_side))


def duet(asking: Player, answering: Player) -> Said:
    """Let two players talk until neither has anything to say."""
    said: Said = []
    players = {"requestor": asking, "acceptor": answering}
    quiet = 0
    while quiet < 2:
        for name, player in players.items():
            other = players["acceptor" if name == "requestor" else "requestor"]
            quiet += 1
            for turn in player.turns():
                for pdu in turn.pdus:
                    quiet = 0
                    said.append((name, pdu))
                    other.receive(pdu)
    return said


def against(player: Player, peer: Scripted) -> Said:
    """Let a player talk to a scripted peer."""
    me, it = ("requestor", "acceptor") if player.script.is_requestor else ("acceptor", "requestor")
    said: Said = []
    while True:
        heard: list[bytes] = []
        for turn in player.turns():
            for pdu in turn.pdus:
                said.append((me, pdu))
                heard += peer.answers(pdu)
        if not heard:
            return said
        for pdu in heard:
            said.append((it, pdu))
            player.receive(pdu)
