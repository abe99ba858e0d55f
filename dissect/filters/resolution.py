"""Names looked up: which field is meant, or what else may have been."""

from __future__ import annotations

from dissect.filters.errors import FilterError, suggestion
from dissect.filters.field import Field
from dissect.filters.fields import FIELDS
from dissect.filters.grammar import Name

_BY_NAME = {field.name: field for field in FIELDS if not field.family}
_FAMILIES = {field.name.removesuffix("*"): field for field in FIELDS if field.family}
WIRESHARK = {
    "frame.number": "frame",
    "frame.time": "time",
    "frame.time_relative": "time.relative",
    "ip.addr": "address",
    "ip.src": "requestor.address",
    "ip.dst": "acceptor.address",
    "ipv6.addr": "address",
    "tcp.port": "port",
    "tcp.srcport": "requestor.port",
    "tcp.dstport": "acceptor.port",
    "tcp.stream": "association",
    "dicom.pdu.type": "pdu.type",
    "dicom.pdu.len": "pdu.length",
    "dicom.assoc.ae.called": "called_ae",
    "dicom.assoc.ae.calling": "calling_ae",
    "dicom.assoc.reject.reason": "rejection.reason",
    "dicom.assoc.abort.reason": "abort.reason",
    "dicom.actx": "application_context",
    "dicom.pctx.id": "context.id",
    "dicom.pctx.result": "context.result",
    "dicom.pctx.abss.syntax": "context.abstract_syntax",
    "dicom.pctx.xfer.syntax": "context.transfer_syntax",
    "dicom.max_pdu_len": "max_pdu_length.requestor",
    "dicom.tag": "dataset",
}
"""What people who come from Wireshark look for, and how it is called here."""


def is_field(text: str) -> bool:
    return text in _BY_NAME


def resolve(name: Name) -> Field:
    """The field that is meant by a name."""
    field = _BY_NAME.get(name.text)
    if field is not None:
        return field
    if name.text.startswith("("):  # a bare tag is one of a data set
        length = len("dataset.")
        name = Name("dataset." + name.text, name.column - length)
    for prefix, family in _FAMILIES.items():
        if name.text.startswith(prefix) and family.family:
            found = family.family(name)
            text = found.text + "."
            return Field(name.text, found.kind, text, name.text, family.cost, found.values, found.exists)
    raise FilterError(f"no field '{name.text}'{_meant(name.text)}", name.column, name.length)


def _meant(text: str) -> str:
    alike = WIRESHARK.get(text) or next((name for name in _BY_NAME if name.lower() == text.lower()), None)
    if alike:
        return f"; did you mean {alike}?"
    if text[:1].isupper():
        from pydicom.datadict import tag_for_keyword  # deferred: 0.25 s

        tag = tag_for_keyword(text.split(".")[0])
        if tag is not None:
            return f"; did you mean {'dataset' if tag >> 16 else 'command_set'}.{text}?"
    inside = [name for name in _BY_NAME if name.startswith(f"{text}.")]
    if inside:
        return f"; there are {', '.join(inside)}"
    return suggestion(text, [*_BY_NAME, "dataset", "command_set"])
