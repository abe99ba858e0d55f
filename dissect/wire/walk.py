"""Following a chain of records through a file: each says how long it is, so the next is found from it.

Rule 1: nothing here raises on bad bytes. A chain that breaks is taken up at the next place where records
chain again, and a Finding says what lies between.
Rule 2: how many records are asked for at a time changes nothing but the size of the answers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dissect.findings import Severity
from dissect.wire.files import Mapped
from dissect.wire.gather import Positions

Report = Callable[[str, Severity, str, int, int], None]
"""Makes a Finding: rule, severity, text, position and length of the bytes that show it."""

SANE = 1 << 20
"""Captured bytes of a record that nobody has to prove; the biggest frames of Linux are half of it."""


@dataclass(slots=True)
class RecordBatch:
    """Records of a capture file as columns, one row a record."""

    first: int
    """0-based number of the first record in its file."""
    offset: npt.NDArray[np.int64]
    """Position of the captured bytes in the file."""
    captured: npt.NDArray[np.int64]
    """Captured bytes."""
    original: npt.NDArray[np.int64]
    """Bytes on the wire."""
    time: npt.NDArray[np.int64]
    """Nanoseconds since the epoch."""
    link: npt.NDArray[np.int32]
    """LINKTYPE_ number; -1 when the file does not say."""
    comments: dict[int, str] = field(default_factory=dict)
    """Record number -> packet comment (pcapng); usually empty."""

    def __len__(self) -> int:
        return len(self.offset)


SLOW = 64
"""Records looked at behind a damaged place, doubled with each step: what lies behind the next is in vain."""


@dataclass(slots=True)
class Survey:
    """What a walker sees from its position on: `rows` that chain, and where that ends."""

    rows: Positions
    """Positions of headers."""
    ends: Positions
    """Where each record ends; only the last may end beyond the file."""
    bad: int
    """Index of the first row that cannot be a record, or the number of rows."""
    hold: int
    """Rows from this index on cannot be judged before more bytes are there."""


class Walker:
    """The chain of records in one file. The file's kind says what a record looks like."""

    header = 0
    """Bytes of a record's header: the next record cannot start before its end."""

    length: struct.Struct
    """Reads the length of a record, and reaches to its header's end: it fails on half a header."""
    length_at = 0
    """Where it reads, from the start of the header."""
    extra = 0
    """Bytes from one header to the next that the length leaves out."""

    def __init__(self, mapped: Mapped, report: Report) -> None:
        self.mapped = mapped
        self.report = report
        self.position = 0
        self.final = False
        self.count = 0
        self._pace = 1 << 62
        self._damage = -1
        self._searched = 0

    def survey(self, limit: int) -> Survey:
        """The next records; `limit` and a few more, to judge the last ones by what follows them."""
        raise NotImplementedError

    def restart(self, rows: Positions, bad: int) -> int:
        """Where to search for the next record when row `bad` is none."""
        raise NotImplementedError

    def relax(self) -> bool:
        """Take more for a record than before, when nothing was found in the whole file; False: no more."""
        return False

    def vouches(self, row: int, end: int) -> bool:
        """Whether the header at `row`, whose length is wrong, says elsewhere that it ends at `end`."""
        return False

    def batch(self, rows: Positions, ends: Positions) -> RecordBatch:
        """The columns of the records at `rows`, all of which are sane and wholly in the file."""
        raise NotImplementedError

    def candidates(self, low: int, high: int) -> Positions:
        """Places from `low` to before `high` that could be a header."""
        raise NotImplementedError

    def chains(self, position: int) -> bool | None:
        """Whether records chain from `position` on; None when the file ends before that is certain."""
        raise NotImplementedError

    def read(self, limit: int) -> RecordBatch:
        """The next records, at most `limit`; none when no whole one is there now."""
        while True:
            before = self.position
            found = self._step(limit)
            if len(found) or self.position == before:
                return found

    def _step(self, limit: int) -> RecordBatch:
        limit = min(limit, self._pace)
        self._pace *= 2
        seen = self.survey(limit)
        rows, ends, size = seen.rows, seen.ends, len(self.mapped.data)
        take = min(limit, seen.bad, seen.hold, int(np.searchsorted(ends, size, "right")))
        following = int(ends[take - 1]) if take else self.position
        if seen.bad <= limit and seen.bad < len(rows) and seen.bad <= seen.hold:
            take, following = self._damaged(seen)
        elif self.final and take == len(rows) - 1 < limit:
            take, following = self._cut(rows, ends)
        elif self.final and not len(rows) and self.position < size:
            self._report_cut(self.position)
            following = size
        self.position = following
        found = self.batch(rows[:take], ends[:take])
        self.count += len(found)
        return found

    def _damaged(self, seen: Survey) -> tuple[int, int]:
        """Take the chain up after row `bad`: the rows that stand, and the position to go on from."""
        rows, ends, bad = seen.rows, seen.ends, seen.bad
        start, self._pace = int(rows[bad]), SLOW
        found = self._resync(start, self.restart(rows, bad))
        if found is None and not self.final:
            take = max(bad - 1, 0)
            return take, int(rows[take])
        if found is None:
            size = len(self.mapped.data)
            self._report_damage(start, size, "no later record was found")
            return bad, size
        if bad and (found < ends[bad - 1] or self.vouches(int(rows[bad - 1]), found)):
            ends[bad - 1] = found
        if self.vouches(start, found):
            ends[bad] = found
            bad += 1
        lost = min(start, found)
        self._report_damage(lost, found, f"reading goes on at offset {found:,}")
        return bad, found

    def _cut(self, rows: Positions, ends: Positions) -> tuple[int, int]:
        """The last record reaches beyond the end of the file: cut short, or its length is wrong."""
        last = int(rows[-1])
        found = self._resync(last, last + self.header)
        if found is None:
            self._report_cut(last)
            return len(rows) - 1, len(self.mapped.data)
        ends[-1] = found
        self._report_damage(last, found, f"reading goes on at offset {found:,}")
        return len(rows), found

    def _report_damage(self, start: int, stop: int, text: str) -> None:
        self.report(
            "capture-damaged", "warning",
            f"The capture is damaged at offset {start:,}: no record starts there; {text}",
            start, stop - start,
        )  # fmt: skip

    def _report_cut(self, start: int) -> None:
        left = len(self.mapped.data) - start
        self.report(
            "capture-cut", "warning",
            f"The capture ends within a record: its last {left:,} bytes, from offset {start:,}, are not read",
            start, left,
        )  # fmt: skip

    def _resync(self, damage: int, start: int) -> int | None:
        """The next place from `start` on where records chain; None when there is none as yet.

        What was searched is not searched again when the file has grown.
        """
        if damage == self._damage and self._searched > start:
            start = self._searched
        self._damage = damage
        found = self._search(start)
        while found is None and self.final and self.relax():
            found = self._search(start)
        return found

    def _search(self, start: int) -> int | None:
        """Windows grow from 4 KiB to 1 MiB, so that neither many small nor one big damage takes long."""
        size, width, undecided = len(self.mapped.data), 1 << 12, -1
        while start < size:
            stop = min(start + width, size)
            for place in self.candidates(start, stop).tolist():
                verdict = self.chains(place)
                if verdict:
                    return int(place)
                if verdict is None and undecided < 0:
                    undecided = place
            start, width = stop, min(width * 2, 1 << 20)
        self._searched = max(size - self.header, 0) if undecided < 0 else undecided
        return None
