"""Every byte of a PDU belongs to exactly one leaf of its tree: whole, cut short anywhere, and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.layers import A_ASSOCIATE_RQ, P_DATA_TF, CommandSet, Item, Layer, Pdu, UpperLayer
from dissect.layers.headers import chosen_from
from tests.layers.vectors import ALL_PDUS, COMMANDS, full_request


def check_leaves(layer: Layer, data: bytes) -> None:
    """Each byte of `data` is in one leaf; only fields of less than a byte share it."""
    end = 0
    previous = (0, 0)
    for leaf in layer.leaves():
        span = (leaf.start, leaf.stop)
        if span == previous and isinstance(leaf.layer, Layer):
            assert leaf.layer.get_field(leaf.field).sz < 1, f"{leaf} shares its bytes"
        else:
            assert leaf.start == end, f"{leaf} does not begin at {end}"
        end, previous = leaf.stop, span
    assert end == len(data)


def check_dissection(layer: Layer, data: bytes) -> None:
    check_leaves(layer, data)
    assert bytes(layer) == data
    layer.show(dump=True)
    layer.mysummary()


@pytest.mark.parametrize("name", ALL_PDUS)
def test_every_byte_of_a_whole_pdu_belongs_to_one_leaf(name: str) -> None:
    data = ALL_PDUS[name]
    pdu = Pdu(data)
    check_dissection(pdu, data)
    # pynetdicom's vector counts its last sub-item in the user information, not in the PDU
    assert pdu.complete is (name != "a_associate_ac_user")


@pytest.mark.parametrize("name", ALL_PDUS)
def test_every_byte_of_a_pdu_cut_short_anywhere_belongs_to_one_leaf(name: str) -> None:
    for length in range(1, len(ALL_PDUS[name])):
        data = ALL_PDUS[name][:length]
        pdu = Pdu(data)
        check_dissection(pdu, data)
        assert not pdu.complete, f"nothing says that only {length} bytes are there"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_byte_of_a_command_set_cut_short_anywhere_belongs_to_one_leaf(name: str) -> None:
    for length in range(1, len(COMMANDS[name]) + 1):
        data = COMMANDS[name][:length]
        check_dissection(CommandSet(data), data)


mutations = st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), min_size=1, max_size=5)


def mutated(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for position, put in changes:
        position %= len(data)
        data = data[:position] + put + data[position + 1 :] or b"\1"
    return data


@given(st.sampled_from(sorted(ALL_PDUS)), mutations)
def test_every_byte_of_a_damaged_pdu_belongs_to_one_leaf(name: str, changes: list[tuple[int, bytes]]) -> None:
    data = mutated(ALL_PDUS[name], changes)
    check_dissection(Pdu(data), data)
    check_dissection(UpperLayer(data), data)


@given(st.sampled_from(sorted(COMMANDS)), mutations)
def test_every_byte_of_a_damaged_command_set_belongs_to_one_leaf(
    name: str, changes: list[tuple[int, bytes]]
) -> None:
    data = mutated(COMMANDS[name], changes)
    check_dissection(CommandSet(data), data)


@given(st.binary(min_size=1, max_size=200))
def test_every_byte_of_arbitrary_bytes_belongs_to_one_leaf(data: bytes) -> None:
    for layer in (Pdu(data), UpperLayer(data), CommandSet(data), A_ASSOCIATE_RQ(data), P_DATA_TF(data)):
        check_dissection(layer, data)


def test_spans_of_nested_items_count_from_the_first_byte_of_the_pdu() -> None:
    data = bytes(full_request())
    pdu = Pdu(data)
    context = pdu.items[1]
    start, stop = context.items[0].spans["abstract_syntax_name"]
    assert data[start:stop] == b"1.2.840.10008.5.1.4.1.1.2"
    assert data[slice(*context.extent)] == bytes(context)
    information = pdu.items[2].items[5].service_class_application_information
    assert data[slice(*information.spans["level_of_support"])] == b"\2"


def test_spans_of_the_second_pdu_count_from_the_first_byte_of_the_segment() -> None:
    first, second = ALL_PDUS["abort"], ALL_PDUS["full request"]
    pdus = UpperLayer(first + second).pdus
    assert pdus[1].spans["called_ae_title"] == (len(first) + 10, len(first) + 26)


def test_bit_fields_share_the_span_of_their_byte() -> None:
    fragment = Pdu(ALL_PDUS["data"]).items[0]
    assert fragment.spans["reserved"] == fragment.spans["is_last"] == fragment.spans["is_command"] == (11, 12)


def test_a_field_that_the_bytes_end_in_is_marked_and_keeps_its_bytes() -> None:
    pdu = Pdu(ALL_PDUS["full request"][:13])
    assert pdu.cut["called_ae_title"] == 13
    assert bytes(pdu.called_ae_title) == b"ARC"
    assert str(pdu.called_ae_title) == "(cut short after 41 52 43)"
    assert pdu.cut["calling_ae_title"] == 16
    assert str(pdu.calling_ae_title) == "(missing)"
    assert "calling_ae_title" not in pdu.spans


def test_bytes_that_a_length_counts_but_no_field_takes_are_kept_as_trailing() -> None:
    pdu = Pdu(bytes.fromhex("0300000000060001020100ff"))
    assert pdu.trailing == b"\0\xff"
    assert pdu.spans["trailing"] == (10, 12)


def test_bytes_after_the_end_of_a_pdu_are_padding() -> None:
    pdu = Pdu(ALL_PDUS["abort"] + b"\4\0")
    assert pdu.payload.load == b"\4\0"
    assert pdu.trailing is None


def test_an_item_in_the_wrong_place_is_kept_as_an_unknown_item() -> None:
    nested = b""
    for _ in range(5000):  # deeper than Python calls go
        nested = b"\x20\0" + min(len(nested), 0xFFFF).to_bytes(2, "big") + nested
    pdu = A_ASSOCIATE_RQ(b"\1\0" + (68 + len(nested)).to_bytes(4, "big") + bytes(68) + nested)
    check_leaves(pdu, bytes(pdu))


def test_an_item_type_is_found_among_the_classes_that_may_stand_there() -> None:
    choose = chosen_from(*[type(item) for item in full_request().items if isinstance(item, Item)])
    assert choose(0x10).__name__ == "ApplicationContextItem"
    assert choose(0x99).__name__ == "UnknownItem"
