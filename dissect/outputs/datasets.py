"""Elements of a data set in DICOM JSON (PS3.18 Annex F), through pydicom."""

from __future__ import annotations

import warnings
from typing import Any

from pydicom import Dataset

from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.pieces import Span


def elements(message: Message) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The elements by tag, and a finding for each that cannot be told so; its place holds null."""
    findings: list[Finding] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom doubts on stderr; our own findings speak of values
        dataset = message.dataset()
        found = None if dataset is None else _elements(dataset, message, findings)
    return found, findings


def _elements(dataset: Dataset, message: Message, findings: list[Finding]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in sorted(dataset.keys()):
        name = f"{tag:08X}"
        try:
            element = dataset[tag]
            if element.VR == "SQ":
                items = [_elements(item, message, findings) for item in element.value]
                found[name] = {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
            else:
                found[name] = element.to_json_dict(None, 0)
        except Exception as error:  # whatever a value makes pydicom raise costs this element and no other
            found[name] = None
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            text = f"({name[:4]},{name[4:]}) cannot be told in DICOM JSON: {reason}"
            data = message.data_bytes()
            findings.append(Finding("element-json", "warning", text, Span(data, 0, len(data)), "PS3.18 F.2"))
    return found
