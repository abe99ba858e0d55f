"""Finding: something worth telling about the traffic, as data.

Reading never raises on bad bytes. What is wrong with them becomes a Finding and the reading carries on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dissect.pieces import Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Link:
    """Bytes elsewhere that a finding is about too; `text` says what they are ("C-MOVE-RQ")."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: `rule` names it (`pdv-odd`), `text` is the sentence a user reads.

    `clause` is the place in the standard that it rests on, such as "PS3.8 9.3.4"; empty where no clause
    speaks of it (a capture file cut short). `span` holds the bytes that show it, None where there are none.
    `links` lead to the other messages that it takes to see it, of other associations too.
    """

    rule: str
    severity: Severity
    text: str
    span: Span | None = None
    clause: str = ""
    links: tuple[Link, ...] = ()


def octets(count: int) -> str:
    """So many bytes, as a finding says it."""
    return "1 byte" if count == 1 else f"{count} bytes"
