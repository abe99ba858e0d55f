"""Connections to a peer: whole PDUs, bounded waits, and a sentence for each way they fail."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from dissect.peer.connection import Address, NoAnswerError, PeerError, connect, listen, parse_address
from tests.peer.scripted import Script, free, reset, scripted, until_closed

RELEASE = bytes.fromhex("05 00 00000004 00000000")
ABORT = bytes.fromhex("07 00 00000004 00000201")


def failure(script: Script, *, timeout: float = 5.0, octets: bytes = b"") -> PeerError:
    """How receiving from a peer with this script fails."""
    with scripted(script) as address, connect(address, timeout=5) as connection:
        connection.send(octets)
        with pytest.raises(PeerError) as error:
            connection.receive(timeout)
        return error.value


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:104", "127.0.0.1", 104),
        (" pacs.example:11112 ", "pacs.example", 11112),
        ("[::1]:104", "::1", 104),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)
    assert str(parse_address(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        ("pacs", "'pacs' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        ("pacs:", "'pacs:' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        ("pacs:dicom", "'pacs:dicom' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        (":104", "':104' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        ("::1:104", "'::1:104' is no address: expected HOST:PORT, such as [::1]:104, with brackets,"),
        ("pacs:0", "'pacs:0' is no address: ports go from 1 to 65535, and this is 0"),
        ("pacs:65536", "'pacs:65536' is no address: ports go from 1 to 65535, and this is 65536"),
    ],
)
def test_what_is_no_address_is_told_with_an_example(text: str, said: str) -> None:
    with pytest.raises(PeerError) as error:
        parse_address(text)
    assert str(error.value) == said


def test_pdus_come_whole_however_they_were_cut() -> None:
    def dribble(plug: socket.socket) -> None:
        for byte in RELEASE + ABORT:
            plug.send(bytes([byte]))

    with scripted(dribble) as address, connect(address, timeout=5) as connection:
        assert connection.receive(5) == RELEASE
        assert connection.receive(5) == ABORT
        assert connection.receive(5) is None
        assert [(each.sent, each.length) for each in connection.passed] == [(False, 10), (False, 10)]
        assert connection.passed[0].time <= connection.passed[1].time <= time.time_ns()


def test_both_ends_of_a_connection_know_each_other() -> None:
    with listen(Address("127.0.0.1", 0)) as listener, connect(listener.address, timeout=5) as here:
        assert listener.address.port > 0
        with listener.accept(5) as there:
            assert there.remote == here.local
            assert here.remote == there.local == listener.address
            here.send(RELEASE)
            assert there.receive(5) == RELEASE
            assert not here.waiting()
            there.send(ABORT)
            there.close()
            assert here.receive(5) == ABORT
            assert here.receive(5) is None
            assert here.waiting()


def test_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listen(parse_address("[::1]:0", listening=True)) as listener:
        assert str(listener.address).startswith("[::1]:")
        with connect(listener.address, timeout=5) as here, listener.accept(5) as there:
            assert there.remote == here.local


def test_nothing_listens() -> None:
    address = free()
    with pytest.raises(PeerError, match=f"^nothing listens at {address}$"):
        connect(address, timeout=5)


def test_a_name_nobody_knows() -> None:
    with pytest.raises(PeerError, match=r"^pacs\.invalid is no name that is known here \("):
        connect(Address("pacs.invalid", 104), timeout=10)
    with pytest.raises(PeerError, match=r"^a\.\.b is no name that is known here \(it cannot be one\)$"):
        connect(Address("a..b", 104), timeout=5)


def test_a_name_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        asked.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(NoAnswerError, match=r"^no answer within 0\.05 s to where pacs\.example is"):
        connect(Address("pacs.example", 104), timeout=0.05)
    asked.set()


def test_a_peer_behind_a_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue of connections that nobody accepts drops what comes, as a firewall does."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        address = Address(*door.getsockname())
        queue = [socket.socket() for _ in range(8)]
        for plug in queue:
            plug.setblocking(False)
            plug.connect_ex(address)
        with pytest.raises(
            NoAnswerError, match=f"^no answer from {address} within 0.2 s: the address is wrong"
        ):
            connect(address, timeout=0.2)
        for plug in queue:
            plug.close()


def test_an_address_without_a_route() -> None:
    with pytest.raises(PeerError, match=r"^255\.255\.255\.255:104 cannot be reached \("):
        connect(Address("255.255.255.255", 104), timeout=1)


def test_no_answer_in_time_and_one_that_comes_later() -> None:
    asked = threading.Event()

    def late(plug: socket.socket) -> None:
        plug.sendall(RELEASE[:3])
        asked.wait(10)
        plug.sendall(RELEASE[3:])

    with scripted(late) as address, connect(address, timeout=5) as connection:
        said = r"^no whole PDU within 0\.2 s: 3 of the 6 bytes of its header came$"
        with pytest.raises(NoAnswerError, match=said) as error:
            connection.receive(0.2)
        assert error.value.octets == RELEASE[:3]
        asked.set()
        assert connection.receive(5) == RELEASE
    assert str(failure(until_closed, timeout=0.05)) == "no answer within 0.05 s"


def test_a_slow_dribble_does_not_hold_for_ever() -> None:
    stopped = threading.Event()

    def dribble(plug: socket.socket) -> None:
        plug.sendall(b"\2\0\0\0\1\0")
        while not stopped.wait(0.02):
            plug.send(b"\0")

    started = time.monotonic()
    error = failure(dribble, timeout=0.3)
    stopped.set()
    assert isinstance(error, NoAnswerError)
    assert str(error).startswith("no whole PDU within 0.3 s: ")
    assert str(error).endswith(" of 262 bytes came")
    assert time.monotonic() - started < 5


def test_a_peer_that_takes_no_bytes() -> None:
    taken = threading.Event()

    def deaf(plug: socket.socket) -> None:
        taken.wait(10)

    with (
        scripted(deaf) as address,
        connect(address, timeout=0.1) as connection,
    ):
        with pytest.raises(
            NoAnswerError, match=r"^the peer takes no more bytes: after [\d,]+ of 33,554,432 none"
        ):
            connection.send(bytes(1 << 25))
        assert connection.stuck
        taken.set()


CUT = "the peer closed the connection in the middle of a PDU, after "
TLS = "One side speaks TLS, the other does not: make both sides secure, or neither."
WEB = "The port belongs to a web server or web client, not to a DICOM application."
SHELL = "The port belongs to an SSH server."


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (RELEASE[:3], CUT + "3 of the 6 bytes of its header"),
        (RELEASE[:9], CUT + "9 of 10 bytes"),
        (b"\x15\x03\x01\0\2\2\x28", f"the peer answers with a TLS alert, not with DICOM. {TLS}"),
        (b"HTTP/1.1 400 Bad\r\n\r\n", f"the peer answers with an HTTP response, not with DICOM. {WEB}"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", f"the peer answers with SSH, not with DICOM. {SHELL}"),
        (b"\xde\xad\xbe\xef", "the peer sent what is no PDU, it begins with DE AD BE EF"),
        (
            b"\2\0\xff\xff\xff\xff",
            "the peer announces a PDU of 4,294,967,295 bytes; 64 MB at most are waited for",
        ),
    ],
)
def test_what_comes_instead_of_a_pdu(came: bytes, said: str) -> None:
    error = failure(lambda plug: plug.sendall(came))
    assert str(error) == said
    assert error.octets == came


def test_a_stranger_that_keeps_the_connection_open_is_told_at_once() -> None:
    def web(plug: socket.socket) -> None:
        plug.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        until_closed(plug)

    started = time.monotonic()
    assert "an HTTP response" in str(failure(web, timeout=60))
    assert time.monotonic() - started < 30


def test_a_reset() -> None:
    def later(plug: socket.socket) -> None:
        plug.recv(10)
        reset(plug)

    assert str(failure(later, octets=RELEASE)) == "the peer reset the connection"


def test_a_reset_is_told_however_often_one_asks() -> None:
    def later(plug: socket.socket) -> None:
        plug.recv(10)
        reset(plug)

    with scripted(later) as address, connect(address, timeout=5) as connection:
        connection.send(RELEASE)
        deadline = time.monotonic() + 5
        while not connection.waiting() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert connection.waiting()
        for _ in range(2):
            with pytest.raises(PeerError, match=r"^the peer reset the connection$"):
                connection.receive(5)


def test_an_answer_that_came_before_the_connection_ended_is_not_lost() -> None:
    def abort(plug: socket.socket) -> None:
        plug.recv(10)
        plug.sendall(ABORT)

    with scripted(abort) as address, connect(address, timeout=5) as connection:
        connection.send(RELEASE)
        with pytest.raises(PeerError):
            connection.send(bytes(1 << 26))
        assert 0 < connection.passed[-1].length < 1 << 26
        assert connection.waiting()
        assert connection.receive(5) == ABORT
        with pytest.raises(PeerError, match=r"^the peer (reset|has closed) the connection$"):
            connection.receive(5)


def test_listening_where_one_cannot() -> None:
    with listen(Address("127.0.0.1", 0)) as listener:
        with pytest.raises(PeerError, match=f"^another program listens at {listener.address} already$"):
            listen(listener.address)
        with pytest.raises(NoAnswerError, match=rf"^nobody connected to {listener.address} within 0\.05 s$"):
            listener.accept(0.05)
    with pytest.raises(PeerError, match=r"^192\.0\.2\.1 is no address of this machine$"):
        listen(Address("192.0.2.1", 0))
