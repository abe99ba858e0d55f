"""The sniffer process with libpcap: `python -m dissect.wire.sniffer ORDER`.

libpcap hands each packet to its own `pcap_dump`; Python runs once for up to PUMP packets.
"""

from __future__ import annotations

import select
import sys

from dissect.wire.pcaplib import Live, PcapError
from dissect.wire.spool import BUFFER, DENIED, FAILED, TIMEOUT, Order, Spool, report, say

PUMP = 8192
"""Packets between two looks at the time and the file's size."""


def main() -> int:
    order = Order.loads(sys.argv[1])
    try:
        live = Live(
            order.interface, promiscuous=order.promiscuous, filter_=order.filter, buffer=BUFFER,
            timeout=TIMEOUT,
        )  # fmt: skip
    except PcapError as error:
        say(str(error))
        return DENIED if error.denied else FAILED
    try:
        return _sniff(live, Spool(order))
    except PcapError as error:
        report(*live.statistics())
        say(str(error))
        return FAILED


def _sniff(live: Live, spool: Spool) -> int:
    path = spool.begin()
    live.write_to(path)
    spool.begun(path)
    waits = sys.platform != "win32"  # where select takes sockets only, `pump` waits itself
    descriptor = live.descriptor() if waits else -1
    while not spool.over:
        if waits:
            select.select([descriptor], [], [], TIMEOUT / 1000)
        taken = live.pump(PUMP if spool.left is None else min(PUMP, spool.left))
        if taken:
            live.flush()
            spool.took(taken)
        if spool.full(live.size()):
            path = spool.begin()
            live.write_to(path)
            spool.begun(path)
        if spool.due():
            report(*live.statistics())
    while spool.stopped and live.pump(PUMP):  # what came before the end was told
        live.flush()
    report(*live.statistics())
    live.close_file()
    return 0


if __name__ == "__main__":
    sys.exit(main())
