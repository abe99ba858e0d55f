"""Ladders: rows, columns, associations that belong together, and how they are drawn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import dissect
from dissect import related as relations
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.ladder import Ladder, ladder
from dissect.outputs.ladder import Drawing, ladder_text
from dissect.outputs.words import Look
from dissect.related import Ends, related, story
from tests.craft import CT, FIND, IMPLICIT, MOVE, Talk, command_set, implicit, pdv, write
from tests.outputs.golden import CAPTURES, same


def whole(name: str, number: int = 1) -> Ladder:
    """The ladder of an association and of those related to it."""
    capture = dissect.open(CAPTURES / name)
    association = capture.associations[number - 1]
    both = [association, *related(association, capture)]
    return ladder(sorted(both, key=lambda each: each.index))


def names(found: Ladder) -> list[str]:
    return [
        (row.what.command or "?")
        if isinstance(row.what, Message)
        else row.what.type_name
        if row.what
        else "TCP"
        for row in found.rows
    ]


@pytest.mark.parametrize("name", ["print", "move", "commitment", "find", "get"])
def test_a_ladder_stays_as_it_is(name: str) -> None:
    same(f"ladder-{name}.txt", "".join(ladder_text(whole(f"{name}.pcap"), Look(width=100))))


def test_a_ladder_of_three_parties_fits_a_small_terminal() -> None:
    same("ladder-move-80.txt", "".join(ladder_text(whole("move.pcap"), Look(width=80))))


@pytest.mark.parametrize("name", ["print", "move", "reject-titles", "abort-provider", "closed", "mid-store"])
@pytest.mark.parametrize("width", [60, 80, 132])
def test_no_line_is_longer_than_the_screen(name: str, width: int) -> None:
    text = "".join(ladder_text(whole(f"{name}.pcap"), Look(width=width)))
    assert max(map(len, text.splitlines())) <= width


def test_a_terminal_without_unicode_gets_none() -> None:
    assert "".join(ladder_text(whole("move.pcap"), Look(unicode=False))).isascii()


def test_all_lines_of_a_drawing_are_as_long_as_one_another() -> None:
    drawing = Drawing(whole("move.pcap"), Look(width=80))
    lengths = {
        sum(len(part.text) for part in drawing.line(number)[:-1])
        for number in range(1, len(drawing.ladder.rows))
    }
    assert len(lengths) == 1


def test_pending_responses_fold_into_one_row_and_unfold() -> None:
    capture = dissect.open(CAPTURES / "find.pcap")
    folded = ladder(capture.associations)
    assert names(folded)[2:5] == ["C-FIND-RQ", "C-FIND-RSP", "C-FIND-RSP"]
    assert len(folded.rows[3].messages) == 200
    assert len(ladder(capture.associations, fold=False).rows) == len(folded.rows) + 199


def test_pending_responses_of_different_requests_do_not_fold(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, FIND, [IMPLICIT])])
    for number in (1, 2):
        talk.requestor.command(1, CommandField=0x0020, MessageID=number, CommandDataSetType=0x0101)
    for number in (1, 2, 1, 2):
        talk.acceptor.command(
            1, CommandField=0x8020, MessageIDBeingRespondedTo=number, CommandDataSetType=0x0101, Status=0xFF00
        )
    capture = dissect.open(talk.write(tmp_path / "two.pcap"))
    assert names(ladder(capture.associations)).count("C-FIND-RSP") == 4


def test_rows_are_in_the_order_of_time_with_the_time_since_the_row_before() -> None:
    rows = whole("move.pcap").rows
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    assert rows[0].delta is None
    assert [row.delta for row in rows[1:]] == [row.time - before.time for before, row in pairwise(rows)]


def test_the_destination_of_a_move_becomes_a_third_column() -> None:
    found = whole("move.pcap")
    assert [column.title for column in found.columns] == ["MOVER", "ARCHIVE", "THIRD"]
    stores = [row for row in found.rows if isinstance(row.what, Message) and row.what.command == "C-STORE-RQ"]
    assert {(row.sender, row.receiver) for row in stores} == {(1, 2)}


def test_the_report_on_commitment_comes_back_in_the_same_columns() -> None:
    found = whole("commitment.pcap")
    assert [column.title for column in found.columns] == ["SENDER", "ORTHANC"]
    report = next(
        row for row in found.rows if isinstance(row.what, Message) and row.what.command == "N-EVENT-REPORT-RQ"
    )
    assert (report.sender, report.receiver) == (1, 0)


def test_commitment_is_matched_by_its_transaction_and_from_both_ends() -> None:
    capture = dissect.open(CAPTURES / "commitment.pcap")
    first, report, second, other = capture.associations
    assert related(first, capture) == [report]
    assert related(report, capture) == [first]
    assert related(second, capture) == [other]


def test_a_move_and_its_stores_are_related_from_both_ends() -> None:
    capture = dissect.open(CAPTURES / "move-orthanc.pcap")
    move, stores = capture.associations
    assert related(move, capture) == [stores]
    assert related(stores, capture) == [move]


def test_a_story_of_many_retries_looks_at_each_of_them_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, looks = 60, 0

    def ends(association: Association) -> Ends:
        nonlocal looks
        looks += 1
        return plain(association)

    plain = relations._ends
    monkeypatch.setattr(relations, "_ends", ends)
    segments = []
    for number in range(count):
        talk = Talk(requestor_port=50000 + number, start=1_700_000_000_000_000_000 + number * 10**9)
        talk.reject([(1, CT, [IMPLICIT])], 1, 1, 7)
        segments += talk.segments()
    capture = dissect.open(write(tmp_path / "again.pcap", segments))
    assert story(capture.associations[7], capture) == list(capture.associations)
    assert looks == 2 * count


def moved(path: Path, *, called: str = "THIRD", originator: int | None = None) -> list[int]:
    """Indexes of what is related to a C-MOVE to THIRD while something is stored at `called`."""
    talk = Talk(calling="MOVER", called="ARCHIVE")
    talk.associate([(1, MOVE, [IMPLICIT])])
    talk.requestor.command(
        1, CommandField=0x0021, MessageID=7, MoveDestination="THIRD", CommandDataSetType=0x0101
    )
    storing = Talk(
        calling="ARCHIVE", called=called, requestor_port=50001, port=104, start=talk.time + 1_000_000
    )
    storing.associate([(1, CT, [IMPLICIT])])
    about: dict[str, str | int] = {"AffectedSOPClassUID": CT, "CommandDataSetType": 1}
    if originator is not None:
        about |= {"MoveOriginatorApplicationEntityTitle": "MOVER", "MoveOriginatorMessageID": originator}
    storing.requestor.pdvs(pdv(1, 3, command_set(CommandField=0x0001, MessageID=1, **about)))
    storing.requestor.data(1, implicit(0x00100020, b"EX001 "))
    talk.wait(1)
    talk.acceptor.command(
        1, CommandField=0x8021, MessageIDBeingRespondedTo=7, CommandDataSetType=0x0101, Status=0
    )
    capture = dissect.open(talk.write(path / "a.pcap"), storing.write(path / "b.pcap"))
    return [association.index for association in related(capture.associations[0], capture)]


def test_stores_without_an_originator_belong_to_the_move_that_goes_on(tmp_path: Path) -> None:
    assert moved(tmp_path) == [2]


def test_stores_belong_to_the_move_that_they_name(tmp_path: Path) -> None:
    assert moved(tmp_path, originator=7) == [2]


def test_stores_of_another_move_are_not_related(tmp_path: Path) -> None:
    assert moved(tmp_path, originator=8) == []


def test_stores_at_another_destination_are_not_related(tmp_path: Path) -> None:
    assert moved(tmp_path, called="FOURTH") == []


def test_associations_that_have_nothing_to_do_with_each_other_are_not_related() -> None:
    capture = dissect.open(CAPTURES / "parallel.pcap")
    assert len(capture.associations) > 1
    assert all(related(association, capture) == [] for association in capture.associations)


def test_a_connection_that_just_ends_ends_the_ladder() -> None:
    text = "".join(ladder_text(whole("closed.pcap"), Look()))
    assert text.splitlines()[-1].count("TCP closed without release") == 1


def test_a_rejection_says_why() -> None:
    assert "called-AE-title-not-recognized" in "".join(
        ladder_text(whole("reject-titles.pcap"), Look(width=132))
    )


def test_the_rows_of_pdus_and_messages_cover_the_association_once() -> None:
    found = whole("print.pcap")
    messages = [row for row in found.rows if isinstance(row.what, Message)]
    pdus = [row.what.kind for row in found.rows if isinstance(row.what, Pdu)]
    assert len(messages) == len(found.associations[0].messages)
    assert pdus == [1, 2, 5, 6]


UPS_PUSH, UPS_PULL, UPS_EVENT = (f"1.2.840.10008.5.1.4.34.6.{number}" for number in (1, 3, 4))


def step(path: Path, name: str, sop_class: str, field: int, uid: str, start: int) -> Path:
    """An association with one N- request about a unified procedure step, and its response."""
    talk = Talk(calling=name, called="MANAGER", requestor_port=50000 + start, start=start * 10**9)
    talk.associate([(1, sop_class, [IMPLICIT])])
    instance = "AffectedSOPInstanceUID" if field in (0x0100, 0x0140) else "RequestedSOPInstanceUID"
    about: dict[str, str | int] = {"AffectedSOPClassUID": sop_class, instance: uid}
    about |= {"CommandField": field, "MessageID": 1, "CommandDataSetType": 0x0101}
    talk.requestor.pdvs(pdv(1, 3, command_set(**about)))
    talk.acceptor.command(
        1, CommandField=field | 0x8000, MessageIDBeingRespondedTo=1, CommandDataSetType=0x0101, Status=0
    )
    talk.release()
    return talk.write(path / f"{start:02}.pcap")


def test_a_unified_procedure_step_is_one_story_from_creation_to_its_report(tmp_path: Path) -> None:
    everything = "1.2.840.10008.5.1.4.34.5"
    capture = dissect.open(
        step(tmp_path, "ORDERER", UPS_PUSH, 0x0140, "1.2.3.1", 1),
        step(tmp_path, "WATCHER", UPS_PUSH, 0x0130, everything, 2),
        step(tmp_path, "WORKER", UPS_PULL, 0x0130, "1.2.3.1", 3),
        step(tmp_path, "OTHER", UPS_PULL, 0x0130, "1.2.3.2", 4),
        step(tmp_path, "WORKER", UPS_PULL, 0x0120, "1.2.3.1", 5),
        step(tmp_path, "MANAGER", UPS_EVENT, 0x0100, "1.2.3.1", 6),
        step(tmp_path, "WATCHER", UPS_PUSH, 0x0130, everything, 7),
    )
    assert [each.index for each in story(capture.associations[0], capture)] == [1, 3, 5, 6]
    assert [each.index for each in story(capture.associations[5], capture)] == [1, 3, 5, 6]
    assert story(capture.associations[1], capture) == [capture.associations[1]]


def test_a_step_that_is_reported_in_several_associations_is_one_story() -> None:
    capture = dissect.open(CAPTURES / "mpps-retried.pcap")
    assert [each.outcome for each in capture.associations] == ["released", "rejected", "released"]
    for association in capture.associations:
        assert story(association, capture) == capture.associations
    created, rejected, completed = capture.associations
    assert related(created, capture) == [completed]
    assert related(rejected, capture) == [completed]


def test_a_try_of_other_aes_or_much_later_is_a_story_of_its_own(tmp_path: Path) -> None:
    def tried(number: int, calling: str, seconds: int) -> Path:
        talk = Talk(calling=calling, requestor_port=50000 + number, start=seconds * 10**9)
        talk.reject([(1, CT, [IMPLICIT])], 2, 3, 1)
        return talk.write(tmp_path / f"{number}.pcap")

    capture = dissect.open(tried(1, "ONE", 0), tried(2, "TWO", 10), tried(3, "ONE", 20), tried(4, "ONE", 900))
    assert [[each.index for each in story(one, capture)] for one in capture.associations] == [
        [1, 3], [2], [1, 3], [4],
    ]  # fmt: skip


def test_the_print_session_is_one_story() -> None:
    capture = dissect.open(CAPTURES / "print.pcap")
    assert story(capture.associations[0], capture) == capture.associations
