"""Captures of bytes that were never on a wire."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.outputs.handwritten import SEGMENT, directed, write_capture, write_dialogue
from dissect.outputs.words import endpoint
from dissect.peer.address import Address
from dissect.wire.hextext import Direction
from tests import peers
from tests.craft import p_data, pdv
from tests.explain.story import ECHO, RELEASE, STORY


def test_long_pdus_take_several_segments_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    long = p_data(pdv(1, 0, bytes(3 * SEGMENT)))
    write_capture(path, [(">", STORY[:291] + long + RELEASE)])
    (association,) = dissect.open(path).associations
    pieces = association.framers[association.requestor_side].direction.pieces
    assert pieces.read(0, len(pieces)) == STORY[:291] + long + RELEASE
    assert pieces.gaps() == []


def test_requests_go_one_way_and_answers_the_other() -> None:
    answer = ECHO.replace(bytes.fromhex("0001 0200 0000 3000"), bytes.fromhex("0001 0200 0000 3080"))
    found = list(directed([(None, STORY[:291] + answer + RELEASE + b"\6" + RELEASE[1:])]))
    assert [direction for direction, _ in found] == [">", ">", "<", ">", "<"]
    assert list(directed([("<", RELEASE)])) == [("<", RELEASE)]


def test_a_dialogue_keeps_its_addresses_and_times(tmp_path: Path) -> None:
    path = tmp_path / "dialogue.pcap"
    ends: dict[Direction, Address] = {">": Address("fe80::1%lo", 40000), "<": Address("::1", 11112)}
    start = 1_700_000_000_000_000_000
    with path.open("wb") as out:
        spoken: list[tuple[Direction, bytes, int]] = [
            (">", STORY[:211], start + 5_000),
            ("<", RELEASE, start + 9_000_000),
        ]
        write_dialogue(out, spoken, ends, start, closed=start + 20_000_000, closed_by="<")
    (association,) = dissect.open(path).associations
    assert endpoint(association, association.requestor_side) == "[fe80::1]:40000"
    assert endpoint(association, association.acceptor_side) == "[::1]:11112"
    assert [association.time(pdu.first_record) - start for _, pdu in association.pdus()] == [5_000, 9_000_000]
    assert peers.tshark(path, "-Y", "tcp.checksum.status == Bad || tcp.analysis.flags") == ""
