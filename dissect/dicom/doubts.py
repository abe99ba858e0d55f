"""Headers that are not what the encoding promises. Peers send them all; each is read as its bytes are."""

from __future__ import annotations

from dissect.dicom import tables
from dissect.dicom.complaints import Complaints
from dissect.dicom.dataset import UNDEFINED
from dissect.dicom.headers import Encoding, Header, Reader
from dissect.dicom.vrs import LONG_LETTERS, SHORT_LETTERS


def in_implicit(
    reader: Reader, position: int, stop: int, encoding: Encoding, header: Header, complaints: Complaints
) -> Header:
    """A header of an implicit VR data set, whose length may in truth be VR letters and a length."""
    letters = reader.peek(position, 6)[4:]
    if letters not in SHORT_LETTERS and letters not in LONG_LETTERS:
        return header
    explicit = Encoding(False, encoding.little)
    stated = reader.header(position, stop, explicit)
    if stated is None or reader.chain(position, stop, explicit) <= reader.chain(position, stop, encoding):
        return header
    _complain(complaints, position, f"An element states its VR ({stated.vr}) in an implicit VR data set")
    return stated


def in_explicit(
    reader: Reader, position: int, stop: int, encoding: Encoding, last: int, complaints: Complaints
) -> Header | None:
    """A header of an explicit VR data set with no VR in it; None if it makes no sense at all."""
    raw = reader.peek(position, min(12, stop - position))
    if len(raw) < 8:
        return None
    implicit = Encoding(True, encoding.little)
    header = reader.header(position, stop, implicit)
    if header is None:
        return None
    letters, tag = raw[4:6], header.tag
    if letters.isalpha() and letters.isupper():
        return _unknown_vr(tag, letters.decode(), raw, position, stop, encoding, complaints)
    if reader.chain(position, stop, implicit, last):
        _complain(complaints, position, "An element states no VR in an explicit VR data set")
        return header
    length = _number(raw[6:8], encoding)
    following = position + 8 + length
    if following == stop or (following < stop and reader.chain(following, stop, encoding, tag)):
        _complain(complaints, position, "The VR of an element is blank")
        return Header(tag, (tables.dictionary_vr(tag) or "UN")[-2:], 8, length)
    if tables.tag_name(tag) is not None and tag > last:
        _complain(complaints, position, "An element states no VR in an explicit VR data set")
        return header
    return None


def _unknown_vr(
    tag: int, vr: str, raw: bytes, position: int, stop: int, encoding: Encoding, complaints: Complaints
) -> Header | None:
    """Two letters that are no VR: one of the future has a 32-bit length (PS3.5 6.2), others may not."""
    short, long = _number(raw[6:8], encoding), _number(raw[8:12], encoding)
    if short == 0 and len(raw) == 12 and (long == UNDEFINED or position + 12 + long <= stop):
        header = Header(tag, vr, 12, long)
    elif position + 8 + short <= stop:
        header = Header(tag, vr, 8, short)
    else:
        return None
    bits = 16 if header.size == 8 else 32
    text = f"{vr} is no VR of the standard; the length after it is read as one of {bits} bits."
    complaints.add("vr-unknown", "warning", text, position, position + header.size, "PS3.5 6.2")
    return header


def _number(raw: bytes, encoding: Encoding) -> int:
    return int.from_bytes(raw, "little" if encoding.little else "big")


def _complain(complaints: Complaints, position: int, text: str) -> None:
    complaints.add(
        "ds-encoding", "error", f"{text}; it is read as it is.", position, position + 8, "PS3.5 7.1"
    )
