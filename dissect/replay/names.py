"""What messages are called in sentences, and the errors of what cannot be played."""

from __future__ import annotations

from dissect.dicom.messages import Message


class NotPlayableError(Exception):
    """A recording from which nothing can be played; the text says why."""


class CannotSendError(Exception):
    """A message that has to be left out; the text says why."""


def title(message: Message) -> str:
    """Such as "message 7, N-CREATE-RQ"."""
    return f"message {message.index}, {message.command or 'unknown'}"
