"""No capture raises, hangs or loses what comes after the damage: shipped captures, broken in many ways."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

import dissect
from dissect.capture import Capture
from dissect.pieces import Span
from dissect.wire.records import CaptureError

CAPTURES = sorted(
    path
    for path in (Path(__file__).parent.parent / "captures").iterdir()
    if path.suffix in (".pcap", ".pcapng") and path.stat().st_size < 40_000
)


def broken(data: bytes, random_: random.Random) -> bytes:
    """`data` with some bytes changed, cut out, put in or cut off."""
    result = bytearray(data)
    for _ in range(random_.choice([1, 3, 10, 60])):
        at, how = random_.randrange(24, max(len(result), 25)), random_.random()
        if how < 0.6:
            result[at : at + 1] = bytes([random_.choice([0, 1, 255, random_.randrange(256)])])
        elif how < 0.75:
            del result[at : at + random_.choice([1, 7, 100, 1000])]
        elif how < 0.9:
            result[at:at] = random_.randbytes(random_.choice([1, 8, 300]))
        else:
            del result[at:]
    return bytes(result)


def look_at_everything(capture: Capture) -> None:
    for association in capture.associations:
        assert association.findings is not None
        assert association.negotiation is not None
        for side, pdu in association.pdus():
            if association.readings is not None:
                pieces = association.framers[side].direction.pieces
                span = Span(pieces, pdu.start, pdu.stop - pdu.start)
                association.readings.pdu_tree(span, show_secrets=False)
        for message in association.messages[:20]:
            assert sum(1 for _ in message.tree().walk()) > 0
            message.dataset()
        for exchange in association.exchanges:
            assert exchange.first.frame >= 1
            assert exchange.duration is None or exchange.status is not None or exchange.responses


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_damaged_capture_is_read_to_its_end(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for seed in range(12):
        damaged = tmp_path / f"{seed}{path.suffix}"
        damaged.write_bytes(broken(data, random.Random(seed)))
        with suppress(CaptureError):  # it may be no capture any more
            look_at_everything(dissect.open(damaged))


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.9])
def test_a_capture_cut_anywhere_is_read_to_its_end(share: float, tmp_path: Path) -> None:
    for path in CAPTURES:
        data = path.read_bytes()
        cut = tmp_path / path.name
        cut.write_bytes(data[: max(int(len(data) * share), 24)])
        with suppress(CaptureError):
            look_at_everything(dissect.open(cut))
