"""Captures read for the tests of outputs, with a tree that does not depend on how trees are made."""

from __future__ import annotations

from pathlib import Path

from dissect.capture import Capture
from dissect.dicom.associations import Association, Readings
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span


class SmallTrees:
    """Readings whose trees have a few fields of each kind that a view must know."""

    def judge(self, association: Association) -> list[Finding]:
        return association.noted()

    def message_tree(self, message: Message, *, show_secrets: bool) -> Node:
        command, data = message.command_bytes(), message.data_bytes()
        element = Node(
            "(0000,0002) Affected SOP Class UID",
            "1.2",
            "1.2",
            Span(command, 0, 12),
            "The service.",
            "PS3.7 E.1",
        )
        element.children = [
            Node("Group", 0, "0x0000", Span(command, 0, 2), reference="PS3.7 6.3.1"),
            Node("Value", "1.2", "1.2", Span(command, 8, 4), reference="PS3.7 6.3.1"),
        ]
        root = Node(message.command or "", span=message.span, reference="PS3.7 9.1")
        root.children = [Node("Command set", reference="PS3.7 9.1", children=[element])]
        if message.has_data_set:
            pixels = Node("(7FE0,0010) Pixel Data", None, "\x1b[31mred", Span(data, 0, len(data)))
            root.children.append(Node("Data set", reference="PS3.5 7.1", children=[pixels]))
        root.children.append(Node("PDUs", children=[Node("P-DATA-TF", span=message.span)]))
        return root

    def pdu_tree(self, span: Span, *, show_secrets: bool) -> Node:
        text = "swordfish" if show_secrets else "•••••• (9 bytes, hidden)"
        passcode = Node("Passcode", None, text, Span(span.source, span.start, 4))
        return Node("PDU", span=span, reference="PS3.8 9.3", children=[passcode])


def read(*paths: Path, readings: Readings | None = None) -> Capture:
    """A capture read to its end."""
    capture = Capture(paths, readings=readings or SmallTrees())
    for _ in capture.read():
        pass
    return capture
