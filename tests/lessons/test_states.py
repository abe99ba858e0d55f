"""What PDUs do to both sides' states, by PS3.8 Table 9-10."""

from __future__ import annotations

from pathlib import Path

import pytest
from pynetdicom import fsm

import dissect
from dissect.dicom.states import tables
from dissect.lessons.states import ACTIONS, EVENTS, STATES, Transition, told, turns
from dissect.lessons.walk import Walk
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.outputs.golden import CAPTURES


def steps(path: Path) -> list[tuple[str, str]]:
    """For each PDU the steps of requestor and acceptor, in short."""
    association = dissect.open(path).associations[0]
    found = turns(association, Walk(association).pdus)
    return [
        (short(turn.of(association.requestor_side)), short(turn.of(association.acceptor_side)))
        for turn in found
    ]


def short(step: Transition) -> str:
    return f"{step.before[3:]} {step.event[3:]} {step.action} {step.after[3:]}"


def test_every_state_event_and_action_of_the_table_has_words() -> None:
    assert STATES.keys() == fsm.STATES.keys()
    assert EVENTS.keys() == fsm.EVENTS.keys()
    assert ACTIONS.keys() == fsm.ACTIONS.keys()
    assert set(tables().transitions.values()) <= ACTIONS.keys()


def test_an_echo_goes_through_the_table_from_beginning_to_end() -> None:
    assert steps(CAPTURES / "echo.pcap") == [
        ("4 2 AE-2 5", "2 6 AE-6 3"),
        ("5 3 AE-3 6", "3 7 AE-7 6"),
        ("6 9 DT-1 6", "6 10 DT-2 6"),
        ("6 10 DT-2 6", "6 9 DT-1 6"),
        ("6 11 AR-1 7", "6 12 AR-2 8"),
        ("7 13 AR-3 1", "8 14 AR-4 13"),
    ]


def test_a_rejection_and_an_abort_end_it() -> None:
    assert steps(CAPTURES / "reject-titles.pcap")[1] == ("5 4 AE-4 1", "3 8 AE-8 13")
    assert steps(CAPTURES / "abort-requestor.pcap")[-1] == ("6 15 AA-1 13", "6 16 AA-3 1")


def test_an_abort_for_an_unexpected_pdu_is_the_action_that_the_table_has_for_it(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.requestor.pdu(0x06)
    talk.abort(by="acceptor", source=2, reason=2)
    assert steps(talk.write(tmp_path / "talk.pcap"))[2:] == [
        ("6 14  6", "6 13 AA-8 13"),
        ("6 16 AA-3 1", "6 13 AA-8 13"),
    ]


def test_releases_collide(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.requestor.pdu(0x05)
    talk.acceptor.pdu(0x05)
    talk.requestor.pdu(0x06)
    talk.acceptor.pdu(0x06)
    assert steps(talk.write(tmp_path / "talk.pcap"))[2:] == [
        ("6 11 AR-1 7", "6 12 AR-2 8"),
        ("7 12 AR-8 9", "6 11 AR-1 7"),
        ("9 14 AR-9 11", "10 13 AR-10 12"),
        ("11 13 AR-3 1", "12 14 AR-4 13"),
    ]


def test_bytes_that_are_no_pdu_are_an_event_of_their_own(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.requestor.raw(b"GET / HTTP/1.1\r\n\r\n")
    talk.echo()
    talk.release()
    assert steps(talk.write(tmp_path / "talk.pcap"))[2] == ("6   6", "6 19 AA-8 13")


@pytest.mark.parametrize("name", ["store-multi.pcap", "find-cancel.pcap", "print.pcap", "get.pcap"])
def test_recorded_associations_never_leave_the_table(name: str) -> None:
    for requestor, acceptor in steps(CAPTURES / name):
        assert len(requestor.split()) == len(acceptor.split()) == 4


def test_what_was_not_captured_is_no_event() -> None:
    found = steps(CAPTURES / "mid-store.pcap")
    assert found[0] == ("6   6", "6   6")
    assert all(len(requestor.split()) == len(acceptor.split()) == 4 for requestor, acceptor in found[1:])


def test_a_step_is_told_in_one_line() -> None:
    step = Transition("Evt13", "Sta7", "AR-3", "Sta1")
    assert told(step) == (
        "Sta7 + Evt13 receives A-RELEASE-RP → AR-3 tell the application: released; close → Sta1"
    )
    assert told(Transition("Evt14", "Sta6", "", "Sta6")) == (
        "Sta6 + Evt14 agrees to release: not allowed in this state"
    )
    assert told(Transition("", "Sta6", "", "Sta6")) == "Sta6: this is no PDU, and no event of the table"
