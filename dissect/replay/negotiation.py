"""Setting up the live association as the recorded one was (PS3.8 9.3.2 to 9.3.4, PS3.7 Annex D.3)."""

from __future__ import annotations

from typing import NamedTuple

from dissect.dicom.associations import Association
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.framing import Pdu
from dissect.dicom.negotiation import Context, Proposal
from dissect.dicom.tables import sop_class_name, transfer_syntax
from dissect.layers import (
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    AbstractSyntaxItem,
    ApplicationContextItem,
    AsynchronousOperationsWindowSubItem,
    ExtendedNegotiationSubItem,
    ImplementationClassUIDSubItem,
    ImplementationVersionNameSubItem,
    Item,
    MaximumLengthSubItem,
    PresentationContextItemAC,
    PresentationContextItemRQ,
    RoleSelectionSubItem,
    TransferSyntaxItem,
    UserIdentitySubItemAC,
    UserInformationItem,
)
from dissect.peer.verification import CLASS_UID
from dissect.replay.names import CannotSendError, NotPlayableError

ACCEPTED, NO_ABSTRACT_SYNTAX, NO_TRANSFER_SYNTAX = 0, 3, 4
CALLED, CALLING = slice(10, 26), slice(26, 42)
"""Where the AE titles lie in an A-ASSOCIATE-RQ (PS3.8 Table 9-11)."""
IMPLICIT = "1.2.840.10008.1.2"
OUR_LENGTH = 16384
"""Longest P-DATA-TF that pduscope takes where no recorded PDU says how long."""


class Agreed(NamedTuple):
    """A presentation context that the live acceptor accepted."""

    id: int
    abstract_syntax: str | None
    transfer_syntax: str


def request(association: Association, calling: str | None, called: str | None) -> bytes:
    """The A-ASSOCIATE-RQ as it was recorded, with these AE titles in place of those.

    Raises NotPlayableError where the proposal was not captured and cannot be guessed from the messages.
    """
    recorded = _bytes(association, association.requestor_side, association.request_pdu, association.request)
    if recorded is None:
        return _invented(association, calling, called)
    pdu = bytearray(recorded)
    if called is not None:
        pdu[CALLED] = called.encode("ascii").ljust(16)
    if calling is not None:
        pdu[CALLING] = calling.encode("ascii").ljust(16)
    return bytes(pdu)


def _bytes(association: Association, side: int, pdu: Pdu | None, proposal: Proposal | None) -> bytes | None:
    """The bytes of an A-ASSOCIATE PDU; None where not all of them were captured."""
    if pdu is None or proposal is None or proposal.cut or pdu.stop < pdu.start + 6 + pdu.length:
        return None
    return association.framers[side].direction.pieces.read(pdu.start, pdu.stop)


def _invented(association: Association, calling: str | None, called: str | None) -> bytes:
    """A proposal of the contexts that the recorded messages used, as far as they tell."""
    items = []
    for context in association.negotiation:
        if not context.abstract_syntax:
            continue
        syntaxes = [context.transfer_syntax] if context.transfer_syntax else [IMPLICIT]
        names: list[Item] = [AbstractSyntaxItem(abstract_syntax_name=context.abstract_syntax)]
        names += [TransferSyntaxItem(transfer_syntax_name=uid) for uid in syntaxes]
        items.append(PresentationContextItemRQ(presentation_context_id=context.id, items=names))
    if not items:
        raise NotPlayableError("its negotiation was not captured, and no message tells what it was about")
    return bytes(
        A_ASSOCIATE_RQ(
            called_ae_title=called or association.called_ae or "ANY-SCP",
            calling_ae_title=calling or association.calling_ae or "PDUSCOPE",
            items=[
                ApplicationContextItem(),
                *items,
                UserInformationItem(
                    items=[
                        MaximumLengthSubItem(maximum_length_received=OUR_LENGTH),
                        ImplementationClassUIDSubItem(implementation_class_uid=CLASS_UID),
                    ]
                ),
            ],
        )
    )


def accepted(proposed: Proposal, answer: Proposal) -> list[Agreed]:
    """The contexts that an A-ASSOCIATE-AC accepts of those proposed."""
    abstract = {context.id: context.abstract_syntax for context in proposed.contexts}
    return [
        Agreed(each.id, abstract.get(each.id), each.transfer_syntaxes[0])
        for each in answer.contexts
        if each.result == ACCEPTED and each.transfer_syntaxes
    ]


def rejection(association: Association) -> bytes | None:
    """The A-ASSOCIATE-RJ of the recorded acceptor; None where it did not reject."""
    if association.rejection is None:
        return None
    result, source, reason = association.rejection
    return bytes(A_ASSOCIATE_RJ(result=result, source=source, reason=reason))


def acceptance(association: Association, live: Proposal, pdu: bytes) -> bytes:
    """The A-ASSOCIATE-AC to a live A-ASSOCIATE-RQ: contexts are answered as like ones were when recorded."""
    recorded = association.accept or Proposal()
    order = {context.id: number for number, context in enumerate(recorded.contexts)}
    answers = []
    for context in sorted(live.contexts, key=lambda each: order.get(each.id, len(order))):
        result, syntax = _answer(association, context)
        answers.append(
            PresentationContextItemAC(
                presentation_context_id=context.id,
                result=result,
                items=[TransferSyntaxItem(transfer_syntax_name=syntax)],
            )
        )
    return bytes(
        A_ASSOCIATE_AC(
            called_ae_title=pdu[CALLED],
            calling_ae_title=pdu[CALLING],
            reserved3=pdu[42:74],
            items=[
                ApplicationContextItem(),
                *answers,
                UserInformationItem(items=_user_items(recorded, live)),
            ],
        )
    )


def _answer(association: Association, live: Context) -> tuple[int, str]:
    """Result and transfer syntax for a context of the live requestor."""
    like = [each for each in association.negotiation if each.abstract_syntax == live.abstract_syntax]
    offered = live.transfer_syntaxes
    nothing = offered[0] if offered else IMPLICIT
    if not like:
        return NO_ABSTRACT_SYNTAX, nothing
    like.sort(key=lambda each: each.proposed != offered)  # stable: the one most like it, else the first
    agreed = [each for each in like if each.accepted or each.inferred]
    if not agreed or (like[0].proposed == offered and not (like[0].accepted or like[0].inferred)):
        return like[0].result or NO_ABSTRACT_SYNTAX, nothing
    for each in agreed:
        if each.transfer_syntax in offered:
            return ACCEPTED, each.transfer_syntax
    native = [uid for uid in offered if is_native(uid)]
    return (ACCEPTED, native[0]) if native else (NO_TRANSFER_SYNTAX, nothing)


def is_native(uid: str | None) -> bool:
    """Whether a transfer syntax leaves Pixel Data as it is: data sets can be had in any other such one."""
    if uid is None:
        return False
    syntax = transfer_syntax(uid)
    return syntax.known and not syntax.encapsulated


def _user_items(recorded: Proposal, live: Proposal) -> list[Item]:
    """What the recorded acceptor said of itself, and its answers to what the live requestor asks too."""
    length = OUR_LENGTH if recorded.maximum_length is None else recorded.maximum_length
    class_uid = recorded.class_uid or CLASS_UID
    items: list[Item] = [
        MaximumLengthSubItem(maximum_length_received=length),
        ImplementationClassUIDSubItem(implementation_class_uid=class_uid),
    ]
    if recorded.asynchronous and live.asynchronous:
        # in an answer at most what was offered, where 0 is any number (PS3.7 D.3.3.3)
        invoked, performed = (
            min(one or 1 << 16, other or 1 << 16) % (1 << 16)
            for one, other in zip(recorded.asynchronous, live.asynchronous, strict=True)
        )
        items.append(
            AsynchronousOperationsWindowSubItem(
                maximum_number_operations_invoked=invoked, maximum_number_operations_performed=performed
            )
        )
    for uid, roles in live.roles.items():
        granted = recorded.roles.get(uid)
        if granted:
            items.append(
                RoleSelectionSubItem(
                    sop_class_uid=uid,
                    scu_role=int(granted.scu and roles.scu),
                    scp_role=int(granted.scp and roles.scp),
                )
            )
    if recorded.version_name:
        items.append(
            ImplementationVersionNameSubItem(
                implementation_version_name=recorded.version_name.encode("latin-1")
            )
        )
    items += [
        ExtendedNegotiationSubItem(sop_class_uid=uid, service_class_application_information=options)
        for uid, options in recorded.extended.items()
        if uid in live.extended
    ]
    if recorded.identity_response is not None and live.identity and live.identity.wants_response:
        items.append(UserIdentitySubItemAC(server_response=recorded.identity_response))
    order = [item.kind for item in recorded.user_items]
    items.sort(key=lambda item: order.index(item.item_type) if item.item_type in order else len(order))
    return items


def choose(recorded: PresentationContext | None, agreed: list[Agreed], *, converts: bool) -> Agreed:
    """The live context for a message of a recorded one.

    One with the same transfer syntax comes first; then, where there is a data set to be had in another one
    (`converts`), one in which Pixel Data is not compressed. Raises CannotSendError.
    """
    if recorded is None:
        raise CannotSendError("its presentation context is not known")
    name = sop_class_name(recorded.abstract_syntax) if recorded.abstract_syntax else f"context {recorded.id}"
    like = [
        each
        for each in agreed
        if each.abstract_syntax == recorded.abstract_syntax
        or (recorded.abstract_syntax is None and each.id == recorded.id)
    ]
    if not like:
        raise CannotSendError(f"the peer accepted no presentation context for {name}")
    wanted = recorded.transfer_syntax
    like.sort(key=lambda each: (each.transfer_syntax != wanted, each.id != recorded.id))
    if like[0].transfer_syntax == wanted or not converts:
        return like[0]
    if is_native(wanted):
        for each in like:
            if is_native(each.transfer_syntax):
                return each
    raise CannotSendError(
        f"the peer accepted {name} only in {transfer_syntax(like[0].transfer_syntax).name}, "
        f"which {transfer_syntax(wanted).name if wanted else 'what was recorded'} cannot become without loss"
    )
