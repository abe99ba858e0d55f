"""Each rule is broken by one conversation, and not by another that comes close to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import dissect
from dissect.dicom.states import impossible
from dissect.pieces import locate
from dissect.rules.declaration import Rule
from dissect.rules.registry import RULES
from tests.rules import negotiating
from tests.rules.case import begun, echo, ended
from tests.rules.clauses import CLAUSES
from tests.rules.shipped import (
    CASES,
    EXAMPLES,
    OWN,
    ROOT,
    SQUEEZED,
    broken,
    example,
    findings,
    near_miss,
    write_down,
)


def test_every_rule_has_a_capture_that_breaks_it_and_one_that_does_not() -> None:
    assert CASES.keys() == RULES.keys()
    wanted = {path(rule) for rule in RULES for path in (broken, near_miss)}
    assert set(OWN.iterdir()) == wanted


@pytest.mark.parametrize("rule", sorted(CASES.keys() - SQUEEZED))
def test_shipped_captures_are_those_that_are_made_here(rule: str, tmp_path: Path) -> None:
    for make, path in zip(CASES[rule], (broken(rule), near_miss(rule)), strict=True):
        assert write_down(make(), tmp_path / "made.pcap").read_bytes() == path.read_bytes(), (
            "python -m tests.rules writes them again"
        )


@pytest.mark.parametrize("rule", sorted(RULES.keys() - SQUEEZED))
def test_the_example_of_a_rule_is_what_its_capture_shows(rule: str) -> None:
    shown = json.loads(EXAMPLES.read_text(encoding="utf-8"))[rule]
    names = [str(ROOT / shown["capture"])]
    if "ring-" in names[0]:
        names = [str(each) for each in sorted((ROOT / "captures").glob("ring-*"))]
    assert example(rule, dissect.open(*names)) == shown


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_broken_where_its_case_breaks_it(rule: str) -> None:
    found = [one for one in findings(broken(rule)) if one.rule == rule]
    assert found
    declared = RULES[rule]
    for one in found:
        assert one.text
        assert bool(one.clause) or not declared.clause
        assert one.span is None or all(place.length > 0 for place in locate(one.span))


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_kept_by_the_near_miss(rule: str) -> None:
    assert rule not in {one.rule for one in findings(near_miss(rule))}


def test_nothing_is_wrong_with_a_plain_echo(tmp_path: Path) -> None:
    assert findings(write_down(echo(), tmp_path / "echo.pcap")) == []


@pytest.mark.parametrize("declared", RULES.values(), ids=lambda rule: rule.id)
def test_rules_are_declared_in_whole_sentences(declared: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", declared.id)
    assert declared.title.endswith(".")
    assert declared.cure.endswith(".")
    assert not declared.clause or re.match(r"PS3\.\d+ ", declared.clause)


def test_what_repeats_itself_is_counted(tmp_path: Path) -> None:
    talk = begun()
    for number in range(1, 101):
        talk.echo(1, number)
        talk.events.pop()
    found = findings(write_down(ended(talk), tmp_path / "silent.pcap"))
    early = [one for one in found if one.rule == "early-release"]
    assert len(early) == 20
    assert early[-1].text.endswith(" And 80 more like this.")


def test_an_impossible_pdu_names_state_event_and_side(tmp_path: Path) -> None:
    capture = dissect.open(write_down(negotiating.CASES["state"][0](), tmp_path / "hasty.pcap"))
    (stuck,) = impossible(capture.associations[0])
    assert (stuck.side, stuck.state, stuck.event) == (capture.associations[0].requestor_side, "Sta5", "Evt9")


def test_findings_rest_on_clauses_that_there_are() -> None:
    """Every clause that a rule or its capture names is one that was looked up in the standard."""
    named = {rule.clause for rule in RULES.values()}
    named |= {
        one.clause for rule in RULES for path in (broken(rule), near_miss(rule)) for one in findings(path)
    }
    assert named - {""} <= CLAUSES
