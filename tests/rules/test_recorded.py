"""No healthy capture is in error, whatever is looked at; where peers were told to err, just that is found."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.capture import series
from dissect.cli import group
from dissect.dicom.states import impossible
from dissect.rules import judge_capture, judge_data_sets
from dissect.terminal import run

CAPTURES = Path(__file__).parent.parent.parent / "captures"
NAMES = sorted(path.name for path in CAPTURES.iterdir() if ".pcap" in path.name)
WRONG_ON_PURPOSE = {
    "abort-provider.pcap": {"unknown-pdu"},  # PS3.8 Table 9-10
    "find-errors.pcap": {"status-range"},  # the last C-FIND ends with D000H, a status of no class (PS3.7 C)
    "get-no-role.pcap": {"get-role"},  # a C-GET without role selection (PS3.4 C.5.3)
    "http-on-dicom-port.pcap": {"not-dicom"},  # PS3.8 9.1.2
    "mpps.pcap": {"mpps-ended"},  # an N-SET after COMPLETED, which the SCP refuses (PS3.4 F.7.2.2.2)
    "print-errors.pcap": {"print-empty"},  # a session is printed without a film box (PS3.4 H.4.1.2.4.3)
    "tls-on-plain-port.pcap": {"not-dicom"},
}
SHIPPED = series([str(CAPTURES / name) for name in NAMES])


@pytest.mark.parametrize("paths", SHIPPED, ids=lambda paths: Path(paths[0]).name)
def test_check_passes_every_healthy_capture(paths: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    unhealthy = Path(paths[0]).name in WRONG_ON_PURPOSE
    assert run(group, ["check", *paths]) == (1 if unhealthy else 0), capsys.readouterr().out


@pytest.mark.parametrize("paths", SHIPPED, ids=lambda paths: Path(paths[0]).name)
def test_no_peer_sends_what_its_state_does_not_allow(paths: list[str]) -> None:
    for association in dissect.open(*paths).associations:
        if not association.gaps(0) and not association.gaps(1):
            assert not impossible(association)


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_found_in_recorded_captures_only_where_a_peer_was_told_to_err(name: str) -> None:
    capture = dissect.open(CAPTURES / name)
    found = [one for each in capture.associations for one in (*each.findings, *judge_data_sets(each))]
    found += judge_capture(capture)
    assert {one.rule for one in found if one.severity == "error"} == WRONG_ON_PURPOSE.get(name, set())
