"""Captures of bytes that were never on a wire."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.outputs.handwritten import SEGMENT, directed, write_capture
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
