"""What is wrong with associations: small pure functions, each a rule or a few, grouped by subject.

A rule takes finished associations and yields findings. It says "shall" only where its clause does, and names
the bytes that show the trouble. A kind of trouble that repeats itself is told once, with its count; a rule
that cannot be sure says "likely", and why.

- `judge`: one association by its PDUs and command sets, fast enough for every list.
- `judge_data_sets`: its data sets, which have to be read for that.
- `judge_capture`: what only several associations, or other connections, can show.
- `registry.RULES`: all rules, with title, clause and cure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules import (
    commandsets,
    contexts,
    endings,
    messages,
    negotiation,
    pairing,
    pdus,
    queries,
    reading,
)
from dissect.rules.pace import paced
from dissect.rules.proposals import PaperRules

if TYPE_CHECKING:
    from dissect.capture import Capture

MOST = 20
"""Findings of one rule that are told of an association, or of a capture as a whole."""
AssociationRule = Callable[[Association], Iterator[Finding]]

_RULES: tuple[AssociationRule, ...] = (
    *reading.RULES,
    PaperRules((*negotiation.PAPER_RULES, *contexts.PAPER_RULES)),
    *endings.RULES,
    *pdus.RULES,
    *messages.RULES,
    *commandsets.RULES,
    *pairing.RULES,
    *queries.RULES,
)


def judge(association: Association) -> list[Finding]:
    """All findings about an association but those in its data sets, in the order of their records."""
    found = association.noted()
    for rule in _RULES:
        found += rule(association)
    if len(found) > 1:
        found.sort(key=association.record_of_finding)
    return _counted(found) if len(found) > MOST else found


def _counted(found: list[Finding]) -> list[Finding]:
    """The findings without what repeats itself too often; the last of a rule that is left counts the rest."""
    counts = Counter(finding.rule for finding in found)
    told: Counter[str] = Counter()
    kept = []
    for finding in found:
        told[finding.rule] += 1
        if told[finding.rule] < MOST or counts[finding.rule] == told[finding.rule] == MOST:
            kept.append(finding)
        elif told[finding.rule] == MOST:
            more = f"{finding.text} And {counts[finding.rule] - MOST:,} more like this."
            kept.append(replace(finding, text=more))
    return kept


def judge_data_sets(association: Association) -> list[Finding]:
    """What the data sets of an association show; reads every one of them."""
    from dissect.rules import datasets, services  # deferred: pydicom takes 0.25 s

    found = [finding for rule in pdus.SLOW_RULES for finding in rule(association)]
    found += services.statuses(association)
    found += services.printing(association, association.data_set)
    refused = set()
    for exchange in paced(association.exchanges):
        found += services.failed_list(exchange, association.data_set)
        if datasets.refused_early(exchange):
            refused.add(exchange.first.index)
    for message in paced(association.messages, 1):
        data_set = association.data_set(message)
        found += services.printer(association, message, data_set)
        if data_set is not None:
            found += services.identifier(association, message, data_set)
            found += datasets.judge_data_set(message, data_set, refused=message.index in refused)
    return _counted(found)


def judge_capture(capture: Capture) -> list[Finding]:
    """What only the capture as a whole shows."""
    from dissect.rules import stalls, wide  # deferred: pydicom takes 0.25 s

    return _counted([*wide.judge(capture), *stalls.judge(capture)])
