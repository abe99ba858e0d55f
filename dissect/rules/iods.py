"""Rules about data sets and their IOD (PS3.3), as the dicom-validator library judges them by an edition.

They run where somebody asks for it, and has the library and an edition of the standard: `check --validate`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.convert import to_pydicom
from dissect.dicom.dataset import DataSet, Element
from dissect.editions import quiet
from dissect.findings import Finding, Severity
from dissect.pieces import Span
from dissect.rules.declaration import Rule, Subject

if TYPE_CHECKING:
    from dicom_validator.validator.dicom_info import DicomInfo
    from dicom_validator.validator.validation_result import DicomTag, TagError

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
    "Use one of the enumerated values; unlike defined terms they cannot be added to.",
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

C_STORE = 0x0001
PIXELS = 0x7FE00000
"""Tags from here on are not judged by the library, and are not read for it."""
MOST = 20
"""Findings of one data set that are told."""


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


def judge_iods(association: Association, info: DicomInfo) -> list[Finding]:
    """What the composite objects of an association lack or hold against their IOD."""
    found = []
    for message in association.messages:
        command = message.command_set
        if command is None or command.field != C_STORE or message.damage:
            continue
        data_set = association.data_set(message)
        if data_set is not None and data_set.elements:
            found += list(_judge(data_set, info))[:MOST]
    return found


def _judge(data_set: DataSet, info: DicomInfo) -> Iterator[Finding]:
    from dicom_validator.validator.error_handler import NullValidationResultHandler
    from dicom_validator.validator.iod_validator import IODValidator
    from pydicom.config import disable_value_validation

    head = [element for element in data_set.elements if element.unread or element.tag < PIXELS]
    handler = NullValidationResultHandler()
    try:
        with quiet(), disable_value_validation(), warnings.catch_warnings(action="ignore"):
            read = to_pydicom(replace(data_set, elements=head))
            result = IODValidator(read, info, error_handler=handler).validate()
    except Exception as trouble:  # the library takes values for what they should be, and raises anything
        text = (
            f"The data set cannot be judged by its IOD: {type(trouble).__name__} in the library ({trouble})."
        )
        yield IOD_VALUE.found(text, _span(data_set, []), severity="warning")
        return
    iod = info.iods.get(result.sop_class_uid or "", {})
    modules = iod.get("modules", {})
    for module, errors in result.module_errors.items():
        reference = modules.get(module, {}).get("ref", "")
        for tag, error in sorted(errors.items(), key=lambda row: str(row[0])):
            finding = _finding(data_set, tag, error, module, reference)
            if finding is not None:
                yield finding


def _finding(
    data_set: DataSet, tag: DicomTag, error: TagError, module: str, reference: str
) -> Finding | None:
    kind = _KINDS.get(error.code.name)
    if kind is None:
        return None
    path = [*(int(each) for each in tag.parents or ()), int(tag.tag)]
    names = " > ".join(f"({t >> 16:04X},{t & 0xFFFF:04X}) {tables.tag_name(t) or ''}".strip() for t in path)
    type_ = getattr(error.type, "value", error.type)
    context = error.context or {}
    more = ""
    if kind.rule is IOD_ENUM:
        allowed = ", ".join(map(str, context.get("allowed", ())))
        more = f": {context.get('value')!r} is none of {allowed}"
    elif kind.rule is IOD_VALUE:
        more = f": {context.get('value')!r}, VR {context.get('VR')}"
    severity: Severity | None = None
    told = (
        f", type {type_}" if kind.rule in (IOD_MISSING, IOD_EMPTY) and type_ in ("1", "2", "1C", "2C") else ""
    )
    if kind.rule is IOD_MISSING and type_.endswith("C"):
        severity = "warning"
        more = ", likely against its condition, which a program has read"
    where = f" (module {module}{told})" if reference else ""
    text = f"{names} {kind.what}{more}{where}."
    clause = f"PS3.3 {reference}" if reference else ""
    return kind.rule.found(text, _span(data_set, path), severity=severity, clause=clause)


def _span(data_set: DataSet, path: list[int]) -> Span:
    """The element, else the nearest sequence around it that is there, else the data set."""
    elements, span = data_set.elements, Span(data_set.source, data_set.start, data_set.stop - data_set.start)
    for tag in path:
        element: Element | None = next((each for each in elements if each.tag == tag), None)
        if element is None:
            break
        span = element.span
        elements = [inner for item in element.items or () for inner in item.elements]
    return span
