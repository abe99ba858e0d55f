"""Associations as a capture of their packets: all of their TCP connections, just as they were captured.

The capture's files are gone through twice. The first pass finds the records of the wanted connections, pure
acknowledgements and IP fragments among them; the second copies those to the new file, batch by batch. What
comes out is pcap with nanoseconds, or pcapng where pcap could not say all: several link types, a packet
with a comment, a time that 32 bits of seconds cannot hold.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.wire import again
from dissect.wire.again import MASK
from dissect.wire.again import Report as Report
from dissect.wire.frames import FrameReader
from dissect.wire.groups import Groups
from dissect.wire.pcap import NANOSECONDS
from dissect.wire.pcapng import INTERFACE, PACKET, SECTION
from dissect.wire.records import BATCH

SNAPLEN = 262_144
"""What capture programs write where nothing was cut; longer records raise it."""
LATEST = (1 << 32) * 1_000_000_000
"""Nanoseconds that pcap cannot say."""
PIECE = 1 << 20
"""Bytes that are written at once."""
COMMENT, RESOLUTION = 1, 9
"""Options of pcapng: opt_comment and if_tsresol."""

Ranges = dict[bytes, list[tuple[int, int]]]
"""By connection as `Groups` names it: the first record of each wanted one, and the one behind its last."""


class SaveError(Exception):
    """Packets cannot be saved. The text is one line: which file, and why not."""


def save(
    capture: Capture,
    associations: Iterable[Association],
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    report: Report | None = None,
) -> int:
    """Write all packets of the associations' connections to a file; returns how many.

    The file appears when it is complete; what `report` raises ends the work, and no file is left. Raises
    SaveError where it cannot be written, or exists already and `overwrite` is not set; CaptureError where the
    capture cannot be read again.
    """
    told = report or (lambda part: None)
    with creating(capture, path, overwrite=overwrite) as out:
        choice = _choose(capture, _ranges(capture, associations), lambda done: told(done / 2))
        return _copy(capture, choice, out, lambda done: told(0.5 + done / 2))


@contextmanager
def creating(capture: Capture | None, path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file that appears when it is complete: what fails, or is stopped, leaves none. Raises SaveError."""
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    refuse(capture, target, overwrite=overwrite)
    try:
        with part.open("xb") as out:
            yield out
        refuse(capture, target, overwrite=overwrite)  # it may have come meanwhile
        part.replace(target)
    except OSError as error:
        raise SaveError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def refuse(capture: Capture | None, path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Raise SaveError where a file is not to be written to: known before the work begins.

    The files of `capture`, if there is one, are never written to.
    """
    target = Path(path)
    if target.is_dir():
        raise SaveError(f"{target}: this is a directory; give a file in it")
    if not target.exists():
        return
    if not target.is_file():
        raise SaveError(f"{target}: this is no plain file; packets are saved to files")
    own = (Path(file.path) for file in (capture.source.files if capture else ()))
    if any(each.exists() and each.samefile(target) for each in own):
        raise SaveError(f"{target}: this is the capture itself; give another name")
    if not overwrite:
        raise SaveError(f"{target}: there is such a file already")


class _Choice(NamedTuple):
    """What is to be copied, and what the new file must be able to say."""

    records: npt.NDArray[np.bool_]
    """Whether, for each record of the capture."""
    links: list[int]
    longest: int
    """Bytes captured of any record at most."""
    plain: bool
    """Whether pcap can say all of it."""


def _ranges(capture: Capture, associations: Iterable[Association]) -> Ranges:
    ranges: Ranges = {}
    for stream in dict.fromkeys(each.stream for each in associations):
        ranges.setdefault(again.key(stream), []).append(again.reach(stream, capture.source))
    return ranges


def _choose(capture: Capture, ranges: Ranges, report: Report) -> _Choice:
    """Find the records of connections."""
    wanted = np.zeros(capture.source.records + BATCH, np.bool_)
    links = np.zeros(len(wanted), np.int32)
    frames = FrameReader()
    commented: set[int] = set()
    longest, dated = 0, True
    for part in again.parts(capture.source, report):
        records = part.records
        links[part.numbers] = records.link
        longest = max(longest, int(records.captured.max()))
        dated = dated and int(records.time.min()) >= 0 and int(records.time.max()) < LATEST
        commented.update(part.before + number for number in records.comments)
        _mark(capture, frames, part, ranges, wanted)
    kinds = np.unique(links[wanted]).tolist()
    plain = dated and len(kinds) < 2 and not any(wanted[number] for number in commented)
    return _Choice(wanted, kinds, longest, plain)


def _mark(
    capture: Capture, frames: FrameReader, part: again.Part, ranges: Ranges, wanted: npt.NDArray[np.bool_]
) -> None:
    """Mark those records of a part, and fragments before it, that connections are made of."""
    segments = frames.read(part.records, part.file.array)
    if not len(segments):
        return
    groups = Groups(segments)
    for index, key in enumerate(groups.keys):
        if key in ranges:
            rows = np.array([row[-1] for row in groups.rows_of(index)]) + part.before
            for low, high in ranges[key]:
                wanted[rows[(rows >= low) & (rows < high)]] = True
    # a datagram's row is in the record that completed it; its payload may lie in fragments before that
    own = part.records.offset[segments.record - part.records.first]
    apart = np.flatnonzero((segments.offset < own) & wanted[segments.record + part.before])
    for position in (segments.offset[apart] + part.base).tolist():
        wanted[capture.source.record_at(position)] = True


def _copy(capture: Capture, choice: _Choice, out: BinaryIO, report: Report) -> int:
    """Write the file; returns the number of records in it."""
    numbers = {link: number for number, link in enumerate(choice.links)}
    out.write(_pcap_header(choice) if choice.plain else _pcapng_header(choice))
    count, kept = 0, bytearray()
    for part in again.parts(capture.source, report):
        records = part.records
        chosen = np.flatnonzero(choice.records[part.numbers])
        columns = (records.time, records.offset, records.captured, records.original, records.link)
        rows = zip(chosen.tolist(), *(column[chosen].tolist() for column in columns), strict=True)
        for index, time, offset, captured, original, link in rows:
            data = part.file.read(offset, offset + captured)
            if choice.plain:
                kept += struct.pack("<IIII", *divmod(time, 1_000_000_000), captured, original)
                kept += data
            else:
                comment = records.comments.get(records.first + index, "")
                kept += _packet(numbers[link], time, data, original, comment)
            if len(kept) >= PIECE:
                out.write(kept)
                kept.clear()
        count += len(chosen)
    out.write(kept)
    return count


def _pcap_header(choice: _Choice) -> bytes:
    link = choice.links[0] if choice.links else 1
    return struct.pack("<IHHiIII", NANOSECONDS, 2, 4, 0, 0, max(SNAPLEN, choice.longest), link)


def _pcapng_header(choice: _Choice) -> bytes:
    """The section, and an interface for each link type."""
    nanoseconds = _option(RESOLUTION, b"\x09") + _option(0, b"")
    interfaces = (_block(INTERFACE, struct.pack("<HHI", link, 0, 0) + nanoseconds) for link in choice.links)
    return b"".join((_block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), *interfaces))


def _packet(interface: int, time: int, data: bytes, original: int, comment: str) -> bytes:
    stamp = time & MASK  # before 1970 they go below 0, and come back from there
    head = struct.pack("<IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(data), original)
    options = _option(COMMENT, comment.encode()[:0xFFFF]) + _option(0, b"") if comment else b""
    return _block(PACKET, head + _padded(data) + options)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
