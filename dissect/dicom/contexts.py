"""Presentation contexts as both sides see them: the negotiation table (PS3.8 7.1.1.13, 7.1.1.14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dissect.dicom.messages import Message
from dissect.dicom.negotiation import Context, Proposal, Roles

ACCEPTED = 0
TRIES = 16
"""Data sets of a context that are looked at for its transfer syntax."""


@dataclass(slots=True)
class PresentationContext:
    """One presentation context as both sides see it; a row of the negotiation table."""

    id: int
    abstract_syntax: str | None
    proposed: tuple[str, ...]
    result: int | None
    """None where no A-ASSOCIATE-AC named it."""
    transfer_syntax: str | None
    """The accepted one."""
    requestor_roles: Roles | None
    """Roles the requestor asked for; None where it sent no role selection for the SOP class."""
    acceptor_roles: Roles | None
    inferred: str = ""
    """Why its syntaxes are a guess; empty where they were negotiated."""

    @property
    def accepted(self) -> bool:
        return self.result == ACCEPTED


def negotiate(request: Proposal | None, accept: Proposal | None) -> list[PresentationContext]:
    answers = {answer.id: answer for answer in accept.contexts} if accept else {}
    asked, given = request.roles if request else {}, accept.roles if accept else {}
    table = []
    for proposed in request.contexts if request else ():
        answer, sop_class = answers.get(proposed.id), proposed.abstract_syntax
        table.append(
            PresentationContext(
                proposed.id,
                sop_class or None,
                proposed.transfer_syntaxes,
                answer.result if answer else None,
                _accepted_syntax(answer),
                asked.get(sop_class),
                given.get(sop_class),
            )
        )
    known = {context.id for context in table}
    why = "" if request else "its proposal was not captured"
    table += [
        PresentationContext(answer.id, None, (), answer.result, _accepted_syntax(answer), None, None, why)
        for answer in answers.values()
        if answer.id not in known
    ]
    return table


def infer(context_id: int, messages: Iterable[Message]) -> PresentationContext:
    """A context that messages use and no captured PDU names, from what its messages look like."""
    sop_class = syntax = None
    why, tries = "its negotiation was not captured", TRIES
    for message in messages:
        if message.context_id != context_id:
            continue
        if not sop_class and message.command_set is not None:
            sop_class = message.command_set.sop_class
        if not syntax and tries and message.has_data_set and not message.damage:
            from dissect.dicom.elements import guess_syntax  # deferred: most captures hold the negotiation

            tries -= 1
            syntax, looks = guess_syntax(message.data_bytes())
            why = f"{why}; {looks}" if syntax else why
        if sop_class and syntax:
            break
    return PresentationContext(context_id, sop_class, (), None, syntax, None, None, why)


def _accepted_syntax(answer: Context | None) -> str | None:
    if answer is None or answer.result != ACCEPTED or not answer.transfer_syntaxes:
        return None
    return answer.transfer_syntaxes[0]
