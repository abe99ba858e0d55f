"""What several rules find in more than one way: the ways that their captures do not show."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissect
from dissect.dicom.states import impossible
from dissect.findings import Finding
from dissect.outputs.places import Everywhere
from dissect.rules.endings import _regular
from tests.craft import CT, GET, IMPLICIT, MOVE, Talk, element, pdu, pdv
from tests.craft.segments import Side
from tests.rules.case import (
    Make,
    answered,
    asked,
    begun,
    ended,
    exchanged,
    image,
    message,
    negotiated,
)
from tests.rules.negotiating import CASES as NEGOTIATING
from tests.rules.objects import CASES as OBJECTS
from tests.rules.shipped import findings, write_down
from tests.rules.talking import BOTH, STUDY
from tests.rules.talking import CASES as TALKING

FAILED_LIST = element(0x0058, b"1.2\0", group=8)


def found(make: Make, rule: str, tmp_path: Path) -> list[Finding]:
    return [one for one in findings(write_down(make(), tmp_path / "case.pcap")) if one.rule == rule]


def _move(end: Side) -> Talk:
    talk = begun([(1, MOVE, [IMPLICIT])])
    talk.requestor.raw(asked(MOVE, 0x0021, STUDY, Priority=0, MoveDestination="NOWHERE"))
    talk.abort(by=end)
    return talk


def test_an_archive_that_aborts_at_a_c_move_likely_does_not_know_its_destination(tmp_path: Path) -> None:
    (finding,) = found(partial(_move, "acceptor"), "move-dest", tmp_path)
    assert "likely" in finding.text
    assert "'NOWHERE'" in finding.text
    assert not found(partial(_move, "requestor"), "move-dest", tmp_path)


def _failed(sop: str, field: int, data: bytes) -> Talk:
    more: dict[str, Any] = {"MoveDestination": "VIEWER"} if field == 0x0021 else {}
    response = answered(sop, field | 0x8000, 0xB000, data, NumberOfFailedSuboperations=1)
    return exchanged(sop, (">", asked(sop, field, STUDY, Priority=0, **more)), ("<", response))


@pytest.mark.parametrize(
    ("sop", "field", "clause"), [(MOVE, 0x21, "PS3.4 C.4.2.1.4.2"), (GET, 0x10, "PS3.4 C.4.3.1.3.2")]
)
def test_a_data_set_without_the_list_of_failed_instances_is_none(
    sop: str, field: int, clause: str, tmp_path: Path
) -> None:
    (finding,) = found(partial(_failed, sop, field, STUDY), "subop-failed", tmp_path)
    assert finding.clause == clause
    assert not found(partial(_failed, sop, field, FAILED_LIST), "subop-failed", tmp_path)


def _broken_off(status: int, *, early: bool) -> Talk:
    """A C-STORE whose data set ends inside an element, the last fragment marked."""
    data, talk = image(element(0x0020, bytes(20), group=0x10)), begun([(1, CT, [IMPLICIT])])
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, data[:20]))
    if early:
        talk.store_response(1, 1, status)
    talk.requestor.pdvs(pdv(1, 2, data[20:-10]))
    if not early:
        talk.store_response(1, 1, status)
    return ended(talk)


def test_a_data_set_may_be_broken_off_once_its_request_has_failed(tmp_path: Path) -> None:
    (allowed,) = found(partial(_broken_off, 0xA700, early=True), "dataset-truncated", tmp_path)
    assert (allowed.severity, allowed.clause) == ("info", "PS3.7 9.3.1.3")
    (wrong,) = found(partial(_broken_off, 0xA700, early=False), "dataset-truncated", tmp_path)
    assert wrong.severity == "error"


def _unused(*, refused: bool, end: Side | Literal["release"]) -> Talk:
    talk = begun(BOTH, accept={1: IMPLICIT, 3: 3 if refused else IMPLICIT})
    if end == "release":
        return ended(talk)
    talk.abort(by=end)
    return talk


def test_an_association_for_nothing_is_blamed_on_what_was_refused(tmp_path: Path) -> None:
    (finding,) = found(partial(_unused, refused=True, end="requestor"), "nothing-sent", tmp_path)
    assert "CT Image Storage" in finding.text
    (mild,) = found(partial(_unused, refused=False, end="release"), "nothing-sent", tmp_path)
    assert mild.severity == "info"
    assert not found(partial(_unused, refused=True, end="acceptor"), "nothing-sent", tmp_path)


@pytest.mark.parametrize(
    ("cases", "rule", "text"),
    [
        (TALKING, "dup-msgid", "C-ECHO-RQ"),
        (TALKING, "max-pdu", "A-ASSOCIATE-AC"),
        (TALKING, "rsp-differs", "C-ECHO-RQ"),
        (TALKING, "ctx-not-accepted", "A-ASSOCIATE-AC"),
        (OBJECTS, "mpps-ended", "N-SET-RQ"),
        (OBJECTS, "sc-title", "N-ACTION-RQ"),
        (NEGOTIATING, "ac-ts-not-proposed", "its proposal"),
        (NEGOTIATING, "rj-ae", "A-ASSOCIATE-RQ"),
    ],
)
def test_findings_lead_to_the_other_messages_they_are_about(
    cases: dict[str, Any], rule: str, text: str, tmp_path: Path
) -> None:
    path = write_down(cases[rule][0](), tmp_path / "case.pcap")
    finding = next(one for one in findings(path) if one.rule == rule)
    assert [link.text for link in finding.links] == [text]


def test_a_link_may_lead_to_another_association(tmp_path: Path) -> None:
    from dissect.rules import judge_capture

    capture = dissect.open(write_down(OBJECTS["sc-title"][0](), tmp_path / "case.pcap"))
    (finding,) = (one for one in judge_capture(capture) if one.rule == "sc-title")
    everywhere = Everywhere(capture)
    (link,) = everywhere.links(finding)
    assert (link.association, link.place.message, link.place.frame) == (1, 1, 6)
    assert finding.span is not None
    where = everywhere.of(finding.span)[0]
    assert where is not None
    assert where.index == 2


ECHO = message(1, {"CommandField": 0x30, "MessageID": 1, "CommandDataSetType": 0x0101}, None)
REQUEST, ACCEPT = [each.data for each in negotiated().events if each.data][:2]
SAID = {
    1: REQUEST,
    2: ACCEPT,
    3: pdu(3, b"\0\1\1\1"),
    4: ECHO,
    5: pdu(5),
    6: pdu(6),
    7: pdu(7),
}
"""A PDU of each type."""


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(sorted(SAID))), max_size=8))
def test_what_passes_for_regular_is_possible_by_the_state_machine(
    tmp_path: Path, said: list[tuple[bool, int]]
) -> None:
    """Most associations are told to be in order by a look at few PDUs: Table 9-10 must agree."""
    talk = Talk()
    for by_requestor, kind in [(True, 1), *said]:
        (talk.requestor if by_requestor else talk.acceptor).raw(SAID[kind])
    for association in dissect.open(talk.write(tmp_path / "talk.pcap")).associations:
        if _regular(association):
            assert not impossible(association)
