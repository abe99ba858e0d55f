"""The readings of associations, tied together for whoever opens a capture.

The protocol floor knows them only as `Readings`, so that it can offer `association.findings` and
`message.tree()` without importing a floor above it.
"""

from __future__ import annotations

from dissect.dicom.associations import Association
from dissect.dicom.messages import Message
from dissect.findings import Finding
from dissect.nodes import Node
from dissect.pieces import Span


class _Readings:
    """Each reading is imported when it is first asked for: `list` must not pay for Scapy and pydicom."""

    def judge(self, association: Association) -> list[Finding]:
        from dissect.rules import judge

        return judge(association)

    def message_tree(self, message: Message, *, show_secrets: bool) -> Node:
        from dissect.tree import message_tree

        return message_tree(message, show_secrets=show_secrets)

    def pdu_tree(self, span: Span, *, show_secrets: bool) -> Node:
        from dissect.tree import pdu_tree

        return pdu_tree(span, show_secrets=show_secrets)


READINGS = _Readings()
