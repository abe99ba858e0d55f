"""The state machine over hostile associations; what it says of others stands in tests/rules."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.dicom import states
from tests.craft import IMPLICIT, VERIFICATION, Talk


def test_answers_without_end_are_not_weighed_against_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, (IMPLICIT,))])
    for _ in range(400):
        talk.acceptor.pdu(2, bytes(68))  # in state 6 it may be aborted, or borne
        talk.echo()
    (association,) = dissect.open(talk.write(tmp_path / "answers.pcap")).associations
    steps = 0

    def counted(event: str, state: str, *, requests: bool) -> tuple[str, ...]:
        nonlocal steps
        steps += 1
        return following(event, state, requests=requests)

    following = states.following
    monkeypatch.setattr(states, "following", counted)
    stuck = states.impossible(association)
    assert [each.side for each in stuck] == [association.acceptor_side]
    assert steps < 30_000
