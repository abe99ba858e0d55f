"""Versions of the peers, for the record of how a capture was made."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from importlib.metadata import version

from .processes import find_program

_COMMANDS = {
    "dcmtk": ("storescp", "--version"),
    "orthanc": ("Orthanc", "--version"),
    "tcpdump": ("tcpdump", "--version"),
    "dumpcap": ("dumpcap", "--version"),
}
_NUMBER = re.compile(r"\d+\.\d+(?:\.\d+)*")


def fill_in_versions(text: str) -> str:
    """Replace {dcmtk}, {pynetdicom} and the like by the version in use here."""
    return re.sub(r"\{(\w+)\}", lambda found: _version(found[1]), text)


@cache
def _version(name: str) -> str:
    if name == "python":
        return ".".join(map(str, sys.version_info[:3]))
    if name == "dcmjs":
        from .dcmjs import dcmjs_version

        return dcmjs_version()
    if name not in _COMMANDS:
        return version(name)
    program, option = _COMMANDS[name]
    said = subprocess.run([find_program(program), option], capture_output=True, text=True)
    found = _NUMBER.search(said.stdout + said.stderr)
    return found[0] if found else "of unknown version"
