"""Rules about P-DATA-TF PDUs and their PDVs (PS3.8 9.3.5, Annexes D and E)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.dicom.messages import Message
from dissect.findings import Finding, Link
from dissect.pieces import Span
from dissect.rules.declaration import Subject
from dissect.rules.pace import paced

SUBJECT = Subject("P-DATA-TF")

MAX_PDU = SUBJECT.rule(
    "max-pdu", "error", "PS3.8 D.1",
    "A P-DATA-TF PDU is longer than its receiver said it takes.",
    "Keep the length field of what is sent within the peer's Maximum Length (51H); one's own limits only"
    " what one receives. The 6 bytes of the PDU header do not count.",
)  # fmt: skip
PDV_ODD = SUBJECT.rule(
    "pdv-odd", "error", "PS3.8 E.1",
    "A fragment has an odd length.",
    "Cut messages at even lengths, also where the negotiated maximum is odd.",
)  # fmt: skip
PDV_EMPTY = SUBJECT.rule(
    "pdv-empty", "error", "PS3.8 E.1",
    "A PDV has no byte in it.",
    "Set the last fragment bit on the last bytes instead of on an empty PDV behind them.",
)  # fmt: skip
PDV_RESERVED = SUBJECT.rule(
    "pdv-reserved", "info", "PS3.8 E.2",
    "Reserved bits of a message control header are set; receivers never check them.",
    "Send 0 in bits 2 to 7. Receivers that fail on it test more than the two lowest bits.",
)  # fmt: skip


def longer_than_maximum(association: Association) -> Iterator[Finding]:
    for side in (0, 1):
        receiver = association.proposal(1 - side)
        limit = receiver.maximum_length if receiver else None
        if not limit:  # 0 means no limit
            continue
        longer = association.longer_than(side, limit)
        if longer:
            first = longer[0]
            count = "A P-DATA-TF is" if len(longer) == 1 else f"{len(longer)} P-DATA-TF PDUs are"
            text = (
                f"{count} longer than the {association.side_name(1 - side)} takes: "
                f"{first.length} bytes where its maximum length is {limit}."
            )
            pieces = association.framers[side].direction.pieces
            told = _limit(association, 1 - side)
            yield MAX_PDU.found(text, Span(pieces, first.start + 2, 4), links=told)


def _limit(association: Association, side: int) -> tuple[Link, ...]:
    """The PDU in which a side says how long a P-DATA-TF it takes."""
    pdu = association.request_pdu if side == association.requestor_side else association.accept_pdu
    if pdu is None:
        return ()
    pieces = association.framers[side].direction.pieces
    return (Link(pdu.type_name, Span(pieces, pdu.start, pdu.stop - pdu.start)),)


def fragments(association: Association) -> Iterator[Finding]:
    """Odd and empty fragments of whole messages."""
    odd = empty = 0
    first_odd = first_empty = None
    for message in paced(association.messages):
        for runs in (message.command_runs, message.data_runs):
            if not runs or (len(runs) == 2 and runs[1] and not runs[1] & 1):
                continue  # by far the most
            for start, length in zip(runs[::2], runs[1::2], strict=True):
                if message.damage or (length and not length & 1) or _cut(message, start, length):
                    continue
                if length:
                    odd += 1
                    first_odd = first_odd or Span(message.span.source, start, length)
                else:
                    empty += 1
                    first_empty = first_empty or Span(message.span.source, start - 6, 6)
    if odd:
        text = "A fragment of odd length." if odd == 1 else f"{odd} fragments of odd length."
        yield PDV_ODD.found(text, first_odd)
    if empty:
        text = "A PDV without a byte in it." if empty == 1 else f"{empty} PDVs without a byte in them."
        yield PDV_EMPTY.found(text, first_empty)


def _cut(message: Message, start: int, length: int) -> bool:
    """Whether the PDV says that it is longer than what came of it."""
    said = message.framer.direction.pieces.read(start - 6, start - 2)
    return int.from_bytes(said, "big") != length + 2


def reserved_bits(association: Association) -> Iterator[Finding]:
    count, first = 0, None
    for message in paced(association.messages):
        read = message.framer.direction.pieces.read
        for runs in (message.command_runs, message.data_runs):
            for start in runs[::2]:
                if read(start - 1, start) > b"\x03":
                    count += 1
                    first = first or Span(message.span.source, start - 1, 1)
    if first is not None:
        which = "A message control header has" if count == 1 else f"{count} message control headers have"
        text = f"{which} reserved bits set ({first.read()[0]:02X}H)."
        yield PDV_RESERVED.found(text, first)


RULES = (longer_than_maximum, fragments)
SLOW_RULES = (reserved_bits,)
