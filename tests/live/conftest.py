"""What tests of live traffic share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tests.live.network import Wire
from tests.peers import require


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    for program in ("dumpcap", "echoscu", "storescu", "findscu", "ip"):
        require(program)
    with Wire() as wire, wire.right.archive():
        yield wire


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT image of half a megabyte."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.10.999.1"
    dataset.PatientID = "LIVE"
    dataset.StudyInstanceUID = dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.999.2"
    dataset.Rows = dataset.Columns = 512
    dataset.BitsAllocated = 16
    dataset.PixelData = os.urandom(512 * 512 * 2)
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = tmp_path_factory.mktemp("image") / "ct.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path
