"""What the screen says of findings: their numbers, and where they are marked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

import dissect
from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules import judge_data_sets
from dissect.rules.pace import pausing
from tests.outputs.golden import CAPTURES
from tests.tui.screen import Player, play
from tests.tui.stage import line
from tui import following, judging
from tui.where import Where


def test_what_data_sets_show_is_counted_and_listed_as_check_does() -> None:
    (association,) = dissect.open(CAPTURES / "print-errors.pcap").associations
    rules = {each.rule for each in association.findings + judge_data_sets(association)}
    assert "print-empty" in rules

    async def act(player: Player) -> None:
        await player.until(lambda: "1 error" in player.title.trouble)
        assert "1 error  1 warning" in player.lines()[0]
        await player.press("6")
        assert rules <= set(player.text().split())

    play(act, "print-errors.pcap")


def test_data_sets_of_a_big_capture_wait_until_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "FEW", 1)

    async def act(player: Player) -> None:
        assert player.title.trouble == ""
        await player.press("6")
        await player.until(lambda: "1 error" in player.title.trouble)
        await player.until(lambda: "print-empty" in player.text())

    play(act, "print-errors.pcap")


def test_judging_in_a_thread_stands_back_for_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Callable[[], None]] = []

    def spy(pause: Callable[[], None]) -> AbstractContextManager[None]:
        asked.append(pause)
        return pausing(pause)

    monkeypatch.setattr(following, "pausing", spy)
    monkeypatch.setattr(judging, "pausing", spy)

    async def act(player: Player) -> None:
        await player.until(lambda: "1 error" in player.title.trouble)
        # the rules of each association, its data sets, and the capture as a whole
        assert asked == [player.screen.capture.give_way] * 3

    play(act, "print-errors.pcap")


def test_a_finding_is_marked_in_the_fields_and_bytes_and_told_at_the_foot() -> None:
    async def act(player: Player) -> None:
        await player.until(lambda: "6 warnings" in player.title.trouble)
        await player.press("6", "down", "enter")
        await player.settled()
        shown = [line(player.tree, y) for y in range(player.tree.size.height)]
        assert sum("! Presentation Context" in each for each in shown) == 1
        foot = str(player.screen.query_one(Where).render())
        assert "Presentation Context: The acceptor takes none of the transfer syntaxes" in foot
        assert "PS3.8 Table 9-18" in foot
        lines = (player.bytes.render_line(y) for y in range(player.bytes.size.height))
        lit = [each.text for strip in lines for each in strip if each.style and each.style.underline]
        assert "21 00 00" in " ".join(lit)
        await player.press("home")
        foot = str(player.screen.query_one(Where).render())
        assert "The acceptor takes" not in foot

    play(act, "contexts-refused.pcap", size=(120, 36))


def test_a_folded_field_shows_that_there_is_a_finding_in_it() -> None:
    async def act(player: Player) -> None:
        await player.until(lambda: "6 warnings" in player.title.trouble)
        await player.press("enter", "home", "h")
        await player.settled()
        assert line(player.tree, 0).startswith("▸ ! A-ASSOCIATE-RQ")
        await player.press("l")
        assert line(player.tree, 0).startswith("▾ A-ASSOCIATE-RQ")

    play(act, "contexts-refused.pcap", size=(120, 36))


def test_an_association_that_cannot_be_judged_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Association.findings.fget  # type: ignore[attr-defined]

    def findings(association: Association) -> list[Finding]:
        if association.index != 4:
            raise ValueError("no rule foresaw it")
        found: list[Finding] = plain(association)
        return found

    monkeypatch.setattr(Association, "findings", property(findings))

    async def act(player: Player) -> None:
        assert [each.index for each in player.screen.judged] == [4]
        assert player.said() == ["Association 1 cannot be judged: no rule foresaw it"]

    play(act, "goes-wrong.pcap")


def test_what_several_show_together_may_fail_and_all_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> list[Finding]:
        raise ValueError("no rule foresaw it")

    monkeypatch.setattr(judging, "judge_capture", fail)

    async def act(player: Player) -> None:
        await player.until(lambda: "1 error" in player.title.trouble)
        assert player.said() == ["What associations show together cannot be judged: no rule foresaw it"]

    play(act, "print-errors.pcap")
