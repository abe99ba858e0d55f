"""Findings of whole captures as text, NDJSON, SARIF and JUnit XML."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from dissect import __version__
from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.outputs.ndjson import dumps
from dissect.outputs.places import Everywhere, Linked, Place, in_capture
from dissect.outputs.secrets import Secrets
from dissect.outputs.words import SEVERITIES, SEVERITY_COLOURS, Look, as_ascii, clean, finding_counts, plural
from dissect.pieces import Span
from dissect.rules import judge_capture, judge_data_sets
from dissect.rules.iods import judge_iods
from dissect.rules.registry import IOD_RULES, RULES

if TYPE_CHECKING:
    from dissect.editions import Edition

MOST_BYTES = 16
"""Bytes of a finding that are shown."""
MARGIN = " " * 11
"""Before what is told below the severity of a finding."""
NARROWEST = 32
"""Columns that words have on any screen."""


@dataclass(frozen=True)
class Found:
    """A finding and where it is; `association` is None where it is about the capture, or several of them."""

    finding: Finding
    association: Association | None
    place: Place
    links: list[Linked]
    bytes: str = ""
    """The first of its bytes in hexadecimal, stars in place of secrets."""


def _bytes(span: Span | None, secrets: Secrets | None) -> str:
    if span is None or not span.length:
        return ""
    data = span.source.read(span.start, span.start + min(span.length, MOST_BYTES))
    hidden = secrets.hidden(span, MOST_BYTES) if secrets else ()
    digits = ("**" if at in hidden else f"{byte:02X}" for at, byte in enumerate(data))
    return " ".join(digits) + (" .." if span.length > MOST_BYTES else "")


@dataclass(frozen=True)
class Report:
    """What was found in one capture."""

    capture: Capture
    groups: list[tuple[Association | None, list[Found]]]
    """By association in order, at last the capture as a whole; the worst first in each."""

    @classmethod
    def of(
        cls,
        capture: Capture,
        *,
        severity: str = "info",
        rules: frozenset[str] = frozenset(),
        edition: Edition | None = None,
    ) -> Report:
        """What is found; in data sets against their IOD too, if there is an edition to go by."""

        def wanted(found: list[Finding]) -> list[Finding]:
            picked = [
                finding
                for finding in found
                if SEVERITIES.index(finding.severity) <= worst and (not rules or finding.rule in rules)
            ]
            return sorted(picked, key=lambda finding: SEVERITIES.index(finding.severity))

        worst, everywhere = SEVERITIES.index(severity), Everywhere(capture)
        groups: list[tuple[Association | None, list[Found]]] = []
        for association in capture.associations:
            judged = association.findings + judge_data_sets(association)
            found = wanted(judged + (judge_iods(association, edition) if edition else []))
            if found:
                places = everywhere.within(association)
                secrets = Secrets(association)
                rows = [
                    Found(
                        each, association, places.of(each), everywhere.links(each), _bytes(each.span, secrets)
                    )
                    for each in found
                ]
                groups.append((association, rows))
        whole = wanted(capture.findings + judge_capture(capture))
        if whole:
            rows = [
                Found(
                    each,
                    None,
                    everywhere.of(each.span)[1] if each.span else Place(),
                    everywhere.links(each),
                    _bytes(each.span, None),
                )
                for each in whole
            ]
            groups.append((None, rows))
        return cls(capture, groups)

    @property
    def all(self) -> list[Found]:
        return [found for _, group in self.groups for found in group]

    @property
    def wrong(self) -> bool:
        return any(found.finding.severity == "error" for found in self.all)


def _text(reports: Iterator[Report], look: Look) -> Iterator[str]:
    for number, report in enumerate(reports):
        counts = finding_counts([found.finding for found in report.all])
        told = ", ".join(look.paint(words, SEVERITY_COLOURS[severity]) for words, severity in counts)
        many = plural(len(report.capture.associations), "association")
        title = look.paint(clean(report.capture.name), "bold")
        yield ("\n" if number else "") + f"{title}  {many}, {told or 'no findings'}\n"
        for association, group in report.groups:
            yield "\n" + look.paint(_heading(association, look), "bold") + "\n"
            for found in group:
                yield from lines(found, look)


def _heading(association: Association | None, look: Look) -> str:
    if association is None:
        return "The capture as a whole"
    calling, called = clean(association.calling_ae or "?"), clean(association.called_ae or "?")
    return f"#{association.index} {calling} {look.right} {called}, frame {association.first_record + 1}"


def lines(found: Found, look: Look) -> Iterator[str]:
    """A finding in a few lines: what, where, the bytes, and what it has to do with."""
    finding, place = found.finding, found.place
    severity = look.paint(f"{finding.severity:<7}", SEVERITY_COLOURS[finding.severity])
    first, *rest = _folded(f"{finding.rule}: {clean(finding.text)}", look)
    yield f"  {severity}  {first}\n"
    yield from (f"{MARGIN}{line}\n" for line in rest)
    where = [] if place.frame is None else [f"frame {place.frame}"]
    if place.message is not None:
        where.append(f"message {place.message}")
    if finding.clause:
        where.append(finding.clause)
    if where:
        yield MARGIN + look.paint(", ".join(where), "dim") + "\n"
    if found.bytes:
        yield MARGIN + look.paint(found.bytes, "dim") + "\n"
    if found.links:
        told = "; ".join(link_words(link, found.association) for link in found.links)
        for line in _folded(f"see {told}", look):
            yield MARGIN + look.paint(line, "dim") + "\n"


def _folded(text: str, look: Look) -> list[str]:
    """`text`, on a screen in as many lines as it needs."""
    if not look.shorten:
        return [text]
    return wrap(text, max(look.width - len(MARGIN), NARROWEST), break_on_hyphens=False)


def link_words(link: Linked, association: Association | None) -> str:
    """Such as "C-MOVE-RQ in frame 12 (message 3)"; the association too, where it is another."""
    other = link.association is not None and (association is None or association.index != link.association)
    numbers = [f"#{link.association}"] if other else []
    if link.place.message is not None:
        numbers.append(f"message {link.place.message}")
    where = f" in frame {link.place.frame}" if link.place.frame is not None else ""
    return f"{link.text}{where}" + (f" ({', '.join(numbers)})" if numbers else "")


def _ndjson(reports: Iterator[Report], look: Look) -> Iterator[str]:
    for report in reports:
        for found in report.all:
            finding, place = found.finding, found.place
            row = {
                "capture": report.capture.name,
                "association": found.association.index if found.association is not None else None,
                "rule": finding.rule,
                "severity": finding.severity,
                "text": finding.text,
                "clause": finding.clause or None,
                "frame": place.frame,
                "message": place.message,
                "pdu": place.pdu,
                "span": list(place.span) if place.span else None,
                "bytes": found.bytes or None,
                "links": [link.as_object() for link in found.links],
            }
            yield dumps(row) + "\n"


_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def _sarif(reports: Iterator[Report], look: Look) -> Iterator[str]:
    """One run of SARIF 2.1.0: a region is a range of bytes in the capture file."""
    results = [_result(report, found) for report in reports for found in report.all]
    rules = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "help": {"text": rule.cure},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            "properties": {"clause": rule.clause, "subject": rule.subject},
        }
        for rule in (*RULES.values(), *IOD_RULES.values())
    ]
    driver = {"name": "pduscope", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    yield json.dumps(log, indent=1) + "\n"


def _result(report: Report, found: Found) -> dict[str, object]:
    finding = found.finding
    properties = {
        "clause": finding.clause,
        "frame": found.place.frame,
        "association": found.association.index if found.association is not None else None,
    }
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": _physical(report.capture, finding.span)}],
        "properties": properties,
    }
    if finding.links:
        result["relatedLocations"] = [
            {"message": {"text": link.text}, "physicalLocation": _physical(report.capture, link.span)}
            for link in finding.links
        ]
    return result


def _physical(capture: Capture, span: Span | None) -> dict[str, object]:
    """A capture file, as a URI, and where in it bytes lie."""
    name = Path(capture.name)
    uri = name.as_uri() if name.is_absolute() else quote(os.fsencode(name))
    location: dict[str, object] = {"artifactLocation": {"uri": uri}}
    found = in_capture(span, capture.source) if span is not None else None
    if found is not None and len(capture.names) == 1:
        location["region"] = {"byteOffset": found.start, "byteLength": found.length}
    return location


def _junit(reports: Iterator[Report], look: Look) -> Iterator[str]:
    """JUnit XML, in ASCII: its head says UTF-8, whatever stdout is."""
    return map(as_ascii, _suites(reports, look))


def _suites(reports: Iterator[Report], look: Look) -> Iterator[str]:
    """A test suite for each capture, a test case for each association; errors are its failures."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for report in reports:
        groups = dict(report.groups)
        cases: list[Association | None] = [*report.capture.associations, None]
        failed = sum(any(f.finding.severity == "error" for f in groups.get(case, ())) for case in cases)
        name = quoteattr(clean(report.capture.name))
        yield f'<testsuite name={name} tests="{len(cases)}" failures="{failed}">\n'
        for case in cases:
            yield from _case(report, _heading(case, look), groups.get(case, []))
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _case(report: Report, heading: str, group: list[Found]) -> Iterator[str]:
    named = f"<testcase classname={quoteattr(clean(report.capture.name))} name={quoteattr(heading)}"
    if not group:
        yield f"{named}/>\n"
        return
    yield f"{named}>\n"
    errors = [found.finding for found in group if found.finding.severity == "error"]
    others = [found.finding for found in group if found.finding.severity != "error"]
    if errors:  # one failure a case: readers of JUnit reports expect no more
        message = clean(f"{errors[0].rule}: {errors[0].text}")
        text = "\n".join(clean(f"{each.rule}: {each.text} ({each.clause})") for each in errors)
        yield f"<failure message={quoteattr(message)}>{escape(text)}</failure>\n"
    if others:
        text = "\n".join(clean(f"{each.severity}: {each.rule}: {each.text}") for each in others)
        yield f"<system-out>{escape(text)}</system-out>\n"
    yield "</testcase>\n"


WRITERS: dict[str, Callable[[Iterator[Report], Look], Iterator[str]]] = {
    "text": _text,
    "ndjson": _ndjson,
    "sarif": _sarif,
    "junit": _junit,
}
