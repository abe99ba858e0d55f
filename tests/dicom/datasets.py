"""Data sets for the tests: written by hand, and those that come with pydicom."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.filereader import _read_file_meta_info, read_preamble

from dissect.dicom.elements import DataSet, Element, leaves
from dissect.dicom.tables import Syntax, transfer_syntax
from tests.craft.dicom import SHORT_LENGTH

IMPLICIT = transfer_syntax("1.2.840.10008.1.2")
EXPLICIT = transfer_syntax("1.2.840.10008.1.2.1")
DEFLATED = transfer_syntax("1.2.840.10008.1.2.1.99")
BIG = transfer_syntax("1.2.840.10008.1.2.2")
JPEG = transfer_syntax("1.2.840.10008.1.2.4.50")

_DATA = Path(pydicom.__file__).parent / "data"
_OTHER = {".txt", ".json", ".dump", ".icc", ".gz"}
FILES = sorted(
    path
    for folder in ("test_files", "charset_files")
    for path in (_DATA / folder).rglob("*")
    if path.is_file() and path.suffix not in _OTHER and path.name != "README"
)


def explicit(tag: int, vr: str, value: bytes, length: int | None = None, order: str = "<") -> bytes:
    """An element in explicit VR."""
    length = len(value) if length is None else length
    head = struct.pack(f"{order}HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + struct.pack(f"{order}H" if vr in SHORT_LENGTH else f"{order}2xI", length) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    """An element in implicit VR, or an item."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(value: bytes, length: int | None = None) -> bytes:
    return implicit(0xFFFEE000, value, length)


ITEM_END = implicit(0xFFFEE00D, b"")
SEQUENCE_END = implicit(0xFFFEE0DD, b"")
UNDEFINED = 0xFFFFFFFF


def load(path: Path) -> tuple[bytes, int, Syntax | None]:
    """A file, where its data set starts, and its transfer syntax."""
    raw, start, uid = path.read_bytes(), 0, ""
    stream = BytesIO(raw)
    if read_preamble(stream, True):
        uid = str(_read_file_meta_info(stream).get("TransferSyntaxUID", ""))
        start = stream.tell()
    return raw, start, transfer_syntax(uid) if uid else None


def every(elements: list[Element]) -> Iterator[Element]:
    for element in elements:
        yield element
        for entry in element.items or ():
            yield from every(entry.elements)


def rules(dataset: DataSet) -> set[str]:
    return {finding.rule for finding in dataset.findings}


def check_leaves(dataset: DataSet) -> None:
    """Every byte belongs to exactly one leaf, in order."""
    position = dataset.start
    for leaf in leaves(dataset):
        assert leaf.start == position
        assert leaf.stop > leaf.start
        position = leaf.stop
    assert position == dataset.stop
