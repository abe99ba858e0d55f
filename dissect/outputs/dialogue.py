"""A dialogue with a peer as text, as it is held: each PDU with an arrow and its fields explained; a ladder.

→ A-RELEASE-RQ  10 bytes, 4.12ms later
0000  10 bytes                 A-RELEASE-RQ
...
← A-RELEASE-RP  10 bytes, 312µs later
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet
from dissect.dicom.framing import PDU_NAMES
from dissect.dicom.messages import COMMAND
from dissect.dicom.tables import COMMANDS, context_result_text
from dissect.explain import Depth, Explainer, explain_number
from dissect.ladder import ladder
from dissect.outputs.explanation import Explained
from dissect.outputs.ladder import ladder_text
from dissect.outputs.secrets import secret_places
from dissect.outputs.words import (
    Look,
    exchange_status,
    outcome_words,
    plural,
    span_of_time,
    subject,
)
from dissect.peer.dialogue import Spoken
from dissect.peer.messages import pdvs
from dissect.wire.hextext import ACCEPTOR, REQUESTOR

ROW = 16
"""Bytes on a line of hex text."""


class Telling:
    """Turns what is said into lines, as it is said. `opened`: when the connection was, in nanoseconds."""

    def __init__(self, depth: Depth, look: Look, opened: int, *, show_secrets: bool) -> None:
        self._look = look
        self._before = opened
        self._untold: Spoken | None = None
        self._explainer = Explainer(depth, show_secrets=show_secrets)
        self._explained = Explained(depth, look)

    def spoken(self, spoken: Spoken) -> Iterator[str]:
        """A PDU of either side. Explaining takes longer than answering: what was sent is explained later."""
        yield from self.rest()
        yield self._heading(spoken)
        self._untold = spoken
        if spoken.direction == ACCEPTOR:
            yield from self.rest()

    def rest(self) -> Iterator[str]:
        """The explanation that is still due."""
        if self._untold is not None:
            yield from self._lines(self._untold.octets, self._untold.direction)
            self._untold = None

    def strange(self, octets: bytes) -> Iterator[str]:
        """What the peer sent that is no PDU, or not all of one."""
        yield from self.rest()
        yield self._look.paint(f"{self._look.left} {plural(len(octets), 'byte')}", "yellow") + "\n"
        yield from self._lines(octets, ACCEPTOR)

    def _heading(self, spoken: Spoken) -> str:
        look = self._look
        arrow = look.right if spoken.direction == REQUESTOR else look.left
        passed = span_of_time(spoken.time - self._before, look.micro)
        self._before = spoken.time
        about = f"{plural(len(spoken.octets), 'byte')}, {passed} later"
        return f"{look.paint(f'{arrow} {title(spoken.octets)}', 'yellow')}  {look.paint(about, 'dim')}\n"

    def _lines(self, octets: bytes, direction: str) -> Iterator[str]:
        yield from self._explained.lines(self._explainer.rows(octets, direction), _nowhere)
        yield "\n"


def title(pdu: bytes) -> str:
    """What a PDU is, and what message begins in it: P-DATA-TF with C-ECHO-RQ."""
    name = PDU_NAMES.get(pdu[0], f"PDU of type {pdu[0]:02X}") if pdu else "nothing"
    for pdv in pdvs(pdu):
        if pdv.control & COMMAND:
            field = CommandSet(pdu[pdv.start : pdv.stop]).field
            return f"{name} with {COMMANDS.get(field, 'a message')}" if field is not None else name
        return f"{name} with data"
    return name


def summary(associations: Sequence[Association], look: Look) -> Iterator[str]:
    """The whole dialogue as a ladder."""
    if associations:
        yield from ladder_text(ladder(associations), look)


def verdict(association: Association | None, look: Look) -> tuple[str, bool]:
    """How the peer answered, in one line, and whether that is what the requestor wished."""
    if association is None:
        return "No association came of it.", False
    outcome = association.outcome
    aborted_here = association.abort is not None and association.abort.side == association.requestor_side
    if outcome == "rejected" or (outcome == "aborted" and not aborted_here):
        return f"The association was {outcome_words(association, outcome)}.{_cure(association)}", False
    accept = association.accept
    if accept is not None and not any(context.result == 0 for context in accept.contexts):
        reasons = {context_result_text(context.result or 0) for context in accept.contexts}
        return f"The peer accepted no presentation context: {', '.join(sorted(reasons)) or 'none'}.", False
    return _statuses(association, outcome, look)


def _statuses(association: Association, outcome: str, look: Look) -> tuple[str, bool]:
    """What became of the requests."""
    asked = [each for each in association.exchanges if each.first.side == association.requestor_side]
    counts: Counter[str] = Counter()
    good = True
    for exchange in asked:
        words, category = exchange_status(exchange, exchange.sop_class)
        good = good and category not in ("Failure", "Unknown")
        took = exchange.response_time if len(asked) == 1 else None
        after = f" after {span_of_time(took, look.micro)}" if took is not None else ""
        counts[f"{subject(exchange).command}: {words}{after}"] += 1
    times = "×" if look.unicode else "x"
    parts = [text if count == 1 else f"{count:,} {times} {text}" for text, count in counts.items()]
    return "; ".join([*parts, outcome_words(association, outcome)]), good


def _cure(association: Association) -> str:
    """What is likely behind a rejection or an abort."""
    if association.rejection is None:
        limit = association.accept.maximum_length if association.accept else None
        too_long = association.longer_than(association.requestor_side, limit) if limit else []
        if not limit or not too_long:
            return ""
        longest = max(pdu.length for pdu in too_long)
        return f" It was sent a P-DATA-TF of {longest:,} bytes, and takes {limit:,} at most."
    found = explain_number("/".join(map(str, association.rejection)))
    return f" {found[0].why[:1].upper()}{found[0].why[1:]}." if found and found[0].why else ""


def hex_text(spoken: Sequence[Spoken], *, show_secrets: bool) -> Iterator[str]:
    """The bytes of both sides as hex text, which `explain`, `import` and `send` read."""
    for each in spoken:
        yield f"# {title(each.octets)}\n"
        octets, hidden = (each.octets, 0) if show_secrets else _without_secrets(each.octets)
        if hidden:
            yield f"# {plural(hidden, 'byte')} that are secret are shown as 2a: --show-secrets\n"
        for at in range(0, len(octets), ROW):
            mark = f"{each.direction} " if not at else "  "
            yield f"{mark}{octets[at : at + ROW].hex(' ')}\n"


def _without_secrets(octets: bytes) -> tuple[bytes, int]:
    """Bytes with stars in place of passcodes and tokens, and how many these are."""
    shown, places = bytearray(octets), secret_places(octets)
    for place in places:
        shown[place.start : place.stop] = b"*" * len(place)
    return bytes(shown), sum(map(len, places))


def _nowhere(position: int) -> str:
    return ""
