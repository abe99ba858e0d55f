"""What differs between two messages or two exchanges: the elements of their command sets and data sets.

Elements are aligned by the path of their tags; the n-th item of a sequence stands beside the n-th.
"""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.commands import COMMAND_FIELD, MESSAGE_ID, MOVE_ORIGINATOR_ID, RESPONDED_ID, STATUS
from dissect.dicom.dataset import DataSet, Element
from dissect.dicom.elements import read_dataset
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.dicom.tables import COMMANDS, keyword, status_category, transfer_syntax, uid_name
from dissect.dicom.values import value_text
from dissect.differences.rows import Difference, row, time
from dissect.pieces import Span

IMPLICIT = "1.2.840.10008.1.2"
SHOWN = 256
"""Characters of a value that are shown."""
CHUNK = 1 << 20
"""Bytes of a long value that are compared at a time."""

NUMBERS = (0x0000, MESSAGE_ID, RESPONDED_ID, MOVE_ORIGINATOR_ID)
"""Elements of command sets that count, or follow from others: the group length and message ids."""
MOMENTS = ("DA", "DT", "TM")
KINDS = ("Class", "Syntax", "Coding", "Context")
"""What UIDs are named for that stand for a kind of thing, and are not generated."""

Path = tuple[int, ...]
"""Tag, number of the item, tag below it, and so on."""


def exchanges(left: Exchange, right: Exchange) -> Iterator[Difference]:
    """Counts, times, the requests, and the last responses."""
    spans = left.last.span, right.last.span
    yield row("Exchange", "responses", len(left.responses), len(right.responses), spans=spans)
    yield time("Exchange", "response time", left.response_time, right.response_time, spans=spans)
    yield time("Exchange", "duration", left.duration, right.duration, spans=spans)
    yield from messages(left.request, right.request)
    if left.responses or right.responses:
        one, other = (each.responses[-1] if each.responses else None for each in (left, right))
        yield from messages(one, other)


def messages(left: Message | None, right: Message | None) -> Iterator[Difference]:
    """Size, presentation context, command set and data set."""
    section = _section(left, right)
    spans = whole(left), whole(right)
    if left is None or right is None:
        yield row(section, "message", left and left.command, right and right.command, spans=spans)
        return
    sets = (message.association.data_set(message) for message in (left, right))
    data = [each._replace(messages=(left, right)) for each in _elements(f"{section}, data set", *sets)]
    # UIDs are of many lengths
    follows = _syntax(left) == _syntax(right) and not any(each.matters for each in data)
    lengths = left.data_length, right.data_length
    yield row(section, "bytes of data set", *lengths, volatile=follows, spans=spans)
    pdvs = ((len(each.command_runs) + len(each.data_runs)) // 2 for each in (left, right))
    yield row(section, "PDVs", *pdvs, spans=spans)
    yield row(section, "transfer syntax", _syntax(left), _syntax(right), spans=spans)
    yield row(section, "damage", left.damage or None, right.damage or None, spans=spans)
    yield from _elements(f"{section}, command set", _command_set(left), _command_set(right))
    yield from data


def whole(message: Message | None) -> Span | None:
    return message.span if message is not None else None


def _section(left: Message | None, right: Message | None) -> str:
    names = [each.command or "unknown" for each in (left, right) if each is not None]
    numbers = [str(each.index) if each else "-" for each in (left, right)]
    number = numbers[0] if numbers[0] == numbers[1] else " | ".join(numbers)
    return f"Message {number}, {' | '.join(dict.fromkeys(names))}"


def _syntax(message: Message) -> str | None:
    context = message.association.context(message.context_id)
    uid = context.transfer_syntax if context else None
    return transfer_syntax(uid).name if uid else None


def _command_set(message: Message) -> DataSet | None:
    if message.command_set is None:
        return None
    return read_dataset(message.command_bytes(), transfer_syntax(IMPLICIT))


def _elements(section: str, left: DataSet | None, right: DataSet | None) -> Iterator[Difference]:
    if left is None and right is None:
        return
    one, other = (dict(_flat(each.elements, ())) if each else {} for each in (left, right))
    for path in sorted({*one, *other}):
        first, second = one.get(path), other.get(path)
        either = first or second
        if either is None:
            continue
        texts = [
            _text(element, data_set) if element and data_set else None
            for element, data_set in ((first, left), (second, right))
        ]
        differs = texts[0] != texts[1] or (
            first is not None and second is not None and _long(texts) and not _same(first, second)
        )
        volatile = first is not None and second is not None and _volatile(first, texts)
        name = f"{_label(path, either)} {either.name}"
        spans = first.span if first else None, second.span if second else None
        yield Difference(section, name, texts[0], texts[1], differs, volatile, spans)


def _volatile(element: Element, texts: list[str | None]) -> bool:
    """Whether an element differs each time: a moment, the number of a message, a UID that was generated."""
    if element.tag in NUMBERS or element.vr in MOMENTS:
        return True
    if element.vr != "UI" or any(kind in keyword(element.tag) for kind in KINDS):
        return False
    return not any(text is None or uid_name(text.split(" ")[-1]) for text in texts)


def _text(element: Element, data_set: DataSet) -> str:
    """The value, of a UID, a command or a status with what it stands for."""
    text = value_text(element, data_set, SHOWN)
    if element.vr == "UI":
        name = uid_name(text)
        return f"{name} {text}" if name else text
    if element.tag in (COMMAND_FIELD, STATUS) and text.isdecimal():
        code = int(text)
        name = COMMANDS.get(code, "") if element.tag == COMMAND_FIELD else status_category(code)
        return f"{code:04X}H {name}".rstrip()
    return text


def _flat(elements: list[Element], above: Path) -> Iterator[tuple[Path, Element]]:
    for element in elements:
        path = (*above, element.tag)
        yield path, element
        for number, item in enumerate(element.items or (), 1):
            yield from _flat(item.elements, (*path, number))


def _label(path: Path, element: Element) -> str:
    """(0008,1115)[1](0008,1199): tags and numbers of items take turns."""
    parts = [
        f"[{step}]" if depth % 2 else f"({step >> 16:04X},{step & 0xFFFF:04X})"
        for depth, step in enumerate(path[:-1])
    ]
    return "".join([*parts, element.label])


def _long(texts: list[str | None]) -> bool:
    """Whether the texts are but the beginnings of values."""
    return any(text is not None and text.endswith("…") for text in texts)


def _same(left: Element, right: Element) -> bool:
    """Whether two values too long to be shown have the same bytes."""
    one, other = left.value_span, right.value_span
    if one.length != other.length:
        return False
    return all(_part(one, start) == _part(other, start) for start in range(0, one.length, CHUNK))


def _part(span: Span, start: int) -> bytes:
    return span.source.read(span.start + start, min(span.start + start + CHUNK, span.stop))
