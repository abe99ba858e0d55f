"""Archives as peers: Orthanc and DCMTK's dcmqrscp, filled before the capture starts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .processes import Process, run_tool
from .stage import PORT, Stage

DESTINATION = 11113  # where a third application entity listens

ORTHANC = {
    "Name": "Example",
    "DicomAet": "ORTHANC",
    "DicomPort": PORT,
    "HttpServerEnabled": False,
    "DicomAlwaysAllowFind": True,
    "DicomAlwaysAllowGet": True,
    "DicomAlwaysAllowMove": True,
    "DicomModalities": {
        "third": ["THIRD", "127.0.0.1", DESTINATION],
        "sender": ["SENDER", "127.0.0.1", DESTINATION],
    },
    "Plugins": [],
    "SyncStorageArea": False,
}

DCMQRSCP = """\
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 4
HostTable BEGIN
third = (THIRD, 127.0.0.1, {destination})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {database} RW (100, 100mb) ANY
AETable END
"""


@contextmanager
def orthanc(stage: Stage, *files: Path, **settings: object) -> Iterator[Process]:
    """Orthanc without its web server, holding the objects given."""
    storage = str(stage.directory("orthanc"))
    configuration = {
        **ORTHANC, "StorageDirectory": storage, "IndexDirectory": storage, **settings
    }  # fmt: skip
    path = stage.write("orthanc.json", json.dumps(configuration))
    with stage.server("Orthanc", "--verbose", str(path)) as process:
        if files:
            run_tool("storescu", "127.0.0.1", str(PORT), *map(str, files))
        yield process


@contextmanager
def dcmqrscp(stage: Stage, *files: Path) -> Iterator[Process]:
    """DCMTK's archive. One process: what it logs comes in order."""
    database = stage.directory("database")
    run_tool("dcmqridx", str(database), *map(str, files))
    text = DCMQRSCP.format(port=PORT, destination=DESTINATION, database=database)
    path = stage.write("dcmqrscp.cfg", text)
    with stage.server("dcmqrscp", "-d", "--single-process", "-c", str(path)) as process:
        yield process
