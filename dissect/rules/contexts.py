"""Rules about presentation contexts as they are proposed and answered (PS3.8 7.1.1.13, 7.1.1.14, 9.3.3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dissect.dicom.contexts import ACCEPTED
from dissect.dicom.tables import transfer_syntax
from dissect.rules.declaration import Subject
from dissect.rules.proposals import ACCEPT, REQUEST, Papers, Place, Remark

SUBJECT = Subject("presentation contexts")

PC_EVEN = SUBJECT.rule(
    "pc-even", "error", "PS3.8 Table 9-13",
    "A presentation context id is even.",
    "Number contexts 1, 3, 5 and so on up to 255.",
)  # fmt: skip
PC_DUP = SUBJECT.rule(
    "pc-dup", "error", "PS3.8 7.1.1.13",
    "A presentation context id is used twice in one PDU.",
    "Give each context an id of its own; counters that wrap at 256 and merged context lists repeat them.",
)  # fmt: skip
PC_MANY = SUBJECT.rule(
    "pc-many", "error", "PS3.8 Table 9-13",
    "More presentation contexts are proposed than there are ids.",
    "Propose at most 128 contexts: put several transfer syntaxes into one, or open a second association.",
)  # fmt: skip
NO_CONTEXT = SUBJECT.rule(
    "no-context", "warning", "PS3.8 9.3.3.2",
    "The association was accepted, but none of its presentation contexts, so nothing can be sent.",
    "Compare the proposed SOP classes and transfer syntaxes with those the acceptor is configured for.",
)  # fmt: skip
TS_MISMATCH = SUBJECT.rule(
    "ts-mismatch", "warning", "PS3.8 Table 9-18",
    "A presentation context was refused because none of its transfer syntaxes is supported (result 4).",
    "Offer Implicit VR Little Endian as well, or enable one of the proposed syntaxes at the acceptor.",
)  # fmt: skip
DEFAULT_TS = SUBJECT.rule(
    "default-ts", "warning", "PS3.5 10.1",
    "Implicit VR Little Endian is not offered for an abstract syntax.",
    "Offer 1.2.840.10008.1.2 in at least one context of each abstract syntax; only senders of pixel data"
    " that is lossy, or too large for it, may leave it out.",
)  # fmt: skip
DEFAULT_TS_REFUSED = SUBJECT.rule(
    "default-ts-refused", "error", "PS3.5 10.1",
    "All contexts of an abstract syntax were refused for their transfer syntaxes, Implicit VR Little Endian"
    " among them, which every implementation has to support.",
    "Let the acceptor take 1.2.840.10008.1.2, or answer result 3 where it does not want the SOP class.",
)  # fmt: skip
AC_TS_NOT_PROPOSED = SUBJECT.rule(
    "ac-ts-not-proposed", "error", "PS3.8 9.3.3.2",
    "A context was accepted with a transfer syntax that was not proposed for it.",
    "Let the acceptor choose from the list in the context with the same id.",
)  # fmt: skip
AC_TS_MANY = SUBJECT.rule(
    "ac-ts-many", "error", "PS3.8 9.3.3.2",
    "A context was accepted with more than one transfer syntax.",
    "Return one transfer syntax for each accepted context.",
)  # fmt: skip
AC_ID_UNKNOWN = SUBJECT.rule(
    "ac-id-unknown", "error", "PS3.8 7.1.1.14",
    "The acceptor answers a context that was not proposed.",
    "Answer with the ids of the request.",
)  # fmt: skip
AC_ID_MISSING = SUBJECT.rule(
    "ac-id-missing", "error", "PS3.8 7.1.1.14",
    "The acceptor does not answer a context that was proposed.",
    "Return one result for each proposed context, refused ones too.",
)  # fmt: skip
REJ_CTX_TS = SUBJECT.rule(
    "rej-ctx-ts", "info", "PS3.8 Table 9-18",
    "A refused context has an empty transfer syntax, or none: its value is never tested, but some requestors"
    " fail on it.",
    "Return one of the proposed transfer syntaxes in refused contexts too.",
)  # fmt: skip
PC_RESULT = SUBJECT.rule(
    "pc-result", "error", "PS3.8 Table 9-18",
    "The answer to a context is none of 0 to 4.",
    "Use 1 to 4 to refuse a context.",
)  # fmt: skip

DEFAULT = "1.2.840.10008.1.2"
MOST = 128
NO_TRANSFER_SYNTAX = 4
REFERENCED = ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204",
              "1.2.840.10008.1.2.4.205")  # fmt: skip
"""Pixel data is elsewhere; offering one waives the duty to accept the default (PS3.5 10.1)."""


def ids(papers: Papers) -> Iterator[Remark]:
    even: set[int] = set()
    twice: set[int] = set()
    for paper in papers.each():
        seen: Counter[int] = Counter()
        for context in paper.proposal.contexts:
            if context.id % 2 == 0 and context.id not in even:  # an acceptor can but return it
                even.add(context.id)
                text = f"Presentation context id {context.id} is even; ids shall be odd, from 1 to 255."
                yield Remark(PC_EVEN, text, paper.which, context.start + 4, 1)
            seen[context.id] += 1
            if seen[context.id] == 2 and context.id not in twice:
                twice.add(context.id)
                text = f"Presentation context id {context.id} comes twice; which one counts is open."
                yield Remark(PC_DUP, text, paper.which, context.start + 4, 1)
    if papers.request is not None and len(papers.request.proposal.contexts) > MOST:
        contexts = papers.request.proposal.contexts
        text = f"{len(contexts)} presentation contexts are proposed; there are {MOST} ids."
        yield Remark(PC_MANY, text, REQUEST, contexts[MOST].start, contexts[MOST].length)


def answers(papers: Papers) -> Iterator[Remark]:
    both = papers.both()
    if both is None:
        return
    request, accept = both
    offers = {context.id: context for context in request.proposal.contexts}
    proposed: dict[int, tuple[str, ...]] = {}
    for context in request.proposal.contexts:
        proposed[context.id] = proposed.get(context.id, ()) + context.transfer_syntaxes
    for context in accept.proposal.contexts:
        place = (ACCEPT, context.start, context.length)
        if context.id not in proposed:
            text = f"The acceptor answers presentation context {context.id}, which was not proposed."
            yield Remark(AC_ID_UNKNOWN, text, *place)
        elif context.result == ACCEPTED:
            for uid in context.transfer_syntaxes[:1]:
                if uid not in proposed[context.id]:
                    text = f"Context {context.id} was accepted with {uid}, which was not proposed for it."
                    there = offers[context.id]
                    asked = Place("its proposal", REQUEST, there.start, there.length)
                    yield Remark(AC_TS_NOT_PROPOSED, text, *place, elsewhere=asked)
            count = len(context.transfer_syntaxes)
            if count != 1:
                text = f"Context {context.id} was accepted with {count or 'no'} transfer syntaxes."
                yield Remark(AC_TS_MANY, text, *place)
    answered = {context.id for context in accept.proposal.contexts}
    for context in request.proposal.contexts:
        if context.id not in answered:
            answered.add(context.id)
            text = f"Presentation context {context.id} was proposed, but the acceptor did not answer it."
            yield Remark(AC_ID_MISSING, text, REQUEST, context.start, context.length)


def refusals(papers: Papers) -> Iterator[Remark]:
    accept = papers.accept
    if accept is None:
        return
    contexts = accept.proposal.contexts
    refused = [context for context in contexts if context.result != ACCEPTED]
    if refused and len(refused) == len(contexts):
        results = ", ".join(str(result) for result in sorted({context.result or 0 for context in refused}))
        text = f"All {len(refused)} presentation contexts were refused (result {results})."
        if len(refused) == 1:
            text = f"The only presentation context was refused (result {results})."
        yield Remark(NO_CONTEXT, text, ACCEPT, refused[0].start, refused[0].length)
    for context in refused:
        if (context.result or 0) > NO_TRANSFER_SYNTAX:
            text = f"Result {context.result} of context {context.id} is reserved."
            yield Remark(PC_RESULT, text, ACCEPT, context.start + 6, 1)
        if not context.transfer_syntaxes:
            text = (
                f"Context {context.id} is refused without a transfer syntax sub-item, which shall be there."
            )
            yield Remark(REJ_CTX_TS, text, ACCEPT, context.start, context.length, "error")
        elif not context.transfer_syntaxes[0]:
            text = f"Context {context.id} is refused with an empty transfer syntax, which some peers fail on."
            yield Remark(REJ_CTX_TS, text, ACCEPT, context.start, context.length)


def syntaxes(papers: Papers) -> Iterator[Remark]:
    request = papers.request
    if request is None:
        return
    offered: dict[str, set[str]] = {}
    for context in request.proposal.contexts:
        offered.setdefault(context.abstract_syntax, set()).update(context.transfer_syntaxes)
    for context in request.proposal.contexts:
        syntaxes_ = offered.pop(context.abstract_syntax, None)
        if syntaxes_ and DEFAULT not in syntaxes_:
            only = "encapsulated syntaxes" if all(map(_compressed, syntaxes_)) else "other syntaxes"
            text = (
                f"Only {only} are offered for {context.abstract_syntax}: Implicit VR Little Endian shall be"
                " among them, unless all pixel data to be sent is lossy or too large for it."
            )
            yield Remark(DEFAULT_TS, text, REQUEST, context.start, context.length)
    accept = papers.accept
    if accept is None:
        return
    results = {context.id: context for context in accept.proposal.contexts}
    by_syntax: dict[str, list[int | None]] = {}
    for context in request.proposal.contexts:
        answer = results.get(context.id)
        by_syntax.setdefault(context.abstract_syntax, []).append(answer.result if answer else None)
    told: set[str] = set()
    for context in request.proposal.contexts:
        answer, uid = results.get(context.id), context.abstract_syntax
        if answer is None or answer.result != NO_TRANSFER_SYNTAX or uid in told:
            continue
        told.add(uid)
        proposed = {one for each in request.proposal.contexts if each.abstract_syntax == uid
                    for one in each.transfer_syntaxes}  # fmt: skip
        always = set(by_syntax[uid]) == {NO_TRANSFER_SYNTAX}
        if always and DEFAULT in proposed and not proposed.intersection(REFERENCED):
            text = (
                f"Every context of {uid} is refused for its transfer syntaxes, although the default one is"
                " among them (unless the acceptor has the pixel data only in lossy form, or too large)."
            )
            asked = Place("its proposal", REQUEST, context.start, context.length)
            yield Remark(DEFAULT_TS_REFUSED, text, ACCEPT, answer.start, answer.length, elsewhere=asked)
        elif 0 not in by_syntax[uid]:
            text = f"The acceptor takes none of the transfer syntaxes that context {context.id} proposes."
            asked = Place("its proposal", REQUEST, context.start, context.length)
            yield Remark(TS_MISMATCH, text, ACCEPT, answer.start, answer.length, elsewhere=asked)


def _compressed(uid: str) -> bool:
    return transfer_syntax(uid).encapsulated


PAPER_RULES = (ids, answers, refusals, syntaxes)
