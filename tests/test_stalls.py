"""What time was lost to: crafted paths, and recorded captures held against tshark's reading of TCP."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

import dissect
from dissect.cli import group
from dissect.statistics.groups import Statistics, statistics
from dissect.statistics.phases import Timed, timed
from tests.craft import (
    CT,
    IMPLICIT,
    Segment,
    Talk,
    associate_ac,
    associate_rq,
    command_set,
    paths,
    pdu,
    pdv,
    write,
)
from tests.craft.paths import MS
from tests.outputs.golden import CAPTURES, same
from tests.peers import tshark_fields
from tests.rules import waiting


def read(path: Path) -> Timed:
    capture = dissect.open(path)
    (found,) = timed(capture.source, capture.associations)
    return found


def lost(path: Path) -> dict[str, tuple[int, int]]:
    """Count and sum of the stalls of one association, by cause."""
    found: dict[str, tuple[int, int]] = {}
    for stall in read(path).stalls:
        count, total = found.get(stall.cause, (0, 0))
        found[stall.cause] = count + 1, total + stall.lost
    return found


def written(path: Path, segments: Iterable[Segment]) -> Path:
    return write(path / "path.pcap", segments, nanoseconds=True)


def sums(name: str) -> Statistics:
    capture = dissect.open(CAPTURES / name)
    return statistics(timed(capture.source, capture.associations))


DELAYED = ["print.pcap", "store-statuses.pcap", "store-multi.pcap", "get.pcap", "ipv6.pcap"]


@pytest.mark.parametrize("name", DELAYED)
def test_delayed_acknowledgements_add_up_to_what_tshark_reads(name: str) -> None:
    """An acknowledgement without data that comes 20 ms after its segment; who was acked sends next."""
    fields = ["tcp.len", "tcp.analysis.ack_rtt", "tcp.analysis.initial_rtt", "tcp.srcport", "tcp.stream"]
    rows = tshark_fields(CAPTURES / name, fields, only="tcp")
    by_stream: dict[str, list[list[str]]] = {}
    for row in rows:
        by_stream.setdefault(row[4], []).append(row)
    waits = [
        float(row[1]) - float(row[2])
        for stream in by_stream.values()
        for row, after in pairwise(stream)
        if row[0] == "0" and row[1] and float(row[1]) > 0.02 and after[0] != "0" and after[3] != row[3]
    ]
    found = sums(name).everything.lost["delayed-ack"]
    assert found.count == len(waits)
    assert found.total / 1e9 == pytest.approx(sum(waits), abs=0.0001 * len(waits))


def test_a_print_session_names_its_stalls_and_adds_them_up() -> None:
    found = sums("print.pcap").everything
    assert dict(found.lost["delayed-ack"].by) == {"DCMPSTATE": 10, "IHEFULL": 10}
    assert found.lost_time == pytest.approx(879.5 * MS, abs=0.1 * MS)
    assert found.lost_time > found.duration * 0.98


def test_where_the_time_went_adds_up_to_the_association() -> None:
    found = sums("print.pcap").everything
    spent = found.spent
    parts = (
        spent.negotiation, spent.request, spent.network, spent.application, spent.response, spent.think,
        spent.release,
    )  # fmt: skip
    assert sum(parts) == found.duration


def test_retransmissions_are_those_that_tshark_sees_after_a_silence() -> None:
    fields = ["tcp.time_delta"]
    filter_ = "tcp.analysis.retransmission && !tcp.analysis.keep_alive"
    waits = [float(row[0]) for row in tshark_fields(CAPTURES / "lossy.pcap", fields, only=filter_)]
    waits = [each for each in waits if each >= 0.01]
    found = sums("lossy.pcap").everything.lost["retransmission"]
    assert found.count == len(waits) > 0
    assert found.total / 1e9 == pytest.approx(sum(waits), abs=1e-5)


def test_a_delayed_acknowledgement_costs_what_it_is_late(tmp_path: Path) -> None:
    assert lost(written(tmp_path, waiting.headed(40 * MS))) == {"delayed-ack": (1, 40 * MS)}
    assert lost(written(tmp_path, waiting.headed(45 * MS, round_trip=5 * MS))) == {
        "delayed-ack": (1, 40 * MS)
    }


def test_a_sender_that_thinks_was_not_kept_from_sending(tmp_path: Path) -> None:
    assert lost(written(tmp_path, waiting.headed(40 * MS, thinking=200 * MS))) == {}


def test_a_response_after_a_delayed_acknowledgement_is_no_stall(tmp_path: Path) -> None:
    path = waiting.associated(paths.Path())
    path.send("requestor", waiting.ECHO_RQ)
    path.acknowledge("acceptor", after=40 * MS)
    found = written(tmp_path, waiting.released(path))
    assert lost(found) == {}
    (phases,) = read(found).exchanges
    assert phases.network == 0  # the handshake tells that the path is not what took 40 ms
    assert phases.application == 41 * MS


def test_a_full_receiver_costs_the_time_until_it_can_take_more(tmp_path: Path) -> None:
    assert lost(written(tmp_path, waiting.full())) == {"zero-window": (1, 80 * MS)}


def test_probes_of_a_full_receiver_are_no_retransmissions(tmp_path: Path) -> None:
    path = waiting.associated(paths.Path())
    first = path.send("requestor", waiting.ECHO_RQ[:12])
    path.windows["acceptor"] = 0
    path.acknowledge("acceptor")
    path.repeat(first, after=200 * MS)
    path.windows["acceptor"] = 65535
    path.acknowledge("acceptor", after=100 * MS)
    path.send("requestor", waiting.ECHO_RQ[12:])
    assert lost(written(tmp_path, waiting.released(path))) == {"zero-window": (1, 300 * MS)}


def test_a_segment_that_is_sent_again_costs_the_silence_before_it(tmp_path: Path) -> None:
    path = waiting.associated(paths.Path())
    first = path.send("requestor", waiting.ECHO_RQ)
    path.repeat(first, after=300 * MS)
    path.acknowledge("acceptor")
    found = written(tmp_path, waiting.released(path))
    assert lost(found) == {"retransmission": (1, 300 * MS)}
    (phases,) = read(found).exchanges
    assert phases.application == MS


def test_what_a_monitor_sees_twice_is_no_retransmission(tmp_path: Path) -> None:
    path = waiting.associated(paths.Path())
    path.repeat(path.send("requestor", waiting.ECHO_RQ), after=MS // 100)
    assert lost(written(tmp_path, waiting.released(path))) == {}


def test_an_application_that_takes_seconds_is_slow(tmp_path: Path) -> None:
    path = waiting.associated(paths.Path(round_trip=30 * MS))
    path.send("requestor", waiting.ECHO_RQ)
    path.acknowledge("acceptor", after=30 * MS)
    path.time += 2000 * MS
    found = written(tmp_path, waiting.released(path))
    (phases,) = read(found).exchanges
    assert phases.network == 30 * MS
    assert phases.application == 2031 * MS
    assert lost(found) == {"slow-peer": (1, 2031 * MS)}


def stored(path: Path, *, at_once: bool) -> Path:
    """Five PDUs of 1 kB over a path of 30 ms; each waits for the former's acknowledgement, or they do not."""
    way = paths.Path(round_trip=30 * MS)
    way.connect()
    way.send("requestor", associate_rq("SCU", "SCP", [(1, CT, [IMPLICIT])]))
    way.send("acceptor", associate_ac("SCU", "SCP", [(1, IMPLICIT)]), after=30 * MS)
    command = command_set(
        CommandField=1, MessageID=1, AffectedSOPClassUID=CT, CommandDataSetType=1, Priority=0
    )
    way.send("requestor", pdu(4, pdv(1, 3, command)), after=MS)
    for number in range(5):
        if not at_once:
            way.acknowledge("acceptor", after=30 * MS)
        way.send("requestor", pdu(4, pdv(1, 2 if number == 4 else 0, bytes(1000))))
    way.acknowledge("acceptor", after=30 * MS)
    return written(path, way.found)


def test_one_small_pdu_at_a_time_on_a_long_path_costs_its_round_trips(tmp_path: Path) -> None:
    assert lost(stored(tmp_path, at_once=False)) == {"round-trip": (5, 150 * MS)}
    assert lost(stored(tmp_path, at_once=True)) == {}


def test_an_association_for_each_object_costs_its_negotiations(tmp_path: Path) -> None:
    talks = []
    for number in range(12):
        talk = Talk(requestor_port=50000 + number, start=1_700_000_000_000_000_000 + number * 10**9)
        talk.associate([(1, CT, [IMPLICIT])])
        talk.store(1, 1, bytes(100))
        talk.release()
        talks.append(talk)
    segments = [segment for talk in talks for segment in talk.segments()]
    capture = dissect.open(written(tmp_path, segments))
    found = statistics(timed(capture.source, capture.associations))
    # three steps of TCP, two of negotiation and two of release, each a millisecond
    assert found.everything.lost["one-object"].count == 11
    assert found.everything.lost["one-object"].total == 11 * 7 * MS


def test_ports_that_are_used_again_are_connections_of_their_own(tmp_path: Path) -> None:
    first = waiting.headed(40 * MS)
    again = paths.Path(time=first[-1].time + 1000 * MS)
    again.sent = {"requestor": 700_000_000, "acceptor": 800_000_000}
    path = waiting.associated(again)
    path.send("requestor", waiting.ECHO_RQ)
    capture = dissect.open(written(tmp_path, [*first, *waiting.released(path)]))
    found = {each.association.index: len(each.stalls) for each in timed(capture.source, capture.associations)}
    assert found == {1: 1, 2: 0}


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.iterdir() if ".pcap" in path.name))
def test_every_capture_has_times_and_no_more_lost_than_there_were(name: str) -> None:
    capture = dissect.open(CAPTURES / name)
    every = list(timed(capture.source, capture.associations))
    assert len(every) == len(capture.associations)
    for found in every:
        assert len(found.exchanges) == len(found.association.exchanges)
        assert all(stall.lost >= 0 and stall.start <= stall.end for stall in found.stalls)


def command(*arguments: str | Path) -> str:
    done = CliRunner().invoke(group, ["stats", *map(str, arguments)], standalone_mode=False)
    assert done.exception is None, done.output
    return done.stdout


@pytest.mark.parametrize("name", ["print", "get", "store-statuses"])
def test_the_tables_and_plots_stay_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    monkeypatch.setenv("COLUMNS", "100")
    same(f"stats-{name}.txt", command(f"{name}.pcap"))


def test_the_times_of_each_exchange_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    same("stats-each-print.txt", command("--each", "print.pcap"))
    same("stats-each-print.csv", command("--each", "--format", "csv", "print.pcap"))


def test_the_rows_for_programs_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CAPTURES)
    same("stats-print.csv", command("--format", "csv", "print.pcap"))
    same("stats-print.ndjson", command("--format", "ndjson", "print.pcap"))


def test_a_filter_counts_only_what_it_selects() -> None:
    rows = command("--format", "ndjson", "-Y", 'command == "N-SET"', CAPTURES / "print.pcap").splitlines()
    found = [json.loads(row) for row in rows]
    assert [row["exchanges"] for row in found if row["by"] == "command"] == [2]
    assert found[0]["delayed_ack_count"] == 4


def test_a_terminal_without_unicode_gets_none() -> None:
    runner = CliRunner(charset="ascii")
    done = runner.invoke(group, ["stats", str(CAPTURES / "print.pcap")], standalone_mode=False)
    assert done.stdout.isascii()
