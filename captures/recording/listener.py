"""pynetdicom as a peer that writes down every message it sends and receives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association as Connection
from pynetdicom.events import Event
from pynetdicom.pdu import A_ABORT_RQ

from .stage import PORT
from .truth import Association, Message, Side
from .waiting import wait_for

NO_DATA_SET = 0x0101  # PS3.7 Table E.1-1, (0000,0800)
Handlers = Sequence[tuple[Any, ...]]


class Listener:
    """Handlers for pynetdicom's notification events, and what they heard.

    pynetdicom calls them from several threads; each message is noted when the
    library has decoded it whole, or just before it cuts it into PDUs.
    """

    def __init__(self) -> None:
        self.associations: list[Association] = []
        self._by_connection: dict[Connection, Association] = {}
        self._lock = threading.Lock()
        self._closed: set[Connection] = set()

    @property
    def handlers(self) -> list[tuple[Any, ...]]:
        return [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_ACCEPTED, self._accepted),
            (evt.EVT_ESTABLISHED, self._accepted),
            (evt.EVT_DIMSE_SENT, self._message),
            (evt.EVT_DIMSE_RECV, self._message),
            (evt.EVT_PDU_SENT, self._pdu),
            (evt.EVT_PDU_RECV, self._pdu),
            (evt.EVT_RELEASED, self._released),
            (evt.EVT_CONN_CLOSE, self._connection_closed),
        ]

    def wait_closed(self, count: int = 1) -> None:
        """Until that many connections have gone, so that their ends are known too."""
        wait_for(f"{count} closed connections", lambda: len(self._closed) >= count)

    def wait_for_end(self, connection: Connection) -> None:
        wait_for("the connection's end", lambda: connection in self._closed)

    def _find(self, connection: Connection) -> Association:
        with self._lock:
            found = self._by_connection.get(connection)
            if found is None:
                found = Association()
                self._by_connection[connection] = found
                self.associations.append(found)
            if (request := connection.requestor.primitive) is not None:
                found.calling_ae = request.calling_ae_title
                found.called_ae = request.called_ae_title
            return found

    def _requested(self, event: Event) -> None:
        self._find(event.assoc)

    def _rejected(self, event: Event) -> None:
        found = self._find(event.assoc)
        found.outcome = "rejected"
        answer: Any = event.assoc.acceptor.primitive
        found.rejection = {
            "result": answer.result,
            "source": answer.result_source,
            "reason": answer.diagnostic,
        }

    def _accepted(self, event: Event) -> None:
        found = self._find(event.assoc)
        contexts: list[Any] = [*event.assoc.accepted_contexts, *event.assoc.rejected_contexts]
        found.contexts = [
            {
                "id": context.context_id,
                "abstract_syntax": context.abstract_syntax,
                "result": context.result,
                "transfer_syntax": context.transfer_syntax[0] if context.result == 0 else None,
            }
            for context in sorted(contexts, key=lambda context: context.context_id)
        ]

    def _message(self, event: Event) -> None:
        heard: Any = event.message
        elements = heard.command_set
        sender = _sender(event, evt.EVT_DIMSE_SENT)
        message = Message(sender, type(heard).__name__.replace("_", "-"))
        message.message_id = elements.get("MessageID")
        message.responding_to = elements.get("MessageIDBeingRespondedTo")
        message.status = elements.get("Status")
        uid = elements.get("AffectedSOPInstanceUID") or elements.get("RequestedSOPInstanceUID")
        message.sop_instance_uid = str(uid) if uid else None
        if elements.CommandDataSetType != NO_DATA_SET:
            message.hold(heard.data_set.getvalue())
        self._find(event.assoc).messages.append(message)

    def _pdu(self, event: Event) -> None:
        if isinstance(event.pdu, A_ABORT_RQ):
            found = self._find(event.assoc)
            found.outcome = "aborted"
            found.aborted_by = _sender(event, evt.EVT_PDU_SENT)

    def _released(self, event: Event) -> None:
        self._find(event.assoc).outcome = "released"

    def _connection_closed(self, event: Event) -> None:
        found = self._find(event.assoc)
        if found.outcome == "open":
            found.outcome = "closed"
        self._closed.add(event.assoc)


def _sender(event: Event, sending: Any) -> Side:
    sent = event.event is sending
    return "requestor" if sent == event.assoc.is_requestor else "acceptor"


@contextmanager
def scp(
    entity: AE,
    listener: Listener,
    handlers: Handlers = (),
    port: int = PORT,
    host: str = "0.0.0.0",
    **options: Any,
) -> Iterator[None]:
    """A pynetdicom SCP, listening when the body starts."""
    server = entity.start_server(
        (host, port), block=False, evt_handlers=[*listener.handlers, *handlers], **options
    )
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()


@contextmanager
def association(
    entity: AE,
    listener: Listener,
    host: str = "127.0.0.1",
    port: int = PORT,
    called: str = "ANY-SCP",
    handlers: Handlers = (),
    **options: Any,
) -> Iterator[Connection]:
    """A pynetdicom association, released at the end if the body left it standing."""
    connection = entity.associate(
        host, port, ae_title=called, evt_handlers=[*listener.handlers, *handlers], **options
    )
    try:
        yield connection
    finally:
        if connection.is_established:
            connection.release()
    listener.wait_for_end(connection)


def entity(title: str, *contexts: str | tuple[str, str]) -> AE:
    """An application entity that requests abstract syntaxes, or those with a syntax."""
    made = AE(ae_title=title)
    for context in contexts:
        if isinstance(context, str):
            made.add_requested_context(context)
        else:
            made.add_requested_context(*context)
    return made
