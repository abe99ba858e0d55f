"""A lesson as somebody takes it, without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.lessons.courses import CourseError, read_course, shipped
from dissect.lessons.here import here, wrongs
from dissect.lessons.lesson import Lesson
from dissect.lessons.walk import Place
from dissect.pieces import Span
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.outputs.golden import CAPTURES

COURSE = shipped()[0]


def lesson(name: str = "echo.pcap") -> Lesson:
    return Lesson(dissect.open(CAPTURES / name).associations)


def course() -> Lesson:
    return Lesson(dissect.open(COURSE.capture).associations, COURSE)


def value(taken: Lesson) -> object:
    return taken.field.node.value


def test_a_course_leads_from_step_to_step_and_back() -> None:
    taken = course()
    seen = [taken.field.node.name]
    while taken.forward():
        assert taken.on_step
        seen.append(taken.field.node.name)
    assert len(seen) == len(COURSE.steps)
    assert seen[2:5] == ["PDU type", "Reserved", "PDU length"]
    assert not taken.forward()
    while taken.back():
        pass
    assert (taken.step_number, taken.place) == (0, Place(0))


def test_whoever_left_a_step_comes_back_to_it_first() -> None:
    taken = course()
    taken.forward()
    taken.next_pdu()
    assert not taken.on_step
    assert taken.back()
    assert (taken.step_number, taken.on_step) == (1, True)
    taken.next_field()
    assert taken.forward()
    assert (taken.step_number, taken.on_step) == (2, True)


def test_a_step_begins_with_the_bytes_as_they_were_captured() -> None:
    taken = course()
    taken.type(5, 0xCC)
    taken.forward()
    assert not taken.what.edits


def test_a_step_that_leads_nowhere_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "course.md"
    path.write_text(
        '+++\ntitle = "T"\nsummary = "S"\ncapture = "echo.pcap"\n+++\n## One\n@ A-ABORT / Reason\nText.\n'
    )
    with pytest.raises(CourseError, match=r"course\.md, line 7: expected a PDU.* found no A-ABORT / Reason"):
        Lesson(dissect.open(CAPTURES / "echo.pcap").associations, read_course(path))


def test_without_a_course_forward_is_the_next_field() -> None:
    taken = lesson()
    taken.forward()
    assert taken.field.node.name == "PDU type"
    assert taken.step is None
    while taken.forward():
        pass
    assert taken.pdu.name == "A-RELEASE-RP"
    assert taken.back()


def test_a_typed_byte_leaves_the_place_at_its_field_and_so_does_undoing_it() -> None:
    taken = course()
    taken.go_to_step(4)
    taken.type(5, 0xC0)
    taken.type(5, 0xCC, amend=True)
    assert len(taken.what.edits) == 1
    assert (taken.field.node.name, value(taken)) == ("PDU length", 204)
    taken.next_pdu()
    assert taken.pdu.name == "No PDU"
    assert taken.undo() == 5
    assert value(taken) == 205
    assert taken.on_step
    assert taken.redo() == 5
    assert value(taken) == 204
    assert taken.reset() == 5
    assert taken.reset() is None


def test_bytes_are_put_in_and_taken_out() -> None:
    taken = lesson()
    taken.put_in(0)
    assert taken.pdu.name != "A-ASSOCIATE-RQ"
    taken.take_out(0)
    assert taken.pdu.name == "A-ASSOCIATE-RQ"


def test_the_last_byte_of_a_side_cannot_be_taken_out(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.requestor.pdu(0x05)
    taken = Lesson(dissect.open(talk.write(tmp_path / "talk.pcap")).associations)
    for _ in range(taken.what.length(taken.pdu.side) + 3):
        taken.take_out(0)
    assert taken.what.length(taken.pdu.side) == 1
    assert taken.pdu.name == "No PDU"


def test_edits_that_make_two_associations_of_one_can_be_walked_through() -> None:
    taken = lesson()
    taken.land(taken.pdu.side, 211 + 5)
    taken.type(211 + 5, 0x49)
    assert len(taken.what.now.walks) == 2
    names = [taken.pdu.name]
    while taken.next_pdu():
        names.append(taken.pdu.name)
    # the second request is whole only with the segment that held the A-RELEASE-RQ, after the response
    assert names == ["P-DATA-TF", "P-DATA-TF", "A-ASSOCIATE-RQ", "No PDU", "A-RELEASE-RP"]
    while taken.back():
        pass
    assert (taken.pdu.name, taken.place) == ("A-ASSOCIATE-RQ", Place(0))


def test_associations_come_one_after_the_other() -> None:
    taken = lesson("contexts-refused.pcap")
    assert taken.next_association()
    assert taken.number == 1
    assert taken.next_association()
    assert taken.number == 0
    assert not lesson().next_association()


def test_bytes_of_the_capture_lead_to_their_field() -> None:
    associations = dissect.open(CAPTURES / "echo.pcap").associations
    taken = Lesson(associations)
    response = associations[0].messages[1]
    assert taken.go_to(response.span)
    assert taken.pdu.name == "P-DATA-TF"
    assert taken.walk.message(taken.place.pdu) is not None
    assert not taken.go_to(Span(response.command_bytes(), 0, 4))


def test_a_field_says_what_it_says_here() -> None:
    taken = lesson()
    said = {field.node.name: here(field, taken.span) for field in taken.walk.fields(0)}
    assert said["PDU length"] == "00 00 00 CD is 205: from 0006 to 00d2"
    assert said["Maximum length received"] == "00 00 40 00 is 16384"
    assert said["A-ASSOCIATE-RQ"] == "ECHOSCU > STORESCP; 211 bytes in all"
    taken.type(5, 0xCE)  # now it takes a byte of the next segment, which came after the answer
    said = {field.node.name: here(field, taken.span) for field in taken.walk.fields(taken.place.pdu)}
    assert said["PDU length"] == "00 00 00 CE is 206: from 0006 to 00d3"
    assert wrongs(taken.span)
    taken.type(2, 0x01)
    assert taken.pdu.name == "No PDU"
    assert here(taken.field, taken.span).endswith("bytes")


def test_what_the_requestor_says_can_be_sent_as_it_is_edited() -> None:
    taken = lesson()
    whole = b"".join(taken.requests())
    assert [pdu[0] for pdu in taken.requests()] == [1, 4, 5]
    taken.type(5, 0xCC)
    assert b"".join(taken.requests()) == whole[:5] + b"\xcc" + whole[6:]
    with pytest.raises(ValueError, match="not captured"):
        lesson("lossy-monitor.pcap").requests()
