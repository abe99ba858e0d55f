"""Every shipped capture gives just what its peers logged, stored and hashed (captures/expected).

The JSON beside each capture was written from the peers' own records: DCMTK's logs and stored files,
pynetdicom's and dcmjs-dimse's events, Orthanc's instances. Neither this dissector nor tshark had a hand in
it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import dissect
from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.messages import Message
from dissect.layers import A_ASSOCIATE_AC, A_ASSOCIATE_RQ, P_DATA_TF
from dissect.layers import Pdu as PduLayer
from dissect.pieces import Span, locate

CAPTURES = Path(__file__).parent.parent / "captures"
EXPECTED = sorted((CAPTURES / "expected").glob("*.json"))
ENCRYPTED = {"tls", "tls-keys"}
"""Nothing of what their peers said can be read without the keys."""
TITLES_LOST = {"mid-find", "mid-store", "snaplen", "snaplen-96"}
"""Captures that do not hold the A-ASSOCIATE-RQ, or not all of it."""
WRONG_ON_PURPOSE = {
    "abort-provider": {"unknown-pdu"},
    "find-errors": {"status-range"},
    "get-no-role": {"get-role"},
}
"""What a peer was told to do wrong."""
SIDES = ("requestor", "acceptor")


@cache
def truth(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@cache
def reading(path: Path) -> Capture:
    names = truth(path).get("captures") or [truth(path)["capture"]]
    return dissect.open(*(CAPTURES / name for name in names))


@pytest.fixture(params=[one for one in EXPECTED if one.stem not in ENCRYPTED], ids=lambda path: path.stem)
def expected(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def pairs(expected: Path) -> list[tuple[dict[str, Any], Association]]:
    return list(zip(truth(expected)["associations"], reading(expected).associations, strict=True))


def said(message: Message) -> tuple[object, ...]:
    return (message.command, message.message_id, message.responding_to, message.status)


def logged(message: dict[str, Any]) -> tuple[object, ...]:
    return (message["command"], message["message_id"], message["responding_to"], message["status"])


def test_captures_and_expectations_are_all_there() -> None:
    assert len(EXPECTED) >= 60


def test_associations_are_those_the_peers_had(expected: Path) -> None:
    for wanted, association in pairs(expected):
        assert association.outcome == wanted["outcome"]
        if association.request is not None and not association.request.cut:
            assert association.calling_ae == wanted["calling_ae"]
            assert association.called_ae == wanted["called_ae"]
        else:
            assert expected.stem in TITLES_LOST
        if wanted.get("aborted_by"):
            assert association.abort is not None
            assert association.side_name(association.abort.side) == wanted["aborted_by"]


def test_messages_are_those_the_peers_logged_each_side_in_its_order(expected: Path) -> None:
    for wanted, association in pairs(expected):
        for side in SIDES:
            whole = [m for m in wanted["messages"] if m["sender"] == side and not m.get("captured")]
            read = [m for m in association.messages if m.sender == side and not m.damage]
            assert [said(m) for m in read] == [logged(m) for m in whole]


def test_data_sets_have_the_hashes_the_peers_took(expected: Path) -> None:
    for wanted, association in pairs(expected):
        for side in SIDES:
            whole = [m for m in wanted["messages"] if m["sender"] == side and not m.get("captured")]
            read = [m for m in association.messages if m.sender == side and not m.damage]
            for heard, message in zip(whole, read, strict=True):
                data = message.data_bytes()
                if heard["data_set_sha256"] is not None:
                    assert hashlib.sha256(data.read(0, len(data))).hexdigest() == heard["data_set_sha256"]
                elif not heard.get("has_data_set"):
                    assert not message.has_data_set


def test_presentation_contexts_are_those_the_peers_agreed_on(expected: Path) -> None:
    for wanted, association in pairs(expected):
        if wanted.get("presentation_contexts") and association.request and not association.request.cut:
            agreed = [
                (c["id"], c["abstract_syntax"], c["result"], c["transfer_syntax"])
                for c in wanted["presentation_contexts"]
            ]
            table = [
                (c.id, c.abstract_syntax, c.result, c.transfer_syntax)
                for c in association.negotiation
                if not c.inferred
            ]
            assert sorted(table) == sorted(agreed)


def test_messages_that_were_captured_in_part_are_known_to_be(expected: Path) -> None:
    for wanted, association in pairs(expected):
        partly = [m for m in wanted["messages"] if m.get("captured") == "partly"]
        assert len([m for m in association.messages if m.damage]) == len(partly)


def test_errors_are_found_only_where_a_peer_was_told_to_err(expected: Path) -> None:
    errors = {
        finding.rule
        for association in reading(expected).associations
        for finding in association.findings
        if finding.severity == "error"
    }
    assert errors == WRONG_ON_PURPOSE.get(expected.stem, set())


@pytest.mark.parametrize("name", sorted(ENCRYPTED))
def test_what_is_encrypted_shows_no_association(name: str) -> None:
    assert not reading(CAPTURES / "expected" / f"{name}.json").associations


def test_index_and_layers_agree_on_every_pdu(expected: Path) -> None:
    """Type, length, context and flags; the layers dissect the bytes that the index only walked over."""
    for association in reading(expected).associations:
        fragments: dict[str, list[tuple[int, int, int, int]]] = {side: [] for side in SIDES}
        for side, pdu in association.pdus():
            source = association.framers[side].direction.pieces
            layer = PduLayer(source.read(pdu.start, pdu.stop))
            assert (layer.pdu_type, layer.pdu_length) == (pdu.kind, pdu.length)
            if isinstance(layer, P_DATA_TF):
                at = pdu.start + 6
                for item in layer.items:
                    length = item.item_length
                    row = (item.presentation_context_id, int(item.is_command), at + 6, length - 2)
                    fragments[association.side_name(side)].append(row)
                    at += 4 + length
            elif isinstance(layer, A_ASSOCIATE_RQ | A_ASSOCIATE_AC) and not source.gaps(pdu.start, pdu.stop):
                proposal = association.proposal(side)
                assert proposal is not None
                assert proposal.called_ae == layer.called_ae_title.decode("latin-1").strip(" \0")
                assert [item.kind for item in proposal.items] == [item.item_type for item in layer.items]
        for sender in SIDES:
            runs = [
                (message.context_id, command, start, length)
                for message in association.messages
                if message.sender == sender
                for command, columns in ((1, message.command_runs), (0, message.data_runs))
                for start, length in zip(columns[::2], columns[1::2], strict=True)
            ]
            if not any(m.damage for m in association.messages):
                assert sorted(runs, key=lambda row: row[2]) == fragments[sender]


def test_every_field_of_every_message_leads_to_its_bytes_in_the_file(expected: Path) -> None:
    capture = reading(expected)
    for association in capture.associations:
        for message in association.messages[:40]:
            for node in message.tree().walk():
                if node.span is not None and node.span.length:
                    for place in locate(node.span):
                        assert place.length > 0
                        assert len(place.read()) == place.length
                        assert isinstance(place, Span)
