"""What was agreed: both sides' terms, and a line for each presentation context; the chosen one in full below.

requestor  OFFIS_DCMTK_369 (1.2.276.0.7230010.3.0.3.6.9)
           PDUs of at most 16,384 bytes
acceptor   ...
 id  answer    abstract syntax     transfer syntax            used
  1  accepted  CT Image Storage    Explicit VR Little Endian     4
  3  refused   MR Image Storage                              never
────────────────────────────────────────────────────────────────
 1.2.840.10008.5.1.4.1.1.4 MR Image Storage
 refused: transfer-syntaxes-not-supported (provider rejection)
 proposed: Implicit VR Little Endian
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.contexts import PresentationContext
from dissect.dicom.framing import Pdu
from dissect.outputs.words import clean, plural
from tui.views.lines import Line, Lines
from tui.views.terms import roles, terms

DIM = "$foreground 70%"
ROOM = 16
"""Rows from which on the chosen context is told in full."""
TITLES = ("id", "answer", "abstract syntax", "transfer syntax", "used")


class ContextLines(Lines):
    """The negotiation table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "used", "Used only", tooltip="Only the contexts that messages use, or all"),
    ]

    class Chosen(Message):
        """Enter on a context."""

    def __init__(self) -> None:
        super().__init__()
        self.contexts: list[PresentationContext] = []
        self.used: Counter[int] = Counter()
        self._all: list[PresentationContext] = []
        self._terms: list[Line] = []
        self._used_only = False
        self._widths = [0, 0, 0, 0, 0]

    def show(self, association: Association) -> None:
        self._all = association.negotiation
        self.used = Counter(message.context_id for message in association.messages)
        self._terms = [*terms(association), []]
        self._select()

    def _select(self) -> None:
        self.contexts = [each for each in self._all if not self._used_only or self.used[each.id]]
        self.renew(self._first)

    @property
    def _first(self) -> int:
        """The row of the first context, below the terms and the titles."""
        return len(self._terms) + 1

    def context(self, row: int) -> PresentationContext | None:
        number = row - self._first
        return self.contexts[number] if 0 <= number < len(self.contexts) else None

    def lay_out(self, width: int) -> None:
        """The syntaxes share what the other columns leave them."""
        rows = [TITLES, *(self._cells(context) for context in self.contexts)]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        room = max(width - 8 - widths[0] - widths[1] - widths[4], 24)
        if widths[2] + widths[3] > room:
            widths[3] = max(min(widths[3], room // 2), room - widths[2])
            widths[2] = room - widths[3]
        self._widths = widths

    def count(self) -> int:
        return self._first + len(self.contexts) if self._terms else 0

    def _cells(self, context: PresentationContext) -> tuple[str, str, str, str, str]:
        used = self.used[context.id]
        return (
            str(context.id),
            answer(context)[0],
            clean(tables.sop_class_name(context.abstract_syntax)) if context.abstract_syntax else "?",
            name(context.transfer_syntax) if context.transfer_syntax else "",
            f"{used:,}" if used else "never",
        )

    def _row(self, cells: Sequence[str]) -> str:
        identity, told, abstract, transfer, used = self._fitted(cells)
        return f"{identity}  {told}  {abstract}  {transfer}  {used}"

    def _fitted(self, cells: Sequence[str]) -> list[str]:
        fitted = []
        for column, (cell, width) in enumerate(zip(cells, self._widths, strict=True)):
            cell = cell if len(cell) <= width else f"{cell[: width - 1]}…"
            fitted.append(f"{cell:>{width}}" if column in (0, 4) else f"{cell:<{width}}")
        return fitted

    def line(self, row: int) -> Line:
        context = self.context(row)
        if context is None:
            return self._above(row)
        identity, told, abstract, transfer, used = self._fitted(self._cells(context))
        alive = bool(self.used[context.id])
        return [
            (f"{identity}  ", "dim"),
            (f"{told}  ", answer(context)[1]),
            (f"{abstract}  ", "" if context.accepted or context.inferred else "dim"),
            (f"{transfer}  ", ""),
            (used, "" if alive else "dim"),
        ]

    def _above(self, row: int) -> Line:
        if row < len(self._terms):
            return self._terms[row]
        if self.contexts:
            return [(self._row(TITLES), "dim")]
        text = "No message uses a context." if self._all else "No presentation context was captured."
        return [(text, "dim")]

    def choose(self, row: int) -> None:
        self.post_message(self.Chosen())

    def action_used(self) -> None:
        self._used_only = not self._used_only
        self._select()


class NegotiationView(Vertical):
    """`show` takes an association."""

    DEFAULT_CSS = """
    NegotiationView > Static {
        height: auto;
        max-height: 40%;
        min-height: 3;
        border-top: solid $foreground 30%;
        padding: 0 1;
    }
    """

    class Selected(Message):
        """The PDU that says what was agreed was chosen."""

        def __init__(self, association: Association, side: int, pdu: Pdu) -> None:
            super().__init__()
            self.association = association
            self.side = side
            self.pdu = pdu

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._table = ContextLines()
        self._detail = Static()

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._detail

    def show(self, association: Association) -> None:
        self._association = association
        self._table.show(association)

    def on_resize(self, event: events.Resize) -> None:
        self._detail.display = event.size.height >= ROOM

    def on_lines_highlighted(self, event: Lines.Highlighted) -> None:
        event.stop()
        context = self._table.context(event.row)
        if context is not None:
            self._detail.update(_assembled(told(context, self._table.used[context.id])))

    def on_context_lines_chosen(self, event: ContextLines.Chosen) -> None:
        event.stop()
        association = self._association
        if association is None:
            return
        if association.accept_pdu is not None:
            self.post_message(self.Selected(association, association.acceptor_side, association.accept_pdu))
        elif association.request_pdu is not None:
            self.post_message(self.Selected(association, association.requestor_side, association.request_pdu))


def _assembled(lines: list[Line]) -> Content:
    styles = {
        "bold": "bold", "dim": DIM, "green": "$text-success", "yellow": "$text-warning", "red": "$text-error"
    }  # fmt: skip
    parts: list[str | tuple[str, str]] = []
    for number, line in enumerate(lines):
        parts += ["\n"] if number else []
        parts += [(text, styles[colour]) if colour else text for text, colour in line]
    return Content.assemble(*parts)


def told(context: PresentationContext, used: int) -> list[Line]:
    """All there is to say of a context."""
    short, colour = answer(context)
    why = clean(context.inferred)
    if not why and context.result:
        short, why = "refused", tables.context_result_text(context.result)
    use = f"used by {plural(used, 'message')}" if used else "never used"
    lines: list[Line] = [[(f"context {context.id}: ", ""), (short, colour), (f": {why}" if why else "", "")]]
    lines[0] = [*lines[0], (f", {use}", "")]
    if context.abstract_syntax:
        uid = clean(context.abstract_syntax)
        lines.append([(f"{name(uid)}  ", "bold"), (uid, "dim")])
    lines.append(list(_syntaxes(context)))
    for who, given in (
        ("asked for by the requestor", context.requestor_roles),
        ("granted by the acceptor", context.acceptor_roles),
    ):
        if given is not None:
            lines.append([(f"roles {who}: ", "dim"), (roles(given), "")])
    return lines


def _syntaxes(context: PresentationContext) -> Iterator[tuple[str, str]]:
    if not context.proposed:
        yield "proposed: not captured", "dim"
        return
    yield "proposed: ", "dim"
    for number, uid in enumerate(context.proposed):
        yield ", " if number else "", "dim"
        yield name(uid), "green" if uid == context.transfer_syntax else ""


def answer(context: PresentationContext) -> tuple[str, str]:
    """The answer to a context in one word or two, and its colour."""
    if context.inferred:
        return "inferred", "yellow"
    if context.result is None:
        return "no answer", "yellow"
    if context.accepted:
        return "accepted", "green"
    shorts = {1: "by user", 2: "no reason", 3: "abstract syntax", 4: "transfer syntax"}
    return f"refused: {shorts.get(context.result, f'reserved {context.result}')}", "red"


def name(uid: str | None) -> str:
    return clean(tables.uid_name(uid) or uid) if uid else "?"
