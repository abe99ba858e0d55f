"""What stands in the list's place where a capture has nothing to list."""

from __future__ import annotations

from dissect.capture import Capture
from dissect.outputs.words import clean, plural

MOST_TOLD = 8


def nothing(capture: Capture) -> str:
    """Why there is nothing, and what there is instead."""
    total = capture.source.records
    others = sorted(capture.counts.items(), key=lambda item: -item[1])
    tcp = total - sum(count for _, count in others)
    if not total:
        lines = ["This capture holds no packets."]
    else:
        held = [f"{tcp:,} TCP", *(f"{count:,} {name}" for name, count in others)]
        lines = ["No DICOM associations in this capture.", f"{plural(total, 'packet')}: {', '.join(held)}."]
        if tcp:
            lines.append("No TCP connection carries DICOM that can be read; TLS cannot be, without its keys.")
    return "\n".join([*lines, "", *damage(capture)])


def damage(capture: Capture, most: int = MOST_TOLD) -> list[str]:
    """What is wrong with the files themselves, the first `most` of it."""
    found = [f"{each.severity}: {clean(each.text)}" for each in capture.findings[:most]]
    more = len(capture.findings) - most
    return [*found, f"and {more:,} more like these"] if more > 0 else found
