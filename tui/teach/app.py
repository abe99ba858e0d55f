"""The application of `pduscope teach`: a course, a capture byte by byte, or the choice of a course."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.screen import Screen

import dissect
from dissect.lessons.courses import Course, CourseError, read_course, shipped
from dissect.lessons.lesson import Lesson
from dissect.outputs.words import clean
from dissect.readings import READINGS
from dissect.wire.files import CaptureError
from tui.app import PduscopeApp
from tui.reading import FollowedCapture
from tui.teach.courses import CoursesScreen
from tui.teach.screen import LessonScreen

COURSE = ".md"


class TeachApp(PduscopeApp):
    """A lesson, or where there is none, the courses."""

    CSS_PATH = "../pduscope.tcss"

    def __init__(
        self, lesson: Lesson | None, courses: Sequence[Course], settings: Path | None, name: str = ""
    ) -> None:
        super().__init__(FollowedCapture([], readings=READINGS), settings, "")
        self._lesson = lesson
        self._capture_name = name
        self._courses = courses

    def first_screen(self) -> Screen[Any]:
        if self._lesson is not None:
            return LessonScreen(self._lesson, self._capture_name)
        return CoursesScreen(self._courses, self.begin)

    def begin(self, course: Course) -> None:
        """Take a course."""
        try:
            lesson = lesson_of(course)
        except (CourseError, CaptureError) as error:
            self.notify(clean(str(error)), severity="error", markup=False)
            return
        self.push_screen(LessonScreen(lesson))


def lesson_of(course: Course) -> Lesson:
    """A course over its capture; CourseError or CaptureError where it cannot be taken."""
    associations = dissect.open(course.capture).associations
    if not associations:
        raise CourseError(course.path, 0, f"{course.capture.name} holds no association")
    return Lesson(associations, course)


def make_teach_app(path: str | None, *, settings: Path | None = None) -> TeachApp:
    """The application for a course (.md), a capture, or with None the shipped courses.

    Raises CourseError and CaptureError, whose one line says what is wrong.
    """
    if path is None:
        return TeachApp(None, shipped(), settings)
    if path.endswith(COURSE):
        return TeachApp(lesson_of(read_course(Path(path))), (), settings)
    associations = dissect.open(path).associations
    if not associations:
        raise CaptureError(f"{path}: no DICOM association to look at")
    return TeachApp(Lesson(associations), (), settings, Path(path).name)
