"""Lists of layers are bounded: a hole in a long PDU reads as millions of empty items."""

from __future__ import annotations

from dissect.layers import Pdu
from dissect.layers.base import MOST


def test_millions_of_empty_pdvs_are_not_taken_one_by_one() -> None:
    data = b"\x04\0" + (4_000_000).to_bytes(4, "big") + bytes(4_000_000)
    layer = Pdu(data)
    assert len(layer.items) == MOST
    assert bytes(layer) == data
