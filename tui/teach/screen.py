"""LessonScreen: bytes beside what they mean, below them what to read and what a change would do.

pduscope teach  The PDU                                step 4 of 19  How long it is
0000  01 00 00 00 00 cd 00 01 ........   PDU length
0008  00 00 53 54 4f 52 45 53 ..STORES   A-ASSOCIATE-RQ
                                         Here 00 00 00 CD is 205: from 0006 to 00d2
── PDU 1 of 6: A-ASSOCIATE-RQ from the requestor ── requestor Sta4→5  acceptor Sta2→3 ──
Four bytes, the most significant first ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from dissect.dicom.associations import Association
from dissect.lessons.here import wrongs
from dissect.lessons.lesson import Lesson
from dissect.pieces import Span
from tui.bars import Splitter
from tui.choosers import HelpScreen
from tui.help import keys
from tui.hexview import HexView
from tui.keybar import KeyBar
from tui.teach.bytes import LessonBytes
from tui.teach.lettering import paragraphs
from tui.teach.states import StatesScreen
from tui.teach.texts import field_text, ladder_lines, place_text, whatif_text

AUTOPLAY = 4.0
"""Seconds that autoplay stays at a field; at a step of a course, long enough to read it."""
WORDS_A_SECOND = 3.0
WIDE = 110
"""Columns from which on the ladder has a place of its own."""
VERY_WIDE = 132
"""Columns from which on sixteen bytes a line leave enough for what they mean."""
ROOMY = 20
"""Lines from which on an empty one between sentences makes them easier to read."""
TYPING = "type 0 to 9, a to f over the bytes"
WALKS = ("forward", "back", "field", "item", "autoplay", "edit")
"""Actions that wait until typing is over."""
LADDER = 34
ALONE = 2
"""Screens there are when nothing but Textual's own lies below the lesson."""


class LessonScreen(Screen[None]):
    """One lesson."""

    HELP_TITLE = "The lesson"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (VERY_WIDE, "-wide")]  # noqa: RUF012 - as textual declares it
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

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self.lesson = lesson
        self._player: Timer | None = None
        self._address = ""
        """Where was sent to last."""
        self._marked: list[tuple[int, int, str]] = []
        """Bytes that stand out: from, to, and why."""
        self._wrongs: tuple[Span | None, dict[tuple[int, str], str]] = (None, {})

    def compose(self) -> ComposeResult:
        yield Static(id="lesson-title")
        with Horizontal(id="lesson-upper"):
            yield LessonBytes(id="lesson-bytes")
            with VerticalScroll(id="lesson-field", can_focus=False):
                yield Static(id="lesson-about")
        yield Splitter(id="lesson-place")
        with Horizontal(id="lesson-lower"):
            yield Static(id="lesson-ladder")
            with VerticalScroll(id="lesson-read", can_focus=False):
                yield Static(id="lesson-text")
        yield KeyBar()

    def on_mount(self) -> None:
        self.call_after_refresh(self.renew)

    def on_resize(self) -> None:
        self.call_after_refresh(self.renew)

    @property
    def bytes(self) -> LessonBytes:
        return self.query_one(LessonBytes)

    # showing

    def renew(self) -> None:
        """Show the place where the lesson is."""
        lesson = self.lesson
        span, node = lesson.span, lesson.field.node
        self._mark()
        self.bytes.show(span, self._marks)
        self.bytes.highlight([node.span] if node.span is not None else [])
        self._tell()
        self.query_one("#lesson-field", VerticalScroll).scroll_home(animate=False)
        self.query_one("#lesson-read", VerticalScroll).scroll_home(animate=False)

    def _tell(self) -> None:
        """All but the bytes."""
        lesson, roomy = self.lesson, self.query_one("#lesson-field").size.height >= ROOMY
        self.query_one("#lesson-title", Static).update(self._title())
        self.query_one("#lesson-about", Static).update(field_text(lesson, self._wrong(), roomy=roomy))
        which, states = place_text(lesson, wide=self.size.width >= WIDE)
        place = self.query_one("#lesson-place", Splitter)
        place.title, place.about = TYPING if self.bytes.editing else which, states
        self._tell_below()

    def _tell_below(self) -> None:
        """The text of the step, or what edits did; the ladder where there is room for it."""
        lesson, lower = self.lesson, self.query_one("#lesson-lower")
        text = None
        if lesson.what.edits:
            text = whatif_text(lesson)
            if lesson.step is not None and lesson.on_step:
                text += Content("\n\n") + paragraphs(lesson.step.text)
        elif lesson.step is not None and lesson.on_step:
            text = paragraphs(lesson.step.text)
        elif lesson.step is not None:
            text = Content.styled("You are on a way of your own. ", "b $text-accent") + Content(
                f"→ goes on with the course, ← goes back to the step: {lesson.step.title}."
            )
        wide = self.size.width >= WIDE
        ladder, read = self.query_one("#lesson-ladder", Static), self.query_one("#lesson-read")
        read.display = text is not None
        ladder.display = wide or text is None
        ladder.styles.width = LADDER if text is not None else "1fr"
        if text is not None:
            self.query_one("#lesson-text", Static).update(text)
        if ladder.display:
            width = LADDER - 2 if text is not None else min(self.size.width, 72)
            lines = ladder_lines(lesson, max(lower.size.height, 1), width)
            ladder.update(Content("\n").join(lines))

    def _title(self) -> Content:
        lesson = self.lesson
        title = Content.styled("pduscope teach  ", "b $accent")
        if lesson.course is None or lesson.step is None:
            return title + Content.styled("byte by byte", "b")
        title += Content.styled(lesson.course.title, "b")
        step = f"   step {lesson.step_number + 1} of {len(lesson.course.steps)}  "
        title += Content.styled(step, "$text-muted")
        return title + Content.styled(lesson.step.title, "b $text-accent")

    def _wrong(self) -> str:
        """What was expected in this field, if not what is there."""
        span, node = self.lesson.span, self.lesson.field.node
        if self._wrongs[0] != span:
            self._wrongs = span, wrongs(span)
        return self._wrongs[1].get((node.span.start, node.name), "") if node.span is not None else ""

    def _marks(self, start: int, stop: int) -> list[tuple[int, int, str]]:
        """What was typed and what shifted, between two positions."""
        return [each for each in self._marked if each[0] < stop and start < each[1]]

    def _mark(self) -> None:
        """Find what was typed in this direction, and what shifted in this PDU."""
        what, pdu = self.lesson.what, self.lesson.pdu
        shifted = [shift.after for shift in what.shifts(pdu.side, pdu.start) if shift.after]
        inside = [place for place in shifted if place != (pdu.start, pdu.stop)]
        self._marked = [(*place, "shifted") for place in inside]
        self._marked += [(*place, "typed") for place in what.edited(pdu.side)]

    # the ways

    def _go(self, way: Callable[[], bool]) -> bool:
        went = way()
        if went:
            self.renew()
        return went

    def action_forward(self) -> None:
        if not self._go(self.lesson.forward):
            self._stop()
            self.notify(
                "This was the last step." if self.lesson.course else "The end of the capture.", timeout=3
            )

    def action_back(self) -> None:
        self._go(self.lesson.back)

    def action_field(self, by: int) -> None:
        self._go(self.lesson.next_field if by > 0 else self.lesson.field_before)

    def action_item(self, by: int) -> None:
        self._go(self.lesson.next_item if by > 0 else self.lesson.item_before)

    def action_pdu(self, by: int) -> None:
        self._go(self.lesson.next_pdu if by > 0 else self.lesson.pdu_before)

    def action_association(self) -> None:
        if not self._go(self.lesson.next_association):
            self.notify("The capture has one association.", timeout=3)

    def action_page(self, by: int) -> None:
        """Scroll the text, and once it is at its end the field."""
        for name in ("#lesson-read", "#lesson-field"):
            pane = self.query_one(name, VerticalScroll)
            if pane.display and (pane.scroll_y < pane.max_scroll_y if by > 0 else pane.scroll_y > 0):
                pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)
                return

    def action_autoplay(self) -> None:
        if self._player is not None:
            self._stop()
        else:
            self.notify("It goes on by itself; Space stops it.", timeout=3)
            self._play()

    def _play(self) -> None:
        step = self.lesson.step
        pause = AUTOPLAY
        if step is not None and self.lesson.on_step:
            pause = max(AUTOPLAY, len(step.text.split()) / WORDS_A_SECOND)
        self._player = self.set_timer(pause, self._play_on)

    def _play_on(self) -> None:
        if self._player is not None:
            self.action_forward()
        if self._player is not None:
            self._play()

    def _stop(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._player = None

    # what if

    def action_edit(self) -> None:
        self._stop()
        span = self.lesson.field.node.span or self.lesson.span
        self.bytes.begin(span.start)
        self._tell()
        self.refresh_bindings()

    def on_lesson_bytes_left(self) -> None:
        self.bytes.end()
        self._tell()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Who types bytes walks through bytes."""
        return not (action in WALKS and self.is_mounted and self.bytes.editing)

    def on_lesson_bytes_typed(self, event: LessonBytes.Typed) -> None:
        self.lesson.type(event.position, event.byte, amend=event.amend)
        span = self.lesson.field.node.span
        more = event.amend and span is not None and event.position + 1 < span.stop
        self._renew_edited(event.position + more, half=not event.amend)

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
            self._tell()

    def _take_back(self, change: Callable[[], int | None], nothing: str) -> None:
        position = change()
        if position is None:
            self.notify(nothing, timeout=3)
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
        name = course.title if course else "this capture"
        self.app.push_screen(QuizScreen(lambda: questions(associations), name))

    def action_help(self) -> None:
        self._stop()
        self.app.push_screen(HelpScreen(keys([self, self.bytes, self.app])))

    def action_leave(self) -> None:
        if len(self.app.screen_stack) > ALONE:
            self.dismiss(None)
        else:
            self.app.exit()


def open_lesson(associations: Sequence[Association], association: Association, span: Span) -> LessonScreen:
    """A lesson on one of several associations, at the first of some bytes of it."""
    lesson = Lesson(associations, association=associations.index(association))
    lesson.go_to(span)
    return LessonScreen(lesson)
