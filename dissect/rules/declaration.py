"""What a rule declares of itself, and how it says that something broke it."""

from __future__ import annotations

from dataclasses import dataclass

from dissect.findings import Finding, Link, Severity
from dissect.pieces import Span


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `title` says in a sentence what happened, `cure` what usually helps.

    `clause` is the place in the standard that it rests on; empty where no clause speaks of it.
    """

    id: str
    severity: Severity
    clause: str
    title: str
    cure: str
    subject: str

    def found(
        self,
        text: str,
        span: Span | None = None,
        *,
        severity: Severity | None = None,
        clause: str = "",
        links: tuple[Link, ...] = (),
    ) -> Finding:
        """What one capture shows of it; a finding may be milder than its rule, or rest on a closer clause."""
        return Finding(self.id, severity or self.severity, text, span, clause or self.clause, links)


class Subject:
    """Rules about one thing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[Rule] = []

    def rule(self, id_: str, severity: Severity, clause: str, title: str, cure: str) -> Rule:
        """Declare a rule."""
        rule = Rule(id_, severity, clause, title, cure, self.name)
        self.rules.append(rule)
        return rule
