"""What fragments of messages hold: the elements of commands and data, at their places in the direction."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from dissect.dicom.associations import Association
from dissect.dicom.messages import Message
from dissect.nodes import Node
from dissect.pieces import HOLE, Pieces, Span
from dissect.tree import command_tree, dataset_tree

NEAR = 8
"""Messages of one side that are looked at for a fragment: those that interleave are few."""


class Fragments:
    """The fragments of an association's messages; the tree of the message asked for last is kept."""

    def __init__(self, association: Association) -> None:
        self.association = association
        self._messages: tuple[list[Message], list[Message]] | None = None
        self._trees: dict[tuple[int, bool], Node | None] = {}

    def elements(self, side: int, fragment: Span) -> list[Node]:
        """The elements that begin in a fragment."""
        message = self.message(side, fragment.start)
        if message is None:
            return []
        starts = message.command_runs[::2]
        is_command = fragment.start in starts
        key = (id(message), is_command)
        if key not in self._trees:
            self._trees = {key: self._command(message) if is_command else self._data_set(message)}
        tree = self._trees[key]
        if tree is None:
            return []
        return [
            moved
            for child in tree.children
            if child.span is not None
            and (moved := _moved(child, fragment)) is not None
            and moved.span is not None
            and fragment.start <= moved.span.start < fragment.stop
        ]

    def _command(self, message: Message) -> Node:
        command = message.command_bytes()
        return command_tree(Span(command, 0, len(command)))

    def _data_set(self, message: Message) -> Node | None:
        data_set = self.association.data_set(message)
        return dataset_tree(data_set) if data_set is not None else None

    def message(self, side: int, position: int) -> Message | None:
        """The message that a fragment at a position belongs to."""
        if self._messages is None:
            found: tuple[list[Message], list[Message]] = ([], [])
            for message in sorted(self.association.messages, key=lambda each: each.start):
                found[message.side].append(message)
            self._messages = found
        messages = self._messages[side]
        last = bisect_right(messages, position, key=lambda each: each.start)
        for message in reversed(messages[max(last - NEAR, 0) : last]):
            for runs in (message.command_runs, message.data_runs):
                at = bisect_right(runs[::2], position) - 1
                if at >= 0 and runs[2 * at] <= position < runs[2 * at] + max(runs[2 * at + 1], 1):
                    return message
        return None


def _moved(node: Node, fragment: Span) -> Node | None:
    """A Node of joined fragments at its place in the direction; None where it does not lie in one."""
    span = node.span
    if span is None or span.source is fragment.source:
        return node
    if not isinstance(span.source, Pieces) or span.source.below is not fragment.source:
        return None
    runs = [run for run in span.source.runs(span.start, span.stop) if run.source != HOLE]
    place, text = None, node.text
    if runs:
        start = runs[0].source
        stop = start + runs[0].length
        place = Span(fragment.source, start, stop - start)
        if len(runs) > 1:
            text = f"{text} (goes on in the next fragment)".lstrip()
    elif span.length:
        return None
    children = [moved for child in node.children if (moved := _moved(child, fragment)) is not None]
    return replace(node, span=place, text=text, children=children)
