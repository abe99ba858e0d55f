from __future__ import annotations

from pathlib import Path

import pytest

from dissect.wire.records import CaptureFile
from tests.craft import pcap
from tests.wire.files import Record, interface, packet, read, rows, section

FRAMES = [(n * 1_000_000_000, bytes([n]) * (40 + n * 13 % 90)) for n in range(1, 30)]


@pytest.fixture(params=["pcap", "pcapng"])
def content(request: pytest.FixtureRequest, tmp_path: Path) -> bytes:
    if request.param == "pcap":
        return pcap(tmp_path / "whole", FRAMES).read_bytes()
    packets = [packet(time // 1000, data) for time, data in FRAMES]
    more = [packet(time // 1000, data, ">") for time, data in FRAMES[:3]]
    return b"".join([section(), interface(), *packets, section(">"), interface(1, ">"), *more])


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_a_growing_file_gives_each_record_once_it_is_whole(tmp_path: Path, content: bytes, step: int) -> None:
    whole = tmp_path / "final"
    whole.write_bytes(content)
    expected = read(whole)
    path = tmp_path / "growing"
    path.write_bytes(content[:4])
    found: list[Record] = []
    with CaptureFile(path) as file, path.open("ab") as out:
        for at in range(4, len(content), step):
            out.write(content[at : at + step])
            out.flush()
            while rest := rows(file, file.batch(5)):
                found += rest
            size = min(at + step, len(content))
            ends = [len(file.read(0, size)) for _ in found]
            assert len(ends) == len(found)
        assert not file.finish()
        assert file.findings == []
    assert found == expected


def test_a_record_appears_as_soon_as_its_last_byte_is_written(tmp_path: Path) -> None:
    data = pcap(tmp_path / "whole", FRAMES[:2]).read_bytes()
    path = tmp_path / "growing"
    path.write_bytes(data[:-1])
    with CaptureFile(path) as file:
        assert [len(file.batch()) for _ in range(3)] == [1, 0, 0]
        with path.open("ab") as out:
            out.write(data[-1:])
        assert [len(file.batch()) for _ in range(2)] == [1, 0]
        assert not file.finish()


def test_damage_in_a_growing_file_waits_for_the_records_behind_it(tmp_path: Path) -> None:
    data = pcap(tmp_path / "whole", FRAMES).read_bytes()
    at = 24 + sum(16 + len(frame) for _, frame in FRAMES[:10])
    broken = data[:at] + b"\xee" * 16 + data[at + 16 :]
    path = tmp_path / "growing"
    path.write_bytes(broken[:24])
    found: list[bytes] = []
    with CaptureFile(path) as file, path.open("ab") as out:
        for place in range(24, len(broken), 11):
            out.write(broken[place : place + 11])
            out.flush()
            found += [row.data for row in rows(file, file.batch())]
        while file.finish():
            found += [row.data for row in rows(file, file.batch())]
        assert [finding.rule for finding in file.findings] == ["capture-damaged"]
    assert found == [frame for n, (_, frame) in enumerate(FRAMES) if n != 10]


def test_what_was_read_stays_readable_when_the_file_has_grown(tmp_path: Path) -> None:
    data = pcap(tmp_path / "whole", FRAMES).read_bytes()
    path = tmp_path / "growing"
    path.write_bytes(data[:500])
    with CaptureFile(path) as file:
        early, array = file.batch(), file.array
        path.write_bytes(data)
        file.batch()
        assert len(file.array) > len(array)
        assert array[: int(early.offset[0])].tobytes() == file.read(0, int(early.offset[0]))
