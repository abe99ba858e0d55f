"""Fields of PDUs and messages set to other values, through the layers, with all lengths put right.

A setting is NAME.FIELD=VALUE. NAME is a PDU (A-ASSOCIATE-RQ) or a message (C-ECHO-RQ). A field of a PDU is
its own or that of an item in it, its words shortened as one likes (max_length for maximum_length_received);
[2] behind it means the second of several, otherwise all are. A field of a message is a keyword of an element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dissect.dicom.commands import CommandSet
from dissect.dicom.messages import COMMAND, LAST
from dissect.dicom.tables import COMMANDS
from dissect.layers import CommandElement, Cut, Layer, Pdu
from dissect.layers import CommandSet as CommandLayer
from dissect.layers.commands import encode, value_text
from dissect.layers.dictionary import element, message_keywords, tag_of
from dissect.layers.headers import PDU_TYPES
from dissect.peer.messages import FIRST_PDV, pdvs
from dissect.peer.values import SettingError, element_value, field_value

HIDDEN = "(hidden)"
_SETTING = re.compile(r"([\w-]+)\.(\w+)(?:\[(\d{1,9})\])?=(.*)", re.DOTALL)


class Setting(NamedTuple):
    """`number` counts fields of one name from 1; None means all of them."""

    name: str
    field: str
    number: int | None
    value: str


class Place(NamedTuple):
    """A field of a layer."""

    layer: Layer
    name: str


def parse_setting(text: str) -> Setting:
    """Read NAME.FIELD=VALUE. Raises SettingError."""
    found = _SETTING.fullmatch(text.strip())
    if found is None:
        example = "A-ASSOCIATE-RQ.max_length=4096"
        raise SettingError(f"{text!r} is no setting: expected NAME.FIELD=VALUE, such as {example}")
    name, field, number, value = found.groups()
    return Setting(name.upper(), field, int(number) if number else None, value)


def rewrite(pdus: Sequence[bytes], settings: Sequence[Setting]) -> list[bytes]:
    """The PDUs with fields set. Those that no setting is about stay as they are, to the byte.

    Raises SettingError where there is no such field, or it cannot have the value.
    """
    written = list(pdus)
    known = names(pdus)
    for setting in settings:
        if setting.name not in known:
            raise SettingError(f"there is no {setting.name} to set fields of, only {', '.join(known)}")
    for message in _messages(pdus):
        own = [setting for setting in settings if setting.name == message.name]
        if own:
            message.replace(written, _rewritten_command(message, own))
    for number, pdu in enumerate(written):  # after messages, whose lengths may be set wrong here
        own = [setting for setting in settings if setting.name == _pdu_name(pdu)]
        if own:
            written[number] = _rewritten_pdu(pdu, own)
    return written


def names(pdus: Sequence[bytes]) -> list[str]:
    """What settings can be about: the PDUs and messages there are, in their order, each once."""
    found: list[str] = []
    messages = {message.pieces[0].pdu: message.name for message in _messages(pdus)}
    for number, pdu in enumerate(pdus):
        found += [_pdu_name(pdu)]
        found += [messages[number]] if number in messages else []
    return list(dict.fromkeys(found))


def settable(pdus: Sequence[bytes], *, show_secrets: bool) -> Iterator[tuple[str, str, str]]:
    """Name, field and value of everything that can be set, as it stands."""
    seen: set[str] = set()
    messages = {message.pieces[0].pdu: message for message in _messages(pdus)}
    for number, pdu in enumerate(pdus):
        name = _pdu_name(pdu)
        if name not in seen:
            places = list(_places(Pdu(_whole(pdu))))
            counts: dict[str, int] = {}
            for place in places:
                counts[place.name] = counts.get(place.name, 0) + 1
                if place.layer.getfieldval(place.name) in (None, b""):
                    continue
                several = sum(each.name == place.name for each in places) > 1
                field = f"{place.name}[{counts[place.name]}]" if several else place.name
                secret = place.name in place.layer.secrets() and not show_secrets
                yield name, field, HIDDEN if secret else place.layer.text(place.name)
        message = messages.get(number)
        if message and message.name not in seen:
            for item in CommandLayer(message.data).elements:
                known = element(item.tag) if item.tag is not None else None
                if known:
                    yield message.name, known.keyword, value_text(item.tag, item.getfieldval("value"))
            seen.add(message.name)
        seen.add(name)


def _pdu_name(pdu: bytes) -> str:
    return PDU_TYPES.get(pdu[0], "PDU")


def _whole(pdu: bytes) -> bytes:
    """A PDU whose length says where it ends."""
    return pdu[:2] + (len(pdu) - FIRST_PDV).to_bytes(4, "big") + pdu[FIRST_PDV:]


def _rewritten_pdu(pdu: bytes, settings: Sequence[Setting]) -> bytes:
    layer = Pdu(_whole(pdu))
    _forget_lengths(layer)
    for setting in settings:
        for place in _chosen(layer, setting):
            field = place.layer.get_field(place.name)
            value = field_value(getattr(field, "fld", field), setting.field, setting.value, place.layer)
            place.layer.setfieldval(place.name, value)
    return _built(layer)


def _forget_lengths(layer: Layer) -> None:
    """Leave out every length in a layer, so that building it fills them in."""
    for place in _places(layer):
        field = place.layer.get_field(place.name)
        if field.default is None and place.name.endswith("_length"):
            place.layer.setfieldval(place.name, None)


def _built(layer: Layer) -> bytes:
    """The bytes of a layer. Raises SettingError where a field of it was cut short, or one is too long."""
    for place in _places(layer):
        if isinstance(place.layer.getfieldval(place.name), Cut):
            raise SettingError(
                f"{layer.name} is not whole, so no fields are set: its {place.layer.name} ends early"
            )
    try:
        return bytes(layer)
    except ValueError as error:  # more bytes than a length field can say
        why = str(error).rpartition("': ")[2]  # Scapy says for each list that it was building it
        raise SettingError(why) from None


def _places(layer: Layer) -> Iterator[Place]:
    """The fields of a layer and of all in it that hold values, in the order of their bytes."""
    for field in layer.fields_desc:
        if not field.holds_packets:
            yield Place(layer, field.name)
            continue
        value = layer.getfieldval(field.name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Layer):
                yield from _places(one)


def _chosen(layer: Layer, setting: Setting) -> list[Place]:
    places = list(_places(layer))
    own = [place for place in places if place.layer is layer and place.name == setting.field]
    if own and setting.number is None:
        return own
    fields = list(dict.fromkeys(place.name for place in places))
    found = [name for name in fields if _is_short(setting.field, name)]
    found = [setting.field] if setting.field in fields else found
    if not found:
        raise SettingError(f"{setting.name} has no field {setting.field}; it has {', '.join(fields)}")
    if len(found) > 1:
        raise SettingError(f"{setting.name}.{setting.field} may be {' or '.join(found)}")
    chosen = [place for place in places if place.name == found[0]]
    if setting.number is None:
        return chosen
    if not 1 <= setting.number <= len(chosen):
        raise SettingError(f"{setting.name} has {len(chosen)} {found[0]}, and no number {setting.number}")
    return [chosen[setting.number - 1]]


def _is_short(short: str, name: str) -> bool:
    """Whether the words of `short` are the beginnings of words of `name`, in order."""
    words = iter(name.split("_"))
    return all(any(word.startswith(part) for word in words) for part in short.lower().split("_"))


class _Piece(NamedTuple):
    """A fragment of a command set: which PDU, which of its presentation data values, how many bytes."""

    pdu: int
    pdv: int
    length: int


class _Message(NamedTuple):
    name: str
    data: bytes
    pieces: list[_Piece]

    def replace(self, pdus: list[bytes], data: bytes) -> None:
        """Put another command set in its place; the last fragment is longer or shorter for it."""
        for number, piece in enumerate(self.pieces, 1):
            last = number == len(self.pieces)
            part, data = (data, b"") if last else (data[: piece.length], data[piece.length :])
            layer = Pdu(_whole(pdus[piece.pdu]))
            layer.items[piece.pdv].setfieldval("data", part)
            layer.items[piece.pdv].setfieldval("item_length", None)
            layer.setfieldval("pdu_length", None)
            pdus[piece.pdu] = _built(layer)


def _messages(pdus: Sequence[bytes]) -> Iterator[_Message]:
    """The command sets in PDUs of one direction."""
    begun: dict[int, tuple[bytearray, list[_Piece]]] = {}
    for number, pdu in enumerate(pdus):
        for index, pdv in enumerate(pdvs(pdu)):
            if not pdv.control & COMMAND:
                continue
            data, pieces = begun.setdefault(pdv.context, (bytearray(), []))
            data += pdu[pdv.start : pdv.stop]
            pieces.append(_Piece(number, index, pdv.stop - pdv.start))
            if pdv.control & LAST:
                del begun[pdv.context]
                field = CommandSet(bytes(data)).field
                yield _Message(COMMANDS.get(field or 0, "message"), bytes(data), pieces)


def _rewritten_command(message: _Message, settings: Sequence[Setting]) -> bytes:
    layer = CommandLayer(message.data)
    for setting in settings:
        tag = _tag(message, layer, setting.field)
        value = encode(tag, element_value(tag, setting.value))
        item = next((each for each in layer.elements if each.tag == tag), None)
        if item is None:
            layer.elements.append(CommandElement(element=tag, value=value))
            layer.elements.sort(key=lambda each: each.tag or 0)
        else:
            item.setfieldval("value", value)
            item.setfieldval("length", None)
    if not any(setting.field.lower() == "commandgrouplength" for setting in settings):
        for item in layer.elements:
            if item.tag == 0:
                item.setfieldval("value", None)
    return _built(layer)


def _tag(message: _Message, layer: CommandLayer, field: str) -> int:
    """The tag of a command element by its keyword."""
    present = (element(item.tag) for item in layer.elements if item.tag is not None)
    keywords = [known.keyword for known in present if known]
    if message.name in COMMANDS.values():
        keywords += [keyword for keyword in message_keywords(message.name) if keyword not in keywords]
    keyword = next((each for each in keywords if each.lower() == field.lower()), field)
    try:
        return tag_of(keyword)
    except ValueError:
        fields = ", ".join(keywords)
        raise SettingError(f"{message.name} has no field {field}; it has {fields}") from None
