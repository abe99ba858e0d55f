"""What is just wrong and what just is not, where a rule has to look closely."""

from __future__ import annotations

import struct
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dissect.findings import Finding
from tests.craft import (
    CT,
    FIND,
    IMPLICIT,
    MOVE,
    VERIFICATION,
    Talk,
    abort,
    command_set,
    element,
    implicit,
    item,
    pdu,
    pdv,
)
from tests.rules.case import (
    ACCEPTED,
    APPLICATION,
    ECHO,
    STORE,
    USER,
    Contexts,
    Make,
    answered,
    asked,
    begun,
    echo,
    ended,
    exchanged,
    image,
    negotiated,
)
from tests.rules.objects import BOX, COMMITMENT, FILM_BOX, PRINT, SESSION, TRANSACTION
from tests.rules.shipped import findings, write_down

PRIVATE = "1.2.826.0.1.3680043.10.999.9"
LEVEL, SERIES = implicit(0x00080052, b"STUDY "), implicit(0x00080052, b"SERIES")
KEY = implicit(0x0020000D, b"1.2\0")


def told(make: Make, tmp_path: Path) -> dict[str, Finding]:
    """The findings of a case by their rules, but for those that are but worth knowing."""
    found = findings(write_down(make(), tmp_path / "case.pcap"))
    return {one.rule: one for one in found if one.severity != "info"}


def _roles(asked_for: bytes, granted: bytes) -> Talk:
    """A C-STORE where SCU and SCP role of the requestor were negotiated."""
    roles = [item(0x54, struct.pack(">H", len(CT)) + CT.encode() + each) for each in (asked_for, granted)]
    talk = begun(STORE, extra_rq=roles[0], extra_ac=roles[1])
    return ended(talk, lambda t: t.store(1, 1, image()))


@pytest.mark.parametrize(
    ("asked_for", "granted", "rules"),
    [
        (b"\1\1", b"\1\0", set()),
        (b"\0\1", b"\0\1", {"role"}),
        (b"\1\1", b"\0\1", {"role"}),
        (b"\1\0", b"\1\1", {"unasked"}),
    ],
)
def test_a_requestor_that_gave_up_the_scu_role_has_it_no_more(
    asked_for: bytes, granted: bytes, rules: set[str], tmp_path: Path
) -> None:
    assert told(partial(_roles, asked_for, granted), tmp_path).keys() == rules


@pytest.mark.parametrize(
    ("offered", "granted", "rules"),
    [
        ((2, 2), (2, 1), set()),
        ((0, 0), (5, 0), set()),
        ((2, 2), (3, 1), {"unasked"}),
        ((2, 1), (0, 1), {"unasked"}),
    ],
)
def test_no_more_operations_are_allowed_than_were_offered(
    offered: tuple[int, int], granted: tuple[int, int], rules: set[str], tmp_path: Path
) -> None:
    windows = [item(0x53, struct.pack(">HH", *each)) for each in (offered, granted)]
    found = told(partial(echo, extra_rq=windows[0], extra_ac=windows[1]), tmp_path)
    assert found.keys() == rules


def _proposing(abstract_syntax: str) -> Talk:
    contexts: Contexts = [(1, abstract_syntax, [IMPLICIT])]
    return echo(contexts, said=False)


@pytest.mark.parametrize("uid", ["1.2..3", "1.02.3", "1.2.3.", ".1.2", "1.2.x"])
def test_components_of_uids_are_numbers_without_leading_zeros(uid: str, tmp_path: Path) -> None:
    assert told(partial(_proposing, uid), tmp_path).keys() == {"uid-form"}
    store = exchanged(
        CT,
        (">", asked(CT, 1, image(uid=uid), Priority=0, AffectedSOPInstanceUID=uid)),
        ("<", answered(CT, 0x8001)),
    )
    found = told(lambda: store, tmp_path)
    assert found.keys() == {"cmd-vr", "uid-long"}
    assert all("is no UID" in one.text for one in found.values())


def test_zero_is_a_component_too(tmp_path: Path) -> None:
    assert not told(partial(_proposing, "0.1.0.2"), tmp_path)


def test_a_uid_of_a_command_set_is_padded_with_nul(tmp_path: Path) -> None:
    request = asked(CT, 1, image(uid="1.2.3"), Priority=0, AffectedSOPInstanceUID=b"1.2.3 ")
    found = told(lambda: exchanged(CT, (">", request), ("<", answered(CT, 0x8001))), tmp_path)
    assert found.keys() == {"cmd-vr"}


def test_what_is_meant_for_nobody_is_not_judged(tmp_path: Path) -> None:
    """The transfer syntax of a refused context (PS3.8 Table 9-18)."""
    refused = item(0x21, bytes((1, 0, 3, 0)) + item(0x40, IMPLICIT + "\0"))
    found = told(lambda: negotiated(accept=(APPLICATION, refused, item(0x50, USER))), tmp_path)
    assert found.keys() == {"no-context"}


@pytest.mark.parametrize("items", [(APPLICATION, ACCEPTED), (ACCEPTED, item(0x50, USER))])
def test_an_answer_has_all_its_items(items: tuple[bytes, ...], tmp_path: Path) -> None:
    found = told(lambda: negotiated(accept=items), tmp_path)
    assert found["rq-shape"].clause == "PS3.8 Table 9-17"


@pytest.mark.parametrize(
    ("contexts", "rule"), [([(2, VERIFICATION, [IMPLICIT])], "pc-even"), ([*STORE, *ECHO], "pc-dup")]
)
def test_an_acceptor_that_returns_a_wrong_id_is_not_blamed(
    contexts: Contexts, rule: str, tmp_path: Path
) -> None:
    found = findings(write_down(echo(contexts), tmp_path / "case.pcap"))
    assert [one.rule for one in found] == [rule]


def test_a_private_abstract_syntax_may_be_a_meta_sop_class(tmp_path: Path) -> None:
    request = asked(CT, 1, image(), Priority=0, AffectedSOPInstanceUID="1.2.3.1")
    found = told(lambda: exchanged(PRIVATE, (">", request), ("<", answered(CT, 0x8001))), tmp_path)
    assert {rule: one.severity for rule, one in found.items()} == {"ctx-wrong-sop": "warning"}


@pytest.mark.parametrize("sent", [0, 20])
@pytest.mark.parametrize("by_both", [False, True])
def test_a_sender_may_abort_within_a_message(sent: int, by_both: bool, tmp_path: Path) -> None:
    talk = begun(STORE)
    talk.store_request(1, 1)
    if sent:
        talk.requestor.pdvs(pdv(1, 0, image()[:sent]))
    if by_both:
        talk.acceptor.raw(abort(2, 0))
    talk.requestor.raw(abort(0, 0))
    talk.close()
    assert "error" not in {one.severity for one in told(lambda: talk, tmp_path).values()}


@pytest.mark.parametrize("data", [b"", image()])
def test_a_command_set_without_a_last_fragment_breaks_off(data: bytes, tmp_path: Path) -> None:
    command = asked(CT, 1, Priority=0, AffectedSOPInstanceUID="1.2.3.1")[12:]
    talk = begun(STORE)
    talk.requestor.pdvs(pdv(1, 1, command))
    if data:
        talk.requestor.data(1, data)
    assert told(lambda: ended(talk), tmp_path).keys() == {"no-last"}


@pytest.mark.parametrize(
    ("field", "announced", "wrong"),
    [(0x0001, 0x0101, True), (0x0001, 1, False), (0x0030, 1, True), (0x0030, 0x0101, False)],
)
def test_messages_announce_the_data_sets_they_have(
    field: int, announced: int, wrong: bool, tmp_path: Path
) -> None:
    sop = VERIFICATION if field == 0x30 else CT
    more: dict[str, Any] = {} if field == 0x30 else {"Priority": 0, "AffectedSOPInstanceUID": "1.2.3.1"}
    request = asked(sop, field, image() if announced == 1 else None, **more)
    found = told(lambda: exchanged(sop, (">", request), ("<", answered(sop, field | 0x8000))), tmp_path)
    assert ("cmd-dataset" in found) == wrong


def test_an_empty_uid_is_as_good_as_none(tmp_path: Path) -> None:
    request = asked(CT, 1, image(), Priority=0, AffectedSOPInstanceUID="")
    found = told(lambda: exchanged(CT, (">", request), ("<", answered(CT, 0x8001))), tmp_path)
    assert found["cmd-missing"].text == "In the C-STORE-RQ (0000,1000) Affected SOP Instance UID is empty."


def test_the_retired_length_to_end_may_be_sent(tmp_path: Path) -> None:
    command = command_set(
        AffectedSOPClassUID=VERIFICATION, CommandField=0x30, MessageID=1, CommandDataSetType=0x0101
    )
    data = element(0x0001, bytes(4)) + command[12:]
    whole = element(0x0000, struct.pack("<I", len(data))) + data
    talk = exchanged(VERIFICATION, (">", pdu(4, pdv(1, 3, whole))), ("<", answered(VERIFICATION, 0x8030)))
    found = findings(write_down(talk, tmp_path / "case.pcap"))
    assert [(one.rule, one.severity) for one in found] == [("cmd-extra", "info")]


def test_a_second_final_response_is_told_from_one_to_nothing(tmp_path: Path) -> None:
    response = answered(VERIFICATION, 0x8030)
    said = (">", asked(VERIFICATION, 0x30)), ("<", response), ("<", response)
    found = told(lambda: exchanged(VERIFICATION, *said), tmp_path)["rsp-orphan"]
    assert "had its last response already" in found.text
    assert [link.text for link in found.links] == ["C-ECHO-RQ"]


def test_requests_without_an_id_have_not_the_same(tmp_path: Path) -> None:
    request = asked(VERIFICATION, 0x30)
    without = request[:12] + request[12:].replace(element(0x0110, b"\1\0"), b"")
    without = pdu(4, pdv(1, 3, without[12:]))
    said = (">", without), (">", without)
    window = item(0x53, bytes(4))
    found = told(lambda: exchanged(VERIFICATION, *said, extra_rq=window, extra_ac=window), tmp_path)
    assert "cmd-missing" in found
    assert "dup-msgid" not in found


def test_a_report_that_meets_a_release_on_its_way_cannot_be_answered(tmp_path: Path) -> None:
    talk = begun([(1, COMMITMENT, [IMPLICIT])])
    talk.requestor.pdu(5)
    talk.acceptor.raw(asked(COMMITMENT, 0x100, TRANSACTION, AffectedSOPInstanceUID="1.2", EventTypeID=1))
    talk.acceptor.pdu(6)
    talk.close()
    found = told(lambda: talk, tmp_path)
    assert {rule: one.severity for rule, one in found.items()} == {"rsp-missing": "warning"}


def _retrieve(sop: str, field: int, data: bytes) -> Talk:
    more: dict[str, Any] = {"MoveDestination": "VIEWER"} if field == 0x21 else {}
    return exchanged(
        sop, (">", asked(sop, field, data, Priority=0, **more)), ("<", answered(sop, field | 0x8000))
    )


@pytest.mark.parametrize(
    ("sop", "field", "data", "wrong"),
    [
        (FIND, 0x20, LEVEL, "lacks"),
        (FIND, 0x20, LEVEL + implicit(0x0020000D, b""), ""),
        (MOVE, 0x21, LEVEL + implicit(0x0020000D, b""), "has no value for"),
        (MOVE, 0x21, LEVEL + implicit(0x0020000D, b"1.2\\1.3\0"), ""),
        (
            FIND,
            0x20,
            SERIES + implicit(0x0020000D, b"1.2\\1.3\0") + implicit(0x0020000E, b""),
            "no single value",
        ),
        (FIND, 0x20, SERIES + KEY + implicit(0x0020000E, b""), ""),
        (MOVE, 0x21, SERIES + KEY, "has no value for"),
    ],
)
def test_unique_keys_have_the_values_that_their_level_asks_for(
    sop: str, field: int, data: bytes, wrong: str, tmp_path: Path
) -> None:
    found = told(partial(_retrieve, sop, field, data), tmp_path)
    assert found.keys() == ({"qr-unique-key"} if wrong else set())
    assert not wrong or wrong in found["qr-unique-key"].text


def test_a_film_box_that_was_not_captured_is_not_missed(tmp_path: Path) -> None:
    action = asked(
        SESSION, 0x130, RequestedSOPClassUID=SESSION, RequestedSOPInstanceUID="1.2", ActionTypeID=1
    )
    talk = exchanged(
        PRINT,
        (">", asked(SESSION, 0x140)), ("<", answered(SESSION, 0x8140)),
        (">", asked(BOX, 0x140, FILM_BOX)), ("<", answered(BOX, 0x8140)),
        (">", action), ("<", answered(SESSION, 0x8130)),
    )  # fmt: skip
    segments = talk.segments()
    made = next(index for index, each in enumerate(segments) if FILM_BOX in each.payload)
    del segments[made : made + 2]
    found = told(lambda: segments, tmp_path)
    assert "bytes-missing" in found
    assert "print-empty" not in found
