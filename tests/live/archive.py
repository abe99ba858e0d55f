"""A peer for live traffic: answers C-ECHO, C-STORE and C-FIND. `python -m tests.live.archive PORT`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pydicom import Dataset
from pydicom.uid import CTImageStorage
from pynetdicom import AE, evt

VERIFICATION, STUDY_ROOT_FIND = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1"
STUDIES = 5


def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
    for number in range(STUDIES):
        study = Dataset()
        study.QueryRetrieveLevel = "STUDY"
        study.PatientID = f"P{number}"
        yield 0xFF00, study
    yield 0x0000, None


def main() -> None:
    entity = AE(ae_title="ARCHIVE")
    for syntax in (CTImageStorage, VERIFICATION, STUDY_ROOT_FIND):
        entity.add_supported_context(syntax)
    handlers: list[Any] = [
        (evt.EVT_C_ECHO, lambda event: 0),
        (evt.EVT_C_STORE, lambda event: 0),
        (evt.EVT_C_FIND, find),
    ]
    entity.start_server(("0.0.0.0", int(sys.argv[1])), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
