"""Many short P-DATA-TF PDUs at once, where PDUs begin and end as segments do.

So do peers that send small messages: twenty thousand C-FIND responses take as many PDUs twice. Their headers
are gathered in numpy, and those that lead to one another are taken together; whatever is out of the ordinary
is left to the Framer, which looks at each PDU.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dissect.dicom.recognition import P_DATA_TF
from dissect.pieces import HOLE
from dissect.wire.direction import Column, Direction
from dissect.wire.source import CaptureSource

FEW = 16
"""Segments below which a look at each PDU is as fast."""
MANY = 4096
"""Segments looked at together."""
SHORT = 4096
"""Bytes of segments that lie between two headers: where PDUs are longer, there is nothing to win."""

HEADERS = np.dtype(
    [
        ("kind", "u1"),
        ("reserved", "u1"),
        ("length", ">u4"),
        ("size", ">u4"),
        ("context_id", "u1"),
        ("control", "u1"),
    ]
)
"""The header of a P-DATA-TF and of its first PDV (PS3.8 Tables 9-22 and 9-23)."""


class Burst(NamedTuple):
    """P-DATA-TF PDUs that follow one another, each with a single PDV; columns of equal length."""

    starts: Column
    sources: Column
    """Capture positions of their first bytes; HOLE where the rest of the PDU does not lie behind it."""
    lengths: Column
    context_ids: Column
    controls: Column
    first_records: Column
    records: Column


def burst(direction: Direction, source: CaptureSource, at: int) -> Burst | None:
    """The PDUs from position `at` on that can be taken together; None where too few can."""
    pieces = direction.pieces
    first = pieces.number(at)
    if pieces.count - first <= FEW or pieces.start(first) != at:
        return None
    starts, sources = pieces.columns(first, first + MANY)
    stop = pieces.start(first + len(starts))
    if stop - at > len(starts) * SHORT:
        return None
    heads = source.gather(sources, HEADERS)
    if heads is None:
        return None
    lengths = heads["length"].astype(np.int64)
    borders = np.append(starts, stop)
    stops = starts + 6 + lengths
    following = np.searchsorted(borders, stops)
    inside = stops <= stop
    good = (heads["kind"] == P_DATA_TF) & (heads["size"].astype(np.int64) + 4 == lengths) & (lengths >= 6)
    good &= inside & (borders[np.where(inside, following, 0)] == stops)
    good &= np.diff(borders) >= HEADERS.itemsize
    order = _chain(good, following)
    if len(order) <= FEW:
        return None
    records = np.array(direction.records[first : first + len(starts)], dtype=np.int64)
    taken = heads[order]
    whole = following[order] == order + 1
    return Burst(
        starts[order],
        np.where(whole, sources[order], HOLE),
        lengths[order],
        taken["context_id"],
        taken["control"],
        records[order],
        np.maximum.accumulate(records[following[order] - 1]),
    )


def _chain(good: Column, following: Column) -> Column:
    """The rows that are reached from the first by `following`, as long as they are `good`."""
    count = len(good)
    straight = good & (following == np.arange(1, count + 1))
    run = count if straight.all() else int(straight.argmin())
    if run == count or not good[run]:
        return np.arange(run)
    order = list(range(run))
    fine, leads = good.tolist(), following.tolist()
    row = run
    while row < count and fine[row]:
        order.append(row)
        row = leads[row]
    return np.array(order, dtype=np.int64)
