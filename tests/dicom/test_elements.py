"""The walk of a data set: all encodings, all damage, and never an exception."""

from __future__ import annotations

import random
import struct
import time
import zlib
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary
from pydicom._private_dict import private_dictionaries
from pydicom.dataelem import DataElement
from pydicom.filereader import data_element_generator
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, VR

from dissect.dicom import vrs
from dissect.dicom.elements import DataSet, Element, guess_syntax, leaves, read_dataset, to_pydicom
from dissect.dicom.tables import Syntax, transfer_syntax
from dissect.dicom.values import value_findings, value_text, values
from dissect.pieces import HOLE, Buffer, Pieces, Source
from tests.dicom.datasets import (
    BIG,
    DEFLATED,
    EXPLICIT,
    FILES,
    IMPLICIT,
    ITEM_END,
    JPEG,
    SEQUENCE_END,
    UNDEFINED,
    check_leaves,
    every,
    explicit,
    implicit,
    item,
    load,
    rules,
)

NAME, SOP_CLASS, MODALITY = 0x00100010, 0x00080016, 0x00080060
SEQUENCE, PIXELS = 0x00081140, 0x7FE00010
CT = explicit(MODALITY, "CS", b"CT")
DOE = explicit(NAME, "PN", b"Doe^Jane")
SMALL = [path for path in FILES if path.stat().st_size < 60_000]


def read(data: bytes, syntax: Syntax | None = EXPLICIT) -> DataSet:
    dataset = read_dataset(Buffer(data), syntax)
    check_leaves(dataset)
    return dataset


def tags(dataset: DataSet) -> list[int]:
    return [element.tag for element in dataset.elements]


def only(dataset: DataSet) -> Element:
    assert len(dataset.elements) == 1
    return dataset.elements[0]


# Against pydicom


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_elements_of_pydicoms_files_are_where_pydicom_finds_them(path: Path) -> None:
    raw, start, syntax = load(path)
    dataset = read_dataset(Buffer(raw), syntax, start=start)
    check_leaves(dataset)
    if dataset.deflated is not None or any(element.unread for element in dataset.elements):
        return  # pydicom has no positions in the one, and misreads the others
    stream = BytesIO(raw)
    stream.seek(start)
    oracle = list(data_element_generator(stream, dataset.implicit, dataset.little))
    assert len(oracle) == len(dataset.elements)
    for theirs, ours in zip(oracle, dataset.elements, strict=True):
        assert theirs.tag == ours.tag
        if isinstance(theirs, DataElement):  # a sequence of undefined length, read at once
            assert theirs.file_tell == ours.value_start
        else:
            assert (theirs.value_tell, theirs.length) == (ours.value_start, ours.length)
            assert theirs.VR in (None, ours.vr, "OB or OW")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_pydicom_dataset_made_of_the_walk_equals_the_one_pydicom_reads(path: Path) -> None:
    raw, start, syntax = load(path)
    dataset = read_dataset(Buffer(raw), syntax, start=start)
    if any(element.unread for element in dataset.elements):
        return
    theirs, ours = pydicom.dcmread(path, force=True), to_pydicom(dataset)
    assert ours.keys() == theirs.keys()
    for tag in theirs.keys():  # noqa: SIM118, a Dataset iterates over elements
        assert ours[tag].VR == theirs[tag].VR
        if "truncated" not in path.name:
            assert ours[tag].value == theirs[tag].value
            assert ours[tag].is_undefined_length == theirs[tag].is_undefined_length


def test_the_table_of_representations_is_that_of_pydicom() -> None:
    assert set(vrs.REPRESENTATIONS) == {vr.value for vr in VR if len(vr.value) == 2}
    assert {vr.value for vr in EXPLICIT_VR_LENGTH_16} == vrs.SHORT
    assert all(representation.note.endswith(".") for representation in vrs.REPRESENTATIONS.values())
    assert vrs.note("ZZ") == ""


# Encodings


@pytest.mark.parametrize("vr", sorted(vrs.REPRESENTATIONS))
def test_every_representation_is_read_in_both_byte_orders(vr: str) -> None:
    value = b"" if vr == "SQ" else b"12345678"
    for order, syntax in (("<", EXPLICIT), (">", BIG)):
        element = only(read(explicit(0x00091001, vr, value, order=order), syntax))
        assert (element.vr, element.length, element.value_span.read()) == (vr, len(value), value)
        assert element.explicit
        assert not element.truncated


def test_the_fields_of_a_header_have_spans() -> None:
    short, long = read(CT + explicit(0x00281201, "OW", b"\1\2")).elements
    assert [span and span.read() for span in (short.tag_span, short.vr_span, short.reserved_span)] == [
        b"\x08\x00\x60\x00", b"CS", None,
    ]  # fmt: skip
    assert short.length_span is not None
    assert short.length_span.read() == b"\2\0"
    assert long.reserved_span is not None
    assert long.reserved_span.length == 2
    assert long.length_span is not None
    assert long.length_span.read() == b"\2\0\0\0"
    only_implicit = only(read(implicit(MODALITY, b"CT"), IMPLICIT))
    assert only_implicit.vr_span is None
    assert only_implicit.length_span is not None
    assert only_implicit.length_span.length == 4
    assert (only_implicit.vr, only_implicit.label, only_implicit.keyword) == ("CS", "(0008,0060)", "Modality")


def test_nested_sequences_of_defined_and_undefined_length_are_read_alike() -> None:
    inner = explicit(0x00081155, "UI", b"1.2\0")
    shapes = [
        explicit(SEQUENCE, "SQ", item(inner) + item(inner)),
        explicit(SEQUENCE, "SQ", (item(inner + ITEM_END, UNDEFINED)) * 2 + SEQUENCE_END, UNDEFINED),
        explicit(SEQUENCE, "SQ", item(inner) + item(inner + ITEM_END, UNDEFINED) + SEQUENCE_END, UNDEFINED),
    ]
    for shape in shapes:
        dataset = read(CT + shape + DOE)
        assert dataset.findings == []
        assert tags(dataset) == [MODALITY, SEQUENCE, NAME]
        items = dataset.elements[1].items
        assert items is not None
        assert [[child.tag for child in entry.elements] for entry in items] == [[0x00081155]] * 2


def test_a_sequence_nested_too_deep_is_left_unread_with_a_finding() -> None:
    data = b""
    for _ in range(100):
        data = explicit(SEQUENCE, "SQ", item(data))
    dataset = read(data)
    assert "nesting" in rules(dataset)


def test_encapsulated_pixel_data_is_an_offset_table_and_fragments_never_elements() -> None:
    fragment = explicit(NAME, "PN", b"not one!")
    pixels = explicit(PIXELS, "OB", item(b"\0\0\0\0") + item(fragment) + SEQUENCE_END, UNDEFINED)
    dataset = read(CT + pixels, JPEG)
    assert dataset.findings == []
    element = dataset.elements[1]
    assert element.items is None
    assert element.fragments is not None
    assert [part.value_span.read() for part in element.fragments] == [b"\0\0\0\0", fragment]
    assert element.delimiter_span is not None
    assert element.delimiter_span.read() == SEQUENCE_END


def test_pixel_data_that_contradicts_the_syntax_is_found() -> None:
    assert "pixel-native" in rules(read(CT + explicit(PIXELS, "OB", b"\1\2"), JPEG))
    pixels = explicit(PIXELS, "OB", item(b"") + SEQUENCE_END, UNDEFINED)
    assert "pixel-encapsulated" in rules(read(CT + pixels, EXPLICIT))
    assert "pixel-fragments" in rules(read(CT + explicit(PIXELS, "OB", SEQUENCE_END, UNDEFINED), JPEG))


def test_a_un_of_undefined_length_holds_implicit_items() -> None:
    value = item(implicit(MODALITY, b"MR")) + SEQUENCE_END
    dataset = read(explicit(0x00091001, "UN", value, UNDEFINED) + DOE)
    assert dataset.findings == []
    items = dataset.elements[0].items
    assert items is not None
    assert [(child.tag, child.vr, child.explicit) for child in items[0].elements] == [(MODALITY, "CS", False)]
    assert dataset.elements[1].tag == NAME


def test_a_un_of_defined_length_is_a_sequence_where_the_dictionary_says_so() -> None:
    value = item(implicit(0x00081155, b"1.2\0"))
    assert only(read(explicit(SEQUENCE, "UN", value))).items
    assert only(read(explicit(SEQUENCE, "UN", b"no items"))).items is None


def test_private_elements_are_named_by_the_creator_of_their_own_item() -> None:
    private = implicit(0x00090010, b"GEMS_IDEN_01") + implicit(0x00091027, b"\1\0\0\0")
    orphan = implicit(0x00091027, b"\1\0\0\0")
    dataset = read(private + implicit(SEQUENCE | 0x200000, item(orphan)), IMPLICIT)
    _, element, *_ = dataset.elements
    assert (element.creator, element.name, element.vr) == ("GEMS_IDEN_01", "Image actual date", "SL")
    data = implicit(SEQUENCE, item(orphan)) + private
    nested = read(data, IMPLICIT).elements[0].items
    assert nested is not None
    assert (nested[0].elements[0].creator, nested[0].elements[0].vr) == (None, "UN")


def test_group_lengths_are_read_and_named() -> None:
    element = read(explicit(0x00080000, "UL", b"\x0a\0\0\0") + CT).elements[0]
    assert (element.name, element.vr) == ("Group Length", "UL")


def test_pixel_representation_decides_between_signed_and_unsigned() -> None:
    smallest = implicit(0x00280106, b"\xff\xff")
    for value, vr in ((b"\1\0", "SS"), (b"\0\0", "US")):
        dataset = read(implicit(0x00280103, value) + smallest, IMPLICIT)
        assert dataset.elements[1].vr == vr


# What peers do


def test_vr_letters_in_an_implicit_data_set_are_read_with_a_finding() -> None:
    dataset = read(CT + DOE, IMPLICIT)
    assert (tags(dataset), rules(dataset)) == ([MODALITY, NAME], {"ds-encoding"})
    mixed = read(implicit(SOP_CLASS, b"1.2\0") + implicit(0x00080018, b"1.3\0") + CT + DOE, IMPLICIT)
    assert tags(mixed) == [SOP_CLASS, 0x00080018, MODALITY, NAME]
    assert rules(mixed) == {"ds-encoding"}
    assert [element.explicit for element in mixed.elements] == [False, False, True, True]


def test_missing_vr_letters_in_an_explicit_data_set_are_read_with_a_finding() -> None:
    whole = read(implicit(MODALITY, b"CT") + implicit(NAME, b"Doe^Jane"), EXPLICIT)
    assert (tags(whole), rules(whole)) == ([MODALITY, NAME], {"ds-encoding"})
    mixed = read(CT + implicit(NAME, b"Doe^Jane") + explicit(0x00100020, "LO", b"ID"))
    assert (tags(mixed), rules(mixed)) == ([MODALITY, NAME, 0x00100020], {"ds-encoding"})


def test_a_blank_vr_is_read_with_a_finding() -> None:
    dataset = read(
        CT + explicit(NAME, "PN", b"Doe^Jane").replace(b"PN", b"\0\0") + explicit(0x00100020, "LO", b"ID")
    )
    assert (tags(dataset), rules(dataset)) == ([MODALITY, NAME, 0x00100020], {"ds-encoding"})


def test_the_wrong_byte_order_is_read_with_a_finding() -> None:
    data = explicit(MODALITY, "CS", b"CT", order=">") + explicit(NAME, "PN", b"Doe^Jane", order=">")
    dataset = read(data, EXPLICIT)
    assert (tags(dataset), rules(dataset), dataset.little) == ([MODALITY, NAME], {"ds-encoding"}, False)


def test_an_unknown_vr_has_a_32_bit_length_if_its_reserved_bytes_are_zero() -> None:
    long = explicit(0x00080070, "ZZ", b"abcd")
    short = struct.pack("<HH2sH", 0x0008, 0x0080, b"YY", 4) + b"abcd"
    dataset = read(CT + long + short + DOE)
    assert [(element.vr, element.length) for element in dataset.elements[1:3]] == [("ZZ", 4), ("YY", 4)]
    assert rules(dataset) == {"vr-unknown"}
    assert dataset.elements[3].tag == NAME


def test_odd_lengths_and_disorder_are_found_and_carried_on_from() -> None:
    dataset = read(explicit(NAME, "PN", b"Doe") + CT + DOE)
    assert tags(dataset) == [NAME, MODALITY, NAME]
    assert [finding.rule for finding in dataset.findings] == ["length-odd", "tag-order"]


def test_groups_that_do_not_belong_are_found() -> None:
    dataset = read(explicit(0x00020010, "UI", b"1.2\0") + explicit(0x00020013, "SH", b"ab") + CT)
    assert [(finding.rule, finding.severity) for finding in dataset.findings] == [("ds-group", "warning")]
    nested = read(CT + explicit(SEQUENCE, "SQ", item(explicit(0x00020010, "UI", b"1.2\0"))))
    assert [(finding.rule, finding.severity) for finding in nested.findings] == [("ds-group", "error")]


def test_a_whole_file_sent_as_a_data_set_is_read_behind_its_preamble() -> None:
    dataset = read(bytes(128) + b"DICM" + explicit(0x00020010, "UI", b"1.2\0") + CT + DOE)
    assert "ds-file" in rules(dataset)
    assert tags(dataset)[1:] == [0x00020010, MODALITY, NAME]
    assert dataset.elements[0].unread


def test_a_delimiter_that_is_missing_or_stray_loses_nothing() -> None:
    inner = explicit(0x00081155, "UI", b"1.2\0")
    no_item_end = explicit(SEQUENCE, "SQ", item(inner, UNDEFINED) + SEQUENCE_END, UNDEFINED)
    dataset = read(CT + no_item_end + DOE)
    assert (tags(dataset), rules(dataset)) == ([MODALITY, SEQUENCE, NAME], {"delimiter-missing"})
    no_sequence_end = explicit(SEQUENCE, "SQ", item(inner), UNDEFINED)
    dataset = read(CT + no_sequence_end + DOE + explicit(0x00100020, "LO", b"ID"))
    assert (tags(dataset), rules(dataset)) == ([MODALITY, SEQUENCE, NAME, 0x00100020], {"delimiter-missing"})
    dataset = read(CT + ITEM_END + DOE)
    assert (tags(dataset), rules(dataset)) == ([MODALITY, 0xFFFEE00D, NAME], {"delimiter-stray"})


def test_an_undefined_length_where_none_may_be_is_found() -> None:
    dataset = read(explicit(0x00080119, "UC", b"text" + SEQUENCE_END, UNDEFINED) + DOE)
    assert (tags(dataset), rules(dataset)) == ([0x00080119, NAME], {"length-undefined"})
    assert dataset.elements[0].value_span.read() == b"text"


def test_an_element_longer_than_its_item_is_cut_to_it() -> None:
    dataset = read(explicit(SEQUENCE, "SQ", item(explicit(0x00081155, "UI", b"1.2\0", 40))) + DOE)
    assert (tags(dataset), rules(dataset)) == ([SEQUENCE, NAME], {"length-exceeds"})


# Unknown transfer syntaxes


@pytest.mark.parametrize("syntax", [None, transfer_syntax("1.2.3.4")])
def test_an_unknown_syntax_is_guessed_from_the_first_bytes(syntax: Syntax | None) -> None:
    little = CT + DOE
    big = explicit(MODALITY, "CS", b"CT", order=">") + explicit(NAME, "PN", b"Doe^Jane", order=">")
    plain = implicit(MODALITY, b"CT") + implicit(NAME, b"Doe^Jane")
    for data, words in (
        (little, "explicit VR little"),
        (big, "explicit VR big"),
        (plain, "implicit VR little"),
    ):
        dataset = read(data, syntax)
        assert tags(dataset) == [MODALITY, NAME]
        assert dataset.guess is not None
        assert words in dataset.guess
        assert "guess" in dataset.guess
        assert dataset.findings == []
    packed = zlib.compress(little, wbits=-15)
    dataset = read(packed, syntax)
    assert tags(dataset) == [MODALITY, NAME]
    assert "deflated" in (dataset.guess or "")
    nothing = read(b"no elements at all, just words", syntax)
    assert only(nothing).unread
    assert "no elements" in (nothing.guess or "")


def test_the_guess_can_be_had_as_a_uid() -> None:
    assert guess_syntax(Buffer(CT + DOE))[0] == EXPLICIT.uid
    assert guess_syntax(Buffer(implicit(MODALITY, b"CT") + implicit(NAME, b"Doe^Jane")))[0] == IMPLICIT.uid
    assert guess_syntax(Buffer(zlib.compress(CT + DOE, wbits=-15)))[0] == DEFLATED.uid
    assert guess_syntax(Buffer(b"nothing of the kind"))[0] is None
    assert guess_syntax(Buffer(b""))[0] is None


def test_a_deflated_data_set_is_inflated_into_a_buffer_of_its_own() -> None:
    packed = zlib.compress(CT + DOE, wbits=-15)
    source = Buffer(b"before" + packed)
    dataset = read_dataset(source, DEFLATED, start=6)
    check_leaves(dataset)
    assert tags(dataset) == [MODALITY, NAME]
    assert dataset.source is not source
    assert dataset.deflated is not None
    assert (dataset.deflated.source, dataset.deflated.start) == (source, 6)


def test_deflation_against_the_negotiation_is_read_with_a_finding() -> None:
    packed = zlib.compress(CT + DOE, wbits=-15)
    for data, syntax in ((CT + DOE, DEFLATED), (packed, EXPLICIT), (packed, IMPLICIT)):
        dataset = read(data, syntax)
        assert (tags(dataset), rules(dataset)) == ([MODALITY, NAME], {"ds-encoding"})
    hopeless = read(b"\xff" * 40, DEFLATED)
    assert only(hopeless).unread
    assert "deflate-damaged" in rules(hopeless)


# Damage


def test_a_cut_element_is_marked_and_a_cut_header_is_left_over() -> None:
    cut = read(CT + DOE[:-3])
    assert cut.elements[1].truncated
    assert rules(cut) == {"dataset-truncated"}
    header = read(CT + DOE[:5])
    assert header.elements[1].unread
    assert rules(header) == {"dataset-truncated"}
    sequence = read(CT + explicit(SEQUENCE, "SQ", item(b"", UNDEFINED), UNDEFINED))
    assert sequence.elements[1].truncated
    assert rules(sequence) == {"dataset-truncated"}


def punched(data: bytes, *holes: tuple[int, int]) -> Pieces:
    pieces, position = Pieces(Buffer(data)), 0
    for start, stop in holes:
        pieces.append(position, start - position)
        pieces.append(HOLE, stop - start)
        position = stop
    pieces.append(position, len(data) - position)
    return pieces


FILLER = explicit(0x00080070, "LO", b"M" * 40)
IDENTITY = explicit(0x00100020, "LO", b"ID")


def test_a_hole_in_a_value_marks_the_element_and_loses_nothing_else() -> None:
    data = CT + FILLER + DOE
    source = punched(data, (len(CT) + 20, len(CT) + 30))
    dataset = read_dataset(source, EXPLICIT)
    check_leaves(dataset)
    assert [element.hole for element in dataset.elements] == [False, True, False]
    assert [finding.rule for finding in dataset.findings] == ["dataset-hole"]
    assert "10 of the 40 bytes" in dataset.findings[0].text


@pytest.mark.parametrize("form", ["explicit", "implicit"])
def test_after_a_hole_in_a_header_the_next_element_is_found_again(form: str) -> None:
    def make(tag: int, vr: str, value: bytes) -> bytes:
        return explicit(tag, vr, value) if form == "explicit" else implicit(tag, value)

    parts = [
        make(MODALITY, "CS", b"CT"),
        make(0x00080070, "LO", b"M" * 40),
        make(NAME, "PN", b"Doe^Jane"),
        make(0x00100020, "LO", b"ID"),
        make(0x00280010, "US", b"\0\2"),
    ]
    start = len(parts[0]) + 3
    dataset = read_dataset(
        punched(b"".join(parts), (start, start + 20)), EXPLICIT if form == "explicit" else IMPLICIT
    )
    check_leaves(dataset)
    assert tags(dataset) == [MODALITY, -1, NAME, 0x00100020, 0x00280010]
    assert dataset.elements[1].hole
    assert rules(dataset) == {"dataset-hole"}


def test_a_hole_over_an_item_header_keeps_the_items_after_it() -> None:
    inner = explicit(0x00081150, "UI", b"1.2\0") + explicit(0x00081155, "UI", b"1.2\0")
    sequence = explicit(SEQUENCE, "SQ", item(inner) * 3)
    start = 12 + len(item(inner))
    dataset = read_dataset(punched(sequence + DOE, (start, start + 4)), EXPLICIT)
    check_leaves(dataset)
    items = dataset.elements[0].items
    assert items is not None
    assert [entry.headless for entry in items] == [False, True, False]
    assert dataset.elements[1].tag == NAME


def test_a_hole_in_a_fragment_header_keeps_the_fragments_after_it() -> None:
    pixels = explicit(PIXELS, "OB", item(b"") + item(b"a" * 20) + item(b"b" * 20) + SEQUENCE_END, UNDEFINED)
    dataset = read_dataset(punched(CT + pixels, (len(CT) + 22, len(CT) + 26)), JPEG)
    check_leaves(dataset)
    element = dataset.elements[1]
    assert element.fragments is not None
    assert [part.unread for part in element.fragments] == [False, True, False]
    assert element.hole
    assert element.delimiter_span is not None


# Never an exception, never a byte lost


def look_at_everything(source: Source, syntax: Syntax | None) -> None:
    dataset = read_dataset(source, syntax)
    check_leaves(dataset)
    for element in every(dataset.elements):
        values(element, dataset)
        assert len(value_text(element, dataset, limit=64)) <= 64
        assert element.name
    value_findings(dataset)
    to_pydicom(dataset)
    for finding in dataset.findings:
        assert len(finding.text) < 400
        assert finding.span is not None


CORPUS = [load(path) for path in SMALL]
SYNTAXES = st.sampled_from([None, IMPLICIT, EXPLICIT, BIG, DEFLATED, JPEG])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_truncated_and_mutated_data_sets_never_raise(data: st.DataObject) -> None:
    raw, start, syntax = data.draw(st.sampled_from(CORPUS))
    content = bytearray(raw[start : start + 8000])
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 12)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.sampled_from(b"\x00\xff\xfe\xe0\x41\x5c\x1b")
        )
    if data.draw(st.integers(0, 3)) == 0:
        syntax = data.draw(SYNTAXES)
    look_at_everything(Buffer(bytes(content)), syntax)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_data_sets_with_holes_never_raise(data: st.DataObject) -> None:
    raw, start, syntax = data.draw(st.sampled_from(CORPUS))
    content = raw[start : start + 8000]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)), max_size=12)))
    pieces = Pieces(Buffer(content))
    for index, (low, high) in enumerate(pairwise([0, *cuts, len(content)])):
        pieces.append(HOLE if index % 2 else low, high - low)
    look_at_everything(pieces, syntax)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), SYNTAXES)
def test_arbitrary_bytes_never_raise(content: bytes, syntax: Syntax | None) -> None:
    look_at_everything(Buffer(content), syntax)


@pytest.mark.parametrize("path", [path for path in SMALL if path.name in ("rtplan.dcm", "UN_sequence.dcm")])
def test_every_truncation_has_every_byte_in_one_leaf(path: Path) -> None:
    raw, start, syntax = load(path)
    for stop in range(start, min(len(raw), start + 700)):
        dataset = read_dataset(Buffer(raw), syntax, start=start, stop=stop)
        check_leaves(dataset)
        assert all(leaf.stop <= stop for leaf in leaves(dataset))


UNITS = [
    b"\0" * 8,
    item(b"", UNDEFINED),
    ITEM_END,
    SEQUENCE_END,
    explicit(0x00091001, "UN", b"", UNDEFINED),
    explicit(SEQUENCE, "SQ", item(b"", UNDEFINED), UNDEFINED),
    explicit(SEQUENCE, "SQ", b"garbage here" + SEQUENCE_END, UNDEFINED),
    explicit(NAME, "PN", b""),
]


@pytest.mark.parametrize("unit", UNITS, ids=range(len(UNITS)))
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_time_is_linear_even_for_bytes_made_to_hurt(unit: bytes, syntax: Syntax) -> None:
    def seconds(size: int) -> float:
        content = Buffer((unit * (size // len(unit) + 1))[:size])
        began = time.process_time()
        read_dataset(content, syntax)
        return time.process_time() - began

    seconds(1000)
    few, many = seconds(20_000), seconds(160_000)
    assert many < 30 * few + 0.2  # eight times as much; a quadratic walk takes 64 times as long


class Counting:
    """A source that counts the bytes read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.count = data, 0

    def __len__(self) -> int:
        return len(self.data)

    def read(self, start: int, stop: int) -> bytes:
        self.count += max(min(stop, len(self.data)) - max(start, 0), 0)
        return self.data[max(start, 0) : max(stop, 0)]


def test_large_values_are_not_read() -> None:
    pixels = explicit(PIXELS, "OW", random.Random(1).randbytes(5_000_000))
    source = Counting(CT + DOE + pixels)
    dataset = read_dataset(source, EXPLICIT)
    assert tags(dataset) == [MODALITY, NAME, PIXELS]
    assert value_text(dataset.elements[2], dataset, limit=32)
    assert source.count < 50_000


def test_every_tag_of_the_dictionary_has_a_name_in_the_walk() -> None:
    for tag in list(DicomDictionary)[::50]:
        if tag >> 16 != 0xFFFE:
            assert only(read(implicit(tag, b""), IMPLICIT)).name not in ("", "Unknown")


def test_a_private_element_of_each_representation_that_pydicom_lists_is_converted() -> None:
    """One of them is OB_OW, which pydicom lists and cannot read."""
    listed = {
        entry[0]: (creator, int(key[:4], 16) << 16 | 0x1000 | int(key[-2:], 16))
        for creator, entries in private_dictionaries.items()
        for key, entry in entries.items()
        if key[4:6] == "xx" and "x" not in key[:4] and len(creator) <= 64
    }
    assert "OB_OW" in listed
    for creator, tag in listed.values():
        block = implicit(tag & 0xFFFF0000 | 0x10, creator.encode() + b" " * (len(creator) % 2))
        dataset = read(block + implicit(tag, b""), IMPLICIT)
        assert dataset.elements[-1].vr in vrs.REPRESENTATIONS
        assert dataset.elements[-1].vr == to_pydicom(dataset)[tag].VR
