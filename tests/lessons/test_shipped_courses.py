"""The courses that come with pduscope: every step leads somewhere, and says what stands there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import dissect
from dissect.capture import Capture
from dissect.lessons.courses import Course, Step, shipped
from dissect.lessons.walk import Walk, association_of

STEPS = [
    pytest.param(course, step, id=f"{course.path.stem}-{step.line}")
    for course in shipped()
    for step in course.steps
]
BYTES = re.compile(r"\*\*([0-9A-F]{2}(?: [0-9A-F]{2})*)\*\*")
"""Bytes that a text names are set in bold."""


@cache
def capture(path: Path) -> Capture:
    return dissect.open(path)


def test_there_is_a_course_for_each_subject() -> None:
    assert [course.path.stem for course in shipped()] == [
        "the-pdu", "negotiation", "the-echo", "storing", "finding", "printing", "going-wrong"
    ]  # fmt: skip


@pytest.mark.parametrize(("course", "step"), STEPS)
def test_a_step_leads_to_bytes_that_it_tells_rightly(course: Course, step: Step) -> None:
    walk = Walk(association_of(capture(course.capture).associations, step.pointer))
    place = walk.find(step.pointer)
    span = walk.field(place).node.span
    assert span is not None
    assert span.length
    whole = walk.span(place.pdu).read()
    for named in BYTES.findall(step.text):
        assert bytes.fromhex(named) in whole


@pytest.mark.parametrize("course", shipped(), ids=lambda course: course.path.stem)
def test_a_course_is_short_enough_to_take_in_one_go(course: Course) -> None:
    assert 10 <= len(course.steps) <= 25
    assert all(len(step.text) < 600 for step in course.steps)
    assert all(len(step.title) <= 40 for step in course.steps)
