"""A DIMSE message as Nodes: its command set, its data set, and the PDUs that carried them."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.messages import COMMAND, LAST, Message
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER
from dissect.dicom.tables import status
from dissect.layers.base import MOST
from dissect.nodes import Node
from dissect.pieces import Span
from dissect.tree.datasets import dataset_tree
from dissect.tree.pdus import command_tree, pdu_tree

MANY = 64
"""PDUs of one message above which their header fields are left out: 50 MB come in thousands of them."""

P_DATA = "Carries one or more presentation data values."
HEADER = "Type and length, and what belongs to them."
PDV = "A presentation data value: a fragment of the command set or of the data set."


def message_tree(message: Message, *, show_secrets: bool = False) -> Node:
    """Children: "Command Set", "Data Set" (where there is one) and "PDUs", all that carried it."""
    identity = message.message_id if message.responding_to is None else message.responding_to
    name = message.command or "Message without its command set"
    text = "" if identity is None else f"message {identity}"
    node = Node(name, None, text, message.span, "A DIMSE message.", "PS3.7 6.3")
    if message.damage:
        node.text = f"{text}; {message.damage}".lstrip("; ")
    if message.command_set is not None:
        command = message.command_bytes()
        fields = command_tree(Span(command, 0, len(command)), show_secrets=show_secrets)
        _explain_status(fields, message)
        node.children.append(fields)
    data_set = message.association.data_set(message)
    if data_set is not None:
        node.children.append(dataset_tree(data_set))
    spans = list(message_pdus(message))
    pdus = [
        pdu_tree(span, show_secrets=show_secrets) if len(spans) <= MANY else _outline(span) for span in spans
    ]
    count = f"{len(pdus)} P-DATA-TF" if len(pdus) > 1 else "one P-DATA-TF"
    meaning = "The PDUs that carried the message; they may carry parts of others too."
    node.children.append(Node("PDUs", len(pdus), count, None, meaning, "PS3.8 9.3.5", pdus))
    return node


def _outline(span: Span) -> Node:
    """A P-DATA-TF without the fields of its headers."""
    node = Node("P-DATA-TF", None, f"{span.length:,} bytes", span, P_DATA, "PS3.8 9.3.5")
    node.children.append(
        Node("PDU header", None, "", Span(span.source, span.start, 6), HEADER, "PS3.8 9.3.5")
    )
    at = span.start + 6
    while at + 6 <= span.stop:
        size, context_id, control = PDV_HEADER.unpack(span.source.read(at, at + 6))
        if size < 2 or len(node.children) > MOST:  # a hole reads as millions of PDVs without a byte
            rest = Span(span.source, at, span.stop - at)
            node.children.append(Node("Rest", None, "no PDVs, or not captured", rest, P_DATA, "PS3.8 9.3.5"))
            break
        stop = min(at + 4 + size, span.stop)
        kind = "command" if control & COMMAND else "data"
        text = f"{kind}{', last fragment' if control & LAST else ''}, context {context_id}"
        pdv = Node("PDV", None, text, Span(span.source, at, stop - at), PDV, "PS3.8 9.3.5.1")
        pdv.children = [
            Node("PDV header", None, "", Span(span.source, at, 6), HEADER, "PS3.8 9.3.5.1"),
            Node(
                "Fragment",
                None,
                f"{stop - at - 6:,} bytes",
                Span(span.source, at + 6, stop - at - 6),
                PDV,
                "PS3.8 E.1",
            ),
        ]
        node.children.append(pdv)
        at = stop
    return node


def message_pdus(message: Message) -> Iterator[Span]:
    """The P-DATA-TF PDUs in which fragments of a message lie."""
    framer = message.framer
    latest = -1
    starts = [*message.command_runs[::2], *message.data_runs[::2]]
    for start in starts:
        number = framer.number_at(start)
        if number > latest:
            latest = number
            pdu = framer.pdu(number)
            if pdu.kind == P_DATA_TF:
                yield Span(framer.direction.pieces, pdu.start, pdu.stop - pdu.start)


def _explain_status(fields: Node, message: Message) -> None:
    """Say what a status means for the service that sent it, which the command set alone does not tell."""
    code = message.status
    if code is None or message.command is None:
        return
    category, meaning = status(code, message.association.sop_class(message), message.command)
    for element in fields.children:
        if element.name.startswith("(0000,0900)"):
            element.text = f"0x{code:04X} ({meaning or category})"
