"""Rules about PDUs and PDVs (PS3.8 9.1, 9.3.5, Annexes D and E)."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.dicom.tables import abort_text
from dissect.findings import Finding
from dissect.pieces import Span


def longer_than_maximum(association: Association) -> Iterator[Finding]:
    for side in (0, 1):
        receiver = association.proposal(1 - side)
        limit = receiver.maximum_length if receiver else None
        if not limit:  # 0 means no limit
            continue
        longer = association.longer_than(side, limit)
        if longer:
            first = longer[0]
            count = "A P-DATA-TF is" if len(longer) == 1 else f"{len(longer)} P-DATA-TF PDUs are"
            text = (
                f"{count} longer than the {association.side_name(1 - side)} takes: "
                f"{first.length} bytes where its maximum length is {limit}."
            )
            span = Span(association.framers[side].direction.pieces, first.start + 2, 4)
            yield Finding("max-pdu", "error", text, span, "PS3.8 D.1")


def odd_fragment(association: Association) -> Iterator[Finding]:
    odd = [run for run in _fragments(association) if run.length % 2]
    if odd:
        text = "A fragment of odd length." if len(odd) == 1 else f"{len(odd)} fragments of odd length."
        yield Finding("pdv-odd", "error", text, odd[0], "PS3.8 E.1")


def empty_fragment(association: Association) -> Iterator[Finding]:
    empty = [run for run in _fragments(association) if not run.length]
    if empty:
        text = (
            "A PDV without a byte in it." if len(empty) == 1 else f"{len(empty)} PDVs without a byte in them."
        )
        header = Span(empty[0].source, empty[0].start - 6, 6)
        yield Finding("pdv-empty", "error", text, header, "PS3.8 E.1")


def _fragments(association: Association) -> Iterator[Span]:
    """The fragment in each PDV of the messages that are whole."""
    for message in association.messages:
        if message.complete:
            for runs in (message.command_runs, message.data_runs):
                for start, length in zip(runs[::2], runs[1::2], strict=True):
                    yield Span(message.span.source, start, length)


def second_request(association: Association) -> Iterator[Finding]:
    pdu = association.request_pdu
    if pdu is not None and association.follows_another:
        text = "Another A-ASSOCIATE-RQ on a connection that has carried an association already."
        span = Span(association.framers[association.requestor_side].direction.pieces, pdu.start, 6)
        yield Finding("second-rq", "error", text, span, "PS3.8 9.1.1")


def aborted(association: Association) -> Iterator[Finding]:
    abort = association.abort
    if abort is not None:
        text = (
            f"Aborted by the {association.side_name(abort.side)}: {abort_text(abort.source, abort.reason)}."
        )
        yield Finding("aborted", "warning", text, None, "PS3.8 Table 9-26")


RULES = (longer_than_maximum, odd_fragment, empty_fragment, second_request, aborted)
