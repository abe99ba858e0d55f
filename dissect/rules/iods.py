"""Rules about data sets and their IOD (PS3.3), as the dicom-validator library judges them by an edition.

They run where somebody asks for it, and has the library: `check --validate`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pydicom.config import disable_value_validation

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.dataset import DataSet, Element
from dissect.editions import Edition, quiet
from dissect.findings import Finding, Severity
from dissect.pieces import Span
from dissect.rules.datasets import in_capture
from dissect.rules.declaration import Rule, Subject
from dissect.rules.readable import PIXELS, Readable

if TYPE_CHECKING:
    from dicom_validator.validator.validation_result import TagError, ValidationResult
    from pydicom.dataset import Dataset

SUBJECT = Subject("data sets and their IOD, with check --validate")

IOD_MISSING = SUBJECT.rule(
    "iod-missing", "error", "PS3.5 7.4.1",
    "An attribute that the IOD requires (type 1 or 2) is not in the data set.",
    "Send it: of type 2 it may be empty, of type 1 it has a value.",
)  # fmt: skip
IOD_EMPTY = SUBJECT.rule(
    "iod-empty", "error", "PS3.5 7.4.1",
    "An attribute of type 1 has no value.",
    "Send a value; where there is none, the IOD does not fit the object.",
)  # fmt: skip
IOD_ENUM = SUBJECT.rule(
    "iod-enum", "error", "PS3.5 6.3",
    "A value is not among the enumerated values of its attribute.",
    "Use one of the enumerated values; unlike defined terms they cannot be added to, but by a later edition.",
)  # fmt: skip
IOD_VALUE = SUBJECT.rule(
    "iod-value", "error", "PS3.5 6.2",
    "A value is none that its VR allows.",
    "Write the value as its VR says.",
)  # fmt: skip
IOD_SEQUENCE = SUBJECT.rule(
    "iod-sequence", "error", "PS3.5 7.5",
    "An attribute that is a sequence in the IOD is none in the data set.",
    "Send it as a sequence of items, VR SQ.",
)  # fmt: skip
IOD_NOT_ALLOWED = SUBJECT.rule(
    "iod-not-allowed", "warning", "PS3.5 7.4.2",
    "An attribute is there that the IOD likely does not allow here: conditions are read by a program.",
    "Compare with the condition in the module.",
)  # fmt: skip
IOD_UNEXPECTED = SUBJECT.rule(
    "iod-unexpected", "info", "",
    "An attribute is in no module of the IOD, which a Standard Extended SOP Class may have.",
    "None is needed; private attributes would show that it is an extension.",
)  # fmt: skip
IOD_UNJUDGED = SUBJECT.rule(
    "iod-unjudged", "info", "",
    "A data set is not judged by its IOD, or not all of it.",
    "Where its SOP class is newer than the edition, name a later one with --edition.",
)  # fmt: skip

C_STORE = 0x0001
MOST = 20
"""Findings of one data set that are told, the worst."""
GROUPS = (0x52009229, 0x52009230)
"""Shared and Per-frame Functional Groups Sequence; what is missing in one may be in the other."""
LISTED, LONG = 12, 64
"""How many enumerated values are listed, and of a value how many characters are shown."""


class _Kind(NamedTuple):
    rule: Rule
    what: str


_KINDS = {
    "TagMissing": _Kind(IOD_MISSING, "is missing"),
    "TagEmpty": _Kind(IOD_EMPTY, "is empty"),
    "TagUnexpected": _Kind(IOD_UNEXPECTED, "is in no module of the IOD"),
    "TagNotAllowed": _Kind(IOD_NOT_ALLOWED, "is likely not allowed here"),
    "EnumValueNotAllowed": _Kind(IOD_ENUM, "has a value that is not enumerated"),
    "InvalidValue": _Kind(IOD_VALUE, "has a value that its VR does not allow"),
    "InvalidSequence": _Kind(IOD_SEQUENCE, "is no sequence"),
}


class _Judged(NamedTuple):
    """A finding before it is known whether it will be told; a place is sought for those that are."""

    finding: Finding
    path: Sequence[int] = ()
    error: TagError | None = None


_WORST = ("error", "warning", "info")


def judge_iods(association: Association, edition: Edition) -> list[Finding]:
    """What the composite objects of an association lack or hold against their IOD."""
    found = []
    for message in association.messages:
        command = message.command_set
        if command is None or command.field != C_STORE or message.damage:
            continue
        data_set = association.data_set(message)
        if data_set is None or not _is_read(data_set):
            continue  # other rules tell it, and what is missing would only follow from that
        judged = sorted(_judge(data_set, command.sop_class, edition), key=_order)
        if len(judged) > MOST:
            text = f"There are {len(judged) - MOST} more findings about the data set and its IOD."
            judged[MOST:] = [_Judged(IOD_UNJUDGED.found(text))]
        found += [in_capture(_placed(each, data_set), data_set) for each in judged]
    return found


def _order(judged: _Judged) -> tuple[bool, int]:
    """What is not judged, then the worst."""
    return judged.finding.rule != IOD_UNJUDGED.id, _WORST.index(judged.finding.severity)


def _is_read(data_set: DataSet) -> bool:
    """Whether it has elements, and they could be read: cut pixel data tells nothing about those before it."""
    head = [element for element in data_set.elements if element.tag >> 16 != PIXELS]
    return bool(head) and not any(element.unread or element.truncated for element in head)


def _judge(data_set: DataSet, named: str | None, edition: Edition) -> Iterator[_Judged]:
    """`named`: the SOP class in the command set, by which a data set is judged that names none itself."""
    readable = Readable(data_set)
    with quiet(), disable_value_validation(), warnings.catch_warnings(action="ignore"):
        read = readable.to_pydicom()
    sop_class = read.get("SOPClassUID")
    if not isinstance(sop_class, str) or not sop_class:
        sop_class = named or ""
        if "SOPClassUID" not in read:
            text = (
                "(0008,0016) SOP Class UID is missing; by the one of the command set the data set is judged."
            )
            yield _Judged(IOD_MISSING.found(text, clause="PS3.3 C.12.1"))
        read.SOPClassUID = sop_class
    iod = edition.info.iods.get(sop_class)
    if iod is None:
        name = tables.sop_class_name(sop_class) if sop_class else "that is not named"
        text = (
            f"Edition {edition.name} has no IOD of the SOP class {name}: the data set is not judged by one."
        )
        yield _Judged(IOD_UNJUDGED.found(text))
        return
    try:
        result = _validated(read, edition)
    except Exception as trouble:  # the library takes values for what they should be, and raises anything
        text = (
            f"The data set cannot be judged by its IOD: {type(trouble).__name__} in the library ({trouble})."
        )
        yield _Judged(IOD_UNJUDGED.found(text, severity="warning"))
        return
    if readable.left_out:
        text = f"Of long sequences only the first items are judged: {readable.left_out} are not."
        yield _Judged(IOD_UNJUDGED.found(text))
    modules = iod["group_macros"] | iod["modules"]
    told: dict[tuple[str, str], _Judged] = {}  # several modules may say the same of an attribute
    for module, errors in result.module_errors.items():
        used = modules.get(module, {})
        for tag, error in sorted(errors.items(), key=lambda row: str(row[0])):
            path = [*(int(each) for each in tag.parents or ()), int(tag.tag)]
            finding = _finding(path, error, module, used, edition)
            if finding is not None:
                judged = _Judged(finding, path, error)
                key = (finding.rule, str(tag))
                told[key] = min(told.get(key, judged), judged, key=_order)
    yield from told.values()


def _validated(read: Dataset, edition: Edition) -> ValidationResult:
    from dicom_validator.validator.error_handler import NullValidationResultHandler
    from dicom_validator.validator.iod_validator import IODValidator

    with quiet(), disable_value_validation(), warnings.catch_warnings(action="ignore"):
        return IODValidator(read, edition.info, error_handler=NullValidationResultHandler()).validate()


def _finding(
    path: list[int], error: TagError, module: str, used: dict[str, str], edition: Edition
) -> Finding | None:
    """`used`: the module's table and usage in the IOD; nothing for what is in no module."""
    kind = _KINDS.get(error.code.name)
    if kind is None or (kind.rule is IOD_UNEXPECTED and _is_anywhere(path[-1])):
        return None
    context = error.context or {}
    if kind.rule is IOD_ENUM and _is_number_among(context.get("value"), context.get("allowed", ())):
        return None
    names = " > ".join(f"({t >> 16:04X},{t & 0xFFFF:04X}) {tables.tag_name(t) or ''}".strip() for t in path)
    type_ = getattr(error.type, "value", error.type)
    what = kind.what
    if kind.rule is IOD_UNEXPECTED and path[:-1]:
        what = "has no place in its sequence"
    elif kind.rule is IOD_MISSING and path[0] in GROUPS and len(path) == 2:
        what = "is missing, and in the other functional groups as well"
    severity: Severity | None = None
    more = told = ""
    if kind.rule is IOD_ENUM:
        more = f": {_shown(context.get('value'))} is none of {_listed(context.get('allowed', ()))}"
        if edition.bundled:
            severity = "warning"
            more += f", to which editions after {edition.name} may have added"
    elif kind.rule is IOD_VALUE:
        more = f": {_shown(context.get('value'))}, VR {context.get('VR')}"
    elif kind.rule in (IOD_MISSING, IOD_EMPTY) and type_ in ("1", "2", "1C", "2C"):
        told = f", type {type_}"
        if kind.rule is IOD_MISSING and type_.endswith("C"):
            severity = "warning"
            more = ", likely against its condition, which a program has read"
        elif kind.rule is IOD_MISSING and len(path) == 1 and used.get("use", "M")[0] != "M":
            severity = "warning"
            more = ", likely: its module is not mandatory, but seems to be used"
    where = f" (module {module}{told})" if used else ""
    clause = f"PS3.3 {used['ref']}" if used else ""
    return kind.rule.found(f"{names} {what}{more}{where}.", severity=severity, clause=clause)


def _is_anywhere(tag: int) -> bool:
    """Group lengths, which any data set may have (PS3.5 7.2); and overlays but the first, which the library
    does not know to be repeated.
    """
    return tag & 0xFFFF == 0 or 0x6000 < tag >> 16 <= 0x60FF


def _is_number_among(value: object, allowed: Sequence[object]) -> bool:
    """Whether it is enumerated but for how it is written: the library compares decimal strings as text."""
    try:
        return float(str(value)) in [float(str(each)) for each in allowed]
    except ValueError:
        return False


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONG else f"{text[:LONG]}..."


def _listed(allowed: Sequence[object]) -> str:
    more = f" and {len(allowed) - LISTED} more" if len(allowed) > LISTED else ""
    return ", ".join(map(str, allowed[:LISTED])) + more


def _placed(judged: _Judged, data_set: DataSet) -> Finding:
    """The finding with the element that is wrong; where none is there with the item that lacks it."""
    whole = Span(data_set.source, data_set.start, data_set.stop - data_set.start)
    if judged.error is None:
        return replace(judged.finding, span=whole)
    return replace(judged.finding, span=_place(data_set.elements, whole, judged.path, judged.error))


def _place(elements: list[Element], whole: Span, path: Sequence[int], error: TagError) -> Span:
    *parents, tag = path
    within = [(elements, whole)]
    for parent in parents:
        sequences = [each for inside, _ in within for each in inside if each.tag == parent]
        items = [(item.elements, item.span) for sequence in sequences for item in sequence.items or ()]
        if not items:
            return sequences[0].span if sequences else within[0][1]
        within = items
    if error.code.name == "TagMissing":
        lacking = (span for inside, span in within if all(each.tag != tag for each in inside))
        return next(lacking, within[0][1])
    there = [each for inside, _ in within for each in inside if each.tag == tag]
    if not there:
        return within[0][1]
    return next((each for each in there if _is_wrong(each, error)), there[0]).span


def _is_wrong(element: Element, error: TagError) -> bool:
    """Whether it is this one of several elements: the library tells the tags of the items around, no more."""
    if error.code.name == "TagEmpty":
        return element.closing == element.value_start
    value = (error.context or {}).get("value")
    return not isinstance(value, str) or value.encode("ascii", "ignore") in element.value_span.read()
