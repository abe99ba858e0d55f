"""What each side stated of itself when an association was set up, in lines for the negotiation view.

requestor  OFFIS_DCMTK_369  1.2.276.0.7230010.3.0.3.6.9
           PDUs of at most 16,384 bytes · 1 operation at a time
           user "alice" with passcode (hidden)
"""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.negotiation import Proposal, Roles
from dissect.outputs.identity import user_identity
from dissect.outputs.words import OUTCOME_COLOURS, clean, outcome_words
from tui.views.lines import Line

MOST_EXTENDED = 8
"""Bytes of an extended negotiation that are shown."""
INDENT = " " * 11


def terms(association: Association) -> list[Line]:
    """The requestor's terms, the acceptor's, and the user's identity."""
    lines: list[Line] = []
    for side, proposal in (("requestor", association.request), ("acceptor", association.accept)):
        if proposal is not None:
            lines += _side(side, proposal)
        elif side == "requestor" or not association.rejection:
            lines.append([(f"{side:<11}", "bold"), ("its terms were not captured", "dim")])
    if association.rejection:
        rejected = outcome_words(association, association.outcome)
        lines.append([("acceptor   ", "bold"), (rejected, OUTCOME_COLOURS[association.outcome])])
    identity = _identity(association)
    if identity:
        lines.append([(f"{'user':<11}", "bold"), (identity, "")])
    return lines


def _side(side: str, proposal: Proposal) -> Iterator[Line]:
    implementation = clean(proposal.version_name or "") or "implementation not named"
    yield [
        (f"{side:<11}", "bold"),
        (f"{implementation}  ", ""),
        (clean(proposal.class_uid or "no implementation class UID"), "dim"),
    ]
    parts = []
    limit = proposal.maximum_length
    if limit is None:
        parts.append("no maximum length stated")
    else:
        parts.append(f"PDUs of at most {limit:,} bytes" if limit else "PDUs of any length")
    if proposal.asynchronous is not None:
        invoked, performed = (f"{number:,}" if number else "any number" for number in proposal.asynchronous)
        parts.append(f"asynchronous: {invoked} invoked, {performed} performed")
    else:
        parts.append("one operation at a time")
    yield [(INDENT + " · ".join(parts), "")]
    for uid, information in proposal.extended.items():
        shown = information[:MOST_EXTENDED].hex(" ").upper()
        more = "…" if len(information) > MOST_EXTENDED else ""
        yield [(f"{INDENT}extended: {_name(uid)}  ", ""), (f"{shown}{more}", "dim")]
    for common in proposal.common_extended:
        related = f", related: {', '.join(map(_name, common.related))}" if common.related else ""
        yield [(f"{INDENT}common extended: {_name(common.sop_class)}{related}", "")]


def _identity(association: Association) -> str:
    """The user's identity; a secret is never more than its presence."""
    found = user_identity(association.request, association.accept, show_secrets=False)
    if found is None:
        return ""
    parts = [found["type_name"] or f"type {found['type']}"]
    if found["username"]:
        parts.append(f'"{clean(found["username"])}"')
    parts += [f"{name.replace('_', ' ')} ••••••" for name in found["hidden"]]
    if found["response_requested"]:
        parts.append("response requested")
    if found["confirmed"] is not None:
        parts.append("confirmed" if found["confirmed"] else "not confirmed")
    return " · ".join(parts)


def roles(given: Roles) -> str:
    return " and ".join(name for name, has in (("SCU", given.scu), ("SCP", given.scp)) if has) or "none"


def _name(uid: str) -> str:
    return clean(tables.sop_class_name(uid))
