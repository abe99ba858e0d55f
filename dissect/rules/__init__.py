"""What is wrong with an association: small pure functions, each a rule, grouped by subject.

A rule takes a finished association and yields findings. It says "shall" only where its clause does, and names
the bytes that show the trouble. A kind of trouble that repeats itself is told once, with its count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules import losses, messages, negotiation, pdus

Rule = Callable[[Association], Iterator[Finding]]

RULES: tuple[Rule, ...] = (*losses.RULES, *negotiation.RULES, *pdus.RULES, *messages.RULES)


def judge(association: Association) -> list[Finding]:
    """All findings about an association, in the order of the records that show them."""
    found = association.noted()
    for rule in RULES:
        found += rule(association)
    found.sort(key=association.record_of_finding)
    return found
