"""A capture that grows, on the screen: rows as they come, and every key that has to do with it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dissect.wire.sniff import Counts, SnifferError
from tests.craft import CT, IMPLICIT, VERIFICATION, Talk, dicom
from tests.tui.growing import FakeSession, Watcher, follow, talk
from tests.tui.screen import LONGEST
from tui.live_app import LiveApp
from tui.livebar import LiveBar, clock
from tui.sessions import Session
from tui.views.pdus import PduView

FIND = "1.2.840.10008.5.1.4.1.2.2.1"


def test_rows_come_as_associations_do(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        assert "Listening on wire0" in at.text()
        at.session.give(talk(1))
        await at.rows(2)
        assert at.lines()[0].split()[1:4] == ["1", "4", "0.003000"]
        assert "SCU1" in at.lines()[0]
        assert at.lines()[0].endswith("released")
        assert at.lines()[1].endswith("Success")
        at.session.give(talk(2, released=False))
        await at.rows(4)
        assert at.lines()[2].endswith("open")

    follow(act, tmp_path)


def test_a_c_store_shows_what_has_arrived_so_far(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        one = Talk()
        one.associate([(1, CT, [IMPLICIT])])
        one.store_request(1, 1)
        one.requestor.pdvs(dicom.pdv(1, 0, bytes(1000)))
        at.session.give(one)
        await at.rows(2)
        assert "1.00 kB" in at.lines()[1]
        assert at.lines()[1].endswith("running")
        assert "1 of 1" in at.place
        one.requestor.pdvs(dicom.pdv(1, 0, bytes(4000)))
        at.session.give(one)
        await at.until(lambda: "5.00 kB" in at.lines()[1])
        one.requestor.pdvs(dicom.pdv(1, 2, bytes(1000)))
        at.session.give(one)
        await at.until(lambda: at.lines()[1].endswith("running, no response yet"))
        await at.until(lambda: "6,1" in at.place)
        one.store_response(1, 1)
        at.session.give(one)
        await at.until(lambda: at.lines()[1].endswith("Success"))
        assert "1 of 2" in at.place

    follow(act, tmp_path)


def test_a_c_find_shows_how_many_answers_came(tmp_path: Path) -> None:
    def answer(status: int, data: bytes = b"") -> None:
        one.acceptor.command(
            1, CommandField=0x8020, MessageIDBeingRespondedTo=1, AffectedSOPClassUID=FIND,
            CommandDataSetType=1 if data else 0x0101, Status=status,
        )  # fmt: skip
        if data:
            one.acceptor.data(1, data)

    one = Talk()
    one.associate([(1, FIND, [IMPLICIT])])
    one.requestor.command(
        1, CommandField=0x0020, MessageID=1, AffectedSOPClassUID=FIND, Priority=0, CommandDataSetType=1
    )
    one.requestor.data(1, bytes(10))

    async def act(at: Watcher) -> None:
        for _ in range(3):
            answer(0xFF00, bytes(10))
        at.session.give(one)
        await at.until(lambda: "running, 3 pending" in at.text())
        answer(0xFF00, bytes(10))
        at.session.give(one)
        await at.until(lambda: "running, 4 pending" in at.text())
        answer(0)
        at.session.give(one)
        await at.until(lambda: at.lines()[1].endswith("Success"))

    follow(act, tmp_path)


def test_what_was_running_when_the_capture_ended_got_no_response(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        one = Talk()
        one.associate([(1, CT, [IMPLICIT])])
        one.store_request(1, 1)
        at.session.give(one)
        await at.until(lambda: at.text().count("running"))
        at.session.end()
        await at.settled()
        assert "running" not in at.text()
        assert "no response" in at.lines()[1]
        assert "■ ended" in at.bar

    follow(act, tmp_path)


def test_the_list_stays_at_its_end_until_somebody_moves_up(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(*(talk(number) for number in range(1, 11)))
        await at.rows(20)
        assert at.table.cursor == 19
        assert "SCU10" in at.text()
        assert at.bar.endswith("following")
        await at.press("k")
        assert at.bar.endswith("G: follow")
        row, top = at.table.row, at.table.scroll_offset.y
        at.session.give(*(talk(number) for number in range(11, 21)))
        await at.rows(40)
        assert (at.table.row, at.table.cursor, at.table.scroll_offset.y) == (row, 18, top)
        assert "SCU20" not in at.text()
        await at.press("G")
        assert at.table.cursor == 39
        assert at.bar.endswith("following")
        at.session.give(talk(21))
        await at.rows(42)
        assert at.table.cursor == 41
        assert "SCU21" in at.text()
        await at.press("k")
        await at.press("end")
        at.session.give(talk(22))
        await at.rows(44)
        assert at.table.cursor == 43

    follow(act, tmp_path, size=(100, 24))


def test_a_wheel_turned_up_and_fields_looked_at_hold_the_list_still_too(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(*(talk(number) for number in range(1, 11)))
        await at.rows(20)
        at.table.scroll_to(y=0, animate=False, force=True)
        await at.pilot.pause()
        at.session.give(talk(11))
        await at.rows(22)
        assert at.table.scroll_offset.y == 0
        assert at.table.cursor == 19
        await at.press("G", "enter")
        at.session.give(talk(12))
        await at.rows(24)
        assert at.table.cursor == 21
        assert at.bar.endswith("G: follow")

    follow(act, tmp_path, size=(100, 24))


def test_another_view_and_a_filter_bar_do_not_end_following(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1))
        await at.rows(2)
        await at.press("4")
        view = at.screen.query_one(PduView)
        before = view.count()
        at.session.give(talk(2))
        await at.rows(4)
        assert at.table.cursor == 1  # the view is of the same association as before
        await at.press("escape")
        await at.until(lambda: at.table.cursor == 3)
        await at.press("f", "escape")
        running = talk(3, released=False)
        at.session.give(running)
        await at.rows(6)
        assert at.table.cursor == 5
        await at.press("4")
        assert view.count() == before - 2
        running.release()
        at.session.give(running)
        await at.until(lambda: at.live.all_rows.associations[2].outcome == "released")
        await at.press("4")
        assert view.count() == before

    follow(act, tmp_path)


def test_pause_holds_the_screen_still_and_nothing_is_lost(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1, released=False))
        await at.rows(2)
        await at.press("p")
        assert "‖ paused" in at.bar
        before = at.lines()
        at.session.give(talk(2))
        at.session.told = Counts(99, 0)
        await at.until(lambda: "99 packets" in at.bar)  # sniffing goes on
        assert at.lines() == before
        await at.press("p")
        await at.rows(4)
        assert "● live" in at.bar

    follow(act, tmp_path)


def test_clear_forgets_all_rows_and_what_goes_on_comes_back(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        running = talk(1, released=False)
        at.session.give(running, talk(2))
        await at.rows(4)
        await at.press("C")
        await at.rows(0)
        assert "0 associations" in at.title.counts
        assert at.details.unit is None
        at.session.give(talk(3))
        await at.rows(2)
        assert at.lines()[0].split()[1] == "3"
        running.echo(message_id=2)
        at.session.give(running)
        await at.rows(5)
        assert [line.split()[1] for line in at.lines() if "SCU" in line] == ["1", "3"]
        at.session.end()
        await at.settled()
        assert len(at.table.rows) == 5
        await at.press("C")
        await at.rows(0)

    follow(act, tmp_path)


def test_no_more_associations_are_held_than_are_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.growing.TIDY", 0.0)

    async def act(at: Watcher) -> None:
        at.session.give(*(talk(number) for number in range(1, 5)))
        await at.rows(8)
        running = talk(5, released=False)
        at.session.give(running, talk(6))
        await at.until(lambda: not any("SCU1 " in line for line in at.lines()))
        await at.rows(8)
        assert [line.split()[1] for line in at.lines() if "SCU" in line] == ["3", "4", "5", "6"]
        assert len(at.live.capture.associations) == 4
        at.session.give(*(talk(number) for number in range(7, 9)))
        await at.until(lambda: any("SCU8 " in line for line in at.lines()))
        await at.until(lambda: len(at.live.capture.associations) <= 5)
        assert any("SCU5 " in line for line in at.lines())

    follow(act, tmp_path, keep=4)


def test_clear_while_paused_filtered_and_sorted(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.live._sort_by("time")
        at.session.give(talk(1), talk(2))
        await at.rows(2)
        await at.press("p", "C")
        await at.rows(0)
        at.session.give(talk(3))
        await at.press("p")
        await at.rows(1)

    follow(act, tmp_path, filter_="command == C-ECHO")


def test_restart_begins_a_session_and_ends_the_one_before(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1), talk(2))
        await at.rows(4)
        await at.press("R")
        await at.until(lambda: at.session.closed and len(at.session.begun) == 2)
        await at.rows(0)
        at.session.begun[1].give(talk(7))
        await at.rows(2)
        assert at.lines()[0].split()[1] == "1"
        assert "SCU7" in at.text()
        assert not at.session.begun[1].closed
        assert at.app.session is at.session.begun[1]

    follow(act, tmp_path)


def test_a_session_that_is_begun_as_somebody_quits_is_closed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()
    plain = FakeSession.again

    def again(session: FakeSession) -> Session:
        asked.set()
        assert go_on.wait(LONGEST)
        return plain(session)

    monkeypatch.setattr(FakeSession, "again", again)
    apps: list[LiveApp] = []

    async def act(at: Watcher) -> None:
        apps.append(at.app)
        await at.press("R")
        await at.until(asked.is_set)
        await at.press("q")

    first = follow(act, tmp_path)
    threading.Timer(0.1, go_on.set).start()
    apps[0].close()
    assert [session.closed for session in first.begun] == [True, True]
    with pytest.raises(SnifferError, match="nobody looks any more"):
        apps[0].begun(lambda: plain(first))


def test_a_restart_that_fails_leaves_the_session_as_it_is(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.refused = "the interface is gone"
        await at.press("R")
        await at.until(at.said)
        assert at.said() == ["the interface is gone"]
        at.session.give(talk(1))
        await at.rows(2)

    assert not follow(act, tmp_path).closed


def test_stop_ends_the_capture_and_keeps_it_on_the_screen(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1))
        await at.rows(2)
        await at.press("p", "X")
        await at.settled()
        assert "■ stopped" in at.bar
        assert len(at.lines()) == 2
        assert at.said() == []

    follow(act, tmp_path)


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        ("the sniffer was killed by SIGKILL", "R begins anew"),
        ("the sniffer ended: The interface disappeared", "pduscope interfaces"),
        ("the sniffer ended: there is no space left", "Make room"),
    ],
)
def test_a_sniffer_that_ended_is_told_with_what_to_do(tmp_path: Path, trouble: str, advice: str) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1))
        await at.rows(2)
        at.session.end(trouble)
        await at.until(at.said)
        (notice,) = at.app._notifications
        assert notice.title == trouble
        assert advice in notice.message
        assert "w saves it" in notice.message
        assert "■ ended" in at.bar
        assert trouble in at.bar
        assert len(at.lines()) == 2

    follow(act, tmp_path)


def test_the_header_tells_packets_rates_drops_and_time(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        bar = at.live.query_one(LiveBar)
        await at.until(lambda: "drops not told yet" in at.bar)
        at.session.told = Counts(0, 0)
        at.session.give(talk(1))
        await at.until(lambda: "12 packets" in at.bar and "0 dropped" in at.bar)
        assert not any("error" in str(span.style) for span in bar.render().spans)
        assert "0 B/s" not in at.bar
        at.session.told = Counts(1234, 7)
        await at.until(lambda: "7 dropped" in at.bar)
        (red,) = [span for span in bar.render().spans if "error" in str(span.style)]
        assert at.bar[red.start : red.end].strip() == "7 dropped"
        assert "1,234 packets" in at.bar
        assert at.text().splitlines()[0].split()[:2] == ["pduscope", "wire0"]

    follow(act, tmp_path, size=(80, 24))


def test_time_is_told_in_hours_once_there_are_any() -> None:
    assert [clock(seconds) for seconds in (7.9, 754, 3723)] == ["0:07", "12:34", "1:02:03"]


def test_a_filter_holds_for_what_comes_and_folding_and_selection_stay(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        growing = talk(1, released=False)
        at.session.give(growing, talk(2, 3))
        await at.until(lambda: "SCU2" in at.text())
        await at.rows(3)  # the second association, and two of its exchanges
        await at.press("g", "minus")
        assert len(at.lines()) == 1
        row = at.table.row
        growing.echo(message_id=2)
        at.session.give(growing, talk(3, 2))
        await at.until(lambda: "SCU3" in at.text())
        await at.rows(3)  # what matches now, and what is new, is folded too
        assert at.table.row == row
        assert at.table.rows.is_folded(row) if row else False

    follow(act, tmp_path, filter_="message_id >= 2")


def test_what_matches_no_more_goes(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        one = talk(1, released=False)
        at.session.give(one)
        await at.rows(2)
        one.release()
        at.session.give(one, talk(2, released=False))
        await at.until(lambda: "SCU2" in at.text() and "SCU1" not in at.text())
        assert len(at.table.rows) == 2
        assert [each.calling_ae for each in at.live.rows.associations] == ["SCU2"]

    follow(act, tmp_path, filter_="outcome == open")


def test_an_order_holds_for_what_comes_and_unfolded_exchanges_stay_so(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1), talk(2))
        await at.rows(4)
        at.live._sort_by("frame")
        at.live._sort_by("frame")
        await at.rows(2)
        await at.press("g", "right")
        await at.rows(4)
        row = at.table.row
        at.session.give(talk(3))
        await at.rows(5)
        assert at.table.row == row
        assert at.table.cursor == 1
        assert not at.table.rows.is_folded(row) if row else False

    follow(act, tmp_path)


def test_findings_of_an_association_are_told_when_it_ends(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        one = Talk()
        one.associate([(1, VERIFICATION, [IMPLICIT])])
        one.echo()
        one.echo(message_id=2, status=0x0122)
        one.abort(by="acceptor", source=2, reason=1)
        at.session.give(one)
        await at.until(lambda: at.title.trouble)
        assert not at.app.capture.finished
        told = at.title.trouble
        at.session.end()
        await at.settled()
        assert at.title.trouble == told
        await at.press("C")
        await at.until(lambda: not at.title.trouble)

    follow(act, tmp_path)


def test_packets_so_far_are_saved_while_it_goes_on(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.give(talk(1), talk(2))
        await at.rows(4)
        await at.press("w", "tab", "down")
        out = tmp_path / "out.pcap"
        field = at.app.screen.query_one("Input")
        field.value = str(out)  # type: ignore[attr-defined]
        field.focus()
        await at.press("enter")
        await at.until(out.exists)
        await at.until(lambda: any("Saved" in each for each in at.said()))

    follow(act, tmp_path)


def test_footer_and_help_tell_the_keys(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        await at.until(lambda: "q Quit" in at.text())
        footer = at.text().splitlines()[-1].replace("  ", " ")
        for told in ("G Follow", "p Pause", "C Clear", "R Restart", "X Stop", "w Save", "? Help", "q Quit"):
            assert told in footer
        await at.press("?")
        text = at.app.screen.text  # type: ignore[attr-defined]
        for told in ("new rows are followed", "Hold the screen still", "Forget all rows", "Begin anew"):
            assert told in text
        assert "The last row\n" not in text

    follow(act, tmp_path, size=(80, 24))


def test_quitting_ends_at_once_also_while_paused(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        await at.press("p", "q")
        assert at.app.return_code == 0

    follow(act, tmp_path)


def test_an_error_while_reading_is_told_and_ends_the_session(tmp_path: Path) -> None:
    async def act(at: Watcher) -> None:
        at.session.spool.path.write_text("this is no capture at all, is it?")
        await at.until(at.said)
        assert "Reading ended early" in at.said()[0]
        assert at.session.over

    session: FakeSession = follow(act, tmp_path)
    assert session.stopped
