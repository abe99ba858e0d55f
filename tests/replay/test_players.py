"""Players against each other, without a network: one plays a recording, the other a peer that differs."""

from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.dicom.associations import Association
from dissect.differences.rows import Difference
from dissect.outputs.replayed import as_text
from dissect.outputs.words import Look
from dissect.peer.connection import Connection, connect
from dissect.replay.names import NotPlayableError
from dissect.replay.player import Player
from dissect.replay.report import Report
from dissect.replay.stage import Stage
from tests.craft import CT, EXPLICIT, FIND, IMPLICIT, JPEG, Talk, pdv, write
from tests.craft.segments import Side
from tests.peer.scripted import scripted, until_closed
from tests.replay import talks
from tests.replay.duet import Said, acceptor, duet, requestor

CAPTURES = Path(__file__).parents[2] / "captures"
WHOLE = (
    "abort-requestor", "commitment-same", "commitment", "contexts-refused", "dcmjs-scp", "echo", "extended",
    "find", "find-cancel", "find-errors", "get", "get-dcmtk", "identity", "move", "mpps", "parallel", "print",
    "print-errors", "reject-orthanc", "reject-titles", "store-big-endian", "store-deflated",
    "store-fragmented", "store-jpeg", "store-multi", "store-statuses", "worklist-cancel",
)  # fmt: skip
RELEASE_RQ, RELEASE_RP = b"\5" + bytes(4) + b"\4" + bytes(4), b"\6" + bytes(4) + b"\4" + bytes(4)
ABORT = b"\7" + bytes(4) + b"\4" + bytes(4)


def stream(association: Association, side: int) -> bytes:
    """All that a side said."""
    pieces = association.framers[side].direction.pieces
    return b"".join(pieces.read(pdu.start, pdu.stop) for who, pdu in association.pdus() if who == side)


def spoken(said: Said, side: str) -> bytes:
    return b"".join(pdu for who, pdu in said if who == side)


@pytest.mark.parametrize("name", WHOLE)
def test_what_was_recorded_comes_out_byte_for_byte(name: str) -> None:
    for association in dissect.open(CAPTURES / f"{name}.pcap").associations:
        asking, answering = requestor(association), acceptor(association)
        said = duet(asking, answering)
        for side in (0, 1):
            assert spoken(said, association.side_name(side)) == stream(association, side)
        assert asking.over
        assert answering.over
        assert asking.notes == answering.notes == []
        assert asking.uids == {}


def test_uids_of_the_peer_go_into_commands_and_data_sets_with_lengths_put_right(tmp_path: Path) -> None:
    before = talks.recorded(talks.printing("1.2.3.4", "1.2.3.5"), tmp_path / "before.pcap")
    now = talks.recorded(talks.printing("1.2.840.99999.1", "1.2.9"), tmp_path / "now.pcap")
    asking = requestor(before)
    said = duet(asking, acceptor(now))
    # the live acceptor hears what its own requestor would have said
    assert spoken(said, "requestor") == stream(now, now.requestor_side)
    assert asking.uids == {"1.2.3.4": "1.2.840.99999.1", "1.2.3.5": "1.2.9"}


def test_an_acceptor_answers_with_the_uids_of_the_live_requestor(tmp_path: Path) -> None:
    recorded = talks.recorded(talks.storing(EXPLICIT), tmp_path / "recorded.pcap")
    live = Talk()
    live.associate([(5, CT, (EXPLICIT,))])
    live.store_request(5, 9, AffectedSOPInstanceUID="1.22.333.4444")
    live.requestor.data(5, talks.image(EXPLICIT))
    live.store_response(5, 9, AffectedSOPInstanceUID="1.22.333.4444")
    live.release()
    asking = talks.recorded(live, tmp_path / "live.pcap")
    said = duet(requestor(asking), acceptor(recorded))
    assert spoken(said, "acceptor").count(b"1.22.333.4444") == 1
    assert spoken(said, "acceptor") == stream(asking, asking.acceptor_side)


@pytest.mark.parametrize("limit", [8, 30, 100, 0])
def test_fragments_fit_the_pdus_that_the_peer_takes(tmp_path: Path, limit: int) -> None:
    before = talks.recorded(talks.printing("1.2.3.4", "1.2.3.5"), tmp_path / "before.pcap")
    now = talks.recorded(talks.printing("1.2.3.4", "1.2.3.5", limit=limit), tmp_path / "now.pcap")
    asking, answering = requestor(before), acceptor(now)
    said = duet(asking, answering)
    sent = [pdu for who, pdu in said if who == "requestor" and pdu[0] == 4]
    assert all(len(pdu) - 6 <= (limit or 1 << 20) for pdu in sent)
    assert asking.over
    assert not asking.trouble
    assert answering.notes == []  # each request was like the one recorded, its data set too


@pytest.mark.parametrize(("was", "now"), [(EXPLICIT, IMPLICIT), (IMPLICIT, EXPLICIT)])
def test_a_data_set_goes_out_in_the_transfer_syntax_that_was_accepted(
    tmp_path: Path, was: str, now: str
) -> None:
    before = talks.recorded(talks.storing(was), tmp_path / "before.pcap")
    after = talks.recorded(talks.storing(now), tmp_path / "now.pcap")
    said = duet(requestor(before), acceptor(after))
    assert spoken(said, "requestor") == stream(after, after.requestor_side)


def test_what_cannot_be_converted_is_left_out_and_told(tmp_path: Path) -> None:
    both = (JPEG, EXPLICIT)
    before = talks.recorded(talks.storing(JPEG, offered=both), tmp_path / "before.pcap")
    after = talks.recorded(talks.storing(EXPLICIT, offered=both), tmp_path / "now.pcap")
    asking = requestor(before)
    said = duet(asking, acceptor(after))
    assert [pdu for who, pdu in said if who == "requestor"][1:] == [RELEASE_RQ]
    (note,) = asking.notes
    assert "message 1, C-STORE-RQ, is left out" in note
    assert "JPEG Baseline (Process 1) cannot become without loss" in note


def test_a_message_without_its_context_is_left_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,)), (3, FIND, (EXPLICIT,))])
    talk.store(1, 1, talks.image(EXPLICIT))
    talk.release()
    asking = requestor(talks.recorded(talk, tmp_path / "before.pcap"))
    said = duet(asking, acceptor(talks.recorded(talks.refusing(), tmp_path / "now.pcap")))
    (note,) = asking.notes
    assert note.endswith("the peer accepted no presentation context for CT Image Storage")
    assert said[-1] == ("acceptor", RELEASE_RP)


def test_no_context_at_all_ends_in_an_abort(tmp_path: Path) -> None:
    before = talks.recorded(talks.storing(EXPLICIT), tmp_path / "before.pcap")
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT, IMPLICIT))], accept={1: 1})
    asking = requestor(before)
    said = duet(asking, acceptor(talks.recorded(talk, tmp_path / "now.pcap")))
    assert asking.trouble == "the peer accepted the association, but none of its presentation contexts"
    assert said[-1] == ("requestor", ABORT)


def test_a_rejection_that_was_not_recorded_is_trouble(tmp_path: Path) -> None:
    asking = requestor(talks.recorded(talks.storing(EXPLICIT), tmp_path / "before.pcap"))
    talk = Talk()
    talk.reject([(1, CT, (EXPLICIT,))], 1, 1, 7)
    said = duet(asking, acceptor(talks.recorded(talk, tmp_path / "now.pcap")))
    assert len(said) == 2
    assert "called-AE-title-not-recognized" in asking.trouble


def test_a_recorded_rejection_that_comes_again_is_none(tmp_path: Path) -> None:
    talk = Talk()
    talk.reject([(1, CT, (EXPLICIT,))], 1, 1, 7)
    association = talks.recorded(talk, tmp_path / "rejected.pcap")
    asking = requestor(association)
    duet(asking, acceptor(association))
    assert asking.over
    assert asking.trouble == ""


@pytest.mark.parametrize("by", ["requestor", "acceptor"])
def test_a_message_that_an_abort_cut_off_goes_out_as_far_as_it_went(tmp_path: Path, by: Side) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    talk.store_request(1, 1)
    talk.requestor.pdvs(pdv(1, 0, talks.image(EXPLICIT)[:100]))
    talk.abort(by=by)
    before = talks.recorded(talk, tmp_path / "before.pcap")
    asking = requestor(before)
    said = duet(asking, acceptor(talks.recorded(talks.storing(EXPLICIT), tmp_path / "now.pcap")))
    assert spoken(said, "requestor") == stream(before, before.requestor_side)
    assert asking.notes == ["message 1, C-STORE-RQ, is sent as far as it was before the abort"]


def test_an_abort_of_the_peer_ends_it(tmp_path: Path) -> None:
    asking = requestor(talks.recorded(talks.storing(EXPLICIT), tmp_path / "before.pcap"))
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT, IMPLICIT))])
    talk.store_request(1, 1)
    talk.requestor.data(1, talks.image(EXPLICIT))
    talk.abort(by="acceptor", source=2, reason=6)
    said = duet(asking, acceptor(talks.recorded(talk, tmp_path / "now.pcap")))
    assert said[-1] == ("acceptor", b"\7" + bytes(4) + b"\4" + bytes(2) + b"\2\6")
    assert "invalid-PDU-parameter value" in asking.trouble


def test_silence_is_told_by_what_was_due(tmp_path: Path) -> None:
    talk = talks.storing(EXPLICIT)
    asking = requestor(talks.recorded(talk, tmp_path / "recorded.pcap"))
    silent = Talk()
    silent.associate([(1, CT, (EXPLICIT, IMPLICIT))])
    silent.store_request(1, 1)
    silent.requestor.data(1, talks.image(EXPLICIT))
    duet(asking, acceptor(talks.recorded(silent, tmp_path / "silent.pcap")))
    assert not asking.over
    assert asking.waiting_for == "the final response to message 1, C-STORE-RQ"
    asking.abort("no answer within 10 s")
    assert [pdu for turn in asking.turns() for pdu in turn.pdus] == [ABORT]


@pytest.mark.parametrize("matches", [3, 5, 9])
def test_a_cancel_goes_out_after_as_many_pending_responses_as_recorded(tmp_path: Path, matches: int) -> None:
    before = talks.recorded(talks.finding(5, cancel_after=2), tmp_path / "before.pcap")
    now = talks.recorded(talks.finding(matches, cancel_after=matches - 1), tmp_path / "now.pcap")
    asking = requestor(before)
    said = duet(asking, acceptor(now))
    who = [name for name, pdu in said if pdu[0] == 4]
    # command and data set of the request, those of two pending responses, the C-CANCEL-RQ
    assert who[:2] == ["requestor"] * 2
    assert [index for index, name in enumerate(who) if name == "requestor"] == [0, 1, 2 + 2 * 2]
    assert asking.over


def test_a_query_that_is_over_is_not_cancelled(tmp_path: Path) -> None:
    before = talks.recorded(talks.finding(5, cancel_after=2), tmp_path / "before.pcap")
    asking = requestor(before)
    duet(asking, acceptor(talks.recorded(talks.finding(1), tmp_path / "now.pcap")))
    assert asking.notes == ["message 4, C-CANCEL-RQ, is left out: what it cancels is answered already"]


def test_requests_that_did_not_wait_for_answers_do_not_now(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    for number in (1, 2, 3):
        talk.store_request(1, number)
        talk.requestor.data(1, talks.image(EXPLICIT))
    for number in (2, 1, 3):
        talk.store_response(1, number)
    talk.release()
    association = talks.recorded(talk, tmp_path / "asynchronous.pcap")
    asking = requestor(association)
    next(iter(asking.turns()))
    asking.receive(stream(association, association.acceptor_side)[: association.accept_pdu.stop])  # type: ignore[union-attr]
    sent = [pdu for turn in asking.turns() for pdu in turn.pdus]
    assert len(sent) == 6  # all three, command sets and data sets
    assert asking.waiting_for == "the final response to message 2, C-STORE-RQ"


def test_more_requests_than_were_recorded_are_answered_like_the_last(tmp_path: Path) -> None:
    answering = acceptor(talks.recorded(talks.storing(EXPLICIT, status=0xB000), tmp_path / "one.pcap"))
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT, IMPLICIT))])
    for number in (1, 2):
        talk.store(1, number, talks.image(EXPLICIT), status=0xB000)
    talk.release()
    two = talks.recorded(talk, tmp_path / "two.pcap")
    said = duet(requestor(two), answering)
    assert spoken(said, "acceptor") == stream(two, two.acceptor_side)
    assert answering.notes == [
        "the peer sent more C-STORE-RQ than were recorded: answered as message 1, C-STORE-RQ"
    ]


@pytest.mark.parametrize(("recorded", "now"), [(3, 1), (1, 3), (2, 0)])
def test_an_archive_may_send_back_fewer_or_more(tmp_path: Path, recorded: int, now: int) -> None:
    asking = requestor(talks.recorded(talks.getting(recorded), tmp_path / "recorded.pcap"))
    live = talks.recorded(talks.getting(now), tmp_path / "now.pcap")
    said = duet(asking, acceptor(live))
    assert spoken(said, "requestor") == stream(live, live.requestor_side)
    assert asking.over
    assert len(asking.notes) == max(now - recorded, 0)


def test_a_request_like_none_recorded_fails_politely(tmp_path: Path) -> None:
    before = talks.recorded(talks.printing("1.2.3.4", "1.2.3.5"), tmp_path / "printing.pcap")
    talk = Talk()
    talk.associate([(1, talks.PRINTING, (EXPLICIT,))])
    talk.requestor.command(
        1, CommandField=0x0110, MessageID=5, RequestedSOPClassUID=talks.BOX,
        RequestedSOPInstanceUID="1.2", CommandDataSetType=talks.NONE,
    )  # fmt: skip
    talk.acceptor.command(
        1, CommandField=0x8110, MessageIDBeingRespondedTo=5, AffectedSOPClassUID=talks.BOX,
        CommandDataSetType=talks.NONE, Status=0x0110, ErrorComment="Not in the recording",
    )  # fmt: skip
    talk.release()
    live = talks.recorded(talk, tmp_path / "live.pcap")
    answering = acceptor(before)
    said = duet(requestor(live), answering)
    assert spoken(said, "acceptor") == stream(live, live.acceptor_side)
    assert answering.notes[0] == "nothing recorded answers the peer's N-GET-RQ, id 5"


def test_ae_titles_are_those_given(tmp_path: Path) -> None:
    association = talks.recorded(talks.storing(EXPLICIT), tmp_path / "recorded.pcap")
    (turn,) = Player(requestor(association).script, calling="ME", called="ARCHIVE").turns()
    (pdu,) = turn.pdus
    before = stream(association, association.requestor_side)[: len(pdu)]
    assert pdu == before[:10] + b"ARCHIVE".ljust(16) + b"ME".ljust(16) + before[42:]


def test_messages_with_holes_are_left_out_with_a_word(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    talk.store(1, 1, talks.image(EXPLICIT) * 20, fragment=1000)
    talk.store(1, 2, talks.image(EXPLICIT))
    talk.release()
    path = tmp_path / "holes.pcap"
    segments = [
        each for each in talk.segments() if not (each.payload[:1] == b"\4" and len(each.payload) > 1000)
    ]
    (association,) = dissect.open(write(path, segments)).associations
    asking = requestor(association)
    duet(asking, acceptor(association))
    assert asking.over
    assert "is left out: some of its bytes were not captured" in asking.notes[0]


def test_nothing_captured_of_the_side_is_nothing_to_play() -> None:
    (association,) = dissect.open(CAPTURES / "mid-find.pcap").associations
    with pytest.raises(NotPlayableError, match="no message of the requestor was captured whole"):
        requestor(association)


def test_what_is_no_pdu_of_the_protocol_is_left_out_with_a_word() -> None:
    (association,) = dissect.open(CAPTURES / "abort-provider.pcap").associations
    assert requestor(association).notes == [
        "what was sent as PDU of type 42H is left out: there is no such type"
    ]
    assert acceptor(association).notes == []


def test_no_abort_is_put_into_a_pdu_that_is_half_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    def interrupted(connection: Connection, octets: bytes) -> None:
        sent.append(octets)
        connection.stuck = True
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "send", interrupted)
    player = requestor(talks.recorded(talks.storing(EXPLICIT), tmp_path / "recorded.pcap"))
    with (
        scripted(until_closed) as address,
        connect(address, timeout=5) as connection,
        pytest.raises(KeyboardInterrupt),
    ):
        list(Stage(player, connection, timeout=5, idle=5, paced=False).perform())
    assert [pdu[0] for pdu in sent] == [1]


def test_long_values_are_told_from_where_they_begin_to_differ(tmp_path: Path) -> None:
    association = talks.recorded(talks.storing(EXPLICIT), tmp_path / "recorded.pcap")
    syntaxes = [f"Transfer Syntax {number}" for number in range(30)]
    row = Difference("Acceptor", "proposed", ", ".join(syntaxes), ", ".join([*syntaxes[:-1], "Other"]), True)
    report = Report(association, association, "requestor", [], [row], [], {}, [], "")
    (line,) = (line for line in as_text(report, Look(width=100)) if "proposed" in line)
    before, after = line.removeprefix("    proposed: ").strip().split(" → ")
    assert before.endswith("Transfer Syntax 29")
    assert after.endswith(", Other")
    assert max(len(before), len(after)) <= 45
