"""Associations with all their fields as text, each with its place in the standard and, if wanted, its bytes.

frame 8  0.001153  DCMPSTATE → IHEFULL  message 1, N-GET-RQ
  Command set                                                          [PS3.7 E.1]
    (0000,0002) Affected SOP Class UID    1.2.840.10008.5.1.1.16 (Printer)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap
from typing import NamedTuple

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.dicom.recognition import P_DATA_TF
from dissect.nodes import Node
from dissect.outputs import hexadecimal
from dissect.outputs.clock import clock
from dissect.outputs.ndjson import digest
from dissect.outputs.overview import contexts_table, findings_table, overview
from dissect.outputs.places import Places
from dissect.outputs.selection import Selection
from dissect.outputs.words import Look, clean
from dissect.pieces import Span

WIDEST = 60
"""Columns for indentation and name at most; values stand in line behind the longest name of a message."""
NARROW, NARROWEST_NOTE = 12, 40
"""Columns that a value and a note have on any screen."""
HEADER = ("Group", "Element", "Tag", "VR", "Reserved", "Length", "Value")
"""Fields of an element that say nothing beyond its own line; they are shown where bytes are."""
HIDDEN = "••"
"""How the text of a secret begins that is not to be shown; its bytes are not shown either."""
SIMPLER = str.maketrans({"•": "*", "…": "...", "→": "->", "←": "<-", "–": "-", "×": "x", "µ": "u"})


@dataclass(frozen=True)
class Details:
    """What is shown of each field."""

    hex: bool = False
    full: bool = False
    pdus: bool = False
    hash: bool = False
    notes: bool = False
    secrets: bool = False
    time: str = "relative"


class _Event(NamedTuple):
    """A PDU or a message, whichever is shown."""

    record: int
    side: int
    pdu: Pdu | None
    message: Message | None
    start: int
    """In the bytes of its side: a record holds bytes of one side only."""


def fields(capture: Capture, selection: Selection, details: Details, look: Look) -> Iterator[str]:
    """Text in pieces of whole lines."""
    for association in selection.associations(capture):
        for piece in _association(capture, association, selection, details, look):
            yield piece if look.unicode else piece.translate(SIMPLER)


def _association(
    capture: Capture, association: Association, selection: Selection, details: Details, look: Look
) -> Iterator[str]:
    places = Places(association)
    yield from overview(capture.name, association, look, local=details.time == "absolute")
    if not selection.narrow:
        yield from contexts_table(association, look)
    tell, before = clock(details.time, capture.source.time(0)), association.start
    titles = [clean(title or "?") for title in (association.calling_ae, association.called_ae)]
    for event in _events(association, selection, details, places):
        moment = association.time(event.record)
        who = titles if event.side == association.requestor_side else titles[::-1]
        when = f"frame {event.record + 1}  {tell(moment, before)}"
        root = _tree(association, event, details)
        title = look.paint(f"{when}  {f' {look.right} '.join(who)}  {_title(event)}", "bold")
        reference = f"  {look.paint(f'[{root.reference}]', 'dim')}" if root.reference else ""
        yield f"\n{title}{reference}\n"
        before = moment
        shown = [row for node in root.children for row in _rows(node, 1, root.reference, details)]
        room = look.width - (hexadecimal.WIDTH + 2 if details.hex else 0)
        widest = min(WIDEST, room // 2) if look.shorten else WIDEST
        width = min(max((2 * row.depth + len(row.node.name) + 2 for row in shown), default=0), widest)
        for row in shown:
            for line in _lines(row, width, details, look):
                yield line + "\n"
    wanted = None
    if selection.narrow:
        wanted = {message.index for message in selection.messages(association)}
    yield from findings_table(association, places, look, wanted)
    yield "\n"


def _events(
    association: Association, selection: Selection, details: Details, places: Places
) -> Iterator[_Event]:
    """Messages and the PDUs that carry none, in the order of their first bytes."""
    events = [
        _Event(each.first_record, each.side, None, each, each.start)
        for each in selection.messages(association)
    ]
    for _, side, pdu in selection.pdus(association):
        if pdu.kind != P_DATA_TF or (details.pdus and places.message_at(side, pdu.start) is None):
            events.append(_Event(pdu.first_record, side, pdu, None, pdu.start))
    events.sort(key=lambda event: (event.record, event.start))
    return iter(events)


def _title(event: _Event) -> str:
    if event.pdu is not None:
        return event.pdu.type_name
    message = event.message
    if message is None:
        return ""
    title = f"message {message.index}, {message.command or 'no command set'}"
    return f"{title}, incomplete: {message.damage}" if message.damage else title


def _tree(association: Association, event: _Event, details: Details) -> Node:
    """The fields to show below a title."""
    try:
        if event.message is not None:
            return _message_tree(event.message, details)
        if event.pdu is not None and association.readings is not None:
            pieces = association.framers[event.side].direction.pieces
            span = Span(pieces, event.pdu.start, event.pdu.stop - event.pdu.start)
            return association.readings.pdu_tree(span, show_secrets=details.secrets)
    except (
        Exception
    ) as error:  # a fault of ours in one message must not hide the others: it is told, in place
        text = f"{type(error).__name__}: {error}; please report this"
        return Node("", children=[Node("Cannot be shown", text=text)])
    return Node("")


def _message_tree(message: Message, details: Details) -> Node:
    root = message.tree(show_secrets=details.secrets)
    nodes = [node for node in root.children if details.pdus or node.name != "PDUs"]
    if details.hash and message.has_data_set:
        found = digest(message.data_bytes()) if message.data_ended else None
        nodes.append(Node("SHA-256 of the data set", found, found or "unknown, bytes are missing"))
    return Node(root.name, reference=root.reference, children=nodes)


class _Row(NamedTuple):
    """A field to show, and the reference of the field above it."""

    depth: int
    node: Node
    reference: str


def _rows(node: Node, depth: int, reference: str, details: Details) -> Iterator[_Row]:
    """A field and those below it."""
    yield _Row(depth, node, reference)
    for child in node.children:
        if not details.hex and node.name.startswith("(") and child.name in HEADER and not child.children:
            continue
        yield from _rows(child, depth + 1, node.reference or reference, details)


def _lines(row: _Row, width: int, details: Details, look: Look) -> Iterator[str]:
    """Name, value, reference; to the left of them the bytes, below them the note, each if wanted."""
    depth, node, reference = row
    bytes_width = hexadecimal.WIDTH + 2 if details.hex else 0
    room = look.width - bytes_width if look.shorten else None
    lines = _words(row, width, room)
    if node.reference and node.reference != reference:
        if room is not None and len(lines[-1]) + len(node.reference) + 4 > room:
            lines.append(" " * (width - 2))
        lines[-1] += f"  {look.paint(f'[{node.reference}]', 'dim')}"
    if details.notes and node.note:
        margin = " " * (2 * depth + 2)
        room = max(look.width - bytes_width - len(margin), NARROWEST_NOTE)
        lines += [margin + look.paint(part, "dim") for part in wrap(clean(node.note), room)]
    if not details.hex:
        yield from lines
        return
    for left, right in zip_longest(_bytes(node, details, look), lines):
        yield f"{left or ' ' * hexadecimal.WIDTH}  {right or ''}".rstrip()


def _words(row: _Row, width: int, room: int | None) -> list[str]:
    """Name and value; where `room` counts, a value that is too long for it goes on in its column."""
    name, text = "  " * row.depth + clean(row.node.name), clean(row.node.text)
    if not text:
        return [name]
    head = f"{name:<{width}}" if len(name) < width - 1 else f"{name}  "
    if room is None or len(head) + len(text) <= room:
        return [head + text]
    parts = wrap(text, max(room - width, NARROW)) or [""]
    margin = " " * width
    if len(head) > width:
        return [name, *(margin + part for part in parts)]
    return [head + parts[0], *(margin + part for part in parts[1:])]


def _bytes(node: Node, details: Details, look: Look) -> Iterator[str]:
    """What stands to the left of a field: its place, and its bytes unless the fields below have them."""
    if node.span is None:
        return
    if node.children or (node.text.startswith(HIDDEN) and not details.secrets):
        yield look.paint(hexadecimal.brief(node.span), "dim")
        return
    for row in hexadecimal.rows(node.span, full=details.full):
        yield look.paint(row, "cyan")
