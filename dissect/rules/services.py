"""Rules about the services of PS3.4 within one association: query/retrieve, print, and their statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import FAILED, STATUS
from dissect.dicom.dataset import DataSet
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.pieces import Span
from dissect.rules.datasets import value_of
from dissect.rules.declaration import Subject
from dissect.rules.messages import links, place_of
from dissect.rules.pace import paced
from dissect.rules.queries import FAILED_LIST, SUBOP_FAILED

SUBJECT = Subject("services")

STATUS_SERVICE = SUBJECT.rule(
    "status-service", "info", "PS3.7 C",
    "A status is not in the table of its service, so its requestor knows its class only.",
    "Use a code of the service's table.",
)  # fmt: skip
QR_IDENTIFIER = SUBJECT.rule(
    "qr-identifier", "warning", "PS3.4 C.4.1.1.4",
    "The SCP says that the identifier does not match the SOP class (A900).",
    "Look at the Offending Element (0000,0901): a missing unique key and the wrong level are usual.",
)  # fmt: skip
QR_LEVEL = SUBJECT.rule(
    "qr-level", "error", "PS3.4 C.4.1.1.3.1",
    "A query or retrieve has no Query/Retrieve Level (0008,0052).",
    "Send PATIENT, STUDY, SERIES or IMAGE.",
)  # fmt: skip
QR_UNIQUE_KEY = SUBJECT.rule(
    "qr-unique-key", "error", "PS3.4 C.4.1.2.1",
    "A query or retrieve lacks the unique key of its level, or one value in that of a level above, without"
    " relational negotiation.",
    "Send one value for each level above: Patient ID (patient root), Study and Series Instance UID; a query"
    " may leave the key of its own level empty, a retrieve may not.",
)  # fmt: skip
PRINT_STATUS = SUBJECT.rule(
    "print-status", "warning", "PS3.4 H.4",
    "A print SCP warns or fails with a status of its own (B6xx, C6xx).",
    "The status says what the printer could not do: an empty page, no memory, an image larger than its box.",
)  # fmt: skip
PRINT_BOX = SUBJECT.rule(
    "print-box", "error", "PS3.4 H.4.2.2.1.1",
    "A film box is made without saying which film session it belongs to.",
    "Send the Referenced Film Session Sequence (2010,0500) in the N-CREATE-RQ.",
)  # fmt: skip
PRINT_EMPTY = SUBJECT.rule(
    "print-empty", "error", "PS3.4 H.4.1.2.4.3",
    "A film session is printed though it has no film box.",
    "Create a film box before the N-ACTION of its session.",
)  # fmt: skip

PRINTER = SUBJECT.rule(
    "printer", "warning", "PS3.4 H.4.6.2",
    "The printer says that something is wrong with it, or will be.",
    "Look at the printer: its Printer Status Info (2110,0020) says what is missing, jammed or open.",
)  # fmt: skip

C_FIND, C_GET, C_MOVE, N_ACTION, N_CREATE, N_DELETE = 0x0020, 0x0010, 0x0021, 0x0130, 0x0140, 0x0150
PATIENT_ROOT, STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.1.", "1.2.840.10008.5.1.4.1.2.2."
FILM_SESSION, FILM_BOX = "1.2.840.10008.5.1.1.1", "1.2.840.10008.5.1.1.2"
FILM_SESSION_SEQUENCE = 0x20100500
PRINTER_CLASS = "1.2.840.10008.5.1.1.16"
PRINTER_STATUS, PRINTER_STATUS_INFO = 0x21100010, 0x21100020
N_EVENT_REPORT, N_GET = 0x0100, 0x0110
FAILED_INSTANCES = 0x00080058
EVENTS = {2: "WARNING", 3: "FAILURE"}
"""Event types of the printer but for 1, which is normal."""
LEVEL = 0x00080052
LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
KEYS = {"PATIENT": 0x00100020, "STUDY": 0x0020000D, "SERIES": 0x0020000E, "IMAGE": 0x00080018}
MISMATCH = 0xA900
MISMATCHES = {
    "C-FIND-RSP": "PS3.4 C.4.1.1.4", "C-MOVE-RSP": "PS3.4 C.4.2.1.5", "C-GET-RSP": "PS3.4 C.4.3.1.4",
}  # fmt: skip
LEVEL_CLAUSES = {C_FIND: "PS3.4 C.4.1.1.3.1", C_MOVE: "PS3.4 C.4.2.1.4.1", C_GET: "PS3.4 C.4.3.1.3.1"}
KEY_CLAUSES = {C_FIND: "PS3.4 C.4.1.2.1", C_MOVE: "PS3.4 C.4.2.2.1", C_GET: "PS3.4 C.4.3.2.1"}
PRINT_CLAUSES = {
    (0x0140, "1.2.840.10008.5.1.1.1"): "PS3.4 H.4.1.2.1.2",
    (0x0130, "1.2.840.10008.5.1.1.1"): "PS3.4 H.4.1.2.4.2",
    (0x0140, "1.2.840.10008.5.1.1.2"): "PS3.4 H.4.2.2.1.2",
    (0x0130, "1.2.840.10008.5.1.1.2"): "PS3.4 H.4.2.2.4.2",
    (0x0120, "1.2.840.10008.5.1.1.4"): "PS3.4 H.4.3.1.2.1.2",
    (0x0120, "1.2.840.10008.5.1.1.4.1"): "PS3.4 H.4.3.2.2.1.2",
    (0x0140, "1.2.840.10008.5.1.1.23"): "PS3.4 H.4.9.2.1.2",
}
"""Where the statuses of an operation on a film session, film box, image box or presentation LUT stand."""
DataSetOf = Callable[[Message], DataSet | None]


def statuses(association: Association) -> Iterator[Finding]:
    """Statuses that are not in their service's table, and those that have a tale to tell."""
    told: set[tuple[str | None, int]] = set()
    for exchange in paced(association.exchanges):
        for response in exchange.responses[-1:]:
            status, sop_class = response.status, exchange.sop_class
            if not status or status in (0xFF00, 0xFF01, 0xFE00) or (sop_class, status) in told:
                continue
            told.add((sop_class, status))
            meaning = tables.status(status, sop_class, response.command or "")
            place = place_of(response, STATUS)
            if meaning.category != "Unknown" and not meaning.text:
                text = f"Status {status:04X}H ({meaning.category}) is not in the table of its service."
                yield STATUS_SERVICE.found(text, place)
            if status >> 8 in (0xB6, 0xC6):
                text = f"The {response.command} says {status:04X}H: {meaning.text or meaning.category}."
                operation = response.command_set.field if response.command_set else None
                clause = PRINT_CLAUSES.get(((operation or 0) & 0x7FFF, sop_class or ""), "")
                yield PRINT_STATUS.found(text, place, clause=clause, links=links(exchange.request))
            if status == MISMATCH and response.command in MISMATCHES:
                clause = MISMATCHES[response.command]
                others = links(exchange.request)
                yield QR_IDENTIFIER.found(_offending(response), place, clause=clause, links=others)


def _offending(response: Message) -> str:
    command = response.command_set
    place = command.place(0x0901) if command is not None else None
    text = f"The {response.command} says A900H: the identifier does not match the SOP class"
    if command is None or place is None or place.length < 4:
        return f"{text}; it does not say which element."
    raw = command.data[place.start + 8 : place.start + 12]
    tag = int.from_bytes(raw[:2], "little") << 16 | int.from_bytes(raw[2:], "little")
    name = tables.tag_name(tag)
    return f"{text}; offending is ({tag >> 16:04X},{tag & 0xFFFF:04X}){f' {name}' if name else ''}."


def identifier(association: Association, message: Message, data_set: DataSet) -> Iterator[Finding]:
    """The identifier of a query or retrieve: its level and the unique keys above."""
    command = message.command_set
    if command is None or command.field not in (C_FIND, C_GET, C_MOVE) or message.damage:
        return
    sop_class = command.sop_class or ""
    if not sop_class.startswith((PATIENT_ROOT, STUDY_ROOT)):
        return
    level = value_of(data_set, LEVEL)
    span = Span(message.data_bytes(), 0, message.data_length)
    if not level:
        clause = LEVEL_CLAUSES[command.field]
        yield QR_LEVEL.found(f"The {message.command} has no Query/Retrieve Level.", span, clause=clause)
        return
    request, accept = association.request, association.accept
    relational = request is None or accept is None or accept.extended.get(sop_class, b"")[:1] == b"\x01"
    if level.strip() not in LEVELS or relational:
        return
    highest = 1 if sop_class.startswith(STUDY_ROOT) else 0
    for each in LEVELS[highest : LEVELS.index(level.strip()) + 1]:
        tag, value = KEYS[each], value_of(data_set, KEYS[each])
        wrong = ""
        if each == level.strip() and command.field == C_FIND:
            wrong = "lacks" if value is None else ""
        elif not value:
            wrong = "has no value for"
        elif each != level.strip() and ("\\" in value or (each == "PATIENT" and set(value) & set("*?"))):
            wrong = "has no single value for"
        if wrong:
            text = (
                f"The {message.command} at level {level.strip()} {wrong} {tables.tag_name(tag)}"
                f" ({tag >> 16:04X},{tag & 0xFFFF:04X}), the unique key of level {each}."
            )
            yield QR_UNIQUE_KEY.found(text, span, clause=KEY_CLAUSES[command.field])


def printing(association: Association, data_set_of: DataSetOf) -> Iterator[Finding]:
    """The film session and its film boxes."""
    boxes = 0
    session: Message | None = None
    whole = not association.lacks(0) and not association.lacks(1)
    for exchange in paced(association.exchanges):
        request = exchange.request
        command = request.command_set if request is not None else None
        if request is None or command is None or request.damage:
            continue
        done = exchange.status is not None and tables.status_category(exchange.status) in (
            "Success",
            "Warning",
        )
        if command.field == N_CREATE and command.sop_class == FILM_SESSION:
            session, boxes = request, 0
        elif command.field == N_CREATE and command.sop_class == FILM_BOX:
            boxes += done
            yield from _film_box(exchange, data_set_of(request), session)
        elif command.field == N_DELETE and command.sop_class == FILM_BOX:
            boxes -= done
        elif (
            (command.field, command.sop_class) == (N_ACTION, FILM_SESSION)
            and whole
            and session
            and boxes <= 0
        ):
            text = "The film session is printed, but it has no film box."
            yield PRINT_EMPTY.found(text, request.span, links=links(session))


def printer(association: Association, message: Message, data_set: DataSet | None) -> Iterator[Finding]:
    """What a printer tells of itself, asked or unasked."""
    command = message.command_set
    if command is None or message.damage or association.sop_class(message) != PRINTER_CLASS:
        return
    status, clause = "", "PS3.4 H.4.6.2.2"
    if command.field == N_EVENT_REPORT:
        status, clause = EVENTS.get(command.numbers.get(0x1002, 1), ""), "PS3.4 H.4.6.2.1"
    elif command.field == N_GET | 0x8000 and data_set is not None:
        status = (value_of(data_set, PRINTER_STATUS) or "").strip()
    if status not in EVENTS.values():
        return
    why = (value_of(data_set, PRINTER_STATUS_INFO) or "").strip() if data_set is not None else ""
    text = f"The printer says {status}{f': {why}' if why else ''}."
    yield PRINTER.found(text, message.span, clause=clause)


def failed_list(exchange: Exchange, data_set_of: DataSetOf) -> Iterator[Finding]:
    """Whether the data set of the last response names the instances of the sub-operations that failed."""
    final = exchange.final
    command = final.command_set if final is not None else None
    if final is None or command is None or not command.announces_data_set or final.damage:
        return
    failed, field = command.numbers.get(FAILED, 0), (command.field or 0) & 0x7FFF
    data_set = data_set_of(final) if failed and field in FAILED_LIST else None
    if data_set is not None and not value_of(data_set, FAILED_INSTANCES):
        text = f"{failed} sub-operations failed, but the last {final.command} does not list their instances."
        others = links(exchange.request)
        yield SUBOP_FAILED.found(text, place_of(final, FAILED), clause=FAILED_LIST[field], links=others)


def _film_box(exchange: Exchange, data_set: DataSet | None, session: Message | None) -> Iterator[Finding]:
    element = data_set.get(FILM_SESSION_SEQUENCE) if data_set is not None else None
    if element is None or not element.items:
        text = "A film box is made without the Referenced Film Session Sequence (2010,0500)."
        yield PRINT_BOX.found(text, exchange.first.span, links=links(session))
