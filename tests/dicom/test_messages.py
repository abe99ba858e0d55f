"""Messages that are not whole say why."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.dicom import framing
from dissect.dicom.assembly import Assembler
from dissect.dicom.bursts import Burst
from dissect.dicom.messages import CUT
from tests.craft import CT, EXPLICIT, FIND, IMPLICIT, Talk, command_set, implicit, p_data, pdv
from tests.replay.talks import image

CAPTURES = Path(__file__).parents[2] / "captures"


def test_a_message_whose_last_pdu_the_capture_cuts_short_is_not_whole() -> None:
    (association,) = dissect.open(CAPTURES / "ring-00001.pcapng").associations
    assert [message.damage for message in association.messages] == ["", "", "", CUT]


def test_a_data_set_that_is_cut_inside_its_last_fragment_is_not_whole(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    talk.store(1, 1, image(EXPLICIT))
    talk.store_request(1, 2)
    speaker = talk.requestor
    data = image(EXPLICIT)
    pdv = (len(data) + 2).to_bytes(4, "big") + b"\1\2" + data
    speaker.pdu(4, pdv[:-10], length=len(pdv))
    whole, cut = dissect.open(talk.write(tmp_path / "cut.pcap")).associations[0].messages[::2]
    assert whole.complete
    assert cut.damage == CUT
    assert cut.data_length == whole.data_length - 10


def test_messages_that_come_in_a_burst_are_the_same_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk()
    talk.associate([(1, FIND, (IMPLICIT,))])
    for number in range(200):
        data = implicit(0x00100020, b"%04d" % number)
        command = command_set(
            CommandField=0x8020, MessageIDBeingRespondedTo=1, CommandDataSetType=1, Status=0xFF00
        )
        pdus = p_data(pdv(1, 3, command)), p_data(pdv(1, 2, data))
        if number % 29 == 28:  # a segment that ends inside a command set, one that ends between two PDUs
            talk.acceptor.raw(pdus[0][:40])
            talk.acceptor.raw(pdus[0][40:] + pdus[1])
        elif number % 23 == 22:  # a command set in two segments
            talk.acceptor.raw(pdus[0][:40])
            talk.acceptor.raw(pdus[0][40:])
            talk.acceptor.raw(pdus[1])
        elif number % 41 == 40:
            talk.acceptor.raw(p_data(pdv(1, 1, command[:30])))
            talk.acceptor.raw(p_data(pdv(1, 3, command[30:]), pdv(1, 2, data)))
        else:
            talk.acceptor.raw(pdus[0])
            talk.acceptor.raw(pdus[1])
    path = talk.write(tmp_path / "burst.pcap")
    taken: list[int] = []
    add_burst = Assembler.add_burst

    def count(assembler: Assembler, burst: Burst) -> None:
        taken.append(len(burst.starts))
        add_burst(assembler, burst)

    monkeypatch.setattr(Assembler, "add_burst", count)

    def read() -> list[tuple[int, int, int, int, str, bytes, bytes, int | None]]:
        (association,) = dissect.open(path).associations
        return [
            (
                message.start,
                message.stop,
                message.first_record,
                message.record,
                message.damage,
                message.command_bytes().read(0, 999),
                message.data_bytes().read(0, 999),
                message.status,
            )
            for message in association.messages
        ]

    together = read()
    assert sum(taken) > 200
    assert [data[-4:] for *_, data, _ in together] == [b"%04d" % number for number in range(200)]
    assert {status for *_, status in together} == {0xFF00}
    monkeypatch.setattr(framing, "burst", lambda *_: None)
    taken.clear()
    assert read() == together
    assert not taken
