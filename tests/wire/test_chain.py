from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from dissect.wire import chain
from tests.craft import pcap
from tests.wire.files import interface, packet, read, section

SECOND = 1_000_000_000


def sizes(kind: str) -> list[int]:
    """Lengths of 9,000 records."""
    choose = random.Random(kind)
    if kind == "of two kinds":
        return choose.choices((1514, 66), (2, 1), k=9_000)
    if kind == "first small, then big":
        return [60 + n % 7 for n in range(6_000)] + [1400 + n % 90 for n in range(3_000)]
    if kind == "some far longer than a window":
        return [choose.choice((66, 1514, 30_000)) if n % 50 == 0 else 66 + n % 3 for n in range(9_000)]
    return [choose.randrange(40, 1500) for _ in range(9_000)]


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("limit", [65536, 7000])
@pytest.mark.parametrize(
    "kind", ["of two kinds", "first small, then big", "some far longer than a window", "of any length"]
)
def test_following_abreast_finds_what_one_step_at_a_time_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, form: str, limit: int
) -> None:
    """Also where packets hold what looks like records, as a copied capture does."""
    decoy = (
        b"".join(struct.pack("<IIII", 5, 9, 20, 20) + bytes(20) for _ in range(6)) + packet(5, bytes(24)) * 4
    )
    frames = [
        (SECOND * (n // 1000), (struct.pack("<I", n) + (decoy if n % 3 else b"")).ljust(size, b".")[:size])
        for n, size in enumerate(sizes(kind))
    ]
    path = pcap(tmp_path / "a", frames)
    if form == "pcapng":
        blocks = (packet(time // 1000, data) for time, data in frames)
        path.write_bytes(section() + interface() + b"".join(blocks))
    found = read(path, limit)
    assert [record.data for record in found] == [data for _, data in frames]
    monkeypatch.setattr(chain, "WORTH", 1 << 60)
    assert found == read(path, limit)


def test_following_abreast_is_what_is_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    real = chain._abreast

    def spy(*given: object) -> object:
        taken.append(real(*given))  # type: ignore[arg-type]
        return taken[-1]

    monkeypatch.setattr(chain, "_abreast", spy)
    frames = [(SECOND, bytes(size)) for size in sizes("of any length")]
    read(pcap(tmp_path / "a.pcap", frames))
    assert sum(len(positions) for positions, _ in taken) > 6_000
