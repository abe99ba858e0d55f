"""LessonScreen: the keys of a lesson, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.timer import Timer
from textual.widgets import Static

from dissect.dicom.associations import Association
from dissect.lessons.lesson import Lesson
from dissect.pieces import Span
from tui.choosers import HelpScreen
from tui.help import keys
from tui.hexview import HexView
from tui.teach.bytes import LessonBytes
from tui.teach.display import LessonDisplay
from tui.teach.states import StatesScreen

AUTOPLAY = 4.0
"""Seconds that autoplay stays at a field; at a step of a course, long enough to read it."""
WORDS_A_SECOND = 3.0
WALKS = ("forward", "back", "field", "item", "autoplay", "edit")
"""Actions that wait until typing is over."""
BEGINNING = "This is the beginning."
ALONE = 2
"""Screens there are when nothing but Textual's own lies below the lesson."""


class LessonScreen(LessonDisplay):
    """One lesson."""

    HELP_TITLE = "The lesson"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n,enter", "forward", "Next", tooltip="Next step, or next field"),
        Binding("left,p,backspace", "back", "Back", tooltip="Step or field before"),
        Binding("down,j", "field(1)", "Field", tooltip="Next field, byte by byte"),
        Binding("up,k", "field(-1)", "Field before", show=False, tooltip="Field before"),
        Binding("i", "item(1)", "Item", tooltip="Next item or element"),
        Binding("tab", "item(1)", "Item", show=False, tooltip="Next item or element"),
        Binding("shift+tab,I", "item(-1)", "Item before", show=False, tooltip="Item or element before"),
        Binding("right_square_bracket", "pdu(1)", "PDU", key_display="]", tooltip="Next PDU"),
        Binding("left_square_bracket", "pdu(-1)", "PDU before", False, key_display="[", tooltip="PDU before"),
        Binding("a", "association", "Association", show=False, tooltip="Next association of the capture"),
        Binding("space", "autoplay", "Play", key_display="␣", tooltip="Go on by itself; again: stop"),
        Binding("e", "edit", "What if", tooltip="Type other bytes and see what becomes of it"),
        Binding("u", "undo", "Undo", show=False, tooltip="Take the last change back"),
        Binding("U", "redo", "Redo", show=False, tooltip="Make it again"),
        Binding("R", "reset", "Reset", show=False, tooltip="All bytes as they were captured"),
        Binding("s", "states", "States", tooltip="The state machine of both sides"),
        Binding("S", "send", "Send", show=False, tooltip="Send these PDUs to a test server"),
        Binding("t", "quiz", "Quiz", show=False, tooltip="Test yourself: questions about this capture"),
        Binding("pagedown,ctrl+f", "page(1)", "Read on", show=False, tooltip="Scroll what is to be read"),
        Binding("pageup,ctrl+b", "page(-1)", "Read back", show=False, tooltip="Scroll it back"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="All keys"),
        Binding("q", "leave", "Leave", tooltip="Leave the lesson"),
    ]

    def __init__(self, lesson: Lesson, name: str = "") -> None:
        super().__init__(lesson, name)
        self._player: Timer | None = None
        self._address = ""
        """Where was sent to last."""

    def _say(self, text: str) -> None:
        """Say something for a moment, in place of what was said before."""
        self.app.clear_notifications()
        self.notify(text, timeout=3)

    # the ways

    def _go(self, way: Callable[[], bool]) -> bool:
        went = way()
        if went:
            self.renew()
        if went and self.playing:
            self._play()  # whoever goes on by hand has all the time to read
        return went

    def action_forward(self) -> None:
        if not self._go(self.lesson.forward):
            self._stop()
            self._say(self._end())

    def _end(self) -> str:
        """What is said where there is nothing further on."""
        if self.lesson.course is not None:
            return "This was the last step. t: questions about it, q: leave."
        if len(self.lesson.associations) > 1:
            return "The end of the association. a: the next one."
        return "The end of the capture. t: questions about it, q: leave."

    def action_back(self) -> None:
        if not self._go(self.lesson.back):
            self._say(BEGINNING)

    def action_field(self, by: int) -> None:
        self._walk(by, self.lesson.next_field, self.lesson.field_before)

    def action_item(self, by: int) -> None:
        self._walk(by, self.lesson.next_item, self.lesson.item_before)

    def action_pdu(self, by: int) -> None:
        self._walk(by, self.lesson.next_pdu, self.lesson.pdu_before)

    def _walk(self, by: int, on: Callable[[], bool], back: Callable[[], bool]) -> None:
        if not self._go(on if by > 0 else back):
            self._say("The last one of the association." if by > 0 else BEGINNING)

    def action_association(self) -> None:
        if not self._go(self.lesson.next_association):
            self._say("The capture has one association.")

    def action_page(self, by: int) -> None:
        """Scroll the text, and once it is at its end the field."""
        for name in ("#lesson-read", "#lesson-field"):
            pane = self.query_one(name, VerticalScroll)
            if pane.display and (pane.scroll_y < pane.max_scroll_y if by > 0 else pane.scroll_y > 0):
                pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)
                self.call_after_refresh(self._tell_place)
                return

    def action_autoplay(self) -> None:
        if self.playing:
            self._stop()
        else:
            self._say("It goes on by itself; Space stops it.")
            self._play()

    def _play(self) -> None:
        self._stop()
        step = self.lesson.step
        pause = AUTOPLAY
        if step is not None and self.lesson.on_step:
            pause = max(AUTOPLAY, len(step.text.split()) / WORDS_A_SECOND)
        self._player = self.set_timer(pause, self._play_on)
        self._tell_playing(True)

    def _play_on(self) -> None:
        self._player = None  # it has run out; a timer must not be stopped by what it calls
        if self.playing:
            self.action_forward()

    def _stop(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._player = None
        if self.playing:
            self._tell_playing(False)

    def _tell_playing(self, playing: bool) -> None:
        self.playing = playing
        self.query_one("#lesson-title", Static).update(self._title())

    # what if

    def action_edit(self) -> None:
        self._stop()
        span = self.lesson.field.node.span or self.lesson.span
        self.bytes.begin(span.start)
        self.tell()
        self.refresh_bindings()

    def on_lesson_bytes_left(self) -> None:
        self.bytes.end()
        self.tell()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Who types bytes walks through bytes."""
        return not (action in WALKS and self.is_mounted and self.bytes.editing)

    def on_lesson_bytes_typed(self, event: LessonBytes.Typed) -> None:
        self.lesson.type(event.position, event.byte, amend=event.amend)
        span = self.lesson.field.node.span
        more = event.amend and span is not None and event.position + 1 < span.stop
        self._renew_edited(event.position + more, half=not event.amend)

    def on_lesson_bytes_pasted(self, event: LessonBytes.Pasted) -> None:
        self.lesson.paste(event.position, event.data)
        self._renew_edited(event.position, half=False)

    def on_lesson_bytes_counted(self, event: LessonBytes.Counted) -> None:
        if event.more:
            self.lesson.put_in(event.position)
        else:
            self.lesson.take_out(event.position)
        self._renew_edited(event.position, half=False)

    def _renew_edited(self, position: int, *, half: bool) -> None:
        """Show what became of it; the cursor goes on within the field."""
        self.renew()
        self.bytes.renewed(position, half=half)

    def on_hex_view_moved(self, event: HexView.Moved) -> None:
        """Who walks through the bytes is told of their fields."""
        event.stop()
        if event.source is self.lesson.span.source and self.lesson.land(self.lesson.pdu.side, event.position):
            node = self.lesson.field.node
            self.bytes.highlight([node.span] if node.span is not None else [])
            self.tell()

    def _take_back(self, change: Callable[[], int | None], nothing: str) -> None:
        position = change()
        if position is None:
            self._say(nothing)
        else:
            self._renew_edited(position, half=False)

    def action_undo(self) -> None:
        self._take_back(self.lesson.undo, "Nothing was changed.")

    def action_redo(self) -> None:
        self._take_back(self.lesson.redo, "Nothing was taken back.")

    def action_reset(self) -> None:
        self._take_back(self.lesson.reset, "Nothing was changed.")

    # other screens

    def action_states(self) -> None:
        self._stop()
        self.app.push_screen(StatesScreen(self.lesson), lambda _: self.renew())

    def action_send(self) -> None:
        """Ask for an address, and send all that the requestor says, as it is edited."""
        from tui.teach.sending import SendScreen  # deferred: few lessons go so far

        self._stop()
        try:
            pdus = self.lesson.requests()
        except ValueError as error:
            self.notify(f"This cannot be sent: {error}.", severity="warning")
            return

        def remember(address: str | None) -> None:
            self._address = address or ""

        self.app.push_screen(SendScreen(pdus, self._address), remember)

    def action_quiz(self) -> None:
        """Ask about the capture, as it was recorded."""
        from dissect.lessons.quiz import questions  # deferred, as above
        from tui.teach.quiz import QuizScreen

        self._stop()
        associations, course = self.lesson.associations, self.lesson.course
        name = course.title if course else self.capture_name or "this capture"
        self.app.push_screen(QuizScreen(lambda: questions(associations), name))

    def action_help(self) -> None:
        self._stop()
        self.app.push_screen(HelpScreen(keys([self, self.bytes, self.app])))

    def action_leave(self) -> None:
        if len(self.app.screen_stack) > ALONE:
            self.dismiss(None)
        else:
            self.app.exit()


def open_lesson(
    associations: Sequence[Association], association: Association, span: Span, name: str
) -> LessonScreen:
    """A lesson on one of the associations of a capture of this name, at the first of some bytes of it."""
    lesson = Lesson(associations, association=associations.index(association))
    lesson.go_to(span)
    return LessonScreen(lesson, name)
