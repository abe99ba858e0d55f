"""Oddities 1 to 3 of the data set: compressed, deflated, newer VRs, character sets, private syntaxes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from tests.craft import CT, DEFLATED, EXPLICIT, IMPLICIT, JPEG, PRIVATE_SYNTAX, Talk, explicit, implicit
from tests.oddities.case import Oddity, even, explicit_image, new_talk, oddity, stored


def _talk(syntax: str) -> Talk:
    talk = new_talk()
    talk.associate([(1, CT, [syntax, IMPLICIT])], accept={1: syntax})
    return talk


def _one_image(syntax: str, data: bytes, fragment: int | None = None, **elements: object) -> Oddity:
    talk = _talk(syntax)
    talk.store(1, 1, data, fragment=fragment)
    talk.release()
    request, response = stored(1, data, syntax=syntax)
    return oddity(talk, replace(request, elements=elements), response)


def compressed_pixel_data() -> Oddity:
    """tshark reads fragments as elements, also in the next message: its C-STORE-RSP has no status."""
    items = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part
        for part in (
            b"",
            b"\xff\xd8" + explicit(0x00100010, "PN", b"NO^ONE") + bytes(range(256)) * 4,
            b"\xff\xd9",
        )
    )
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + items
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    name = explicit(0x00100010, "PN", b"ODD^CASE")
    return _one_image(JPEG, explicit_image(1, name) + pixels + end, fragment=500, PatientName="ODD^CASE")


def deflated_data_set() -> Oddity:
    """tshark does not inflate and reads the deflate stream as elements. PS3.5 A.5: raw deflate, padded."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    whole = explicit_image(1, explicit(0x00100010, "PN", b"ODD^CASE"))
    stream = squeeze.compress(whole) + squeeze.flush()
    return _one_image(DEFLATED, even(stream, b"\0"), PatientName="ODD^CASE")


def newer_representations() -> Oddity:
    """tshark takes 16-bit lengths for OV, SV and UV and does not know UC, UR and OL."""
    data = explicit_image(
        1,
        explicit(0x00080119, "UC", even("long code value")),
        explicit(0x00081190, "UR", even("http://archive.invalid/x")),
        explicit(0x00100010, "PN", b"ODD^CASE"),
        explicit(0x00660129, "OL", struct.pack("<2I", 1, 2)),
        explicit(0x00720081, "OV", struct.pack("<Q", 3)),
        explicit(0x00720082, "SV", struct.pack("<q", -5)),
        explicit(0x00720083, "UV", struct.pack("<Q", 2**64 - 1)),
    )
    return _one_image(
        EXPLICIT,
        data,
        LongCodeValue="long code value",
        RetrieveURL="http://archive.invalid/x",
        PatientName="ODD^CASE",
        TrackPointIndexList=struct.pack("<2I", 1, 2),
        SelectorOVValue=struct.pack("<Q", 3),
        SelectorSVValue=-5,
        SelectorUVValue=2**64 - 1,
    )


def several_values() -> Oddity:
    """tshark shows the first of several binary values."""
    data = explicit_image(
        1,
        explicit(0x00081161, "UL", struct.pack("<3I", 1, 5, 9)),
        explicit(0x00280009, "AT", struct.pack("<4H", 0x0018, 0x1063, 0x0018, 0x1065)),
        explicit(0x0072007A, "US", struct.pack("<2H", 7, 8)),
    )
    return _one_image(
        EXPLICIT,
        data,
        SimpleFrameList=[1, 5, 9],
        FrameIncrementPointer=[0x00181063, 0x00181065],
        SelectorUSValue=[7, 8],
    )


def latin_character_set() -> Oddity:
    """tshark shows bytes of ISO 8859-1 as if they were UTF-8."""
    data = explicit_image(
        1, explicit(0x00100010, "PN", even("Müller^Jörg".encode("latin-1"))), charset="ISO_IR 100"
    )
    return _one_image(EXPLICIT, data, PatientName="Müller^Jörg")


def japanese_character_set() -> Oddity:
    """The example of PS3.5 H.3.1: three component groups, code extensions with escape sequences."""
    wanted = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    raw = b"=".join(
        b"^".join(part.encode("iso2022_jp") for part in group.split("^")) for group in wanted.split("=")
    )
    data = explicit_image(1, explicit(0x00100010, "PN", even(raw)), charset="\\ISO 2022 IR 87")
    return _one_image(EXPLICIT, data, PatientName=wanted)


def private_transfer_syntax() -> Oddity:
    """tshark says that the association request was not captured, although it was.

    Nothing says how such a data set is written (here: as implicit VR); its bytes must come out as they are.
    """
    return _one_image(PRIVATE_SYNTAX, implicit(0x00080016, even(CT, b"\0")) + implicit(0x00100020, b"12"))


ENCODINGS = (
    compressed_pixel_data,
    deflated_data_set,
    newer_representations,
    several_values,
    latin_character_set,
    japanese_character_set,
    private_transfer_syntax,
)
