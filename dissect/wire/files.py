"""Opening what a user calls a capture: bytes that are mapped, may be compressed, and may still grow."""

from __future__ import annotations

import mmap
import os
import stat
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dissect.wire.gather import Bytes

PIECE = 1 << 20
"""Decompressed bytes are written on in pieces of about this many."""

STEP = 32 << 20
"""Bytes decompressed before they are looked at: the first records of a big file show early."""

COMPARED = 40
"""First bytes of a file that tell whether it is the same still: with the time of its first packet."""

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
CAPTURES = {
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d",
    b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34", b"\x0a\x0d\x0d\x0a",
}  # fmt: skip
"""The first four bytes of pcap (microseconds, nanoseconds, modified; either byte order) and pcapng."""

OTHERS = (
    (GZIP, "a gzip file", "decompress it first"),
    (ZSTD, "a zstd file", "decompress it first"),
    (b"BZh", "a bzip2 file", "decompress it first"),
    (b"\xfd7zXZ", "an xz file", "decompress it first"),
    (b"\x04\x22\x4d\x18", "an lz4 file", "decompress it first"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"GMBU", "a Network Monitor capture", "convert it: editcap -F pcapng IN OUT"),
    (b"RTSS", "a Network Monitor capture", "convert it: editcap -F pcapng IN OUT"),
    (b"snoop\0", "a snoop capture", "convert it: editcap -F pcapng IN OUT"),
    (b"TRSNIFF data", "a Sniffer capture", "convert it: editcap -F pcapng IN OUT"),
    (b"XCP\0", "a NetXRay capture", "convert it: editcap -F pcapng IN OUT"),
    (b"<?xml", "an XML file", "give the capture it was made from"),
    (b"%PDF", "a PDF file", "give a pcap or pcapng file"),
    (b"\x7fELF", "a program", "give a pcap or pcapng file"),
    (b"MZ", "a Windows program", "give a pcap or pcapng file"),
)


class CaptureError(Exception):
    """A capture cannot be read at all. The text is one line: which file, what is wrong, what to do."""


class Mapped:
    """The bytes of a file, mapped, as far as they are there. `refresh` looks whether there are more.

    `data` and `array` are made anew when the file grew; who keeps an old one keeps its mapping alive.
    """

    data: mmap.mmap | bytes
    array: Bytes

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._close = weakref.finalize(self, file.close)
        self.data = b""
        self.array = np.empty(0, np.uint8)
        self.trouble = ""
        self.refresh()

    def refresh(self) -> bool:
        """Map what was added; False when nothing was. A file that shrank stays mapped as it was."""
        size = os.fstat(self._file.fileno()).st_size
        if size <= len(self.data):
            return False
        self.data = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        self.array = np.frombuffer(self.data, np.uint8)
        return True

    def progress(self, position: int) -> tuple[int, int]:
        """Bytes of the user's file that were read, and its bytes in all, when reading is at `position`."""
        return position, len(self.data)

    def release(self) -> None:
        """Give the file back and keep its bytes: it grows no more."""
        self._close()

    def close(self) -> None:
        """Give the file back. Mappings go when the last batch that uses them goes."""
        self.data = b""
        self.array = np.empty(0, np.uint8)
        self._close()


class Spooled(Mapped):
    """Bytes that go to an anonymous temporary file step by step, and are mapped there."""

    def __init__(self, name: str) -> None:
        import tempfile  # deferred, as gzip is: 5 ms that plain captures need not wait for

        self._name = name
        self._place = tempfile.gettempdir()
        spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed with this object)
        super().__init__(spool)

    def _write(self, piece: bytes) -> None:
        """Write a piece down. Raises CaptureError where there is no room."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise CaptureError(
                f"{self._name}: no room in {self._place} to {self._purpose} it ({error.strerror}); "
                "set TMPDIR to a bigger disk"
            ) from error

    _purpose = "copy"


class Inflated(Spooled):
    """A compressed file."""

    _purpose = "decompress"

    def __init__(self, file: BinaryIO, name: str, pieces: Callable[[BinaryIO], Iterator[bytes]]) -> None:
        self._packed = file
        self._size = os.fstat(file.fileno()).st_size
        self._pieces = pieces(file)
        self._more = True
        super().__init__(name)

    def refresh(self) -> bool:
        written = 0
        try:
            while self._more and written < STEP:
                piece = next(self._pieces, b"")
                self._more = bool(piece)
                written += len(piece)
                self._write(piece)
        except (EOFError, OSError, ValueError, zlib.error) as error:
            self._more = False
            self.trouble = str(error)
        return super().refresh()

    def progress(self, position: int) -> tuple[int, int]:
        if not self._more:
            return (self._size, self._size) if position >= len(self.data) else (self._size - 1, self._size)
        return self._packed.tell(), self._size

    def release(self) -> None:
        self._packed.close()
        super().release()

    def close(self) -> None:
        self._packed.close()
        super().close()


class Copied(Spooled):
    """A file that somebody else writes, and may cut or begin anew: what was read of it stays.

    A mapped file that is cut takes the process with it that looks behind its end.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._buffered = file
        self._original = open(file.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
        self._size = self._offset = 0
        """Where in the file the next byte is read."""
        self._head = b""
        self.overwritten = False
        """Whether another capture begins in it."""
        self.cuts: list[str] = []
        """What its writer, or somebody else, did to it."""
        super().__init__(name)

    def refresh(self) -> bool:
        if not self.overwritten:
            self._size = size = os.fstat(self._original.fileno()).st_size
            self._original.seek(0)
            head = self._original.read(min(COMPARED, size))
            if size < self._offset or not head.startswith(self._head[: len(head)]):
                self._look_again(size, head)
            elif len(head) > len(self._head):
                self._head = head
            if not self.overwritten:
                self._copy(size)
        return super().refresh()

    def _look_again(self, size: int, head: bytes) -> None:
        """It was cut: by its writer, who begins again, or by somebody its writer knows nothing of."""
        if len(head) < 4 or head == self._head:
            return
        self.overwritten = head[:4] in CAPTURES
        if self.overwritten:
            self.cuts.append("The file was written anew while it was read; reading goes on with what is new")
            return
        self._head = head
        self.cuts.append("The file was cut while it was read; reading goes on where its writer does")
        if head[:4] != bytes(4):  # else the writer keeps its place, behind a hole
            self._offset = 0

    def _copy(self, size: int) -> None:
        self._original.seek(min(self._offset, size))
        stop = min(size, self._offset + STEP)
        while self._offset < stop:
            piece = self._original.read(min(PIECE, stop - self._offset))
            if not piece:
                break
            self._write(piece)
            self._offset += len(piece)

    def progress(self, position: int) -> tuple[int, int]:
        return position, max(len(self.data), self._size)

    def release(self) -> None:
        self._original.close()
        self._buffered.close()
        super().release()

    def close(self) -> None:
        self._original.close()
        self._buffered.close()
        super().close()


def gunzip(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of all members of a gzip file, in pieces."""
    import gzip

    reader = gzip.GzipFile(fileobj=file, mode="rb")
    while piece := reader.read1(PIECE):  # read() would lose what lies before a damaged place
        yield piece


def unzstd(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of all frames of a zstd file, in pieces.

    Raises ValueError with a sentence when it is damaged or ends early.
    """
    import zstandard  # deferred: few captures need it

    maker = zstandard.ZstdDecompressor()
    frame = maker.decompressobj()
    fresh = True
    while data := file.read(1 << 12):  # 4 KiB can expand to 128 MiB, not more
        while data:
            try:
                piece = frame.decompress(data)
            except zstandard.ZstdError as error:
                raise ValueError(str(error)) from error
            fresh = False
            if piece:
                yield piece
            data = b""
            if frame.eof:
                data = frame.unused_data
                frame, fresh = maker.decompressobj(), True
    if not fresh:
        raise ValueError("Compressed file ended before the end of its last frame")


def resembles(head: bytes) -> tuple[str, str]:
    """What a file that is no capture looks like, by its first bytes, and what to do about it."""
    if head[128:132] == b"DICM":
        return "a DICOM file, not a capture", "give the pcap or pcapng file of the traffic"
    for magic, name, advice in OTHERS:
        if head.startswith(magic):
            return f"{name}, not a pcap or pcapng capture", advice
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] in (b"{", b"[") and b'"' in text:
        return "a JSON file, not a capture", "give the capture it was made from"
    if not any((byte < 32 and byte not in b"\t\n\r\f\x1b") or byte == 127 for byte in text):
        return "a text file, not a capture", "give a pcap or pcapng file"
    return "neither pcap nor pcapng", "give a pcap or pcapng file, or convert it: editcap -F pcapng IN OUT"


def open_mapped(path: str | os.PathLike[str], *, growing: bool = False) -> Mapped:
    """The bytes of the capture at `path`, decompressed if need be; copied, if others write it (`growing`).

    Raises CaptureError.
    """
    name = os.fspath(path)
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise CaptureError(f"{name}: this is a directory; give a capture file in it")
        if not stat.S_ISREG(mode):
            raise CaptureError(f"{name}: this is a pipe or a device, not a file; save the capture to a file")
        file = Path(path).open("rb")  # noqa: SIM115 (closed with the object made of it)
    except FileNotFoundError:
        raise CaptureError(f"{name}: there is no such file; check the path") from None
    except PermissionError:
        raise CaptureError(f"{name}: no permission to read it; ask its owner, or change its mode") from None
    except (OSError, ValueError) as error:
        raise CaptureError(f"{name}: cannot be opened ({error}); check the path") from None
    try:
        return _mapped(file, name, growing=growing)
    except CaptureError:
        file.close()
        raise
    except OSError as error:
        file.close()
        raise CaptureError(f"{name}: cannot be read ({error.strerror}); copy it to a local disk") from None


def _mapped(file: BinaryIO, name: str, *, growing: bool) -> Mapped:
    head = file.read(4)
    file.seek(0)
    if not head:
        raise CaptureError(f"{name}: the file is empty; nothing was captured, or it was not copied whole")
    packing = ""
    if head[:2] == GZIP:
        mapped: Mapped = Inflated(file, name, gunzip)
        packing = "gzip"
    elif head == ZSTD or (head[1:] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):  # a skippable frame
        mapped = Inflated(file, name, unzstd)
        packing = "zstd"
    else:
        mapped = Copied(file, name) if growing else Mapped(file)
    while len(mapped.data) < 512 and mapped.refresh():
        pass
    start = bytes(mapped.data[:512])
    if start[:4] in CAPTURES:
        return mapped
    trouble = mapped.trouble
    mapped.close()
    if packing and not start:
        what, advice = f"a {packing} file with nothing in it", "make it again from the capture"
        if trouble:
            what, advice = f"a damaged {packing} file ({trouble})", "copy it again"
    elif len(start) < 4:
        what, advice = f"too short for a capture ({len(start)} bytes)", "copy it again"
    else:
        what, advice = resembles(start)
        what = f"a {packing} file whose content is {what}" if packing else what
    raise CaptureError(f"{name}: this is {what}; {advice}")
