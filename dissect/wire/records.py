"""Capture files as batches of records: pcap and pcapng, plain or compressed, whole or still growing."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from typing import Self

from dissect.findings import Finding, Severity
from dissect.pieces import Span
from dissect.wire.files import CaptureError, Copied, open_mapped
from dissect.wire.gather import Bytes
from dissect.wire.pcap import PcapWalker
from dissect.wire.pcapng import PcapngWalker
from dissect.wire.walk import RecordBatch, Walker

__all__ = ["BATCH", "CaptureError", "CaptureFile", "RecordBatch"]

BATCH = 65_536
"""Records asked for at a time: enough for numpy, few enough for a screen to stay awake."""

FINDINGS = 200
"""Damaged places that are told one by one."""


class CaptureFile:
    """The records of one capture file, and its bytes as a Source.

    `batch` gives what is there and can be called again when a growing file may have more. Nothing raises
    once the file is open, except that a compressed one needs room to be decompressed (CaptureError).
    Positions are those of the decompressed bytes.
    """

    def __init__(self, path: str | os.PathLike[str], *, growing: bool = False) -> None:
        """Open the capture at `path`, which others may still write (`growing`), or cut, or write anew.

        Raises CaptureError, which says what it is instead.
        """
        self.path = os.fspath(path)
        self.findings: list[Finding] = []
        """What is wrong with the file itself."""
        self._mapped = open_mapped(path, growing=growing)
        self._walker: Walker
        if self._mapped.data[:4] == b"\x0a\x0d\x0d\x0a":
            self._walker = PcapngWalker(self._mapped, self._report)
        else:
            self._walker = PcapWalker(self._mapped, self._report)
        self._kept: RecordBatch | None = None

    @property
    def data(self) -> mmap.mmap | bytes:
        """The bytes of the file as far as they are mapped; made anew when the file grew."""
        return self._mapped.data

    @property
    def array(self) -> Bytes:
        """`data` as numpy sees it: what FrameReader reads the batch at hand from."""
        return self._mapped.array

    @property
    def secrets(self) -> list[tuple[int, bytes]]:
        """Decryption secrets of a pcapng file so far: type (0x544c534b is a TLS key log) and content."""
        return self._walker.secrets if isinstance(self._walker, PcapngWalker) else []

    @property
    def position(self) -> int:
        """Bytes of the user's file that were read, for a progress bar (compressed ones if it is)."""
        return self._mapped.progress(self._walker.position)[0]

    @property
    def size(self) -> int:
        """Bytes of the user's file, for a progress bar."""
        return self._mapped.progress(self._walker.position)[1]

    @property
    def overwritten(self) -> bool:
        """Whether another capture begins in the file."""
        return isinstance(self._mapped, Copied) and self._mapped.overwritten

    def __len__(self) -> int:
        return len(self._mapped.data)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`, clipped to the file."""
        return self._mapped.data[max(start, 0) : max(stop, 0)]

    def batch(self, limit: int = BATCH) -> RecordBatch:
        """The next records, at most `limit`; none when no whole record is there now."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        while True:
            found = self._walker.read(limit)
            if len(found):
                return found
            more = self._mapped.refresh()
            if isinstance(self._mapped, Copied):
                for text in self._mapped.cuts:
                    self._report("capture-cut", "warning", text, len(self), 0)
                self._mapped.cuts.clear()
            if not more:
                return found

    def finish(self) -> bool:
        """Say that nobody will write any more; what is left at the end becomes a Finding.

        Returns whether there are records to read after all: behind a damaged place near the end, or because
        not all were read yet.
        """
        if not self._walker.final:
            self._walker.final = True
            found = self.batch()
            self._kept = found if len(found) else None
            if self._mapped.trouble:
                text = f"The compressed capture is damaged, what follows is lost: {self._mapped.trouble}"
                self._report("capture-cut", "warning", text, len(self), 0)
        return self._kept is not None

    def batches(self, limit: int = BATCH) -> Iterator[RecordBatch]:
        """All records of a file that nobody writes to, batch by batch."""
        while True:
            found = self.batch(limit)
            if len(found):
                yield found
            elif not self.finish():
                return

    def release(self) -> None:
        """Give the file back and keep its bytes: all its records were read."""
        self._mapped.release()

    def close(self) -> None:
        """Give the file back; batches that were read stay good."""
        self._mapped.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _report(self, rule: str, severity: Severity, text: str, start: int, length: int) -> None:
        if len(self.findings) == FINDINGS:
            text = f"The capture is damaged at more than {FINDINGS} places; the others are not listed"
        if len(self.findings) <= FINDINGS:
            self.findings.append(Finding(rule, severity, text, Span(self, start, length)))
