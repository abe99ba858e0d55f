"""What an A-ASSOCIATE-RQ or -AC says, read for the index (PS3.8 9.3.2, 9.3.3, Annex D; PS3.7 Annex D.3).

A reading that never fails: what does not fit is left out and told of in `damage`. The layers show every byte;
this keeps what an association needs to know. Positions count from the first byte of the PDU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

APPLICATION_CONTEXT, CONTEXT_RQ, CONTEXT_AC = 0x10, 0x20, 0x21
ABSTRACT_SYNTAX, TRANSFER_SYNTAX, USER_INFORMATION = 0x30, 0x40, 0x50
MAXIMUM_LENGTH, CLASS_UID, ASYNCHRONOUS, ROLES, VERSION_NAME = 0x51, 0x52, 0x53, 0x54, 0x55
EXTENDED, COMMON_EXTENDED, IDENTITY_RQ, IDENTITY_AC = 0x56, 0x57, 0x58, 0x59

FIRST_ITEM = 74
"""Position of the first item in the PDU (PS3.8 Table 9-11)."""


class Item(NamedTuple):
    """An item or sub-item: its value lies from `start` to `stop`."""

    kind: int
    start: int
    stop: int


class Context(NamedTuple):
    """A presentation context as one side stated it; `result` is None in a request."""

    id: int
    result: int | None
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    start: int
    length: int


class Roles(NamedTuple):
    """SCP/SCU role selection (PS3.7 D.3.3.4)."""

    scu: bool
    scp: bool


class CommonExtended(NamedTuple):
    """Common extended negotiation (PS3.7 D.3.3.6)."""

    sop_class: str
    service_class: str
    related: tuple[str, ...]


class UserIdentity(NamedTuple):
    """User identity as requested (PS3.7 D.3.3.7); `secondary` is the passcode of type 2."""

    type: int
    wants_response: bool
    primary: bytes
    secondary: bytes


@dataclass(slots=True)
class Proposal:
    """An A-ASSOCIATE-RQ or -AC in the standard's terms; None is what it does not say."""

    cut: bool = False
    """Whether not all of the PDU was captured; then it says no more than what comes before the first hole."""
    version: int | None = None
    called_ae: str | None = None
    calling_ae: str | None = None
    application_context: str | None = None
    contexts: list[Context] = field(default_factory=list)
    maximum_length: int | None = None
    class_uid: str | None = None
    version_name: str | None = None
    asynchronous: tuple[int, int] | None = None
    """Operations that may be invoked and performed at a time, 0 for any number (PS3.7 D.3.3.3)."""
    roles: dict[str, Roles] = field(default_factory=dict)
    extended: dict[str, bytes] = field(default_factory=dict)
    common_extended: list[CommonExtended] = field(default_factory=list)
    identity: UserIdentity | None = None
    identity_response: bytes | None = None
    items: list[Item] = field(default_factory=list)
    user_items: list[Item] = field(default_factory=list)
    padded: list[Item] = field(default_factory=list)
    """UIDs with a byte at their end that belongs to no UID (PS3.8 F.1)."""
    damage: list[tuple[int, str]] = field(default_factory=list)
    """Position and what does not fit there."""


def read_proposal(data: bytes, *, cut: bool = False) -> Proposal:
    """Read an A-ASSOCIATE-RQ or -AC PDU, header included; `cut`: `data` is only its beginning."""
    found = Proposal(cut=cut)
    if len(data) >= 8:
        found.version = data[6] << 8 | data[7]
    if len(data) >= 26:
        found.called_ae = _title(data[10:26])
    if len(data) >= 42:
        found.calling_ae = _title(data[26:42])
    for item in _items(data, FIRST_ITEM, len(data), found):
        found.items.append(item)
        if item.kind == APPLICATION_CONTEXT:
            found.application_context = _uid(data, item, found)
        elif item.kind in (CONTEXT_RQ, CONTEXT_AC):
            _context(data, item, found)
        elif item.kind == USER_INFORMATION:
            for user_item in _items(data, item.start, item.stop, found):
                found.user_items.append(user_item)
                _user_item(data, user_item, found)
    return found


def _items(data: bytes, at: int, stop: int, found: Proposal) -> Iterator[Item]:
    while at + 4 <= stop:
        end = at + 4 + (data[at + 2] << 8 | data[at + 3])
        if end > stop:
            text = f"item {data[at]:02X}H says {end - at - 4} bytes, {stop - at - 4} are there"
            found.damage.append((at, text))
            end = stop
        yield Item(data[at], at + 4, end)
        at = end
    if at < stop:
        found.damage.append((at, f"{stop - at} bytes are left over"))


def _context(data: bytes, item: Item, found: Proposal) -> None:
    if item.stop - item.start < 4:
        found.damage.append((item.start - 4, "a presentation context without an id"))
        return
    abstract_syntax, transfer_syntaxes = "", []
    for inner in _items(data, item.start + 4, item.stop, found):
        if inner.kind == ABSTRACT_SYNTAX:
            abstract_syntax = _uid(data, inner, found)
        elif inner.kind == TRANSFER_SYNTAX:
            transfer_syntaxes.append(_uid(data, inner, found))
    result = data[item.start + 2] if item.kind == CONTEXT_AC else None
    start = item.start - 4
    found.contexts.append(
        Context(data[item.start], result, abstract_syntax, tuple(transfer_syntaxes), start, item.stop - start)
    )


def _user_item(data: bytes, item: Item, found: Proposal) -> None:
    kind, value = item.kind, data[item.start : item.stop]
    if kind == MAXIMUM_LENGTH and len(value) >= 4:
        found.maximum_length = int.from_bytes(value[:4], "big")
    elif kind == CLASS_UID:
        found.class_uid = _uid(data, item, found)
    elif kind == ASYNCHRONOUS and len(value) >= 4:
        found.asynchronous = (value[0] << 8 | value[1], value[2] << 8 | value[3])
    elif kind == VERSION_NAME:
        found.version_name = _text(value)
    elif kind == ROLES:
        uid, rest = _counted(value)
        if len(rest) >= 2:
            found.roles[_clean(uid)] = Roles(rest[0] == 1, rest[1] == 1)
    elif kind == EXTENDED:
        uid, rest = _counted(value)
        found.extended[_clean(uid)] = rest
    elif kind == COMMON_EXTENDED:
        sop_class, rest = _counted(value)
        service_class, rest = _counted(rest)
        related, _ = _counted(rest)
        names = []
        while related:
            name, related = _counted(related)
            names.append(_clean(name))
        found.common_extended.append(CommonExtended(_clean(sop_class), _clean(service_class), tuple(names)))
    elif kind == IDENTITY_RQ and len(value) >= 2:
        primary, rest = _counted(value[2:])
        found.identity = UserIdentity(value[0], value[1] == 1, primary, _counted(rest)[0])
    elif kind == IDENTITY_AC:
        found.identity_response = _counted(value)[0]


def _counted(value: bytes) -> tuple[bytes, bytes]:
    """A value behind its two-byte length, and what follows it."""
    length = int.from_bytes(value[:2], "big")
    return value[2 : 2 + length], value[2 + length :]


def _uid(data: bytes, item: Item, found: Proposal) -> str:
    value = data[item.start : item.stop]
    if value[-1:] in (b"\0", b" "):
        found.padded.append(item)
    return _clean(value)


def _clean(value: bytes) -> str:
    return value.decode("latin-1").strip("\0 ")


def _text(value: bytes) -> str:
    return value.decode("latin-1").rstrip("\0 ")


def _title(value: bytes) -> str:
    return value.decode("latin-1").strip("\0 ")
