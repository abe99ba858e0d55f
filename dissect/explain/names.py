"""UIDs, tags and names: looked up in the dictionaries of pydicom and pynetdicom."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dissect.dicom import tables
from dissect.dicom.vrs import REPRESENTATIONS
from dissect.explain.codes import PDU_TYPES
from dissect.explain.faults import LONGEST_UID, UID
from dissect.explain.reading import Explanation

ROOTS = {
    "1.2.276.0.7230010.3.": "OFFIS, the makers of DCMTK",
    "1.2.826.0.1.3680043.9.3811.": "pynetdicom",
    "1.2.826.0.1.3680043.8.498.": "pydicom",
    "1.2.40.0.13.1.": "dcm4che",
    "1.3.6.1.4.1.30071.8": "fo-dicom",
    "1.2.840.10008.": "the DICOM standard",
}
DCMTK = {
    "littleendianimplicit": "1.2.840.10008.1.2",
    "littleendianexplicit": "1.2.840.10008.1.2.1",
    "deflatedlittleendianexplicit": "1.2.840.10008.1.2.1.99",
    "bigendianexplicit": "1.2.840.10008.1.2.2",
}
"""What logs of DCMTK call transfer syntaxes that have another name in the standard."""
MOST_NAMES = 8


def uid(text: str) -> Iterator[Explanation]:
    """What a UID names, or whose it is."""
    from pydicom._uid_dict import UID_dictionary  # deferred: 0.25 s

    name, kind = tables.uid_name(text), tables.uid_type(text)
    if name:
        entry = UID_dictionary.get(text, ("", "", "", "", ""))
        retired = ", retired" if entry[3] else ""
        info = f"keyword {entry[4]}" if entry[4] else ""
        yield Explanation(f"{kind}{retired}", name, info, "PS3.6 Annex A", 99)
        return
    wrong = ""
    if len(text) > LONGEST_UID:
        wrong = f"not a valid UID: {len(text)} characters, {LONGEST_UID} are allowed"
    elif not UID.fullmatch(text):
        wrong = "not a valid UID: a number in it begins with 0"
    owner = next((owner for root, owner in ROOTS.items() if text.startswith(root)), "")
    if text.startswith("2.25.") and text[5:].isdigit() and int(text[5:]) < 1 << 128:
        owner = f"nobody: it is made of the UUID {uuid.UUID(int=int(text[5:]))}"
    if owner == "the DICOM standard":
        described = "not registered there: newer than the dictionaries here, or mistyped"
    else:
        described = "a private UID: of an instance, an implementation, or a private SOP class"
    parts = [part for part in (f"its root belongs to {owner}" if owner else "", wrong) if part]
    yield Explanation("UID", described, "; ".join(parts), "PS3.5 9.1", 90)


def tag(group: str, number: str) -> Iterator[Explanation]:
    """What a tag is; x stands for any digit, as in (60xx,3000)."""
    from pydicom.datadict import dictionary_VM  # deferred: 0.25 s

    try:
        value = int(f"{group}{number}".lower().replace("x", "0"), 16)
    except ValueError:
        return
    label = f"({value >> 16:04X},{value & 0xFFFF:04X})"
    name = tables.tag_name(value)
    if name is None:
        private = bool(value >> 16 & 1)
        text = (
            "private: the element of its block's private creator says whose it is"
            if private
            else "in no dictionary"
        )
        yield Explanation("private tag" if private else "unknown tag", f"{label} {text}", "", "PS3.5 7.8", 60)
        return
    vr = tables.dictionary_vr(value) or ""
    try:
        vm = f", VM {dictionary_VM(value)}"
    except KeyError:
        vm = ""
    note = REPRESENTATIONS[vr].note if vr in REPRESENTATIONS else ""
    keyword = tables.keyword(value)
    text = f"{label} {name}, VR {vr}{vm}" if vr else f"{label} {name}"
    why = f"keyword {keyword}. {note}" if keyword else note
    if value <= 0xFFFF:
        from dissect.layers.dictionary import about_element

        about = about_element(value)
        yield Explanation("command element", text, about.meaning, about.reference, 99)
    else:
        yield Explanation("data element", text, why.rstrip(), "PS3.6", 97)


def named(text: str) -> Iterator[Explanation]:
    """Whatever bears this name, or has it in its name."""
    wanted = _plain(text)
    if len(wanted) < 2:
        return
    yield from _words(text, wanted)
    if wanted in DCMTK:
        yield from uid(DCMTK[wanted])
    from pydicom._dicom_dict import DicomDictionary  # deferred: 0.25 s
    from pydicom.datadict import tag_for_keyword

    exact = tag_for_keyword(text)
    if exact is not None:
        yield from tag(f"{exact >> 16:04X}", f"{exact & 0xFFFF:04X}")
    else:
        matching = [
            each
            for each, entry in DicomDictionary.items()
            if wanted == _plain(entry[2]) or wanted == entry[4].lower()
        ]
        for each in matching[:MOST_NAMES]:
            yield from tag(f"{each >> 16:04X}", f"{each & 0xFFFF:04X}")
    yield from _uids(wanted)


def _words(text: str, wanted: str) -> Iterator[Explanation]:
    """PDUs, messages, items, VRs."""
    for kind, name in PDU_TYPES.items():
        if wanted == _plain(name):
            from dissect.layers import Pdu

            layer = Pdu.by_type[kind]
            yield Explanation("PDU", f"{name}, type {kind:02X}: {layer.meaning}", "", layer.reference, 98)
    for field, name in tables.COMMANDS.items():
        if wanted in (_plain(name), _plain(name.rpartition("-")[0])):
            yield Explanation("message", f"{name}, command field 0x{field:04X}", "", "PS3.7 Table E.1-1", 96)
    if text in REPRESENTATIONS:
        representation = REPRESENTATIONS[text]
        yield Explanation("value representation", f"{text}: {representation.note}", "", "PS3.5 6.2", 90)


def _uids(wanted: str) -> Iterator[Explanation]:
    """UIDs by name or keyword; the whole name counts most, the beginning of one more than its middle."""
    from pydicom._uid_dict import UID_dictionary

    found = []
    for value, entry in UID_dictionary.items():
        names = (_plain(entry[0]), entry[4].lower())
        if wanted in names:
            likelihood = 97
        elif len(wanted) < 4:
            continue
        elif any(name.startswith(wanted) for name in names):
            likelihood = 70
        elif any(wanted in name for name in names):
            likelihood = 50
        else:
            continue
        retired = ", retired" if entry[3] else ""
        keyword = f"keyword {entry[4]}" if entry[4] else ""
        found.append(Explanation(f"{entry[1]}{retired}", f"{value} {entry[0]}", keyword, "PS3.6 Annex A",
                                 likelihood - 5 * bool(retired)))  # fmt: skip
    found.sort(key=lambda each: -each.likelihood)
    yield from found[:MOST_NAMES]


def _plain(text: str) -> str:
    """Letters and digits only: names are written with and without spaces, dashes and case."""
    return "".join(each for each in text.lower() if each.isalnum())
