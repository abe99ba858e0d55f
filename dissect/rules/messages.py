"""Rules about DIMSE messages (PS3.7 6.3.1, 9, 10, Annex E)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet
from dissect.dicom.messages import WENT_ON, Message
from dissect.findings import Finding, Severity
from dissect.pieces import Span

GROUP_LENGTH = 0x0000


def _element_span(message: Message, command: CommandSet, element: int) -> Span:
    place = command.place(element)
    if place is None:
        return Span(message.command_bytes(), 0, len(command.data))
    return Span(message.command_bytes(), place.start, 8 + place.length)


def command_group_length(association: Association) -> Iterator[Finding]:
    for message in association.messages:
        command = message.command_set
        if command is None or not command.places or message.damage:
            continue
        first = command.places[0]
        if (first.group, first.element, first.length) != (0, GROUP_LENGTH, 4):
            text = f"The {message.command or 'command'} does not begin with its group length (0000,0000)."
            yield Finding(
                "cmd-len", "error", text, _element_span(message, command, GROUP_LENGTH), "PS3.7 6.3.1"
            )
            continue
        said, there = int.from_bytes(command.data[8:12], "little"), len(command.data) - 12
        if said != there:
            text = f"The command group length of the {message.command} says {said}; {there} bytes follow."
            yield Finding(
                "cmd-len", "error", text, _element_span(message, command, GROUP_LENGTH), "PS3.7 E.1"
            )


def damaged_command(association: Association) -> Iterator[Finding]:
    for message in association.messages:
        command = message.command_set
        if command is not None and command.damage is not None and not message.damage:
            span = Span(message.command_bytes(), command.damage, len(command.data) - command.damage)
            text = f"The command set makes no sense from its byte {command.damage} on."
            yield Finding("cmd-damaged", "error", text, span, "PS3.7 6.3.1")


def context_not_accepted(association: Association) -> Iterator[Finding]:
    request, accept, told = association.request, association.accept, set()
    if request is None or accept is None or request.cut or accept.cut:
        return
    for message in association.messages:
        context = association.context(message.context_id)
        if message.context_id in told or (context is not None and context.accepted):
            continue
        told.add(message.context_id)
        what = "was not accepted" if context is not None and context.proposed else "was never proposed"
        text = f"A {message.command or 'message'} in presentation context {message.context_id}, which {what}."
        yield Finding("ctx-not-accepted", "error", text, message.span, "PS3.8 7.6.1")


def data_set_as_announced(association: Association) -> Iterator[Finding]:
    latest = {message.side: message.start for message in sorted(association.messages, key=lambda m: m.start)}
    for message in association.messages:
        command = message.command_set
        if command is None or message.data_ended == command.announces_data_set:
            continue
        if message.has_data_set and not command.announces_data_set:
            text = f"The {message.command} says that no data set follows; one does."
            yield Finding("no-dataset", "error", text, message.span, "PS3.7 E.1")
            continue
        rule, what = ("no-last", "breaks off") if message.has_data_set else ("no-dataset", "never came")
        # where its sender went on it meant to send no more; otherwise something else came between
        went_on = message.damage == WENT_ON or latest[message.side] > message.start
        severity: Severity = "error" if went_on else "warning"
        text = f"The data set of the {message.command} {what}: {message.damage}."
        yield Finding(rule, severity, text, message.span, "PS3.8 E.2")


def early_success(association: Association) -> Iterator[Finding]:
    for exchange in association.exchanges:
        request, final = exchange.request, exchange.final
        if request is None or request.command_set is None or final is None or final.status is None:
            continue
        if not request.command_set.announces_data_set or not _succeeds(final.status):
            continue
        if association.gaps(request.side):
            continue  # what seems to come late may have been lost by the capture
        if not request.data_ended or request.record > final.record:
            text = f"The {final.command} says it worked before the request's data set was complete."
            yield Finding("early-success", "error", text, final.span, "PS3.7 9.1.1.2")


def _succeeds(status: int) -> bool:
    """Success and warnings (PS3.7 Annex C.1, C.4)."""
    return status in (0x0000, 0x0001, 0x0107, 0x0116) or status >> 12 == 0xB


RULES = (command_group_length, damaged_command, context_not_accepted, data_set_as_announced, early_success)
