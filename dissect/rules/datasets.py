"""Rules about data sets: what reading them finds, and how they fit their command (PS3.5; PS3.7 9, 10).

These read whole data sets, so they run where somebody asks for a check, not for a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dissect.dicom.commands import CommandSet
from dissect.dicom.dataset import DataSet, Element
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.dicom.tables import status_category
from dissect.dicom.values import value_findings, value_text
from dissect.findings import Finding, Link
from dissect.pieces import Span
from dissect.rules.declaration import Subject
from dissect.rules.dictionary import against_dictionary

SUBJECT = Subject("data sets")

STORE_UID = SUBJECT.rule(
    "store-uid", "error", "PS3.7 9.1.1.1.4",
    "The C-STORE-RQ names another SOP class or instance than its data set.",
    "Take both UIDs of the command from the object itself, also where it was coerced.",
)  # fmt: skip
N_SOP_UID = SUBJECT.rule(
    "n-sop-uid", "error", "PS3.4 5.4.2.3",
    "The data set of a DIMSE-N message holds (0008,0016) or (0008,0018); the command set has them already.",
    "Leave SOP Class UID and SOP Instance UID out of the data set.",
)  # fmt: skip
UID_LONG = SUBJECT.rule(
    "uid-long", "error", "PS3.5 9.1",
    "A UID in a data set is longer than 64 characters, or is none.",
    "Check what makes the UIDs.",
)  # fmt: skip
NEW_VR = SUBJECT.rule(
    "new-vr", "info", "PS3.5 6.2",
    "A data set uses a VR that older peers do not know (UC, UR, OD, OL, OV, SV, UV).",
    "A peer that takes its length for one of 16 bits fails on it: send such a peer implicit VR.",
)  # fmt: skip

SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018
NEWER = ("UC", "UR", "OD", "OL", "OV", "SV", "UV")
IDENTIFIERS = (0x0010, 0x0020, 0x0021)
C_STORE, N_COMMANDS = 0x0001, range(0x0100, 0x0160)
MOST = 5
"""Findings of one rule in one data set that are told."""


def value_of(data_set: DataSet, tag: int) -> str | None:
    """The text of an element of the top level; None where it is not there."""
    element = data_set.get(tag)
    return None if element is None else value_text(element, data_set)


def _elements(elements: list[Element]) -> Iterator[Element]:
    for element in elements:
        yield element
        for item in element.items or ():
            yield from _elements(item.elements)


def refused_early(exchange: Exchange) -> bool:
    """Whether a request failed before its data set was complete: then its sender may break that off."""
    request, final = exchange.request, exchange.final
    return (
        request is not None
        and final is not None
        and final.status is not None
        and final.first_record < request.record
        and status_category(final.status) == "Failure"
    )


def judge_data_set(message: Message, data_set: DataSet, *, refused: bool = False) -> Iterator[Finding]:
    """What is wrong with one data set; `refused`: its sender had been told already that it is not wanted."""
    told: Counter[str] = Counter()
    if message.damage:  # it is known not to be whole: only what of it was not captured is worth telling
        holes = [finding for finding in data_set.findings if finding.rule == "dataset-hole"]
        yield from holes[:MOST]
        return
    for finding in (*data_set.findings, *value_findings(data_set)):
        told[finding.rule] += 1
        finding = in_capture(finding, data_set)
        if told[finding.rule] > MOST:
            continue
        if refused and finding.rule == "dataset-truncated":
            text = f"{finding.text} Its sender broke it off when the request had failed, which is allowed."
            yield replace(finding, severity="info", text=text, clause="PS3.7 9.3.1.3")
        else:
            yield finding
    command = message.command_set
    if command is not None and command.field is not None:
        if command.field == C_STORE:
            yield from _as_named(message, command, data_set)
        elif command.field & 0x7FFF in N_COMMANDS:
            for tag in (SOP_CLASS, SOP_INSTANCE):
                element = data_set.get(tag)
                if element is not None:
                    text = f"The data set of the {message.command} holds {element.label} {element.name}."
                    yield N_SOP_UID.found(text, element.span)
    yield from _uids_and_vrs(data_set)
    lists = command is not None and command.field is not None and command.field & 0x7FFF in IDENTIFIERS
    for element in _elements(data_set.elements):
        for finding in against_dictionary(element, data_set, lists=lists):
            told[finding.rule] += 1
            if told[finding.rule] <= MOST:
                yield finding


def in_capture(finding: Finding, data_set: DataSet) -> Finding:
    """The finding; where its bytes came out of inflating, with those in the capture."""
    if data_set.deflated is None or not finding.span or finding.span.source is not data_set.source:
        return finding
    return replace(finding, links=(Link("deflated data set", data_set.deflated),))


def _as_named(message: Message, command: CommandSet, data_set: DataSet) -> Iterator[Finding]:
    for tag, named, clause in (
        (SOP_CLASS, command.sop_class, "PS3.7 9.1.1.1.3"),
        (SOP_INSTANCE, command.sop_instance, "PS3.7 9.1.1.1.4"),
    ):
        element = data_set.get(tag)
        if element is None or named is None:
            continue
        said = value_text(element, data_set)
        if said != named:
            text = f"The command says {named}, {element.label} {element.name} of its data set {said}."
            links = (Link("the command set", Span(message.command_bytes(), 0, len(command.data))),)
            yield STORE_UID.found(text, element.value_span, clause=clause, links=links)


def _uids_and_vrs(data_set: DataSet) -> Iterator[Finding]:
    newer: dict[str, Element] = {}
    wrong: list[Element] = []
    for element in _elements(data_set.elements):
        if element.explicit and element.vr in NEWER:
            newer.setdefault(element.vr, element)
        elif element.vr == "UI" and not element.hole:
            raw = element.value_span.read() if element.closing - element.value_start < 1 << 14 else b""
            uids = raw.rstrip(b"\0 ").split(b"\\")
            if any(len(uid) > 64 or uid.strip(b"0123456789. \0") for uid in uids):
                wrong.append(element)
    for element in wrong[:MOST]:
        text = f"{element.label} {element.name} is no UID, or too long for one."
        yield UID_LONG.found(text, element.value_span)
    for vr, element in newer.items():
        text = f"{element.label} {element.name} has VR {vr}, which older peers do not know."
        yield NEW_VR.found(text, element.span)
