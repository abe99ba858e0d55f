"""The quiz: asked, answered with a key, a number or a place, and added up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

import dissect
from dissect.lessons.answers import Choice, Number, Place, Question
from dissect.lessons.quiz import questions
from tests.outputs.golden import CAPTURES
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.teach.quiz import NOT_A_NUMBER, QuizScreen

ALL = questions(dissect.open(CAPTURES / "print.pcap").associations, 400, 1)
Act = Callable[[QuizScreen, Pilot[None]], Awaitable[None]]


def of_kind(*kinds: str) -> list[Question]:
    return [next(question for question in ALL if question.kind == kind) for kind in kinds]


def play(asked: Sequence[Question], act: Act) -> None:
    screen = QuizScreen(lambda: asked, "print.pcap")

    async def run() -> None:
        app: App[None] = App()
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(screen)
            await pilot.pause()
            await act(screen, pilot)

    asyncio.run(run())


def text(screen: QuizScreen, name: str) -> str:
    return str(screen.query_one(f"#quiz-{name}", Static).content)


def offered(screen: QuizScreen) -> set[str]:
    """The keys that the screen has a use for."""
    return {
        key for key, binding in screen.active_bindings.items() if binding.node is screen and binding.enabled
    }


def test_a_choice_is_made_with_a_digit() -> None:
    (question,) = of_kind("command")
    assert isinstance(question.answer, Choice)
    right = question.answer.right

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        assert screen.focused is screen.query_one(OptionList)
        assert not screen.query_one(FieldTree).display  # names of fields would tell
        await pilot.press(str(right + 1))
        assert screen.known == [True]
        assert text(screen, "says").startswith("Right.")
        assert screen.query_one(FieldTree).display
        await pilot.press(str(right + 1), "enter")  # a digit answers once
        assert screen.known == [True]
        assert text(screen, "question") == "1 of 1 right."

    play([question], act)


def test_a_wrong_choice_is_told_with_the_right_one_in_the_bytes() -> None:
    (question,) = of_kind("pdu-type")
    assert isinstance(question.answer, Choice)
    wrong = (question.answer.right + 1) % len(question.answer.options)

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * wrong, "enter")
        assert screen.known == [False]
        assert question.answer.text in text(screen, "says")
        assert screen.query_one(HexView).position == question.span.start

    play([question], act)


def test_a_number_is_typed_in_any_way_and_only_a_number_counts() -> None:
    (question,) = of_kind("pdu-length")
    assert isinstance(question.answer, Number)
    value = question.answer.value

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        box = screen.query_one(Input)
        assert screen.focused is box
        box.value = "many"
        await pilot.press("enter")
        assert screen.known == []
        assert text(screen, "says") == NOT_A_NUMBER
        box.value = f"{value:X}h"
        await pilot.press("enter")
        assert screen.known == [True]

    play([question], act)


def test_a_place_is_pointed_at() -> None:
    (question,) = of_kind("last-fragment")
    assert isinstance(question.answer, Place)

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        assert screen.focused is screen.query_one(HexView)
        assert screen.query_one(HexView).position == question.pdu.start
        await pilot.press(*["right"] * 11, "enter")
        assert screen.known == [True]

    play([question, question], act)


def test_the_wrong_place_is_wrong() -> None:
    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        await pilot.press("right", "enter")
        assert screen.known == [False]

    play(of_kind("last-fragment"), act)


def test_the_fields_hide_what_is_asked_for_until_it_is_answered() -> None:
    (question,) = of_kind("message-id")

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        fields = screen.query_one(FieldTree)

        def said() -> list[str]:
            assert fields.root is not None
            return [
                node.text
                for node in fields.root.walk()
                if node.span is not None
                and node.span.start < question.span.stop
                and question.span.start < node.span.stop
            ]

        assert set(said()) == {"?"}
        assert fields.root is not None
        assert len({node.text for node in fields.root.walk()}) > 3  # the others are there
        await pilot.press("f2")
        assert screen.known == [False]
        assert "?" not in said()

    play([question], act)


def test_the_score_is_added_up_and_other_questions_begin_anew() -> None:
    asked = of_kind("last-fragment", "pdu-length")

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        await pilot.press(*["right"] * 11, "enter", "enter", "f2", "enter")
        assert text(screen, "question") == "1 of 2 right."
        assert asked[1].text in text(screen, "score")
        await pilot.press("f5")
        assert screen.question is asked[0]
        assert screen.known == []

    play(asked, act)


def test_nothing_to_ask_is_said() -> None:
    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        assert text(screen, "question") == "There is nothing to ask about print.pcap."
        await pilot.press("enter", "f2", "1", "escape")
        assert screen not in pilot.app.screen_stack

    play([], act)


def test_how_to_answer_is_said_and_keys_that_do_nothing_are_not_offered() -> None:
    asked = of_kind("pdu-type", "pdu-length", "last-fragment")

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        for beginning in ("Press its number", "Type it", "Move in the bytes"):
            assert text(screen, "says").startswith(beginning)
            assert screen.query_one("#quiz-panes").size.width == 80
            assert "f2" in offered(screen)
            await pilot.press("f2")
            assert "f2" not in offered(screen)
            await pilot.press("enter")
        assert text(screen, "title").startswith("The score")
        assert not {"f2", "enter"} & offered(screen)

    play(asked, act)


def test_fields_of_the_next_question_are_not_unfolded_as_those_of_the_one_before() -> None:
    first, second = of_kind("abstract-syntax", "called-ae")

    async def act(screen: QuizScreen, pilot: Pilot[None]) -> None:
        fields = screen.query_one(FieldTree)
        await pilot.press("f2")
        assert any(row.depth > 1 for row in fields.outline.rows)
        await pilot.press("enter")
        assert all(row.depth < 2 for row in fields.outline.rows)
        assert fields.scroll_offset.y == 0

    play([first, second], act)
