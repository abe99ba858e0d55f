"""A player and its connection to the live peer: the only place of a replay where time passes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator

from dissect.layers import A_ABORT
from dissect.peer.connection import Connection, NoAnswerError, PeerError
from dissect.replay.player import Player
from dissect.wire.hextext import ACCEPTOR, REQUESTOR, Direction

CLOSING = 1.0
"""Seconds for the peer to close the connection, or to say why it broke."""

Said = tuple[Direction, bytes, int]
"""Who said it, the PDU, and when, in nanoseconds since 1970."""


class Stage:
    """Plays against a peer; `perform` tells each PDU as it goes by, and ends when the association does."""

    def __init__(
        self, player: Player, connection: Connection, *, timeout: float, idle: float, paced: bool
    ) -> None:
        self.player = player
        self._connection = connection
        self._timeout = timeout
        self._idle = max(idle, timeout)
        """Seconds for a peer that owes no answer to ask for more."""
        self._paced = paced
        """Whether to wait before each message as long as was waited when it was recorded."""
        sides: tuple[Direction, Direction] = (REQUESTOR, ACCEPTOR)
        self._mine, self._its = sides if player.script.is_requestor else sides[::-1]

    def perform(self) -> Iterator[Said]:
        try:
            while True:
                yield from self._speak()
                if self.player.over:
                    break
                yield from self._hear(self._idle if self.player.idle else self._timeout)
            yield from self._leave()
        except BaseException:  # somebody interrupts, or the disk is full: the peer need not wait for more
            if not self._connection.stuck:
                with contextlib.suppress(PeerError):
                    self._connection.send(bytes(A_ABORT()))
            raise

    def _speak(self) -> Iterator[Said]:
        for turn in self.player.turns():
            if self._paced and turn.pause:
                time.sleep(turn.pause / 1e9)
            yield from self._send(turn.pdus)

    def _send(self, pdus: Iterable[bytes]) -> Iterator[Said]:
        """Send a message, and hear what the peer says meanwhile: it may abort."""
        ended = self.player.over
        for pdu in pdus:
            try:
                self._connection.send(pdu)
            except PeerError as error:
                _, gone, length = self._connection.passed[-1]
                if length:
                    yield self._mine, pdu[:length], gone
                yield from self._broken(error)
                return
            yield self._mine, pdu, time.time_ns()
            while not self.player.over and self._connection.waiting():
                yield from self._hear(self._timeout)
            if self.player.over and not ended:
                return

    def _hear(self, timeout: float) -> Iterator[Said]:
        try:
            pdu = self._connection.receive(timeout)
        except NoAnswerError as error:
            self.player.abort(f"{error}, waiting for {self.player.waiting_for}")
            return
        except PeerError as error:
            self.player.abort(f"{error}, when {self.player.waiting_for} was due")
            return
        if pdu is not None:
            yield self._its, pdu, time.time_ns()
        self.player.receive(pdu)

    def _broken(self, error: PeerError) -> Iterator[Said]:
        """Bytes cannot be sent any more: what the peer said before may tell why."""
        if self.player.over:
            return
        with contextlib.suppress(PeerError):
            while not self.player.over:
                pdu = self._connection.receive(CLOSING)
                if pdu is None:
                    break
                yield self._its, pdu, time.time_ns()
                self.player.receive(pdu)
        if not self.player.over:
            self.player.broken(str(error))

    def _leave(self) -> Iterator[Said]:
        """The acceptor lets the requestor close first (PS3.8 9.2.1, Sta13)."""
        with contextlib.suppress(PeerError):
            while self._mine == ACCEPTOR:
                pdu = self._connection.receive(CLOSING)
                if pdu is None:
                    return
                yield self._its, pdu, time.time_ns()
