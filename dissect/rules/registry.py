"""All rules, in the order in which `pduscope rules` lists them."""

from __future__ import annotations

from dissect.rules import (
    commandsets,
    contexts,
    datasets,
    dictionary,
    endings,
    iods,
    messages,
    negotiation,
    pairing,
    pdus,
    queries,
    reading,
    services,
    stalls,
    wide,
)
from dissect.rules.declaration import Rule

SUBJECTS = (
    endings.SUBJECT,
    negotiation.SUBJECT,
    contexts.SUBJECT,
    pdus.SUBJECT,
    messages.SUBJECT,
    commandsets.SUBJECT,
    pairing.SUBJECT,
    queries.SUBJECT,
    services.SUBJECT,
    wide.SUBJECT,
    stalls.SUBJECT,
    datasets.SUBJECT,
    dictionary.SUBJECT,
    reading.FRAMING,
    reading.DATA_SETS,
    reading.FILES,
)
RULES: dict[str, Rule] = {rule.id: rule for subject in SUBJECTS for rule in subject.rules}
"""Every rule by its id, but for those that need an edition of the standard."""
IOD_RULES: dict[str, Rule] = {rule.id: rule for rule in iods.SUBJECT.rules}
"""Those."""
