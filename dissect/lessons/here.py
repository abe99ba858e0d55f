"""What a field says where it stands: its value, where a length leads, and what should be there instead."""

from __future__ import annotations

import re

from dissect.explain import explain_bytes
from dissect.lessons.walk import NO_PDU, Field
from dissect.pieces import Span

MOST_BYTES = 8
"""Bytes of a value that are spelt out beside it."""
MOST_TEXT = 160
"""Characters of a value that are shown."""
MOST_DIGITS = 48
"""Of a value of bytes in hexadecimal digits: sixteen bytes."""
_BYTES = re.compile(r"(?:[0-9A-Fa-f]{2} ){16}(?=[0-9A-Fa-f]{2}\b)")
LONGEST = 1 << 16
"""Bytes of a PDU above which it is not asked what is wrong with each field."""


def here(field: Field, pdu: Span) -> str:
    """What a field of a PDU says: its value, and for a length where that leads."""
    node, span = field.node, field.node.span
    text = _shortened(node.text)
    if span is None or not span.length:
        return text or "no bytes"
    if isinstance(node.value, int) and not isinstance(node.value, bool) and span.length <= MOST_BYTES:
        number = f"{node.value}"
        if span.length > 1 and (text.split(" ")[0] == number or text.startswith("0x")):
            text = f"{span.read().hex(' ').upper()} is {text}"
        if node.name.lower().endswith("length"):
            text = f"{text}: {_leads(node.value, span, pdu)}"
    if field.is_item and field.node.name != NO_PDU:
        text = f"{text}; {_bytes(span.length)} in all" if text else _bytes(span.length)
    return text


def _shortened(text: str) -> str:
    """Long values are cut; bytes, which nobody reads one by one, sooner."""
    if len(text) > MOST_DIGITS and (found := _BYTES.match(text)):
        return f"{found[0]}…{text[text.rfind(' (') :] if text.endswith(' bytes)') else ''}"
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def _leads(length: int, span: Span, pdu: Span) -> str:
    """Where a length leads, counted from the first byte of the PDU."""
    last = span.stop + length - 1 - pdu.start
    if not length:
        return "nothing follows"
    if last >= pdu.length:
        return f"more than the {_bytes(pdu.stop - span.stop)} that are left of the PDU"
    return f"from {span.stop - pdu.start:04x} to {last:04x}"


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def wrongs(pdu: Span) -> dict[tuple[int, str], str]:
    """What was expected in the fields of a PDU that hold something else, by position and name."""
    if pdu.length > LONGEST:
        return {}
    return {
        (pdu.start + row.start, row.name): row.wrong
        for row in explain_bytes(pdu.read())
        if row.wrong and row.start is not None
    }
