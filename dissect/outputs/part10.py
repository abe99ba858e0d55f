"""The head of a DICOM file: preamble, prefix and File Meta Information (PS3.10 7.1)."""

from __future__ import annotations

import re
import struct
from uuid import UUID, uuid5

from dissect import __version__

PREAMBLE = bytes(128) + b"DICM"
IMPLEMENTATION_CLASS = "2.25.100033137332786225327917989019608386581"
"""Names pduscope as the writer of a file: a UUID of its own (PS3.5 B.2)."""
IMPLEMENTATION_VERSION = f"PDUSCOPE_{__version__.replace('.', '_')}"[:16]
SPACE = UUID("7835cab7-13b0-4b6c-a6b9-a01b7886495e")
"""What UIDs are made from, so that the same object gets the same one again."""

_UID = re.compile(r"(?=.{1,64}\Z)(0|[1-9]\d*)(\.(0|[1-9]\d*))+", re.ASCII)
_TITLE = re.compile(r"(?=.*[^ ])[ -\[\]-~]{1,16}")
_LONG = frozenset((b"OB",))


def is_uid(text: str | None) -> bool:
    """Whether this is a UID by PS3.5 9.1, which a file needs."""
    return text is not None and _UID.fullmatch(text) is not None


def made_up_uid(what: str) -> str:
    """A UID for what has none: the same for the same text."""
    return f"2.25.{uuid5(SPACE, what).int}"


def file_head(
    sop_class: str, sop_instance: str, transfer_syntax: str, sender: str | None, receiver: str | None
) -> bytes:
    """All of a DICOM file that comes before its data set.

    AE titles that are none, or not known, are left out. `sender` wrote the content, as far as anybody can
    tell: it is the source as well.
    """
    elements = [
        _element(0x0001, b"OB", b"\0\1"),
        _element(0x0002, b"UI", sop_class.encode("ascii")),
        _element(0x0003, b"UI", sop_instance.encode("ascii")),
        _element(0x0010, b"UI", transfer_syntax.encode("ascii")),
        _element(0x0012, b"UI", IMPLEMENTATION_CLASS.encode("ascii")),
        _element(0x0013, b"SH", IMPLEMENTATION_VERSION.encode("ascii")),
    ]
    titles = ((0x0016, sender), (0x0017, sender), (0x0018, receiver))
    elements += [
        _element(number, b"AE", title.encode("ascii"))
        for number, title in titles
        if title is not None and _TITLE.fullmatch(title)
    ]
    body = b"".join(elements)
    return PREAMBLE + _element(0x0000, b"UL", struct.pack("<I", len(body))) + body


def _element(number: int, vr: bytes, value: bytes) -> bytes:
    """An element of group 0002, which is always in Explicit VR Little Endian."""
    value += (b"\0" if vr in (b"UI", b"OB") else b" ") * (len(value) % 2)
    if vr in _LONG:
        return struct.pack("<HH2sHI", 2, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", 2, number, vr, len(value)) + value
