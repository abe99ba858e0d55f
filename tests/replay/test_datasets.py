"""Data sets in other transfer syntaxes and with other UIDs, held against DCMTK's dcmconv and pydicom."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset as pydicom_reads
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID

import dissect
from dissect.dicom.tables import Syntax, transfer_syntax
from dissect.pieces import Buffer, Source
from dissect.replay.datasets import data_set
from dissect.replay.names import CannotSendError
from tests.craft import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, JPEG, PRIVATE_SYNTAX, explicit
from tests.peers import run
from tests.replay.stage import CAPTURES

NATIVE = {IMPLICIT: "+ti", EXPLICIT: "+te", BIG_ENDIAN: "+tb", DEFLATED: "+td"}
SOURCES = (
    "store-multi", "store-implicit", "store-big-endian", "store-deflated", "print", "mpps", "find-orthanc",
    "commitment", "worklist",
)  # fmt: skip


def recorded() -> Iterator[tuple[str, bytes, Syntax]]:
    """Different data sets of the shipped captures, with a name."""
    seen = set()
    for name in SOURCES:
        for association in dissect.open(CAPTURES / f"{name}.pcap").associations:
            for message in association.messages:
                context = association.context(message.context_id)
                if not message.has_data_set or not context or not context.transfer_syntax:
                    continue
                data = whole(message.data_bytes())
                if data not in seen:
                    seen.add(data)
                    yield f"{name}-{message.index}", data, transfer_syntax(context.transfer_syntax)


def whole(source: Source) -> bytes:
    return source.read(0, len(source))


RECORDED = list(recorded())


def converted(data: bytes, before: str, after: str) -> bytes:
    return whole(data_set(Buffer(data), transfer_syntax(before), transfer_syntax(after), {}))


@pytest.mark.parametrize(("data", "syntax"), [row[1:] for row in RECORDED], ids=[row[0] for row in RECORDED])
def test_there_and_back_is_the_same(data: bytes, syntax: Syntax) -> None:
    explicit_form = converted(data, syntax.uid, EXPLICIT)
    for there in (BIG_ENDIAN, DEFLATED):
        assert converted(converted(explicit_form, EXPLICIT, there), there, EXPLICIT) == explicit_form
    implicit_form = converted(explicit_form, EXPLICIT, IMPLICIT)
    again = converted(implicit_form, IMPLICIT, EXPLICIT)
    assert converted(again, EXPLICIT, IMPLICIT) == implicit_form


@pytest.mark.parametrize(
    ("name", "after"), list(itertools.product(("store-multi-1", "store-multi-9", "store-multi-11"), NATIVE))
)
def test_dcmconv_agrees(tmp_path: Path, name: str, after: str) -> None:
    (data, syntax) = next((data, syntax) for each, data, syntax in RECORDED if each == name)
    before = written(tmp_path / "before.dcm", data, syntax.uid)
    ours = written(tmp_path / "ours.dcm", converted(data, syntax.uid, after), after)
    run("dcmconv", NATIVE[after], before, tmp_path / "theirs.dcm")
    dumps = [run("dcmdump", "+L", "+R", "200", path) for path in (ours, tmp_path / "theirs.dcm")]
    one, other = (dump[dump.index("# Dicom-Data-Set") :] for dump in dumps)
    assert len(one.splitlines()) > 20
    assert _without_lengths(one) == _without_lengths(other)


def _without_lengths(dump: str) -> list[str]:
    """Lines of a dump; of sequences, without their lengths, which dcmconv makes explicit."""
    lines = [line for line in dump.splitlines() if not line.startswith("# Used")]
    return [line.split("#")[0].rstrip() if "SQ (" in line or "na " in line else line for line in lines]


def written(path: Path, data: bytes, syntax: str) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID("1.2.3"), UID("1.2.3.4")
    meta.ImplementationClassUID = UID("1.2.3.5")
    out = DicomBytesIO()
    write_file_meta_info(out, meta)
    path.write_bytes(bytes(128) + b"DICM" + out.getvalue() + data)
    return path


def test_uids_are_those_pydicom_finds_in_their_place() -> None:
    _, data, syntax = next(row for row in RECORDED if row[0] == "print-7")
    before = pydicom_reads(io.BytesIO(data), False, True)
    session = before.ReferencedFilmSessionSequence[0].ReferencedSOPInstanceUID
    for uid in ("1.2.3", "1.2.3.4", "1.2." + "9" * 60):
        changed = whole(data_set(Buffer(data), syntax, syntax, {session: uid}))
        after = pydicom_reads(io.BytesIO(changed), False, True)
        assert after.ReferencedFilmSessionSequence[0].ReferencedSOPInstanceUID == uid
        after.ReferencedFilmSessionSequence[0].ReferencedSOPInstanceUID = session
        assert after == before


def test_uids_that_do_not_occur_change_nothing_and_copy_nothing() -> None:
    for _, data, syntax in RECORDED:
        source = Buffer(data)
        assert data_set(source, syntax, syntax, {"9.9.9": "1.2"}) is source


def test_uids_in_sequences_of_undefined_length_and_in_unknown_vrs() -> None:
    inside = b"\x08\x00\x55\x11\x08\x00\x00\x001.2.3.4\x00"  # implicit VR, as in every UN
    undefined = b"\xff\xff\xff\xff"
    item = b"\xfe\xff\x00\xe0" + undefined + inside + b"\xfe\xff\x0d\xe0" + bytes(4)
    data = b"\x09\x00\x01\x10UN\0\0" + undefined + item + b"\xfe\xff\xdd\xe0" + bytes(4)
    syntax = transfer_syntax(EXPLICIT)
    changed = whole(data_set(Buffer(data), syntax, syntax, {"1.2.3.4": "1.2.3.444"}))
    assert changed == data.replace(b"\x08\x00\x00\x001.2.3.4\x00", b"\x0a\x00\x00\x001.2.3.444\x00")


@pytest.mark.parametrize("size", [2, 3, 5, 7, 64])
def test_swapped_values_are_the_same_read_in_any_pieces(size: int) -> None:
    values = bytes(range(64))
    data = explicit(0x00280106, "US", b"\1\2") + explicit(0x00720082, "OL", values)
    data += explicit(0x00181316, "FD", values[:8]) + explicit(0x00280009, "AT", b"\1\2\3\4")
    turned = data_set(Buffer(data), transfer_syntax(EXPLICIT), transfer_syntax(BIG_ENDIAN), {})
    once = whole(turned)
    assert b"".join(turned.read(at, at + size) for at in range(0, len(turned), size)) == once
    assert explicit(0x00280009, "AT", b"\2\1\4\3", order=">") in once
    assert explicit(0x00181316, "FD", values[7::-1], order=">") in once


@pytest.mark.parametrize(
    ("before", "after"), [(JPEG, EXPLICIT), (EXPLICIT, JPEG), (PRIVATE_SYNTAX, IMPLICIT), (None, IMPLICIT)]
)
def test_what_would_lose_something_is_refused(before: str | None, after: str) -> None:
    syntax = transfer_syntax(before) if before else None
    with pytest.raises(CannotSendError):
        data_set(Buffer(explicit(0x00100010, "PN", b"Doe^John")), syntax, transfer_syntax(after), {})


def test_bytes_that_are_no_elements_are_not_converted() -> None:
    data = explicit(0x00100010, "PN", b"Doe^John") + b"\xff" * 30
    with pytest.raises(CannotSendError, match="no elements"):
        converted(data, EXPLICIT, IMPLICIT)


def test_a_value_too_long_for_its_vr_becomes_unknown() -> None:
    data = b"\x10\x00\x00\x40" + (70_000).to_bytes(4, "little") + b"x" * 70_000  # Patient Comments, LT
    again = converted(data, IMPLICIT, EXPLICIT)
    assert again.startswith(b"\x10\x00\x00\x40UN\0\0")
    found: Dataset = pydicom_reads(io.BytesIO(again), False, True)
    assert len(found[0x00104000].value) == 70_000
