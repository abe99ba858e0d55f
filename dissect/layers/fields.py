"""The kinds of field that PDUs, items and commands are made of, and how their values read.

Values stay what Scapy users expect, numbers and bytes; only `show()` and `i2repr` put them into words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scapy.fields import ByteField, PacketField, StrFixedLenField, StrLenField
from scapy.packet import Packet

from dissect.layers.base import Layer, Optional, about

Names = Mapping[int, str]

SHOWN_BYTES = 32
"""How many bytes of a long value are put into words."""


def hex_text(data: bytes) -> str:
    """`data` in hexadecimal; of more than SHOWN_BYTES only the beginning, and how many there are."""
    if len(data) <= SHOWN_BYTES:
        return data.hex(" ") or "(empty)"
    return f"{data[:SHOWN_BYTES].hex(' ')} … ({len(data)} bytes)"


def plain(data: bytes) -> str:
    """`data` as text, with whatever cannot be shown, or would not be seen, written as an escape."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) or "(empty)"


class CodeField(ByteField):
    """One byte whose values have names. What the names are may depend on the fields before it."""

    __slots__ = ["as_hex", "names"]

    def __init__(
        self, name: str, default: int | None, names: Names | Callable[[Packet], Names], as_hex: bool = False
    ) -> None:
        self.names = names
        self.as_hex = as_hex
        super().__init__(name, default)

    def _names(self, pkt: Packet | None) -> Names:
        if not callable(self.names):
            return self.names
        return self.names(pkt) if pkt is not None else {}

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        """A name can be given for the number."""
        if not isinstance(x, str):
            return x
        for number, name in self._names(pkt).items():
            if name == x:
                return number
        raise ValueError(f"{self.name} has no value {x!r}")

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        if not isinstance(x, int):
            return repr(x)
        name = self._names(pkt).get(x)
        number = f"0x{x:02X}" if self.as_hex else str(x)
        return f"{number} ({name})" if name else number


class TextField(StrLenField):
    """Characters, shown as UTF-8: as many as `length_from` says, or all that are left of the layer."""

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return plain(x) if isinstance(x, bytes) else repr(x)

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, bytes]:
        stop = self.length_from(pkt) if self.length_from else len(s)
        return s[stop:], s[:stop]


class UidField(TextField):
    """A UID, sent without padding (PS3.8 Annex F)."""

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        text = super().i2repr(pkt, x)
        name = uid_name(x) if isinstance(x, bytes) else ""
        return f"{text} ({name})" if name else text


class BytesField(TextField):
    """Bytes that are not text, shown in hexadecimal."""

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return hex_text(x) if isinstance(x, bytes) else repr(x)


class AETitleField(StrFixedLenField):
    """An AE title: 16 characters, spaces at either end do not count, shorter ones are filled with spaces."""

    def __init__(self, name: str, default: bytes) -> None:
        super().__init__(name, default, length=16)

    def any2i(self, pkt: Packet | None, x: Any) -> bytes:
        title: bytes = super().any2i(pkt, x)
        if len(title) > 16:
            raise ValueError(f"{self.name}: an AE title has at most 16 characters, not {len(title)}")
        return title.ljust(16)

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        if not isinstance(x, bytes):
            return repr(x)
        return plain(x.rstrip(b" "))


class ReservedField(StrFixedLenField):
    """Reserved bytes: sent as 0, whatever arrives is accepted."""

    def __init__(self, name: str, length: int) -> None:
        super().__init__(name, bytes(length), length=length)

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        if not isinstance(x, bytes):
            return repr(x)
        return hex_text(x) if any(x) else f"{len(x)} zero bytes"


class LayerField(PacketField):
    """One layer in a field, which takes all bytes left; `choose` names its class from the fields before."""

    __slots__ = ["choose"]

    def __init__(self, name: str, choose: Callable[[Packet], type[Layer]]) -> None:
        super().__init__(name, None, Layer)
        self.choose = choose

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:
        return b"", self.choose(pkt)(s, _internal=1, _parent=pkt) if s else None


def uid_name(uid: bytes) -> str:
    """The name the standard registers for `uid`; empty where it has none."""
    import pynetdicom  # noqa: F401 - it adds newer UIDs to the dictionary; deferred: takes 0.3 s
    from pydicom._uid_dict import UID_dictionary

    entry = UID_dictionary.get(uid.decode("ascii", "replace").rstrip("\0 "))
    return entry[0] if entry else ""


TRAILING = about(
    Optional(BytesField("trailing", b"")),
    "PS3.8 9.3.1",
    "Bytes that the length counts but no field takes.",
    legal="none",
    trouble="A length that is too big takes in the bytes that follow, and everything after them is misread.",
)
"""The last field of every layer that no other field fills up."""
