"""A peer that does as a test says: a listening socket whose one connection is handed to a function."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dissect.peer.connection import Address

PATIENCE = 10.0

Script = Callable[[socket.socket], None]


@contextmanager
def scripted(script: Script) -> Iterator[Address]:
    """Where the peer listens. It runs `script` for every connection, one after the other, and closes each."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        bell, rope = socket.socketpair()
        ears = selectors.DefaultSelector()
        for each in (door, bell):
            ears.register(each, selectors.EVENT_READ)

        def serve() -> None:
            while any(key.fileobj is door for key, _ in ears.select()):  # who came before the end is served
                plug, _ = door.accept()
                with plug, suppress(OSError):
                    plug.settimeout(PATIENCE)
                    script(plug)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Address(*door.getsockname())
        finally:
            with bell, ears:
                rope.close()
                thread.join(PATIENCE)


def reset(plug: socket.socket) -> None:
    """End the connection with a TCP reset."""
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plug.close()


def until_closed(plug: socket.socket) -> None:
    """Read on and answer nothing."""
    while plug.recv(1 << 16):
        pass


def free() -> Address:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return Address(*door.getsockname())
