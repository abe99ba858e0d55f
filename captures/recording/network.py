"""Private networks: each recording runs in a network namespace of its own.

The namespaces have no names, so the kernel removes them with their last
process or file descriptor, however the recording ended.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .processes import run_tool

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)  # os.setns() and os.unshare() came with 3.12


class NetworkRefusedError(Exception):
    """The kernel or the user's rights do not allow a private network."""


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise NetworkRefusedError(f"no private network: {os.strerror(code)}; run as root")


class Host:
    """A network namespace: threads and processes started inside `entered` live in it."""

    def __init__(self) -> None:
        home = _own_namespace()
        try:
            _check(_libc.unshare(CLONE_NEWNET))
            self._namespace = _own_namespace()
            run_tool("ip", "link", "set", "lo", "up")
        finally:
            _check(_libc.setns(home, CLONE_NEWNET))
            os.close(home)

    @contextmanager
    def entered(self) -> Iterator[None]:
        home = _own_namespace()
        _check(_libc.setns(self._namespace, CLONE_NEWNET))
        try:
            yield
        finally:
            _check(_libc.setns(home, CLONE_NEWNET))
            os.close(home)

    def close(self) -> None:
        os.close(self._namespace)


def _own_namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def received_packets(interface: str) -> int:
    """The interface's own count, the measure of a monitor that missed nothing."""
    for line in Path("/proc/thread-self/net/dev").read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == interface:
            return int(counters.split()[1])
    raise LookupError(interface)
