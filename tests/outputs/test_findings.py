"""`pduscope check` and `pduscope rules`: every format, and the exit status a gate relies on."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from dissect.cli import group
from dissect.outputs.findings import Report, lines
from dissect.outputs.words import Look
from dissect.readings import READINGS
from dissect.rules.registry import IOD_RULES, RULES
from dissect.terminal import run
from tests.craft import CT, IMPLICIT, Talk
from tests.outputs.reading import read

CAPTURES = Path(__file__).parent.parent.parent / "captures"


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """One fragment is odd, one response is a warning."""
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, b"\x08\0\x16\0\x02\0\0\0AB", fragment=5)
    talk.abort()
    return str(talk.write(tmp_path / "wrong.pcap"))


def test_findings_are_told_with_the_worst_first(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", wrong]) == 1
    lines = capsys.readouterr().out.splitlines()
    severities = [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert severities == sorted(severities)
    assert any("pdv-odd" in line for line in lines)
    assert any("PS3.8 E.1" in line for line in lines)


def test_findings_fit_a_screen_and_stay_whole_in_a_pipe() -> None:
    report = Report.of(read(CAPTURES / "goes-wrong.pcap", readings=READINGS))
    texts = [f"{each.finding.rule}: {each.finding.text}" for each in report.all]
    screen = [line for each in report.all for line in lines(each, Look(width=64, shorten=True))]
    assert max(map(len, screen)) <= 65  # and the line's end
    told = " ".join("".join(screen).split())
    assert all(" ".join(text.split()) in told for text in texts)
    pipe = "".join(line for each in report.all for line in lines(each, Look(width=64)))
    assert all(text in pipe for text in texts)


def test_a_healthy_capture_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", str(CAPTURES / "echo-dcmjs.pcap")]) == 0
    assert "no findings" in capsys.readouterr().out


def test_only_the_rules_asked_for_decide(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", "--rule", "aborted", wrong]) == 0
    assert "aborted" in capsys.readouterr().out
    assert run(group, ["check", "--severity", "error", wrong]) == 1
    assert "aborted:" not in capsys.readouterr().out


def test_unusable_input_is_not_taken_for_a_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", str(tmp_path / "none.pcap")]) == 2
    assert run(group, ["check", "--rule", "no-such-rule", str(CAPTURES / "echo.pcap")]) == 2
    assert "no-such-rule" in capsys.readouterr().err


def test_a_line_of_ndjson_holds_a_finding(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", "--format", "ndjson", wrong]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    odd = next(row for row in rows if row["rule"] == "pdv-odd")
    assert (odd["severity"], odd["clause"], odd["association"], odd["message"]) == (
        "error",
        "PS3.8 E.1",
        1,
        1,
    )


def test_sarif_names_rules_and_bytes_of_the_file(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", "--format", "sarif", wrong]) == 1
    log = json.loads(capsys.readouterr().out)
    (sarif,) = log["runs"]
    assert {rule["id"] for rule in sarif["tool"]["driver"]["rules"]} == RULES.keys() | IOD_RULES.keys()
    odd = next(result for result in sarif["results"] if result["ruleId"] == "pdv-odd")
    region = odd["locations"][0]["physicalLocation"]["region"]
    data = Path(wrong).read_bytes()[region["byteOffset"] :][: region["byteLength"]]
    assert data == b"\x08\0\x16\0\x02"


def test_junit_counts_an_association_as_a_case(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", "--format", "junit", wrong]) == 1
    (suite,) = ElementTree.fromstring(capsys.readouterr().out)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "pdv-odd" in (failure.text or "")


def test_every_rule_is_listed_and_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["rules"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in RULES)
    assert run(group, ["rules", "max-pdu"]) == 0
    assert "PS3.8 D.1" in capsys.readouterr().out
    assert run(group, ["rules", "no-such-rule"]) == 2


RULE_CAPTURES = sorted(str(path) for path in (CAPTURES / "rules").glob("*.pcap"))


def test_sarif_keeps_to_what_its_schema_requires(capsys: pytest.CaptureFixture[str]) -> None:
    """SARIF 2.1.0, 3.13 to 3.30: what a log, a run, a result and a location must have, over all rules."""
    assert run(group, ["check", "--format", "sarif", *RULE_CAPTURES]) == 1
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    (sarif,) = log["runs"]
    driver = sarif["tool"]["driver"]
    assert driver["name"] == "pduscope"
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules)
    assert {result["ruleId"] for result in sarif["results"]} == RULES.keys() <= set(rules)
    for result in sarif["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            physical = location["physicalLocation"]
            path = Path(unquote(urlsplit(physical["artifactLocation"]["uri"]).path))
            region = physical.get("region")
            if region is not None:
                assert region["byteLength"] > 0
                assert 0 <= region["byteOffset"] <= path.stat().st_size - region["byteLength"]
    assert any(result.get("relatedLocations") for result in sarif["results"])


def test_a_name_that_is_no_uri_is_made_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "käse 100%#1.pcap"
    odd.write_bytes(Path(RULE_CAPTURES[0]).read_bytes())
    run(group, ["check", "--format", "sarif", str(odd)])
    result = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (urlsplit(uri).scheme, Path(unquote(urlsplit(uri).path))) == ("file", odd)


def test_junit_is_well_formed_and_counts_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["check", "--format", "junit", *RULE_CAPTURES]) == 1
    suites = ElementTree.fromstring(capsys.readouterr().out)
    assert suites.tag == "testsuites"
    for suite in suites:
        cases = suite.findall("testcase")
        failed = [case for case in cases if case.find("failure") is not None]
        assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failed)))
        assert all(case.get("name") and case.get("classname") for case in cases)


def test_findings_tell_what_else_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    name = str(CAPTURES / "rules" / "sc-title.pcap")
    run(group, ["check", "--rule", "sc-title", name])
    assert "see N-ACTION-RQ in frame 6 (#1, message 1)" in capsys.readouterr().out
    run(group, ["check", "--rule", "sc-title", "--format", "ndjson", name])
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["links"] == [{"text": "N-ACTION-RQ", "association": 1, "message": 1, "frame": 6}]


def test_rules_are_listed_with_clause_capture_and_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group, ["rules"]) == 0
    listed = capsys.readouterr().out
    assert len(RULES) > 51
    for name, rule in RULES.items():
        assert rule.clause in listed
        assert f"; near miss: captures/rules/{name}-near-miss.pcap\n" in listed
    assert run(group, ["rules", "mpps-ended"]) == 0
    explained = capsys.readouterr().out
    assert "Example: captures/mpps.pcap" in explained
    assert "which was COMPLETED already" in " ".join(explained.split())
    assert "→ N-SET" in explained
