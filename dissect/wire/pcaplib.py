"""libpcap (Npcap on Windows) through ctypes: only what sniffing needs. No packet passes through Python."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import socket
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ERROR_SIZE = 256
LOOPBACK, UP = 1, 2
"""Flags of an interface, pcap/pcap.h."""
DENIED = (-8, -11)
"""PCAP_ERROR_PERM_DENIED and PCAP_ERROR_PROMISC_PERM_DENIED."""
NANOSECONDS = 1
INET6 = {"linux": 10, "win32": 23}.get(sys.platform, 30)
"""AF_INET6, which differs from system to system; AF_INET is 2 everywhere."""


class Device(NamedTuple):
    """An interface as libpcap tells of it."""

    name: str
    description: str
    addresses: tuple[str, ...]
    flags: int


class _Address(ctypes.Structure):
    pass


_Address._fields_ = [
    ("next", ctypes.POINTER(_Address)),
    ("address", ctypes.c_void_p),
    ("mask", ctypes.c_void_p),
    ("broadcast", ctypes.c_void_p),
    ("target", ctypes.c_void_p),
]


class _Interface(ctypes.Structure):
    pass


_Interface._fields_ = [
    ("next", ctypes.POINTER(_Interface)),
    ("name", ctypes.c_char_p),
    ("description", ctypes.c_char_p),
    ("addresses", ctypes.POINTER(_Address)),
    ("flags", ctypes.c_uint),
]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


class _Statistics(ctypes.Structure):
    _fields_ = (
        ("received", ctypes.c_uint),
        ("dropped", ctypes.c_uint),
        ("dropped_by_interface", ctypes.c_uint),
        ("more", ctypes.c_uint * 3),  # Npcap has further fields
    )


class PcapError(Exception):
    """libpcap refuses. `denied`: for want of a right."""

    def __init__(self, text: str, *, denied: bool = False) -> None:
        super().__init__(text)
        self.denied = denied


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """libpcap, where it is installed."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "Npcap"
        names = [str(folder / "wpcap.dll"), "wpcap.dll"]
    else:
        names = [ctypes.util.find_library("pcap") or "", "libpcap.so.1", "libpcap.so.0.8"]
    for name in filter(None, names):
        try:
            found = ctypes.CDLL(name)
        except OSError:
            continue
        for function in ("pcap_create", "pcap_dump_open", "pcap_dump_file"):
            getattr(found, function).restype = ctypes.c_void_p
        for function in ("pcap_geterr", "pcap_statustostr"):
            getattr(found, function).restype = ctypes.c_char_p
        found.pcap_dump_ftell.restype = ctypes.c_long
        return found
    return None


def devices() -> list[Device]:
    """The interfaces that libpcap knows; none where there is no libpcap."""
    found = library()
    first = ctypes.POINTER(_Interface)()
    error = ctypes.create_string_buffer(ERROR_SIZE)
    if found is None or found.pcap_findalldevs(ctypes.byref(first), error) != 0:
        return []
    try:
        return [
            Device(_text(each.name), _text(each.description), tuple(_addresses(each)), each.flags)
            for each in _chain(first)
        ]
    finally:
        found.pcap_freealldevs(first)


def _chain(first: ctypes._Pointer[_Interface]) -> Iterator[_Interface]:
    while first:
        yield first.contents
        first = first.contents.next


def _addresses(interface: _Interface) -> Iterator[str]:
    pointer = interface.addresses
    while pointer:
        place = pointer.contents.address
        if place:
            # BSD has a length before the family, in one byte each
            family = ctypes.string_at(place, 2)
            number = family[1] if sys.platform == "darwin" else int.from_bytes(family, sys.byteorder)
            if number == socket.AF_INET:
                yield socket.inet_ntop(socket.AF_INET, ctypes.string_at(place + 4, 4))
            elif number == INET6:
                yield socket.inet_ntop(socket.AF_INET6, ctypes.string_at(place + 8, 16))
        pointer = pointer.contents.next


def _text(raw: bytes | None) -> str:
    return raw.decode("utf-8", "replace") if raw else ""


class Live:
    """An open interface, whose packets go to a file that libpcap writes."""

    def __init__(self, interface: str, *, promiscuous: bool, filter_: str, buffer: int, timeout: int) -> None:
        """Open it. `buffer` bytes in the kernel; packets wait there for at most `timeout` ms."""
        found = library()
        if found is None:
            raise PcapError("libpcap is not installed")
        self._library = found
        error = ctypes.create_string_buffer(ERROR_SIZE)
        handle = found.pcap_create(interface.encode(), error)
        if not handle:
            raise PcapError(_text(error.value))
        self._handle = ctypes.c_void_p(handle)
        self._dumper: ctypes.c_void_p | None = None
        found.pcap_set_snaplen(self._handle, 262144)
        found.pcap_set_promisc(self._handle, int(promiscuous))
        found.pcap_set_timeout(self._handle, timeout)
        found.pcap_set_buffer_size(self._handle, buffer)
        if sys.platform != "win32":
            found.pcap_set_tstamp_precision(self._handle, NANOSECONDS)
        status = found.pcap_activate(self._handle)
        if status < 0:
            text = self._error() or _text(found.pcap_statustostr(status))
            raise PcapError(text, denied=status in DENIED)
        if filter_:
            program = _Program()
            if found.pcap_compile(self._handle, ctypes.byref(program), filter_.encode(), 1, 0xFFFFFFFF) != 0:
                raise PcapError(f"the filter is wrong: {self._error()}")
            done = found.pcap_setfilter(self._handle, ctypes.byref(program))
            found.pcap_freecode(ctypes.byref(program))
            if done != 0:
                raise PcapError(self._error())

    def _error(self) -> str:
        return _text(self._library.pcap_geterr(self._handle)).strip()

    def descriptor(self) -> int:
        """What to wait for with select; from now on `pump` does not wait itself."""
        error = ctypes.create_string_buffer(ERROR_SIZE)
        if self._library.pcap_setnonblock(self._handle, 1, error) != 0:
            raise PcapError(_text(error.value))
        return int(self._library.pcap_get_selectable_fd(self._handle))

    def write_to(self, path: str) -> None:
        """Begin another file."""
        self.close_file()
        dumper = self._library.pcap_dump_open(self._handle, path.encode())
        if not dumper:
            raise PcapError(self._error())
        self._dumper = ctypes.c_void_p(dumper)
        self.flush()

    def pump(self, limit: int) -> int:
        """Let libpcap write up to `limit` packets that are there; returns how many."""
        written = int(self._library.pcap_dispatch(self._handle, limit, self._library.pcap_dump, self._dumper))
        if written < 0:
            raise PcapError(self._error() or "the interface cannot be read any more")
        return written

    def flush(self) -> None:
        """What was written is in the file. Raises PcapError where the disk is full."""
        broken = self._library.pcap_dump_flush(self._dumper) != 0
        if sys.platform != "win32":  # `pcap_dump` itself does not tell; FILE is that of the C library here
            file = ctypes.c_void_p(self._library.pcap_dump_file(self._dumper))
            broken = broken or ctypes.CDLL(None).ferror(file) != 0
        if broken:
            raise PcapError("the file cannot be written any more: there is no space left")

    def size(self) -> int:
        """Bytes of the file."""
        return int(self._library.pcap_dump_ftell(self._dumper))

    def dropped(self) -> int:
        """Packets that the kernel or the card dropped since the start."""
        found = _Statistics()
        if self._library.pcap_stats(self._handle, ctypes.byref(found)) != 0:
            return 0
        return int(found.dropped + found.dropped_by_interface)

    def close_file(self) -> None:
        if self._dumper is not None:
            self._library.pcap_dump_close(self._dumper)
            self._dumper = None
