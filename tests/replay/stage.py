"""`pduscope replay` in this process, and peers for it that are no acceptors of `tests.peer.servers`."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

import dissect
from dissect.cli import group
from dissect.dicom.associations import Association
from dissect.terminal import run
from tests.peer.scripted import free
from tests.peer.servers import Server, program
from tests.peers import require

CAPTURES = Path(__file__).parents[2] / "captures"
PRINTER = """\
[[GENERAL]]
[APPLICATION]
LogDirectory = log
[PRINT]
Directory = spool
[DATABASE]
Directory = database
[NETWORK]
aetitle = DCMPSTATE
[[COMMUNICATION]]
[IHEFULL]
Aetitle = IHEFULL
Description = Example printer
Hostname = 127.0.0.1
Port = {port}
Type = LOCALPRINTER
DisplayFormat = 1,1\\1,2\\2,2
FilmSizeID = 8INX10IN
MagnificationType = REPLICATE
MaxPDU = 32768
MediumType = PAPER\\BLUE FILM
PresentationLUTMatchRequired = false
ResolutionID = STANDARD\\HIGH
Supports12Bit = true
SupportsPresentationLUT = true
"""


class Told:
    """What `pduscope replay --format ndjson` says."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status = status
        self.error = error
        self.report: dict[str, Any] = json.loads(out) if out else {}

    @property
    def statuses(self) -> list[int | None]:
        """Of the live exchanges."""
        found = [exchange["live"] for exchange in self.report["exchanges"]]
        return [each["status"]["code"] if each and each["status"] else None for each in found]


def replay(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Told:
    status = run(group, ["replay", *map(str, arguments), "--format", "ndjson"])
    return Told(status, *capsys.readouterr())


@contextmanager
def as_acceptor(
    capsys: pytest.CaptureFixture[str], capture: Path, *arguments: str
) -> Iterator[tuple[int, Told]]:
    """A replay that waits for a requestor: its port, and what it says, to be read when the body is over."""
    told = Told(-1, "", "")
    options = ["--as-acceptor", "--listen", "127.0.0.1:0", "--wait", "20", *arguments]

    def play() -> None:
        told.status = run(group, ["replay", str(capture), *options, "--format", "ndjson"])

    thread = threading.Thread(target=play)
    thread.start()
    try:
        while not (found := re.search(r"listening at 127\.0\.0\.1:(\d+)", told.error)):
            assert thread.is_alive(), told.error
            told.error += capsys.readouterr().err
            time.sleep(0.01)
        yield int(found[1]), told
    finally:
        thread.join(30)
        out, error = capsys.readouterr()
        told.error += error
        told.report = json.loads(out) if out else {}


def recorded(name: str) -> Association:
    return dissect.open(CAPTURES / name).associations[0]


def ask(name: str, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a requestor to its end."""
    command = [require(name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=cwd, timeout=60)


def configured(folder: Path, port: int) -> tuple[str, ...]:
    """The options of DCMTK's print programs for the printer at a port."""
    for name in ("database", "spool", "log"):
        (folder / name).mkdir()
    path = folder / "print.cfg"
    path.write_text(PRINTER.format(port=port))
    return "-c", str(path), "-p", "IHEFULL"


@contextmanager
def dcmprscp(folder: Path) -> Iterator[Server]:
    """DCMTK's print server, which keeps what it prints under `database`."""
    port = free().port
    with program("dcmprscp", ["-d", *configured(folder, port)], port, folder) as server:
        yield server


def image_boxes(association: Association) -> list[Dataset]:
    """The images that a print session sends to its printer."""
    sent = [message.dataset() for message in association.messages if message.command == "N-SET-RQ"]
    return [found.BasicGrayscaleImageSequence[0] for found in sent if found is not None]


def files(association: Association, folder: Path) -> list[Path]:
    """The objects of the C-STORE requests of a recording, as files."""
    made = []
    for message in association.messages:
        found = message.dataset() if message.command == "C-STORE-RQ" else None
        context = association.context(message.context_id)
        if found is not None and context is not None:
            path = folder / f"{message.index}.dcm"
            saved(found, path, context.transfer_syntax or "")
            made.append(path)
    return made


def saved(found: Dataset, path: Path, syntax: str) -> Path:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = found.SOPClassUID
    meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    made = FileDataset(str(path), found, file_meta=meta, preamble=bytes(128))
    made.save_as(path, enforce_file_format=True)
    return path
