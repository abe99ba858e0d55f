"""One reading of a number or name."""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """What something may mean."""

    what: str
    """The kind of thing: "status", "PDU type", "UID"."""
    text: str
    """What it says."""
    why: str = ""
    """Why this reading is likely, or where such a number turns up."""
    clause: str = ""
    likelihood: int = 50
    """0 to 100: how likely this reading is the one that was meant."""
    picture: str = ""
    """The bytes, with those of the number in brackets."""
