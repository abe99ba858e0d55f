"""The sniffer process with Scapy's listening socket: `python -m dissect.listening ORDER`.

The last resort, without dumpcap and libpcap: the kernel filters, and nothing is dissected, but each packet
passes through Python, which drops some from about 20,000 a second on. It stands outside of `dissect.wire`,
which does without Scapy.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import sys
import time
from typing import Any, BinaryIO

from dissect.wire.spool import BUFFER, DENIED, FAILED, TIMEOUT, Order, Spool, report, say

SOL_PACKET, PACKET_STATISTICS = 263, 6
ETHERNET = 1
SNAPLEN = 262144
PUMP = 256
"""Packets between two looks at the time."""


class Statistics:
    """What the kernel dropped: its count, which each question sets back; only Linux has it."""

    def __init__(self, listener: socket.socket | None) -> None:
        self._listener = listener
        self._dropped = 0

    def dropped(self) -> int:
        if self._listener is not None:
            raw = self._listener.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
            self._dropped += struct.unpack("II", raw)[1]
        return self._dropped


def main() -> int:
    from scapy.all import conf  # deferred: 0.8 s

    order = Order.loads(sys.argv[1])
    try:
        listener = conf.L2listen(
            iface=order.interface, filter=order.filter or None, promisc=order.promiscuous
        )
    except PermissionError as error:
        say(str(error))
        return DENIED
    except Exception as error:  # Scapy has one of its own for each system
        say(str(error))
        return FAILED
    raw = getattr(listener, "ins", None)
    counted = sys.platform == "linux" and isinstance(raw, socket.socket)
    if isinstance(raw, socket.socket):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    statistics = Statistics(raw if counted else None)
    spool = Spool(order)
    try:
        _sniff(listener, spool, statistics)
    except OSError as error:  # the interface is gone, or the disk is full
        report(spool.taken, statistics.dropped())
        say(error.strerror or str(error))
        return FAILED
    report(spool.taken, statistics.dropped())
    return 0


def _sniff(listener: Any, spool: Spool, statistics: Statistics) -> None:
    out = _begin(spool)
    while not spool.over:
        taken = 0
        limit = spool.room(PUMP)
        while taken < limit and select.select([listener], [], [], 0 if taken else TIMEOUT / 1000)[0]:
            try:
                _, data, moment = listener.recv_raw(SNAPLEN)
            except OSError as error:
                if error.errno != errno.ENETDOWN:  # it may come up again
                    raise
                continue
            if data is None:
                continue
            seconds, rest = divmod(int((moment or time.time()) * 1e9), 1_000_000_000)
            out.write(struct.pack("<IIII", seconds, rest, len(data), len(data)) + data)
            taken += 1
        if taken:
            out.flush()
            spool.taken += taken
        if spool.full(out.tell()):
            out.close()
            out = _begin(spool)
        if spool.due():
            report(spool.taken, statistics.dropped())
    out.close()


def _begin(spool: Spool) -> BinaryIO:
    path = spool.begin()
    out = open(path, "wb")  # noqa: PTH123, SIM115 (closed when the next one begins)
    out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPLEN, ETHERNET))
    out.flush()
    spool.begun(path)
    return out


if __name__ == "__main__":
    sys.exit(main())
