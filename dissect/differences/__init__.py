"""What differs between two messages, two exchanges or two associations: rows side by side.

    Acceptor               maximum length               16384     0
    Presentation contexts  CT Image Storage: answer     -         acceptance
    Message 1, C-STORE-RQ  (0010,0010) Patient's Name   Doe^Jane  Doe^John

Rows are aligned by what they are about: contexts by abstract syntax, messages by their place in the order of
commands, elements by the path of their tags.
"""

from __future__ import annotations

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.differences.associations import associations
from dissect.differences.messages import exchanges, messages
from dissect.differences.rows import Difference

__all__ = ["Comparable", "Difference", "differences"]

Comparable = Association | Exchange | Message


def differences(left: Comparable, right: Comparable) -> list[Difference]:
    """Rows, equal ones too; sides that are not of one kind meet as their first messages."""
    if isinstance(left, Association) and isinstance(right, Association):
        found = associations(left, right)
    elif isinstance(left, Exchange) and isinstance(right, Exchange):
        found = exchanges(left, right)
    else:
        found = messages(_message(left), _message(right))
    return [each for each in found if each.left is not None or each.right is not None]


def _message(compared: Comparable) -> Message | None:
    if isinstance(compared, Association):
        return compared.messages[0] if compared.messages else None
    return compared.first if isinstance(compared, Exchange) else compared
