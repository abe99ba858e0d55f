"""Rules about rejection, release and abort, and about PDUs at the wrong time (PS3.8 7.2, 7.3, 9.2, 9.3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dissect.columns import Numbers
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.recognition import (
    A_ABORT,
    A_ASSOCIATE_RJ,
    A_RELEASE_RQ,
    P_DATA_TF,
)
from dissect.dicom.tables import ABORT_REASONS, ABORT_SOURCES, REJECT_REASONS, abort_text, reject_text
from dissect.findings import Finding, Link
from dissect.pieces import Span
from dissect.rules.declaration import Subject
from dissect.rules.messages import links

SUBJECT = Subject("rejection, release and abort")

REJECTED = SUBJECT.rule(
    "rejected", "warning", "PS3.8 Table 9-21",
    "The association was rejected.",
    "The reason in the A-ASSOCIATE-RJ tells what the acceptor does not like.",
)  # fmt: skip
RJ_AE = SUBJECT.rule(
    "rj-ae", "warning", "PS3.8 Table 9-21",
    "The acceptor does not know the calling or the called AE title.",
    "Configure the title at the acceptor, or correct the requestor's: case counts, and so do NUL bytes and"
    " leading spaces.",
)  # fmt: skip
RJ_LIMIT = SUBJECT.rule(
    "rj-limit", "info", "PS3.8 Table 9-21",
    "The acceptor is busy: temporary congestion, or its limit of associations is reached.",
    "Try again later, open fewer associations at a time, or raise the acceptor's limit.",
)  # fmt: skip
RJ_USER = SUBJECT.rule(
    "rj-user", "info", "PS3.7 D.3.3.7.3",
    "A request with a user identity was rejected: likely the identity was refused.",
    "Check user name, passcode or token; the rejection has no reason of its own for them.",
)  # fmt: skip
RJ_VALUE = SUBJECT.rule(
    "rj-value", "error", "PS3.8 Table 9-21",
    "An A-ASSOCIATE-RJ holds a result, source or reason that the standard does not define.",
    "Use the values of the table.",
)  # fmt: skip
ABORTED = SUBJECT.rule(
    "aborted", "warning", "PS3.8 Table 9-26",
    "The association was aborted.",
    "What came last before the abort is usually what the peer did not like; its log says more.",
)  # fmt: skip
ABORT_VALUE = SUBJECT.rule(
    "abort-value", "error", "PS3.8 Table 9-26",
    "An A-ABORT holds a source or reason that the standard does not define.",
    "Use the values of the table.",
)  # fmt: skip
ABORT_REASON = SUBJECT.rule(
    "abort-reason", "info", "PS3.8 Table 9-26",
    "An A-ABORT of a service-user holds a reason, which has no meaning there.",
    "Send 0; receivers do not test it.",
)  # fmt: skip
IDLE_ABORT = SUBJECT.rule(
    "idle-abort", "warning", "PS3.8 9.1.4",
    "After a long silence the association was aborted or its connection closed: likely a timer ran out.",
    "Raise the timeout of the side that gave up, or find out why the other did not answer.",
)  # fmt: skip
NO_CLOSE = SUBJECT.rule(
    "no-close", "warning", "PS3.8 9.1.4",
    "The association is over, but nobody closes its connection.",
    "Who receives an A-RELEASE-RP, A-ASSOCIATE-RJ or A-ABORT closes; the other waits for that under ARTIM.",
)  # fmt: skip
SECOND_RQ = SUBJECT.rule(
    "second-rq", "error", "PS3.8 9.1.1",
    "A second A-ASSOCIATE-RQ comes on one connection.",
    "Open a new TCP connection for each association.",
)  # fmt: skip
STATE = SUBJECT.rule(
    "state", "error", "PS3.8 Table 9-10",
    "A PDU was sent in a state that does not allow it.",
    "See which PDU its sender did not wait for.",
)  # fmt: skip
RELEASE_BY_ACCEPTOR = SUBJECT.rule(
    "release-by-acceptor", "error", "PS3.7 A.5",
    "The acceptor releases the association, which only the requestor may.",
    "Let the acceptor wait for the release, or abort.",
)  # fmt: skip
RELEASE_COLLISION = SUBJECT.rule(
    "release-collision", "info", "PS3.8 7.2.2.7",
    "Both sides ask for release at the same time.",
    "None is needed: the standard tells both what to do. It takes an acceptor that releases, though.",
)  # fmt: skip
DATA_AFTER_RELEASE = SUBJECT.rule(
    "data-after-release", "error", "PS3.8 7.2.2.1",
    "A side sends data after it has asked for release.",
    "Send A-RELEASE-RQ only once everything is sent.",
)  # fmt: skip

REQUESTS = re.compile(rb"\x01\x04*\x05?")
ANSWERS = re.compile(rb"\x03?|\x02\x04*\x06?")
"""What the two sides of an association send that nothing is wrong with, by PDU type, but for an A-ABORT."""
SILENCE = 10_000_000_000
"""Nanoseconds after which a silence is long."""
MARGIN = 5_000_000_000
"""Nanoseconds that the capture has to go on before a connection counts as left open."""
ACSE, USER = 2, 1
AE_REASONS = {3: (26, "calling"), 7: (10, "called")}


def _pdu_span(association: Association, side: int, pdu: Pdu) -> Span:
    return Span(association.framers[side].direction.pieces, pdu.start, pdu.stop - pdu.start)


def _last(association: Association, side: int, kind: int) -> Pdu | None:
    number = association.kinds(side).rfind(kind)
    return None if number < 0 else association.pdu(side, number)


def rejected(association: Association) -> Iterator[Finding]:
    rejection = association.rejection
    if rejection is None:
        return
    side = association.acceptor_side
    pdu = _last(association, side, A_ASSOCIATE_RJ)
    span = _pdu_span(association, side, pdu) if pdu else None
    result, source, reason = rejection
    if source == USER and reason in AE_REASONS:
        start, which = AE_REASONS[reason]
        request = association.request_pdu
        title = b""
        if request is not None:
            pieces = association.framers[association.requestor_side].direction.pieces
            title = pieces.read(request.start + start, request.start + start + 16)
        text = f"The acceptor does not know the {which} AE title {title.decode('latin-1')!r}.{_doubt(title)}"
        asked = _pdu_link(association, association.requestor_side, request)
        yield RJ_AE.found(text, span, links=asked)
    elif source == 3 and reason in REJECT_REASONS[3]:
        yield RJ_LIMIT.found(f"Rejected: {reject_text(*rejection)}.", span)
    else:
        yield REJECTED.found(f"Rejected: {reject_text(*rejection)}.", span)
    request_ = association.request
    if (result, source, reason) == (1, ACSE, 1) and request_ is not None and request_.identity is not None:
        text = "Rejected without a reason, to a request with a user identity: likely that was refused."
        yield RJ_USER.found(text, span)
    if result not in (1, 2) or reason not in REJECT_REASONS.get(source, {}):
        text = f"Result {result}, source {source} and reason {reason} do not go together in the table."
        yield RJ_VALUE.found(text, span)


def _doubt(title: bytes) -> str:
    """What about an AE title makes it easily another than was meant."""
    if b"\0" in title:
        return " It has NUL bytes, which are no padding."
    if title.startswith(b" "):
        return " It begins with spaces, which count to some acceptors."
    return " It has lower case letters; case counts." if title != title.upper() else ""


def _pdu_link(association: Association, side: int, pdu: Pdu | None) -> tuple[Link, ...]:
    return (Link(pdu.type_name, _pdu_span(association, side, pdu)),) if pdu is not None else ()


def aborted(association: Association) -> Iterator[Finding]:
    abort = association.abort
    if abort is None:
        return
    pdu = _last(association, abort.side, A_ABORT)
    span = _pdu_span(association, abort.side, pdu) if pdu else None
    by = association.side_name(abort.side)
    text = f"Aborted by the {by}: {abort_text(abort.source, abort.reason)}."
    before = [m for m in association.messages[-2:] if pdu is not None and m.first_record < pdu.record]
    yield ABORTED.found(text, span, links=links(*before[-1:]))
    if abort.source not in ABORT_SOURCES or (abort.source == 2 and abort.reason not in ABORT_REASONS):
        text = f"Source {abort.source} with reason {abort.reason} is not in the table."
        yield ABORT_VALUE.found(text, span)
    elif abort.source == 0 and abort.reason:
        yield ABORT_REASON.found(f"The {by} aborts as a user, and gives reason {abort.reason}.", span)
    if pdu is not None:
        yield from _silence(association, pdu.first_record, f"The {by} aborts", span, abort.side)


def dropped(association: Association) -> Iterator[Finding]:
    closed = association.stream.closed
    if closed is None or association.superseded or association.outcome != "closed":
        return
    reset = association.stream.reset
    who = "The connection is closed" if reset is None else f"The {association.side_name(reset)} resets it"
    yield from _silence(association, closed, who, None, reset)


def _silence(
    association: Association, record: int, what: str, span: Span | None, side: int | None
) -> Iterator[Finding]:
    """Whether nothing was said for long before `record`: no byte, for a PDU may take its time."""
    if association.lacks(0) or association.lacks(1):
        return
    latest = [_latest(framer.direction.records, record) for framer in association.framers]
    speaker = int(latest[1] > latest[0])
    before = latest[speaker]
    if before < 0:
        return
    silence = association.time(record) - association.time(before)
    if silence < SILENCE:
        return
    whose = "its peer did not go on" if speaker == side else "it had the last word to answer"
    if side is None:
        whose = f"the {association.side_name(speaker)} spoke last"
    text = f"{what} after {silence / 1e9:.1f} s of silence, likely because a timer ran out: {whose}."
    yield IDLE_ABORT.found(text, span)


def _latest(records: Numbers, record: int) -> int:
    """The last of `records` before a record; -1 where there is none."""
    return next(
        (each for each in map(records.__getitem__, range(len(records) - 1, -1, -1)) if each < record), -1
    )


def left_open(association: Association) -> Iterator[Finding]:
    stream = association.stream
    if stream.closed is not None or association.superseded:
        return
    if association.outcome not in ("released", "rejected", "aborted"):
        return
    if any(direction.fin is not None for direction in stream.directions):
        return
    waited = association.time(association.source.records - 1) - association.end
    if waited >= MARGIN:
        text = f"It was {association.outcome}; {waited / 1e9:.0f} s later its connection is open."
        yield NO_CLOSE.found(text)


def second_request(association: Association) -> Iterator[Finding]:
    pdu = association.request_pdu
    if pdu is not None and association.follows_another:
        direction = association.framers[association.requestor_side].direction
        if not pdu.start and direction.isn is None:
            return  # what came before it may be the answer, read sooner where packets were lost
        text = "Another A-ASSOCIATE-RQ on a connection that has carried an association already."
        yield SECOND_RQ.found(text, Span(direction.pieces, pdu.start, 6))


def sequence(association: Association) -> Iterator[Finding]:
    """Whether each PDU came when it was due."""
    if _regular(association):
        return
    requestor, acceptor = association.requestor_side, association.acceptor_side
    if association.lacks(0) or association.lacks(1):
        return  # what was lost may explain what came
    released = [_last(association, side, A_RELEASE_RQ) for side in (0, 1)]
    by_acceptor = released[acceptor]
    if by_acceptor is not None:
        span = _pdu_span(association, acceptor, by_acceptor)
        if released[requestor] is not None:
            text = "Both sides ask for release at the same time."
            other = _pdu_link(association, requestor, released[requestor])
            yield RELEASE_COLLISION.found(text, span, links=other)
        yield RELEASE_BY_ACCEPTOR.found("The acceptor asks for release, which is up to the requestor.", span)
    late = set()
    for side in (0, 1):
        kinds = association.kinds(side)
        asked = kinds.find(A_RELEASE_RQ)
        data = kinds.find(P_DATA_TF, asked) if asked >= 0 else -1
        if data >= 0:
            late.add(side)
            text = f"The {association.side_name(side)} sends a P-DATA-TF after its A-RELEASE-RQ."
            span = _pdu_span(association, side, association.pdu(side, data))
            release = _pdu_link(association, side, association.pdu(side, asked))
            yield DATA_AFTER_RELEASE.found(text, span, links=release)
    from dissect.dicom.states import impossible  # deferred: its tables take 0.35 s to load

    for stuck in impossible(association):
        if stuck.side in late and stuck.pdu.kind == P_DATA_TF:
            continue
        who = association.side_name(stuck.side)
        text = (
            f"The {who} sends {stuck.pdu.type_name} in state {stuck.state} ({stuck.state_name}), where"
            f" {stuck.event} ({stuck.event_name}) cannot happen."
        )
        yield STATE.found(text, _pdu_span(association, stuck.side, stuck.pdu))


def _regular(association: Association) -> bool:
    """Whether the PDUs come in the order they come in almost always; looks at few of them."""
    requestor, acceptor = association.requestor_side, association.acceptor_side
    asked = association.kinds(requestor).rstrip(b"\x07")
    answered = association.kinds(acceptor).rstrip(b"\x07")
    if not REQUESTS.fullmatch(asked) or not ANSWERS.fullmatch(answered):
        return False
    if len(asked) == 1:
        return answered[-1:] != b"\x06"
    accept = association.accept_pdu
    if accept is None or association.pdu_record(requestor, 1) < accept.record:
        return False
    if answered[-1:] != b"\x06":
        return True
    reply = association.release_record
    released = association.pdu_record(requestor, len(asked) - 1)
    return asked[-1] == A_RELEASE_RQ and reply is not None and released <= reply


RULES = (rejected, aborted, dropped, left_open, second_request, sequence)
