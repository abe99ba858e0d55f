"""What real peers say, seen live: DCMTK's archive, Orthanc, and a wire that loses and reorders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from captures.recording import link
from tests.live.images import image
from tests.live.network import LEFT, PORT, RIGHT, Wire, live, offline, require_root
from tests.live.running import ROOT, Running, wait_for
from tests.peers import require, tshark

DESTINATION = 11113
"""Where the third application entity listens, on the left host."""
IMAGES = 3

DCMQRSCP = """\
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 4
HostTable BEGIN
third = (THIRD, {left}, {destination})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {database} RW (100, 100mb) ANY
AETable END
"""


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@contextmanager
def dcmqrscp(wire: Wire, folder: Path) -> Iterator[None]:
    database = folder / "archive"
    database.mkdir()
    settings = folder / "dcmqrscp.cfg"
    settings.write_text(DCMQRSCP.format(port=PORT, left=LEFT, destination=DESTINATION, database=database))
    with wire.right.background("dcmqrscp", "-c", settings, port=PORT):
        yield


@contextmanager
def orthanc(wire: Wire, folder: Path) -> Iterator[None]:
    settings = folder / "orthanc.json"
    settings.write_text(
        json.dumps({
            "Name": "Example", "DicomAet": "ARCHIVE", "DicomPort": PORT, "HttpServerEnabled": False,
            "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, "DicomAlwaysAllowMove": True,
            "DicomModalities": {"third": ["THIRD", LEFT, DESTINATION]}, "Plugins": [],
            "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"),
        })
    )  # fmt: skip
    with wire.right.background("Orthanc", settings, port=PORT):
        yield


@pytest.mark.parametrize("archive", [dcmqrscp, orthanc], ids=lambda archive: archive.__name__)
def test_echo_store_find_and_move_to_a_third_entity(wire: Wire, tmp_path: Path, archive: object) -> None:
    for program in ("echoscu", "storescu", "findscu", "movescu", "storescp"):
        require(program)
    files = [image(tmp_path, number) for number in range(1, IMAGES + 1)]
    spool, taken = tmp_path / "spool.pcapng", tmp_path / "taken"
    taken.mkdir()
    query = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.826.0.1.3680043.10.999.2")
    left = wire.left
    assert callable(archive)
    with (
        archive(wire, tmp_path),
        left.background("storescp", "-aet", "THIRD", "-od", taken, str(DESTINATION), port=DESTINATION),
        live(wire, tmp_path, "--write", spool, "--format", "ndjson") as command,
    ):
        left.run("echoscu", "-aec", "ARCHIVE", RIGHT, str(PORT))
        left.run("storescu", "-aec", "ARCHIVE", RIGHT, str(PORT), *files)
        left.run("findscu", "-aec", "ARCHIVE", *query, RIGHT, str(PORT))
        left.run("movescu", "-aec", "ARCHIVE", "-aem", "THIRD", *query, RIGHT, str(PORT))
        wait_for("the sub-operations", lambda: command.out.count("C-STORE-RSP") == 2 * IMAGES)
        wait_for("the move", lambda: "C-MOVE-RSP" in command.out)
        assert command.interrupt() == 0
    assert sorted(command.lines) == sorted(offline(spool, wire.interface).splitlines())
    associations = [json.loads(line) for line in command.lines]
    said = Counter(each["command"] for one in associations for each in one["messages"])
    assert said["C-STORE-RQ"] == said["C-STORE-RSP"] == 2 * IMAGES
    assert said["C-ECHO-RSP"] == said["C-MOVE-RQ"] == said["C-FIND-RQ"] == 1
    assert {one["outcome"] for one in associations} == {"released"}
    (moved,) = [one for one in associations if one["called_ae"] == "THIRD"]
    assert moved["requestor"]["address"] == RIGHT
    assert len(list(taken.iterdir())) == IMAGES


def test_a_wire_that_loses_repeats_and_reorders(tmp_path: Path) -> None:
    require_root()
    trouble = link.Trouble(
        lost_before_monitor=0.02, lost_after_monitor=0.02, repeated=0.02, overtaken=0.05, seed=5
    )
    spool, path = tmp_path / "spool.pcapng", image(tmp_path)
    with link.Link(tmp_path / "monitor.pcap", trouble) as wire:
        left, right = (
            [require("nsenter"), f"--net=/proc/{os.getpid()}/fd/{host._namespace}", "--"]
            for host in wire.hosts
        )

        def sent(program: str, *files: Path) -> bool:
            command = [*left, require(program), link.RIGHT, str(PORT), *map(str, files)]
            return subprocess.run(command, check=False, capture_output=True).returncode == 0

        archive = [*right, sys.executable, "-m", "tests.live.archive", str(PORT)]
        with subprocess.Popen(
            archive, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as peer:
            try:
                wait_for("the archive", lambda: sent("echoscu"))
                arguments = ("live", "-i", "wire", "--write", spool, "--format", "ndjson")
                with Running(tmp_path, *arguments, within=left) as command:
                    command.wait_for_error("listening on")
                    for number in range(1, 5):
                        assert sent("storescu", path)
                        command.wait_for_lines(number)
                    assert command.interrupt() == 0
            finally:
                peer.kill()
    assert command.out == offline(spool, "wire")
    for line in command.lines:
        association = json.loads(line)
        assert [each["command"] for each in association["messages"]] == ["C-STORE-RQ", "C-STORE-RSP"]
        assert association["messages"][0]["data_set"]["complete"]
    repeated = tshark(spool, "-Y", "tcp.analysis.retransmission or tcp.analysis.out_of_order")
    assert repeated, "the wire was too good"
