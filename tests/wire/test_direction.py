"""One direction of a connection: segments in any order give the bytes that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dissect.pieces import HOLE, Buffer
from dissect.wire.direction import PATIENCE_ROWS, Direction

ISN = 0xFFFFFFF0  # sequence numbers wrap around within the first bytes


@dataclass(frozen=True)
class Sent:
    """A segment: `data` at `position` of the stream."""

    position: int
    data: bytes


class Bench:
    """A direction over a capture that grows with each segment."""

    def __init__(self, *, syn: bool = True) -> None:
        self.capture = Buffer(b"")
        self.direction = Direction(self.capture)
        self.records = 0
        if syn:
            self.direction.open(ISN)

    def send(self, sent: Sent, captured: int | None = None) -> None:
        offset = len(self.capture)
        there = sent.data[:captured]
        self.capture.data += b"frame header" + there
        self.direction.add(
            (ISN + 1 + sent.position) & 0xFFFFFFFF, offset + 12, len(there), len(sent.data), self.records
        )
        self.records += 1

    def acknowledge(self, position: int, times: int = PATIENCE_ROWS + 2) -> None:
        for row in range(times):
            self.direction.acknowledge((ISN + 1 + position) & 0xFFFFFFFF, row, self.records)

    @property
    def read(self) -> bytes:
        return self.direction.pieces.read(0, len(self.direction.pieces))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[bytes, list[Sent]]:
    """A stream and segments that cover it, in any order, some twice, some overlapping."""
    stream = draw(st.binary(min_size=1, max_size=200))
    borders = sorted({0, len(stream), *draw(st.lists(st.integers(0, len(stream)), max_size=12))})
    segments = [Sent(low, stream[low:high]) for low, high in pairwise(borders)]
    for _ in range(draw(st.integers(0, 6))):
        low = draw(st.integers(0, len(stream) - 1))
        high = draw(st.integers(low + 1, len(stream)))
        segments.append(Sent(low, stream[low:high]))
    return stream, draw(st.permutations(segments))


@given(deliveries())
def test_segments_in_any_order_repeated_and_overlapping_give_the_stream(
    delivery: tuple[bytes, list[Sent]],
) -> None:
    stream, segments = delivery
    bench = Bench()
    for segment in segments:
        bench.send(segment)
    assert bench.read == stream
    assert not bench.direction.holes


@given(deliveries())
def test_without_a_syn_the_stream_begins_at_its_earliest_byte(delivery: tuple[bytes, list[Sent]]) -> None:
    stream, segments = delivery
    bench = Bench(syn=False)
    for segment in segments:
        bench.send(segment)
    bench.direction.finish(bench.records)
    assert bench.read == stream


@given(deliveries(), st.integers(0, 18))
def test_a_syn_that_comes_late_changes_nothing(delivery: tuple[bytes, list[Sent]], late: int) -> None:
    stream, segments = delivery
    bench = Bench(syn=False)
    for index, segment in enumerate(segments):
        if index == late:
            bench.direction.open(ISN)
        bench.send(segment)
    if late >= len(segments):
        bench.direction.open(ISN)
    assert bench.read == stream


@given(deliveries())
def test_the_piece_of_each_byte_names_its_record(delivery: tuple[bytes, list[Sent]]) -> None:
    _, segments = delivery
    bench = Bench()
    for segment in segments:
        bench.send(segment)
    direction = bench.direction
    for run in direction.pieces.runs(0, len(direction.pieces)):
        record = direction.records[direction.pieces.number(run.position)]
        sent = segments[record]
        assert sent.position <= run.position < sent.position + len(sent.data)
        assert direction.record_of(run.position) >= record


def test_the_first_of_two_overlapping_segments_wins_as_at_the_receiver() -> None:
    bench = Bench()
    bench.send(Sent(4, b"first"))
    bench.send(Sent(2, b"SECOND"))
    bench.send(Sent(0, b"zero"))
    assert bench.read == b"zerofirst"


def test_a_byte_that_waited_is_of_use_with_the_record_that_filled_the_gap() -> None:
    bench = Bench()
    bench.send(Sent(2, b"cd"))
    bench.send(Sent(0, b"ab"))
    assert [bench.direction.record_of(position) for position in range(4)] == [1, 1, 1, 1]
    assert [bench.direction.records[bench.direction.pieces.number(p)] for p in (0, 2)] == [1, 0]


def test_a_keep_alive_adds_nothing() -> None:
    bench = Bench()
    bench.send(Sent(0, b"abcd"))
    bench.send(Sent(3, b"\0"))
    bench.send(Sent(4, b"ef"))
    assert bench.read == b"abcdef"


def test_an_acknowledged_gap_becomes_a_hole_after_some_patience() -> None:
    bench = Bench()
    bench.send(Sent(0, b"ab"))
    bench.send(Sent(5, b"fg"))
    bench.acknowledge(7, times=3)
    assert len(bench.direction.pieces) == 2
    bench.acknowledge(7)
    assert bench.read == b"ab\0\0\0fg"
    assert bench.direction.pieces.gaps() == [(2, HOLE, 3)]


def test_a_packet_that_comes_after_its_acknowledgement_still_counts() -> None:
    bench = Bench()
    bench.send(Sent(0, b"ab"))
    bench.send(Sent(5, b"fg"))
    bench.acknowledge(7, times=3)
    bench.send(Sent(2, b"cde"))
    assert bench.read == b"abcdefg"


def test_an_acknowledgement_before_the_gap_says_nothing_about_it() -> None:
    bench = Bench()
    bench.send(Sent(0, b"ab"))
    bench.send(Sent(5, b"fg"))
    bench.acknowledge(2, times=100)
    assert len(bench.direction.pieces) == 2


def test_what_the_snap_length_cut_is_a_hole() -> None:
    bench = Bench()
    bench.send(Sent(0, b"abcdef"), captured=2)
    bench.send(Sent(6, b"gh"))
    assert bench.read == b"ab\0\0\0\0gh"
    assert bench.direction.holes == 1


def test_a_gap_at_the_end_of_the_connection_becomes_a_hole() -> None:
    bench = Bench()
    bench.send(Sent(3, b"def"))
    bench.direction.finish(bench.records)
    assert bench.direction.pieces.gaps() == [(0, HOLE, 3)]


def test_a_fin_counts_once_all_before_it_is_there() -> None:
    bench = Bench()
    bench.direction.end((ISN + 1 + 4) & 0xFFFFFFFF)
    bench.send(Sent(2, b"cd"))
    assert not bench.direction.finished
    bench.send(Sent(0, b"ab"))
    assert bench.direction.finished
