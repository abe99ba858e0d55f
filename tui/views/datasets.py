"""The data sets of an association: a row a message that has one, unfolded into its elements.

    ▾ 3 → C-STORE-RQ 1  CT Image Storage  8.79 kB
        (0008,0016) UI SOPClassUID           1.2.840.10008.5.1.4.1.1.2
      ▸ (0008,1115) SQ ReferencedSeries…     1 item
    ▸ 5 → C-STORE-RQ 2  CT Image Storage  8.79 kB

A data set is read when it is unfolded, a value when its row is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.message import Message

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.dataset import DataSet, Element, Item
from dissect.dicom.messages import Message as DimseMessage
from dissect.dicom.values import value_text
from dissect.outputs.words import clean, size
from dissect.pieces import Span
from tui.views.lines import Line, Lines

KEYWORD = 28
"""Columns of a keyword."""
UNFOLDED, FOLDED = "▾ ", "▸ "


class Row(NamedTuple):
    """A message, an element of its data set, or an item of a sequence (`number` counts them)."""

    message: DimseMessage
    depth: int = 0
    element: Element | None = None
    item: Item | None = None
    number: int = 0

    @property
    def what(self) -> DimseMessage | Element | Item:
        return self.item or self.element or self.message

    @property
    def unfolds(self) -> bool:
        return self.element is None or self.item is not None or bool(self.element.items)


class DataSetsView(Lines):
    """`show` takes an association."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "Fold", tooltip="Show or hide what a row holds"),
        Binding("right,l", "unfold", "Unfold", show=False, tooltip="Unfold, or go in"),
        Binding("left,h", "fold", "Fold", show=False, tooltip="Fold, or go to what it is part of"),
    ]

    class Selected(Message):
        """An element was chosen, or a whole message."""

        def __init__(self, association: Association, message: DimseMessage, span: Span | None) -> None:
            super().__init__()
            self.association = association
            self.message = message
            self.span = span

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._association: Association | None = None
        self._messages: list[DimseMessage] = []
        self._rows: list[Row] = []
        self._sets: dict[int, DataSet | None] = {}
        self._open: set[DimseMessage | Element | Item] = set()

    def show(self, association: Association) -> None:
        self._association = association
        self._messages = [message for message in association.messages if message.has_data_set]
        self._sets = {}
        self._open = set(self._messages[:1])
        self._lay(0)

    def _lay(self, cursor: int) -> None:
        self._rows = [row for message in self._messages for row in self._of(message)]
        self.renew(cursor)

    def _of(self, message: DimseMessage) -> Iterator[Row]:
        yield Row(message)
        if message in self._open:
            data_set = self._data_set(message)
            yield from self._elements(message, data_set.elements if data_set else [], 1)

    def _elements(self, message: DimseMessage, elements: list[Element], depth: int) -> Iterator[Row]:
        for element in elements:
            yield Row(message, depth, element)
            if element.items and element in self._open:
                for number, item in enumerate(element.items, 1):
                    yield Row(message, depth + 1, element, item, number)
                    if item in self._open:
                        yield from self._elements(message, item.elements, depth + 2)

    def _data_set(self, message: DimseMessage) -> DataSet | None:
        if message.index not in self._sets and self._association is not None:
            self._sets[message.index] = self._association.data_set(message)
        return self._sets.get(message.index)

    def count(self) -> int:
        return len(self._rows)

    def nothing(self) -> str:
        return "No message has a data set."

    def line(self, number: int) -> Line:
        row = self._rows[number]
        sign = (UNFOLDED if row.what in self._open else FOLDED) if row.unfolds else "  "
        lead = f"{'  ' * row.depth}{sign}"
        if row.item is not None:
            elements = f"{len(row.item.elements):,} element{'' if len(row.item.elements) == 1 else 's'}"
            return [(lead, "dim"), (f"Item {row.number}  ", ""), (elements, "dim")]
        if row.element is not None:
            return self._element(row.message, row.element, lead)
        return [(lead, "dim"), *_title(row.message)]

    def _element(self, message: DimseMessage, element: Element, lead: str) -> Line:
        data_set = self._data_set(message)
        name = element.keyword or element.name
        text = value_text(element, data_set) if data_set else ""
        if element.vr == "UI":
            uid = tables.uid_name(text)
            text = f"{text} ({uid})" if uid else text
        return [
            (lead, "dim"),
            (f"{element.label} ", "cyan"),
            (f"{element.vr:<2} ", "dim"),
            (f"{name if len(name) <= KEYWORD else name[: KEYWORD - 1] + '…':<{KEYWORD}} ", ""),
            (text, "bold" if text else ""),
        ]

    def choose(self, number: int) -> None:
        row = self._rows[number]
        span = None if row.element is None else (row.item or row.element).span
        if self._association is not None:
            self.post_message(self.Selected(self._association, row.message, span))

    def action_switch(self) -> None:
        if not self._rows or not self._rows[self.cursor].unfolds:
            return
        self._open ^= {self._rows[self.cursor].what}
        self._lay(self.cursor)

    def action_unfold(self) -> None:
        if self._rows and self._rows[self.cursor].unfolds and self._rows[self.cursor].what not in self._open:
            self.action_switch()
        else:
            self.cursor += 1

    def action_fold(self) -> None:
        """Fold what is unfolded; else go to the row that holds this one."""
        if not self._rows:
            return
        row = self._rows[self.cursor]
        if row.unfolds and row.what in self._open:
            self.action_switch()
            return
        above = self.cursor
        while above and self._rows[above].depth >= row.depth:
            above -= 1
        self.cursor = above


def _title(message: DimseMessage) -> Line:
    identity = message.message_id if message.responding_to is None else message.responding_to
    sop_class = message.association.sop_class(message)
    arrow = "→" if message.side == message.association.requestor_side else "←"
    name = f"{message.command or 'message without its command set'} {'' if identity is None else identity}"
    return [
        (f"{message.index} {arrow} ", "dim"),
        (f"{name.rstrip()}  ", "bold"),
        (f"{clean(tables.sop_class_name(sop_class))}  " if sop_class else "", ""),
        (size(message.data_length), "dim"),
        (f"  {message.damage}" if message.damage else "", "yellow"),
    ]
