"""User identity, asked and answered: sub-items 58H and 59H (PS3.7 D.3.3.7)."""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

from scapy.fields import FieldLenField

from dissect.layers.base import about, length_of
from dissect.layers.fields import TRAILING, BytesField, CodeField, TextField
from dissect.layers.headers import Item, item_header

IDENTITY_TYPES = {
    1: "username",
    2: "username and passcode",
    3: "Kerberos service ticket",
    4: "SAML assertion",
    5: "JSON Web Token",
}


class UserIdentitySubItemRQ(Item):
    name = "User Identity"
    reference = "PS3.7 Table D.3-14"
    meaning = "Says who the user at the requestor's side is."
    fields_desc = [
        *item_header(0x58, "PS3.7 Table D.3-14"),
        about(
            CodeField("user_identity_type", 1, IDENTITY_TYPES),
            "PS3.7 Table D.3-14",
            "The kind of proof that is given.",
            legal="1 to 5",
        ),
        about(
            CodeField("positive_response_requested", 0, {0: "no", 1: "yes"}),
            "PS3.7 Table D.3-14",
            "Whether the acceptor is to confirm that it checked the identity.",
            legal="0 or 1",
            trouble="An acceptor that knows nothing of user identities accepts without a word; only a "
            "requested answer tells the difference.",
        ),
        about(
            FieldLenField("primary_field_length", None, length_of="primary_field"),
            "PS3.7 Table D.3-14",
            "Number of bytes of the field that follows.",
        ),
        about(
            TextField("primary_field", b"", length_from=length_of("primary_field_length")),
            "PS3.7 Table D.3-14",
            "The username in UTF-8, or the ticket, assertion or token.",
        ),
        about(
            FieldLenField("secondary_field_length", None, length_of="secondary_field"),
            "PS3.7 Table D.3-14",
            "Number of bytes of the passcode.",
            legal="0 unless the type is 2",
        ),
        about(
            TextField("secondary_field", b"", length_from=length_of("secondary_field_length")),
            "PS3.7 Table D.3-14",
            "The passcode.",
            legal="only with type 2",
            trouble="Without TLS everybody on the way can read it, and everybody who gets the capture.",
        ),
        TRAILING,
    ]

    def digest(self) -> str:
        return self.text("user_identity_type")

    def secrets(self) -> frozenset[str]:
        """Of a username that takes up the bytes of what should follow it, nobody knows where it ends."""
        if self.user_identity_type in (1, 2) and not self.cut:
            return frozenset({"secondary_field", "trailing"})
        return frozenset({"primary_field", "secondary_field", "trailing"})


class UserIdentitySubItemAC(Item):
    name = "User Identity"
    reference = "PS3.7 Table D.3-15"
    meaning = "The acceptor's confirmation of a user identity, sent only where it was asked for."
    fields_desc = [
        *item_header(0x59, "PS3.7 Table D.3-15"),
        about(
            FieldLenField("server_response_length", None, length_of="server_response"),
            "PS3.7 Table D.3-15",
            "Number of bytes of the response.",
        ),
        about(
            BytesField("server_response", b"", length_from=length_of("server_response_length")),
            "PS3.7 Table D.3-15",
            "Kerberos server ticket or SAML response.",
            legal="empty where the identity was a username",
        ),
        TRAILING,
    ]

    def secrets(self) -> frozenset[str]:
        return frozenset({"server_response", "trailing"})
