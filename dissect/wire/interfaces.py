"""Interfaces of a pcapng section, and what they say of packets: link type, snap length, unit of time."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dissect.wire.gather import Positions


@dataclass(slots=True)
class Interface:
    """An Interface Description Block, as far as packets need it."""

    position: int
    link: int
    snaplen: int
    resolution: int
    """if_tsresol: units a second are 10 ** it, or 2 ** (it - 128) from 128 on."""
    shift: int
    """if_tsoffset, seconds."""


UNDECLARED = Interface(-1, -1, 0, 6, 0)


class Interfaces:
    """The interfaces of a section, by number."""

    def __init__(self, order: str) -> None:
        """`order` is that of the section's bytes, as `struct` writes it."""
        self._order = order
        self.known: list[Interface] = []

    def add(self, position: int, block: bytes) -> None:
        """Take the Interface Description Block at `position` in; one without content counts too."""
        found = Interface(position, -1, 0, 6, 0)
        self.known.append(found)
        if len(block) < 20:
            return
        order = self._order
        found.link, found.snaplen = struct.unpack_from(order + "H2xI", block, 8)
        at = 16
        while at + 8 <= len(block):
            code, length = struct.unpack_from(order + "HH", block, at)
            value = block[at + 4 : at + 4 + length]
            if code == 0:
                break
            if code == 9 and value:
                found.resolution = value[0]
            elif code == 14 and len(value) == 8:
                (found.shift,) = struct.unpack(order + "q", value)
            at += 4 + (length + 3) // 4 * 4

    def named(self, rows: Positions, numbers: Positions) -> Positions:
        """The `numbers` that the packets at `rows` name, -1 where no block before them declares it."""
        numbers = np.where(numbers < len(self.known), numbers, -1)
        positions = np.array([one.position for one in (*self.known, UNDECLARED)])
        return np.where(positions[numbers] < rows, numbers, -1)

    def snaplens(self, numbers: Positions) -> Positions:
        """How much of each packet is kept, by its interface; without limit, more than any packet has."""
        return np.array([one.snaplen or 0xFFFFFFFF for one in (*self.known, UNDECLARED)])[numbers]

    def links(self, numbers: Positions) -> npt.NDArray[np.int32]:
        """The link types."""
        return np.array([one.link for one in (*self.known, UNDECLARED)], np.int32)[numbers]

    def times(self, numbers: Positions, stamps: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Nanoseconds since the epoch."""
        every = (*self.known, UNDECLARED)
        units = np.array([one.resolution for one in every])[numbers]
        shifts = np.array([_wrapped(one.shift * 1_000_000_000) for one in every])[numbers]
        time: npt.NDArray[np.int64] = _nanoseconds(stamps, units).astype(np.int64) + shifts
        return time


def _wrapped(value: int) -> int:
    """`value` as 64 bits hold it: what a damaged file says must not raise."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _nanoseconds(stamp: npt.NDArray[np.uint64], units: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Time stamps of the given resolutions (if_tsresol) in nanoseconds."""
    multiply = np.array([10 ** max(9 - power, 0) for power in range(128)], np.uint64)
    divide = np.array([10 ** min(max(power - 9, 0), 19) for power in range(128)], np.uint64)
    time: npt.NDArray[np.uint64] = stamp * multiply[units & 0x7F]
    if (units > 9).any():
        time = time // divide[units & 0x7F]
    binary = units >= 128
    if binary.any():
        bits = (units[binary] - 128).astype(np.uint64)
        value = stamp[binary]
        whole = value >> bits
        part = value - (whole << bits)
        kept = np.minimum(bits, np.uint64(30))  # 30 bits are a nanosecond
        part = part >> (bits - kept)
        time[binary] = whole * np.uint64(1_000_000_000) + (part * np.uint64(1_000_000_000) >> kept)
    return time
