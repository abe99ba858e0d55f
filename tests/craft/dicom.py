"""PDUs, items, command sets and data elements from `struct`, right or wrong as the caller wishes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"  # Study Root Query/Retrieve, as are the next two
MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
GET = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST = "1.2.840.10008.5.1.4.31"

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"  # Baseline, Process 1
PRIVATE_SYNTAX = "1.2.826.0.1.3680043.10.999.1"

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
IMPLEMENTATION = "1.2.826.0.1.3680043.10.999.2"

Value = int | str | bytes | Sequence[int]
"""What a command element can be given as; bytes go out as they are."""

# The command dictionary, PS3.7 Table E.1-1: element number in group 0000 and VR.
COMMAND_ELEMENTS: Mapping[str, tuple[int, str]] = {
    "CommandGroupLength": (0x0000, "UL"),
    "AffectedSOPClassUID": (0x0002, "UI"),
    "RequestedSOPClassUID": (0x0003, "UI"),
    "CommandField": (0x0100, "US"),
    "MessageID": (0x0110, "US"),
    "MessageIDBeingRespondedTo": (0x0120, "US"),
    "MoveDestination": (0x0600, "AE"),
    "Priority": (0x0700, "US"),
    "CommandDataSetType": (0x0800, "US"),
    "Status": (0x0900, "US"),
    "OffendingElement": (0x0901, "AT"),
    "ErrorComment": (0x0902, "LO"),
    "ErrorID": (0x0903, "US"),
    "AffectedSOPInstanceUID": (0x1000, "UI"),
    "RequestedSOPInstanceUID": (0x1001, "UI"),
    "EventTypeID": (0x1002, "US"),
    "AttributeIdentifierList": (0x1005, "AT"),
    "ActionTypeID": (0x1008, "US"),
    "NumberOfRemainingSuboperations": (0x1020, "US"),
    "NumberOfCompletedSuboperations": (0x1021, "US"),
    "NumberOfFailedSuboperations": (0x1022, "US"),
    "NumberOfWarningSuboperations": (0x1023, "US"),
    "MoveOriginatorApplicationEntityTitle": (0x1030, "AE"),
    "MoveOriginatorMessageID": (0x1031, "US"),
}


def pdu(kind: int, body: bytes = b"\0\0\0\0", *, length: int | None = None) -> bytes:
    """A PDU (PS3.8 9.3.1). The default body is that of A-RELEASE; `length` lies about the body's."""
    return struct.pack(">BBI", kind, 0, len(body) if length is None else length) + body


def pdv(context: int, header: int, data: bytes) -> bytes:
    """A presentation data value item (PS3.8 Table 9-23). Header: 1 command, 2 last, so 3 ends a command."""
    return struct.pack(">IBB", len(data) + 2, context, header) + data


def p_data(*pdvs: bytes) -> bytes:
    """A P-DATA-TF PDU of these PDVs."""
    return pdu(0x04, b"".join(pdvs))


def item(kind: int, body: bytes | str) -> bytes:
    """An item or sub-item of an A-ASSOCIATE PDU. A UID goes out unpadded, PS3.8 Annex F."""
    data = body.encode("ascii") if isinstance(body, str) else body
    return struct.pack(">BBH", kind, 0, len(data)) + data


def user_information(maximum: int | None, extra: bytes, *, version_name: str = "CRAFT") -> bytes:
    """Item 50H: 51H (left out for None), 52H and 55H, then `extra` sub-items as they are."""
    length = b"" if maximum is None else item(0x51, struct.pack(">I", maximum))
    return item(0x50, length + item(0x52, IMPLEMENTATION) + item(0x55, version_name) + extra)


def _associate(kind: int, calling: str, called: str, version: int, items: Iterable[bytes]) -> bytes:
    titles = called.encode("latin-1").ljust(16)[:16] + calling.encode("latin-1").ljust(16)[:16]
    return pdu(kind, struct.pack(">HH", version, 0) + titles + bytes(32) + b"".join(items))


def associate_rq(
    calling: str,
    called: str,
    contexts: Iterable[tuple[int, str, Sequence[str]]],
    *,
    maximum: int | None = 16384,
    extra: bytes = b"",
    version: int = 1,
    application_context: str = APPLICATION_CONTEXT,
) -> bytes:
    """An A-ASSOCIATE-RQ; `contexts` are (id, abstract syntax, transfer syntaxes)."""
    items = [item(0x10, application_context)]
    for identifier, abstract, transfers in contexts:
        syntaxes = item(0x30, abstract) + b"".join(item(0x40, transfer) for transfer in transfers)
        items.append(item(0x20, bytes((identifier, 0, 0, 0)) + syntaxes))
    items.append(user_information(maximum, extra))
    return _associate(0x01, calling, called, version, items)


def associate_ac(
    calling: str,
    called: str,
    results: Iterable[tuple[int, str | int]],
    *,
    maximum: int | None = 16384,
    extra: bytes = b"",
    version: int = 1,
    application_context: str = APPLICATION_CONTEXT,
) -> bytes:
    """An A-ASSOCIATE-AC; `results` are (id, the transfer syntax accepted, or the number of a refusal)."""
    items = [item(0x10, application_context)]
    for identifier, answer in results:
        result = answer if isinstance(answer, int) else 0
        syntax = IMPLICIT if isinstance(answer, int) else answer
        items.append(item(0x21, bytes((identifier, 0, result, 0)) + item(0x40, syntax)))
    items.append(user_information(maximum, extra))
    return _associate(0x02, calling, called, version, items)


def associate_rj(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ, PS3.8 Table 9-21."""
    return pdu(0x03, bytes((0, result, source, reason)))


def abort(source: int, reason: int) -> bytes:
    """An A-ABORT, PS3.8 Table 9-26."""
    return pdu(0x07, bytes((0, 0, source, reason)))


def element(number: int, value: bytes, *, group: int = 0x0000) -> bytes:
    """An implicit VR little endian element with this value as it is."""
    return struct.pack("<HHI", group, number, len(value)) + value


def command_set(**keywords: Value) -> bytes:
    """A command set, PS3.7 6.3.1: implicit VR little endian, ascending tags, group length first.

    The group length is worked out unless CommandGroupLength is given (wrong on purpose).
    """
    rows = sorted((*COMMAND_ELEMENTS[keyword], value) for keyword, value in keywords.items())
    rest = b"".join(element(number, _value(vr, value)) for number, vr, value in rows if number)
    length = keywords.get("CommandGroupLength", len(rest))
    return element(0x0000, _value("UL", length)) + rest


def _value(vr: str, value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        padding = b"\0" if vr == "UI" else b" "
        return value.encode("ascii") + padding * (len(value) % 2)
    numbers = [value] if isinstance(value, int) else list(value)
    if vr == "AT":
        return b"".join(struct.pack("<HH", number >> 16, number & 0xFFFF) for number in numbers)
    return struct.pack(f"<{len(numbers)}{'I' if vr == 'UL' else 'H'}", *numbers)


# VRs whose length takes 16 bits, PS3.5 Table 7.1-2.
SHORT_LENGTH = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO"}
    | {"LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
)


def implicit(tag: int, value: bytes) -> bytes:
    """A data element in implicit VR little endian, tag written 0x00100010."""
    return element(tag & 0xFFFF, value, group=tag >> 16)


def explicit(tag: int, vr: str, value: bytes, *, length: int | None = None, order: str = "<") -> bytes:
    """A data element with explicit VR; `length` lies about the value's."""
    size = len(value) if length is None else length
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF) + vr.encode("ascii")
    if vr in SHORT_LENGTH:
        return head + struct.pack(order + "H", size) + value
    return head + struct.pack(order + "HI", 0, size) + value
