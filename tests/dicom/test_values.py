"""Values as pydicom decodes them, without its warnings and without exceptions."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

from dissect.dicom import vrs
from dissect.dicom.elements import DataSet, Element, read_dataset, to_pydicom
from dissect.dicom.tables import Syntax
from dissect.dicom.values import value_findings, value_spans, value_text, values
from dissect.pieces import Buffer
from tests.dicom.datasets import (
    BIG,
    EXPLICIT,
    FILES,
    IMPLICIT,
    JPEG,
    UNDEFINED,
    explicit,
    implicit,
    item,
    load,
)

NAME, CHARSET = 0x00100010, 0x00080005


def one(
    tag: int, vr: str, value: bytes, charset: bytes = b"", syntax: Syntax = EXPLICIT
) -> tuple[Element, DataSet]:
    order = "<" if syntax.little else ">"
    charset += b" " * (len(charset) % 2)
    data = explicit(CHARSET, "CS", charset, order=order) if charset else b""
    dataset = read_dataset(Buffer(data + explicit(tag, vr, value, order=order)), syntax)
    return dataset.elements[-1], dataset


def told(dataset: DataSet) -> list[str]:
    """The rules of the findings about values."""
    return [finding.rule for finding in dataset.findings if finding.rule != "length-odd"]


def as_list(value: Any) -> list[Any]:
    if isinstance(value, list | MultiValue):
        return list(value)
    return [] if value is None or (isinstance(value, str | bytes | PersonName) and not value) else [value]


def compare(elements: list[Element], dataset: DataSet, theirs: Dataset) -> None:
    for element in elements:
        their = theirs[element.tag]
        if element.items is not None:
            assert len(their.value) == len(element.items)
            for ours, their_item in zip(element.items, their.value, strict=True):
                compare(ours.elements, dataset, their_item)
        elif element.fragments is None and their.VR not in ("OB", "OW") and " or " not in their.VR:
            found = values(element, dataset)
            assert (found == [""] and as_list(their.value) == []) or found == as_list(their.value), element


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_values_of_pydicoms_files_are_those_pydicom_reads(path: Path) -> None:
    raw, start, syntax = load(path)
    dataset = read_dataset(Buffer(raw), syntax, start=start)
    if not any(element.unread or element.truncated for element in dataset.elements):
        compare(dataset.elements, dataset, pydicom.dcmread(path, force=True))


@pytest.mark.parametrize(
    ("vr", "value", "expected", "text"),
    [
        ("US", b"\1\0\2\0", [1, 2], "1\\2"),
        ("SS", b"\xff\xff", [-1], "-1"),
        ("UL", b"\1\0\0\0", [1], "1"),
        ("SL", b"\xff\xff\xff\xff", [-1], "-1"),
        ("UV", b"\1" + bytes(7), [1], "1"),
        ("SV", b"\xff" * 8, [-1], "-1"),
        ("FL", b"\0\0\x80\x3f", [1.0], "1.0"),
        ("FD", b"\0\0\0\0\0\0\xf0\x3f", [1.0], "1.0"),
        ("AT", b"\x10\0\x20\0\x08\0\x60\0", [0x00100020, 0x00080060], "(0010,0020)\\(0008,0060)"),
        ("DS", b"1.50\\2", [1.5, 2.0], "1.50\\2"),
        ("IS", b" 12\\-3", [12, -3], "12\\-3"),
        ("AE", b" STORE  ", ["STORE"], "STORE"),
        ("CS", b"A\\B\\", ["A", "B", ""], "A\\B\\"),
        ("UI", b"1.2\\1.3\0", ["1.2", "1.3"], "1.2\\1.3"),
        ("LT", b"one\\two ", ["one\\two"], "one\\two"),
        ("LO", b"one\\two ", ["one", "two"], "one\\two"),
        ("PN", b"Doe^Jane\\Roe^Al ", ["Doe^Jane", "Roe^Al"], "Doe^Jane\\Roe^Al"),
        ("UR", b"http://ab ", ["http://ab"], "http://ab"),
        ("UC", b"a\\b ", ["a", "b"], "a\\b"),
        ("OB", b"\1\xff", [b"\1\xff"], "01 FF"),
        ("OV", b"\1" * 8, [b"\1" * 8], "01 01 01 01 01 01 01 01"),
        ("UN", b"\1\2", [b"\1\2"], "01 02"),
        ("DA", b"20260101", ["20260101"], "20260101"),
        ("SH", b"", [], ""),
    ],
)
def test_each_representation_decodes(vr: str, value: bytes, expected: list[Any], text: str) -> None:
    element, dataset = one(0x00091001, vr, value)
    assert values(element, dataset) == expected
    assert value_text(element, dataset) == text
    assert told(dataset) == []


def test_numbers_are_read_in_big_endian_too() -> None:
    element, dataset = one(0x00280010, "US", b"\2\0\0\1", syntax=BIG)
    assert values(element, dataset) == [512, 1]


def test_a_known_element_sent_as_un_is_decoded_by_the_dictionary() -> None:
    element, dataset = one(0x00280010, "UN", b"\0\2")
    assert values(element, dataset) == [512]


@pytest.mark.parametrize(
    ("charset", "value", "expected"),
    [
        (b"ISO_IR 192", "Äneas^Łukasz^山田".encode(), "Äneas^Łukasz^山田"),
        (b"ISO_IR 100", "Jérôme^é".encode("latin-1"), "Jérôme^é"),
        (b"GB18030", "王^小东".encode("gb18030"), "王^小东"),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        (
            b"\\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7",
            "Hong^Gildong=洪^吉洞",
        ),
        (  # as dcmdump +U8 has it
            b"\\ISO 2022 IR 58",
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
            "Zhang^XiaoDong=张^小东",
        ),
        (b"ISO_IR 203", b"\xbcuvre^10 \xa4", "Œuvre^10 €"),
        (b"ISO 2022 IR 203\\ISO 2022 IR 87", b"\xbcuvre=\x1b$B;3ED\x1b(B", "Œuvre=山田"),
    ],
)
def test_names_are_decoded_by_the_character_set_in_force(charset: bytes, value: bytes, expected: str) -> None:
    element, dataset = one(NAME, "PN", value, charset)
    assert [str(name) for name in values(element, dataset)] == [expected]
    assert value_text(element, dataset) == expected
    assert told(dataset) == []


def test_an_item_inherits_the_character_set_or_overrides_it() -> None:
    own = implicit(CHARSET, b"ISO_IR 192") + implicit(NAME, "é".encode())
    inherited = implicit(NAME, b"\xe9 ")
    data = implicit(CHARSET, b"ISO_IR 100") + implicit(0x00081140, item(inherited) + item(own))
    dataset = read_dataset(Buffer(data), IMPLICIT)
    items = dataset.elements[1].items
    assert items is not None
    assert [str(values(entry.elements[-1], dataset)[0]) for entry in items] == ["é", "é"]
    real = to_pydicom(dataset)
    assert [str(entry.PatientName) for entry in real.ReferencedImageSequence] == ["é", "é"]


def test_bytes_that_are_no_characters_are_escaped_with_one_finding() -> None:
    element, dataset = one(NAME, "PN", b"M\xfcller", b"ISO_IR 192")
    for _ in range(3):
        assert str(values(element, dataset)[0]) == "M\\xfcller"
    assert told(dataset) == ["charset"]
    assert dataset.findings[-1].span == element.value_span
    assert [finding.rule for finding in value_findings(dataset)] == ["charset"]


def test_an_escape_sequence_of_a_set_that_was_not_declared_is_found() -> None:
    element, dataset = one(NAME, "PN", b"Yamada=\x1b$B;3ED\x1b(B ", b"ISO_IR 100")
    assert "\\x1b" in value_text(element, dataset)
    assert told(dataset) == ["charset"]


def test_characters_beyond_ascii_need_a_character_set() -> None:
    element, dataset = one(NAME, "PN", "Müller".encode("latin-1"))
    assert value_text(element, dataset) == "Müller"
    assert "Latin-1" in dataset.findings[-1].text
    element, dataset = one(NAME, "PN", "Müller".encode())
    values(element, dataset)
    assert '"Müller"' in dataset.findings[-1].text


@pytest.mark.parametrize(
    ("charset", "codec"),
    [(b"ISO IR 100", "latin-1"), (b"LATIN1", "latin-1"), (b"hex ", "latin-1"), (b"ISO_IR\0 9", "latin-1")],
)
def test_an_undefined_character_set_is_found(charset: bytes, codec: str) -> None:
    element, dataset = one(NAME, "PN", "é^é ".encode(codec), charset)
    assert value_text(element, dataset) == "é^é"
    assert told(dataset) == ["charset-unknown"]


@pytest.mark.parametrize(("vr", "value"), [("DS", b"abc "), ("IS", b"1e  "), ("IS", b"\xe9 ")])
def test_a_number_that_is_none_is_kept_as_text_with_a_finding(vr: str, value: bytes) -> None:
    element, dataset = one(0x00091001, vr, value)
    assert values(element, dataset)[0] in ("abc", "1e", "\\xe9")
    assert told(dataset) == ["value-invalid"]


def test_a_length_that_is_no_multiple_of_the_value_keeps_the_rest() -> None:
    element, dataset = one(0x00280010, "US", b"\1\0\2")
    assert values(element, dataset) == [1, "\\x02"]
    assert "value-length" in {finding.rule for finding in dataset.findings}


def test_the_text_is_short_whatever_the_value_and_cannot_steer_a_terminal() -> None:
    element, dataset = one(0x00091001, "UT", b"\x1b[2J\r\n" + b"x" * 100_000)
    text = value_text(element, dataset, limit=40)
    assert len(text) == 40
    assert text.endswith("…")
    assert text.isprintable()
    element, dataset = one(0x00091001, "US", b"\1\0" * 5000)
    assert len(value_text(element, dataset, limit=40)) == 40
    element, dataset = one(NAME, "UT", "é".encode() * 4000, b"ISO_IR 192")
    assert value_text(element, dataset, limit=20) == "é" * 19 + "…"
    assert told(dataset) == []


def test_sequences_and_fragments_are_counted() -> None:
    dataset = read_dataset(Buffer(explicit(0x00081140, "SQ", item(b"") * 2)), EXPLICIT)
    assert value_text(dataset.elements[0], dataset) == "2 items"
    assert len(values(dataset.elements[0], dataset)) == 2
    pixels = explicit(0x7FE00010, "OB", item(b"") + implicit(0xFFFEE0DD, b""), UNDEFINED)
    dataset = read_dataset(Buffer(pixels), JPEG)
    assert value_text(dataset.elements[0], dataset) == "1 fragment"
    assert values(dataset.elements[0], dataset) == [b""]


def test_each_value_has_its_span() -> None:
    element, dataset = one(0x00280010, "US", b"\1\0\2\0")
    assert [span.read() for span in value_spans(element, dataset)] == [b"\1\0", b"\2\0"]
    element, dataset = one(0x00080008, "CS", b"ORIGINAL\\PRIMARY ")
    assert [span.read() for span in value_spans(element, dataset)] == [b"ORIGINAL", b"PRIMARY "]
    element, dataset = one(NAME, "LT", b"a\\b ")
    assert [span.read() for span in value_spans(element, dataset)] == [b"a\\b "]
    element, dataset = one(NAME, "PN", "ボ".encode("gb18030") + "\u8fb0\\x".encode("gb18030"), b"GB18030")
    assert b"".join(span.read() for span in value_spans(element, dataset)).replace(b"\\", b"") != b""


def test_a_pydicom_dataset_is_lenient_on_damage() -> None:
    data = explicit(0x00280010, "US", b"\0\2") + explicit(0x00280011, "US", b"\0\2\0\3")[:-1]
    real = to_pydicom(read_dataset(Buffer(data), EXPLICIT))
    assert (real.Rows, real.Columns) == (512, 512)
    alone = to_pydicom(
        read_dataset(Buffer(implicit(0x00280106, b"\1\0") + implicit(NAME, b"Doe ")), IMPLICIT)
    )
    assert alone.SmallestImagePixelValue == 1  # though Pixel Representation is lost
    unknown = to_pydicom(read_dataset(Buffer(explicit(0x00280010, "ZZ", b"\0\2")), EXPLICIT))
    assert unknown.Rows == 512


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*sorted(vrs.REPRESENTATIONS), "ZZ"]),
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b"ISO_IR 192", b"\\ISO 2022 IR 87", b"GBK ", b"nonsense", b"ISO 2022 IR 13\\ISO 2022 IR 149"]
    ),
)
def test_no_value_raises_or_warns_and_no_setting_of_pydicom_changes(
    vr: str, value: bytes, charset: bytes
) -> None:
    modes = (
        config.settings.reading_validation_mode,
        config.settings.writing_validation_mode,
        list(warnings.filters),
    )
    element, dataset = one(0x00091001, vr, value, charset)
    values(element, dataset)
    value_text(element, dataset)
    spans = value_spans(element, dataset)
    assert all(span.source is dataset.source for span in spans)
    value_findings(dataset)
    after = (
        config.settings.reading_validation_mode,
        config.settings.writing_validation_mode,
        list(warnings.filters),
    )
    assert after == modes
