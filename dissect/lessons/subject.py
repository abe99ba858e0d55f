"""Subject: a PDU that a quiz asks about."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dissect.dicom.associations import Association
from dissect.dicom.commands import CommandSet, command_set
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import COMMAND, LAST
from dissect.dicom.negotiation import Proposal, read_proposal
from dissect.dicom.recognition import P_DATA_TF, PDV_HEADER
from dissect.dicom.tables import COMMANDS
from dissect.lessons.answers import Answer, Choice, Question
from dissect.pieces import Span

HEADER = 6
"""Bytes before what the PDU length counts."""
LONGEST = 1 << 16
"""Bytes of a PDU that are looked at."""
OPTIONS = 4


@dataclass(eq=False)
class Subject:
    """A whole PDU, and what a maker needs to ask about it."""

    association: Association
    side: int
    pdu: Pdu
    chance: random.Random

    @cached_property
    def data(self) -> bytes:
        return self.span(0, min(self.pdu.length + HEADER, LONGEST)).read()

    @cached_property
    def proposal(self) -> Proposal:
        return read_proposal(self.data)

    @cached_property
    def command(self) -> tuple[int, CommandSet] | None:
        """Where a command set lies that is whole in the PDU's first PDV, and what it says."""
        if self.pdu.kind != P_DATA_TF or len(self.data) < 12:
            return None
        size, _, control = PDV_HEADER.unpack_from(self.data, HEADER)
        end = HEADER + 4 + size
        if control & 3 != COMMAND | LAST or end > len(self.data):
            return None
        found = command_set(self.data[12:end])
        return None if found.damage is not None or found.field not in COMMANDS else (12, found)

    def span(self, start: int, length: int) -> Span:
        return Span(self.association.framers[self.side].direction.pieces, self.pdu.start + start, length)

    def ask(
        self, kind: str, text: str, answer: Answer, at: tuple[int, int], why: str, clause: str,
        *, bare: bool = False,
    ) -> Question:  # fmt: skip
        """A question whose answer lies in the bytes `at`: their position in the PDU, and how many."""
        span = self.span(*at)
        return Question(
            kind, text, answer, self.association, self.side, self.pdu, span, why, clause, bare=bare
        )

    def choice(self, right: str, wrong: Sequence[str]) -> Choice:
        """The right answer among wrong ones, in any order."""
        others = [each for each in dict.fromkeys(wrong) if each != right]
        options = [right, *self.chance.sample(others, min(OPTIONS - 1, len(others)))]
        self.chance.shuffle(options)
        return Choice(tuple(options), options.index(right))
