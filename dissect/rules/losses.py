"""Bytes that the capture lost: not the peers' fault, but what they said there is not known."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.findings import Finding


def bytes_missing(association: Association) -> Iterator[Finding]:
    for side in (0, 1):
        gaps = association.gaps(side)
        if gaps:
            missing = sum(gap.length for gap in gaps)
            places = "one place" if len(gaps) == 1 else f"{len(gaps)} places"
            text = (
                f"{missing:,} bytes of the {association.side_name(side)} are not in the capture, in {places}:"
                " dropped while capturing, or cut off by the snap length."
            )
            yield Finding("bytes-missing", "warning", text, gaps[0])


RULES = (bytes_missing,)
