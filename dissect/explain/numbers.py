"""Numbers that stand where a PDU length should: out of logs that complain about one.

A receiver that lost its place, or that is not spoken to in DICOM, reads six bytes of something else as type,
reserved byte and length of a PDU. The length tells what it read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dissect.explain.reading import Explanation
from dissect.wire.strangers import STRANGERS, TLS

LONGEST_RECORD = 0x4000 + 2048
"""What TLS allows as the length of a record."""
LONGEST_UID = 64
SIZES = {"US": 2, "UL": 4}
HANDSHAKES = {1: "ClientHello", 2: "ServerHello"}
COMMON_LENGTHS = {
    0: "no limit, as a maximum length",
    16382: "the maximum length that pynetdicom declares unless told otherwise",
    16384: "the maximum length that DCMTK and many others declare",
    131072: "the largest maximum length that DCMTK declares",
}
DATA_SET = ("US", "UL", "UI", "LO", "SH", "PN", "DA", "TM", "CS", "IS", "DS", "OB", "OW", "SQ", "AE", "UN")


def length(value: int) -> Iterator[Explanation]:
    """What was read where this came out as a length."""
    if value < 0:
        if value >= -(1 << 31):
            for each in length(value + (1 << 32)):
                yield each._replace(why=f"{each.why}; taken as a signed number it is negative".lstrip("; "))
        return
    if value in COMMON_LENGTHS:
        yield Explanation("length", COMMON_LENGTHS[value], clause="PS3.8 D.1", likelihood=60)
    if value == 4:
        text = "the PDU length of every A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT"
        yield Explanation("length", text, clause="PS3.8 Tables 9-21, 9-24, 9-25, 9-26", likelihood=60)
    if value > 0xFFFFFFFF:
        return
    data = value.to_bytes(4, "big")
    if value == 0xFFFFFFFF:
        text = "undefined length: the value ends where a delimitation item says so"
        yield Explanation("length", text, clause="PS3.5 7.1.1", likelihood=90)
    elif value > 0xFFFF:
        yield from _tls(data)
        yield from _strangers(data)
        yield from _command(data)
        yield from _swapped(value, data)
        yield from _text(data)
        yield from _data_set(data)
        yield Explanation(
            "bytes", f"{data.hex(' ').upper()} (decimal {value:,}, 0x{value:08X})",
            "most significant byte first", "PS3.8 9.3.1", 25,
        )  # fmt: skip


def _picture(before: bytes, data: bytes, after: bytes = b"") -> str:
    parts = (before.hex(" ").upper(), f"[{data.hex(' ').upper()}]", after.hex(" ").upper())
    return " ".join(part for part in parts if part)


def _tls(data: bytes) -> Iterator[Explanation]:
    size = int.from_bytes(data[1:3], "big")
    if data[0] <= 4 and data[3] in HANDSHAKES and 4 <= size <= LONGEST_RECORD:
        text = (
            f"the middle of a TLS record: 16 handshake, version 03 {data[0]:02X}, {size} bytes, "
            f"{data[3]:02X} {HANDSHAKES[data[3]]}"
        )
        why = f"a receiver of plain DICOM took it for a PDU header. {TLS}"
        yield Explanation("PDU length", text, why, "PS3.8 9.3.1", 96, _picture(b"\x16\x03", data))
    if data[0] <= 4 and data[1:3] == b"\0\2" and data[3] in (1, 2):
        level = "fatal" if data[3] == 2 else "warning"
        text = f"the middle of a TLS alert: 15 alert, version 03 {data[0]:02X}, 2 bytes, {level}"
        yield Explanation(
            "PDU length", text, f"the TLS side gave up. {TLS}", "PS3.8 9.3.1", 96, _picture(b"\x15\x03", data)
        )


def _strangers(data: bytes) -> Iterator[Explanation]:
    for stranger in STRANGERS:
        start = stranger.start
        if len(start) >= 6 and start[2:6] == data:
            shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in start)
            text = f"the middle of {stranger.name}, “{shown.rstrip()}”, read as a PDU header"
            yield Explanation(
                "PDU length", text, stranger.cure, "PS3.8 9.3.1", 95, _picture(start[:2], data, start[6:10])
            )
        elif len(start) >= 4 and start[:4] == data:
            text = f"the first bytes of {stranger.name}"
            yield Explanation("bytes", text, stranger.cure, "", 80, _picture(b"", data, start[4:8]))


def _command(data: bytes) -> Iterator[Explanation]:
    """An element of a command set, read as a PDU header from its first or second byte."""
    from dissect.layers.commands import tag_text  # deferred: Scapy takes 0.24 s
    from dissect.layers.dictionary import element

    for start, place in enumerate(("first", "second")):
        if start and data[0] > 0x1F:
            continue
        number = data[0] << 8 if start else data[0] | data[1] << 8
        known = element(number)
        shown = int.from_bytes(data[2 - start :], "little")
        if known is None or shown >= 1 << 16:
            continue
        expected = SIZES.get(known.vr)
        if shown != expected if expected else not 0 < shown <= LONGEST_UID or shown % 2:
            continue
        header = struct.pack("<HHI", 0, number, shown)
        at = start + 2
        text = f"a {known.name} element {tag_text(number)} read as a PDU header from its {place} byte"
        why = "the receiver lost its place: a PDU before this one was longer or shorter than its length said"
        yield Explanation(
            "PDU length", text, why, "PS3.8 9.3.1", 92, _picture(header[:at], data, header[at + 4 :])
        )


def _swapped(value: int, data: bytes) -> Iterator[Explanation]:
    swapped = int.from_bytes(data, "little")
    if swapped <= 0xFFFF and value > 1 << 20:
        text = f"{swapped:,} with its bytes the other way round"
        why = "PDU lengths are big endian; lengths in command sets and in little endian data sets are not"
        yield Explanation("length", text, why, "PS3.8 9.3.1", 62, _picture(b"", data))


def _text(data: bytes) -> Iterator[Explanation]:
    if all(32 <= byte < 127 for byte in data):
        text = f"the characters “{data.decode('ascii')}”"
        why = "something that sends text was read as a PDU, or a length is missing"
        yield Explanation("bytes", text, why, "", 70, _picture(b"", data))


def _data_set(data: bytes) -> Iterator[Explanation]:
    for at in range(3):
        letters = data[at : at + 2].decode("latin-1")
        if letters in DATA_SET and not all(32 <= byte < 127 for byte in data):
            text = f"the VR {letters} of an element in explicit VR, and what stands around it"
            why = "a data set was read where a PDU was due, or explicit VR as implicit"
            yield Explanation("bytes", text, why, "PS3.5 7.1.2", 58, _picture(b"", data))
