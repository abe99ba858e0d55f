"""What the peers say was sent: the oracle that the dissector is measured against.

Nothing here reads a capture. A value that no peer can give is None. Messages are in
the order in which the peer that recorded them sent and received them: where both ends
talk at once, messages of the two directions may have passed each other on the wire.
`captured` tells what a capture that is not complete shows of a message.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

Side = Literal["requestor", "acceptor"]
Outcome = Literal["released", "aborted", "rejected", "closed", "open"]
Captured = Literal["whole", "partly", "no"]


@dataclass(slots=True)
class Message:
    sender: Side
    command: str
    message_id: int | None = None
    responding_to: int | None = None
    status: int | None = None
    has_data_set: bool = False
    data_set_sha256: str | None = None
    data_set_length: int | None = None
    sop_instance_uid: str | None = None
    captured: Captured = "whole"

    def hold(self, data_set: bytes) -> None:
        """Note the data set's bytes as they went over the wire."""
        self.has_data_set = True
        self.data_set_sha256 = hashlib.sha256(data_set).hexdigest()
        self.data_set_length = len(data_set)

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "sender": self.sender,
            "command": self.command,
            "message_id": self.message_id,
            "responding_to": self.responding_to,
            "status": self.status,
            "has_data_set": self.has_data_set,
            "data_set_sha256": self.data_set_sha256,
            "data_set_length": self.data_set_length,
        }
        if self.sop_instance_uid is not None:
            shown["sop_instance_uid"] = self.sop_instance_uid
        if self.captured != "whole":
            shown["captured"] = self.captured
        return shown


@dataclass(slots=True)
class Association:
    calling_ae: str | None = None
    called_ae: str | None = None
    outcome: Outcome = "open"
    messages: list[Message] = field(default_factory=list)
    rejection: dict[str, int] | None = None
    aborted_by: Side | None = None
    contexts: list[dict[str, Any]] | None = None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "calling_ae": self.calling_ae,
            "called_ae": self.called_ae,
            "outcome": self.outcome,
        }
        if self.rejection is not None:
            shown["rejection"] = self.rejection
        if self.aborted_by is not None:
            shown["aborted_by"] = self.aborted_by
        if self.contexts is not None:
            shown["presentation_contexts"] = self.contexts
        shown["messages"] = [message.as_json() for message in self.messages]
        return shown
