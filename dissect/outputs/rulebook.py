"""The rules themselves as text: all in a list, or one explained."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dissect.outputs.words import SEVERITY_COLOURS, Look
from dissect.rules.declaration import Rule
from dissect.rules.registry import RULES, SUBJECTS


def listed(look: Look) -> Iterator[str]:
    """A line for each rule, by subject: id, severity, clause, title."""
    widest = max(map(len, RULES))
    clauses = max(len(rule.clause) for rule in RULES.values())
    for number, subject in enumerate(SUBJECTS):
        yield ("\n" if number else "") + look.paint(subject.name.capitalize(), "bold") + "\n"
        for rule in subject.rules:
            severity = look.paint(f"{rule.severity:<7}", SEVERITY_COLOURS[rule.severity])
            line = f"  {rule.id:<{widest}}  {severity}  {rule.clause:<{clauses}}  "
            plain = f"  {rule.id:<{widest}}  {rule.severity:<7}  {rule.clause:<{clauses}}  "
            yield (
                line + (look.cut(rule.title, look.width - len(plain)) if look.shorten else rule.title) + "\n"
            )


def explained(rule: Rule, look: Look) -> Iterator[str]:
    """One rule: what it means, what cures it, where it stands."""
    severity = look.paint(rule.severity, SEVERITY_COLOURS[rule.severity])
    yield f"{look.paint(rule.id, 'bold')}  {severity}  {rule.subject}\n\n"
    yield _paragraph(rule.title, look)
    yield "\n" + _paragraph(f"Cure: {rule.cure}", look)
    yield "\n" + _paragraph(f"Clause: {rule.clause or 'none; this is about the capture, or advice'}", look)


def _paragraph(text: str, look: Look) -> str:
    return textwrap.fill(text, min(look.width, 100)) + "\n"
