"""The courses to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dissect.lessons.courses import Course
from dissect.outputs.words import plural


class CoursesScreen(Screen[None]):
    """Shipped courses by name and summary; the one that is chosen is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "app.quit", "Leave"),
    ]

    def __init__(self, courses: Sequence[Course], open_: Callable[[Course], None]) -> None:
        super().__init__()
        self._courses = courses
        self._open = open_

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = f"pduscope teach: choose one of {plural(len(self._courses), 'course')}"
            box.border_subtitle = "↑ ↓ choose · Enter: begin · q: leave"
            yield OptionList(*(Option(_prompt(course)) for course in self._courses))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._open(self._courses[event.option_index])


def _prompt(course: Course) -> Content:
    title = Content.styled(course.title, "b $text-accent")
    steps = Content.styled(f"  {plural(len(course.steps), 'step')}", "$text-muted")
    return title + steps + Content(f"\n{course.summary}\n")
