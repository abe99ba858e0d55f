"""What the walk of a data set yields: elements, items and fragments with their exact bytes.

    DataSet -> elements: Element -> items: Item -> elements ...       a sequence
                                 -> fragments: Fragment              encapsulated pixel data

Every byte of a data set belongs to exactly one leaf; `leaves` names them all. Bytes that could not be read as
elements are an element too: one without a header, whose tag is NO_TAG.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dissect.dicom import tables
from dissect.findings import Finding
from dissect.pieces import Source, Span

UNDEFINED = 0xFFFFFFFF
NO_TAG = -1
"""The tag of an Element that stands for bytes which could not be read."""

ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010


@dataclass(slots=True, eq=False)
class Scope:
    """What the elements of one data set or item share. An item inherits what it does not state itself."""

    implicit: bool
    little: bool
    parent: Scope | None = None
    charset: tuple[str, ...] | None = None
    """Specific Character Set (0008,0005) as written, None where it is absent."""
    signed: bool | None = None
    """Whether Pixel Representation (0028,0103) says that pixels are signed."""
    creators: dict[int, str] = field(default_factory=dict)
    """Private creators by group * 256 + block; not inherited (PS3.5 7.8.1)."""

    def character_set(self) -> tuple[str, ...]:
        scope: Scope | None = self
        while scope is not None:
            if scope.charset is not None:
                return scope.charset
            scope = scope.parent
        return ()

    def pixels_signed(self) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if scope.signed is not None:
                return scope.signed
            scope = scope.parent
        return False


@dataclass(slots=True, eq=False)
class Element:
    """One data element: its value runs from `value_start` to `closing`, its delimitation item on to `stop`.

    `vr` is what the bytes say, in implicit VR what a dictionary says ("UN" if none knows the tag); it is
    empty for a stray item or delimitation tag. `length` is the declared one: where fewer bytes are there, the
    element is `truncated`. `hole` means that some of its bytes were not captured and read as zero.
    """

    source: Source = field(repr=False)
    scope: Scope = field(repr=False)
    tag: int
    vr: str
    explicit: bool
    start: int
    value_start: int
    length: int
    closing: int
    stop: int
    creator: str | None = None
    truncated: bool = False
    hole: bool = False
    items: list[Item] | None = None
    fragments: list[Fragment] | None = None

    @property
    def unread(self) -> bool:
        return self.tag == NO_TAG

    @property
    def name(self) -> str:
        """What a dictionary calls it; never empty."""
        if self.unread:
            return "Unread bytes"
        return tables.tag_name(self.tag, self.creator) or (
            "Private element" if self.tag >> 16 & 1 else "Unknown"
        )

    @property
    def keyword(self) -> str:
        return "" if self.unread else tables.keyword(self.tag)

    @property
    def label(self) -> str:
        """The tag as the standard writes it: (0010,0020)."""
        return "" if self.unread else f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.stop - self.start)

    @property
    def tag_span(self) -> Span | None:
        return None if self.unread else Span(self.source, self.start, 4)

    @property
    def vr_span(self) -> Span | None:
        return Span(self.source, self.start + 4, 2) if self.explicit else None

    @property
    def reserved_span(self) -> Span | None:
        """The two bytes after a VR whose length has 32 bits."""
        return Span(self.source, self.start + 6, 2) if self.value_start - self.start == 12 else None

    @property
    def length_span(self) -> Span | None:
        if self.unread:
            return None
        width = 2 if self.explicit and self.value_start - self.start == 8 else 4
        return Span(self.source, self.value_start - width, width)

    @property
    def value_span(self) -> Span:
        """The value; of a sequence or of encapsulated pixel data, all of its items."""
        return Span(self.source, self.value_start, self.closing - self.value_start)

    @property
    def delimiter_span(self) -> Span | None:
        return Span(self.source, self.closing, self.stop - self.closing) if self.stop > self.closing else None


@dataclass(slots=True, eq=False)
class Item:
    """An item of a sequence: a data set of its own, in its own scope.

    One whose header is lost or no item's is `headless`: its value begins where it starts.
    """

    source: Source = field(repr=False)
    scope: Scope = field(repr=False)
    start: int
    value_start: int
    length: int
    closing: int
    stop: int
    elements: list[Element] = field(default_factory=list)
    truncated: bool = False
    headless: bool = False

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.stop - self.start)

    @property
    def value_span(self) -> Span:
        return Span(self.source, self.value_start, self.closing - self.value_start)

    @property
    def delimiter_span(self) -> Span | None:
        return Span(self.source, self.closing, self.stop - self.closing) if self.stop > self.closing else None


@dataclass(slots=True, eq=False)
class Fragment:
    """An item of encapsulated pixel data; the first of an element is the Basic Offset Table.

    An `unread` one has no header: bytes between fragments that are no item.
    """

    source: Source = field(repr=False)
    start: int
    value_start: int
    length: int
    stop: int
    truncated: bool = False
    unread: bool = False

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.stop - self.start)

    @property
    def value_span(self) -> Span:
        return Span(self.source, self.value_start, self.stop - self.value_start)


@dataclass(slots=True, eq=False)
class DataSet:
    """A data set read over `source`, from `start` to `stop`.

    `implicit` and `little` say how it was read, which need not be what `syntax` (as negotiated) promised:
    then there is a finding, or a `guess` if nothing was promised. Of a deflated data set, `source` is the
    inflated buffer and `deflated` the bytes that were inflated.
    """

    source: Source = field(repr=False)
    syntax: tables.Syntax | None
    start: int
    stop: int
    scope: Scope = field(repr=False)
    elements: list[Element]
    findings: list[Finding]
    guess: str | None = None
    deflated: Span | None = None

    @property
    def implicit(self) -> bool:
        return self.scope.implicit

    @property
    def little(self) -> bool:
        return self.scope.little

    def get(self, tag: int) -> Element | None:
        """The first element of the top level with this tag."""
        return next((element for element in self.elements if element.tag == tag), None)


class Leaf(NamedTuple):
    """Bytes that are not divided further, of a header field, a value or a delimitation item."""

    name: str
    start: int
    stop: int
    owner: Element | Item | Fragment


def leaves(dataset: DataSet) -> Iterator[Leaf]:
    """Every byte of a data set in order, each in exactly one leaf; empty leaves are left out."""
    return (leaf for element in dataset.elements for leaf in _leaves(element) if leaf.stop > leaf.start)


def _leaves(element: Element) -> Iterator[Leaf]:
    spans = (
        ("tag", element.tag_span),
        ("VR", element.vr_span),
        ("reserved", element.reserved_span),
        ("length", element.length_span),
    )
    for name, span in spans:
        if span is not None:
            yield Leaf(name, span.start, span.stop, element)
    if element.items is not None:
        for item in element.items:
            if not item.headless:
                yield Leaf("item tag", item.start, item.start + 4, item)
                yield Leaf("item length", item.start + 4, item.start + 8, item)
            if item.elements:
                for child in item.elements:
                    yield from _leaves(child)
            else:
                yield Leaf("item value", item.value_start, item.closing, item)
            yield Leaf("item delimitation", item.closing, item.stop, item)
    elif element.fragments is not None:
        for fragment in element.fragments:
            if not fragment.unread:
                yield Leaf("fragment tag", fragment.start, fragment.start + 4, fragment)
                yield Leaf("fragment length", fragment.start + 4, fragment.start + 8, fragment)
            yield Leaf("fragment value", fragment.value_start, fragment.stop, fragment)
    else:
        yield Leaf("value", element.value_start, element.closing, element)
    yield Leaf("sequence delimitation", element.closing, element.stop, element)
