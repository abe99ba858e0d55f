"""Segments sorted to connections: the same whatever the batches, and whichever path they take."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.pieces import Buffer
from dissect.wire import groups
from dissect.wire.frames import Segments
from dissect.wire.groups import ACK, FIN, RST, SYN
from dissect.wire.streams import Stream, Streams

Row = tuple[int, int, int, int, int, int, bytes]
"""Source, source port, target, target port, flags, sequence, payload; addresses are IPv4 numbers."""


def segments(rows: list[Row], first: int, offset: int) -> tuple[Segments, bytes]:
    """Rows as a batch, and the bytes of the capture that hold their payloads."""
    data = b""
    offsets = []
    for row in rows:
        offsets.append(offset + len(data))
        data += row[6]
    v4 = 0xFFFF << 32
    count = len(rows)
    lengths = np.array([len(row[6]) for row in rows], dtype=np.int64)
    batch = Segments(
        record=np.arange(first, first + count, dtype=np.int64),
        source_high=np.zeros(count, dtype=np.uint64),
        source_low=np.array([v4 | row[0] for row in rows], dtype=np.uint64),
        target_high=np.zeros(count, dtype=np.uint64),
        target_low=np.array([v4 | row[2] for row in rows], dtype=np.uint64),
        source_port=np.array([row[1] for row in rows], dtype=np.uint16),
        target_port=np.array([row[3] for row in rows], dtype=np.uint16),
        sequence=np.array([row[5] & 0xFFFFFFFF for row in rows], dtype=np.uint32),
        acknowledgement=np.zeros(count, dtype=np.uint32),
        flags=np.array([row[4] for row in rows], dtype=np.uint8),
        window=np.zeros(count, dtype=np.uint16),
        offset=np.array(offsets, dtype=np.int64),
        captured=lengths,
        length=lengths,
    )
    return batch, data


def feed(rows: list[Row], sizes: list[int] | None = None) -> list[Stream]:
    """The connections of these rows, in the order they began."""
    capture = Buffer(b"")
    streams = Streams(capture)
    found: dict[int, Stream] = {}
    borders = [0, len(rows)] if sizes is None else [0]
    while borders[-1] < len(rows):
        borders.append(min(borders[-1] + (sizes or [1])[(len(borders) - 1) % len(sizes or [1])], len(rows)))
    for low, high in pairwise(borders):
        batch, data = segments(rows[low:high], low, len(capture))
        capture.data += data
        for stream in streams.update(batch):
            found.setdefault(id(stream), stream)
    for stream in streams.finish():
        found.setdefault(id(stream), stream)
    return list(found.values())


def said(stream: Stream) -> tuple[object, ...]:
    """What is to be compared of a connection."""
    texts = {
        stream.ends[side]: direction.pieces.read(0, len(direction.pieces))
        for side, direction in enumerate(stream.directions)
    }
    return (sorted(texts.items()), stream.initiator, stream.closed, stream.reset)


def connection(port: int, up: list[bytes], down: list[bytes], isn: int = 1000) -> list[Row]:
    """A whole connection from 10.0.0.1:port to 10.0.0.2:104."""
    client, server = 0x0A000001, 0x0A000002
    rows: list[Row] = [
        (client, port, server, 104, SYN, isn, b""),
        (server, 104, client, port, SYN | ACK, isn * 2, b""),
    ]
    at, back = isn + 1, isn * 2 + 1
    for index in range(max(len(up), len(down))):
        for payload in up[index : index + 1]:
            rows.append((client, port, server, 104, ACK, at, payload))
            at += len(payload)
        for payload in down[index : index + 1]:
            rows.append((server, 104, client, port, ACK, back, payload))
            back += len(payload)
    rows.append((client, port, server, 104, FIN | ACK, at, b""))
    rows.append((server, 104, client, port, FIN | ACK, back, b""))
    rows.append((client, port, server, 104, ACK, at + 1, b""))
    return rows


def test_a_connection_gives_both_directions_and_who_began_it() -> None:
    (stream,) = feed(connection(50000, [b"request", b" more"], [b"response"]))
    assert stream.initiator is not None
    assert stream.ends[stream.initiator].port == 50000
    assert stream.ends[stream.initiator].address == "10.0.0.1"
    up, down = stream.directions[stream.initiator], stream.directions[1 - stream.initiator]
    assert up.pieces.read(0, 100) == b"request more"
    assert down.pieces.read(0, 100) == b"response"
    assert stream.ended
    assert stream.closed is not None


@settings(max_examples=60)
@given(st.data())
def test_batches_of_any_size_give_the_same_connections(data: st.DataObject) -> None:
    payloads = st.lists(st.binary(max_size=6), max_size=30)
    count = data.draw(st.integers(1, 4))
    talks = [connection(50000 + n, data.draw(payloads), data.draw(payloads), 7 * n + 3) for n in range(count)]
    rows: list[Row] = []
    while any(talks):  # interleave them
        talk = data.draw(st.sampled_from([talk for talk in talks if talk]))
        take = data.draw(st.integers(1, len(talk)))
        rows += talk[:take]
        del talk[:take]
    for _ in range(data.draw(st.integers(0, 4))):  # a loss or two, which the fast path must notice
        index = data.draw(st.integers(0, len(rows) - 1))
        del rows[index]
        if not rows:
            return
    for _ in range(data.draw(st.integers(0, 4))):  # and packets that a monitor port put in another order
        rows.insert(
            data.draw(st.integers(0, len(rows) - 1)), rows.pop(data.draw(st.integers(0, len(rows) - 1)))
        )
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=5))
    whole = sorted(map(said, feed(rows)), key=repr)
    assert sorted(map(said, feed(rows, sizes)), key=repr) == whole
    assert sorted(map(said, feed(rows, [1])), key=repr) == whole


def test_a_new_syn_on_the_same_ports_begins_another_connection() -> None:
    rows = connection(50000, [b"one"], []) + connection(50000, [b"two"], [], isn=900000)
    first, second = feed(rows)
    assert b"one" in said(first)[0][0]  # type: ignore[index]
    assert b"two" in said(second)[0][0]  # type: ignore[index]


def test_a_repeated_syn_does_not() -> None:
    rows = connection(50000, [b"one"], [b"two"])
    (stream,) = feed([rows[0], *rows])
    assert said(stream)[:2] == said(feed(rows)[0])[:2]


def test_ports_reused_without_a_captured_syn_are_noticed_by_the_sequence_number() -> None:
    first, second = connection(50000, [b"one"], []), connection(50000, [b"two"], [], isn=0x7F000000)
    streams = feed(first[:-3] + second[2:])
    assert len(streams) == 2


def test_ports_reused_after_the_end_are_noticed_without_a_syn_in_any_batch() -> None:
    """Linux numbers connections by the time: the next on the same ports begins a little further on."""
    first, second = connection(50000, [b"one"], [b"1"]), connection(50000, [b"two"], [b"2"], isn=300_000)
    for sizes in (None, [1], [len(first)]):
        streams = feed(first + second[2:], sizes)
        assert [sorted(dict(said(one)[0]).values()) for one in streams] == [[b"1", b"one"], [b"2", b"two"]]  # type: ignore[call-overload]


def test_a_syn_a_little_further_on_opens_another_connection_than_one_joined_midway() -> None:
    first, second = connection(50000, [b"one"], [])[2:-3], connection(50000, [b"two"], [], isn=300_000)
    assert len(feed(first + second)) == 2


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_a_fin_that_overtook_data_closes_with_the_data_in_any_batch(size: int) -> None:
    rows = connection(50000, [b"one", b"more"], [])
    late = rows.pop(3)
    rows.insert(5, late)
    (stream,) = feed(rows, [size])
    assert stream.closed == 5


def test_what_comes_behind_a_fin_does_not_move_it() -> None:
    rows = connection(50000, [b"one"], [])
    rows.insert(4, (0x0A000001, 50000, 0x0A000002, 104, ACK, 1005, b"beyond"))
    assert [said(*feed(rows, [size])) for size in (1, 2)] == [said(*feed(rows))] * 2


def test_the_later_fin_is_what_closes_not_the_last_acknowledgement() -> None:
    for sizes in (None, [1], [4]):
        (stream,) = feed(connection(50000, [b"one"], [b"two"]), sizes)
        assert stream.closed == 5


def test_a_connection_whose_bytes_were_lost_is_closed_by_its_fins() -> None:
    rows = connection(50000, [b"one", b"two"], [])
    del rows[2]
    (stream,) = feed(rows)
    assert stream.closed is not None


def test_a_reset_closes() -> None:
    rows = connection(50000, [b"one"], [])[:-3]
    rows.append((0x0A000002, 104, 0x0A000001, 50000, RST, 2001, b""))
    (stream,) = feed(rows)
    assert stream.closed == len(rows) - 1
    assert stream.reset is not None
    assert stream.ends[stream.reset].port == 104


def test_connections_whose_hashes_collide_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        row
        for pair in zip(connection(50000, [b"one"], []), connection(50001, [b"two"], []), strict=True)
        for row in pair
    ]
    apart = sorted(map(said, feed(rows)), key=repr)
    monkeypatch.setattr(groups, "_hash", lambda columns: np.zeros(len(columns[0]), dtype=np.uint64))
    assert sorted(map(said, feed(rows)), key=repr) == apart


def test_an_ignored_connection_keeps_no_bytes_but_notices_a_new_one() -> None:
    capture = Buffer(b"")
    streams = Streams(capture)
    first = connection(50000, [b"one"], [])[:-3]
    batch, data = segments(first, 0, 0)
    capture.data += data
    (stream,) = streams.update(batch)
    stream.ignore()
    second = [
        (0x0A000001, 50000, 0x0A000002, 104, ACK, 1004, b"more"),
        *connection(50000, [b"two"], [], 77777),
    ]
    batch, data = segments(second, len(first), len(capture))
    capture.data += data
    touched = streams.update(batch)
    assert not len(stream.directions[0].pieces)
    assert not len(stream.directions[1].pieces)
    assert any(b"two" in said(one)[0][0] + said(one)[0][1] for one in touched)  # type: ignore[index]
