"""Every field has a meaning, a clause, and the three sentences of a lesson."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import dissect
from dissect.layers import CommandElement, Layer
from dissect.layers.dictionary import about_element, element, message_keywords, message_types, tag_of
from dissect.lessons.sentences import sentences, table
from dissect.lessons.walk import Walk
from dissect.tree import field_name
from tests.outputs.golden import CAPTURES

ABSTRACT = ("Pdu", "Item", "UpperLayer")
"""Layers that no tree shows."""


def layers(kind: type[Layer] = Layer) -> Iterator[type[Layer]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("dissect."):
            yield each
        yield from layers(each)


LAYERS = sorted({each for each in layers() if each.__name__ not in ABSTRACT}, key=lambda each: each.__name__)
KEYWORDS = sorted({keyword for name in message_types().values() for keyword in message_keywords(name)})


def shown(layer: type[Layer]) -> str:
    """The name of a layer in a tree."""
    return "(0000,0110) Message ID" if layer is CommandElement else str(layer().name)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda each: each.__name__)
def test_every_field_of_a_layer_has_a_meaning_a_clause_and_sentences(layer: type[Layer]) -> None:
    assert layer.meaning
    assert layer.reference
    assert sentences([shown(layer)])
    for field in layer.fields_desc:
        about = layer.about(field.name)
        assert about.meaning, field.name
        assert re.match(r"PS3\.\d", about.reference), field.name
        if not field.holds_packets:
            assert sentences(["PDU", shown(layer), field_name(field.name)]), field.name


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_every_command_element_has_a_meaning_a_clause_and_sentences_of_its_own(keyword: str) -> None:
    about, known = about_element(tag_of(keyword)), element(tag_of(keyword))
    assert known is not None
    assert about.meaning
    assert re.match(r"PS3\.\d", about.reference)
    assert known.name in table()


@pytest.mark.parametrize(
    "name", ["print.pcap", "store-rle.pcap", "worklist.pcap", "identity.pcap", "extended.pcap"]
)
def test_no_stop_on_the_way_through_a_capture_is_without_sentences(name: str) -> None:
    for association in dissect.open(CAPTURES / name).associations:
        walk = Walk(association)
        for number in range(len(walk)):
            for field in walk.fields(number):
                assert sentences(field.path), field.path
                assert field.node.note, field.path
                assert field.node.reference, field.path


def test_the_sentences_of_a_parent_go_before_those_of_any_other() -> None:
    assert sentences(["A-ABORT", "Source"]) == table()["A-ABORT / Source"]
    assert sentences(["A-ASSOCIATE-AC", "Called AE title"]) != table()["Called AE title"]
    assert sentences(["A-ASSOCIATE-RQ", "Item length"]) == table()["Item length"]
    assert sentences(["P-DATA-TF", "Presentation Data Value", "Item length"]) != table()["Item length"]
    value = ["P-DATA-TF", "Presentation Data Value", "Data", "(0010,0020) Patient ID", "Value 2"]
    assert sentences(value) == table()["Data Element / Value"]
    assert sentences(["P-DATA-TF", "Data", "(0008,1140) Referenced Image Sequence", "Item 1"]) is not None
    assert sentences(["Nothing", "Such"]) is None


@pytest.mark.parametrize("name", sorted(table()))
def test_sentences_are_short_and_end(name: str) -> None:
    for sentence in table()[name]:
        assert sentence.endswith((".", "?"))
        assert len(sentence) <= 160
