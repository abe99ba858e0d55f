"""Timing of exchanges, percentiles, and values over time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dissect
from dissect.capture import Capture
from dissect.outputs.plot import bars
from dissect.outputs.words import Look
from dissect.statistics import carried, percentile, slowest, summaries, timings
from dissect.statistics.exchanges import moved
from dissect.statistics.groups import statistics
from dissect.statistics.phases import timed
from tests.craft import CT, IMPLICIT, Talk, implicit
from tests.outputs.golden import CAPTURES

MS = 1_000_000


def stored(path: Path) -> Capture:
    """Two C-STOREs, answered after 50 and 150 ms, and one that is not."""
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    for number, wait in ((1, 0.05), (2, 0.15), (3, None)):
        talk.requestor.command(
            1, CommandField=0x0001, MessageID=number, AffectedSOPClassUID=CT, CommandDataSetType=1
        )
        talk.requestor.data(1, implicit(0x00100020, b"EX001 "))
        if wait is not None:
            talk.wait(wait - 0.001)
            talk.acceptor.command(
                1, CommandField=0x8001, MessageIDBeingRespondedTo=number, CommandDataSetType=0x0101, Status=0
            )
    return dissect.open(talk.write(path / "stored.pcap"))


def test_a_response_time_runs_from_the_last_byte_of_the_request(tmp_path: Path) -> None:
    found = timings(stored(tmp_path).associations[0])
    assert [timing.response_time for timing in found] == [50 * MS, 150 * MS, None]
    assert [timing.duration for timing in found] == [51 * MS, 151 * MS, None]
    assert {timing.data for timing in found} == {14}


def test_exchanges_are_summed_up_by_command(tmp_path: Path) -> None:
    (summary,) = summaries(timings(stored(tmp_path).associations[0]))
    assert (summary.command, summary.count, summary.unanswered) == ("C-STORE", 3, 1)
    assert summary.response_times == [50 * MS, 150 * MS]
    assert summary.throughput == pytest.approx(28 / 0.202)


def test_a_store_that_is_never_answered_adds_nothing_to_the_throughput(tmp_path: Path) -> None:
    capture = stored(tmp_path)
    found = statistics(timed(capture.source, capture.associations))
    (by_command,) = found.groups("command")
    assert by_command.data == 3 * 14
    assert by_command.throughput == pytest.approx(28 / 0.202)


def test_commands_come_in_the_order_of_first_use() -> None:
    found = summaries(timings(dissect.open(CAPTURES / "print.pcap").associations[0]))
    assert [(summary.command, summary.count) for summary in found] == [
        ("N-GET", 1), ("N-CREATE", 3), ("N-SET", 2), ("N-ACTION", 1), ("N-DELETE", 3),
    ]  # fmt: skip


def test_percentiles_are_values_that_came_up() -> None:
    values = list(range(10, 110, 10))
    assert [percentile(values, percent) for percent in (0, 50, 90, 99, 100)] == [10, 50, 90, 100, 100]
    assert percentile([7], 50) == 7


@given(st.lists(st.integers(0, 1000), min_size=1).map(sorted), st.integers(1, 100))
def test_at_least_so_many_values_do_not_exceed_a_percentile(values: list[int], percent: int) -> None:
    found = percentile(values, percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


def test_the_slowest_response_stands_where_its_request_was_sent(tmp_path: Path) -> None:
    association = stored(tmp_path).associations[0]
    found = slowest(timings(association), association.start, association.end, 4)
    assert sorted(found.values) == [0, 0, 50 * MS, 150 * MS]
    assert found.values[0] == 50 * MS


def test_every_byte_of_every_pdu_is_carried_once() -> None:
    association = dissect.open(CAPTURES / "get.pcap").associations[0]
    whole = sum(pdu.stop - pdu.start for _, pdu in association.pdus())
    for count in (1, 7, 100):
        assert sum(carried(association, association.start, association.end, count).values) == whole


def test_bars_are_as_high_as_their_values() -> None:
    assert bars([0, 1, 8, 16], 2, str, Look()) == [
        "       16 ┤   █",
        "          ┤ ▁██",
        "        0 ┼────",
    ]
    assert bars([0, 1, 8, 16], 2, str, Look(unicode=False))[:2] == ["       16 |   #", "          | ###"]


def test_a_plot_of_nothing_is_empty() -> None:
    assert bars([0, 0], 1, str, Look()) == ["        0 ┤", "        0 ┼──"]


@pytest.mark.parametrize("name", ["print.pcap", "lossy-monitor.pcap", "parallel.pcap", "snaplen.pcap"])
def test_the_columns_of_pdus_say_what_the_pdus_say(name: str) -> None:
    for association in dissect.open(CAPTURES / name).associations:
        for side in (0, 1):
            pdus = [pdu for sender, pdu in association.pdus() if sender == side]
            sizes, records = association.sizes(side)
            assert sizes.tolist() == [pdu.stop - pdu.start for pdu in pdus]
            assert records.tolist() == [pdu.record for pdu in pdus]
            moments = association.source.times(records)
            assert moments.tolist() == [association.time(pdu.record) for pdu in pdus]


def test_a_clock_that_is_set_back_within_a_message_still_moves_its_bytes(tmp_path: Path) -> None:
    talk, data = Talk(), implicit(0x00100020, b"EX001 " * 100)
    talk.associate([(1, CT, [IMPLICIT])])
    talk.requestor.command(1, CommandField=0x0001, MessageID=1, AffectedSOPClassUID=CT, CommandDataSetType=1)
    talk.requestor.data(1, data, fragment=100)
    talk.acceptor.command(
        1, CommandField=0x8001, MessageIDBeingRespondedTo=1, CommandDataSetType=0x0101, Status=0
    )
    path = talk.write(tmp_path / "back.pcap")
    whole = path.read_bytes()
    places = [24]
    while places[-1] < len(whole):
        places.append(places[-1] + 16 + int.from_bytes(whole[places[-1] + 8 : places[-1] + 12], "little"))
    for later in range(len(places)):  # from this record on
        packets = bytearray(whole)
        for place in places[later:-1]:
            seconds = int.from_bytes(whole[place : place + 4], "little") - 5
            packets[place : place + 4] = seconds.to_bytes(4, "little")
        path.write_bytes(packets)
        association = dissect.open(path).associations[0]
        start, end = sorted((association.start, association.end))
        for count in (1, 2, 7, 100):
            assert sum(moved(timings(association), start, end, count).values) == len(data)
