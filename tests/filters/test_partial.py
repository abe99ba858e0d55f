"""One element read alone is what the whole data set says it is, and much less is read for it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import dissect
from dissect.dicom.dataset import DataSet
from dissect.dicom.messages import Message
from dissect.dicom.values import values
from dissect.filters import partial
from tests.craft import CT, EXPLICIT, Talk, explicit
from tests.filters.day import day, image, items, selected

CAPTURES = sorted((Path(__file__).parent.parent.parent / "captures").glob("*.pcap*"))


def told(data_set: DataSet | None, tag: int) -> list[object]:
    if data_set is None:
        return []
    return [
        (each.vr, each.length, each.stop - each.start, len(each.items))
        if each.items is not None
        else (each.vr, each.length, [str(value) for value in values(each, data_set)])
        for each in data_set.elements
        if each.tag == tag
    ]


def agree(message: Message) -> None:
    whole = message.association.data_set(message)
    assert whole is not None
    tags = {element.tag for element in whole.elements}
    for tag in (*sorted(tags - {-1}), 0x00081234, 0x00100021, 0x7FE10010):
        assert told(partial.read_element(message, tag), tag) == told(whole, tag), f"{tag:08X}"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_an_element_of_a_recorded_data_set_is_the_same_alone(path: Path) -> None:
    messages = [m for a in dissect.open(path).associations for m in a.messages if m.has_data_set]
    for message in messages[:: max(len(messages) // 8, 1)]:
        agree(message)


def test_an_element_of_a_crafted_data_set_is_the_same_alone() -> None:
    for association in day().associations:
        for message in association.messages:
            if message.has_data_set:
                agree(message)


SEQUENCE = explicit(0x00081111, "SQ", items(explicit(0x00081155, "UI", b"1.9.9\0")), length=0xFFFFFFFF)
NAME = explicit(0x00100010, "PN", b"Doe^John")
ODD = {
    "cut short": SEQUENCE + NAME[:12],
    "a sequence without its end": SEQUENCE[:-8] + NAME,
    "tags out of order": NAME + explicit(0x00080060, "CS", b"CT") + NAME,
    "an item that is none": SEQUENCE.replace(b"\xfe\xff\x00\xe0", b"\xfe\xff\x01\xe0", 1) + NAME,
    "no VR": struct.pack("<HHI", 8, 0x60, 2) + b"CT" + NAME,
    "a wrong length": explicit(0x00080060, "CS", b"CT", length=400) + NAME,
    "a file": bytes(128) + b"DICM" + NAME,
    "implicit": struct.pack("<HHI", 0x10, 0x10, 8) + b"Doe^John",
    "nonsense": b"nonsense that is nothing at all",
    "a large sequence first": explicit(0x00081111, "SQ", items(explicit(0x00080050, "UT", bytes(200_000))),
                                       length=0xFFFFFFFF) + NAME,
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_an_element_of_an_odd_data_set_is_the_same_alone(kind: str, tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [EXPLICIT])])
    talk.store(1, 1, ODD[kind])
    talk.release()
    capture = dissect.open(talk.write(tmp_path / "odd.pcap"))
    agree(capture.associations[0].messages[0])
    assert selected("(0010,0010) == 'Doe^John'", capture) in ("", "1.1")


def test_little_is_read_of_a_large_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk()
    talk.associate([(1, CT, [EXPLICIT])])
    talk.store(1, 1, image("4711", 5_000_000))
    talk.release()
    capture = dissect.open(talk.write(tmp_path / "large.pcap", mss=60_000))
    source, read = capture.source, []
    original = type(source).read

    def counted(self: object, start: int, stop: int) -> bytes:
        read.append(stop - start)
        return original(source, start, stop)

    monkeypatch.setattr(type(source), "read", counted)
    assert selected("dataset.PatientID == '4711'", capture) == "1.1"
    assert sum(read) < 100_000
