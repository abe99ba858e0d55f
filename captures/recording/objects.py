"""Objects to send: made up here, the same bytes each time, of no real patient."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from .processes import MissingToolError, run_tool

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
US = "1.2.840.10008.5.1.4.1.1.6.1"
SC = "1.2.840.10008.5.1.4.1.1.7"
SR = "1.2.840.10008.5.1.4.1.1.88.11"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
MODALITIES = {CT: "CT", MR: "MR", US: "US", SC: "OT", SR: "SR", ECG: "ECG", PDF: "DOC"}


def uid(name: str) -> UID:
    """The same UID for the same name, under pydicom's root."""
    return generate_uid(entropy_srcs=["pduscope example", name])


def data_set(**elements: object) -> Dataset:
    """A data set of elements by keyword: data_set(PatientID="EX001")."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def instance(sop_class: str, number: int = 1, **elements: object) -> FileDataset:
    """A composite object of the made-up patient, without content yet."""
    name = f"{MODALITIES[sop_class]} {number}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = uid(name)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    made.update(
        data_set(
            SpecificCharacterSet="ISO_IR 100",
            SOPClassUID=sop_class,
            SOPInstanceUID=meta.MediaStorageSOPInstanceUID,
            StudyDate="20240102",
            StudyTime="030405",
            AccessionNumber="EX-ACC-1",
            Modality=MODALITIES[sop_class],
            Manufacturer="Example Devices",
            ReferringPhysicianName="Example^Referrer",
            StudyDescription="Phantom, synthetic",
            PatientName="Example^Patient",
            PatientID="EX001",
            PatientBirthDate="19000101",
            PatientSex="O",
            StudyInstanceUID=uid("study"),
            SeriesInstanceUID=uid(f"series {MODALITIES[sop_class]}"),
            StudyID="1",
            SeriesNumber=1,
            InstanceNumber=number,
        )
    )
    made.update(data_set(**elements))
    return made


def gray(sop_class: str, number: int = 1, size: int = 64, bits: int = 12) -> FileDataset:
    """A grey image: rings, and one bright square that moves with the number."""
    y, x = np.mgrid[:size, :size] - size // 2
    top = (1 << bits) - 1
    picture = (np.hypot(x, y) * 8 * top / size).astype(np.int64) % (top + 1)
    picture[number % size : number % size + size // 8, : size // 8] = top
    stored = picture.astype("<u2" if bits > 8 else "u1")
    made = instance(
        sop_class,
        number,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=size,
        Columns=size,
        BitsAllocated=16 if bits > 8 else 8,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
    )
    made.add_new("PixelData", "OW" if bits > 8 else "OB", stored.tobytes())
    return made


def colour(number: int = 1, size: int = 64) -> FileDataset:
    """An RGB ultrasound picture: one gradient a channel."""
    ramp = (np.arange(size) * 255 // (size - 1)).astype("u1")
    picture = np.zeros((size, size, 3), "u1")
    picture[..., 0], picture[..., 1] = ramp, ramp[:, None]
    picture[..., 2] = number
    made = instance(
        US,
        number,
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        Rows=size,
        Columns=size,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
    )
    made.add_new("PixelData", "OB", picture.tobytes())
    return made


def report() -> FileDataset:
    """A text report in Japanese and English, with a private element: nesting and charsets."""
    code = data_set(CodeValue="121071", CodingSchemeDesignator="DCM", CodeMeaning="Finding")
    text = data_set(
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=[code],
        TextValue="No finding: this patient does not exist.",
    )
    made = instance(
        SR,
        SpecificCharacterSet=["", "ISO 2022 IR 87"],
        PatientName="Example^Patient=例^患者=れい^かんじゃ",
        InstanceCreationDate="20240102",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code],
        ContinuityOfContent="SEPARATE",
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
        ContentSequence=[text, text],
    )
    block = made.private_block(0x0009, "EXAMPLE DEVICES", create=True)
    block.add_new(0x01, "LO", "private text")
    return made


def waveform() -> FileDataset:
    """A second of a two-channel sine wave."""
    samples = (np.sin(np.arange(500) / 10) * 1000).astype("<i2")
    channel = data_set(
        ChannelSourceSequence=[data_set(CodeValue="2:1", CodingSchemeDesignator="MDC", CodeMeaning="Lead I")],
        WaveformBitsStored=16,
    )
    multiplex = data_set(
        MultiplexGroupTimeOffset=0,
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=2,
        NumberOfWaveformSamples=500,
        SamplingFrequency=500,
        ChannelDefinitionSequence=[channel, channel],
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
    )
    multiplex.add_new("WaveformData", "OW", np.repeat(samples, 2).tobytes())
    return instance(ECG, WaveformSequence=[multiplex])


def document() -> FileDataset:
    """An encapsulated document of an odd number of bytes, so that it is padded."""
    made = instance(
        PDF,
        BurnedInAnnotation="NO",
        DocumentTitle="Example",
        MIMETypeOfEncapsulatedDocument="application/pdf",
    )
    made.add_new("EncapsulatedDocument", "OB", b"%PDF-1.4\n% an empty example\n%%EOF")
    return made


def saved(made: FileDataset, path: Path) -> Path:
    made.save_as(path, enforce_file_format=True)
    return path


def jpeg2000(made: FileDataset, path: Path) -> Path:
    """Losslessly compressed with OpenJPEG: Debian's DCMTK has no encoder for it."""
    if find_spec("openjpeg") is None:
        raise MissingToolError("the Python package pylibjpeg-openjpeg is not installed")
    made.compress(JPEG2000Lossless, generate_instance_uid=False)
    return saved(made, path)


def converted(source: Path, target: Path, program: str, *options: str) -> Path:
    """The object in another transfer syntax, by one of DCMTK's converters."""
    run_tool(program, *options, str(source), str(target))
    return target
