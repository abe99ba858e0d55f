"""`pduscope check --validate` by the bundled edition: real objects, and what was broken in them."""

from __future__ import annotations

import json
import re
import subprocess
import warnings
import zlib
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset
from pydicom.tag import Tag

from dissect.cli import group
from dissect.editions import Edition, load
from dissect.rules import iods
from dissect.terminal import run
from tests import peers
from tests.craft import BIG_ENDIAN, CT, DEFLATED, EXPLICIT, IMPLICIT, MR
from tests.rules.case import asked, begun

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1"
LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"

Row = dict[str, Any]
Check = Callable[..., list[Row]]


@pytest.fixture(autouse=True)
def no_edition_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dicom_validator")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@cache
def bundled() -> Edition:
    return load(None)


def example(name: str) -> Dataset:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return pydicom.dcmread(path)


def encoded(data_set: Dataset, syntax: str) -> bytes:
    """As a peer would send it."""
    implicit, little = syntax == IMPLICIT, syntax != BIG_ENDIAN
    plain = Dataset()
    plain.update({element.tag: element for element in data_set})
    made = BytesIO()
    file = DicomIO(made)
    file.is_implicit_VR, file.is_little_endian = implicit, little
    with warnings.catch_warnings(action="ignore"):
        write_dataset(file, plain)
    data = made.getvalue()
    if syntax == DEFLATED:
        deflater = zlib.compressobj(wbits=-15)
        data = deflater.compress(data) + deflater.flush()
        data += b"\0" * (len(data) % 2)
    return data


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """The findings about the IOD of a data set that is stored, and where they are in it."""

    def check(data_set: Dataset | bytes, syntax: str = EXPLICIT, sop: str = CT) -> list[Row]:
        data = data_set if isinstance(data_set, bytes) else encoded(data_set, syntax)
        named = sop if isinstance(data_set, bytes) else data_set.get("SOPClassUID", sop)
        talk = begun([(1, str(named), [syntax])])
        talk.requestor.raw(asked(str(named), 0x0001, data, Priority=0, AffectedSOPInstanceUID="1.2.3"))
        talk.store_response(1, 1, 0)
        talk.release()
        capture = talk.write(tmp_path / "case.pcap")
        run(group, ["check", "--validate", "--format", "ndjson", str(capture)])
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [row for row in rows if row["rule"].startswith("iod-")]

    return check


def found(rows: list[Row]) -> set[tuple[str, str]]:
    """Rules, each with the tag that it tells."""
    tags = [re.findall(r"\((\w{4},\w{4})\)", row["text"].partition(" (module")[0]) for row in rows]
    return {(row["rule"], tag[-1] if tag else "") for row, tag in zip(rows, tags, strict=True)}


def without(keyword: str) -> Callable[[Dataset], None]:
    return lambda data_set: delattr(data_set, keyword)


def given(keyword: str, value: Any, vr: str | None = None) -> Callable[[Dataset], None]:
    """The value as it is, right or wrong."""

    def give(data_set: Dataset) -> None:
        with warnings.catch_warnings(action="ignore"):
            if vr is None:
                setattr(data_set, keyword, value)
            else:
                data_set.pop(keyword, None)
                data_set.add_new(keyword, vr, value)

    return give


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "image_dfl.dcm", "reportsi.dcm"])
def test_a_sound_object_of_a_real_device_passes(name: str, check: Check) -> None:
    rows = check(example(name))
    assert [row for row in rows if row["severity"] != "info"] == []


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED])
def test_each_transfer_syntax_is_judged_alike(syntax: str, check: Check) -> None:
    broken = example("CT_small.dcm")
    del broken.ImageType
    broken.PatientID = None
    broken.PatientSex = "X"
    rows = check(broken, syntax)
    assert found(rows) >= {("iod-missing", "0008,0008"), ("iod-enum", "0010,0040")}
    (sex,) = (row for row in rows if row["rule"] == "iod-enum")
    order = "<" if syntax != BIG_ENDIAN else ">"
    assert sex["bytes"].startswith("10 00 40 00" if order == "<" else "00 10 00 40")
    assert bool(sex["links"]) == (syntax == DEFLATED)  # then its bytes are in no frame: those deflated are


@pytest.mark.parametrize(
    ("name", "change", "rule", "severity", "tag", "told", "starts"),
    [
        ("CT_small.dcm", without("ImageType"), "iod-missing", "error", "0008,0008",
         "(module CT Image, type 1)", "08 00"),
        ("CT_small.dcm", without("AccessionNumber"), "iod-missing", "error", "0008,0050",
         "(module General Study, type 2)", "08 00"),
        ("CT_small.dcm", given("ImageType", None), "iod-empty", "error", "0008,0008",
         "(module CT Image, type 1)", "08 00 08 00"),
        ("CT_small.dcm", given("PatientSex", "X"), "iod-enum", "warning", "0010,0040",
         "'X' is none of M, F, O, to which editions after 2020a may have added", "10 00 40 00"),
        ("CT_small.dcm", given("WindowCenter", 40), "iod-missing", "warning", "0028,1051",
         "likely against its condition", "08 00"),
        ("CT_small.dcm", given("StudyDate", "1.1.04", "DA"), "iod-value", "error", "0008,0020",
         "'1.1.04', VR DA (module General Study)", "08 00 20 00"),
        ("CT_small.dcm", given("RequestAttributesSequence", "NONE", "LO"), "iod-sequence", "error",
         "0040,0275", "Request Attributes Sequence is no sequence", "40 00 75 02"),
        ("CT_small.dcm", given("BeamNumber", 1), "iod-unexpected", "info", "300A,00C0",
         "is in no module of the IOD", "0A 30 C0 00"),
        ("rtplan.dcm", lambda data_set: data_set.BeamSequence[0].__delitem__("BeamType"), "iod-missing",
         "error", "300A,00C4", "Beam Sequence > (300A,00C4) Beam Type is missing (module RT Beams, type 1)",
         "FE FF 00 E0"),
    ],
)  # fmt: skip
def test_what_is_broken_is_found(
    name: str, change: Callable[[Dataset], None], rule: str, severity: str, tag: str, told: str, starts: str,
    check: Check,
) -> None:  # fmt: skip
    sound = example(name)
    broken = deepcopy(sound)
    change(broken)
    syntax = EXPLICIT if name == "CT_small.dcm" else IMPLICIT
    before = found(check(sound, syntax))
    rows = check(broken, syntax)
    assert found(rows) - before == {(rule, tag)}
    for row in rows:
        if (rule, tag) in found([row]):
            assert row["severity"] == severity
            assert told in row["text"]
            assert row["bytes"].startswith(starts)
            assert row["clause"] is None or row["clause"].startswith("PS3.3 Table C.")


def test_the_library_itself_says_the_same_of_the_files(check: Check, tmp_path: Path) -> None:
    from dicom_validator.validator.dicom_file_validator import DicomFileValidator
    from dicom_validator.validator.error_handler import NullValidationResultHandler

    validator = DicomFileValidator(bundled().info, error_handler=NullValidationResultHandler())
    for name in ("CT_small.dcm", "rtplan.dcm", "liver_1frame.dcm", "badVR.dcm"):
        path = get_testdata_file(name, download=False)
        with warnings.catch_warnings(action="ignore"):
            (result,) = validator.validate_file(str(path)).values()
        theirs = {
            f"{tag.tag >> 16:04X},{tag.tag & 0xFFFF:04X}"
            for errors in result.module_errors.values()
            for tag, error in errors.items()
            if error.code.name != "TagUnexpected"
        }
        data_set = example(name)
        syntax = data_set.file_meta.TransferSyntaxUID
        rows = check(data_set, IMPLICIT if syntax == IMPLICIT else EXPLICIT)
        assert {tag for rule, tag in found(rows) if rule != "iod-unexpected"} == theirs, name


def test_dciodvfy_misses_the_same_attributes() -> None:
    """The other oracle has tables of its own. What it asks for under conditions it may know more of."""
    from dicom_validator.validator.dicom_file_validator import DicomFileValidator
    from dicom_validator.validator.error_handler import NullValidationResultHandler

    peers.require("dciodvfy")
    validator = DicomFileValidator(bundled().info, error_handler=NullValidationResultHandler())
    agreed = 0
    for path in sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm")):
        with warnings.catch_warnings(action="ignore"):
            (result,) = validator.validate_file(str(path)).values()
        if result.status.name not in ("Passed", "Failed"):
            continue  # a file without meta information, or a DICOMDIR
        missing = {
            keyword_for_tag(tag.tag)
            for errors in result.module_errors.values()
            for tag, error in errors.items()
            if error.code.name == "TagMissing"
        }
        done = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
        told = set(re.findall(rb"Missing attribute Type [12] .*?Element=<(\w+)>", done.stderr))
        theirs = {keyword.decode() for keyword in told}
        assert theirs <= missing, path.name
        agreed += len(theirs)
    assert agreed > 50


def test_what_an_optional_module_lacks_is_likely_missing(check: Check) -> None:
    image = example("CT_small.dcm")
    image.ClinicalTrialSponsorName = "SPONSOR"
    rows = [row for row in check(image) if "Clinical Trial Protocol ID" in row["text"]]
    assert [row["severity"] for row in rows] == ["warning"]
    assert "likely: its module is not mandatory, but seems to be used" in rows[0]["text"]


def test_pixel_data_counts_as_there_though_its_value_is_not_read(check: Check) -> None:
    """Pixel Padding Value is allowed beside pixel data only (PS3.3 C.7.5.1)."""
    image = example("CT_small.dcm")
    assert "PixelPaddingValue" in image
    assert "iod-not-allowed" not in {row["rule"] for row in check(image)}


def test_what_any_data_set_may_hold_is_not_unexpected(check: Check) -> None:
    image = example("CT_small.dcm")
    assert Tag(0xFFFC, 0xFFFC) in image
    image.add_new(0x00100000, "UL", 10)
    image.add_new(0x60020010, "US", 1)  # an overlay, which the module has as (60xx,0010)
    told = {tag for rule, tag in found(check(image)) if rule == "iod-unexpected"}
    assert told.isdisjoint({"FFFC,FFFC", "0010,0000", "6002,0010"})


@pytest.mark.parametrize(("value", "wrong"), [("0", False), ("0.000", False), ("1", True)])
def test_a_number_is_enumerated_however_it_is_written(value: str, wrong: bool, check: Check) -> None:
    image = example("CT_small.dcm")
    image.SOPClassUID = DIGITAL_X_RAY  # whose Rescale Intercept is 0
    image.RescaleIntercept = value
    assert (("iod-enum", "0028,1052") in found(check(image))) == wrong


def test_of_several_items_the_one_that_is_wrong_is_shown(check: Check) -> None:
    plan = example("rtplan.dcm")
    beam = deepcopy(plan.BeamSequence[0])
    beam.BeamNumber, beam.BeamType = 2, "WRONG"
    plan.BeamSequence.append(beam)
    rows = [row for row in check(plan, IMPLICIT) if row["rule"] == "iod-enum"]
    assert [bytes.fromhex(row["bytes"])[8:] for row in rows] == [b"WRONG "]


def functional(frames: int) -> Dataset:
    """An enhanced MR image, of which only the functional groups are made."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = ENHANCED_MR, "1.2.3"
    shared, measures = Dataset(), Dataset()
    measures.PixelSpacing = [1, 1]
    shared.PixelMeasuresSequence = [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = []
    for number in range(frames):
        frame, place = Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, number]
        frame.PlanePositionSequence = [place]
        image.PerFrameFunctionalGroupsSequence.append(frame)
    return image


def test_functional_groups_are_judged_by_their_macros(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iods, "MOST", 1000)
    rows = check(functional(2))
    (content,) = (row for row in rows if "Frame Content Sequence" in row["text"])
    assert "Frame Content Sequence is missing, and in the other functional groups as well" in content["text"]
    assert "(module Frame Content, type 1)" in content["text"]
    assert content["clause"] == "PS3.3 Table C.7.6.16-3"
    assert content["bytes"].startswith("FE FF 00 E0")


def test_long_sequences_are_judged_by_their_first_items(check: Check) -> None:
    rows = check(functional(1500), IMPLICIT)
    assert any(row["rule"] == "iod-unjudged" and "1400 are not" in row["text"] for row in rows)


def test_content_items_are_judged_by_their_value_type(check: Check) -> None:
    report = example("reportsi.dcm")
    item = report.ContentSequence[-1]
    while "ContentSequence" in item:
        item = item.ContentSequence[-1]
    before = found(check(report))
    item.ValueType = "NUM"
    rows = check(report)
    assert ("iod-missing", "0040,A300") in found(rows) - before


@pytest.mark.parametrize("sop", [LABEL_MAP, "1.2.276.0.7230010.3.9.9"])
def test_a_sop_class_without_iod_is_told_and_not_judged(sop: str, check: Check) -> None:
    image = example("CT_small.dcm")
    image.SOPClassUID = sop
    (row,) = check(image)
    assert (row["rule"], row["severity"]) == ("iod-unjudged", "info")
    assert "Edition 2020a has no IOD of the SOP class" in row["text"]


def test_a_data_set_without_sop_class_is_judged_by_that_of_the_command_set(check: Check) -> None:
    image = example("CT_small.dcm")
    del image.SOPClassUID
    del image.ImageType
    assert {("iod-missing", "0008,0016"), ("iod-missing", "0008,0008")} <= found(check(image, sop=CT))


def test_a_data_set_that_is_cut_is_not_judged(check: Check) -> None:
    data = encoded(example("MR_small.dcm"), EXPLICIT)
    assert check(data[:400], sop=MR) == []
    assert check(data[:-400], sop=MR) != [{}]  # cut pixel data is no reason


def test_an_empty_data_set_is_not_judged(check: Check) -> None:
    assert check(b"") == []


@pytest.mark.parametrize("vr", ["SQ", "FD", "US", "AT", "PN", "OB", "UN"])
@pytest.mark.parametrize("value", [b"", b"A", b"ABCD\\12", b"\xff" * 31])
def test_a_value_that_cannot_be_read_costs_itself_only(vr: str, value: bytes, check: Check) -> None:
    image = example("CT_small.dcm")
    del image.ImageType
    before = found(check(image))
    data = encoded(image, EXPLICIT)
    place = data.index(b"\x08\x00\x60\x00CS")
    end = place + 8 + int.from_bytes(data[place + 6 : place + 8], "little")
    long = vr in ("SQ", "OB", "UN")
    length = b"\0\0" + len(value).to_bytes(4, "little") if long else len(value).to_bytes(2, "little")
    rows = check(data[:place] + b"\x08\x00\x60\x00" + vr.encode() + length + value + data[end:])
    assert found(rows) >= before - {("iod-enum", "0008,0060")}


def test_only_so_many_findings_of_a_data_set_are_told_the_worst(check: Check) -> None:
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CT, "1.2.3"
    for element in range(0x0002, 0x0042, 2):
        image.add_new(0x300A0000 + element, "LO", "A")
    rows = check(image)
    assert len(rows) == 21
    (last,) = (row for row in rows if row["rule"] == "iod-unjudged")
    assert re.search(r"\d+ more findings", last["text"])
    assert {row["severity"] for row in rows if row is not last} == {"error"}


def test_a_line_says_which_edition_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = Path(__file__).parents[2] / "captures" / "store-implicit.pcap"
    assert run(group, ["check", "--validate", str(capture)]) == 1
    told = capsys.readouterr()
    assert "2020a" in told.err
    assert "--edition" in told.err
    assert told.err.count("\n") == 1
    assert "Rescale Slope is missing (module CT Image, type 1)" in told.out


def test_the_bundled_edition_is_small_and_loads_at_once() -> None:
    from dissect.editions import BUNDLED

    assert BUNDLED.stat().st_size < 60_000
    edition = bundled()
    assert (edition.name, edition.bundled) == ("2020a", True)
    assert len(edition.info.iods) == 140


KNOWN = [
    ("Patient", "(0010,0010)", "2"), ("Patient", "(0010,0020)", "2"), ("Patient", "(0010,0040)", "2"),
    ("General Study", "(0020,000D)", "1"), ("General Study", "(0008,0050)", "2"),
    ("General Study", "(0008,1030)", "3"), ("General Series", "(0008,0060)", "1"),
    ("General Series", "(0020,000E)", "1"), ("General Series", "(0020,0011)", "2"),
    ("General Series", "(0018,5100)", "2C"), ("Frame of Reference", "(0020,0052)", "1"),
    ("Frame of Reference", "(0020,1040)", "2"), ("General Equipment", "(0008,0070)", "2"),
    ("General Image", "(0020,0013)", "2"), ("General Image", "(0020,0020)", "2C"),
    ("Image Plane", "(0028,0030)", "1"), ("Image Plane", "(0018,0050)", "2"),
    ("Image Plane", "(0020,0037)", "1"), ("Image Pixel", "(0028,0002)", "1"),
    ("Image Pixel", "(0028,0006)", "1C"), ("Image Pixel", "(0028,0106)", "3"),
    ("CT Image", "(0028,1052)", "1"), ("CT Image", "(0018,0060)", "2"), ("CT Image", "(0008,0008)", "1"),
    ("Contrast/Bolus", "(0018,0010)", "2"), ("SOP Common", "(0008,0016)", "1"),
    ("SOP Common", "(0008,0005)", "1C"), ("VOI LUT", "(0028,1050)", "1C"),
    ("Overlay Plane", "(60xx,0050)", "1"), ("Specimen", "(0040,0512)", "1"),
]  # fmt: skip
"""Types as a reader of PS3.3 knows them, of the modules of a CT image."""


@pytest.mark.parametrize(("module", "tag", "type_"), KNOWN)
def test_types_are_those_of_the_standard(module: str, tag: str, type_: str) -> None:
    info = bundled().info
    table = info.modules[info.iods[CT]["modules"][module]["ref"]]
    assert table[tag]["type"] == type_


def test_no_sentence_of_the_standard_is_in_it() -> None:
    """Conditions are data: all strings but the names of modules and IODs are tags, codes and values."""
    from zstandard import decompress

    from dissect.editions import BUNDLED

    made = json.loads(decompress(BUNDLED.read_bytes()))
    strings = set(re.findall(r'"([^"]*)"', json.dumps(made["tables"])))
    assert max(len(each.split()) for each in strings if not each.startswith("Table C.")) <= 3
