"""What all layers share: spans, bytes that are missing or left over, lengths, and what each field means.

Rule 1: dissecting never raises, whatever the bytes are. A field the bytes end in holds a Cut, what is
left over becomes the field `trailing`.
Rule 2: every byte belongs to exactly one leaf; the bit fields of one byte share it.
Rule 3: a dissected layer builds the same bytes again from its fields. Scapy's cache of the raw bytes is
not used: it notices a change one list deep and no deeper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

from scapy.fields import AnyField, ConditionalField, Field, PacketListField, RawVal, StrLenField
from scapy.packet import NoPayload, Packet

F = TypeVar("F", bound=AnyField)


class About(NamedTuple):
    """What a field is for.

    `reference` is its place in the standard, `meaning` a sentence, `legal` the values allowed where not all
    are, and `trouble` what goes wrong with it in practice.
    """

    reference: str
    meaning: str
    legal: str = ""
    trouble: str = ""


_ABOUT: dict[AnyField, About] = {}


def about(field: F, reference: str, meaning: str, *, legal: str = "", trouble: str = "") -> F:
    """Declare `field` with what it means. The field itself is returned, for a `fields_desc`."""
    _ABOUT[field] = About(reference, meaning, legal, trouble)
    return field


class Cut(RawVal):
    """The value of a fixed-size field that the bytes end in, or end before: the bytes that are there."""

    def __repr__(self) -> str:
        return f"(cut short after {self.val.hex(' ')})" if self.val else "(missing)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cut) and self.val == other.val

    def __hash__(self) -> int:
        return hash(self.val)


class LengthAt(NamedTuple):
    """Where the length of a layer stands in its header: the field `name`, `width` bytes at `offset`.

    It counts the bytes after itself.
    """

    name: str
    offset: int
    width: int
    order: Literal["big", "little"] = "big"

    @property
    def end(self) -> int:
        return self.offset + self.width

    def stop(self, data: bytes, start: int = 0) -> int | None:
        """Where the layer that starts at `start` says it ends; None where its length is cut off."""
        begin, end = start + self.offset, start + self.end
        if len(data) < end:
            return None
        return end + int.from_bytes(data[begin:end], self.order)


class Leaf(NamedTuple):
    """A field without fields of its own, and the bytes it takes."""

    layer: Packet
    field: str
    start: int
    stop: int


class Layer(Packet):
    """A Scapy layer that knows where its fields lie and what they mean.

    Positions count from the start of the bytes that were given to the outermost layer; they describe what
    was dissected and do not follow later changes.
    """

    __slots__ = ["cursor", "cut", "extent", "lacking", "spans"]
    cursor: int
    """While dissecting: where the field being read starts. Items take their own start from it."""
    spans: dict[str, tuple[int, int]]
    """Start and stop of each field the bytes reach; a field that is missing altogether has none."""
    extent: tuple[int, int]
    """Start and stop of the layer."""
    cut: dict[str, int]
    """The fields the bytes end in or before, and how many bytes each lacks."""
    lacking: int
    """How many of the bytes that the layer's own length promises are not there."""

    reference: ClassVar[str] = ""
    """Where the standard describes the layer."""
    meaning: ClassVar[str] = ""
    length_at: ClassVar[LengthAt | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.cursor = 0
        self.spans = {}
        self.extent = (0, 0)
        self.cut = {}
        self.lacking = 0
        super().__init__(*args, **kwargs)

    @classmethod
    def about(cls, name: str) -> About:
        """What the field `name` of this layer is for."""
        return next(_ABOUT[field] for field in cls.fields_desc if field.name == name)

    @property
    def complete(self) -> bool:
        """No byte of this layer, or of a layer in it, is missing."""
        return not self.lacking and not self.cut and all(layer.complete for layer in self.nested())

    def nested(self) -> Iterator[Layer]:
        """The layers that are values of this one's fields, in order."""
        for field in self.packetfields:
            value = self.getfieldval(field.name)
            yield from value if isinstance(value, list) else () if value is None else (value,)

    def leaves(self) -> Iterator[Leaf]:
        """The leaves of the tree that was dissected, in the order of their bytes."""
        for field in self.fields_desc:
            start, stop = self.spans.get(field.name, (0, 0))
            if start == stop:
                continue
            if field.holds_packets:
                value = self.getfieldval(field.name)
                for layer in value if isinstance(value, list) else [value]:
                    yield from layer.leaves()
            else:
                yield Leaf(self, field.name, start, stop)
        if not isinstance(self.payload, NoPayload):  # what followed the outermost layer
            yield Leaf(self.payload, "load", self.extent[1], self.extent[1] + len(self.payload.original))

    def text(self, name: str) -> str:
        """The value of the field `name` in words."""
        return str(self.get_field(name).i2repr(self, self.getfieldval(name)))

    def digest(self) -> str:
        """What stands out in this layer, in a few words."""
        return ""

    def mysummary(self) -> str:
        return f"{self.name} {self.digest()}".rstrip()

    def secrets(self) -> frozenset[str]:
        """The fields that hold a passcode or a token, which nobody should read over a shoulder."""
        return frozenset()

    def do_dissect(self, s: bytes) -> bytes:
        surplus = b""
        stop = self.length_at.stop(s) if self.length_at else None
        if stop is not None:
            self.lacking = max(stop - len(s), 0)
            s, surplus = s[:stop], s[stop:]
        origin = self.parent.cursor if isinstance(self.parent, Layer) else 0
        at = 0
        bits: Any = None  # within a byte of bit fields: the byte, and how many of its bits are taken
        for field in self.fields_desc:
            self.cursor = origin + at
            wanted = 1 if bits else self._wanted(field, len(s) - at)
            taken = min(wanted, len(s) - at)
            if taken < wanted:
                self.cut[field.name] = wanted - taken
            rest: Any = b""
            if taken < wanted and not _can_be_shorter(field):
                value: Any = Cut(s[at : at + taken])
            else:  # a field is given its own bytes, not all that follow: those can be many
                rest, value = field.getfield(self, bits or s[at : at + taken])
            bits = rest if isinstance(rest, tuple) else None
            stop = at + taken - (0 if bits else len(rest))
            if not field.isconditional or value is not None:
                self.fields[field.name] = value
                if not isinstance(value, Cut) or value.val:
                    self.spans[field.name] = (origin + at, origin + stop)
            at = at if bits else stop
        self.extent = (origin, origin + len(s))
        self.explicit = 1
        return surplus

    def _wanted(self, field: AnyField, left: int) -> int:
        """How many bytes `field` should have, where `left` are left."""
        if field.isconditional:
            return left
        if _can_be_shorter(field):
            length_from = getattr(field, "length_from", None)
            return int(length_from(self)) if length_from else left + self.lacking
        return math.ceil(field.sz)

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return b"", s

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Put in the length where it was left out."""
        at = self.length_at
        if at and self.getfieldval(at.name) is None:
            try:
                length = (len(pkt) - at.end).to_bytes(at.width, at.order)
            except OverflowError:
                raise ValueError(f"{self.name} holds more bytes than its length field can say") from None
            pkt = pkt[: at.offset] + length + pkt[at.end :]
        return pkt + pay

    def copy(self) -> Layer:
        clone = super().copy()
        clone.spans, clone.cut = dict(self.spans), dict(self.cut)
        clone.extent, clone.lacking = self.extent, self.lacking
        return clone


def _can_be_shorter(field: AnyField) -> bool:
    """Of a field of text, bytes or layers it makes sense to show the part that is there."""
    return bool(field.holds_packets) or isinstance(field, StrLenField)


MOST = 8192
"""Layers of a list; what follows belongs to the last. A hole of 10 MB reads as millions of empty PDVs."""


class LayerList(PacketListField):
    """The layers of one kind that follow each other, each as long as its own length says.

    `choose` gives the class for a layer from its first byte. Scapy's own list is not used for dissecting:
    it stops at `conf.max_list_count` and copies all that follows an item for every item.
    """

    __slots__ = ["choose", "length_at"]

    def __init__(
        self,
        name: str,
        length_at: LengthAt,
        choose: Callable[[int], type[Layer]],
        length_from: Callable[[Packet], int] | None = None,
    ) -> None:
        super().__init__(name, [], length_from=length_from)
        self.length_at = length_at
        self.choose = choose

    def getfield(self, pkt: Any, s: bytes) -> tuple[bytes, list[Any]]:
        limit = min(self.length_from(pkt), len(s)) if self.length_from else len(s)
        origin, start = pkt.cursor, 0
        layers: list[Any] = []
        while start < limit:
            stop = self.length_at.stop(s, start)
            stop = limit if stop is None or len(layers) == MOST - 1 else min(stop, limit)
            pkt.cursor = origin + start
            layers.append(self.choose(s[start])(s[start:stop], _internal=1, _parent=pkt))
            start = stop
        pkt.cursor = origin
        return s[limit:], layers


class Optional(ConditionalField):
    """A field that is there when bytes are left for it, and that is built when it has a value."""

    def __init__(self, field: Field[Any, Any]) -> None:
        super().__init__(field, lambda pkt: pkt.getfieldval(field.name) not in (None, b""))

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:
        return self.fld.getfield(pkt, s) if s else (s, None)

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        return s if val is None else self.fld.addfield(pkt, s, val)


def length_of(name: str) -> Callable[[Packet], int]:
    """The number in the length field `name`, for `length_from`; 0 where it is cut off."""

    def length(layer: Packet) -> int:
        value = layer.getfieldval(name)
        return value if isinstance(value, int) else 0

    return length
