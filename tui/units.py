"""What the panes below the list show of a row: a message, or a PDU that begins or ends an association."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.nodes import Node
from dissect.pieces import Span
from tui.rows import Item, Row
from tui.spans import down_to
from tui.unfolding import message_at, message_count


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that has a tree of fields. `title` names it, `about` says who sent it and how long it is."""

    title: str
    about: str
    association: Association
    span: Span
    tree: Callable[[], Node]
    """Dissects it, which may take long."""


def count(row: Row) -> int:
    """How many units a row has, one after the other."""
    if row.message is not None:
        return 1
    return message_count(row.exchange) if row.exchange else len(_control(row.association))


def unit(row: Row, number: int) -> Unit | None:
    """A unit of a row, counted from 0; the first or last one where there are not as many."""
    number = max(0, min(number, count(row) - 1))
    if row.message is not None:
        return of_message(row.message)
    if row.exchange is not None:
        return of_message(message_at(row.exchange, number))
    control = _control(row.association)
    if control:
        return of_pdu(row.association, *control[number])
    messages = row.association.messages
    return of_message(messages[0]) if messages else None


def first_record(item: Item) -> int:
    """Number of the record in which something begins."""
    return item.first.first_record if isinstance(item, Exchange) else item.first_record


def of_message(message: Message) -> Unit:
    number = message.responding_to if message.is_response or message.is_cancel else message.message_id
    title = message.command or "message without its command set"
    if number is not None:
        title += f", message ID {number}"
    span = message.span
    return Unit(title, f"{message.sender}, {span.length:,} bytes", message.association, span, message.tree)


def of_pdu(association: Association, side: int, pdu: Pdu) -> Unit:
    span = Span(association.framers[side].direction.pieces, pdu.start, pdu.stop - pdu.start)

    def tree() -> Node:
        if association.readings is None:
            return Node(pdu.type_name, span=span)
        return association.readings.pdu_tree(span, show_secrets=False)

    about = f"{association.side_name(side)}, {span.length:,} bytes"
    return Unit(pdu.type_name, about, association, span, tree)


def at(association: Association, span: Span) -> Unit | None:
    """The unit that holds the first of some bytes; None where they lie in no direction of the association."""
    for side, framer in enumerate(association.framers):
        parts = down_to(span, framer.direction.pieces)
        if not parts:
            continue
        start = parts[0].start
        for message in association.messages:
            if message.side == side and message.start <= start < message.stop:
                return of_message(message)
        number = framer.number_at(start)
        return of_pdu(association, side, framer.pdu(number)) if number >= 0 else None
    return None


def _control(association: Association) -> list[tuple[int, Pdu]]:
    """The PDUs around the messages: those before the first P-DATA-TF, and those behind the last."""
    found = []
    for side, framer in enumerate(association.framers):
        last = association.last_pdus[side]
        first, stop = association.first_pdus[side], len(framer) if last is None else last
        while first < stop and (pdu := framer.pdu(first)).kind != P_DATA_TF:
            found.append((side, pdu))
            first += 1
        while stop > first and (pdu := framer.pdu(stop - 1)).kind != P_DATA_TF:
            found.append((side, pdu))
            stop -= 1
    return sorted(found, key=lambda each: (each[1].record, each[1].start))
