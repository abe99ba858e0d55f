"""Peers that send anything: a player never raises, and always comes to an end."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dissect
from dissect.dicom.associations import Association
from dissect.replay.player import Player
from dissect.replay.script import script
from tests.replay.stage import CAPTURES

NAMES = ("print", "get", "find-cancel", "store-statuses", "commitment-same", "mpps")


@cache
def association(name: str) -> Association:
    return dissect.open(CAPTURES / f"{name}.pcap").associations[0]


@cache
def said_by(name: str, side: int) -> list[bytes]:
    found = association(name)
    pieces = found.framers[side].direction.pieces
    return [pieces.read(pdu.start, pdu.stop) for who, pdu in found.pdus() if who == side]


def spoken(player: Player) -> None:
    for turn in player.turns():
        for pdu in turn.pdus:
            assert int.from_bytes(pdu[2:6], "big") == len(pdu) - 6


@pytest.mark.parametrize("as_requestor", [True, False])
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(data=st.data())
def test_nothing_that_a_peer_sends_raises(name: str, as_requestor: bool, data: st.DataObject) -> None:
    found = association(name)
    side = found.requestor_side if as_requestor else found.acceptor_side
    player = Player(script(found, side))
    spoken(player)
    for pdu in said_by(name, 1 - side):
        changed = bytearray(pdu)
        for _ in range(data.draw(st.integers(0, 3))):
            where = data.draw(st.integers(6, len(changed) - 1))
            changed[where] = data.draw(st.integers(0, 255))
        body = bytes(
            changed[6 : data.draw(st.integers(7, len(changed))) if data.draw(st.booleans()) else None]
        )
        player.receive(bytes(changed[:2]) + len(body).to_bytes(4, "big") + body)
        spoken(player)
        assert isinstance(player.waiting_for, str)
    player.receive(None)
    assert player.over


@given(st.lists(st.tuples(st.integers(0, 8), st.binary(max_size=80)), max_size=12))
def test_no_pdus_at_all_raise(pdus: list[tuple[int, bytes]]) -> None:
    found = association("print")
    for side in (0, 1):
        player = Player(script(found, side))
        spoken(player)
        for kind, body in pdus:
            player.receive(bytes([kind, 0]) + len(body).to_bytes(4, "big") + body)
            spoken(player)
