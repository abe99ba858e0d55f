"""The lesson screen: a first lesson, what if, the state machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import OptionList

import dissect
from dissect.lessons.courses import SHIPPED
from dissect.lessons.lesson import Lesson
from tests.outputs.golden import CAPTURES
from tests.peer.scripted import free, scripted
from tests.tui.screen import NO_SETTINGS, Player, play
from tui.bars import Splitter
from tui.teach.app import TeachApp, make_teach_app
from tui.teach.bytes import NOT_PASTED
from tui.teach.courses import CoursesScreen
from tui.teach.display import MORE
from tui.teach.lettering import paragraphs
from tui.teach.quiz import QuizScreen
from tui.teach.screen import LessonScreen
from tui.teach.sending import SendScreen
from tui.teach.states import StatesScreen
from tui.teach.texts import field_text

SIZES = [(80, 24), (120, 40), (200, 60)]
COURSE = str(Path(__file__).parents[2] / "dissect" / "lessons" / "courses" / "the-pdu.md")


class Pupil:
    """Somebody at the screen."""

    def __init__(self, app: TeachApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> LessonScreen:
        found = self.app.screen
        assert isinstance(found, LessonScreen)
        return found

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    def lit(self) -> str:
        """The bytes that are lit, in hex."""
        view = self.screen.bytes
        source = view.span.source if view.span else None
        assert source is not None
        return " ".join(source.read(low, high).hex(" ") for low, high in view._lit)

    def said(self) -> list[str]:
        """What is said for a moment."""
        return [note.message for note in self.app._notifications]

    def marked(self, kind: str) -> list[tuple[int, int]]:
        return [(low, high) for low, high, each in self.screen._marked if each == kind]


def teach(
    act: Callable[[Pupil], Awaitable[None]], path: str | None = COURSE, *, size: tuple[int, int] = (80, 24)
) -> None:
    async def run() -> None:
        app = make_teach_app(path, settings=NO_SETTINGS)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.pause()
            await act(Pupil(app, pilot))

    asyncio.run(run())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_first_lesson_shows_bytes_what_they_mean_and_what_to_read(size: tuple[int, int]) -> None:
    async def act(pupil: Pupil) -> None:
        text = pupil.text()
        assert "The PDU   step 1 of 20" in text
        assert "Two programs talk: ECHOSCU" in text
        await pupil.press("right", "right", "right", "right")
        text = pupil.text()
        assert pupil.lit() == "00 00 00 cd"
        assert "Here 00 00 00 CD is 205" in text
        for label in ("Why", "Allowed", "→ Next", "e What if", "s States", "? Help", "q Leave"):
            assert label in text
        assert "PDU 1 of 6: A-ASSOCIATE-RQ →" in text
        assert "requestor Sta4→5  acceptor Sta2→3" in text
        assert all(len(line) <= size[0] for line in text.splitlines())

    teach(act, size=size)


def test_every_step_of_the_first_lesson_can_be_read_without_scrolling() -> None:
    async def act(pupil: Pupil) -> None:
        screen = pupil.screen
        course = screen.lesson.course
        assert course is not None
        for step in course.steps:
            for pane in ("#lesson-read", "#lesson-field"):
                assert screen.query_one(pane).max_scroll_y == 0, (step.title, pane)
            await pupil.press("right")
        assert pupil.said() == ["This was the last step. t: questions about it, q: leave."]

    teach(act)


@pytest.mark.parametrize("course", sorted(SHIPPED.glob("*.md")), ids=lambda path: path.stem)
def test_the_panes_of_a_small_screen_hold_every_step_of_a_course(course: Path) -> None:
    async def act(pupil: Pupil) -> None:
        screen, lesson = pupil.screen, pupil.screen.lesson
        field, read = (screen.query_one(f"#lesson-{each}") for each in ("field", "read"))
        assert lesson.course is not None
        for number, step in enumerate(lesson.course.steps):
            lesson.go_to_step(number)
            told = field_text(lesson, screen._wrong(), roomy=False)
            assert told.get_height({}, field.size.width) <= field.size.height, step.title
            assert paragraphs(step.text).get_height({}, read.size.width) <= read.size.height, step.title
            steps = f"   step {number + 1} of {len(lesson.course.steps)}  {step.title}"
            assert screen._title().plain.endswith(steps)
            assert screen._title().cell_length <= 78

    teach(act, str(course))


def test_one_length_byte_shows_at_once_what_shifts_and_what_is_wrong_and_undo_brings_it_back() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("right", "right", "right", "right", "right")
        before = pupil.text()
        await pupil.press("e", "right", "right", "right", "c", "c")
        text = pupil.text()
        assert pupil.lit() == "00 00 00 cc"
        assert "Here 00 00 00 CC is 204" in text
        assert "error lost-framing: No PDU begins here" in text
        assert "3 fields shifted: Implementation version name 15 → 14 bytes" in " ".join(text.split())
        assert "type 0 to 9, a to f over the bytes" in text
        assert pupil.marked("typed") == [(5, 6)]
        assert pupil.marked("shifted") == [(196, 210), (210, 211)]
        await pupil.press("escape", "u")
        assert pupil.text() == before
        assert pupil.screen._marked == []
        await pupil.press("U")
        assert "Here 00 00 00 CC is 204" in pupil.text()
        await pupil.press("R")
        assert pupil.text() == before

    teach(act)


def test_the_first_digit_already_counts_and_the_second_completes_it() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("e", "4")
        assert pupil.lit().startswith("41")
        await pupil.press("8")
        assert pupil.screen.lesson.pdu.name == "PDU type 48H"
        assert "(1 change; u undo" in pupil.text()
        await pupil.press("u")
        assert pupil.screen.lesson.pdu.name == "A-ASSOCIATE-RQ"

    teach(act)


def test_bytes_are_put_in_and_taken_out() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("right", "right", "e", "plus")
        assert pupil.lit().startswith("00")
        await pupil.press("x", "escape")
        assert pupil.screen.lesson.field.path == ["A-ASSOCIATE-RQ", "PDU type"]
        assert "(2 changes; u undo" in pupil.text()

    teach(act)


def test_keys_walk_through_fields_items_and_pdus_and_the_course_goes_on_from_anywhere() -> None:
    async def act(pupil: Pupil) -> None:
        lesson = pupil.screen.lesson
        await pupil.press("down", "down")
        assert lesson.field.node.name == "Reserved"
        assert "You are on a way of your own." in pupil.text()
        await pupil.press("up")
        assert lesson.field.node.name == "PDU type"
        await pupil.press("i")
        assert lesson.field.node.name == "Application Context"
        await pupil.press("tab", "I")
        assert lesson.field.node.name == "Application Context"
        await pupil.press("right_square_bracket")
        assert lesson.pdu.name == "A-ASSOCIATE-AC"
        await pupil.press("left_square_bracket", "left")
        assert (lesson.step_number, lesson.on_step) == (0, True)
        await pupil.press("right")
        assert lesson.step_number == 1

    teach(act)


def test_a_click_on_a_byte_leads_to_its_field() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.pilot.click("#lesson-bytes", offset=(12, 1))
        await pupil.pilot.pause()
        assert pupil.screen.lesson.field.node.name == "Called AE title"

    teach(act)


def test_the_state_machine_lights_the_steps_of_the_pdu() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("s")
        assert isinstance(pupil.app.screen, StatesScreen)
        text = pupil.text()
        assert "requestor  Sta4 + Evt2 connection is open → AE-2 send A-ASSOCIATE-RQ → Sta5" in text
        assert "Evt13 ·    AA-1 AA-8" in text
        await pupil.press("right")
        assert "PDU 2: A-ASSOCIATE-AC from the acceptor" in pupil.text()
        await pupil.press("escape")
        assert pupil.screen.lesson.pdu.name == "A-ASSOCIATE-AC"

    teach(act)


def test_an_impossible_step_is_shown_in_the_table() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("right_square_bracket", "right_square_bracket", "e", "0", "6", "escape", "s")
        assert "Sta6 + Evt14 agrees to release: not allowed in this state" in pupil.text()
        assert "✗" in pupil.text()

    teach(act, str(CAPTURES / "echo.pcap"), size=(120, 40))


def test_a_capture_is_gone_through_field_by_field_beside_its_ladder() -> None:
    async def act(pupil: Pupil) -> None:
        text = pupil.text()
        assert "byte by byte" in text
        assert "N-CREATE-RQ" in text
        await pupil.press("enter", "enter")
        assert pupil.screen.lesson.field.node.name == "Reserved"

    teach(act, str(CAPTURES / "print.pcap"), size=(120, 40))


def test_autoplay_goes_on_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.teach.screen.AUTOPLAY", 0.01)

    async def act(pupil: Pupil) -> None:
        await pupil.press("space")
        while pupil.screen.lesson.place.field < 3:
            await pupil.pilot.pause(0.01)
        await pupil.press("space")
        here = pupil.screen.lesson.place
        await pupil.pilot.pause(0.05)
        assert pupil.screen.lesson.place == here

    teach(act, str(CAPTURES / "echo.pcap"))


def test_courses_are_chosen_and_left_again() -> None:
    async def act(pupil: Pupil) -> None:
        assert isinstance(pupil.app.screen, CoursesScreen)
        assert pupil.app.screen.query_one(OptionList).option_count >= 1
        assert "The PDU" in pupil.text()
        await pupil.press("enter")
        await pupil.pilot.pause()
        assert "step 1 of 20" in pupil.text()
        await pupil.press("q")
        assert isinstance(pupil.app.screen, CoursesScreen)

    teach(act, None)


def test_the_help_lists_the_keys_of_the_lesson() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("question_mark")
        text = pupil.text()
        assert "The lesson" in text
        assert "Type other bytes" in text

    teach(act, size=(80, 40))


def test_the_main_screen_opens_a_lesson_at_the_selected_message_and_gets_it_back() -> None:
    async def act(player: Player) -> None:
        await player.press("j", "j", "e")
        lesson = player.app.screen
        assert isinstance(lesson, LessonScreen)
        message = lesson.lesson.walk.message(lesson.lesson.place.pdu)
        assert message is not None
        assert message.command == "N-CREATE-RQ"
        await player.press("e", "0", "7", "escape", "q")
        assert player.unit == "N-CREATE-RQ, message ID 2"

    play(act)


def heard(plug: socket.socket, received: list[bytes]) -> None:
    """Take a request, and abort it: source 2, reason 6."""
    received.append(plug.recv(1 << 16))
    plug.sendall(bytes.fromhex("07000000000400000206"))


def test_edited_pdus_are_sent_to_an_address_and_the_answer_is_shown() -> None:
    received: list[bytes] = []

    async def act(pupil: Pupil) -> None:
        with scripted(lambda plug: heard(plug, received)) as address:
            await pupil.press("e", "right", "right", "right", "right", "right", "right", "right", "0", "3")
            await pupil.press("escape", "S", *str(address), "enter")
            screen = pupil.app.screen
            assert isinstance(screen, SendScreen)
            while screen.busy:
                await pupil.pilot.pause(0.02)
            await pupil.pilot.pause()
        text = pupil.text()
        assert "→ A-ASSOCIATE-RQ ECHOSCU > STORESCP" in text
        assert "← A-ABORT 2 (service provider), 6 (invalid PDU parameter value)" in text
        await pupil.press("escape")
        assert pupil.screen.lesson.pdu.name == "A-ASSOCIATE-RQ"

    teach(act)
    assert received[0][:8] == bytes.fromhex("01000000 00cd0003")


def test_an_address_where_nothing_listens_is_told_of() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("S", *str(free()), "enter")
        screen = pupil.app.screen
        assert isinstance(screen, SendScreen)
        while screen.busy:
            await pupil.pilot.pause(0.02)
        await pupil.pilot.pause()
        assert "nothing listens at" in pupil.text()

    teach(act)


def test_a_quiz_about_the_capture_is_a_key_away() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("t")
        assert isinstance(pupil.app.screen, QuizScreen)
        assert pupil.app.screen.questions
        await pupil.press("escape")
        assert pupil.screen.lesson.step_number == 0

    teach(act)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("nothere.pcap", "nothere.pcap: there is no such file"),
        ("nothere.md", "nothere.md: No such file or directory"),
        (str(CAPTURES / "http.pcap"), "no DICOM association to look at"),
    ],
)
def test_what_cannot_be_taught_gets_one_line_and_status_2(path: str, complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "teach", path],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_bytes_are_pasted_over_others_and_what_is_no_byte_is_refused() -> None:
    async def act(pupil: Pupil) -> None:
        async def paste(text: str) -> None:
            pupil.app.post_message(events.Paste(text))
            await pupil.pilot.pause()

        await pupil.press("right", "right", "right", "right")
        await paste("00 00 00 cc")  # nobody types yet
        assert pupil.lit() == "00 00 00 cd"
        await pupil.press("e")
        await paste("a length")
        assert pupil.said() == [NOT_PASTED]
        await paste("00 00 00 cc")
        assert pupil.lit() == "00 00 00 cc"
        assert "error lost-framing: No PDU begins here" in pupil.text()
        await pupil.press("u")
        assert pupil.lit() == "00 00 00 cd"

    teach(act)


def test_bytes_pasted_at_the_end_add_those_that_are_too_many() -> None:
    lesson = Lesson(dissect.open(CAPTURES / "echo.pcap").associations)
    length = lesson.what.length(lesson.pdu.side)
    lesson.paste(length - 1, b"\1\2\3")
    assert lesson.what.length(lesson.pdu.side) == length + 2
    assert lesson.undo() is not None
    assert lesson.what.length(lesson.pdu.side) == length


def test_a_length_beyond_all_measure_names_the_pdu_that_is_gone_and_none_of_its_fields() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("down", "down", "down", "e", *"ffffffff")
        text = " ".join(pupil.text().split())
        assert "2 fields shifted: 211 bytes of no PDU; A-ASSOCIATE-RQ is gone" in text
        await pupil.press("escape", "s")
        table = pupil.text().splitlines()
        assert any(line.startswith("│Evt19") for line in table)  # its cell is lit, so it must be in sight
        assert any(line.startswith("│ acceptor  Sta3 + Evt19") for line in table)

    teach(act, str(CAPTURES / "echo.pcap"))


def test_what_was_not_captured_is_no_step_of_the_machine() -> None:
    async def act(pupil: Pupil) -> None:
        assert pupil.screen.lesson.pdu.lost
        await pupil.press("s")
        assert "Sta6: what was sent here was not captured" in pupil.text()

    teach(act, str(CAPTURES / "mid-store.pcap"))


def test_ways_that_end_say_so_once_and_where_it_goes_on() -> None:
    async def act(pupil: Pupil) -> None:
        await pupil.press("left", "up", "left_square_bracket")
        assert pupil.said() == ["This is the beginning."]
        await pupil.press("right_square_bracket", "right_square_bracket")
        assert pupil.said() == ["The last one of the association."]
        while pupil.screen.lesson.next_field():
            pass
        await pupil.press("right", "right")
        assert pupil.said() == ["The end of the association. a: the next one."]
        await pupil.press("a", "u", "u", "u")
        assert pupil.said() == ["Nothing was changed."]

    teach(act, str(CAPTURES / "goes-wrong.pcap"))


def test_what_is_cut_is_told_of_with_the_key_that_shows_it() -> None:
    async def act(pupil: Pupil) -> None:
        assert MORE not in pupil.text()
        await pupil.pilot.resize_terminal(80, 12)
        await pupil.pilot.pause()
        await pupil.pilot.pause()
        assert MORE in pupil.text()

    teach(act)


def test_the_bar_between_the_panes_can_be_dragged() -> None:
    async def act(pupil: Pupil) -> None:
        bar = pupil.screen.query_one("#lesson-place")
        before = bar.region.y
        bar.post_message(Splitter.Dragged(pupil.screen.query_one("#lesson-place", Splitter), 3, 8))
        await pupil.pilot.pause()
        await pupil.pilot.pause()
        assert before > bar.region.y == 8

    teach(act)
