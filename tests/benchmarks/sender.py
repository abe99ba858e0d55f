"""C-STORE traffic at a steady rate, out of a network interface: `python -m tests.benchmarks.sender ...`.

The frames of one association are built once. Its image is sent again and again, each time from where the
sequence numbers of the one before ended, so that an association may be as long as one likes.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import socket
import time
from pathlib import Path

import numpy as np

import dissect
from dissect.wire.records import CaptureFile

BURST = 64
"""Frames that are handed to the kernel in one call."""
PORTS = range(20000, 60000)
SOURCE, TARGET, SEQUENCE, ACKNOWLEDGEMENT = 34, 36, 38, 42
"""Where fields of TCP lie behind Ethernet and IPv4."""
ACCEPTOR = 11112
ETH_P_ALL = 3


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("parts", ctypes.POINTER(_Part)),
        ("part_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_long),  # an int, and padding
        ("sent", ctypes.c_ulong),  # the length field of struct mmsghdr, and padding
    )


class Frames:
    """The frames of an association that stores one image: those before it, its own, those behind it."""

    def __init__(self, path: Path) -> None:
        with CaptureFile(path) as file:
            batches = list(file.batches())
            offsets = np.concatenate([batch.offset for batch in batches])
            lengths = np.concatenate([batch.captured for batch in batches])
            self._data = np.array(file.array)
        request, response = dissect.open(path).associations[0].messages
        self.first, self.behind, self.count = request.first_record, response.record + 1, len(offsets)
        self._offsets = offsets
        self._from_acceptor = self._read(TARGET, 2) != ACCEPTOR
        base = self._data.ctypes.data
        places = zip(offsets.tolist(), lengths.tolist(), strict=True)
        self._parts = (_Part * self.count)(*(_Part(base + offset, length) for offset, length in places))
        self.messages = (_Message * self.count)()
        for message, part in zip(self.messages, self._parts, strict=True):
            message.parts, message.part_count = ctypes.pointer(part), 1
        self._numbers = self._read(SEQUENCE, 4), self._read(ACKNOWLEDGEMENT, 4)
        self._steps = [self._step(side) for side in (self._from_acceptor, ~self._from_acceptor)]

    def _read(self, field: int, width: int) -> np.ndarray:
        raw = self._data[self._offsets[:, None] + np.arange(field, field + width)]
        return np.ascontiguousarray(raw).view(f">u{width}")[:, 0].astype(np.int64)

    def _write(self, field: int, width: int, values: np.ndarray, rows: slice = slice(None)) -> None:
        for index in range(width):
            self._data[self._offsets[rows] + field + index] = values >> 8 * (width - 1 - index) & 0xFF

    def _step(self, side: np.ndarray) -> int:
        """Bytes that a side sends with an image."""
        sequence = self._numbers[0]
        within = np.flatnonzero(side[self.first :])[0] + self.first
        behind = np.flatnonzero(side[self.behind :])[0] + self.behind
        return int(sequence[behind] - sequence[within])

    def leave_from(self, port: int) -> None:
        """Another association."""
        self._write(TARGET, 2, np.where(self._from_acceptor, port, ACCEPTOR))
        self._write(SOURCE, 2, np.where(self._from_acceptor, ACCEPTOR, port))
        self.advance(0)

    def advance(self, images: int) -> None:
        """Go on from where so many images ended."""
        rows = slice(self.first, None)
        own = np.where(self._from_acceptor, *self._steps)[rows] * images
        other = np.where(self._from_acceptor, *self._steps[::-1])[rows] * images
        self._write(SEQUENCE, 4, self._numbers[0][rows] + own, rows)
        self._write(ACKNOWLEDGEMENT, 4, self._numbers[1][rows] + other, rows)


class Sender:
    """Sends frames at a steady rate."""

    def __init__(self, frames: Frames, out: socket.socket, rate: int) -> None:
        self._frames, self._out, self._rate = frames, out, rate
        self._library = ctypes.CDLL(None, use_errno=True)
        self.sent = 0
        self.start = time.monotonic()

    def send(self, at: int, stop: int) -> None:
        while at < stop:
            ahead = self.start + self.sent / self._rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            first = ctypes.byref(self._frames.messages[at])
            done = self._library.sendmmsg(self._out.fileno(), first, min(BURST, stop - at), 0)
            if done < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            at += done
            self.sent += done


def main() -> None:
    """Print the number of frames, how long it took, and when each image's response left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("interface")
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--images", type=int, required=True, help="of an association; 0: no end")
    options = parser.parse_args()
    frames = Frames(options.path)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, ETH_P_ALL) as out:
        out.bind((options.interface, ETH_P_ALL))
        sender = Sender(frames, out, options.rate)
        ends: list[float] = []
        associations = 0
        for port in PORTS:
            frames.leave_from(port)
            associations += 1
            sender.send(0, frames.first)
            images = 0
            while True:
                frames.advance(images)
                sender.send(frames.first, frames.behind)
                ends.append(time.monotonic())
                images += 1
                over = ends[-1] - sender.start >= options.seconds
                if over or images == options.images:
                    break
            frames.advance(images - 1)
            sender.send(frames.behind, frames.count)
            if over:
                break
    seconds = time.monotonic() - sender.start
    print(json.dumps({"sent": sender.sent, "seconds": seconds, "ends": ends, "associations": associations}))


if __name__ == "__main__":
    main()
