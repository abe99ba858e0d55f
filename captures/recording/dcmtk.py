"""DCMTK's tools as peers, with the debug logs that tell what they did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .dcmtk_log import data_set_of
from .processes import Process
from .stage import PORT, Stage
from .truth import Association


def hold_stored(associations: list[Association], directory: Path) -> None:
    """Give each C-STORE-RQ the bytes of the file that was named after its instance."""
    for association in associations:
        for message in association.messages:
            if message.command == "C-STORE-RQ":
                (path,) = directory.glob(f"*{message.sop_instance_uid}")
                message.hold(data_set_of(path))


class StoreSCP:
    """A storescp and what it stored: data sets exactly as they came in."""

    def __init__(self, process: Process, directory: Path) -> None:
        self.process = process
        self._directory = directory

    def fill_in(self, associations: list[Association]) -> None:
        hold_stored(associations, self._directory)


@contextmanager
def storescp(stage: Stage, *options: str, port: int = PORT) -> Iterator[StoreSCP]:
    """A Storage SCP that keeps every data set as received."""
    directory = stage.directory(f"received-{port}")
    keep = ("--bit-preserving", "-od", str(directory))
    with stage.server("storescp", "-d", *keep, *options, str(port), port=port) as process:
        yield StoreSCP(process, directory)


def scu(
    stage: Stage,
    program: str,
    *options: str,
    files: tuple[Path, ...] = (),
    host: str = "127.0.0.1",
    port: int = PORT,
) -> str:
    """Run an SCU to its end; its debug log."""
    process = stage.start(program, "-d", *options, host, str(port), *map(str, files))
    try:
        process.finish()
    finally:
        process.stop()
    return process.log
