"""What else an association may negotiate: identity, extensions, outstanding operations."""

from __future__ import annotations

from typing import Any

from pynetdicom import AE, build_role, evt
from pynetdicom.events import Event
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)

from recording import dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

from .echo import VERIFICATION
from .query import STUDY_ROOT_FIND

PASSCODE = b"open sesame"
# Three base64url parts, as in a real token, that say only that they are examples.
TOKEN = b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJleGFtcGxlIn0.ZXhhbXBsZQ"
ASSERTION = b"<saml:Assertion>an example, signed by nobody</saml:Assertion>"


def identity(kind: int, primary: bytes, secondary: bytes = b"") -> UserIdentityNegotiation:
    made = UserIdentityNegotiation()
    made.user_identity_type = kind
    made.primary_field = primary
    made.secondary_field = secondary
    made.positive_response_requested = True
    return made


IDENTITIES = {
    "user name": identity(1, b"example"),
    "user name and passcode": identity(2, b"example", PASSCODE),
    "Kerberos": identity(3, b"an example ticket"),
    "SAML": identity(4, ASSERTION),
    "JWT": identity(5, TOKEN),
    "wrong passcode": identity(2, b"example", b"wrong words"),
}


@recipe(
    "identity.pcap",
    "User identity of each type, with positive responses: user name, passcode, Kerberos,"
    " SAML, JWT; the sixth association gives a wrong passcode and is rejected.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def user_identity(stage: Stage) -> list[Association]:
    def judge(event: Event) -> tuple[bool, bytes | None]:
        claimed: Any = event  # pynetdicom adds the item's fields to the event
        if claimed.user_id_type == 2 and claimed.secondary_field != PASSCODE:
            return False, None
        return True, b"ticket" if claimed.user_id_type > 2 else None

    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    heard = Listener()
    with scp(acceptor, Listener(), [(evt.EVT_USER_ID, judge)]), stage.tcpdump():
        for number, item in enumerate(IDENTITIES.values(), 1):
            sender = entity(f"USER{number}", VERIFICATION)
            with association(sender, heard, called="ARCHIVE", ext_neg=[item]) as peer:
                if peer.is_established:
                    peer.send_c_echo()
    return heard.associations


@recipe(
    "identity-dcmtk.pcap",
    "User name and passcode, then a JWT, sent by storescu to a storescp that ignores them.",
    "storescu {dcmtk} -> storescp {dcmtk}",
    tools=("storescu", "storescp", "tcpdump"),
)
def identity_dcmtk(stage: Stage) -> list[Association]:
    token = stage.write("token", TOKEN.decode())
    image = objects.saved(objects.waveform(), stage.path("ecg.dcm"))
    options = (("-usr", "example", "-pwd", PASSCODE.decode()), ("--jwt", str(token)))
    with dcmtk.storescp(stage) as storescp:
        with stage.tcpdump():
            logs = [dcmtk.scu(stage, "storescu", "-R", *each, files=(image,)) for each in options]
        associations = dcmtk_log.associations("\n".join(logs), "requestor")
        storescp.fill_in(associations)
    return associations


@recipe(
    "extended.pcap",
    "Extended negotiation of queries and storage, common extended negotiation, an"
    " asynchronous operations window, role selection: all in one association.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def extended(stage: Stage) -> list[Association]:
    queries = SOPClassExtendedNegotiation()
    queries.sop_class_uid = STUDY_ROOT_FIND
    queries.service_class_application_information = b"\x01\x01\x01\x00\x00"
    storage = SOPClassExtendedNegotiation()
    storage.sop_class_uid = objects.CT
    storage.service_class_application_information = b"\x02\x00\x03\x00\x00\x00"
    common = SOPClassCommonExtendedNegotiation()
    common.sop_class_uid = objects.SR
    common.service_class_uid = "1.2.840.10008.4.2"
    common.related_general_sop_class_identification = [objects.PDF]
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = 5
    window.maximum_number_operations_performed = 2
    items = [queries, storage, common, window, build_role(objects.CT, True, True)]

    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(STUDY_ROOT_FIND)
    acceptor.add_supported_context(objects.CT, scu_role=True, scp_role=True)
    acceptor.add_supported_context(objects.SR)
    handlers = [
        (evt.EVT_SOP_EXTENDED, lambda event: event.app_info),
        (evt.EVT_SOP_COMMON, lambda event: event.items),
        (evt.EVT_ASYNC_OPS, lambda event: (5, 2)),
    ]
    heard = Listener()
    sender = entity("SENDER", VERIFICATION, STUDY_ROOT_FIND, objects.CT, objects.SR)
    with scp(acceptor, Listener(), handlers), stage.tcpdump():
        with association(sender, heard, called="ARCHIVE", ext_neg=items) as peer:
            peer.send_c_echo()
    return heard.associations
