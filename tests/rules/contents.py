"""Cases of rules about data sets, lost bytes and capture files."""

from __future__ import annotations

import struct
import tempfile
import zlib
from functools import partial
from pathlib import Path

from tests.craft import (
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    Talk,
    explicit,
    implicit,
)
from tests.craft.network import ACK, ethernet, ipv4, pcap, tcp
from tests.rules.case import Made, Pair, answered, asked, begun, even, exchanged, image, stored
from tests.rules.objects import MPPS, step

BEGIN, END = struct.pack("<HHI", 0xFFFE, 0xE000, 12), struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
OPEN = struct.pack("<HH2sHI", 0x0008, 0x1110, b"SQ", 0, 0xFFFFFFFF)


def _explicit(*elements: bytes) -> Talk:
    return stored(_head() + b"".join(elements), syntax=EXPLICIT)


def _head() -> bytes:
    return explicit(0x00080016, "UI", even(CT, b"\0")) + explicit(0x00080018, "UI", b"1.2.3.1\0")


def _named(name: bytes, charset: bytes = b"") -> Talk:
    declared = explicit(0x00080005, "CS", charset) if charset else b""
    return stored(declared + _head() + explicit(0x00100010, "PN", name), syntax=EXPLICIT)


def _pixels(*fragments: bytes, syntax: str = JPEG, lengths: bytes = b"\xff\xff\xff\xff") -> Talk:
    items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in fragments)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    value = struct.pack("<HH2sH", 0x7FE0, 0x0010, b"OB", 0) + lengths + items + end
    return stored(_head() + value, syntax=syntax)


def _native(syntax: str) -> Talk:
    return stored(_head() + explicit(0x7FE00010, "OB", bytes(8)), syntax=syntax)


def _deflated(change: str = "") -> Talk:
    whole = _head() + explicit(0x00100010, "PN", b"ODD^CASE")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 15 if change == "wrapped" else -15)
    data = squeeze.compress(whole) + squeeze.flush()
    if change == "damaged":
        data = data[: len(data) // 2] + b"\xff" * (len(data) - len(data) // 2)
    if change == "trailing":
        data += b"abcdef"
    return stored(even(data, b"\0"), syntax=DEFLATED)


def _nested(depth: int) -> Talk:
    value = explicit(0x00100020, "LO", b"12")
    for _ in range(depth):
        value = explicit(0x00400275, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value)
    return stored(_head() + value, syntax=EXPLICIT)


def _bomb(size: int) -> Talk:
    whole = _head() + explicit(0x7FE00010, "OB", bytes(size))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stored(even(squeeze.compress(whole) + squeeze.flush(), b"\0"), syntax=DEFLATED)


def _in_fragments(*, all_: bool) -> bytes:
    """A C-STORE, and a segment of another connection that comes in two IP fragments, or one of them."""
    segments = stored(image()).segments()
    frames = [(each.time, each.frame()) for each in segments]
    payload = tcp(bytes(64), 40000, 104, 1, 1, ACK)
    ends = ("10.0.0.3", "10.0.0.4")
    first = ipv4(payload[:40], *ends, identification=7, fragment=0x2000)
    second = ipv4(payload[40:], *ends, identification=7, fragment=5)
    parts = [first, second] if all_ else [second]
    frames += [(frames[-1][0], ethernet(part)) for part in parts]
    with tempfile.TemporaryDirectory() as directory:
        return pcap(Path(directory) / "fragments.pcap", frames).read_bytes()


def _of_link(link: int) -> bytes:
    data = _file()
    return data[:20] + struct.pack("<I", link) + data[24:]


def _cut_file() -> bytes:
    return _file()[:-7]


def _file() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        return stored(image()).write(Path(directory) / "whole.pcap").read_bytes()


def _damaged_file() -> bytes:
    data = _file()
    return data[:24] + b"\xff" * 16 + data[24:]


def _lost(talk: Talk) -> Made:
    segments = talk.segments(mss=400)
    data = [index for index, segment in enumerate(segments) if len(segment.payload) == 400]
    del segments[data[len(data) // 2]]
    return segments


def _large() -> Talk:
    return stored(image(implicit(0x7FE00010, bytes(6000))))


def _broken_off() -> Talk:
    talk = begun([(1, CT, [IMPLICIT])])
    talk.store_request(1, 1)
    talk.requestor.raw(struct.pack(">BBI", 4, 0, 4000) + struct.pack(">IBB", 3996, 1, 2) + image())
    talk.close()
    return talk


SHORT_UID = implicit(0x0020000D, b"1." + b"2" * 62)
LONG_UID = implicit(0x0020000D, b"1." + b"2" * 64)
OLDER = explicit(0x00100020, "LO", b"12")
CASES: dict[str, Pair] = {
    "store-uid": (partial(stored, image(uid="1.2.3.4")), partial(stored, image(uid="1.2.3.1"))),
    "n-sop-uid": (
        lambda: exchanged(MPPS, (">", asked(MPPS, 0x140, image())), ("<", answered(MPPS, 0x8140))),
        partial(step, "IN PROGRESS"),
    ),
    "uid-long": (
        partial(stored, image(LONG_UID)),
        partial(stored, image(SHORT_UID)),
    ),
    "vr-differs": (
        partial(_explicit, explicit(0x00100020, "SH", b"12")),
        partial(_explicit, explicit(0x00100020, "UN", b"12")),
    ),
    "vm-wrong": (
        partial(_explicit, explicit(0x00280030, "DS", b"0.5\\0.5\\1 ")),
        partial(_explicit, explicit(0x00280030, "DS", b"0.5\\0.25")),
    ),
    "new-vr": (partial(_explicit, explicit(0x00080119, "UC", b"code")), partial(_explicit, OLDER)),
    "inflate-bomb": (partial(_bomb, 70_000_000), partial(_bomb, 34_000_000)),
    "dataset-hole": (lambda: _lost(_large()), _large),
    "fragments-lost": (partial(_in_fragments, all_=False), partial(_in_fragments, all_=True)),
    "link-unknown": (partial(_of_link, 105), partial(_of_link, 1)),
    "bytes-missing": (lambda: _lost(_large()), _large),
    "pdu-cut": (_broken_off, _large),
    "ds-encoding": (partial(stored, _head() + OLDER), partial(_explicit, OLDER)),
    "ds-file": (partial(stored, bytes(128) + b"DICM" + _head(), syntax=EXPLICIT), _explicit),
    "ds-unread": (partial(_explicit, OLDER, b"\xff" * 40), partial(_explicit, OLDER)),
    "tag-order": (partial(_explicit, OLDER, explicit(0x00100010, "PN", b"A^")), partial(_explicit, OLDER)),
    "ds-group": (partial(stored, implicit(0x00020010, b"1.2\0") + image()), partial(stored, image())),
    "delimiter-stray": (
        partial(_explicit, struct.pack("<HHI", 0xFFFE, 0xE00D, 0), OLDER),
        partial(_explicit, OLDER),
    ),
    "delimiter-missing": (
        partial(
            _explicit,
            struct.pack("<HH2sHI", 0x0008, 0x1110, b"SQ", 0, 0xFFFFFFFF)
            + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
            + explicit(0x00081155, "UI", b"1.2\0")
            + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
            OLDER,
        ),
        partial(
            _explicit,
            struct.pack("<HH2sHI", 0x0008, 0x1110, b"SQ", 0, 0xFFFFFFFF)
            + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
        ),
    ),
    "length-odd": (
        partial(_explicit, explicit(0x00100020, "LO", b"123"), explicit(0x00100030, "DA", b"")),
        partial(_explicit, OLDER),
    ),
    "length-exceeds": (
        partial(
            _explicit,
            explicit(
                0x00081110,
                "SQ",
                struct.pack("<HHI", 0xFFFE, 0xE000, 12) + explicit(0x00081155, "UI", b"1.2\0", length=40),
            ),
            OLDER,
        ),
        partial(_explicit, OLDER),
    ),
    "length-undefined": (
        partial(
            _explicit,
            explicit(0x00104000, "UT", b"some", length=0xFFFFFFFF),
            struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
        ),
        partial(_explicit, explicit(0x00104000, "UT", b"some")),
    ),
    "dataset-truncated": (
        partial(_explicit, explicit(0x00100020, "LO", b"12", length=40)),
        partial(_explicit, OLDER),
    ),
    "vr-unknown": (partial(_explicit, explicit(0x00100020, "ZZ", b"12")), partial(_explicit, OLDER)),
    "nesting": (partial(_nested, 300), partial(_nested, 3)),
    "pixel-native": (partial(_native, JPEG), partial(_pixels, b"", b"\xff\xd8\xff\xd9")),
    "pixel-encapsulated": (
        partial(_pixels, b"", b"\xff\xd8\xff\xd9", syntax=EXPLICIT),
        partial(_native, EXPLICIT),
    ),
    "pixel-fragments": (_pixels, partial(_pixels, b"")),
    "deflate-damaged": (partial(_deflated, "damaged"), _deflated),
    "deflate-wrapped": (partial(_deflated, "wrapped"), _deflated),
    "deflate-trailing": (partial(_deflated, "trailing"), _deflated),
    "value-length": (
        partial(_explicit, explicit(0x00280030, "FL", b"\1\2")),
        partial(_explicit, explicit(0x00280010, "US", b"\1\2")),
    ),
    "value-invalid": (
        partial(_explicit, explicit(0x00200013, "IS", b"seven ")),
        partial(_explicit, explicit(0x00200013, "IS", b"7 ")),
    ),
    "charset-unknown": (partial(_named, b"A^B ", b"KLINGON "), partial(_named, b"A^B ", b"ISO_IR 100")),
    "charset": (partial(_named, b"M\xfcller"), partial(_named, b"M\xfcller", b"ISO_IR 100")),
    "capture-cut": (_cut_file, _file),
    "capture-damaged": (_damaged_file, _file),
}
