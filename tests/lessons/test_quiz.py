"""Questions that a capture can answer: right by its own bytes, with one right answer each."""

from __future__ import annotations

from pathlib import Path

import pytest
from pynetdicom.dimse_messages import _MESSAGE_TYPES  # type: ignore[attr-defined,unused-ignore]

import dissect
from dissect.lessons.answers import Choice, Number, Place, Question, number
from dissect.lessons.quiz import questions
from dissect.lessons.subject import OPTIONS
from dissect.nodes import Node
from dissect.pieces import Span
from dissect.readings import READINGS
from tests.craft import CT, EXPLICIT, IMPLICIT, MR, Talk

CAPTURES = Path(__file__).parents[2] / "captures"
SHIPPED = sorted(path for path in CAPTURES.iterdir() if ".pcap" in path.name)


def asked(path: Path, count: int = 500, seed: int = 1) -> list[Question]:
    return questions(dissect.open(path).associations, count, seed)


def of_kind(found: list[Question], kind: str) -> Question:
    return next(question for question in found if question.kind == kind)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_question_has_one_right_answer_in_bytes_that_are_there(path: Path) -> None:
    for question in asked(path):
        span, pdu = question.span, question.pdu
        assert pdu.start <= span.start < span.stop <= pdu.stop
        assert not question.association.framers[question.side].direction.pieces.gaps(span.start, span.stop)
        match question.answer:
            case Choice(options=options, right=right):
                assert 2 <= len(set(options)) == len(options) <= OPTIONS
                assert [question.answer.accepts(each) for each in range(len(options))].count(True) == 1
                assert question.answer.text == options[right]
            case Place(span=place):
                assert question.answer.accepts(span.start)
                assert not question.answer.accepts(place.start - 1)
                assert not question.answer.accepts(place.stop)
            case Number(value=value):
                assert question.answer.accepts(str(value))
                assert question.answer.accepts(f"0x{value:X}")
                assert not question.answer.accepts(str(value + 1))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_numbers_are_what_stands_in_the_bytes(path: Path) -> None:
    for question in asked(path):
        data = question.span.read()
        match question:
            case Question(kind="pdu-length" | "maximum-length", answer=Number(value=value)):
                assert value == int.from_bytes(data, "big")
            case Question(kind="pdu-size", answer=Number(value=value)):
                assert value == question.pdu.stop - question.pdu.start
            case Question(kind="message-id" | "responded-id", answer=Number(value=value)):
                assert value == int.from_bytes(data, "little")
            case Question(kind="contexts", answer=Number(value=value)):
                assert value == len(question.association.negotiation)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_choices_agree_with_the_field_tree(path: Path) -> None:
    """The tree is made by the Scapy layers, the questions by the index: two readings of the same bytes."""
    for question in asked(path, 60):
        if question.kind not in ("pdu-type", "command", "refused", "rejection", "abort"):
            continue
        assert isinstance(question.answer, Choice)
        pieces = question.association.framers[question.side].direction.pieces
        span = Span(pieces, question.pdu.start, question.pdu.stop - question.pdu.start)
        tree = READINGS.pdu_tree(span, show_secrets=False)
        right = question.answer.text
        if question.kind == "pdu-type":
            assert tree.name == right
        elif question.kind == "command":
            code = int.from_bytes(question.span.read(), "little")
            assert right.replace("-", "_") == _MESSAGE_TYPES[code][0].replace("-", "_")
        else:
            texts = " ".join(node.text for node in leaves(tree, question))
            reason = right.split(": ")[1] if ": " in right else right.removeprefix("aborted by DICOM UL ")
            assert reason.split(" (")[0].replace("-", " ") in texts


def leaves(tree: Node, question: Question) -> list[Node]:
    return [
        node
        for node in tree.walk()
        if node.span
        and not node.children
        and node.span.start < question.span.stop
        and node.span.stop > question.span.start
    ]


def test_the_print_session_asks_of_all_that_it_teaches() -> None:
    kinds = {question.kind for question in asked(CAPTURES / "print.pcap")}
    assert kinds >= {
        "pdu-type", "pdu-length", "pdu-size", "called-ae", "calling-ae", "contexts", "accepted",
        "abstract-syntax", "maximum-length", "control", "last-fragment", "pdv-context", "command",
        "message-id", "responded-id", "status", "data-set",
    }  # fmt: skip


def test_a_refused_context_is_asked_for_with_its_reason() -> None:
    found = asked(CAPTURES / "contexts-refused.pcap")
    reason = of_kind(found, "refused")
    assert isinstance(reason.answer, Choice)
    assert "not-supported" in reason.answer.text or "user-rejection" in reason.answer.text
    assert reason.span.length == 1


def test_the_one_context_that_was_refused(tmp_path: Path) -> None:
    talk = Talk(calling="SCU", called="SCP")
    talk.associate([(1, CT, [IMPLICIT]), (3, MR, [IMPLICIT, EXPLICIT])], accept={1: IMPLICIT, 3: 3})
    talk.release()
    talk.write(tmp_path / "one.pcap")
    question = of_kind(asked(tmp_path / "one.pcap"), "refused-one")
    assert question.answer.text == "3, MR Image Storage"


def test_no_wrong_option_is_another_name_of_the_right_one() -> None:
    """A status told by its category alone, or a shorter name of the same SOP class, would be right too."""
    for name in ("worklist-findscu.pcap", "print.pcap"):
        for question in asked(CAPTURES / name):
            if question.kind == "abstract-syntax":
                assert isinstance(question.answer, Choice)
                others = {*question.answer.options} - {question.answer.text}
                assert not any(question.answer.text.startswith(each) for each in others)
    asking = {
        status: {
            option
            for seed in range(8)
            for question in asked(CAPTURES / name, seed=seed)
            if question.kind == "status"
            and isinstance(question.answer, Choice)
            and question.answer.text.startswith(status)
            for option in question.answer.options
        }
        for name, status in (("move-unknown.pcap", "Move destination unknown"), ("find.pcap", "Pending"))
    }
    assert "Failure" not in asking["Move destination unknown"]
    assert asking["Move destination unknown"] >= {"Success", "Pending"}
    assert "Success" in asking["Pending"]


def test_bytes_that_stand_the_least_significant_first_may_be_typed_so() -> None:
    question = of_kind(asked(CAPTURES / "worklist-cancel.pcap"), "message-id")
    assert isinstance(question.answer, Number)
    assert question.answer.value == 7
    assert all(question.answer.accepts(each) for each in ("7", "07 00", "00 07"))
    assert not question.answer.accepts("70 00")
    assert not Number(7, 2).accepts("07 00")


def test_rejections_and_aborts_are_asked_for() -> None:
    rejected = of_kind(asked(CAPTURES / "reject-titles.pcap"), "rejection").answer.text
    assert "AE-title-not-recognized" in rejected
    assert "abort" in of_kind(asked(CAPTURES / "abort-provider.pcap"), "abort").answer.text


def test_the_same_seed_asks_the_same_and_no_question_comes_twice() -> None:
    first, again = asked(CAPTURES / "print.pcap", 30, 7), asked(CAPTURES / "print.pcap", 30, 7)
    assert [(each.text, each.answer.text) for each in first] == [
        (each.text, each.answer.text) for each in again
    ]
    assert len({(each.kind, each.side, each.span.start, each.text) for each in first}) == len(first) == 30


def test_few_questions_are_of_as_many_kinds() -> None:
    found = asked(CAPTURES / "print.pcap", 10)
    assert len({question.kind for question in found}) == len(found) == 10


def test_a_capture_without_dicom_asks_nothing() -> None:
    assert asked(CAPTURES / "http.pcap") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("88", 88), ("0x58", 88), ("58H", 88), ("58h", 88), ("00 00 00 58", 88), (" 1,234 ", 1234),
        ("", None), ("eighty", None), ("-1", None), ("1.5", None), ("9" * 4000, None), ("5 8", None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: int | None) -> None:
    assert number(text) == value
