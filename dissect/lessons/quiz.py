"""Questions drawn from a capture: what its own bytes can teach (PS3.8 9.3, PS3.7 Annex E).

Each maker looks at one PDU and asks what can be read from it, or nothing. Captures may be long, so only a
sample of their PDUs is looked at; the same seed gives the same questions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from dissect.dicom.associations import Association
from dissect.lessons import asking_messages, asking_pdus
from dissect.lessons.answers import Question
from dissect.lessons.subject import HEADER, Subject

ASSOCIATIONS, PDUS = 12, 40
"""How many associations of a capture, and PDUs of each side, are looked at."""
MAKERS: tuple[Callable[[Subject], Iterator[Question]], ...] = (*asking_pdus.MAKERS, *asking_messages.MAKERS)


def questions(
    associations: Sequence[Association], count: int = 10, seed: int | None = None
) -> list[Question]:
    """Up to `count` questions, of as many kinds as the capture has; none of them twice."""
    chance = random.Random(seed)
    by_kind: dict[str, list[Question]] = {}
    for subject in _subjects(associations, chance):
        for maker in MAKERS:
            for question in maker(subject):
                by_kind.setdefault(question.kind, []).append(question)
    for pool in by_kind.values():
        chance.shuffle(pool)
    chosen: list[Question] = []
    while len(chosen) < count and by_kind:
        kinds = list(by_kind)
        chance.shuffle(kinds)
        for kind in kinds[: count - len(chosen)]:
            chosen.append(by_kind[kind].pop())
            if not by_kind[kind]:
                del by_kind[kind]
    chosen.sort(key=lambda question: (question.association.index, question.pdu.record, question.pdu.start))
    return chosen


def _subjects(associations: Sequence[Association], chance: random.Random) -> Iterator[Subject]:
    numbers = range(len(associations))
    for index in sorted(chance.sample(numbers, min(ASSOCIATIONS, len(numbers)))):
        association = associations[index]
        for side in (0, 1):
            count = len(association.kinds(side))
            gaps = association.gaps(side)
            # the first and last are those of negotiation and release, in the middle one is as good as another
            ends = {0, 1, 2, count - 2, count - 1} & set(range(count))
            for number in sorted(ends | set(chance.sample(range(count), min(PDUS, count)))):
                pdu = association.pdu(side, number)
                whole = pdu.stop - pdu.start == pdu.length + HEADER
                if whole and not any(gap.start < pdu.stop and gap.stop > pdu.start for gap in gaps):
                    yield Subject(association, side, pdu, chance)
