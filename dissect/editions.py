"""Editions of the standard, as the dicom-validator library reads them. Nothing is ever downloaded.

An edition is three parts in DocBook (part03.xml, part04.xml, part06.xml), or what the library's own
`validate_iods` made of them: it keeps both below ~/dicom-validator, in a directory for each edition. Reading
DocBook takes a minute, so what comes of it is kept in the user's cache directory.

One edition is bundled, for who has none: its tables without a word of its text, see standard/README.md.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from dicom_validator.validator.dicom_info import DicomInfo

PARTS = ("part03.xml", "part04.xml", "part06.xml")
INFO = ("dict_info.json", "iod_info.json", "module_info.json")
"""What the library keeps of an edition: elements, IODs, modules."""
BUNDLED = Path(__file__).parent / "standard" / "tables.json.zst"
_NAME = re.compile(r"\d{4}[a-h]")
_WHERE = "https://dicom.nema.org/medical/dicom/current/source/docbook/"


class Edition(NamedTuple):
    """What data sets are judged by."""

    name: str
    info: DicomInfo
    bundled: bool = False


class EditionError(Exception):
    """Data sets cannot be validated. The text is one line: why, and what to do."""


def home() -> Path:
    """Where the library keeps editions."""
    return Path.home() / "dicom-validator"


def load(named: str | None) -> Edition:
    """The edition in a directory, or of a name such as "2025c"; if none is named the latest there is.

    Raises EditionError where the library or the edition is missing, or the edition is damaged.
    """
    if find_spec("dicom_validator") is None:
        raise EditionError("--validate needs the dicom-validator library: pip install 'pduscope[validate]'")
    directory = _directory(named)
    if directory is None:
        return _bundled()
    with quiet():
        try:
            return Edition(directory.resolve().name, _read(directory))
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise EditionError(f"{directory}: this edition cannot be read ({error})") from error


def _directory(named: str | None) -> Path | None:
    if named is not None:
        for found in (Path(named), home() / named):
            if found.is_dir():
                return found
        raise EditionError(f"{named}: there is no such edition, neither a directory nor a name in {home()}")
    there = home().iterdir() if home().is_dir() else ()
    return max((each for each in there if _NAME.fullmatch(each.name) and each.is_dir()), default=None)


def _bundled() -> Edition:
    import zstandard  # deferred: who validates nothing need not load it
    from dicom_validator.validator.dicom_info import DicomInfo

    made = json.loads(zstandard.decompress(BUNDLED.read_bytes()))
    tables: list[dict[str, Any]] = []
    for table in made["tables"]:
        for attribute in table.values():
            if "items" in attribute:  # of a table before it, which many share
                attribute["items"] = tables[attribute["items"]]
        tables.append(table)
    modules = {label: tables[number] for label, number in made["modules"].items()}
    iods = {uid: made["iods"][name] for uid, name in made["sop_classes"].items()}
    return Edition(made["edition"], DicomInfo({}, iods, modules), bundled=True)


def _read(directory: Path) -> DicomInfo:
    from dicom_validator import __version__
    from dicom_validator.validator.dicom_info import DicomInfo

    made = directory / "json"
    if not _is_of(made, __version__):
        inner = directory / "docbook"
        docbook = inner if inner.is_dir() else directory
        missing = [part for part in PARTS if not (docbook / part).exists()]
        if missing:
            told = f"{', '.join(missing)} of the standard not there; NEMA offers them at {_WHERE}"
            raise EditionError(f"{directory}: {told}")
        made = _cache(docbook, __version__)
        if not _is_of(made, __version__):
            _make(docbook, made, __version__)
    return DicomInfo(*(json.loads((made / name).read_text(encoding="utf-8")) for name in INFO))


def _is_of(made: Path, version: str) -> bool:
    """Whether this version of the library made what is there: another might read it otherwise."""
    told = made / "version"
    return told.exists() and told.read_text(encoding="utf-8") == version


def _cache(docbook: Path, version: str) -> Path:
    from platformdirs import user_cache_path

    told = [str(docbook.resolve()), version]
    for part in PARTS:
        about = (docbook / part).stat()
        told += [str(about.st_size), str(about.st_mtime_ns)]
    return (
        user_cache_path("pduscope") / "editions" / hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    )


def _make(docbook: Path, made: Path, version: str) -> None:
    """Read the parts, and keep what comes of it."""
    from dicom_validator.spec_reader.part3_reader import Part3Reader
    from dicom_validator.spec_reader.part4_reader import Part4Reader
    from dicom_validator.spec_reader.part6_reader import Part6Reader
    from dicom_validator.spec_reader.serializer import DefinitionEncoder
    from dicom_validator.spec_reader.spec_reader import SpecReaderError

    try:
        elements = Part6Reader(docbook).data_elements()
        part3 = Part3Reader(docbook, elements)
        descriptions = part3.iod_descriptions()
        iods: dict[str, Any] = {}
        for chapter, uids in Part4Reader(docbook).iod_chapters().items():
            if chapter in descriptions:
                iods.update(dict.fromkeys(uids, descriptions[chapter]))
        modules = part3.module_descriptions()
    except (SpecReaderError, AttributeError, TypeError, SyntaxError) as error:
        raise EditionError(f"{docbook}: this is no edition in DocBook ({error})") from error
    made.mkdir(parents=True, exist_ok=True)
    for name, content in zip(INFO, (elements, iods, modules), strict=True):
        (made / name).write_text(json.dumps(content, cls=DefinitionEncoder), encoding="utf-8")
    (made / "version").write_text(version, encoding="utf-8")  # the last: a cache that is cut short is none


@contextmanager
def quiet() -> Iterator[None]:
    """The library gives a logger that has no handler one that writes to stdout, which is for data."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
