"""dcmjs-dimse, a JavaScript implementation, as a peer. What it does, others record."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .processes import MissingToolError, Process, find_program
from .stage import PORT, Stage

PEER = str(Path(__file__).with_name("dcmjs_peer.js"))


def dcmjs_version() -> str:
    asked = subprocess.run(
        [find_program("node"), "-p", "require('dcmjs-dimse/package.json').version"],
        capture_output=True,
        text=True,
        cwd=Path(PEER).parent,
    )
    if asked.returncode != 0:
        raise MissingToolError("dcmjs-dimse is not installed: npm install dcmjs-dimse, or NODE_PATH")
    return asked.stdout.strip()


def scu(stage: Stage, called: str, wishes: Sequence[Sequence[object]]) -> None:
    """One association in which dcmjs-dimse makes the requests wished for."""
    dcmjs_version()
    command = ("node", PEER, "scu", str(PORT), "DCMJS", called, json.dumps(wishes))
    process = stage.start(*command)
    try:
        process.finish()
    finally:
        process.stop()


@contextmanager
def scp(stage: Stage) -> Iterator[Process]:
    dcmjs_version()
    with stage.server("node", PEER, "scp", str(PORT)) as process:
        yield process
