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
    spool = Spool(order)
    try:
        _sniff(live, spool)
    except PcapError as error:
        report(spool.taken, live.dropped())
        say(str(error))
        return FAILED
    report(spool.taken, live.dropped())
    return 0


def _sniff(live: Live, spool: Spool) -> None:
    path = spool.begin()
    live.write_to(path)
    spool.begun(path)
    waits = sys.platform != "win32"  # where select takes sockets only, `pump` waits itself
    descriptor = live.descriptor() if waits else -1
    while not spool.over:
        if waits:
            select.select([descriptor], [], [], TIMEOUT / 1000)
        taken = live.pump(spool.room(PUMP))
        if taken:
            live.flush()
            spool.taken += taken
        if spool.full(live.size()):
            path = spool.begin()
            live.write_to(path)
            spool.begun(path)
        if spool.due():
            report(spool.taken, live.dropped())
    while spool.stopped and (taken := live.pump(PUMP)):  # what came before the end was told
        live.flush()
        spool.taken += taken
    live.close_file()


if __name__ == "__main__":
    sys.exit(main())
