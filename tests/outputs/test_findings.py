"""`pduscope check` and `pduscope rules`: every format, and the exit status a gate relies on."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dissect.cli import group
from dissect.rules.registry import RULES
from dissect.terminal import run
from tests.craft import CT, IMPLICIT, Talk

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
    assert {rule["id"] for rule in sarif["tool"]["driver"]["rules"]} == RULES.keys()
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
