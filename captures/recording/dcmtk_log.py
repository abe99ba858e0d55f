"""Read the debug logs (-d) of DCMTK's tools: which messages they sent and received."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .truth import Association, Message, Side

_FIELD = re.compile(r"^\w: (?P<name>[A-Z][\w ]*?) *: (?P<value>.*)$")
# echoscu does not dump its messages as the others do.
_ECHO_REQUEST = re.compile(r"Sending Echo Request \(MsgID (\d+)\)")
_REASONS = {
    ("Service User", "No Reason"): (1, 1),
    ("Service User", "App Context Name Not Supported"): (1, 2),
    ("Service User", "Calling AE Title Not Recognized"): (1, 3),
    ("Service User", "Called AE Title Not Recognized"): (1, 7),
    ("Service Provider (ACSE Related)", "No Reason"): (2, 1),
    ("Service Provider (ACSE Related)", "Protocol Version Not Supported"): (2, 2),
    ("Service Provider (Presentation Related)", "Temporary Congestion"): (3, 1),
    ("Service Provider (Presentation Related)", "Local Limit Exceeded"): (3, 2),
}  # PS3.8 Table 9-21
_ENDINGS = {
    "Releasing Association": "we release",
    "Association Release": "they release",
    "Association Released": "they release",
    "Aborting Association": "we abort",
    "Aborting Association (forced via command line)": "we abort",
    "Association Aborted": "they abort",
    "Peer Aborted Association": "they abort",
    "Peer aborted Association": "they abort",
}


def associations(log: str, side: Side) -> list[Association]:
    """The associations in the log of the peer that plays `side`, in the log's order."""
    found: list[Association] = []
    lines = iter(log.splitlines())
    for line in lines:
        text = line[3:].strip()
        if "BEGIN A-ASSOCIATE-RQ" in text:
            found.append(_titles(lines))
        elif not found:
            continue
        elif "OUTGOING DIMSE MESSAGE" in text:
            found[-1].messages.append(_message(lines, side))
        elif "INCOMING DIMSE MESSAGE" in text:
            found[-1].messages.append(_message(lines, _other(side)))
        elif matched := _ECHO_REQUEST.match(text):
            number = int(matched[1])
            found[-1].messages.append(Message("requestor", "C-ECHO-RQ", message_id=number))
        elif text == "Received Echo Response (Success)":
            echo = found[-1].messages[-1].message_id
            found[-1].messages.append(Message("acceptor", "C-ECHO-RSP", responding_to=echo, status=0))
        elif text.startswith("Result: Rejected"):
            found[-1].rejection = _rejection(text, next(lines))
            found[-1].outcome = "rejected"
        elif text in _ENDINGS:
            _end(found[-1], _ENDINGS[text], side)
    return found


def _other(side: Side) -> Side:
    return "acceptor" if side == "requestor" else "requestor"


def _titles(lines: Iterator[str]) -> Association:
    association = Association()
    for line in lines:
        if "Calling Application Name:" in line:
            association.calling_ae = line.rpartition(":")[2].strip()
        elif "Called Application Name:" in line:
            association.called_ae = line.rpartition(":")[2].strip()
        elif "END A-ASSOCIATE-RQ" in line:
            break
    return association


def _message(lines: Iterator[str], sender: Side) -> Message:
    fields: dict[str, str] = {}
    for line in lines:
        if "END DIMSE MESSAGE" in line:
            break
        if matched := _FIELD.match(line):
            fields[matched["name"]] = matched["value"].strip()
    message = Message(sender, fields["Message Type"].replace(" ", "-"))
    if "Message ID" in fields:
        message.message_id = int(fields["Message ID"])
    if "Message ID Being Responded To" in fields:
        message.responding_to = int(fields["Message ID Being Responded To"])
    if "DIMSE Status" in fields:
        message.status = int(fields["DIMSE Status"].partition(":")[0], 16)
    message.sop_instance_uid = fields.get(
        "Affected SOP Instance UID", fields.get("Requested SOP Instance UID")
    )
    message.has_data_set = fields.get("Data Set") == "present"
    return message


def _rejection(result: str, reason: str) -> dict[str, int]:
    kind, _, source = result.partition(", Source: ")
    source_code, reason_code = _REASONS[source, reason.partition("Reason: ")[2].strip()]
    return {
        "result": 1 if kind.endswith("Permanent") else 2,
        "source": source_code,
        "reason": reason_code,
    }


def _end(association: Association, ending: str, side: Side) -> None:
    who, what = ending.split()
    association.outcome = "aborted" if what == "abort" else "released"
    if what == "abort":
        association.aborted_by = side if who == "we" else _other(side)


def data_set_of(path: Path) -> bytes:
    """The data set of a Part 10 file as it is stored, deflated or not (PS3.10 7.1)."""
    raw = path.read_bytes()
    if raw[128:132] != b"DICM":
        raise ValueError(f"{path} is no Part 10 file")
    # (0002,0000) UL: the preamble, its own 12 bytes, then as many as it says.
    return raw[144 + int.from_bytes(raw[140:144], "little") :]
