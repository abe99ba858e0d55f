"""The declarations say what every field is, and can be imported at little cost."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from scapy.packet import Packet

from dissect.layers import Layer
from dissect.layers.dictionary import about_element, element, message_keywords, message_types, tag_of

REFERENCE = re.compile(r"PS3\.\d+ (Tables? )?[0-9A-Z]+[.-][0-9.-]+( and [0-9A-Z.-]+)?|PS3\.8 [DE]\.\d")


def declared(cls: type[Layer]) -> Iterator[type[Layer]]:
    """All layers that declare fields."""
    for sub in cls.__subclasses__():
        if sub.fields_desc and sub.__module__.startswith("dissect."):
            yield sub
        yield from declared(sub)


LAYERS = sorted(set(declared(Layer)), key=lambda cls: cls.__name__)


def test_there_are_layers_for_all_pdus_and_items() -> None:
    assert len(LAYERS) >= 33


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_says_what_it_is_and_where_the_standard_has_it(layer: type[Layer]) -> None:
    assert REFERENCE.fullmatch(layer.reference), layer.reference
    assert re.fullmatch(r"[A-Z].*\.", layer.meaning)


def test_every_field_has_a_meaning_and_a_reference() -> None:
    unexplained = []
    for layer in LAYERS:
        for field in layer.fields_desc:
            try:
                about = layer.about(field.name)
            except KeyError:
                unexplained.append(f"{layer.__name__}.{field.name}")
                continue
            if not REFERENCE.fullmatch(about.reference) or not re.fullmatch(r"[A-Z].*\.", about.meaning):
                unexplained.append(f"{layer.__name__}.{field.name}: {about}")
            if about.trouble and not about.trouble.endswith("."):
                unexplained.append(f"{layer.__name__}.{field.name}: {about.trouble}")
    assert not unexplained


def test_no_field_has_the_name_of_an_attribute_of_packets_or_layers() -> None:
    """`packet.name` would be the packet's, not the field's."""
    attributes = set(dir(Packet)) | Packet.__all_slots__ | Layer.__all_slots__ | set(vars(Layer))
    clashes = [
        f"{layer.__name__}.{field.name}"
        for layer in LAYERS
        for field in layer.fields_desc
        if field.name in attributes | (set(vars(layer)) - {field.name for field in layer.fields_desc})
    ]
    assert not clashes


def test_every_element_of_every_message_is_explained() -> None:
    for message in message_types().values():
        for keyword in message_keywords(message):
            about = about_element(tag_of(keyword))
            assert about.reference == "PS3.7 Table E.1-1", keyword


def test_all_elements_of_group_0000_have_an_entry() -> None:
    from pydicom._dicom_dict import DicomDictionary

    tags = [tag for tag in DicomDictionary if tag <= 0xFFFF]
    assert len(tags) == 46
    assert all(element(tag) for tag in tags)
    retired = [tag for tag in tags if about_element(tag).reference == "PS3.7 Table E.2-1"]
    assert retired == [tag for tag in tags if DicomDictionary[tag][3]]


def test_importing_the_layers_loads_neither_dictionaries_nor_all_of_scapy() -> None:
    heavy = ("pydicom", "pynetdicom", "scapy.all", "scapy.layers", "textual", "numpy")
    code = f"import sys, dissect.layers; print([m for m in sys.modules if m.startswith({heavy!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dissecting_a_request_loads_no_dictionary() -> None:
    code = (
        "import sys; from dissect.layers import A_ASSOCIATE_RQ, Pdu, P_DATA_TF; Pdu(bytes(A_ASSOCIATE_RQ()));"
        "print([m for m in sys.modules if m.startswith(('pydicom', 'pynetdicom'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
