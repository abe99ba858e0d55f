"""The rules themselves as text: all in a list, or one explained."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from dissect.outputs.words import SEVERITY_COLOURS, Look
from dissect.rules import iods
from dissect.rules.declaration import Rule
from dissect.rules.registry import IOD_RULES, RULES, SUBJECTS


def listed(look: Look) -> Iterator[str]:
    """Each rule, by subject: id, severity, clause, title; a capture that breaks it, and one that does not."""
    rules = {**RULES, **IOD_RULES}
    widest = max(map(len, rules))
    clauses = max(len(rule.clause) for rule in rules.values())
    for number, subject in enumerate((*SUBJECTS, iods.SUBJECT)):
        yield ("\n" if number else "") + look.paint(subject.name[0].upper() + subject.name[1:], "bold") + "\n"
        for rule in subject.rules:
            severity = look.paint(f"{rule.severity:<7}", SEVERITY_COLOURS[rule.severity])
            line = f"  {rule.id:<{widest}}  {severity}  {rule.clause:<{clauses}}  "
            plain = f"  {rule.id:<{widest}}  {rule.severity:<7}  {rule.clause:<{clauses}}  "
            yield (
                line + (look.cut(rule.title, look.width - len(plain)) if look.shorten else rule.title) + "\n"
            )
            if rule.id in RULES:
                shown = f"{'':{widest + 4}}{_example(rule)['capture']}; near miss: {near_miss(rule)}"
                yield look.paint(shown, "dim") + "\n"


def explained(rule: Rule, look: Look) -> Iterator[str]:
    """One rule: what it means, what cures it, where it stands, and a capture that breaks it."""
    severity = look.paint(rule.severity, SEVERITY_COLOURS[rule.severity])
    yield f"{look.paint(rule.id, 'bold')}  {severity}  {rule.subject}\n\n"
    yield _paragraph(rule.title, look)
    yield "\n" + _paragraph(f"Cure: {rule.cure}", look)
    yield "\n" + _paragraph(f"Clause: {rule.clause or 'none; this is about the capture, or advice'}", look)
    if rule.id in IOD_RULES:
        return  # what breaks it depends on the edition
    example = _example(rule)
    yield f"\nExample: {example['capture']}\n\n"
    for line in (*example["finding"], "", *example["list"]):
        yield (f"  {_plain(line, look)}" if line else "") + "\n"
    yield f"\nNear miss: {near_miss(rule)}\n"


@cache
def _examples() -> dict[str, Any]:
    """For each rule how a capture of pduscope's repository breaks it, as `check` and `list` tell it."""
    found: dict[str, Any] = json.loads(files("dissect.rules").joinpath("examples.json").read_bytes())
    return found


def _example(rule: Rule) -> dict[str, Any]:
    example: dict[str, Any] = _examples()[rule.id]
    return example


def near_miss(rule: Rule) -> str:
    """The capture that comes close to breaking a rule, and does not."""
    return f"captures/rules/{rule.id}-near-miss.pcap"


def _plain(line: str, look: Look) -> str:
    """A line that was written for a terminal with Unicode, as this one can show it."""
    if look.unicode:
        return line
    plain = line.replace("→", "->").replace("←", "<-").replace("µ", "u")
    return plain.replace("…", "...").replace("•", "*")


def _paragraph(text: str, look: Look) -> str:
    return textwrap.fill(text, min(look.width, 100)) + "\n"
