"""The captures and the examples that are shipped for each rule: `python -m tests.rules` makes them again.

`captures/rules/ID.pcap` breaks a rule, `ID-near-miss.pcap` just does not. `dissect/rules/examples.json` shows
how the rule is broken, in a recorded capture if one breaks it, else in its own: `pduscope rules ID` tells it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dissect
from dissect.capture import Capture, series
from dissect.findings import Finding
from dissect.outputs.findings import Report, lines
from dissect.outputs.places import Everywhere
from dissect.outputs.text import listing
from dissect.outputs.words import Look
from dissect.pieces import locate
from dissect.rules import judge_capture, judge_data_sets
from dissect.rules.registry import RULES
from tests.craft import Talk, write
from tests.rules import contents, negotiating, objects, talking, waiting
from tests.rules.case import Made

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
OWN = CAPTURES / "rules"
EXAMPLES = ROOT / "dissect" / "rules" / "examples.json"
CASES = {**negotiating.CASES, **talking.CASES, **objects.CASES, **contents.CASES, **waiting.CASES}
SQUEEZED = {"inflate-bomb", "deflate-damaged", "deflate-trailing", "deflate-wrapped"}
"""Their bytes depend on the zlib that made them."""
MOST_ROWS = 6
"""Exchanges that an example shows."""


def write_down(made: Made, path: Path) -> Path:
    """A conversation as a capture."""
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif isinstance(made, Talk):
        made.write(path)
    else:
        segments = [one for each in made for one in (each.segments() if isinstance(each, Talk) else [each])]
        if any(isinstance(each, Talk) for each in made):
            segments.sort(key=lambda segment: segment.time)
        write(path, segments)
    return path


def broken(rule: str) -> Path:
    """The capture that breaks a rule."""
    return OWN / f"{rule}.pcap"


def near_miss(rule: str) -> Path:
    """The capture that comes close to it."""
    return OWN / f"{rule}-near-miss.pcap"


def findings(*paths: Path) -> list[Finding]:
    """All that is found in a capture."""
    return findings_of(dissect.open(*paths))


def findings_of(capture: Capture) -> list[Finding]:
    found = [one for each in capture.associations for one in (*each.findings, *judge_data_sets(each))]
    return found + judge_capture(capture) + capture.findings


def example(rule: str, capture: Capture) -> dict[str, Any]:
    """How a capture breaks a rule, as text of at most 96 columns."""
    look = Look(width=96, shorten=True)
    report = Report.of(capture, rules=frozenset({rule}))
    found = report.all[0]
    told = [line[2:].rstrip() for line in lines(found, look)]
    return {
        "capture": str(Path(capture.name).relative_to(ROOT)),
        "finding": told,
        "list": _around(capture, found.finding, found.place.frame or 0, look),
    }


def _around(capture: Capture, finding: Finding, frame: int, look: Look) -> list[str]:
    """The lines of the list that are nearest to a finding, the headings and its association above them."""
    text = "".join(listing(capture, look)).splitlines()[1:]
    if not text:
        return []
    association = Everywhere(capture).association(finding.span) if finding.span else None
    number = association.index if association else 1
    begin = next(at for at, line in enumerate(text) if line.startswith(f"#{number} "))
    end = next((at for at in range(begin + 1, len(text)) if text[at].startswith("#")), len(text))
    rows: list[list[str]] = [[]]  # of the association, then of each exchange: a long status has its own line
    for line in text[begin:end]:
        if line.split()[0].isdigit():
            rows.append([])
        rows[-1].append(line.rstrip())
    head, *own = rows
    before = sum(int(row[0].split()[0]) <= frame for row in own)
    low = max(min(before - MOST_ROWS // 2 - 1, len(own) - MOST_ROWS), 0)
    return [text[0], *head, *(line for row in own[low : low + MOST_ROWS] for line in row)]


def choose() -> dict[str, Capture]:
    """For each rule the capture to show it by: recorded, if one breaks it as badly as the rule says."""
    chosen: dict[str, Capture] = {}
    recorded = [path for path in sorted(CAPTURES.iterdir()) if ".pcap" in path.name]
    for paths in series([str(path) for path in recorded]):
        capture = dissect.open(*paths)
        for finding in findings_of(capture):
            bytes_ = locate(finding.span) if finding.span else []
            if finding.severity == RULES[finding.rule].severity and (bytes_ or not finding.span):
                chosen.setdefault(finding.rule, capture)
    for rule in RULES:
        if rule not in chosen:
            chosen[rule] = dissect.open(broken(rule))
    return chosen


def dumps(examples: dict[str, dict[str, Any]]) -> str:
    return json.dumps(examples, indent=1, ensure_ascii=False) + "\n"
