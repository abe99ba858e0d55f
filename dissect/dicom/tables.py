"""The one place where names come from: UIDs, tags, commands, statuses and reasons.

The tables themselves belong to pydicom and pynetdicom. Importing pydicom takes 0.25 s and pynetdicom 0.1 s
more, which a list of associations must not pay, so:

- UID names are read from the one file of pydicom that holds them (1 ms, without running its `__init__`).
- Tables that the standard keeps short and every association needs are written out here, in the words of the
  standard.
- Everything else imports its library when it is first asked for.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal, NamedTuple

COMMANDS = {  # PS3.7 E.1; C-CANCEL-RQ is the only request without a response of its own
    0x0001: "C-STORE-RQ",
    0x8001: "C-STORE-RSP",
    0x0010: "C-GET-RQ",
    0x8010: "C-GET-RSP",
    0x0020: "C-FIND-RQ",
    0x8020: "C-FIND-RSP",
    0x0021: "C-MOVE-RQ",
    0x8021: "C-MOVE-RSP",
    0x0030: "C-ECHO-RQ",
    0x8030: "C-ECHO-RSP",
    0x0100: "N-EVENT-REPORT-RQ",
    0x8100: "N-EVENT-REPORT-RSP",
    0x0110: "N-GET-RQ",
    0x8110: "N-GET-RSP",
    0x0120: "N-SET-RQ",
    0x8120: "N-SET-RSP",
    0x0130: "N-ACTION-RQ",
    0x8130: "N-ACTION-RSP",
    0x0140: "N-CREATE-RQ",
    0x8140: "N-CREATE-RSP",
    0x0150: "N-DELETE-RQ",
    0x8150: "N-DELETE-RSP",
    0x0FFF: "C-CANCEL-RQ",
}
"""Command Field (0000,0100) to the name of the message."""

# UIDs

_NEWER_UIDS = {  # known to pynetdicom, not yet to pydicom 3.0
    "1.2.840.10008.1.2.4.110": ("JPEG XL Lossless", "Transfer Syntax"),
    "1.2.840.10008.1.2.4.111": ("JPEG XL JPEG Recompression", "Transfer Syntax"),
    "1.2.840.10008.1.2.4.112": ("JPEG XL", "Transfer Syntax"),
    "1.2.840.10008.1.2.8.1": ("Deflated Image Frame Compression", "Transfer Syntax"),
    "1.2.840.10008.5.1.4.1.1.9.100.1": ("Waveform Presentation State Storage", "SOP Class"),
    "1.2.840.10008.5.1.4.1.1.9.100.2": ("Waveform Acquisition Presentation State Storage", "SOP Class"),
    "1.2.840.10008.5.1.4.1.1.66.7": ("Label Map Segmentation Storage", "SOP Class"),
    "1.2.840.10008.5.1.4.1.1.66.8": ("Height Map Segmentation Storage", "SOP Class"),
}


@cache
def _uids() -> dict[str, tuple[str, ...]]:
    """UID to (name, type, info, retired, keyword), of which only the first two are always there."""
    module: Any = sys.modules.get("pydicom._uid_dict")
    if module is None:
        package = find_spec("pydicom")  # finds a top level package without importing it
        if package is None or package.origin is None:
            return dict(_NEWER_UIDS)
        spec = spec_from_file_location(
            "dissect.dicom._uid_dict", Path(package.origin).parent / "_uid_dict.py"
        )
        if spec is None or spec.loader is None:
            return dict(_NEWER_UIDS)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    return {**_NEWER_UIDS, **module.UID_dictionary}


def _bare(uid: str) -> str:
    """A UID without the padding that PS3.8 F.1 forbids and some peers send."""
    return uid.rstrip("\0 ")


def uid_name(uid: str) -> str | None:
    """The registered name of any UID of PS3.6, None for one that is not registered."""
    entry = _uids().get(_bare(uid))
    return entry[0] if entry else None


def uid_type(uid: str) -> str | None:
    """What a registered UID stands for: "SOP Class", "Meta SOP Class", "Transfer Syntax"..."""
    entry = _uids().get(_bare(uid))
    return entry[1] if entry else None


@lru_cache(maxsize=1024)
def sop_class_name(uid: str) -> str:
    """A name short enough for a list; the UID itself where it has none.

    Only words that tell nothing apart are dropped: "SOP Class" at the end, "Information Model" before the
    operation. "For Presentation" and "For Processing" stay, so short names are as unique as long ones.
    """
    name = uid_name(uid)
    if name is None:
        return _bare(uid)
    return name.removesuffix(" SOP Class").replace(" Information Model - ", " - ")


# Transfer syntaxes


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a transfer syntax encodes a data set (PS3.5 10 and Annex A).

    `deflated` is about the data set as a whole; `encapsulated` says that Pixel Data of the top level comes in
    fragments. Of a syntax that is not `known` nothing else is true: a reader has to look at the bytes.
    """

    uid: str
    name: str
    implicit: bool = False
    little: bool = True
    deflated: bool = False
    encapsulated: bool = False
    known: bool = True


_COMMON_SYNTAXES = {  # answered without any table
    syntax.uid: syntax
    for syntax in (
        Syntax("1.2.840.10008.1.2", "Implicit VR Little Endian", implicit=True),
        Syntax("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
        Syntax("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", deflated=True),
        Syntax("1.2.840.10008.1.2.2", "Explicit VR Big Endian", little=False),
        Syntax("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", encapsulated=True),
    )
}
_PAPYRUS = "1.2.840.10008.1.20"  # retired; the only other implicit one
_REFERENCED = {  # PS3.5 A.6, A.7: Pixel Data is elsewhere; true where the data set is deflated
    "1.2.840.10008.1.2.4.94": False,
    "1.2.840.10008.1.2.4.95": True,
    "1.2.840.10008.1.2.4.204": False,
    "1.2.840.10008.1.2.4.205": True,
}


@lru_cache(maxsize=256)
def transfer_syntax(uid: str) -> Syntax:
    """The transfer syntax `uid` names, not `known` where it is private or not registered as one.

    Every registered syntax beyond the common ones is explicit VR little endian; the few exceptions are listed
    above (pydicom's UID properties miss them, and raise on a private UID).
    """
    uid = _bare(uid)
    if uid in _COMMON_SYNTAXES:
        return _COMMON_SYNTAXES[uid]
    name, kind = (_uids().get(uid) or (uid, ""))[:2]
    if kind != "Transfer Syntax":
        return Syntax(uid, name, known=False)
    if uid == _PAPYRUS:
        return Syntax(uid, name, implicit=True)
    if uid in _REFERENCED:
        return Syntax(uid, name, deflated=_REFERENCED[uid])
    return Syntax(uid, name, encapsulated=True)


# Statuses

Category = Literal["Success", "Pending", "Cancel", "Warning", "Failure", "Unknown"]


class Status(NamedTuple):
    """A status of a response. `text` is empty where the service's table has no such code."""

    category: Category
    text: str


_EVERYDAY = {  # in almost every association; a list must not load a library to say "Success"
    0x0000: Status("Success", "Success"),
    0xFF00: Status("Pending", "Pending"),
    0xFF01: Status("Pending", "Pending, an optional key is not supported"),  # PS3.4 C.4.1.1.4
    0xFE00: Status("Cancel", "Canceled"),
}
_CLAUSE_TITLES = {  # where pynetdicom's words are not those of PS3.7 C.5
    0x0111: "Duplicate SOP Instance",  # C.5.8
    0x0117: "Invalid SOP Instance",  # C.5.12
    0x0123: "No Such Action Type",  # C.5.24
    0x0124: "Refused: Not Authorized",  # C.5.25
    0x0211: "Unrecognized Operation",  # C.5.23
}


def status_category(code: int) -> Category:
    """The class of a status (PS3.7 Annex C); "Unknown" for a code outside them, which nobody may use."""
    if code in _EVERYDAY:
        return _EVERYDAY[code].category
    if code in (0x0001, 0x0107, 0x0116) or code >> 12 == 0xB:
        return "Warning"
    if code >> 12 in (0xA, 0xC) or code >> 8 in (0x01, 0x02):
        return "Failure"
    return "Unknown"


@lru_cache(maxsize=1024)
def status(code: int, sop_class_uid: str | None = None, command: str = "") -> Status:
    """What `code` means in the service of `sop_class_uid`, answered to `command` ("C-FIND-RSP" or "C-FIND").

    Codes of PS3.7 mean the same in every service. Query/Retrieve has a table for each command; where the SOP
    class is private or not known, the command alone chooses the table.
    """
    if code in _EVERYDAY:
        return _EVERYDAY[code]
    category = status_category(code)
    if code in _CLAUSE_TITLES:
        return Status(category, _CLAUSE_TITLES[code])
    if category == "Unknown":
        return Status(category, "")
    return Status(category, _service_table(_bare(sop_class_uid or ""), command).get(code, ("", ""))[1])


def _service_table(uid: str, command: str) -> dict[int, tuple[str, str]]:
    """pynetdicom's status table of a service: code to (category, text)."""
    from pynetdicom import service_class  # deferred: 0.35 s
    from pynetdicom import status as tables
    from pynetdicom.sop_class import uid_to_service_class

    by_command = {
        "C-STORE": tables.STORAGE_SERVICE_CLASS_STATUS,
        "C-FIND": tables.QR_FIND_SERVICE_CLASS_STATUS,
        "C-GET": tables.QR_GET_SERVICE_CLASS_STATUS,
        "C-MOVE": tables.QR_MOVE_SERVICE_CLASS_STATUS,
    }
    command = command.removesuffix("-RQ").removesuffix("-RSP")
    service = uid_to_service_class(uid)
    query = issubclass(service, service_class.QueryRetrieveServiceClass) and "statuses" not in vars(service)
    if query or service is service_class.ServiceClass:
        return by_command.get(command, tables.GENERAL_STATUS)
    return service.statuses


def error_id_text(error_id: int) -> str:
    """Error ID (0000,0903) of a Processing Failure, where the standard gives it a meaning."""
    # PS3.4 F.7.2.2.4: N-SET of a performed procedure step that is COMPLETED or DISCONTINUED
    return "Performed Procedure Step may no longer be updated" if error_id == 0xA710 else ""


def failure_reason_text(reason: int) -> str:
    """Failure Reason (0008,1197) of one instance in a storage commitment report (PS3.3 C.14.1.1)."""
    if reason == 0x0131:  # the one reason that is not a status of PS3.7
        return "Duplicate Transaction UID"
    return status(reason).text


# Reasons of PS3.8

REJECT_RESULTS = {1: "rejected-permanent", 2: "rejected-transient"}  # PS3.8 Table 9-21
REJECT_SOURCES = {
    1: "DICOM UL service-user",
    2: "DICOM UL service-provider (ACSE related function)",
    3: "DICOM UL service-provider (Presentation related function)",
}
REJECT_REASONS = {  # by source; what the table names "reserved" is left out
    1: {
        1: "no-reason-given",
        2: "application-context-name-not-supported",
        3: "calling-AE-title-not-recognized",
        7: "called-AE-title-not-recognized",
    },
    2: {1: "no-reason-given", 2: "protocol-version-not-supported"},
    3: {1: "temporary-congestion", 2: "local-limit-exceeded"},
}
ABORT_SOURCES = {0: "DICOM UL service-user", 2: "DICOM UL service-provider"}  # PS3.8 Table 9-26
ABORT_REASONS = {  # of the service-provider
    0: "reason-not-specified",
    1: "unrecognized-PDU",
    2: "unexpected-PDU",
    4: "unrecognized-PDU parameter",
    5: "unexpected-PDU parameter",
    6: "invalid-PDU-parameter value",
}
CONTEXT_RESULTS = {  # PS3.8 Table 9-18
    0: "acceptance",
    1: "user-rejection",
    2: "no-reason (provider rejection)",
    3: "abstract-syntax-not-supported (provider rejection)",
    4: "transfer-syntaxes-not-supported (provider rejection)",
}


def reject_text(result: int, source: int, reason: int) -> str:
    """An A-ASSOCIATE-RJ in one line."""
    why = REJECT_REASONS.get(source, {}).get(reason, f"reserved reason {reason}")
    by = REJECT_SOURCES.get(source, f"reserved source {source}")
    return f"{REJECT_RESULTS.get(result, f'reserved result {result}')} by {by}: {why}"


def abort_text(source: int, reason: int) -> str:
    """An A-ABORT in one line. The reason counts only where the service-provider aborts."""
    by = ABORT_SOURCES.get(source, f"reserved source {source}")
    if source == 0:
        return f"aborted by {by}"
    return f"aborted by {by}: {ABORT_REASONS.get(reason, f'reserved reason {reason}')}"


def context_result_text(result: int) -> str:
    """The answer to one presentation context."""
    return CONTEXT_RESULTS.get(result, f"reserved result {result}")


# Tags


@lru_cache(maxsize=16384)
def _entry(tag: int, creator: str | None) -> tuple[str, str, str] | None:
    """(VR, name, keyword) of a tag as pydicom's dictionaries have it."""
    from pydicom import datadict  # deferred: 0.25 s

    group, element = tag >> 16, tag & 0xFFFF
    if element == 0 and group not in (0x0000, 0x0002):  # PS3.5 7.2; retired, so in no dictionary
        return "UL", "Group Length", ""
    if group & 1 and 0x10 <= element <= 0xFF:  # PS3.5 7.8.1
        return "LO", "Private Creator", ""
    try:
        if group & 1:
            if creator is None or element < 0x1000:
                return None
            vr, _, name, _ = datadict.get_private_entry(tag, creator)
            return vr.replace("_", " or "), name, ""  # one of Toshiba's is OB_OW
        vr, _, name, _, keyword = datadict.get_entry(tag)
    except KeyError:
        return None
    return vr, name, keyword


def keyword(tag: int) -> str:
    """The keyword of a standard tag ("PatientName"), empty for any other."""
    entry = _entry(tag, None)
    return entry[2] if entry else ""


def tag_name(tag: int, creator: str | None = None) -> str | None:
    """The name of a tag, of a private one by its private creator; None where no dictionary has it."""
    entry = _entry(tag, creator)
    return entry[1] if entry else None


def dictionary_vr(tag: int, creator: str | None = None) -> str | None:
    """The VR a dictionary gives a tag; may be a choice such as "US or SS", and is None for an unknown tag."""
    entry = _entry(tag, creator)
    return entry[0] if entry and entry[0] != "NONE" else None
