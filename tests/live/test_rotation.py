"""Files that others write: cut, written anew, renamed, files of a ring."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.feeds import offline_objects
from tests.live.images import image
from tests.live.network import PORT, RIGHT, Wire
from tests.live.running import ROOT, Running, wait_for
from tests.peers import require

CAPTURES = ROOT / "captures"
PRINT, FIND = (CAPTURES / name for name in ("print.pcap", "find.pcap"))


def middle(data: bytes) -> int:
    """Where a record begins, about in the middle of a pcap file."""
    at = 24
    while at < len(data) // 2:
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    return at


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[tuple[Path, Running]]:
    """A file with the first half of a print session, being followed."""
    path = tmp_path / "day.pcap"
    data = PRINT.read_bytes()
    path.write_bytes(data[: middle(data)])
    with Running(tmp_path, "list", "--follow", "--format", "ndjson", "--progress-messages", path) as command:
        command.wait_for_lines(8)
        yield path, command


def whole(path: Path) -> str:
    (line,) = offline_objects(PRINT)
    return line.replace(str(PRINT), str(path))


def test_a_writer_that_keeps_its_place_in_a_file_that_is_cut(follow: tuple[Path, Running]) -> None:
    path, command = follow
    data = PRINT.read_bytes()
    with path.open("r+b") as out:
        out.truncate(0)
        out.seek(middle(data))
        out.write(data[middle(data) :])
    wait_for("the association", lambda: "released" in command.out)
    assert command.interrupt() == 0
    assert command.lines[-1] + "\n" == whole(path)


def test_a_writer_that_appends_to_a_file_that_is_cut(follow: tuple[Path, Running]) -> None:
    path, command = follow
    data = PRINT.read_bytes()
    os.truncate(path, 0)
    with path.open("ab") as out:
        out.write(data[middle(data) :])
    wait_for("the association", lambda: "released" in command.out)
    assert command.interrupt() == 0
    assert command.lines[-1] + "\n" == whole(path)
    assert "day.pcap: warning: The file was cut while it was read" in command.err


def test_a_file_that_is_written_anew(follow: tuple[Path, Running]) -> None:
    path, command = follow
    os.truncate(path, 0)
    path.write_bytes(FIND.read_bytes())
    wait_for("the other capture", lambda: "C-FIND" in command.out)
    assert "day.pcap: warning: The file was written anew while it was read" in command.err
    assert command.interrupt() == 0
    assert len(command.err.splitlines()) == 1


def test_a_file_that_is_written_anew_between_two_looks(tmp_path: Path) -> None:
    from dissect.wire.records import CaptureFile

    path = tmp_path / "day.pcap"
    path.write_bytes(FIND.read_bytes()[:500])
    with CaptureFile(path, growing=True) as file:
        first = len(file.batch())
        path.write_bytes(PRINT.read_bytes())
        assert not len(file.batch())
        assert file.overwritten
        assert first
        assert file.read(0, 1000) == FIND.read_bytes()[:500]


def test_a_ring_that_tcpdump_writes_again_and_again(tmp_path: Path) -> None:
    require("tcpdump")
    with Wire() as wire, wire.right.archive():
        ring = tmp_path / "ring.pcap"
        options = ("-i", wire.interface, "-U", "-Z", "root", "-C", "1", "-W", "3", "-w", str(ring))
        with wire.left.background("tcpdump", *options):
            first = Path(f"{ring}0")
            wait_for("tcpdump", first.exists)
            with Running(tmp_path, "list", "--follow", first) as command:
                for number in range(1, 9):
                    wire.left.run("storescu", RIGHT, str(PORT), image(tmp_path))
                    command.wait_for_lines(1 + 3 * number)
                assert command.interrupt() == 0
    assert command.out.count(" C-STORE ") == command.out.count("Success") == 8
    assert sorted(path.name for path in tmp_path.glob("ring*")) == ["ring.pcap0", "ring.pcap1", "ring.pcap2"]
