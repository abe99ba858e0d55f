"""The state machine of PS3.8 Table 9-10: all states and events, and in it the steps that one PDU causes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from dissect.dicom.states import tables
from dissect.lessons.lesson import Lesson
from dissect.lessons.states import EVENTS, STATES, Transition, told

REQUESTOR, ACCEPTOR = "b $text on $success", "b $text on $warning"
CELL, EVENT, NAME = 5, 6, max(map(len, EVENTS.values())) + 1
"""Columns of a state at least, of an event, and of what the event is in words."""
TALL = 28
"""Lines of a screen from which on there is room for all events."""
UNSEEN = ("Evt1", "Evt5", "Evt17", "Evt18")
"""Events that no PDU on the wire is, and so no step that is shown."""
LOST = "what was sent here was not captured, so nobody knows the step"


class StatesScreen(ModalScreen[None]):
    """Both sides' steps, the table with their cells lit; the PDU changes with the keys of the lesson."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s,q", "close", "Back to the bytes"),
        Binding("right,n,right_square_bracket", "pdu(1)", "Next PDU"),
        Binding("left,p,left_square_bracket", "pdu(-1)", "PDU before"),
    ]

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self._lesson = lesson

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box") as box:
            box.border_subtitle = "← → PDU before, next · Escape: back"
            yield Static(id="machine")

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self._show()

    def action_pdu(self, by: int) -> None:
        if by > 0:
            self._lesson.next_pdu()
        else:
            self._lesson.pdu_before()
        self._show()

    def action_close(self) -> None:
        self.dismiss(None)

    def _show(self) -> None:
        lesson = self._lesson
        sender = lesson.walk.association.side_name(lesson.pdu.side)
        title = f"PS3.8 Table 9-10, PDU {lesson.place.pdu + 1}: {lesson.pdu.name} from the {sender}"
        self.query_one(".box").border_title = title
        self.query_one("#machine", Static).update(machine_text(lesson, *self.app.size))


def machine_text(lesson: Lesson, width: int, height: int) -> Content:
    """The steps of both sides in words, and below them the table."""
    association, turn = lesson.walk.association, lesson.turn
    requestor, acceptor = turn.of(association.requestor_side), turn.of(association.acceptor_side)
    lines = []
    for name, step, style in (("requestor", requestor, REQUESTOR), ("acceptor", acceptor, ACCEPTOR)):
        text = f"{step.before}: {LOST}" if lesson.pdu.lost else told(step)
        lines.append(Content.styled(f" {name} ", style) + Content(f" {text}"))
    found = {
        f"{step.before}: {STATES[step.before]}": None for step in (requestor, acceptor) if not step.action
    }
    lines += [Content.styled(each, "$text-error") for each in found]
    lines += _table(requestor, acceptor, width, height)
    return Content("\n").join(lines)


def _table(requestor: Transition, acceptor: Transition, width: int, height: int) -> list[Content]:
    """All states and events, with the steps of both sides lit."""
    lit = {(requestor.event, requestor.before): REQUESTOR}
    lit[acceptor.event, acceptor.before] = ACCEPTOR
    actions = tables().transitions
    cells = {
        state: max([CELL, *(len(action) + 1 for (_, each), action in actions.items() if each == state)])
        for state in STATES
    }
    wide = width >= EVENT + sum(cells.values()) + NAME + 6
    heading = Content(" " * (EVENT + (NAME if wide else 0)))
    for state, cell in cells.items():
        style = REQUESTOR if state == requestor.after else ACCEPTOR if state == acceptor.after else "b"
        if requestor.after == acceptor.after == state:
            style = "b $text on $primary"
        heading += Content.styled(f"S{state[3:]:<{cell - 2}}", style) + Content(" ")
    lines = [heading]
    for event, words in EVENTS.items():
        if height < TALL and event in UNSEEN:
            continue
        line = Content.styled(f"{event:<{EVENT}}", "b" if any(event == each for each, _ in lit) else "")
        if wide:
            line += Content.styled(f"{words:<{NAME}}", "$text-muted")
        for state, cell in cells.items():
            action = actions.get((event, state), "")
            mark = lit.get((event, state))
            if mark:
                line += Content.styled(f"{action or '✗':<{cell}}", mark)
            else:
                line += Content.styled(
                    f"{action or '·':<{cell}}", "$text-muted" if action else "$foreground 30%"
                )
        lines.append(line)
    if height < TALL:
        lines.append(Content.styled(f"{', '.join(UNSEEN)}: no PDU; a higher screen has them.", "$text-muted"))
    return lines
