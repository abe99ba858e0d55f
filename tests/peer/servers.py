"""Real acceptors on free ports: DCMTK's programs, Orthanc, pynetdicom."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, AllStoragePresentationContexts

from tests.peer.scripted import free
from tests.peers import require

LIMIT = 30.0
DCMQRSCP = """\
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 4
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {database} RW (100, 100mb) ANY
AETable END
"""
ORTHANC = {
    "DicomAet": "ORTHANC", "HttpServerEnabled": False, "DicomAlwaysAllowFind": True,
    "DicomAlwaysAllowStore": True, "Plugins": [], "SyncStorageArea": False,
}  # fmt: skip


class Server:
    """A program that listens at `port`, and what it says."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text("latin-1")


@contextmanager
def program(name: str, arguments: Sequence[str], port: int, folder: Path) -> Iterator[Server]:
    """A program of the system, from when it listens."""
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [require(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        deadline = time.monotonic() + LIMIT
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{name} does not listen: {log.read_text('latin-1')[-500:]}")
            time.sleep(0.02)
        yield Server(port, log)
    finally:
        process.terminate()
        process.wait(LIMIT)


def _listens(port: int) -> bool:
    """Whether something listens, learnt without connecting: that would be an association that failed."""
    tables = (Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6"))
    rows = (line.split() for table in tables for line in table.splitlines()[1:])
    return any(row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port for row in rows)


@contextmanager
def storescp(folder: Path, *options: str) -> Iterator[Server]:
    port = free().port
    with program("storescp", ["-d", "+xa", *options, str(port)], port, folder) as server:
        yield server


@contextmanager
def dcmqrscp(folder: Path) -> Iterator[Server]:
    port = free().port
    database = folder / "database"
    database.mkdir()
    settings = folder / "dcmqrscp.cfg"
    settings.write_text(DCMQRSCP.format(port=port, database=database))
    with program("dcmqrscp", ["-d", "-c", str(settings)], port, folder) as server:
        yield server


@contextmanager
def orthanc(folder: Path, **settings: object) -> Iterator[Server]:
    port = free().port
    settings = {
        **ORTHANC,
        "DicomPort": port,
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        **settings,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(settings))
    with program("Orthanc", ["--verbose", str(path)], port, folder) as server:
        yield server


@contextmanager
def pynetdicom(*handlers: tuple[Any, Any], contexts: Sequence[str] = ()) -> Iterator[str]:
    """HOST:PORT of an AE that takes storage, and what else it is told to."""
    entity = AE(ae_title="PYNETDICOM")
    entity.supported_contexts = AllStoragePresentationContexts
    for context in contexts:
        entity.add_supported_context(context)
    for each in entity.supported_contexts:
        each.scu_role = each.scp_role = True  # where the requestor offers to be SCP, as for a C-GET
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=list(handlers))
    assert server is not None
    assert server.socket is not None
    try:
        yield f"127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()
        entity.shutdown()
