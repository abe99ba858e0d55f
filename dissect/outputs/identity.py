"""The user identity of an association, without its secrets unless they are asked for (PS3.7 D.3.3.7)."""

from __future__ import annotations

from typing import Any

from dissect.dicom.negotiation import Proposal

TYPES = {
    1: "username",
    2: "username and passcode",
    3: "Kerberos service ticket",
    4: "SAML assertion",
    5: "JSON Web Token",
}
NAMED = (1, 2)
"""Types whose primary field is a name; that of all others is proof enough to be somebody else."""


def user_identity(
    request: Proposal | None, accept: Proposal | None, *, show_secrets: bool
) -> dict[str, Any] | None:
    """What the requestor said who its user is, and the acceptor's answer; None where neither did.

    `hidden` tells a secret that is not shown from one that was not sent.
    """
    identity = request.identity if request else None
    response = accept.identity_response if accept else None
    if identity is None and response is None:
        return None
    found: dict[str, Any] = {"type": None, "type_name": None, "response_requested": None}
    username = proof = passcode = None
    if identity is not None:
        found["type"] = identity.type
        found["type_name"] = TYPES.get(identity.type)
        found["response_requested"] = identity.wants_response
        primary = _text(identity.primary)
        username, proof = (primary, None) if identity.type in NAMED else (None, primary)
        passcode = _text(identity.secondary) or None
    secrets = {"proof": proof, "passcode": passcode, "server_response": _text(response)}
    found["username"] = username
    found.update(secrets if show_secrets else dict.fromkeys(secrets))
    found["confirmed"] = response is not None if accept else None
    found["hidden"] = [] if show_secrets else [name for name, value in secrets.items() if value]
    return found


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "backslashreplace")
