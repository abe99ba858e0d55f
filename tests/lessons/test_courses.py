"""The format of courses, and the courses that are shipped."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dissect
from dissect.lessons.courses import Course, CourseError, Name, Pointer, read_course, shipped
from dissect.lessons.walk import Walk, association_of

ROOT = Path(__file__).parents[2]
MATTER = '+++\ntitle = "T"\nsummary = "S"\ncapture = "echo.pcap"\n+++\n'
STEP = "## One\n@ PDU 1 / PDU type\n\nText.\n"
SHIPPED = shipped()


def course(tmp_path: Path, text: str | bytes) -> Course:
    path = tmp_path / "course.md"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_course(path)


def test_a_course_has_front_matter_and_steps(tmp_path: Path) -> None:
    found = course(tmp_path, f"{MATTER}\n# T\n\n{STEP}\n## Two\n\n@ C-ECHO-RSP[2] / Status\nMore\n\ntext.\n")
    assert (found.title, found.summary, found.capture.name) == ("T", "S", "echo.pcap")
    assert [(step.title, step.text, step.line) for step in found.steps] == [
        ("One", "Text.", 10),
        ("Two", "More\n\ntext.", 16),
    ]
    assert found.steps[1].pointer == Pointer(Name("C-ECHO-RSP", 2), (Name("Status"),))


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("PDU 3", Pointer(Name("PDU", 3))),
        ("pdu 3 / Item length", Pointer(Name("PDU", 3), (Name("Item length"),))),
        ("message 2 / Status", Pointer(Name("message", 2), (Name("Status"),))),
        ("association 2 / A-ABORT", Pointer(Name("A-ABORT"), (), 2)),
        (
            "A-ASSOCIATE-AC / Presentation Context[2] / Result",
            Pointer(Name("A-ASSOCIATE-AC"), (Name("Presentation Context", 2), Name("Result"))),
        ),
    ],
)
def test_a_pointer_names_a_pdu_or_message_and_a_path_of_fields(
    tmp_path: Path, text: str, pointer: Pointer
) -> None:
    assert course(tmp_path, f"{MATTER}## One\n@ {text}\nText.\n").steps[0].pointer == pointer


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "expected +++ on the first line"),
        ("# A course\n", 1, "expected +++ on the first line"),
        ('+++\ntitle = "T"\n', 2, "expected a second line of +++"),
        ("+++\ntitle = T\n+++\n", 2, "expected TOML"),
        ('+++\ntitle = "T"\n+++\n', 3, "expected summary and capture"),
        ('+++\ntitle = 1\nsummary = "S"\ncapture = "echo.pcap"\n+++\n', 2, "expected a text for title"),
        (MATTER.replace("+++\n", "+++\norder = true\n", 1), 2, "expected a whole number for order"),
        (MATTER.replace("title", "titel"), 2, "expected one of title, summary, capture, order, found titel"),
        (MATTER.replace("echo.pcap", "nothere.pcap") + STEP, 4, "found no nothere.pcap"),
        (MATTER, 5, "expected at least one step"),
        (f"{MATTER}Text.\n{STEP}", 6, "expected a step, which begins with ##"),
        (f"{MATTER}## One\nText.\n", 7, "expected where to look, such as: @ A-ASSOCIATE-RQ"),
        (f"{MATTER}## One\n", 6, "expected where to look"),
        (f"{MATTER}## One\n@ PDU 1\n## Two\n", 7, "expected the text of the step"),
        (f"{MATTER}## One\n@\nText.\n", 7, "expected a PDU or message"),
        (f"{MATTER}## One\n@ association 1\nText.\n", 7, "expected a PDU or message"),
        (f"{MATTER}## One\n@ PDU 1 /  / x\nText.\n", 7, "expected a PDU or message"),
        (MATTER.encode() + b"\xff\n", 6, "expected text in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_course_is_told_with_file_line_and_what_was_expected(
    tmp_path: Path, text: str | bytes, line: int, expected: str
) -> None:
    with pytest.raises(CourseError) as caught:
        course(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'course.md'}, line {line}: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_course_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="No such file"):
        read_course(tmp_path / "nothere.md")


def test_a_capture_next_to_the_course_comes_before_a_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "echo.pcap"
    own.write_bytes(b"")
    assert course(tmp_path, MATTER + STEP).capture == own


def test_the_shipped_courses_come_in_their_order() -> None:
    assert SHIPPED[0].title == "The PDU"
    assert [each.order for each in SHIPPED] == sorted({each.order for each in SHIPPED})


@pytest.mark.parametrize("shipped_course", SHIPPED, ids=lambda each: each.path.stem)
def test_every_step_of_a_shipped_course_leads_somewhere(shipped_course: Course) -> None:
    associations = dissect.open(shipped_course.capture).associations
    for step in shipped_course.steps:
        walk = Walk(association_of(associations, step.pointer))
        assert walk.field(walk.find(step.pointer)).node.span is not None


def test_the_captures_of_shipped_courses_are_packed_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert packed == {
        f"captures/{name}": f"dissect/lessons/captures/{name}"
        for name in {each.capture.name for each in SHIPPED}
    }


@pytest.mark.slow
def test_an_installed_wheel_has_the_courses_and_their_captures(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    wheel = next(tmp_path.glob("pduscope-*.whl"))
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True)
    script = "from dissect.lessons.courses import shipped\nfor each in shipped(): print(each.capture)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(target)},
    )  # fmt: skip
    places = [Path(line) for line in done.stdout.splitlines()]
    assert len(places) == len(SHIPPED)
    assert all(place.parent == target / "dissect" / "lessons" / "captures" for place in places)
    assert all(dissect.open(place).associations for place in places)
