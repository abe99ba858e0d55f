"""PDUs sent to a peer one after the other, each when it is its turn, and what the peer says in between.

Before a request goes out, what was asked before it has been answered: the association, a message up to its
final response, the release. A response goes out when the peer has asked for one, a C-CANCEL-RQ when what it
cancels has a response. Between the PDUs of one message there is no waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from dissect.dicom.commands import C_CANCEL_RQ, CommandSet
from dissect.dicom.exchanges import PENDING
from dissect.dicom.messages import COMMAND
from dissect.dicom.recognition import (
    A_ABORT,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
)
from dissect.dicom.tables import COMMANDS
from dissect.layers import A_ABORT as ABORT_PDU
from dissect.peer.connection import Connection, NoAnswerError, PeerError
from dissect.peer.messages import Follower, pdvs
from dissect.wire.hextext import ACCEPTOR, REQUESTOR, Direction

ANSWERS = {
    A_ASSOCIATE_AC: A_ASSOCIATE_RQ,
    A_ASSOCIATE_RJ: A_ASSOCIATE_RQ,
    A_RELEASE_RP: A_RELEASE_RQ,
}
ASKED = {A_ASSOCIATE_RQ: "the A-ASSOCIATE-RQ", A_RELEASE_RQ: "the A-RELEASE-RQ"}


class Spoken(NamedTuple):
    """What one side said, mostly a PDU, and when it was gone or there in whole: nanoseconds since 1970."""

    direction: Direction
    octets: bytes
    time: int


class Dialogue:
    """What pduscope as the requestor and a peer as the acceptor say to each other on one connection.

    `timeout` is how many seconds each answer may take. `patient`: where none comes, go on with what is next.
    """

    def __init__(self, connection: Connection, timeout: float, *, patient: bool = False) -> None:
        self.ended = False
        """Whether the peer rejected the association, aborted it, or closed the connection."""
        self.unanswered: list[str] = []
        """What a patient dialogue waited for in vain."""
        self._connection = connection
        self._timeout = timeout
        self._patient = patient
        self._asked: dict[int, str] = {}
        """A-ASSOCIATE-RQ and A-RELEASE-RQ that are not answered."""
        self._open: dict[int | None, str] = {}
        """Our messages that have no final response, by message id, and the names of their commands."""
        self._responses = 0
        """Responses since our latest request."""
        self._owed = 0
        """Requests of the peer that are not answered."""
        self._unasked = False
        """Whether responses go out that nobody asked for."""
        self._ours, self._theirs = Follower(), Follower()

    def play(self, pdus: Iterable[bytes]) -> Iterator[Spoken]:
        """Send the PDUs, each in its turn; yields what was said by both sides, as it is said.

        Raises PeerError where the peer does not answer, or not with PDUs.
        """
        for pdu in pdus:
            yield from self._until_turn_of(pdu)
            if self.ended:
                return
            try:
                self._connection.send(pdu)
            except PeerError as broken:
                _, time, length = self._connection.passed[-1]
                if length:
                    yield Spoken(REQUESTOR, pdu[:length], time)
                if isinstance(broken, NoAnswerError):
                    raise
                yield from self._last_words(broken)
                return
            yield self._sent(pdu)
        yield from self._until_turn_of(None)

    def give_up(self) -> Iterator[Spoken]:
        """Tell a peer that does not answer that no more is waited for (PS3.8 9.3.8, Table 9-10 AA-1)."""
        if self.ended or self._connection.stuck:
            return
        with suppress(PeerError):
            pdu = bytes(ABORT_PDU())
            self._connection.send(pdu)
            yield self._sent(pdu)

    def _sent(self, pdu: bytes) -> Spoken:
        if pdu and pdu[0] in ASKED:
            self._asked[pdu[0]] = ASKED[pdu[0]]
        for command in self._ours.ended(pdu):
            if command.is_response:
                self._owed = max(self._owed - 1, 0)
            elif command.field != C_CANCEL_RQ:
                self._open[command.message_id] = COMMANDS.get(command.field or 0, "message")
                self._responses = 0
        if pdu[:1] == bytes([A_ABORT]):
            self._forget()
        return Spoken(REQUESTOR, pdu, self._connection.passed[-1].time)

    def _until_turn_of(self, pdu: bytes | None) -> Iterator[Spoken]:
        """Receive until `pdu` may go out; None: until all is answered."""
        amid = self._ours.amid
        while not self.ended and (self._connection.waiting() if amid else not self._is_turn_of(pdu)):
            try:
                yield from self._received()
            except NoAnswerError as error:
                late = error if error.octets else NoAnswerError(self._late())
                if not self._patient or error.octets:
                    raise late from None
                self.unanswered.append(str(late))
                self._forget()

    def _is_turn_of(self, pdu: bytes | None) -> bool:
        if self._asked:
            return False
        command = _first_command(pdu) if pdu else None
        if command is not None and command.is_response:
            return bool(self._owed) or self._unasked
        if command is not None and command.field == C_CANCEL_RQ:
            return bool(self._responses) or not self._open
        if pdu and pdu[0] == A_ABORT:
            return True
        return not self._open

    def _received(self) -> Iterator[Spoken]:
        try:
            pdu = self._connection.receive(self._timeout)
        except NoAnswerError:
            raise
        except PeerError as error:
            self.ended = True
            raise PeerError(f"{error}{self._suspicion(error.octets)}", error.octets) from None
        if pdu is None:
            self.ended = True
            if self._asked or self._open:
                closed = f"the peer closed the connection instead of answering {self._awaited()}"
                raise PeerError(closed + self._suspicion(b""))
            return
        kind = pdu[0]
        self._asked.pop(ANSWERS.get(kind, 0), None)
        self.ended = kind in (A_ASSOCIATE_RJ, A_ABORT)
        for command in self._theirs.ended(pdu):
            if not command.is_response:
                self._owed += 1
                continue
            self._responses += 1
            if command.status not in PENDING:
                self._answered(command)
        yield Spoken(ACCEPTOR, pdu, self._connection.passed[-1].time)

    def _answered(self, response: CommandSet) -> None:
        """Take a final response; one to something else is all there will be."""
        if self._open.pop(response.responded_id, None) is None:
            self._open.clear()

    def _last_words(self, broken: PeerError) -> Iterator[Spoken]:
        """What a peer said before it ended the connection; `broken` is raised where that explains nothing."""
        said = False
        while not self.ended:
            try:
                for spoken in self._received():
                    said = True
                    yield spoken
            except PeerError:
                break
        if not said:
            raise broken

    def _suspicion(self, octets: bytes) -> str:
        """What is likely behind the end of a connection on which the peer never said anything."""
        said = octets or any(not each.sent for each in self._connection.passed)
        return "" if said else ": it may expect TLS, or serve nobody who calls from here"

    def _forget(self) -> None:
        """Wait no more for what is not answered, nor for being asked."""
        self._asked.clear()
        self._open.clear()
        self._unasked = True

    def _late(self) -> str:
        within = f"within {self._timeout:g} s"
        if not (self._asked or self._open):
            return f"the peer asked for nothing {within}, and what comes next is a response"
        if self._owed:
            within += ": it asked for something itself, and what comes next is no response"
        return f"no answer to {self._awaited()} {within}"

    def _awaited(self) -> str:
        names = [*self._asked.values(), *(f"the {name}" for name in self._open.values())]
        return names[0]


def _first_command(pdu: bytes) -> CommandSet | None:
    """The command set that a PDU begins with, as far as it is there; None where it begins with none."""
    pdv = next(pdvs(pdu), None)
    return CommandSet(pdu[pdv.start : pdv.stop]) if pdv and pdv.control & COMMAND else None
