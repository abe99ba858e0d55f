"""PDUs on Scapy's TCP: bound by one call, put together by TCPSession however TCP cut them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.sendrecv import sniff
from scapy.sessions import TCPSession
from scapy.utils import rdpcap, wrpcap

from dissect.layers import (
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RQ,
    P_DATA_TF,
    PORTS,
    Layer,
    Pdu,
    UnknownPDU,
    UpperLayer,
    bind,
    unbind,
)
from tests.layers.vectors import OWN_PDUS

KNOWN = [data for name, data in OWN_PDUS.items() if name != "unknown type"]


@pytest.fixture(autouse=True, scope="module")
def _bound() -> Iterator[None]:
    bind()
    yield
    unbind()


def segments(data: bytes, cuts: list[int], *, port: int = 11112, fin: bool = True) -> list[Packet]:
    """`data` in TCP segments that end at `cuts`."""
    ends = [*sorted({cut % len(data) for cut in cuts} - {0}), len(data)]
    packets, start = [], 0
    for end in ends:
        packets.append(Ether() / IP() / TCP(sport=50000, dport=port, seq=1000 + start) / Raw(data[start:end]))
        start = end
    if fin:
        packets.append(Ether() / IP() / TCP(sport=50000, dport=port, seq=1000 + start, flags="FA"))
    return [Ether(bytes(packet)) for packet in packets]


def pdus_of(packets: list[Packet]) -> list[Layer]:
    """What a user of `sniff(session=TCPSession)` gets."""
    got = sniff(offline=packets, session=TCPSession, quiet=True)
    return [pdu for packet in got if UpperLayer in packet for pdu in packet[UpperLayer].pdus]


def test_nothing_is_bound_before_it_is_asked_for() -> None:
    unbind()
    assert UpperLayer not in segments(KNOWN[0], [])[0]
    bind()
    assert segments(KNOWN[0], [])[0][A_ASSOCIATE_RQ].called_ae_title == b"ARCHIVE".ljust(16)


@pytest.mark.parametrize("port", PORTS)
def test_both_directions_of_a_bound_port_are_read(port: int) -> None:
    packet = IP() / TCP(sport=port, dport=50000) / A_ASSOCIATE_AC()
    assert IP(bytes(packet))[A_ASSOCIATE_AC].protocol_version == 1


def test_other_ports_can_be_bound() -> None:
    packet = IP() / TCP(dport=4242) / A_ASSOCIATE_RQ()
    assert A_ASSOCIATE_RQ not in IP(bytes(packet))
    bind([4242])
    assert A_ASSOCIATE_RQ in IP(bytes(packet))


def test_each_pdu_of_a_segment_is_there_without_a_session(tmp_path: Path) -> None:
    path = tmp_path / "all.pcap"
    wrpcap(str(path), segments(b"".join(KNOWN), []))
    packet = rdpcap(str(path))[0]
    assert [bytes(pdu) for pdu in packet[UpperLayer].pdus] == KNOWN
    assert packet[P_DATA_TF].items[0].is_command == 1
    assert packet.summary().count("A-RELEASE") == 2


def test_each_pdu_reaches_the_user_of_a_session(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    wrpcap(str(path), segments(b"".join(KNOWN), [3, 100, 500, 560]))
    got = sniff(offline=str(path), session=TCPSession, quiet=True)
    pdus = [pdu for packet in got if UpperLayer in packet for pdu in packet[UpperLayer].pdus]
    assert [bytes(pdu) for pdu in pdus] == KNOWN
    assert all(pdu.complete for pdu in pdus)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=8), st.lists(st.integers(0, 5000), max_size=10))
def test_however_tcp_cuts_a_stream_the_same_pdus_come_out(pdus: list[bytes], cuts: list[int]) -> None:
    assert [bytes(pdu) for pdu in pdus_of(segments(b"".join(pdus), cuts))] == pdus


def test_a_segment_with_more_pdus_than_python_allows_calls_in_calls_is_read() -> None:
    data = OWN_PDUS["abort"] * 4000
    assert len(pdus_of(segments(data, []))) == 4000


def test_what_is_left_when_the_connection_ends_comes_out_cut_short() -> None:
    *_, last = pdus_of(segments(KNOWN[0] + KNOWN[1][:50], [20]))
    assert isinstance(last, A_ASSOCIATE_AC)
    assert bytes(last) == KNOWN[1][:50]
    assert not last.complete


def test_bytes_that_begin_no_pdu_come_out_at_once() -> None:
    got = pdus_of(segments(b"GET / HTTP/1.1\r\n\r\n", [], fin=False))
    assert [type(pdu) for pdu in got] == [UnknownPDU]


def test_pdus_and_bytes_that_begin_none_come_out_together() -> None:
    packets = segments(KNOWN[0] + OWN_PDUS["unknown type"] + KNOWN[1], [], fin=False)
    (got,) = sniff(offline=packets, session=TCPSession, quiet=True)
    assert [type(pdu) for pdu in got[UpperLayer].pdus] == [A_ASSOCIATE_RQ, UnknownPDU, A_ASSOCIATE_AC]


def test_pdus_can_be_stacked_on_tcp() -> None:
    packet = IP() / TCP(dport=104) / UpperLayer(pdus=[Pdu(KNOWN[0]), A_ASSOCIATE_RQ()])
    assert [type(pdu) for pdu in IP(bytes(packet))[UpperLayer].pdus] == [A_ASSOCIATE_RQ, A_ASSOCIATE_RQ]
