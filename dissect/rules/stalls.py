"""Rules about connections that stood still, for which their TCP headers are read once more."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules.declaration import Rule, Subject
from dissect.statistics.flow import MS, Cause, Stall
from dissect.statistics.phases import resumed, timed
from dissect.wire.files import CaptureError

SUBJECT = Subject("time lost")

DELAYED_ACK = SUBJECT.rule(
    "delayed-ack", "info", "",
    "A sender waits with a small segment until its former one is acknowledged, and its peer delays that.",
    "Send each PDU in one write, or set TCP_NODELAY at the sender; for DCMTK, TCP_NODELAY=1 in its"
    " environment.",
)  # fmt: skip
ZERO_WINDOW = SUBJECT.rule(
    "zero-window", "info", "",
    "A receiver announces that it can take no more bytes, and its sender has to wait.",
    "The receiver reads more slowly than it is sent to: look at its disk, its database and its load.",
)  # fmt: skip

BY_CAUSE: dict[Cause, Rule] = {"delayed-ack": DELAYED_ACK, "zero-window": ZERO_WINDOW}


def judge(capture: Capture) -> Iterator[Finding]:
    """A finding for each association and cause, with how often and how long, in the order of associations."""
    try:
        every = sorted(timed(capture.source, capture.associations), key=lambda found: found.association.index)
    except CaptureError:  # its file is gone since it was read: then there is nothing to tell
        return
    for found in every:
        for cause, rule in BY_CAUSE.items():
            stalls = [stall for stall in found.stalls if stall.cause == cause]
            if stalls:
                yield rule.found(_text(found.association, stalls), resumed(found.association, stalls[0]))


def _text(association: Association, stalls: list[Stall]) -> str:
    total, worst = sum(stall.lost for stall in stalls), max(stall.lost for stall in stalls)
    sides = sorted({association.side_name(stall.side) for stall in stalls}, reverse=True)
    who = f"In association {association.index} the {' and the '.join(sides)}"
    how = "once" if len(stalls) == 1 else f"{len(stalls):,} times"
    if stalls[0].cause == "delayed-ack":
        what = "waited for a delayed acknowledgement before going on"
    else:
        what = "could not go on because the peer's buffer was full"
    return f"{who} {what}, {how}: {total / MS:,.1f} ms in all, {worst / MS:,.1f} ms at most."
