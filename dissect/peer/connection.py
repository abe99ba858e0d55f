"""A TCP connection that carries PDUs one by one, every wait bounded (PS3.8 9.1).

What can go wrong is told as PeerError, in a sentence: where nothing listens, how long was waited, what came.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

from dissect.peer.address import Address, NoAnswerError, PeerError, parse_address, resolve
from dissect.wire.strangers import recognise

__all__ = [
    "Address", "Connection", "Listener", "NoAnswerError", "Passed", "PeerError", "connect", "listen",
    "parse_address",
]  # fmt: skip

HEADER = 6
LARGEST = 64 << 20
"""Bytes of a PDU that is waited for. What negotiation allows is mostly 16 to 128 KB."""
PIECE = 1 << 16
"""Bytes that are taken from the system at once."""
TYPES = range(1, 8)
LOOKED_AT, MOMENT = 160, 0.3
"""Bytes of something that is no PDU that tell what it is, and seconds in which they come."""
RESOLVING = 5.0
"""Seconds to find the address to listen at."""


class Passed(NamedTuple):
    """A PDU that was received, or the bytes of one `send`."""

    sent: bool
    time: int
    """When it was there, or gone, in whole: nanoseconds since 1970."""
    length: int


class _Plugged:
    """A socket, which the end of a `with` closes."""

    def __init__(self, plug: socket.socket) -> None:
        self._plug = plug

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, or listening; what was sent still arrives."""
        self._plug.close()


class Connection(_Plugged):
    """Bytes go out as they are given; PDUs come in whole.

    `timeout` is how many seconds a peer that takes no bytes is waited for. `passed` tells what went each way,
    of a `send` that failed the bytes that were gone by then.
    """

    def __init__(self, plug: socket.socket, remote: tuple[Any, ...], timeout: float) -> None:
        super().__init__(plug)
        self.timeout = timeout
        self.passed: list[Passed] = []
        self.stuck = False
        """Whether the latest `send` left bytes behind: what is sent next would be read as more of them."""
        self._received = bytearray()
        self._broken = ""
        """How the connection broke: the system says it once, and from then on that it is closed."""
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each PDU leaves when it is sent
        self.local = _address(plug.getsockname())
        self.remote = _address(remote)

    def send(self, octets: bytes) -> None:
        """Send bytes. Raises PeerError; an answer that the peer gave before may still be received then."""
        left = memoryview(octets)
        self._plug.settimeout(self.timeout)
        try:
            while left:
                left = left[self._plug.send(left) :]
                self.stuck = bool(left)
        except TimeoutError:
            self.stuck = True
            sent = len(octets) - len(left)
            raise NoAnswerError(
                f"the peer takes no more bytes: after {sent:,} of {len(octets):,} none for {self.timeout:g} s"
            ) from None
        except OSError as error:
            self._broken = _broken(error)
            raise PeerError(self._broken) from None
        finally:
            self.passed.append(Passed(True, time.time_ns(), len(octets) - len(left)))

    def receive(self, timeout: float) -> bytes | None:
        """The next PDU; None where the peer has closed the connection and no byte of a PDU came before.

        The PDU has to be whole `timeout` seconds from now. Raises PeerError; NoAnswerError when the time is
        over, and what has come of a PDU by then is kept.
        """
        deadline = time.monotonic() + timeout
        received = self._received
        while len(received) < (wanted := self._wanted(deadline)):
            try:
                more = self._take(deadline)
            except TimeoutError:
                raise NoAnswerError(self._late(timeout, wanted), bytes(received)) from None
            if more:
                continue
            if not received:
                return None
            raise PeerError(
                "the peer closed the connection in the middle of a PDU, "
                f"after {len(received):,} of {self._whole(wanted)}",
                bytes(received),
            )
        pdu = bytes(received[:wanted])
        del received[:wanted]
        self.passed.append(Passed(False, time.time_ns(), len(pdu)))
        return pdu

    def waiting(self) -> bool:
        """Whether the peer has sent anything, or ended the connection: `receive` tells."""
        if self._received:
            return True
        try:
            self._take(time.monotonic())
        except TimeoutError:
            return False
        except PeerError:
            pass  # `receive` meets it again
        return True

    def _take(self, deadline: float) -> bool:
        """Take what has come; whether there will be more. TimeoutError at the deadline."""
        self._plug.settimeout(max(deadline - time.monotonic(), 0.0))
        try:
            more = self._plug.recv(PIECE)
        except (TimeoutError, BlockingIOError):
            raise TimeoutError from None
        except OSError as error:
            self._broken, more = _broken(error), b""
        if not more and self._broken:
            raise PeerError(self._broken, bytes(self._received))
        self._received += more
        return bool(more)

    def _wanted(self, deadline: float) -> int:
        """Bytes of the PDU that begins, as far as it says; PeerError where none does."""
        received = self._received
        if received and received[0] not in TYPES:
            self._refuse(deadline)
        if len(received) < HEADER:
            return HEADER
        length = int.from_bytes(received[2:HEADER], "big")
        if length > LARGEST:
            raise PeerError(
                f"the peer announces a PDU of {length:,} bytes; {LARGEST >> 20} MB at most are waited for",
                bytes(received),
            )
        return HEADER + length

    def _refuse(self, deadline: float) -> None:
        """Say what came instead of a PDU; a little more of it tells that."""
        deadline = min(deadline, time.monotonic() + MOMENT)
        try:
            while len(self._received) < LOOKED_AT and self._take(deadline):
                pass
        except (TimeoutError, PeerError):
            pass
        octets = bytes(self._received)
        stranger = recognise(octets[:LOOKED_AT])
        if stranger:
            raise PeerError(f"the peer answers with {stranger.name}, not with DICOM. {stranger.cure}", octets)
        raise PeerError(f"the peer sent what is no PDU, it begins with {octets[:8].hex(' ').upper()}", octets)

    def _late(self, timeout: float, wanted: int) -> str:
        if not self._received:
            return f"no answer within {timeout:g} s"
        return f"no whole PDU within {timeout:g} s: {len(self._received):,} of {self._whole(wanted)} came"

    def _whole(self, wanted: int) -> str:
        """What `wanted` counts: before the length field has come, the bytes of the header."""
        known = len(self._received) >= HEADER
        return f"{wanted:,} bytes" if known else f"the {HEADER} bytes of its header"


def connect(address: Address, *, timeout: float) -> Connection:
    """Connect to a peer within `timeout` seconds; later it may pause for as long. Raises PeerError."""
    deadline = time.monotonic() + timeout
    error: OSError = TimeoutError()
    for family, where in resolve(address, timeout):
        plug = socket.socket(family, socket.SOCK_STREAM)
        try:
            plug.settimeout(max(deadline - time.monotonic(), 0.001))
            plug.connect(where)
            return Connection(plug, where, timeout)
        except BaseException as trouble:
            plug.close()
            if not isinstance(trouble, OSError):
                raise
            error = trouble
    raise _unreached(address, error, timeout) from None


class Listener(_Plugged):
    """Waits for peers to connect, at `address`."""

    def __init__(self, plug: socket.socket) -> None:
        super().__init__(plug)
        self.address = _address(plug.getsockname())

    def accept(self, timeout: float) -> Connection:
        """The connection of the next peer, with the same timeout for a peer that takes no bytes."""
        self._plug.settimeout(timeout)
        try:
            plug, remote = self._plug.accept()
            return Connection(plug, remote, timeout)
        except TimeoutError:
            raise NoAnswerError(f"nobody connected to {self.address} within {timeout:g} s") from None
        except OSError as error:
            raise PeerError(_broken(error)) from None


def listen(address: Address) -> Listener:
    """Listen at an address of this machine; port 0 takes a free one. Raises PeerError."""
    family, where = resolve(address, RESOLVING, listening=True)[0]
    plug = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this would let two listen at one port
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plug.bind(where)
        plug.listen()
        return Listener(plug)
    except OSError as error:
        plug.close()
        raise PeerError(_unheard(address, error)) from None


def _address(name: tuple[Any, ...]) -> Address:
    return Address(name[0], name[1])


def _broken(error: OSError) -> str:
    if isinstance(error, ConnectionResetError):
        return "the peer reset the connection"
    if isinstance(error, BrokenPipeError | ConnectionAbortedError):
        return "the peer has closed the connection"
    return f"the connection broke ({error.strerror or error})"


def _unreached(address: Address, error: OSError, timeout: float) -> PeerError:
    if isinstance(error, ConnectionRefusedError):
        return PeerError(f"nothing listens at {address}")
    if isinstance(error, TimeoutError):
        return NoAnswerError(
            f"no answer from {address} within {timeout:g} s: the address is wrong, or a firewall is between"
        )
    return PeerError(f"{address} cannot be reached ({error.strerror or error})")


def _unheard(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"another program listens at {address} already"
    if isinstance(error, PermissionError):
        return f"listening at {address} is not allowed: ports below 1024 take privileges"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address.host} is no address of this machine"
    return f"cannot listen at {address} ({error.strerror or error})"
