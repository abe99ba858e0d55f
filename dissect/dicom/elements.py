"""Data sets with exact bytes: `read_dataset` decides how the bytes are encoded and walks them.

Real peers send what they did not negotiate, and a capture may not show what was negotiated. So the promised
encoding is held against the first headers: if another one clearly fits better it is used, with a finding.
"""

from __future__ import annotations

from dissect.dicom.convert import to_pydicom
from dissect.dicom.dataset import (
    NO_TAG,
    UNDEFINED,
    DataSet,
    Element,
    Fragment,
    Item,
    Leaf,
    Scope,
    leaves,
)
from dissect.dicom.headers import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    WINDOW,
    Encoding,
    Reader,
    read_as,
)
from dissect.dicom.inflate import inflate
from dissect.dicom.tables import Syntax
from dissect.dicom.walk import Walk
from dissect.findings import Finding
from dissect.pieces import Buffer, Source, Span

__all__ = [
    "NO_TAG",
    "UNDEFINED",
    "DataSet",
    "Element",
    "Fragment",
    "Item",
    "Leaf",
    "Scope",
    "guess_syntax",
    "leaves",
    "read_dataset",
    "to_pydicom",
]


_SYNTAX_UIDS = {
    IMPLICIT_LITTLE: "1.2.840.10008.1.2",
    EXPLICIT_LITTLE: "1.2.840.10008.1.2.1",
    EXPLICIT_BIG: "1.2.840.10008.1.2.2",
}


def read_dataset(
    source: Source, syntax: Syntax | None, *, start: int = 0, stop: int | None = None
) -> DataSet:
    """Read the data set from `start` to `stop` of `source`, negotiated as `syntax` (None: nobody knows)."""
    stop = len(source) if stop is None else min(max(stop, 0), len(source))
    start = min(max(start, 0), stop)
    if syntax is None or not syntax.known:
        return _read_unknown(source, syntax, start, stop)
    if syntax.deflated and start < stop:
        return _read_deflated(source, syntax, start, stop)
    walk = Walk(source, start, stop)
    promised = Encoding(syntax.implicit, syntax.little)
    encoding = read_as(walk.reader, start, stop, promised)
    if not walk.reader.chain(start, stop, encoding) and (inflated := _inflate_unasked(source, start, stop)):
        text = f"{syntax.name} was negotiated, but the data set is deflated."
        finding = Finding("ds-encoding", "error", text, Span(source, start, stop - start), "PS3.8 7.6.1")
        return _read_inflated(source, syntax, start, inflated[1], inflated[0], [finding])
    if encoding != promised:
        text = f"{syntax.name} was negotiated, but the data set is in {encoding}; it is read that way."
        walk.complaints.add("ds-encoding", "error", text, start, min(start + 8, stop), "PS3.8 7.6.1")
    return _read(walk, syntax, encoding)


def guess_syntax(source: Source) -> tuple[str | None, str]:
    """The UID of the transfer syntax that the bytes of a data set look like, None if of none; and why.

    An encapsulated syntax looks like Explicit VR Little Endian until its Pixel Data.
    """
    stop = len(source)
    if stop == 0:
        return None, "the data set is empty"
    reader = Reader(source, 0, stop)
    encoding = read_as(reader, 0, stop, EXPLICIT_LITTLE)
    if reader.chain(0, stop, encoding):
        return _SYNTAX_UIDS[encoding], f"the first bytes make sense as {encoding}"
    if _inflate_unasked(source, 0, stop):
        return "1.2.840.10008.1.2.1.99", "the bytes inflate to elements"
    return None, "the first bytes are no elements in any encoding"


def _read_deflated(source: Source, syntax: Syntax, start: int, stop: int) -> DataSet:
    inflated = inflate(source, start, stop)
    if inflated.data:
        return _read_inflated(source, syntax, start, inflated.consumed, inflated.data, inflated.findings)
    walk = Walk(source, start, stop)
    encoding = read_as(walk.reader, start, stop, EXPLICIT_LITTLE)
    if walk.reader.chain(start, stop, encoding):
        text = f"{syntax.name} was negotiated, but the data set is not deflated."
        walk.complaints.add("ds-encoding", "error", text, start, stop, "PS3.8 7.6.1")
        return _read(walk, syntax, encoding)
    walk.complaints.findings.extend(inflated.findings)
    return _leave(walk, syntax)


def _read_unknown(source: Source, syntax: Syntax | None, start: int, stop: int) -> DataSet:
    """A data set whose transfer syntax is private or was never seen: its first bytes decide."""
    named = (
        f"The transfer syntax {syntax.uid} is not registered"
        if syntax
        else "The transfer syntax is not known"
    )
    walk = Walk(source, start, stop)
    encoding = read_as(walk.reader, start, stop, EXPLICIT_LITTLE)
    if start == stop:
        return _read(walk, syntax, encoding)
    if walk.reader.chain(start, stop, encoding):
        dataset = _read(walk, syntax, encoding)
        dataset.guess = (
            f"{named}; {encoding} is a guess, because the first bytes make sense as such elements."
        )
    elif (inflated := _inflate_unasked(source, start, stop)) is not None:
        dataset = _read_inflated(source, syntax, start, inflated[1], inflated[0], [])
        dataset.guess = f"{named}; deflated is a guess, because the bytes inflate to elements."
    else:
        dataset = _leave(walk, syntax)
        dataset.guess = (
            f"{named}, and the first bytes are no elements in any encoding; they are left as they are."
        )
    return dataset


def _inflate_unasked(source: Source, start: int, stop: int) -> tuple[bytes, int] | None:
    """What the bytes inflate to and how many that took, if it begins with elements."""
    head = inflate(source, start, min(stop, start + WINDOW)).data
    reader = Reader(Buffer(head), 0, len(head))
    if not any(reader.chain(0, len(head), encoding) for encoding in (EXPLICIT_LITTLE, IMPLICIT_LITTLE)):
        return None
    inflated = inflate(source, start, stop)
    return inflated.data, inflated.consumed


def _read_inflated(
    source: Source, syntax: Syntax | None, start: int, used: int, data: bytes, findings: list[Finding]
) -> DataSet:
    missing = Reader(source, start, start + used).missing(start, start + used)
    if missing:
        text = f"{missing} bytes of the deflated data set were not captured."
        findings.append(Finding("dataset-hole", "warning", text, Span(source, start, used)))
    walk = Walk(Buffer(data), 0, len(data))
    walk.complaints.findings.extend(findings)
    dataset = _read(walk, syntax, read_as(walk.reader, 0, len(data), EXPLICIT_LITTLE))
    dataset.deflated = Span(source, start, used)
    return dataset


def _read(walk: Walk, syntax: Syntax | None, encoding: Encoding) -> DataSet:
    scope = Scope(encoding.implicit, encoding.little)
    position, stop = walk.start, walk.stop
    elements: list[Element] = []
    if walk.source.read(position + 128, min(position + 132, stop)) == b"DICM":
        text = "The data set begins with the preamble of a file; elements follow at byte 132."
        walk.complaints.add("ds-file", "error", text, position, position + 132, "PS3.5 7.1")
        elements.append(walk.unread(scope, position, position + 132))
        position += 132
    elements += walk.elements(scope, position, stop)[0]
    dataset = DataSet(walk.source, syntax, walk.start, stop, scope, elements, walk.complaints.findings)
    walk.complaints.pixel_data(dataset)
    return dataset


def _leave(walk: Walk, syntax: Syntax | None) -> DataSet:
    """The data set as one run of bytes."""
    scope = Scope(EXPLICIT_LITTLE.implicit, EXPLICIT_LITTLE.little)
    elements = [walk.unread(scope, walk.start, walk.stop)] if walk.start < walk.stop else []
    return DataSet(walk.source, syntax, walk.start, walk.stop, scope, elements, walk.complaints.findings)
