"""Where tshark reads a shipped capture rightly, it finds the PDUs and commands that we find."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import dissect
from tests.peers import tshark_fields

CAPTURES = Path(__file__).parent.parent / "captures"
WRONG_THERE = {
    "abort-provider": "an unknown PDU type is passed over without a word",
    "lossy": "segments out of order are not put in order by default",
    "lossy-monitor": "after a lost segment the rest of the connection is not read",
    "mid-find": "a capture that begins in the middle of a PDU is not read",
    "mid-store": "a capture that begins in the middle of a PDU is not read",
    "snaplen": "what the snap length cut is not passed over",
    "snaplen-96": "what the snap length cut is not passed over",
    "tls": "encrypted for both",
    "tls-keys": "read there with the keys, not here",
}
PLAIN = sorted(
    path
    for path in CAPTURES.iterdir()
    if path.name.endswith((".pcap", ".pcapng")) and path.stem not in WRONG_THERE and "ring" not in path.stem
)


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_tshark_counts_the_same_pdus(path: Path) -> None:
    theirs: Counter[int] = Counter()
    for row in tshark_fields(path, ["dicom.pdu.type"]):
        theirs.update(int(kind, 0) for kind in row[0].split(";") if kind)
    ours = Counter(
        pdu.kind for association in dissect.open(path).associations for _, pdu in association.pdus()
    )
    assert ours == theirs
