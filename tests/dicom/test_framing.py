"""PDUs out of a direction's bytes: wherever they begin, whatever lies between them."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.dicom import recognition
from dissect.dicom.framing import Framer, Pdu
from dissect.dicom.recognition import PDV_HEADER, Look, Recogniser, candidates
from dissect.wire.direction import Direction
from dissect.wire.records import CaptureFile
from dissect.wire.source import CaptureSource
from tests.craft import CT, IMPLICIT, associate_rq, command_set, p_data, pcap, pdu, pdv

ECHO = p_data(pdv(1, 3, command_set(CommandField=0x30, MessageID=1, CommandDataSetType=0x101)))
DATA = p_data(pdv(1, 2, bytes(range(200))))
RELEASE = pdu(5, bytes(4))
REQUEST = associate_rq("SCU", "SCP", [(1, CT, [IMPLICIT])])


def framer(data: bytes, folder: Path, *, pieces: int = 7, syn: bool = True) -> Framer:
    """A framer over a direction that holds `data` in small segments."""
    path = pcap(folder / "bytes.pcap", [(0, data)])
    source = CaptureSource()
    file = CaptureFile(path)
    base = source.add(file)
    batch = file.batch()
    source.note(batch, base)
    file.release()
    direction = Direction(source)
    if syn:
        direction.open(0)
    offset = int(batch.offset[0])
    for at in range(0, len(data), pieces):
        direction.add(1 + at, offset + at, len(data[at : at + pieces]), len(data[at : at + pieces]), 0)
    direction.finish(0)
    return Framer(direction, source)


def walked(made: Framer) -> list[Pdu]:
    if made.recognise(final=True) is not Look.PDU:
        return []
    made.begin()
    found = []
    for one in made.walk(final=True):
        assert isinstance(one, Pdu)
        found.append(one)
    return found


def kinds(made: Framer) -> list[int]:
    return [one.kind for one in walked(made)]


def test_pdus_are_found_one_after_the_other(tmp_path: Path) -> None:
    made = framer(REQUEST + ECHO + DATA + RELEASE, tmp_path)
    assert kinds(made) == [1, 4, 4, 5]
    assert not made.findings


def test_a_direction_that_begins_inside_a_pdu_is_found_at_the_next_one(tmp_path: Path) -> None:
    made = framer(DATA[40:] + ECHO + DATA + RELEASE, tmp_path, syn=False)
    assert kinds(made) == [4, 4, 5]


def test_what_comes_before_it_is_no_fault_whichever_side_is_known_for_dicom_first(tmp_path: Path) -> None:
    for known in (True, False):
        made = framer(DATA[40:] + ECHO + DATA + RELEASE, tmp_path, syn=False)
        if known:
            made.begin()
        assert kinds(made) == [4, 4, 5]
        assert not made.findings


def test_something_else_is_not_taken_for_dicom(tmp_path: Path) -> None:
    for data in (
        b"GET / HTTP/1.1\r\nHost: archive\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    ):
        assert framer(data, tmp_path).recognise(final=True) is Look.NO
        assert framer(data, tmp_path, syn=False).recognise(final=True) is Look.NO


def test_an_unknown_pdu_is_passed_over(tmp_path: Path) -> None:
    made = framer(REQUEST + pdu(9, b"what is this") + ECHO + RELEASE, tmp_path)
    assert kinds(made) == [1, 9, 4, 5]
    assert [finding.rule for finding in made.findings] == ["unknown-pdu"]


def test_bytes_that_are_no_pdu_are_passed_over_and_told_of(tmp_path: Path) -> None:
    made = framer(REQUEST + b"\xffnoise of some length" + ECHO + RELEASE, tmp_path)
    assert kinds(made) == [1, 4, 5]
    (finding,) = made.findings
    assert (finding.rule, finding.severity) == ("lost-framing", "error")
    assert finding.span is not None
    assert finding.span.read() == b"\xffnoise of some length"


def test_a_length_that_is_too_long_costs_one_pdu(tmp_path: Path) -> None:
    lies = pdu(4, DATA[6:], length=100_000)
    made = framer(REQUEST + lies + ECHO + RELEASE, tmp_path)
    assert kinds(made) == [1, 4, 4, 5]
    assert [finding.rule for finding in made.findings] == ["pdu-cut"]


def test_a_pdu_that_the_end_cuts_short_is_there_with_what_came(tmp_path: Path) -> None:
    made = framer(REQUEST + DATA[:50], tmp_path)
    found = walked(made)
    assert [(one.kind, one.stop - one.start) for one in found] == [(1, len(REQUEST)), (4, 50)]
    assert [finding.rule for finding in made.findings] == ["pdu-cut"]


def test_version_3_is_recognised_because_its_bit_0_is_set(tmp_path: Path) -> None:
    data = bytearray(REQUEST)
    data[7] = 3
    assert kinds(framer(bytes(data), tmp_path)) == [1]


@given(st.binary(max_size=300))
def test_looking_for_pdus_in_anything_raises_nothing(data: bytes) -> None:
    assert all(0 <= offset < len(data) for offset in candidates(data))


@given(st.data())
def test_what_is_found_in_noise_is_a_pdu(data: st.DataObject) -> None:
    noise = data.draw(st.binary(max_size=60))
    block = noise + ECHO + DATA + RELEASE
    assert len(noise) in candidates(block)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_walked_to_their_end(data: bytes, size: int) -> None:
    with TemporaryDirectory() as folder:
        made = framer(REQUEST + data, Path(folder), pieces=size)
        at = 0
        for one in walked(made):
            assert one.start >= at
            assert one.stop > one.start
            at = one.stop
        assert at <= len(REQUEST + data)


def test_a_search_goes_on_where_it_ended(tmp_path: Path) -> None:
    made = framer(DATA[40:] + ECHO + RELEASE, tmp_path, syn=False)
    recogniser = Recogniser(made.direction)
    first = recogniser.seek(final=True)
    assert first == len(DATA[40:])
    assert recogniser.look(first, final=True) is Look.PDU


def test_many_short_pdus_are_taken_together_and_give_the_same(tmp_path: Path) -> None:
    stream = b"".join([ECHO, DATA] * 40)
    one_a_segment = framer(REQUEST + stream, tmp_path, pieces=1 << 20)
    expected = [(one.kind, one.start, one.length) for one in walked(one_a_segment)]
    assert len(expected) == 81
    path = pcap(tmp_path / "burst.pcap", [(0, REQUEST + stream)])
    source, file = CaptureSource(), CaptureFile(path)
    source.add(file)
    batch = file.batch()
    source.note(batch, 0)
    file.release()
    direction = Direction(source)
    direction.open(0)
    at, offset = 0, int(batch.offset[0])
    for part in [REQUEST, *([ECHO, DATA] * 40)]:
        direction.add(1 + at, offset + at, len(part), len(part), 0)
        at += len(part)
    made = Framer(direction, source)
    assert made.recognise(final=True) is Look.PDU
    steps = list(made.walk(final=True))
    assert len(steps) < 81
    rows = [made.pdu(number) for number in range(len(made))]
    assert [(one.kind, one.start, one.length) for one in rows] == expected


def test_many_pdus_that_say_too_much_cost_no_search_of_all_the_rest_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = 0

    def counted(block: bytes) -> list[int]:
        nonlocal searched
        searched += len(block)
        return candidates(block)

    monkeypatch.setattr(recognition, "candidates", counted)
    liar = struct.pack(">BBIIBB", 4, 0, 1 << 23, (1 << 23) - 4, 1, 3) + b"\0\0\0\0\4\0\0\0"
    made = framer(REQUEST + liar * 2000, tmp_path, pieces=1000)
    assert kinds(made) == [1, *[4] * 2000]
    assert searched < 2000 * 1024


def test_pdvs_that_look_like_headers_are_not_followed_to_the_end_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = 0

    class Counted:
        unpack_from = recognition.PDV_HEADER.unpack_from

        def unpack(self, data: bytes) -> tuple[int, ...]:
            nonlocal followed
            followed += 1
            return PDV_HEADER.unpack(data)

    monkeypatch.setattr(recognition, "PDV_HEADER", Counted())
    unit = struct.pack(">IBBBBI", 8, 1, 3, 4, 0, 6001)  # a PDV that holds the header of a P-DATA-TF
    recogniser = Recogniser(framer(unit * 2000, tmp_path, pieces=1000, syn=False).direction)
    recogniser.seek(final=True)
    assert followed < 2000 * 64


def test_a_search_steps_over_a_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = []

    def counted(block: bytes) -> list[int]:
        blocks.append(len(block))
        return candidates(block)

    monkeypatch.setattr(recognition, "candidates", counted)
    made = framer(REQUEST + ECHO, tmp_path, pieces=1000)
    direction, far = made.direction, 900 << 20
    offset = direction.pieces.below.read(0, 1 << 16).index(ECHO)
    direction.add(direction.following + far, offset, len(ECHO), len(ECHO), 0)
    direction.finish(0)
    recogniser = Recogniser(direction)
    recogniser.position = len(REQUEST + ECHO) + 1
    assert recogniser.seek(final=True) == len(REQUEST + ECHO) + far
    assert sum(blocks) < 4096
