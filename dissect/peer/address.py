"""Where a peer is: HOST:PORT as people write it, and as sockets take it."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any, NamedTuple

LAST_PORT = 0xFFFF
_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]\s]+)\]|(?P<host>[^\[\]:\s]+)):(?P<port>\d{1,5})")


class PeerError(Exception):
    """What went wrong with a peer. The text is one sentence for the user.

    `octets` are what the peer sent that could not be taken for a PDU: none, a part of one, or something else.
    """

    def __init__(self, text: str, octets: bytes = b"") -> None:
        super().__init__(text)
        self.octets = octets


class NoAnswerError(PeerError):
    """The time to wait is over. What came meanwhile is kept: one may go on waiting."""


class Address(NamedTuple):
    """An IP address or a name, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, *, listening: bool = False) -> Address:
    """Read HOST:PORT, an IPv6 address in brackets. To listen at, port 0 is any free one.

    Raises PeerError.
    """
    text = text.strip()
    found = _ADDRESS.fullmatch(text)
    if found is None:
        example = "[::1]:104, with brackets," if text.count(":") > 1 else "127.0.0.1:104"
        raise PeerError(f"{text!r} is no address: expected HOST:PORT, such as {example}")
    port = int(found["port"])
    if not (0 if listening else 1) <= port <= LAST_PORT:
        raise PeerError(f"{text!r} is no address: ports go from 1 to {LAST_PORT}, and this is {port}")
    return Address(found["six"] or found["host"], port)


Resolved = tuple[socket.AddressFamily, Any]
"""Family and address as `socket` takes them."""


def resolve(address: Address, timeout: float, *, listening: bool = False) -> list[Resolved]:
    """Where `address` is, in the order to try. Raises PeerError.

    The system's resolver cannot be given a time: it works in a thread, left behind when it takes longer.
    """
    done: list[list[Resolved] | Exception] = []

    def ask() -> None:
        flags = socket.AI_PASSIVE if listening else 0
        try:
            found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=flags)
            done.append([(family, where) for family, _, _, _, where in found])
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be one, as "a..b"
            done.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout)
    if not done:
        raise NoAnswerError(
            f"no answer within {timeout:g} s to where {address.host} is: ask for its IP address"
        )
    if isinstance(done[0], Exception):
        why = done[0].strerror if isinstance(done[0], OSError) else "it cannot be one"
        raise PeerError(f"{address.host} is no name that is known here ({why})")
    return done[0]
