"""The value representations of PS3.5 6.2 as data: what a header and a reader of values must know of each."""

from __future__ import annotations

from typing import NamedTuple


class Representation(NamedTuple):
    """One VR. `size` is the length of one binary value, 0 where a value is text or a stream of bytes."""

    name: str
    size: int
    note: str


REPRESENTATIONS = {
    "AE": Representation(
        "Application Entity", 0,
        "An AE title, at most 16 characters; spaces around it do not count.",
    ),
    "AS": Representation(
        "Age String", 0,
        "An age: three digits and D, W, M or Y for days, weeks, months or years.",
    ),
    "AT": Representation("Attribute Tag", 4, "A tag: group and element number, two bytes each."),
    "CS": Representation("Code String", 0, "A code of at most 16 capitals, digits, spaces and underscores."),
    "DA": Representation("Date", 0, "A date as YYYYMMDD; a query may ask for a range with a hyphen."),
    "DS": Representation("Decimal String", 0, "A number written as text of at most 16 characters."),
    "DT": Representation(
        "Date Time", 0,
        "A date and time as YYYYMMDDHHMMSS.FFFFFF&ZZXX, cut anywhere after the year.",
    ),
    "FL": Representation("Floating Point Single", 4, "A 32-bit floating point number."),
    "FD": Representation("Floating Point Double", 8, "A 64-bit floating point number."),
    "IS": Representation(
        "Integer String", 0,
        "An integer of 32 bits written as text of at most 12 characters.",
    ),
    "LO": Representation("Long String", 0, "Text of at most 64 characters in the data set's character set."),
    "LT": Representation(
        "Long Text", 0,
        "Paragraphs of at most 10240 characters; a backslash is just a character.",
    ),
    "OB": Representation("Other Byte", 0, "A stream of bytes; the transfer syntax says what they mean."),
    "OD": Representation("Other Double", 8, "A stream of 64-bit floating point numbers."),
    "OF": Representation("Other Float", 4, "A stream of 32-bit floating point numbers."),
    "OL": Representation("Other Long", 4, "A stream of 32-bit words."),
    "OV": Representation("Other 64-bit Very Long", 8, "A stream of 64-bit words."),
    "OW": Representation("Other Word", 2, "A stream of 16-bit words."),
    "PN": Representation(
        "Person Name", 0,
        "Family^Given^Middle^Prefix^Suffix; = parts alphabetic, ideographic, phonetic.",
    ),
    "SH": Representation("Short String", 0, "Text of at most 16 characters in the data set's character set."),
    "SL": Representation("Signed Long", 4, "A signed integer of 32 bits."),
    "SQ": Representation("Sequence of Items", 0, "A sequence of items, each of them a data set of its own."),
    "SS": Representation("Signed Short", 2, "A signed integer of 16 bits."),
    "ST": Representation(
        "Short Text", 0,
        "Paragraphs of at most 1024 characters; a backslash is just a character.",
    ),
    "SV": Representation("Signed 64-bit Very Long", 8, "A signed integer of 64 bits."),
    "TM": Representation("Time", 0, "A time as HHMMSS.FFFFFF, cut anywhere after the hour."),
    "UC": Representation("Unlimited Characters", 0, "Text of any length in the data set's character set."),
    "UI": Representation(
        "Unique Identifier (UID)", 0,
        "A UID of at most 64 characters, padded with one NUL if odd.",
    ),
    "UL": Representation("Unsigned Long", 4, "An unsigned integer of 32 bits."),
    "UN": Representation(
        "Unknown", 0,
        "Bytes whose representation the sender did not know; little endian, implicit VR.",
    ),
    "UR": Representation(
        "Universal Resource Identifier or Locator (URI/URL)", 0,
        "A URI or URL, never several.",
    ),
    "US": Representation("Unsigned Short", 2, "An unsigned integer of 16 bits."),
    "UT": Representation("Unlimited Text", 0, "Paragraphs of any length; a backslash is just a character."),
    "UV": Representation("Unsigned 64-bit Very Long", 8, "An unsigned integer of 64 bits."),
}  # fmt: skip

SHORT = frozenset(
    (
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FL",
        "FD",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    )
)
"""VRs whose explicit length has 16 bits (PS3.5 7.1.2); every other one, also one nobody knows, has 32."""

MAY_BE_UNDEFINED = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"))
"""VRs that may have an undefined length (PS3.5 7.1.2)."""

TEXT = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
"""VRs that Specific Character Set (0008,0005) applies to (PS3.5 6.1.2.3)."""

SINGLE = frozenset(("LT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "ST", "UN", "UR", "UT"))
"""VRs that never hold several values (PS3.5 6.4)."""

SHORT_LETTERS = frozenset(vr.encode() for vr in SHORT)
LONG_LETTERS = frozenset(vr.encode() for vr in REPRESENTATIONS) - SHORT_LETTERS


def note(vr: str) -> str:
    """One sentence on a VR for somebody who looks at an element; empty for letters that are no VR."""
    representation = REPRESENTATIONS.get(vr)
    return representation.note if representation else ""
