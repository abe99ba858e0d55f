"""We are right where tshark 4.0.17 is wrong: each oddity against the answer that stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dissect
from tests.oddities import ODDITIES, Oddity, Said

if TYPE_CHECKING:
    from dissect.capture import Capture
    from dissect.dicom.messages import Message

Case = tuple[Oddity, "Capture"]


@pytest.fixture(params=ODDITIES, ids=lambda make: make.__name__)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    make: Callable[[], Oddity] = request.param
    oddity = make()
    return oddity, dissect.open(oddity.write(tmp_path / "oddity.pcap"))


def pairs(case: Case) -> list[tuple[Said, Message]]:
    """Each message that was said with the one that was read."""
    oddity, capture = case
    found: list[tuple[Said, Message]] = []
    for heard, association in zip(oddity.associations, capture.associations, strict=True):
        messages = list(association.messages)
        if oddity.loose:
            messages = messages[len(messages) - len(heard.messages) :]
        found += zip(heard.messages, messages, strict=True)
    return found


def test_associations_are_all_there(case: Case) -> None:
    oddity, capture = case
    read = [(one.calling_ae, one.called_ae, one.outcome) for one in capture.associations]
    assert read == [(heard.calling, heard.called, heard.outcome) for heard in oddity.associations]


def test_messages_are_all_there(case: Case) -> None:
    for said, message in pairs(case):
        ids = (message.message_id, message.responding_to)
        read = (message.sender, message.command, *ids, message.status)
        assert read == (said.sender, said.command, said.message_id, said.responding_to, said.status)


def test_data_sets_are_those_that_were_sent(case: Case) -> None:
    for said, message in pairs(case):
        if said.whole:
            data = message.data_bytes()
            assert (data.read(0, len(data)) or None) == said.data


def test_values_are_those_that_were_sent(case: Case) -> None:
    for said, message in pairs(case):
        if said.elements:
            dataset = message.dataset()
            assert dataset is not None
            assert {keyword: plain(dataset[keyword].value) for keyword in said.elements} == said.elements


def plain(value: object) -> object:
    """A pydicom value as the answers have it."""
    if isinstance(value, bytes | int):
        return value if isinstance(value, bytes) else int(value)
    if hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "family_name"):
        return [plain(one) for one in value]
    return str(value)


def test_findings_name_what_is_wrong_and_nothing_else(case: Case) -> None:
    oddity, capture = case
    found = {finding.rule: finding.severity for one in capture.associations for finding in one.findings}
    assert {rule: found.get(rule) for rule in oddity.findings} == oddity.findings
    errors = {rule for rule, severity in found.items() if severity == "error"}
    assert errors <= oddity.findings.keys() | oddity.also
