"""`pduscope check --validate` by the bundled edition: real objects, and what was broken in them."""

from __future__ import annotations

import json
import re
import subprocess
import time
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
from dissect.terminal import run
from tests import peers
from tests.craft import BIG_ENDIAN, CT, DEFLATED, EXPLICIT, IMPLICIT, MR
from tests.rules.case import asked, begun

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
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
