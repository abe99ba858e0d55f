"""At the borders of PDUs, PDVs, segments and holes: whose fault it is, and what is lost."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.dicom.associations import Association
from dissect.dicom.messages import MISSING, UNENDED
from tests.craft import (
    CT,
    EXPLICIT,
    IMPLICIT,
    VERIFICATION,
    Segment,
    Talk,
    associate_rq,
    command_set,
    pdv,
    write,
)

DATA = bytes(range(256)) * 8
STORE = command_set(
    CommandField=1, MessageID=1, Priority=0, CommandDataSetType=1,
    AffectedSOPClassUID=CT, AffectedSOPInstanceUID="1.2.3.1",
)  # fmt: skip


def talk(*stores: int) -> Talk:
    """An association with C-STOREs, each in a command and five data fragments."""
    made = Talk()
    made.associate([(1, CT, (IMPLICIT,))])
    for number in stores:
        made.store(1, number, DATA, fragment=500)
    return made


def read(path: Path) -> Association:
    (association,) = dissect.open(path).associations
    return association


def p_data(segments: list[Segment], sender: str = "requestor") -> list[int]:
    """Which segments hold a P-DATA-TF of one side; each has a segment of its own."""
    return [at for at, one in enumerate(segments) if one.payload[:1] == b"\4" and one.sender == sender]


def rules(association: Association) -> list[str]:
    return [finding.rule for finding in association.findings]


def test_a_pdu_whose_header_is_cut_by_a_segment_is_complete_with_its_last_segment(tmp_path: Path) -> None:
    made = Talk()
    made.associate([(1, VERIFICATION, (IMPLICIT,))])
    made.echo()
    made.release()
    segments = made.segments(mss=5)
    association = read(write(tmp_path / "small.pcap", segments))
    last: dict[str, list[int]] = {"requestor": [], "acceptor": []}
    for record, (one, following) in enumerate(zip(segments, [*segments[1:], None], strict=True)):
        if one.payload and (following is None or following.sender != one.sender or not following.payload):
            last[one.sender].append(record)
    for side, sender in enumerate(("requestor", "acceptor")):
        assert [pdu.record for each, pdu in association.pdus() if each == side] == last[sender]


def test_a_capture_that_ends_inside_a_pdv_header_accuses_nobody(tmp_path: Path) -> None:
    made = talk()
    made.store_request(1, 1)
    fragment = pdv(1, 2, DATA)
    made.requestor.pdu(4, fragment[:3], length=len(fragment))
    association = read(made.write(tmp_path / "cut.pcap"))
    assert {finding.severity for finding in association.findings} == {"warning"}
    assert rules(association) == ["no-dataset", "pdu-cut"]


def test_a_capture_that_ends_inside_the_request_accuses_nobody(tmp_path: Path) -> None:
    made = Talk()
    made.requestor.raw(associate_rq("SCU", "SCP", [(1, CT, [IMPLICIT])])[:120])
    association = read(made.write(tmp_path / "cut.pcap"))
    assert association.request is not None
    assert association.request.cut
    assert rules(association) == ["pdu-cut"]


def test_a_pdv_header_that_was_not_captured_is_not_read_as_zeros(tmp_path: Path) -> None:
    made = talk()
    made.requestor.pdvs(pdv(1, 3, STORE), pdv(1, 2, DATA[:200]))
    made.store_response(1, 1)
    made.store(1, 2, DATA)
    segments = made.segments(mss=100)
    first = p_data(segments)[0]
    lost = first + (6 + 6 + len(STORE)) // 100  # it holds the header of the second PDV
    association = read(write(tmp_path / "lost.pcap", segments[:lost] + segments[lost + 1 :]))
    assert [message.damage for message in association.messages] == [MISSING, "", "", ""]
    assert rules(association) == ["bytes-missing"]


def test_a_p_data_tf_without_a_pdv_is_told_of(tmp_path: Path) -> None:
    made = talk()
    made.requestor.pdu(4, b"")
    made.store(1, 1, DATA)
    association = read(made.write(tmp_path / "empty.pcap"))
    assert rules(association) == ["pdv-length"]


def test_a_last_fragment_that_was_not_captured_is_not_blamed_on_its_sender(tmp_path: Path) -> None:
    segments = talk(1, 2).segments(mss=10_000)
    last = p_data(segments)[5]
    association = read(write(tmp_path / "lost.pcap", segments[:last] + segments[last + 1 :]))
    assert [message.damage for message in association.messages] == [MISSING, "", "", ""]
    assert {finding.severity for finding in association.findings} == {"warning"}


def test_a_command_after_data_without_one_begins_another_message(tmp_path: Path) -> None:
    segments = talk(1, 2).segments(mss=10_000)
    of_requestor = p_data(segments)
    begin, lost = of_requestor[2], of_requestor[5]  # the last fragment of the data set that was under way
    association = read(write(tmp_path / "middle.pcap", segments[begin:lost] + segments[lost + 1 :]))
    sent = [message for message in association.messages if message.side == association.requestor_side]
    assert [(message.command, message.data_length, message.complete) for message in sent] == [
        (None, 1500, False),
        ("C-STORE-RQ", len(DATA), True),
    ]
    assert len(association.exchanges[-1].responses) == 1


def test_data_behind_a_hole_is_not_given_to_a_message_before_it(tmp_path: Path) -> None:
    made = Talk()
    made.associate([(1, CT, (IMPLICIT,))])
    made.echo()  # it announces no data set, and has none
    made.store(1, 2, DATA, fragment=500)
    segments = made.segments(mss=10_000)
    lost = p_data(segments)[1]  # the C-STORE-RQ
    association = read(write(tmp_path / "lost.pcap", segments[:lost] + segments[lost + 1 :]))
    echo, _, data, _ = association.messages
    assert (echo.command, echo.has_data_set, echo.complete) == ("C-ECHO-RQ", False, True)
    assert (data.command, data.data_length) == (None, len(DATA))
    assert "no-dataset" not in rules(association)


def test_a_command_whose_last_fragment_was_not_captured_costs_no_other(tmp_path: Path) -> None:
    made = talk()
    made.requestor.pdvs(pdv(1, 1, STORE[:40]))
    made.requestor.pdvs(pdv(1, 3, STORE[40:]))
    made.store(1, 2, DATA)
    segments = made.segments(mss=10_000)
    lost = p_data(segments)[1]
    association = read(write(tmp_path / "lost.pcap", segments[:lost] + segments[lost + 1 :]))
    assert [(message.command, message.damage) for message in association.messages] == [
        (None, MISSING),
        ("C-STORE-RQ", ""),
        ("C-STORE-RSP", ""),
    ]
    assert rules(association) == ["bytes-missing", "bytes-missing"]


def test_a_status_that_was_not_captured_is_no_success(tmp_path: Path) -> None:
    made = Talk()
    made.associate([(1, VERIFICATION, (IMPLICIT,))])
    made.echo(status=0x0211)
    made.release()
    segments = made.segments()
    at = p_data(segments, "acceptor")[0]
    head, status = segments[at].cut(len(segments[at].payload) - 2)
    assert status.payload == b"\x11\2"
    association = read(write(tmp_path / "lost.pcap", [*segments[:at], head, *segments[at + 1 :]]))
    (exchange,) = association.exchanges
    assert exchange.responses[0].command == "C-ECHO-RSP"
    assert exchange.responses[0].damage == MISSING
    assert exchange.status is None


def test_a_command_set_that_never_ends_is_read_and_told_of(tmp_path: Path) -> None:
    made = talk()
    made.requestor.pdvs(pdv(1, 1, STORE))
    made.requestor.data(1, DATA)
    made.store_response(1, 1)
    association = read(made.write(tmp_path / "unended.pcap"))
    message = association.messages[0]
    assert (message.command, message.data_length, message.damage) == ("C-STORE-RQ", len(DATA), UNENDED)
    assert rules(association) == ["no-last"]


def test_a_command_set_that_is_waited_for_in_vain_is_told_of(tmp_path: Path) -> None:
    made = talk()
    made.requestor.pdvs(pdv(1, 1, STORE))
    made.release()
    (finding,) = (
        each for each in read(made.write(tmp_path / "vain.pcap")).findings if each.rule == "no-last"
    )
    assert finding.severity == "error"


def test_the_reasons_of_a_rejection_that_were_not_captured_are_not_made_up(tmp_path: Path) -> None:
    made = Talk()
    made.reject([(1, CT, (EXPLICIT, IMPLICIT))], 1, 1, 7)
    made.acceptor.raw(b"\0")  # something behind the hole
    segments = made.segments()
    at = next(i for i, one in enumerate(segments) if one.payload[:1] == b"\3")
    head, _ = segments[at].cut(7)
    association = read(write(tmp_path / "lost.pcap", [*segments[:at], head, *segments[at + 1 :]]))
    assert association.rejection is None
    assert not [finding for finding in association.findings if finding.rule.startswith("rj-")]
