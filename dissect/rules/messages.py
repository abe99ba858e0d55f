"""Rules about messages: their contexts, data sets and roles (PS3.7 9, 10, Annex D; PS3.8 7.6, Annex E)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dissect.dicom.associations import Association
from dissect.dicom.commands import AFFECTED_SOP_CLASS, REQUESTED_SOP_CLASS, CommandSet
from dissect.dicom.contexts import ACCEPTED
from dissect.dicom.messages import MISSING, NEXT_MESSAGE, UNENDED, WENT_ON, Message
from dissect.dicom.recognition import A_ABORT, A_RELEASE_RQ
from dissect.dicom.tables import sop_class_name, uid_type
from dissect.findings import Finding, Link, Severity
from dissect.pieces import Span
from dissect.rules.declaration import Subject

SUBJECT = Subject("messages")

CTX_NOT_ACCEPTED = SUBJECT.rule(
    "ctx-not-accepted", "error", "PS3.8 7.6.1",
    "A message comes in a presentation context that was not accepted.",
    "Look at the acceptor's answers before choosing a context, and give up where there is none.",
)  # fmt: skip
CTX_WRONG_SOP = SUBJECT.rule(
    "ctx-wrong-sop", "error", "PS3.7 D.3.2",
    "A message is about another SOP class than its presentation context was negotiated for.",
    "Send it in the context of its own SOP class, or in that of the Meta SOP class it belongs to.",
)  # fmt: skip
NO_DATASET = SUBJECT.rule(
    "no-dataset", "error", "PS3.7 E.1",
    "(0000,0800) says whether a data set follows, and what follows is not that.",
    "Send 0101H where there is no data set, any other value where there is one.",
)  # fmt: skip
NO_LAST = SUBJECT.rule(
    "no-last", "error", "PS3.8 E.2",
    "A command set or data set breaks off: its last fragment never comes.",
    "Set the last fragment bit in the last PDV of the command set, and in that of the data set.",
)  # fmt: skip
ROLE = SUBJECT.rule(
    "role", "error", "PS3.7 D.3.3.4",
    "A request comes from the side that does not have the role for it.",
    "Negotiate the role with sub-item 54H: without it the requestor is SCU and the acceptor SCP.",
)  # fmt: skip
GET_ROLE = SUBJECT.rule(
    "get-role", "error", "PS3.4 C.5.3",
    "A C-GET was asked for, but the requestor is SCP of no storage class, so nothing can come back.",
    "Propose role selection (54H) with SCP role 1 for each storage class, and see that it is accepted.",
)  # fmt: skip

NOTHING_SENT = SUBJECT.rule(
    "nothing-sent", "warning", "PS3.7 D.3.2",
    "The association was accepted, but its requestor sends nothing and ends it: likely a presentation context"
    " that it needs was refused.",
    "See which contexts were refused, and enable their SOP classes and transfer syntaxes at the acceptor.",
)  # fmt: skip

C_STORE, C_GET, N_EVENT_REPORT, C_CANCEL = 0x0001, 0x0010, 0x0100, 0x0FFF
UPS = "1.2.840.10008.5.1.4.34.6."
"""UPS messages name the Push SOP class whatever was negotiated (PS3.4 CC.3.1)."""


SERVICES = {
    0x0001: "9.{}.1", 0x0020: "9.{}.2", 0x0010: "9.{}.3", 0x0021: "9.{}.4", 0x0030: "9.{}.5",
    0x0100: "10.{}.1", 0x0110: "10.{}.2", 0x0120: "10.{}.3", 0x0130: "10.{}.4", 0x0140: "10.{}.5",
    0x0150: "10.{}.6",
}  # fmt: skip
"""Where PS3.7 has the service (1) and the protocol (3) of each operation."""


def service_clause(field: int | None, part: int, paragraph: str = "") -> str:
    """The clause of PS3.7 about an operation; empty for what is none."""
    service = SERVICES.get((field or 0) & 0x7FFF)
    return f"PS3.7 {service.format(part)}{paragraph}" if service else ""


def links(*messages: Message | None) -> tuple[Link, ...]:
    """Links to other messages, named by their commands."""
    return tuple(Link(each.command or "message", each.span) for each in messages if each is not None)


def answer_link(association: Association) -> tuple[Link, ...]:
    """A link to the A-ASSOCIATE-AC."""
    pdu, side = association.accept_pdu, association.acceptor_side
    if pdu is None:
        return ()
    pieces = association.framers[side].direction.pieces
    return (Link("A-ASSOCIATE-AC", Span(pieces, pdu.start, pdu.stop - pdu.start)),)


def contexts(association: Association) -> Iterator[Finding]:
    """Messages in contexts that were not accepted, or are for something else."""
    request, accept = association.request, association.accept
    if request is None or accept is None or request.cut or accept.cut:
        return
    told: set[tuple[int, str | None]] = set()
    seen: set[tuple[int, object]] = set()
    for message in association.messages:
        command = message.command_set
        if (message.context_id, command) in seen:
            continue
        seen.add((message.context_id, command))
        context = association.context(message.context_id)
        if context is None or not context.accepted:
            if (message.context_id, None) not in told:
                told.add((message.context_id, None))
                what = (
                    "was not accepted" if context is not None and context.proposed else "was never proposed"
                )
                name = message.command or "message"
                text = f"A {name} in presentation context {message.context_id}, which {what}."
                yield CTX_NOT_ACCEPTED.found(text, message.span, links=answer_link(association))
            continue
        if command is None or message.damage or command.field == C_CANCEL:
            continue
        sop_class = _named(command)
        if sop_class is None or sop_class == context.abstract_syntax or context.abstract_syntax is None:
            continue
        if (message.context_id, sop_class) not in told and not _covers(
            association, context.abstract_syntax, sop_class
        ):
            told.add((message.context_id, sop_class))
            text = (
                f"A {message.command} about {sop_class_name(sop_class)} in context {message.context_id},"
                f" which is for {sop_class_name(context.abstract_syntax)}."
            )
            place = command.place(AFFECTED_SOP_CLASS) or command.place(REQUESTED_SOP_CLASS)
            start, length = (place.start, 8 + place.length) if place else (0, len(command.data))
            yield CTX_WRONG_SOP.found(text, Span(message.command_bytes(), start, length))


@lru_cache(maxsize=4096)
def _named(command: CommandSet) -> str | None:
    """The SOP class a command names; equal commands are one object, and most come again."""
    return command.sop_class


def _covers(association: Association, abstract_syntax: str, sop_class: str) -> bool:
    """Whether a context may carry another SOP class than it names."""
    if uid_type(abstract_syntax) == "Meta SOP Class":
        return True
    if abstract_syntax.startswith(UPS) and sop_class.startswith(UPS):
        return True
    request = association.request
    return request is not None and any(
        each.sop_class == sop_class and abstract_syntax in each.related for each in request.common_extended
    )


def nothing_sent(association: Association) -> Iterator[Finding]:
    """Associations that were set up for nothing, or that found out so."""
    request, accept = association.request, association.accept
    if association.messages or request is None or accept is None or request.cut or accept.cut:
        return
    side = association.requestor_side
    kinds = association.kinds(side)
    last = kinds[-1] if kinds else 0
    if association.abort is not None and association.abort.side != side:
        return
    if last not in (A_RELEASE_RQ, A_ABORT) or association.gaps(side):
        return
    refused = [context for context in accept.contexts if context.result != ACCEPTED]
    if len(refused) == len(accept.contexts):
        return  # no-context has told
    pdu = association.pdu(side, len(kinds) - 1)
    span = Span(association.framers[side].direction.pieces, pdu.start, pdu.stop - pdu.start)
    how = "releases" if last == A_RELEASE_RQ else "aborts"
    if refused:
        named = {context.id: context.abstract_syntax for context in request.contexts}
        names = sorted({sop_class_name(named.get(context.id) or "?") for context in refused})
        text = f"The requestor sends nothing and {how}: likely it needs what was refused, {', '.join(names)}."
        yield NOTHING_SENT.found(text, span, links=answer_link(association))
    else:
        text = f"The requestor sends nothing and {how}, though all its presentation contexts were accepted."
        yield NOTHING_SENT.found(text, span, severity="info", links=answer_link(association))


def data_set_as_announced(association: Association) -> Iterator[Finding]:
    latest: dict[int, int] | None = None
    severity: Severity
    for message in association.messages:
        command = message.command_set
        if message.damage == UNENDED or (
            command is None and message.command_runs and message.damage != MISSING
        ):
            whose = f"the {message.command}" if command else "a message"
            severity = "error" if message.damage in (UNENDED, NEXT_MESSAGE, WENT_ON) else "warning"
            text = f"The command set of {whose} breaks off: {message.damage}."
            yield NO_LAST.found(text, message.span, severity=severity)
            continue
        if command is None or message.data_ended == command.announces_data_set:
            continue
        if message.damage == MISSING:
            continue  # bytes-missing has told
        if message.has_data_set and not command.announces_data_set:
            text = f"The {message.command} says that no data set follows; one does."
            yield NO_DATASET.found(text, message.span)
            continue
        if latest is None:
            latest = {each.side: each.start for each in sorted(association.messages, key=lambda m: m.start)}
        rule, what = (NO_LAST, "breaks off") if message.has_data_set else (NO_DATASET, "never came")
        # where its sender went on it meant to send no more; otherwise something else came between
        went_on = message.damage == WENT_ON or latest[message.side] > message.start
        severity = "error" if went_on else "warning"
        text = f"The data set of the {message.command} {what}: {message.damage}."
        yield rule.found(text, message.span, severity=severity)


def roles(association: Association) -> Iterator[Finding]:
    """Requests of a side that is SCU, or SCP, of nothing like that."""
    request, accept = association.request, association.accept
    if request is None or accept is None or request.cut or accept.cut:
        return
    told: set[tuple[int, int, int | None]] = set()
    requestor = association.requestor_side
    for message in association.messages:
        command = message.command_set
        field = command.field if command is not None else None
        if field is None or field & 0x8000 or field == C_CANCEL:
            continue
        if field == C_GET and message.side == requestor and (0, 0, field) not in told:
            told.add((0, 0, field))
            if not _stores(association):
                text = "A C-GET-RQ, but no storage class was agreed on with the SCP role for the requestor."
                yield GET_ROLE.found(text, message.span, links=answer_link(association))
        if (message.side == requestor) == (field != N_EVENT_REPORT):
            continue  # what is so unless something else was agreed on
        key = (message.side, message.context_id, field)
        context = association.context(message.context_id)
        if key in told or context is None or not context.accepted:
            continue
        told.add(key)
        asked, given = context.requestor_roles, context.acceptor_roles
        if asked is None or given is None or not (asked.scp and given.scp):
            who = association.side_name(message.side)
            role = "SCP" if field == N_EVENT_REPORT else "SCU"
            text = (
                f"A {message.command} from the {who}, which is not {role} in context {message.context_id}:"
                " the SCP role for the requestor was not agreed on."
            )
            yield ROLE.found(text, message.span, links=answer_link(association))


def _stores(association: Association) -> bool:
    """Whether the requestor may receive C-STOREs of any kind."""
    for context in association.negotiation:
        asked, given = context.requestor_roles, context.acceptor_roles
        if context.accepted and asked and given and asked.scp and given.scp:
            return True
    return False


def place_of(message: Message, element: int) -> Span:
    """An element of a message's command set; all of that where it is not there."""
    command = message.command_set
    place = command.place(element) if command is not None else None
    if place is None:
        return message.span
    return Span(message.command_bytes(), place.start, 8 + place.length)


RULES = (contexts, nothing_sent, data_set_as_announced, roles)
