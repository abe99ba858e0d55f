from __future__ import annotations

from pathlib import Path

import pytest

from dissect.outputs.text import CHUNK, listing
from dissect.outputs.words import Look
from tests.craft import CT, FIND, IMPLICIT, MOVE, VERIFICATION, Talk, implicit
from tests.outputs.golden import CAPTURES, same
from tests.outputs.reading import read


def lines(talk: Talk, path: Path, look: Look | None = None, *, time: str = "relative") -> list[str]:
    capture = read(talk.write(path / "talk.pcap"))
    return "".join(listing(capture, look or Look(), time=time)).splitlines()


@pytest.mark.parametrize("name", ["echo", "print", "find-cancel", "reject-titles", "store-statuses"])
def test_the_list_of_a_capture_stays_as_it_is(name: str) -> None:
    capture = read(Path(f"{name}.pcap"))
    same(f"list-{name}.txt", "".join(listing(capture, Look())))


def test_every_shipped_capture_can_be_listed_on_any_screen() -> None:
    for path in sorted(CAPTURES.glob("*.pcap*")):
        capture = read(path)
        if capture.associations:
            for width in (40, 80, 200):
                text = "".join(listing(capture, Look(True, False, width, True)))
                assert text.isascii()


def test_the_arrow_shows_who_really_sent_the_request(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 7, implicit(0x00080060, b"CT"))
    talk.acceptor.command(
        1,
        CommandField=0x0100,
        MessageID=9,
        CommandDataSetType=0x0101,
        AffectedSOPClassUID="1.2.840.10008.1.20.1",
    )
    talk.release()
    _, _, _, store, event = lines(talk, tmp_path, Look(width=120))
    assert "SCU → SCP    C-STORE " in store
    assert "SCU ← SCP    N-EVENT-REPORT" in event
    assert event.endswith("no response")


def test_sub_operation_counts_are_always_shown_also_of_a_warning(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, MOVE, [IMPLICIT])])
    talk.requestor.command(
        1, CommandField=0x0021, MessageID=3, CommandDataSetType=0x0101, AffectedSOPClassUID=MOVE
    )
    for status, remaining in ((0xFF00, 1), (0xB000, 0)):
        talk.acceptor.command(
            1, CommandField=0x8021, MessageIDBeingRespondedTo=3, CommandDataSetType=0x0101, Status=status,
            NumberOfRemainingSuboperations=remaining, NumberOfCompletedSuboperations=1,
            NumberOfFailedSuboperations=2 - remaining, NumberOfWarningSuboperations=0,
        )  # fmt: skip
    talk.release()
    move = lines(talk, tmp_path)[3]
    assert "C-MOVE   3" in move
    assert "0xB000 " in move
    assert "2 responses, 1 pending" in move
    assert "1 completed, 2 failed, 0 warning, 0 remaining" in move


def test_an_orphan_response_is_listed_with_its_own_name_and_the_id_it_answers(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.acceptor.command(
        1, CommandField=0x8030, MessageIDBeingRespondedTo=44, CommandDataSetType=0x0101, Status=0
    )
    talk.release()
    assert "SCU ← SCP    C-ECHO-RSP 44" in lines(talk, tmp_path)[3]


def test_an_incomplete_message_says_why(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store_request(1, 1)
    talk.abort(by="acceptor")
    found = lines(talk, tmp_path)
    assert "aborted by the acceptor (service-user)" in found[2]
    assert "request incomplete: " in found[3]


def test_a_peer_cannot_send_commands_to_the_terminal(tmp_path: Path) -> None:
    talk = Talk(calling="\x1b[31mX\x07", called="\x9b2J")
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    text = "\n".join(lines(talk, tmp_path))
    assert not {"\x1b", "\x07", "\x9b"} & set(text)
    assert "\\x1b[31mX\\x07" in text


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("relative", "0.003000"),
        ("absolute", "22:13:20.003000"),
        ("utc", "22:13:20.003000"),
        ("delta", "0.003000"),
        ("epoch", "1700000000.003000"),
    ],
)
def test_times_are_written_as_asked_for(tmp_path: Path, style: str, shown: str) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    assert f" {shown} " in lines(talk, tmp_path, time=style)[2]


def test_titles_leave_a_narrow_page_first_and_then_the_ends_of_names(tmp_path: Path) -> None:
    talk = Talk(calling="A_LONG_CALLING", called="A_LONG_CALLED_AE")
    talk.associate([(1, FIND, [IMPLICIT])])
    talk.requestor.command(
        1, CommandField=0x0020, MessageID=1, CommandDataSetType=0x0101, AffectedSOPClassUID=FIND
    )
    wide = lines(talk, tmp_path, Look(width=140))[3]
    piped = lines(talk, tmp_path, Look(width=60))[3]
    screen = lines(talk, tmp_path, Look(width=74, shorten=True))[-2]
    assert "A_LONG_CALLING → A_LONG_CALLED_AE" in wide
    assert "A_LONG" not in piped
    assert "Root Query/Retrieve - FIND" in piped
    assert "…" in screen
    assert len(screen) <= 74


def test_what_does_not_fit_a_screen_goes_on_below(tmp_path: Path) -> None:
    talk = Talk()
    talk.reject([(1, CT, [IMPLICIT])], 1, 1, 7)
    found = lines(talk, tmp_path, Look(width=60, shorten=True))
    assert found[2].endswith("SCP 10.0.0.2:11112")
    assert found[3].startswith("          1 context")
    assert found[4] == "          rejected: called-AE-title-not-recognized (permanent, service-user)"


def test_colour_is_painted_only_where_it_is_wanted(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, implicit(0x00080060, b"CT"), status=0xA700)
    plain = "\n".join(lines(talk, tmp_path))
    painted = "\n".join(lines(talk, tmp_path, Look(colour=True)))
    assert "\x1b" not in plain
    assert "\x1b[31m0xA700 Refused: Out of Resources\x1b[0m" in painted


def test_columns_stay_in_line_over_chunks(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    for number in range(1, CHUNK + 10):
        talk.echo(message_id=number)
    rows = [line for line in lines(talk, tmp_path) if "C-ECHO" in line]
    assert len(rows) == CHUNK + 9
    assert len({row.index("C-ECHO") for row in rows[: CHUNK - 1]}) == 1
