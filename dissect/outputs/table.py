"""CSV (RFC 4180): one row an exchange, for spreadsheets. Adding columns at the end is free, others stay."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import COMPLETED, FAILED, REMAINING, WARNING
from dissect.dicom.exchanges import Exchange
from dissect.outputs import words
from dissect.outputs.clock import exact
from dissect.outputs.ndjson import exchange_messages
from dissect.outputs.selection import Selection

COLUMNS = (
    "capture", "association", "outcome", "calling_ae", "called_ae", "requestor", "acceptor",
    "frame", "time", "sender", "command", "message_id", "context_id", "sop_class", "sop_class_name",
    "sop_instance", "bytes", "responses", "pending", "remaining", "completed", "failed", "warning",
    "status", "status_category", "status_text", "response_time", "duration", "damage",
)  # fmt: skip
NUMBERS = (REMAINING, COMPLETED, FAILED, WARNING)
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet would run: text of a peer that begins so gets an apostrophe before it."""


def header() -> str:
    return line(COLUMNS)


def rows(capture: Capture, selection: Selection) -> Iterator[str]:
    """A row for each exchange that has a selected message."""
    for association in selection.associations(capture):
        wanted = {message.index for message in selection.messages(association)} if selection.narrow else None
        for exchange in association.exchanges:
            if wanted is None or any(message.index in wanted for message in exchange_messages(exchange)):
                yield line(_row(capture.name, association, exchange))


def _row(name: str, association: Association, exchange: Exchange) -> list[object]:
    first, responses = exchange.first, exchange.responses
    command, subject = first.command_set, words.subject(exchange)
    sop_class = subject.sop_class
    last = responses[-1] if responses else None
    code = last.status if last else None
    status = tables.status(code, sop_class, last.command or "") if last and code is not None else None
    counts = words.sub_operations(exchange)
    return [
        safe(name),
        association.index,
        association.outcome,
        safe(association.calling_ae),
        safe(association.called_ae),
        words.endpoint(association, association.requestor_side),
        words.endpoint(association, association.acceptor_side),
        first.frame,
        exact(first.time),
        first.sender,
        subject.command,
        subject.message_id,
        first.context_id,
        safe(sop_class),
        tables.uid_name(sop_class) if sop_class else None,
        safe(command.sop_instance if command else None),
        words.data_size(exchange),
        len(responses),
        len(responses) - (exchange.final is not None),
        *(counts.get(number) for number in NUMBERS),
        None if code is None else f"0x{code:04X}",
        status.category if status else None,
        status.text if status else None,
        seconds(exchange.response_time),
        seconds(exchange.duration),
        words.damage(exchange) or None,
    ]


def seconds(nanoseconds: int | None) -> str | None:
    """With all nine digits; None where there are none to tell."""
    return None if nanoseconds is None else exact(nanoseconds)


def safe(text: str | None) -> str | None:
    """Text of a peer that no spreadsheet takes for a formula, nor a terminal for a command."""
    text = words.clean(text) if text else text
    return f"'{text}" if text and text.startswith(FORMULA) else text


def line(values: list[object] | tuple[str, ...]) -> str:
    """One row."""
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()
