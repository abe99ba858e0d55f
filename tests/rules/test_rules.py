"""Each rule is broken by one conversation, and not by another that comes close to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dissect
from dissect.dicom.states import impossible
from dissect.findings import Finding
from dissect.pieces import locate
from dissect.rules import judge_capture, judge_data_sets
from dissect.rules.declaration import Rule
from dissect.rules.registry import RULES
from tests.craft import Talk, write
from tests.rules import contents, negotiating, objects, talking
from tests.rules.case import Made, begun, echo, ended

CASES = {**negotiating.CASES, **talking.CASES, **objects.CASES, **contents.CASES}


def write_down(made: Made, path: Path) -> Path:
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif isinstance(made, Talk):
        made.write(path)
    else:
        segments = [one for each in made for one in (each.segments() if isinstance(each, Talk) else [each])]
        if any(isinstance(each, Talk) for each in made):
            segments.sort(key=lambda segment: segment.time)
        write(path, segments)
    return path


def findings(path: Path) -> list[Finding]:
    capture = dissect.open(path)
    found = [one for each in capture.associations for one in (*each.findings, *judge_data_sets(each))]
    return found + judge_capture(capture) + capture.findings


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_broken_where_its_case_breaks_it(rule: str, tmp_path: Path) -> None:
    found = [
        one for one in findings(write_down(CASES[rule][0](), tmp_path / "case.pcap")) if one.rule == rule
    ]
    assert found
    declared = RULES[rule]
    for one in found:
        assert one.text
        assert bool(one.clause) or not declared.clause
        assert one.span is None or all(place.length > 0 for place in locate(one.span))


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_kept_by_the_near_miss(rule: str, tmp_path: Path) -> None:
    found = findings(write_down(CASES[rule][1](), tmp_path / "case.pcap"))
    assert rule not in {one.rule for one in found}


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
