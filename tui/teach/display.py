"""LessonDisplay: bytes beside what they mean, below them what to read and what a change would do.

pduscope teach  The PDU                                step 4 of 19  How long it is
0000  01 00 00 00 00 cd 00 01 ........   PDU length
0008  00 00 53 54 4f 52 45 53 ..STORES   A-ASSOCIATE-RQ
                                         Here 00 00 00 CD is 205: from 0006 to 00d2
── PDU 1 of 6: A-ASSOCIATE-RQ from the requestor ── requestor Sta4→5  acceptor Sta2→3 ──
Four bytes, the most significant first ...
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dissect.lessons.here import wrongs
from dissect.lessons.lesson import Lesson
from dissect.outputs.words import clean
from dissect.pieces import Span
from tui.bars import Splitter
from tui.keybar import KeyBar
from tui.lines import cut
from tui.teach.bytes import LessonBytes
from tui.teach.lettering import paragraphs
from tui.teach.texts import field_text, ladder_lines, place_text, whatif_text

WIDE = 110
"""Columns from which on the ladder has a place of its own."""
VERY_WIDE = 132
"""Columns from which on sixteen bytes a line leave enough for what they mean."""
ROOMY = 20
"""Lines from which on an empty one between sentences makes them easier to read."""
TALL = 32
"""Lines of a screen from which on a third of them is for what is to be read."""
BARS = 3
"""Lines of the title, of the place and of the keys."""
LEAST_READ, LEAST_UPPER = 3, 5
LADDER_LINES = 5
"""Of the ladder on a low screen, where it has them to itself."""
TYPING = "type 0 to 9, a to f over the bytes"
MORE = "PgDn: more"
LADDER = 34
HEAD = "pduscope teach  "
LEAST_TITLE = 8
"""Columns that the name of a course keeps."""


class LessonDisplay(Screen[None]):
    """What a lesson shows; whoever makes another of it gives the keys."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (VERY_WIDE, "-wide")]  # noqa: RUF012 - as textual declares it

    def __init__(self, lesson: Lesson, name: str = "") -> None:
        """`name` is that of the capture, where there is no course."""
        super().__init__()
        self.lesson = lesson
        self.capture_name = clean(name)
        self.playing = False
        """Whether it goes on by itself."""
        self._marked: list[tuple[int, int, str]] = []
        """Bytes that stand out: from, to, and why."""
        self._wrongs: tuple[Span | None, dict[tuple[int, str], str]] = (None, {})
        self._longest: tuple[int, int] = (0, 0)
        """A width, and how many lines the longest text of the course takes there."""
        self._dragged = 0
        """Lines for what is to be read, where somebody dragged the bar above it."""

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

    def renew(self) -> None:
        """Show the place where the lesson is."""
        lesson = self.lesson
        span, node = lesson.span, lesson.field.node
        self._mark()
        self.bytes.show(span, self._marks)
        self.bytes.highlight([node.span] if node.span is not None else [])
        self.tell()
        self.query_one("#lesson-field", VerticalScroll).scroll_home(animate=False)
        self.query_one("#lesson-read", VerticalScroll).scroll_home(animate=False)

    def tell(self) -> None:
        """All but the bytes."""
        text = self._text()
        rows = self._rows(text)
        self.query_one("#lesson-lower").styles.height = rows
        roomy = self.size.height - BARS - rows >= ROOMY
        self.query_one("#lesson-title", Static).update(self._title())
        self.query_one("#lesson-about", Static).update(field_text(self.lesson, self._wrong(), roomy=roomy))
        self._tell_place()
        self._tell_below(text, rows)
        self.call_after_refresh(self._tell_place)  # it says whether something is cut

    def _tell_place(self) -> None:
        """Which PDU it is, both sides' states, and whether there is more to read than shows."""
        which, states = place_text(self.lesson, self.size.width)
        if any(each.display and each.scroll_y < each.max_scroll_y for each in self.query(VerticalScroll)):
            which = f"{which}  {MORE}"
        place = self.query_one("#lesson-place", Splitter)
        place.title, place.about = TYPING if self.bytes.editing else which, states

    def _text(self) -> Content | None:
        """The text of the step, or what edits did; None where there is nothing to read."""
        lesson = self.lesson
        step = lesson.step
        if lesson.what.edits:
            text = whatif_text(lesson)
            return text + Content("\n\n") + paragraphs(step.text) if step and lesson.on_step else text
        if step is None:
            return None
        if lesson.on_step:
            return paragraphs(step.text)
        return Content.styled("You are on a way of your own. ", "b $text-accent") + Content(
            f"→ goes on with the course, ← goes back to the step: {step.title}."
        )

    def _rows(self, text: Content | None) -> int:
        """Lines of the lower panes: on a low screen no more than the longest text of the course takes.

        That way fields have all the rest, and the bar between stays where it is from step to step. What edits
        did may push it up.
        """
        all_, width = self.size.height - BARS, self.size.width - 2
        if self._dragged:
            return max(LEAST_READ, min(self._dragged, all_ - LEAST_UPPER))
        if self.size.width >= WIDE:
            width -= LADDER
        rows = all_ // 3
        if self.size.height < TALL:
            course = self.lesson.course
            if self._longest[0] != width:
                texts = [paragraphs(step.text) for step in course.steps] if course else []
                heights = [each.get_height({}, width) for each in texts]
                self._longest = width, max(heights, default=LADDER_LINES)
            rows = max(min(rows, self._longest[1]), LEAST_READ)
        if text is not None and self.lesson.what.edits:
            rows = max(rows, min(text.get_height({}, width), all_ // 2))
        return rows

    def _tell_below(self, text: Content | None, rows: int) -> None:
        """What is to be read, and the ladder where there is room for it."""
        wide = self.size.width >= WIDE
        ladder, read = self.query_one("#lesson-ladder", Static), self.query_one("#lesson-read")
        read.display = text is not None
        ladder.display = wide or text is None
        ladder.styles.width = LADDER if text is not None else "1fr"
        if text is not None:
            self.query_one("#lesson-text", Static).update(text)
        if ladder.display:
            width = LADDER - 2 if text is not None else min(self.size.width, 72)
            ladder.update(Content("\n").join(ladder_lines(self.lesson, max(rows, 1), width)))

    def _title(self) -> Content:
        """The course and the step, of which the name of the course is cut where room is short."""
        lesson = self.lesson
        playing = Content.styled("▶ ", "b $text-success") if self.playing else Content("")
        head = Content.styled(HEAD, "b $text-accent")
        if lesson.course is None or lesson.step is None:
            name = f"{self.capture_name}  " if self.capture_name else ""
            return playing + head + Content.styled(name, "b") + Content("byte by byte")
        course = clean(lesson.course.title)
        step = f"   step {lesson.step_number + 1} of {len(lesson.course.steps)}  "
        title = clean(lesson.step.title)
        room = self.size.width - 2 - playing.cell_length - len(step) - len(title)
        if room < len(HEAD) + len(course):
            head = Content("")
        course = cut(course, max(room - head.cell_length, LEAST_TITLE))
        return (
            playing
            + head
            + Content.styled(course, "b")
            + Content.styled(step, "$text-muted")
            + Content.styled(title, "b $text-accent")
        )

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

    def on_splitter_dragged(self, event: Splitter.Dragged) -> None:
        self._dragged = max(self.size.height - 2 - event.y, 1)
        self.tell()
