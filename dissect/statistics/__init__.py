"""How long things took, what held them up, and how much went over the wire when.

All times are nanoseconds. The time of a message is when its bytes were captured, so a response time holds the
network between the capture point and the peer as well as the peer's own work: `phases` tells them apart by
the acknowledgements of TCP.

- `exchanges`: response times of one association, from the index alone
- `flow`: one pass over the TCP headers of a connection: round trips, and where it stood still
- `phases`: the times of each exchange, and its stalls by cause
- `groups`: sums of a whole capture, by AE titles, command and SOP class
"""

from __future__ import annotations

from dissect.statistics.exchanges import (
    SECOND,
    Buckets,
    Summary,
    Timing,
    carried,
    percentile,
    slowest,
    summaries,
    timings,
)

__all__ = [
    "SECOND",
    "Buckets",
    "Summary",
    "Timing",
    "carried",
    "percentile",
    "slowest",
    "summaries",
    "timings",
]
