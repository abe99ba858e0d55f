"""Rules that need the whole capture: what one association promises and another keeps (PS3.4 C, F, J)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import COMPLETED, MOVE_DESTINATION, MOVE_ORIGINATOR_AE, MOVE_ORIGINATOR_ID
from dissect.dicom.messages import Message
from dissect.dicom.values import value_text
from dissect.filters.partial import read_element
from dissect.findings import Finding
from dissect.pieces import Span
from dissect.rules.declaration import Subject
from dissect.rules.messages import links, place_of
from dissect.rules.pace import paced
from dissect.statistics.groups import MANY, stores_one

SUBJECT = Subject("several associations")

MOVE_NO_STORE = SUBJECT.rule(
    "move-no-store", "warning", "PS3.4 C.4.2.3.1",
    "A C-MOVE counts completed sub-operations, but no C-STORE to its destination is in the capture.",
    "Likely the SCP sends on a path that was not captured, or to another address: capture at the SCP.",
)  # fmt: skip
MOVE_ORIGINATOR = SUBJECT.rule(
    "move-originator", "info", "PS3.7 9.1.1.1",
    "C-STOREs that belong to a C-MOVE do not say so: (0000,1030) and (0000,1031) are optional.",
    "None is needed; receivers that want to know for whom objects come cannot tell.",
)  # fmt: skip
SC_REPORT = SUBJECT.rule(
    "sc-report", "warning", "PS3.4 J.3.3.1.2",
    "Storage commitment was asked for and granted, but no report of it is in the capture.",
    "The report may take any time and come in an association of its own: see that the SCP knows the"
    " requestor's address and that this accepts the SCU role.",
)  # fmt: skip
SC_TITLE = SUBJECT.rule(
    "sc-title", "warning", "PS3.4 J.3.3.1.2",
    "A storage commitment report comes from another AE title than the one that was asked.",
    "Let the SCP report under the AE title it was called by.",
)  # fmt: skip
MPPS_ENDED = SUBJECT.rule(
    "mpps-ended", "error", "PS3.4 F.7.2.2.2",
    "A performed procedure step is changed after it was COMPLETED or DISCONTINUED.",
    "Send COMPLETED or DISCONTINUED in the last N-SET.",
)  # fmt: skip
MPPS_CREATE = SUBJECT.rule(
    "mpps-create", "error", "PS3.4 F.7.2.1.2",
    "A performed procedure step is created with another status than IN PROGRESS.",
    "Create it IN PROGRESS, and set the final status with N-SET.",
)  # fmt: skip
MPPS_REPEAT = SUBJECT.rule(
    "mpps-repeat", "info", "PS3.4 F.7.2.2.2",
    "An N-SET repeats IN PROGRESS, which is not forbidden.",
    "None is needed; leave it out where a peer does not like it.",
)  # fmt: skip
NOT_DICOM = SUBJECT.rule(
    "not-dicom", "error", "PS3.8 9.1.2",
    "Something else than DICOM is spoken on a connection to a DICOM port.",
    "TLS on one side only is the usual reason: configure both sides alike, or correct the port.",
)  # fmt: skip
ONE_OBJECT = SUBJECT.rule(
    "one-object", "info", "",
    "Many associations carry one object each; negotiating takes longer than sending.",
    "Send all objects of a study in one association.",
)  # fmt: skip

C_STORE, C_MOVE, N_SET, N_ACTION, N_EVENT_REPORT, N_CREATE = 0x0001, 0x0021, 0x0120, 0x0130, 0x0100, 0x0140
COMMITMENT, MPPS = "1.2.840.10008.1.20.1", "1.2.840.10008.3.1.2.3.3"
TRANSACTION_UID, STEP_STATUS = 0x00081195, 0x00400252
IN_PROGRESS, ENDED = "IN PROGRESS", ("COMPLETED", "DISCONTINUED")
DICOM_PORTS = (104, 11112)
OTHERS = (
    (b"\x16\x03", "a TLS handshake"),
    (b"\x15\x03", "a TLS alert"),
    (b"GET ", "an HTTP request"),
    (b"POST", "an HTTP request"),
    (b"HEAD", "an HTTP request"),
    (b"HTTP", "an HTTP response"),
    (b"SSH-", "an SSH greeting"),
)
"""How other protocols begin."""


def judge(capture: Capture) -> Iterator[Finding]:
    associations = capture.associations
    yield from _moves(associations)
    yield from _commitments(associations)
    yield from _steps(associations)
    yield from _single_objects(associations)
    yield from _others(capture)


def _succeeded(status: int | None) -> bool:
    return status is not None and tables.status_category(status) in ("Success", "Warning")


def _value(message: Message, tag: int) -> str | None:
    data_set = read_element(message, tag)
    element = data_set.get(tag) if data_set is not None else None
    return value_text(element, data_set) if element is not None and data_set is not None else None


class _Stores:
    """C-STORE-RQs in order of time."""

    def __init__(self, messages: list[Message]) -> None:
        self._messages = sorted(messages, key=lambda message: message.time)
        self._times = [message.time for message in self._messages]

    def between(self, start: int, end: int) -> range:
        """Those of a time, by their numbers."""
        return range(bisect_left(self._times, start), bisect_right(self._times, end))

    def __getitem__(self, number: int) -> Message:
        return self._messages[number]


def _stores(associations: list[Association]) -> dict[str, tuple[_Stores, _Stores]]:
    """All C-STORE-RQs by called AE title, and those of them that do not say for which C-MOVE they are."""
    found: dict[str, list[Message]] = {}
    for association in associations:
        mine = found.setdefault(association.called_ae or "", [])
        mine += (m for m in association.messages if m.command_set and m.command_set.field == C_STORE)
    return {
        title: (_Stores(messages), _Stores([each for each in messages if not _tells(each)]))
        for title, messages in found.items()
    }


def _moves(associations: list[Association]) -> Iterator[Finding]:
    stores: dict[str, tuple[_Stores, _Stores]] | None = None
    for association in associations:
        for exchange in paced(association.exchanges):
            request = exchange.request
            command = request.command_set if request is not None else None
            if request is None or command is None or command.field != C_MOVE:
                continue
            if stores is None:
                stores = _stores(associations)
            destination = command.text(MOVE_DESTINATION) or ""
            end = exchange.last.end_time if exchange.responses else association.end
            answers = [each.command_set for each in exchange.responses if each.command_set]
            counted = max((answer.numbers.get(COMPLETED, 0) for answer in answers), default=0)
            sent, silent = stores.get(destination, NO_STORES)
            if counted and not sent.between(request.time, end):
                text = (
                    f"{counted} sub-operations of this C-MOVE are complete, but no C-STORE to {destination!r}"
                    " was captured meanwhile: likely it went where nobody captured."
                )
                yield MOVE_NO_STORE.found(text, request.span, links=links(exchange.responses[-1]))
            quiet = silent.between(request.time, end)
            if quiet:
                text = f"{len(quiet)} C-STORE-RQs that likely belong to a C-MOVE do not name its originator."
                yield MOVE_ORIGINATOR.found(text, silent[quiet[0]].span, links=links(request))


def _tells(message: Message) -> bool:
    command = message.command_set
    return command is not None and (
        command.place(MOVE_ORIGINATOR_AE) is not None or MOVE_ORIGINATOR_ID in command.numbers
    )


NO_STORES = _Stores([]), _Stores([])


def _commitments(associations: list[Association]) -> Iterator[Finding]:
    asked: dict[str, Message] = {}
    told: dict[str, Message] = {}
    for association in associations:
        for exchange in paced(association.exchanges):
            request = exchange.request
            command = request.command_set if request is not None else None
            if request is None or command is None or command.sop_class != COMMITMENT:
                continue
            uid = _value(request, TRANSACTION_UID)
            if uid and command.field == N_ACTION and _succeeded(exchange.status):
                asked.setdefault(uid, request)
            elif uid and command.field == N_EVENT_REPORT:
                told.setdefault(uid, request)
    for uid, request in asked.items():
        report = told.get(uid)
        if report is None:
            text = f"No N-EVENT-REPORT for transaction {uid} was captured, though the request was granted."
            yield SC_REPORT.found(text, request.span)
            continue
        called, calls = _title(request, receiver=True), _title(report, receiver=False)
        if called and calls and called != calls:
            text = f"{called!r} was asked for storage commitment, but {calls!r} reports on it."
            yield SC_TITLE.found(text, report.span, links=links(request))


def _title(message: Message, *, receiver: bool) -> str | None:
    """The AE title of the side that sent a message, or of the one that got it."""
    association = message.association
    by_requestor = (message.side == association.requestor_side) != receiver
    return association.calling_ae if by_requestor else association.called_ae


def _steps(associations: list[Association]) -> Iterator[Finding]:
    """Performed procedure steps, created in one association and mostly ended in another."""
    ended: dict[str, tuple[str, Message]] = {}
    created: dict[str, Message] = {}
    rows = [
        (exchange.first.time, exchange)
        for association in associations
        for exchange in association.exchanges
        if exchange.request is not None
        and exchange.request.command_set is not None
        and exchange.request.command_set.field in (N_CREATE, N_SET)
        and exchange.request.command_set.sop_class == MPPS
    ]
    for _, exchange in sorted(rows, key=lambda row: row[0]):
        request = exchange.first
        command = request.command_set
        if command is None or request.damage:
            continue
        status = (_value(request, STEP_STATUS) or "").strip()
        uid = command.sop_instance or ""
        if command.field == N_CREATE:
            if status and status != IN_PROGRESS:
                text = f"A performed procedure step is created {status}; it begins IN PROGRESS."
                yield MPPS_CREATE.found(text, request.span)
            created.setdefault(uid, request)
            continue
        if uid in ended and uid:
            how, last = ended[uid]
            text = f"An N-SET-RQ for performed procedure step {uid}, which was {how} already."
            yield MPPS_ENDED.found(text, place_of(request, 0x1001), links=links(last))
        elif status == IN_PROGRESS:
            text = "The N-SET-RQ sets IN PROGRESS again."
            yield MPPS_REPEAT.found(text, request.span, links=links(created.get(uid)))
        if status in ENDED and _succeeded(exchange.status):
            ended.setdefault(uid, (status, request))


def _single_objects(associations: list[Association]) -> Iterator[Finding]:
    counts: dict[tuple[str | None, str | None], list[Message]] = {}
    for association in associations:
        if stores_one(association):
            key = association.calling_ae, association.called_ae
            counts.setdefault(key, []).append(association.exchanges[0].first)
    for (calling, called), messages in counts.items():
        if len(messages) >= MANY:
            text = f"{len(messages)} associations from {calling!r} to {called!r} carry one object each."
            yield ONE_OBJECT.found(text, messages[0].span, links=links(*messages[1:3], messages[-1]))


def _others(capture: Capture) -> Iterator[Finding]:
    """Connections that something else is spoken on, to a place where DICOM is at home."""
    homes = {association.stream.ends[association.acceptor_side] for association in capture.associations}
    for association in capture.associations:
        if association.request_pdu is None or association.accept is not None or association.rejection:
            continue
        pieces = association.framers[association.acceptor_side].direction.pieces
        head = Span(pieces, 0, min(len(pieces), 16))
        yield from _told(head, "The acceptor answers the A-ASSOCIATE-RQ with")
    for ends, heads in capture.foreign:
        for side, asked in enumerate(heads):
            end, answer = ends[1 - side], heads[1 - side]
            if asked is None or (end not in homes and end.port not in DICOM_PORTS):
                continue
            if answer is None or _protocol(answer) != _protocol(asked):
                where = f"A connection to {end.address}:{end.port}, where DICOM is due,"
                yield from _told(asked, f"{where} begins with")


def _protocol(head: Span) -> str:
    """TLS, HTTP or SSH, by the first bytes; two sides that speak the same understand one another."""
    data = head.read()
    return next((name.split()[1] for beginning, name in OTHERS if data.startswith(beginning)), "")


def _told(head: Span, what: str) -> Iterator[Finding]:
    data = head.read()
    for beginning, name in OTHERS:
        if data.startswith(beginning):
            length = int.from_bytes(data[2:6], "big")
            text = f"{what} {name}: read as a PDU it has type {data[0]} ({data[0]:02X}H) and length {length}."
            yield NOT_DICOM.found(text, head)
