"""pduscope's dissector: capture files in; associations, exchanges, fields with their bytes, findings out.

    import dissect

    capture = dissect.open("captures/print.pcap")
    for association in capture.associations:
        for exchange in association.exchanges:
            print(exchange.request.command, exchange.status)

The house, from the ground up; imports only go down:

- `columns`, `pieces`, `findings`, `nodes`: long rows of numbers; a byte has an address; trouble is data; what
  a field looks like to a view
- `wire`: capture records, frames, TCP connections; the process that sniffs; hexadecimal text
- `layers`: PDUs, items and command sets as Scapy layers
- `dicom`: framing, messages, exchanges, associations, data sets, names
- `peer`: live connections, and who has to speak next on them
- `capture`: drives the stages above; `following`, `feeds`, `listening`: the same for one that grows
- `editions`: the standard itself, on disk, for the rules that go by it
- `tree`, `filters`, `rules`, `statistics`, `ladder`, `related`, `differences`: what can be said of
  associations
- `explain`, `lessons`: what bytes and numbers mean; courses, what if, and a quiz
- `replay`: one side of an association, said again to a live peer
- `search`, `outputs`: places in all that; associations as text, JSON, pictures and files
- `verbs`, `cli`: the commands

Nothing here imports a screen.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dissect.capture import Capture

__version__ = "0.1.0"


def open(*paths: str | PathLike[str]) -> Capture:  # noqa: A001 - dissect.open reads as gzip.open does
    """Read a capture to its end; several files are read as one, in the order given.

    Raises CaptureError, whose one line says which file is no capture, and why. Damage inside a capture never
    raises: see `Capture.findings` and `Association.findings`.
    """
    from dissect.capture import Capture  # deferred: numpy takes 0.14 s, which --version need not pay
    from dissect.readings import READINGS

    capture = Capture(paths, readings=READINGS)
    for _ in capture.read():
        pass
    return capture
