"""Conversations that tshark 4.0.17 reads wrongly, silently or not at all, and the right answer to each.

One function a kind; it returns an `Oddity`. What tshark says is in its docstring. `ODDITIES` holds them all.
"""

from collections.abc import Callable

from tests.oddities.case import Oddity, Said
from tests.oddities.encodings import ENCODINGS
from tests.oddities.fragments import FRAGMENTS
from tests.oddities.negotiation import NEGOTIATION
from tests.oddities.statuses import STATUSES
from tests.oddities.transport import TRANSPORT

ODDITIES: tuple[Callable[[], Oddity], ...] = (*ENCODINGS, *FRAGMENTS, *NEGOTIATION, *STATUSES, *TRANSPORT)

__all__ = ["ODDITIES", "Oddity", "Said"]
