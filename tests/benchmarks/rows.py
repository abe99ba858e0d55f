"""Captures by the million records: a few are built once, numpy repeats them and fills what differs."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tests.craft.network import ACK, FIN, SYN, ethernet, ipv4, tcp
from tests.craft.segments import Side

Matrix = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Fill = Callable[[Matrix, list[int]], None]
"""Changes payloads: takes the records (one repetition a row) and the column where each payload starts."""

ADDRESSES = {"requestor": ("10.0.0.1", 50000), "acceptor": ("10.0.0.2", 11112)}
TIME_STAMPS = bytes.fromhex("0101080a0000000100000001")  # the option that every Linux segment carries

# Columns of a record: the pcap record header, then Ethernet, IPv4 and TCP without and with that option.
SECONDS, MICROSECONDS, IDENTIFICATION = 0, 4, 16 + 14 + 4
ADDRESS, PORT = 16 + 14 + 12, 16 + 14 + 20
SEQUENCE, ACKNOWLEDGEMENT = PORT + 4, PORT + 8
PAYLOAD = PORT + 20 + len(TIME_STAMPS)


def put(rows: Matrix, column: int, values: Numbers, kind: str) -> None:
    """Write one number a row, as the numpy type `kind` (`>u4`)."""
    raw = values.astype(kind).view(np.uint8).reshape(len(rows), -1)
    rows[:, column : column + raw.shape[1]] = raw


def put_digits(rows: Matrix, column: int, values: Numbers, width: int) -> None:
    """Write one decimal number a row, with leading zeros."""
    for place in range(width):
        rows[:, column + width - 1 - place] = 48 + values // 10**place % 10


def put_times(rows: Matrix, column: int, nanoseconds: Numbers) -> None:
    """Write the time of one record a row."""
    put(rows, column + SECONDS, nanoseconds // 1_000_000_000, "<u4")
    put(rows, column + MICROSECONDS, nanoseconds % 1_000_000_000 // 1000, "<u4")


def record(frame: bytes) -> bytes:
    """A pcap record at time 0."""
    return struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame


class Wire:
    """One TCP connection being captured: knows the time and where both sequences stand."""

    def __init__(self, out: BinaryIO, *, mss: int, gap: int) -> None:
        self.out, self.mss, self.gap = out, mss, gap
        self.time = 1_700_000_000_000_000_000
        self.sequence: dict[Side, int] = {"requestor": 1000, "acceptor": 5000}
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def open(self) -> None:
        """The TCP handshake."""
        self._flags("requestor", SYN)
        self._flags("acceptor", SYN | ACK)
        self._flags("requestor", ACK)

    def close(self) -> None:
        """FIN, FIN, ACK."""
        self._flags("requestor", FIN | ACK)
        self._flags("acceptor", FIN | ACK)
        self._flags("requestor", ACK)

    def _flags(self, side: Side, flags: int) -> None:
        self.repeat([(side, b"")], 1, flags=flags)
        self.sequence[side] += bool(flags & (SYN | FIN))

    def repeat(
        self,
        frames: Sequence[tuple[Side, bytes]],
        count: int,
        fill: Fill | None = None,
        *,
        flags: int = ACK,
    ) -> None:
        """These segments, `count` times over; `fill` makes their payloads differ."""
        records = [record(_frame(side, payload, flags)) for side, payload in frames]
        columns = np.cumsum([0, *map(len, records)]).tolist()
        rows = np.tile(np.frombuffer(b"".join(records), np.uint8), (count, 1))
        number = np.arange(count, dtype=np.int64)
        size: dict[Side, int] = {
            side: sum(len(payload) for sender, payload in frames if sender == side) for side in self.sequence
        }
        sent = dict(self.sequence)
        for index, ((side, payload), column) in enumerate(zip(frames, columns[:-1], strict=True)):
            peer: Side = "acceptor" if side == "requestor" else "requestor"
            place = number * len(frames) + index
            put_times(rows, column, self.time + place * self.gap)
            put(rows, column + IDENTIFICATION, place % 65536, ">u2")
            put(rows, column + SEQUENCE, sent[side] + number * size[side], ">u4")
            put(rows, column + ACKNOWLEDGEMENT, sent[peer] + number * size[peer], ">u4")
            sent[side] += len(payload)
        if fill is not None:
            fill(rows, [column + PAYLOAD for column in columns[:-1]])
        rows.tofile(self.out)
        self.time += self.gap * count * len(frames)
        for side in self.sequence:
            self.sequence[side] += count * size[side]

    def send(self, side: Side, data: bytes) -> None:
        """One write to TCP; the peer acknowledges every other segment."""
        peer: Side = "acceptor" if side == "requestor" else "requestor"
        pair = 2 * self.mss
        count = len(data) // pair
        if count:
            body = np.frombuffer(data, np.uint8, count * pair).reshape(count, 2, self.mss)

            def fill(rows: Matrix, columns: list[int]) -> None:
                rows[:, columns[0] : columns[0] + self.mss] = body[:, 0]
                rows[:, columns[1] : columns[1] + self.mss] = body[:, 1]

            self.repeat([(side, bytes(self.mss)), (side, bytes(self.mss)), (peer, b"")], count, fill)
        rest = data[count * pair :]
        for start in range(0, len(rest), self.mss):
            self.repeat([(side, rest[start : start + self.mss])], 1)


def _frame(side: Side, payload: bytes, flags: int) -> bytes:
    peer: Side = "acceptor" if side == "requestor" else "requestor"
    (source, source_port), (target, target_port) = ADDRESSES[side], ADDRESSES[peer]
    segment = tcp(payload, source_port, target_port, 0, 0, flags, options=TIME_STAMPS)
    return ethernet(ipv4(segment, source, target))
