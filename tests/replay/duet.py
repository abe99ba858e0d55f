"""Two sides that talk to each other without a network, PDU by PDU."""

from __future__ import annotations

from dissect.dicom.associations import Association
from dissect.replay.player import Player
from dissect.replay.script import script

Said = list[tuple[str, bytes]]
"""Each PDU with who sent it."""


def requestor(association: Association, calling: str | None = None, called: str | None = None) -> Player:
    return Player(script(association, association.requestor_side), calling=calling, called=called)


def acceptor(association: Association) -> Player:
    return Player(script(association, association.acceptor_side))


def duet(asking: Player, answering: Player) -> Said:
    """Let two players talk, a message each in turn, until neither has anything to say."""
    said: Said = []
    players = {"requestor": asking, "acceptor": answering}
    spoke = True
    while spoke:
        spoke = False
        for name, player in players.items():
            other = players["acceptor" if name == "requestor" else "requestor"]
            turn = next(player.turns(), None)
            for pdu in turn.pdus if turn else ():
                spoke = True
                said.append((name, pdu))
                other.receive(pdu)
    return said
