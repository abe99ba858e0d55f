"""A-ASSOCIATE PDUs read for the index: pynetdicom reads the same, and nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.tests import encoded_pdu_items as vectors

from dissect.dicom.negotiation import read_proposal
from tests.craft import CT, EXPLICIT, IMPLICIT, associate_rq

REFUSED = {
    "a_associate_ac_user",  # its lengths contradict one another
    "a_associate_rq_called",  # pynetdicom raises on blank AE titles
    "a_associate_rq_calling",
}
VECTORS = sorted(
    name for name, data in vars(vectors).items() if name.startswith("a_associate_") and data[0] in (1, 2)
)


def vector(name: str) -> bytes:
    data: bytes = getattr(vectors, name)
    return data


def test_the_vectors_are_there() -> None:
    assert len(VECTORS) >= 12


@pytest.mark.parametrize("name", [name for name in VECTORS if name not in REFUSED])
def test_pynetdicom_reads_the_same(name: str) -> None:
    requests = vector(name)[0] == 1
    other: Any = A_ASSOCIATE_RQ() if requests else A_ASSOCIATE_AC()
    other.decode(vector(name))
    ours = read_proposal(vector(name))
    assert not ours.damage
    assert ours.application_context == other.application_context_name
    results = [None if requests else item.result for item in other.presentation_context]
    ids = [item.context_id for item in other.presentation_context]
    assert [(context.id, context.result) for context in ours.contexts] == list(zip(ids, results, strict=True))
    if requests:
        assert (ours.calling_ae, ours.called_ae) == (
            other.calling_ae_title.strip(), other.called_ae_title.strip(),
        )  # fmt: skip
        assert [context.abstract_syntax for context in ours.contexts] == [
            item.abstract_syntax for item in other.presentation_context
        ]
        assert [list(context.transfer_syntaxes) for context in ours.contexts] == [
            list(item.transfer_syntax) for item in other.presentation_context
        ]
    user = other.user_information
    assert ours.maximum_length == user.maximum_length
    assert ours.class_uid == user.implementation_class_uid
    version = user.implementation_version_name
    assert ours.version_name == (version.strip() if version else None)
    assert {uid: (roles.scu, roles.scp) for uid, roles in ours.roles.items()} == {
        uid: (bool(item.scu_role), bool(item.scp_role)) for uid, item in user.role_selection.items()
    }


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    read_proposal(b"\1\0\0\0\1\x90" + data)


@given(st.data())
def test_a_damaged_request_still_says_what_it_can(data: st.DataObject) -> None:
    whole = associate_rq("SCU", "SCP", [(1, CT, [EXPLICIT, IMPLICIT]), (3, CT, [IMPLICIT])])
    at = data.draw(st.integers(74, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + 3 :]
    found = read_proposal(damaged)
    assert (found.calling_ae, found.called_ae) == ("SCU", "SCP")


def test_what_is_cut_away_is_not_made_up() -> None:
    whole = associate_rq("SCU", "SCP", [(1, CT, [IMPLICIT])])
    found = read_proposal(whole[:30], cut=True)
    assert (found.called_ae, found.calling_ae, found.contexts) == ("SCP", None, [])
