"""Requests and responses find each other: those that cross, and those whose other half was not captured."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.dicom.associations import Association
from tests.craft import FIND, IMPLICIT, Talk, implicit

SUCCESS, CANCELED, PENDING = 0x0000, 0xFE00, 0xFF00


def talk() -> Talk:
    made = Talk()
    made.associate([(1, FIND, (IMPLICIT,))])
    return made


def ask(made: Talk, message_id: int) -> None:
    made.requestor.command(
        1, CommandField=0x0020, MessageID=message_id, Priority=0, CommandDataSetType=1,
        AffectedSOPClassUID=FIND,
    )  # fmt: skip
    made.requestor.data(1, implicit(0x00080052, b"STUDY "))


def answer(made: Talk, message_id: int, status: int) -> None:
    pending = status == PENDING
    made.acceptor.command(
        1, CommandField=0x8020, MessageIDBeingRespondedTo=message_id, Status=status,
        CommandDataSetType=1 if pending else 0x0101, AffectedSOPClassUID=FIND,
    )  # fmt: skip
    if pending:
        made.acceptor.data(1, implicit(0x00100020, b"4711"))


def cancel(made: Talk, message_id: int) -> None:
    made.requestor.command(
        1, CommandField=0x0FFF, MessageIDBeingRespondedTo=message_id, CommandDataSetType=0x0101
    )


def read(path: Path) -> Association:
    (association,) = dissect.open(path).associations
    return association


def test_a_cancel_that_crosses_the_final_response_belongs_to_what_it_came_too_late_for(
    tmp_path: Path,
) -> None:
    made = talk()
    ask(made, 1)
    answer(made, 1, SUCCESS)
    cancel(made, 1)
    ask(made, 2)
    answer(made, 2, SUCCESS)
    association = read(made.write(tmp_path / "crossed.pcap"))
    first, second = association.exchanges
    assert first.cancel is association.messages[2]
    assert (first.status, second.cancel, second.status) == (SUCCESS, None, SUCCESS)


def test_of_two_cancels_the_first_counts(tmp_path: Path) -> None:
    made = talk()
    ask(made, 1)
    answer(made, 1, PENDING)
    cancel(made, 1)
    cancel(made, 1)
    answer(made, 1, CANCELED)
    association = read(made.write(tmp_path / "twice.pcap"))
    (exchange,) = association.exchanges
    assert exchange.cancel is association.messages[2]
    assert [response.status for response in exchange.responses] == [PENDING, CANCELED]


def test_responses_whose_request_was_not_captured_are_one_exchange(tmp_path: Path) -> None:
    made = Talk(handshake=False)
    for _ in range(20):
        answer(made, 7, PENDING)
    cancel(made, 7)
    answer(made, 7, CANCELED)
    answer(made, 8, PENDING)
    association = read(made.write(tmp_path / "middle.pcap"))
    first, second = association.exchanges
    assert (first.request, len(first.responses), first.status) == (None, 21, CANCELED)
    assert first.cancel is not None
    assert (second.request, len(second.responses), second.final) == (None, 1, None)


def test_a_cancel_of_what_was_never_asked_stands_alone(tmp_path: Path) -> None:
    made = talk()
    cancel(made, 3)
    ask(made, 3)
    answer(made, 3, SUCCESS)
    association = read(made.write(tmp_path / "alone.pcap"))
    alone, asked = association.exchanges
    assert (alone.request, alone.cancel, alone.responses) == (association.messages[0], alone.request, [])
    assert (asked.cancel, asked.status) == (None, SUCCESS)
