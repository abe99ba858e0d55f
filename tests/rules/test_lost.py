"""What only the capture lost is nobody's fault: no rule blames a peer for it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from dissect.findings import Finding
from tests.craft import CT, FIND, IMPLICIT, VERIFICATION, Segment, implicit, pdu, pdv
from tests.craft.segments import SIDES, Side
from tests.rules.case import STORE, begun, ended, image, message
from tests.rules.shipped import findings, write_down
from tests.rules.talking import STUDY

HARMLESS = ("bytes-missing", "dataset-hole")
CONTEXTS = [(1, CT, [IMPLICIT]), (3, VERIFICATION, [IMPLICIT]), (5, FIND, [IMPLICIT])]
PIXELS = implicit(0x7FE00010, bytes(500))


def _request(number: int) -> bytes:
    said = {"CommandField": 0x20, "MessageID": number, "Priority": 0, "CommandDataSetType": 1}
    return message(5, said | {"AffectedSOPClassUID": FIND}, STUDY)


def _response(number: int, status: int, data: bytes | None) -> bytes:
    said = {"CommandField": 0x8020, "MessageIDBeingRespondedTo": number, "Status": status}
    announced = 0x0101 if data is None else 1
    return message(5, said | {"CommandDataSetType": announced, "AffectedSOPClassUID": FIND}, data)


def conversation() -> list[Segment]:
    """C-STOREs, C-ECHOs and C-FINDs in short segments, with nothing wrong."""
    talk = begun(CONTEXTS, max_ac=400)
    for number in range(1, 10, 3):
        talk.store(1, number, image(PIXELS, uid=f"1.2.3.{number}"), fragment=394)
        talk.echo(3, number + 1)
        talk.requestor.raw(_request(number + 2))
        for _ in range(3):
            talk.acceptor.raw(_response(number + 2, 0xFF00, STUDY))
        talk.acceptor.raw(_response(number + 2, 0, None))
    return ended(talk).segments(mss=150)


def blamed(left: Iterable[Segment], directory: Path) -> list[Finding]:
    """What is said of the peers."""
    found = findings(write_down(list(left), directory / "left.pcap"))
    return [one for one in found if one.severity != "info" and one.rule not in HARMLESS]


@pytest.mark.parametrize("count", [1, 3])
def test_whatever_packets_in_a_row_are_missing(count: int, tmp_path: Path) -> None:
    segments = conversation()
    for first in range(len(segments)):
        assert not blamed(segments[:first] + segments[first + count :], tmp_path), first


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3])
def test_whatever_share_of_the_packets_is_missing(share: float, tmp_path: Path) -> None:
    segments, dice = conversation(), random.Random(1)
    for turn in range(25):
        left = [segment for segment in segments if dice.random() >= share]
        assert not blamed(left, tmp_path), turn


@pytest.mark.parametrize("side", SIDES)
def test_a_capture_of_one_direction_says_what_it_lacks(side: Side, tmp_path: Path) -> None:
    left = [segment for segment in conversation() if segment.sender == side]
    assert not blamed(left, tmp_path)
    (finding,) = (one for one in findings(tmp_path / "left.pcap") if one.rule == "bytes-missing")
    assert f"Nothing that the {SIDES[1 - SIDES.index(side)]} sent" in finding.text


def test_bytes_before_a_fin_that_never_came_are_told(tmp_path: Path) -> None:
    segments = conversation()
    last = max(index for index, segment in enumerate(segments) if segment.payload)
    path = write_down(segments[:last] + segments[last + 1 :], tmp_path / "cut.pcap")
    (finding,) = findings(path)
    assert (finding.rule, finding.text) == (
        "bytes-missing",
        "The last 10 bytes of the acceptor are not in the capture.",
    )


def test_a_capture_that_begins_within_a_pdu_has_lost_no_framing(tmp_path: Path) -> None:
    segments = conversation()
    for first in range(3, len(segments)):
        assert not blamed(segments[first:], tmp_path), first


def test_a_pdu_that_takes_long_is_no_silence(tmp_path: Path) -> None:
    talk, data = begun(STORE, max_ac=0), image(implicit(0x7FE00010, bytes(20_000)))
    talk.store_request(1, 1)
    whole = pdu(4, pdv(1, 2, data))
    for start in range(0, 20_000, 1000):
        talk.requestor.raw(whole[start : start + 1000])
        talk.wait(1)
    talk.abort(by="acceptor", close=False)
    talk.requestor.raw(whole[20_000:])  # was on its way
    talk.close()
    found = findings(talk.write(tmp_path / "slow.pcap"))
    assert {one.rule for one in found} == {"aborted", "rsp-missing"}
