"""What differs between messages, exchanges and associations."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.dicom.associations import Association
from dissect.differences import Difference, differences
from dissect.differences.rows import time
from tests.craft import CT, EXPLICIT, IMPLICIT, MR, Talk, implicit
from tests.outputs.golden import CAPTURES, same

PATIENT = 0x00100020


def association(
    path: Path,
    *,
    limit: int = 16384,
    patient: bytes = b"EX001 ",
    status: int = 0,
    refuse: bool = False,
    echo: bool = False,
) -> Association:
    talk = Talk()
    answers: dict[int, str | int] = {1: IMPLICIT, 3: 4 if refuse else EXPLICIT}
    talk.associate([(1, CT, [IMPLICIT]), (3, MR, [EXPLICIT])], accept=answers, max_ac=limit)
    if echo:
        talk.requestor.command(1, CommandField=0x0030, MessageID=9, CommandDataSetType=0x0101)
    talk.requestor.command(1, CommandField=0x0001, MessageID=1, AffectedSOPClassUID=CT, CommandDataSetType=1)
    talk.requestor.data(1, implicit(PATIENT, patient))
    talk.acceptor.command(
        1, CommandField=0x8001, MessageIDBeingRespondedTo=1, CommandDataSetType=0x0101, Status=status
    )
    talk.release()
    return dissect.open(talk.write(path)).associations[0]


def differing(rows: list[Difference]) -> list[tuple[str, str | None, str | None]]:
    return [(row.path, row.left, row.right) for row in rows if row.differs]


def test_an_association_does_not_differ_from_itself(tmp_path: Path) -> None:
    one = association(tmp_path / "one.pcap")
    rows = differences(one, one)
    assert rows
    assert differing(rows) == []


def test_what_was_negotiated_is_compared_by_abstract_syntax(tmp_path: Path) -> None:
    one = association(tmp_path / "one.pcap")
    other = association(tmp_path / "other.pcap", limit=0, refuse=True)
    assert differing(differences(one, other)) == [
        ("maximum length", "16384", "0"),
        ("MR Image Storage: answer", "acceptance", "transfer-syntaxes-not-supported (provider rejection)"),
        ("MR Image Storage: transfer syntax", "Explicit VR Little Endian", None),
    ]


def test_elements_of_commands_and_data_sets_are_compared_by_their_tags(tmp_path: Path) -> None:
    one = association(tmp_path / "one.pcap")
    other = association(tmp_path / "other.pcap", patient=b"EX002 ", status=0xA700)
    assert differing(differences(one.exchanges[0], other.exchanges[0])) == [
        ("(0010,0020) Patient ID", "EX001", "EX002"),
        ("(0000,0900) Status", "0000H Success", "A700H Failure"),
    ]


def test_a_message_more_on_one_side_does_not_shift_the_others(tmp_path: Path) -> None:
    one, other = association(tmp_path / "one.pcap"), association(tmp_path / "other.pcap", echo=True)
    order = [row for row in differences(one, other) if row.section == "Order of messages"]
    assert [(row.path, row.differs) for row in order] == [
        ("message - | 1", True), ("message 1 | 2", False), ("message 2 | 3", False),
    ]  # fmt: skip
    assert order[0].left is None


def test_items_of_sequences_have_paths_of_their_own() -> None:
    capture = dissect.open(CAPTURES / "commitment.pcap")
    first, second = (capture.associations[number].messages[0] for number in (0, 2))
    paths = {row.path for row in differences(first, second) if row.left is not None and row.right is None}
    assert paths == {
        "(0008,1199)[3](0008,1150) Referenced SOP Class UID",
        "(0008,1199)[3](0008,1155) Referenced SOP Instance UID",
    }


def test_long_values_that_begin_alike_are_compared_to_their_end(tmp_path: Path) -> None:
    one = association(tmp_path / "one.pcap", patient=b"A" * 3000)
    other = association(tmp_path / "other.pcap", patient=b"A" * 2999 + b"B")
    (row,) = [row for row in differences(one.messages[0], other.messages[0]) if row.differs]
    assert row.path == "(0010,0020) Patient ID"
    assert row.left == row.right


def test_times_differ_where_they_are_far_apart() -> None:
    assert not time("", "", 1_000_000, 9_000_000).differs
    assert not time("", "", 100_000_000, 150_000_000).differs
    assert time("", "", 10_000_000, 40_000_000).differs
    assert time("", "", None, 40_000_000).differs


def test_an_exchange_beside_a_message_is_compared_by_its_request(tmp_path: Path) -> None:
    one = association(tmp_path / "one.pcap")
    assert differing(differences(one.exchanges[0], one.messages[0])) == []


def test_the_differences_of_two_commitments_stay_as_they_are() -> None:
    capture = dissect.open(CAPTURES / "commitment.pcap")
    rows = differences(capture.associations[0], capture.associations[2])
    text = "".join(
        f"{'≠' if row.differs else ' '} {row.section}: {row.path}: {row.left} | {row.right}\n" for row in rows
    )
    same("differences-commitment.txt", text)
