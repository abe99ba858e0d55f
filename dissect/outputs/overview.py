"""What stands above and below the fields of an association: who and when, negotiation table, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.negotiation import Proposal, Roles
from dissect.outputs import words
from dissect.outputs.clock import date
from dissect.outputs.places import Places
from dissect.outputs.words import Look, clean, plural, span_of_time


def overview(capture: str, association: Association, look: Look, *, local: bool) -> Iterator[str]:
    """Who with whom, when, and what came of it."""
    yield look.paint(f"Association {association.index} of {clean(capture)}", "bold") + "\n"
    requestor, acceptor = association.requestor_side, association.acceptor_side
    calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
    yield (
        f"  {look.paint(calling, 'bold')} {words.endpoint(association, requestor)} {look.right} "
        f"{look.paint(called, 'bold')} {words.endpoint(association, acceptor)}\n"
    )
    outcome = association.outcome
    ended = look.paint(words.outcome_words(association, outcome), words.OUTCOME_COLOURS[outcome])
    took = span_of_time(association.end - association.start, look.micro)
    parts = [date(association.start, local=local), took, words.contexts_words(association)]
    parts.append(plural(len(association.messages), "message"))
    yield f"  {', '.join([*parts, ended])}\n"
    for name, proposal in (("requestor", association.request), ("acceptor", association.accept)):
        if proposal is not None:
            yield f"  {name:<9}  {_implementation(proposal)}\n"


def _implementation(proposal: Proposal) -> str:
    """The program, and how much it takes at a time."""
    named = [clean(each) for each in (proposal.version_name, proposal.class_uid) if each]
    parts = [" ".join(named) or "implementation not named"]
    if proposal.maximum_length is not None:
        limit = proposal.maximum_length
        parts.append(f"PDUs of at most {limit:,} bytes" if limit else "PDUs of any length")
    if proposal.asynchronous is not None:
        invoked, performed = (str(number) if number else "any number" for number in proposal.asynchronous)
        parts.append(f"operations at a time: {invoked} invoked, {performed} performed")
    return ", ".join(parts)


def contexts_table(association: Association, look: Look) -> Iterator[str]:
    """The negotiation table: proposed, accepted, used."""
    contexts = association.negotiation
    if not contexts:
        return
    used = Counter(message.context_id for message in association.messages)
    cells = [_cells(context, used[context.id]) for context in contexts]
    titles = ("id", "answer", "abstract syntax", "transfer syntax", "messages", "")
    widths = [max(len(row[column]) for row in (titles, *cells)) for column in range(5)]
    yield "\n" + look.paint("Presentation contexts", "bold") + "\n"
    for number, row in enumerate((titles, *cells)):
        identity, answer, abstract, transfer, messages, rest = row
        answer = f"{answer:<{widths[1]}}"
        if number:
            answer = look.paint(answer, "green" if contexts[number - 1].accepted else "red")
        line = (
            f"  {identity:>{widths[0]}}  {answer}  {abstract:<{widths[2]}}  "
            f"{transfer:<{widths[3]}}  {messages:>{widths[4]}}"
        )
        if rest:
            line += f"\n{'':>{widths[0] + 4}}{look.paint(rest, 'dim')}"
        yield (line if number else look.paint(line, "dim")) + "\n"


def _cells(context: PresentationContext, used: int) -> tuple[str, str, str, str, str, str]:
    if context.inferred:
        answer = "inferred"
    elif context.result is None:
        answer = "no answer"
    else:
        answer = tables.context_result_text(context.result)
    rest = []
    others = [_name(uid) for uid in context.proposed if uid != context.transfer_syntax]
    if others:
        rest.append(f"{'also ' if context.transfer_syntax else ''}proposed: {', '.join(others)}")
    for side, roles in (("requestor", context.requestor_roles), ("acceptor", context.acceptor_roles)):
        if roles is not None:
            rest.append(f"{side} roles: {_roles(roles)}")
    if context.inferred:
        rest.append(clean(context.inferred))
    return (
        str(context.id),
        answer,
        _name(context.abstract_syntax) if context.abstract_syntax else "?",
        _name(context.transfer_syntax) if context.transfer_syntax else "",
        str(used) if used else "unused",
        "; ".join(rest),
    )


def _name(uid: str) -> str:
    return clean(tables.uid_name(uid) or uid)


def _roles(roles: Roles) -> str:
    return " and ".join(name for name, has in (("SCU", roles.scu), ("SCP", roles.scp)) if has) or "none"


def findings_table(
    association: Association, places: Places, look: Look, messages: set[int] | None
) -> Iterator[str]:
    """What is worth telling; with `messages`, only of those."""
    lines = []
    for finding in association.findings:
        place = places.of(finding)
        if messages is not None and place.message not in messages:
            continue
        severity = look.paint(f"{finding.severity:<7}", words.SEVERITY_COLOURS[finding.severity])
        numbers = (("frame", place.frame), ("message", place.message))
        where = [f"{name} {number}" for name, number in numbers if number]
        clause = f"  {look.paint(f'[{finding.clause}]', 'dim')}" if finding.clause else ""
        at = f"{', '.join(where)}: " if where else ""
        lines.append(f"  {severity}  {at}{clean(finding.text)} ({finding.rule}){clause}\n")
    if lines:
        yield "\n" + look.paint("Findings", "bold") + "\n"
        yield from lines
