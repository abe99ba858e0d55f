from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

import pytest

import dissect
from dissect.columns import Column
from dissect.feeds import GrowingFile
from dissect.following import Event, Followed
from dissect.outputs.running import RunningList
from dissect.outputs.words import Look
from dissect.readings import READINGS
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.live.feeds import Written, index, live_objects, offline_objects, records

CAPTURES = Path(__file__).parents[2] / "captures"
SMALL = sorted(
    path
    for path in CAPTURES.glob("*.pcap")
    if path.stat().st_size < 150_000 and path.read_bytes()[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
)


def echo(tmp_path: Path) -> Path:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release()
    return talk.write(tmp_path / "whole.pcap")


def events(capture: Followed, feed: Written) -> list[Event]:
    return [event for event in capture.events(feed) if event is not None]


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_a_capture_written_record_by_record_gives_what_the_whole_file_gives(
    path: Path, tmp_path: Path
) -> None:
    grown = tmp_path / "grown.pcap"
    capture = Followed(str(path), readings=READINGS)
    assert live_objects(capture, Written(grown, records(path.read_bytes()))) == offline_objects(path)
    assert grown.read_bytes() == path.read_bytes()


def test_events_come_in_the_order_of_the_traffic(tmp_path: Path) -> None:
    feed = Written(tmp_path / "grown.pcap", records(echo(tmp_path).read_bytes()))
    kinds = [event.kind for event in events(Followed("echo"), feed)]
    assert kinds == ["began", "message", "message", "exchange", "ended"]


def test_an_exchange_is_told_before_its_association_has_ended(tmp_path: Path) -> None:
    capture = Followed("echo")
    feed = Written(tmp_path / "grown.pcap", records(echo(tmp_path).read_bytes()))
    outcomes = [e.association.outcome for e in capture.events(feed) if e is not None and e.kind == "exchange"]
    assert outcomes == ["open"]


def test_nothing_is_held_of_what_ended_when_nothing_is_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dissect.following.TIDY", 0.0)
    monkeypatch.setattr("dissect.following.HELD_RECORDS", 3)
    capture = Followed("echo", keep=0)
    feed = Written(tmp_path / "grown.pcap", records(echo(tmp_path).read_bytes()))
    assert events(capture, feed)[-1].kind == "ended"
    assert capture.seen == 1
    assert capture.associations == []
    assert capture.source.record_at(len(capture.source) - 1) == capture.source.records - 1
    assert capture.source.time(0) == capture.source.time(capture.source.records - 3)


@pytest.mark.parametrize(
    "path", [CAPTURES / "lossy.pcap", CAPTURES / "find.pcap"], ids=lambda path: path.stem
)
def test_tables_that_were_put_away_give_what_the_whole_file_gives(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, value in (("TIDY", 0.0), ("LONG", 4), ("SHORT", 1)):
        monkeypatch.setattr(f"dissect.following.{limit}", value)
    monkeypatch.setattr("dissect.columns.BLOCK", 3)
    data = path.read_bytes()
    chunks = (data[at : at + 50_000] for at in range(0, len(data), 50_000))
    capture = Followed(str(path), readings=READINGS)
    assert live_objects(capture, Written(tmp_path / "grown.pcap", chunks)) == offline_objects(path)
    (association,) = capture.associations
    pieces = association.messages[0].framer.direction.pieces
    assert isinstance(pieces._starts, Column)
    (whole,) = dissect.open(path).associations
    assert [each.bytes for each in association.messages] == [each.bytes for each in whole.messages]


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ticks = itertools.count(1000, 1)
        monkeypatch.setattr(time, "monotonic", lambda: float(next(self._ticks)))


def test_what_waits_behind_a_gap_is_told_when_nothing_more_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch)
    data = echo(tmp_path).read_bytes()
    pieces = list(records(data))
    # the response is lost, and nobody says goodbye
    pieces = pieces[:11] + pieces[13:15]
    feed = Written(tmp_path / "grown.pcap", iter(pieces), silence=40)
    early = [event.kind for event in Followed("echo").events(feed) if event is not None and not feed.over]
    assert "message" in early


def test_a_connection_joined_midway_is_told_when_nothing_more_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch)
    pieces = list(records(echo(tmp_path).read_bytes()))
    # neither handshake nor acknowledgement: only the association request and the echo
    pieces = pieces[:1] + pieces[7:9] + pieces[11:13]
    feed = Written(tmp_path / "grown.pcap", iter(pieces), silence=40)
    capture = Followed("echo")
    early = [event.kind for event in capture.events(feed) if event is not None and not feed.over]
    assert early[:2] == ["began", "message"]


def test_the_next_file_of_a_ring_is_followed(tmp_path: Path) -> None:
    first, second = CAPTURES / "ring-00001.pcapng", CAPTURES / "ring-00002.pcapng"
    path = tmp_path / "ring_00001_20260101000000.pcapng"
    shutil.copy(first, path)

    class Ring(GrowingFile):
        waits = 0

        def wait(self) -> None:
            self.waits += 1
            if self.waits == 2:
                shutil.copyfile(second, tmp_path / "ring_00002_20260101000010.pcapng")
            if self.waits == 20:
                self.stop()

    together = Followed("ring", readings=READINGS)
    ended = [e for e in together.events(Ring(str(path))) if e is not None and e.kind == "ended"]
    assert len(together.names) == 2
    assert together.source.records == len_of(first) + len_of(second)
    assert [event.association.index for event in ended]


def len_of(path: Path) -> int:
    from dissect.wire.records import CaptureFile

    with CaptureFile(path) as file:
        return sum(len(batch) for batch in file.batches())


def test_a_file_renamed_away_is_followed_by_the_new_one_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "day.pcap"
    shutil.copyfile(CAPTURES / "echo.pcap", path)

    class Rotated(GrowingFile):
        waits = 0

        def wait(self) -> None:
            self.waits += 1
            if self.waits == 2:
                path.rename(tmp_path / "yesterday.old")
                shutil.copyfile(CAPTURES / "find.pcap", path)
            if self.waits == 10:
                self.stop()

    capture = Followed("day")
    for _ in capture.events(Rotated(str(path))):
        pass
    assert capture.source.records == len_of(CAPTURES / "echo.pcap") + len_of(CAPTURES / "find.pcap")


def test_lines_bear_the_number_of_their_association(tmp_path: Path) -> None:
    feed = Written(tmp_path / "grown.pcap", records(echo(tmp_path).read_bytes()))
    capture = Followed("echo", readings=READINGS)
    running = RunningList(capture, Look())
    lines = [line for e in capture.events(feed) if e is not None for line in running.lines(e)]
    assert [line.split()[0] for line in lines] == ["frame", "#1", "#1", "#1"]
    assert "C-ECHO" in lines[2]
    assert lines[3].rstrip().endswith("released")


def test_numbers_follow_the_first_packets(tmp_path: Path) -> None:
    feed = Written(tmp_path / "grown.pcap", iter([(CAPTURES / "parallel.pcap").read_bytes()]))
    lines = live_objects(Followed(str(CAPTURES / "parallel.pcap"), readings=READINGS), feed)
    assert [index(line) for line in lines] == list(range(1, len(lines) + 1))
    assert lines == offline_objects(CAPTURES / "parallel.pcap")
