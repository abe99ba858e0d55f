"""One JSON object an association: the machine-readable contract, schema "pduscope/1".

Keys come in the order they are documented in. Adding one is free, changing one is a breaking change. What is
unknown or missing is null, never made up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.dicom.negotiation import Roles
from dissect.findings import Finding
from dissect.outputs.clock import exact
from dissect.outputs.commandset import command_values
from dissect.outputs.identity import user_identity
from dissect.outputs.places import Place, Places
from dissect.outputs.selection import Selection
from dissect.outputs.words import SECOND, address
from dissect.pieces import Pieces

SCHEMA = "pduscope/1"
CHUNK = 1 << 20
"""Bytes of a data set that are hashed at a time."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is put in beyond what always is."""

    pdus: bool = False
    hash: bool = False
    datasets: bool = False
    secrets: bool = False


def ndjson(capture: Capture, selection: Selection, wanted: Wanted) -> Iterator[str]:
    """A line for each selected association."""
    for association in selection.associations(capture):
        yield dumps(as_object(capture, association, selection, wanted)) + "\n"


class Array:
    """The same objects as the elements of one JSON array, of which this makes the inside."""

    def __init__(self, selection: Selection, wanted: Wanted) -> None:
        self._selection = selection
        self._wanted = wanted
        self._between = "\n"

    def pieces(self, capture: Capture) -> Iterator[str]:
        for line in ndjson(capture, self._selection, self._wanted):
            yield self._between + line.rstrip("\n")
            self._between = ",\n"


def dumps(found: Object) -> str:
    """ASCII only: what a peer sent as text must not depend on, or disturb, where it is printed."""
    return json.dumps(found, separators=(", ", ": "), allow_nan=False)


def as_object(capture: Capture, association: Association, selection: Selection, wanted: Wanted) -> Object:
    """All there is to say of an association; `selection` narrows its messages, PDUs and exchanges."""
    request, accept = association.request, association.accept
    requestor, acceptor = association.requestor_side, association.acceptor_side
    context_name = next((each.application_context for each in (request, accept) if each), None)
    found: Object = {
        "schema": SCHEMA,
        "capture": capture.name,
        "index": association.index,
        "start": exact(association.start),
        "end": exact(association.end),
        "requestor": _endpoint(association, requestor),
        "acceptor": _endpoint(association, acceptor),
        "calling_ae": association.calling_ae,
        "called_ae": association.called_ae,
        "outcome": association.outcome,
        "rejection": _rejection(association),
        "abort": _abort(association),
        "application_context": context_name,
        "max_pdu_length": {
            "requestor": request.maximum_length if request else None,
            "acceptor": accept.maximum_length if accept else None,
        },
        "implementation": {
            name: {
                "class_uid": each.class_uid if each else None,
                "version_name": each.version_name if each else None,
            }
            for name, each in (("requestor", request), ("acceptor", accept))
        },
        "presentation_contexts": [_context(context) for context in association.negotiation],
        "user_identity": user_identity(request, accept, show_secrets=wanted.secrets),
    }
    if wanted.pdus:
        found["pdus"] = list(_pdus(association, selection))
    messages = selection.messages(association)
    shown = {message.index for message in messages}
    trouble: list[tuple[Finding, int]] = []
    found["messages"] = [message_object(association, message, wanted, trouble) for message in messages]
    exchanges = (
        exchange
        for exchange in association.exchanges
        if not selection.narrow or any(message.index in shown for message in exchange_messages(exchange))
    )
    found["exchanges"] = [exchange_object(exchange) for exchange in exchanges]
    found["findings"] = _findings(association, trouble)
    return found


def exchange_messages(exchange: Exchange) -> list[Message]:
    """All messages of an exchange."""
    whole = [exchange.request, *exchange.responses, exchange.cancel]
    return [message for message in whole if message is not None]


def _endpoint(association: Association, side: int) -> Object:
    number, port = association.stream.ends[side]
    return {"address": address(number), "port": port}


def _rejection(association: Association) -> Object | None:
    if association.rejection is None:
        return None
    return {**association.rejection._asdict(), "text": tables.reject_text(*association.rejection)}


def _abort(association: Association) -> Object | None:
    abort = association.abort
    if abort is None:
        return None
    return {
        "by": association.side_name(abort.side),
        "source": abort.source,
        "reason": abort.reason,
        "text": tables.abort_text(abort.source, abort.reason),
    }


def _context(context: PresentationContext) -> Object:
    abstract, transfer = context.abstract_syntax, context.transfer_syntax
    return {
        "id": context.id,
        "abstract_syntax": abstract,
        "abstract_syntax_name": tables.uid_name(abstract) if abstract else None,
        "proposed": list(context.proposed),
        "result": context.result,
        "result_text": None if context.result is None else tables.context_result_text(context.result),
        "transfer_syntax": transfer,
        "transfer_syntax_name": tables.uid_name(transfer) if transfer else None,
        "requestor_roles": _roles(context.requestor_roles),
        "acceptor_roles": _roles(context.acceptor_roles),
        "inferred": context.inferred or None,
    }


def _roles(roles: Roles | None) -> Object | None:
    return roles._asdict() if roles else None


def _pdus(association: Association, selection: Selection) -> Iterator[Object]:
    for number, side, pdu in selection.pdus(association):
        yield {
            "index": number,
            "frame": pdu.first_record + 1,
            "time": exact(association.time(pdu.first_record)),
            "sender": association.side_name(side),
            "type": pdu.kind,
            "name": pdu.type_name,
            "length": pdu.length,
        }


def message_object(
    association: Association, message: Message, wanted: Wanted, trouble: list[tuple[Finding, int]]
) -> Object:
    return {
        "index": message.index,
        "frame": message.frame,
        "time": exact(message.time),
        "end_time": exact(message.end_time),
        "sender": message.sender,
        "context_id": message.context_id,
        "command": message.command,
        "message_id": message.message_id,
        "message_id_being_responded_to": message.responding_to,
        "command_set": command_values(message.command_set) if message.command_set else None,
        "status": status_object(message.status, _sop_class(association, message), message.command or ""),
        "data_set": _data_set(association, message, wanted, trouble) if message.has_data_set else None,
        "damage": message.damage or None,
    }


def _sop_class(association: Association, message: Message) -> str | None:
    """The SOP class a status is of; its context's, where the message names none."""
    named = message.command_set.sop_class if message.command_set else None
    context = None if named else association.context(message.context_id)
    return named or (context.abstract_syntax if context else None)


def status_object(code: int | None, sop_class: str | None, command: str) -> Object | None:
    """A status with its category and meaning in its service."""
    if code is None:
        return None
    category, text = tables.status(code, sop_class, command)
    return {"code": code, "category": category, "text": text or None}


def _data_set(
    association: Association, message: Message, wanted: Wanted, trouble: list[tuple[Finding, int]]
) -> Object:
    context = association.context(message.context_id)
    data = message.data_bytes()
    found: Object = {
        "length": len(data),
        "complete": message.complete and message.data_ended,
        "transfer_syntax": context.transfer_syntax if context and context.accepted else None,
    }
    if wanted.hash:
        # of a damaged message a whole PDU may be missing
        whole = message.data_ended and not message.damage
        found["sha256"] = digest(data) if whole else None
    if wanted.datasets:
        from dissect.outputs.datasets import elements  # deferred: pydicom takes 0.25 s

        found["elements"], findings = elements(message)
        trouble += ((finding, message.index) for finding in findings)
    return found


def digest(data: Pieces) -> str | None:
    """SHA-256 of the bytes, read in chunks; None where some are missing."""
    if data.gaps():
        return None
    found = hashlib.sha256()
    for start in range(0, len(data), CHUNK):
        found.update(data.read(start, start + CHUNK))
    return found.hexdigest()


def exchange_object(exchange: Exchange) -> Object:
    """An exchange, with the numbers of its messages."""
    last = exchange.responses[-1] if exchange.responses else None
    return {
        "request": exchange.request.index if exchange.request else None,
        "responses": [message.index for message in exchange.responses],
        "status": status_object(last.status, exchange.sop_class, last.command or "") if last else None,
        "response_time": _seconds(exchange.response_time),
        "duration": _seconds(exchange.duration),
        "cancel": exchange.cancel.index if exchange.cancel else None,
    }


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / SECOND


def _findings(association: Association, trouble: list[tuple[Finding, int]]) -> list[Object]:
    places = Places(association)
    rows = [(finding, places.of(finding)) for finding in association.findings]
    rows += [(finding, places.of(finding)._replace(message=index)) for finding, index in trouble]
    return [_finding(finding, place, places) for finding, place in rows]


def _finding(finding: Finding, place: Place, places: Places) -> Object:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "text": finding.text,
        "clause": finding.clause or None,
        "message": place.message,
        "pdu": place.pdu,
        "frame": place.frame,
        "span": list(place.span) if place.span else None,
        "links": [link.as_object() for link in places.links(finding)],
    }
