"""The way through an association, PDU by PDU and field by field."""

from __future__ import annotations

from itertools import pairwise

import pytest

import dissect
from dissect.lessons.courses import Name, Pointer
from dissect.lessons.walk import NowhereError, Place, Walk, association_of
from dissect.pieces import Span
from tests.outputs.golden import CAPTURES


def walk(name: str, association: int = 0) -> Walk:
    return Walk(dissect.open(CAPTURES / name).associations[association])


def test_the_pdus_of_an_echo_come_in_their_order() -> None:
    assert [pdu.name for pdu in walk("echo.pcap").pdus] == [
        "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["echo.pcap", "store-fragmented.pcap", "print.pcap", "store-deflated.pcap"])
def test_forward_passes_every_leaf_byte_in_order_and_back_is_its_mirror(name: str) -> None:
    way = walk(name)
    there = [Place(0)]
    while (place := way.on(there[-1])) is not None:
        there.append(place)
    back = [there[-1]]
    while (before := way.back(back[-1])) is not None:
        back.append(before)
    assert back == there[::-1]
    for number in range(len(way)):
        spans = [field.node.span for field in way.fields(number) if not field.is_item]
        span = way.span(number)
        at = span.start
        for each in spans:
            assert each is not None
            assert each.source is span.source
            assert each.start <= at  # bits share a byte
            at = max(at, each.stop)
        assert at == span.stop


def test_items_and_pdus_are_jumped_to() -> None:
    way = walk("echo.pcap")
    first = way.next_item(Place(0))
    assert first is not None
    assert way.field(first).path == ["A-ASSOCIATE-RQ", "Application Context"]
    second = way.next_item(first)
    assert second is not None
    assert way.item_before(second) == first
    assert way.item_before(first) == Place(0)
    assert way.next_pdu(second) == Place(1)
    assert way.pdu_before(Place(1, 9)) == Place(0)
    assert way.pdu_before(Place(0, 9)) is None
    last = Place(5, len(way.fields(5)) - 1)
    assert way.on(last) is way.next_pdu(last) is way.next_item(last) is None
    assert way.back(Place(0)) is way.item_before(Place(0)) is None


def test_elements_stand_below_the_fragment_they_begin_in_at_their_bytes() -> None:
    way = walk("store-fragmented.pcap")
    names = [[field.node.name for field in way.fields(number)] for number in range(len(way))]
    assert "(0000,0110) Message ID" in names[2]
    assert "(0010,0010) Patient's Name" in names[3]
    pixels = next(field.node for field in way.fields(3) if field.node.name == "(7FE0,0010) Pixel Data")
    assert pixels.text.endswith("(goes on in the next fragment)")
    assert names[4][-1] == "Data"
    value = next(field.node for field in way.fields(2) if field.node.name == "(0000,0110) Message ID")
    assert value.span is not None
    assert value.span.read() == bytes.fromhex("0000100102000000") + (1).to_bytes(2, "little")


def test_a_byte_leads_to_its_innermost_field() -> None:
    way = walk("echo.pcap")
    span = way.span(2)
    place = way.at(Span(span.source, span.start + 9, 1))
    assert place is not None
    assert way.field(place).path == ["P-DATA-TF", "Presentation Data Value", "Item length"]
    assert way.at(Span(span.source, 10**9, 1)) is None


@pytest.mark.parametrize(
    ("pointer", "pdu", "path"),
    [
        (Pointer(Name("PDU", 2)), 1, ["A-ASSOCIATE-AC"]),
        (Pointer(Name("P-DATA-TF", 2), (Name("status"),)), 3, "(0000,0900) Status"),
        (Pointer(Name("message", 1), (Name("Command Field"), Name("Value"))), 2, "Value"),
        (Pointer(Name("c-echo-rsp"), (Name("(0000,0900) Status"),)), 3, "(0000,0900) Status"),
        (Pointer(Name("A-ASSOCIATE-RQ"), (Name("Item length", 3),)), 0, "Item length"),
    ],
)
def test_pointers_lead_to_fields(pointer: Pointer, pdu: int, path: str | list[str]) -> None:
    way = walk("echo.pcap")
    place = way.find(pointer)
    assert place.pdu == pdu
    assert way.field(place).path == path or way.field(place).node.name == path


def test_the_second_of_a_name_is_another_than_the_first() -> None:
    way = walk("contexts-refused.pcap")
    places = [way.find(Pointer(Name("PDU"), (Name("Presentation Context", number),))) for number in (1, 2, 3)]
    assert all(one < other for one, other in pairwise(places))


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        (Pointer(Name("PDU", 7)), "found no PDU[7]; there are 6 PDUs"),
        (Pointer(Name("A-ABORT")), "found no A-ABORT; there are 6 PDUs"),
        (Pointer(Name("C-STORE-RQ")), "found no C-STORE-RQ"),
        (
            Pointer(Name("PDU"), (Name("Colour"),)),
            "found no PDU / Colour; A-ASSOCIATE-RQ has PDU type, Reserved",
        ),
    ],
)
def test_a_pointer_that_leads_nowhere_says_what_is_there(pointer: Pointer, told: str) -> None:
    with pytest.raises(NowhereError, match="expected a PDU, message or field") as caught:
        walk("echo.pcap").find(pointer)
    assert told in str(caught.value)


def test_there_is_no_second_association_in_an_echo() -> None:
    associations = dissect.open(CAPTURES / "echo.pcap").associations
    with pytest.raises(NowhereError, match="which has 1; found association 2"):
        association_of(associations, Pointer(Name("PDU"), (), 2))
