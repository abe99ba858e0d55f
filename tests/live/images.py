"""Images to send, made up."""

from __future__ import annotations

import os
from pathlib import Path

from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ROOT_UID = "1.2.826.0.1.3680043.10.999"


def image(folder: Path, number: int = 1, size: int = 512) -> Path:
    """A CT image of `size` squared pixels, two bytes each."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"{ROOT_UID}.1.{number}"
    dataset.PatientID = "LIVE"
    dataset.PatientName = "LIVE^TEST"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{ROOT_UID}.2", f"{ROOT_UID}.3"
    dataset.Rows = dataset.Columns = size
    dataset.BitsAllocated = 16
    dataset.PixelData = os.urandom(size * size * 2)
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"ct{number}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path
