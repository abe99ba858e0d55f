"""Numbers that stand for something: types, results, reasons, statuses, command fields."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom import tables
from dissect.explain.reading import Explanation
from dissect.wire.strangers import HL7, SHELL, TLS, WEB

PDU_TYPES = {
    1: "A-ASSOCIATE-RQ", 2: "A-ASSOCIATE-AC", 3: "A-ASSOCIATE-RJ", 4: "P-DATA-TF", 5: "A-RELEASE-RQ",
    6: "A-RELEASE-RP", 7: "A-ABORT",
}  # fmt: skip
STRANGE_TYPES = {
    0x47: ("'G' of GET, an HTTP request", WEB, 85),
    0x48: ("'H' of HTTP, a web server's answer", WEB, 88),
    0x50: ("'P' of POST or PUT, an HTTP request", WEB, 80),
    0x53: ("'S' of SSH", SHELL, 80),
    0x3C: ("'<' of a web page or XML", WEB, 70),
    0x0B: ("the first byte of HL7 over MLLP", HL7, 75),
    0x15: ("a TLS alert", TLS, 78),
    0x16: ("a TLS handshake", TLS, 85),
    0x17: ("TLS application data", TLS, 72),
}
"""First bytes of other protocols: what they are, the cure, how likely a number is one."""
PORTS = {
    104: "the registered port of DICOM",
    2761: "the registered port of DICOM with ISCL",
    2762: "the registered port of DICOM with TLS",
    11112: "the registered port of DICOM that needs no privileges",
}
FLAGS = {
    0: "a data fragment, more to come",
    1: "a command fragment, more to come",
    2: "a data fragment, the last",
    3: "a command fragment, the last",
}
SERVICES = {
    "storage": "STORAGE", "query (C-FIND)": "QR_FIND", "C-MOVE": "QR_MOVE", "C-GET": "QR_GET",
    "worklist": "MODALITY_WORKLIST", "print": "PRINT_JOB_MANAGEMENT", "procedure step": "PROCEDURE_STEP",
    "storage commitment": "STORAGE_COMMITMENT", "non-patient objects": "NON_PATIENT",
    "relevant patient": "RELEVANT_PATIENT", "substance administration": "SUBSTANCE_ADMINISTRATION",
    "unified procedure step": "UNIFIED_PROCEDURE_STEP", "media creation": "MEDIA_CREATION_MANAGEMENT",
    "event logging": "APPLICATION_EVENT_LOGGING", "RT verification": "RT_MACHINE_VERIFICATION",
}  # fmt: skip
"""Services by the name of pynetdicom's status table."""


def reasons(first: int, second: int, third: int | None) -> Iterator[Explanation]:
    """Result, source and reason of a rejection, or source and reason of an abort."""
    if third is not None:
        text = tables.reject_text(first, second, third)
        fits = first in tables.REJECT_RESULTS and third in tables.REJECT_REASONS.get(second, {})
        cure = ""
        if (second, third) == (1, 7):
            cure = "the acceptor has another AE title than it was called by: compare both, letter by letter"
        elif (second, third) == (1, 3):
            cure = "the acceptor does not know the requestor: its AE title has to be configured there"
        yield Explanation(
            "A-ASSOCIATE-RJ", f"result {first}, source {second}, reason {third}: {text}", cure,
            "PS3.8 Table 9-21", 95 if fits else 40,
            f"03 00 00 00 00 04 00 [{first:02X} {second:02X} {third:02X}]",
        )  # fmt: skip
        return
    picture = f"07 00 00 00 00 04 00 00 [{first:02X} {second:02X}]"
    fits = first in tables.ABORT_SOURCES
    text = f"source {first}, reason {second}: {tables.abort_text(first, second)}"
    yield Explanation("A-ABORT", text, "", "PS3.8 Table 9-26", 90 if fits else 40, picture)
    if second in tables.REJECT_REASONS.get(first, {}):
        why = tables.REJECT_REASONS[first][second]
        text = f"source {first}, reason {second}: {why} ({tables.REJECT_SOURCES[first]})"
        yield Explanation("A-ASSOCIATE-RJ", text, "without its result", "PS3.8 Table 9-21", 60)


def code(value: int, digits: int) -> Iterator[Explanation]:
    """What a number of one or two bytes is the code of; `digits` in hexadecimal it was written with."""
    if 0 <= value <= 0xFF:
        yield from _byte(value, digits)
    if value in PORTS:
        yield Explanation("TCP port", PORTS[value], clause="PS3.8 9.1.1", likelihood=75)
    if 0 <= value <= 0xFFFF:
        yield from _word(value, digits)


def _byte(value: int, digits: int) -> Iterator[Explanation]:
    one_byte = digits in (1, 2)
    if value in PDU_TYPES:
        yield Explanation(
            "PDU type", PDU_TYPES[value], "the first byte of a PDU", "PS3.8 9.3.1", 82, f"[{value:02X}] 00"
        )
    if value in STRANGE_TYPES:
        text, cure, likelihood = STRANGE_TYPES[value]
        why = f"no PDU has this type: a program that is not DICOM answered. {cure}"
        yield Explanation(
            "PDU type", f"0x{value:02X} is {text}", why, "PS3.8 9.3.1", likelihood, f"[{value:02X}]"
        )
    elif 0x20 <= value < 0x7F and value not in _item_types():
        yield Explanation("byte", f"0x{value:02X} is the character '{chr(value)}'", likelihood=50)
    if value in _item_types():
        text = f"{_item_types()[value]} item"
        why = "the first byte of an item in an A-ASSOCIATE-RQ or -AC"
        clause = "PS3.8 9.3.2" if value <= 0x51 else "PS3.7 D.3.3"
        yield Explanation("item type", text, why, clause, 86 if one_byte else 48, f"[{value:02X}] 00")
    if value in tables.CONTEXT_RESULTS:
        yield Explanation(
            "presentation context result", tables.CONTEXT_RESULTS[value], "in an A-ASSOCIATE-AC",
            "PS3.8 Table 9-18", 66,
        )  # fmt: skip
    if value in tables.ABORT_REASONS:
        yield Explanation(
            "A-ABORT reason", tables.ABORT_REASONS[value], "where the service-provider aborts",
            "PS3.8 Table 9-26", 56,
        )  # fmt: skip
    for source, reasons_of in tables.REJECT_REASONS.items():
        if value in reasons_of:
            yield Explanation(
                "A-ASSOCIATE-RJ reason", reasons_of[value], f"from {tables.REJECT_SOURCES[source]}",
                "PS3.8 Table 9-21", 54 - source,
            )  # fmt: skip
    if value in FLAGS:
        yield Explanation("message control header", FLAGS[value], "in front of a fragment", "PS3.8 E.2", 46)


def _item_types() -> dict[int, str]:
    from dissect.layers.headers import ITEM_TYPES  # deferred: Scapy takes 0.24 s

    return ITEM_TYPES


def _word(value: int, digits: int) -> Iterator[Explanation]:
    written_so = digits == 4
    if value in tables.COMMANDS:
        yield Explanation(
            "command field", tables.COMMANDS[value], "value of (0000,0100)", "PS3.7 Table E.1-1",
            88 if written_so else 52,
            f"00 00 00 01 02 00 00 00 [{value.to_bytes(2, 'little').hex(' ').upper()}]",
        )  # fmt: skip
    if value == 0x0101:
        text = "Command Data Set Type: no data set follows"
        yield Explanation("command element", text, "value of (0000,0800)", "PS3.7 Table E.1-1", 92)
    yield from statuses(value, written_so)
    from dissect.layers.dictionary import about_element, element  # deferred: Scapy takes 0.24 s

    known = element(value)
    if known and (written_so or value > 0xFF):
        text = f"(0000,{value:04X}) {known.name}: {about_element(value).meaning}"
        likelihood = (50 if known.retired else 84) if written_so else 40
        yield Explanation("command element", text, "", about_element(value).reference, likelihood)


def statuses(value: int, written_so: bool) -> Iterator[Explanation]:
    """A status in the words of each service that has it."""
    category = tables.status_category(value)
    if category == "Unknown":
        return
    likelihood = 90 if written_so else 64 if value else 70
    general = tables.status(value)
    said: dict[str, list[str]] = {}
    for service, meaning in _by_service(value):
        words = meaning.removeprefix("Refused: ").capitalize()
        same = next((each for each in said if each.lower() == words.lower()), words)
        said.setdefault(same, []).append(service)
    if general.text or not said:
        text = general.text or "no service of the standard has it"
        what = f"0x{value:04X} {category}" + (f": {text}" if text != category else "")
        why = "in every service" if general.text else "an implementation's own, if a status at all"
        yield Explanation("status", what, why, "PS3.7 Annex C", likelihood if general.text else 35)
        return
    for order, (meaning, services) in enumerate(said.items()):
        yield Explanation(
            "status", f"0x{value:04X} {category}: {meaning}", f"in answers of {', '.join(services)}",
            "PS3.4" if value >> 12 else "PS3.7 Annex C", likelihood - order,
        )  # fmt: skip


def _by_service(value: int) -> Iterator[tuple[str, str]]:
    """Service and meaning, for each table that has this status."""
    from pynetdicom import status  # deferred: 0.35 s

    for service, name in SERVICES.items():
        found = getattr(status, f"{name}_SERVICE_CLASS_STATUS", None) or getattr(status, f"{name}_STATUS", {})
        if value in found and value not in status.GENERAL_STATUS:
            yield service, str(found[value][1]).rstrip(".")
