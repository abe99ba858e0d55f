"""pduscope ladder: one association or a story, as text, Mermaid and SVG, with what time was lost to."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

import dissect
from dissect.cli import group
from dissect.ladder import ladder
from dissect.outputs.mermaid import escaped, mermaid
from dissect.outputs.svg import svg
from dissect.terminal import run
from tests.craft import IMPLICIT, VERIFICATION, Talk, associate_ac
from tests.outputs.golden import CAPTURES, same

NAMES = sorted(path.name for path in CAPTURES.iterdir() if ".pcap" in path.name)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    monkeypatch.setenv("COLUMNS", "100")


def drawn(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert run(group, ["ladder", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert run(group, ["ladder", *map(str, arguments)]) == 2
    done = capsys.readouterr()
    assert done.out == ""
    (line,) = done.err.splitlines()
    return line


def test_a_print_session_fits_one_screen_from_negotiation_to_release(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drawn(capsys, "print.pcap")
    same("ladder-print-stalls.txt", text)
    lines = text.splitlines()
    assert len(lines) <= 40
    assert "A-ASSOCIATE-RQ" in lines[2]
    assert "N-DELETE-RSP 10" in lines[-3]
    assert text.count("delayed ACK") == 20
    monkeypatch.setenv("COLUMNS", "80")
    small = drawn(capsys, "print.pcap")
    assert max(map(len, small.splitlines())) <= 80
    assert small.count("delayed ACK") == 20


@pytest.mark.parametrize("name", ["print", "move"])
@pytest.mark.parametrize("format_", ["mermaid", "svg"])
def test_pictures_stay_as_they_are(name: str, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = drawn(capsys, "--association", "1", "--story", "--format", format_, f"{name}.pcap")
    same(f"ladder-{name}.{format_}", text)


def test_a_story_is_drawn_from_any_of_its_associations(capsys: pytest.CaptureFixture[str]) -> None:
    text = drawn(capsys, "--story", "--association", "2", "move.pcap")
    assert text == drawn(capsys, "--story", "move.pcap")
    same("ladder-move-story.txt", text)
    one = drawn(capsys, "--association", "2", "move.pcap")
    assert "C-MOVE" not in one
    assert "C-STORE-RQ 3" in one


def test_every_association_or_story_is_drawn_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys, "commitment.pcap").count("A-ASSOCIATE-RQ") == 4
    assert len(drawn(capsys, "commitment.pcap").split("\n\n")) == 4
    assert len(drawn(capsys, "--story", "commitment.pcap").split("\n\n")) == 2


def test_a_picture_is_of_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 associations; svg draws one" in refused(capsys, "--format", "svg", "move.pcap")
    assert "2 stories; mermaid draws one" in refused(
        capsys, "--story", "--format", "mermaid", "commitment.pcap"
    )
    assert "no association 9" in refused(capsys, "--association", "9", "print.pcap")
    assert "svg draws one ladder: give one capture" in refused(
        capsys, "--format", "svg", "echo.pcap", "print.pcap"
    )
    ring = drawn(capsys, "--format", "svg", "ring-00001.pcapng", "ring-00002.pcapng")
    assert ring.count("</svg>") == 1


def test_each_capture_that_has_no_such_association_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("print.pcap", "parallel.pcap", "echo.pcap")
    assert run(group, ["ladder", "--association", "2", *names]) == 2
    done = capsys.readouterr()
    assert [line.split()[1] for line in done.err.splitlines()] == ["print.pcap:", "echo.pcap:"]
    assert "C-ECHO-RQ" in done.out


def test_pending_responses_unfold(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(drawn(capsys, "--unfold", "find.pcap").splitlines()) > 200


def stories() -> Iterator[tuple[str, int]]:
    for name in NAMES:
        yield from ((name, each.index) for each in dissect.open(CAPTURES / name).associations)


# what Mermaid's own grammar takes of a sequence diagram, as far as it is used here
TEXT = r"(?:[^#;\n%<>]|#\d+;)+"
PARTY = re.compile(rf"  participant (P\d+) as {TEXT}<br/>{TEXT}")
ARROW = re.compile(rf"  (P\d+)(?:->>|-->>|-x|--x)(P\d+): {TEXT}")
NOTE = re.compile(rf"  Note over (P\d+)(?:,(P\d+))?: {TEXT}")


def test_mermaid_gets_parties_before_arrows_and_no_character_of_its_own() -> None:
    for name, number in stories():
        found = ladder([dissect.open(CAPTURES / name).associations[number - 1]])
        first, *lines = "".join(mermaid(found)).splitlines()
        assert first == "sequenceDiagram"
        parties = [match[1] for line in lines if (match := PARTY.fullmatch(line))]
        assert parties == [f"P{number}" for number in range(len(found.columns))]
        rest = lines[len(parties) :]
        assert sum(bool(ARROW.fullmatch(line)) for line in rest) == len(found.rows)
        for line in rest:
            match = ARROW.fullmatch(line) or NOTE.fullmatch(line)
            assert match, line
            assert {end for end in match.groups() if end} <= set(parties)


def test_what_a_peer_says_cannot_end_a_statement_of_mermaid() -> None:
    assert escaped("A;B#C%%<end>") == "A#59;B#35;C#37;#37;#60;end#62;"


def test_a_clock_that_is_set_back_has_one_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    path = talk.write(tmp_path / "back.pcap")
    packets = bytearray(path.read_bytes())
    record = packets.rindex(associate_ac("SCU", "SCP", [(1, IMPLICIT)])) - 54 - 16
    seconds = int.from_bytes(packets[record : record + 4], "little")
    packets[record : record + 4] = (seconds - 1).to_bytes(4, "little")
    path.write_bytes(packets)
    for format_ in ("text", "mermaid", "svg"):
        told = drawn(capsys, "--format", format_, path)
        assert "-999ms" in told
        assert "+-" not in told


def test_svg_is_xml_with_an_arrow_for_each_row() -> None:
    for name, number in stories():
        capture = dissect.open(CAPTURES / name)
        found = ladder([capture.associations[number - 1]])
        root = ElementTree.fromstring("".join(svg(capture, found)))
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        lines = list(root.iter(f"{SVG}line"))
        assert len(lines) == len(found.columns) + sum(row.sender != row.receiver for row in found.rows)
        for each in lines:
            assert 0 <= float(each.attrib["x2"]) <= width
            assert 0 <= float(each.attrib["y2"]) <= height


def test_text_of_a_peer_is_text_in_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(calling="<b>&'\"", called="]]>;%%")
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    path = talk.write(tmp_path / "<odd> & name.pcap")
    root = ElementTree.fromstring(drawn(capsys, "--format", "svg", path))
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    assert any(text.endswith("<odd> & name.pcap") for text in texts)
    assert {"<b>&'\"", "]]>;%%"} <= set(texts)


def test_of_a_long_name_the_end_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / ("long-" * 40)
    folder.mkdir()
    shutil.copy("echo.pcap", folder)
    root = ElementTree.fromstring(drawn(capsys, "--format", "svg", folder / "echo.pcap"))
    title = next(root.iter(f"{SVG}text")).text or ""
    assert title.startswith("…")
    assert title.endswith("long-/echo.pcap")
    assert len(title) * 10.5 < float(root.attrib["width"])
