"""Associations that are refused, aborted, or left with nothing to talk about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.events import Event

from recording import archives, dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

from .echo import VERIFICATION
from .retrieve import STUDY_ROOT_MOVE, accept_store, whole_study
from .store import plain

PRINTER = "1.2.840.10008.5.1.1.16"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"


@recipe(
    "reject-no-reason.pcap",
    "An association rejected without a reason.",
    "echoscu {dcmtk} -> storescp {dcmtk}",
    tools=("echoscu", "storescp", "tcpdump"),
)
def reject_no_reason(stage: Stage) -> list[Association]:
    with dcmtk.storescp(stage, "--refuse"), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu")
    return dcmtk_log.associations(log, "requestor")


@recipe(
    "reject-titles.pcap",
    "Rejected for the called title, then for the calling title; then accepted.",
    "echoscu {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("echoscu", "tcpdump"),
)
def reject_titles(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.require_called_aet = True
    acceptor.require_calling_aet = ["FRIEND"]
    logs = []
    with scp(acceptor, Listener()), stage.tcpdump():
        logs.append(dcmtk.scu(stage, "echoscu", "-aet", "FRIEND", "-aec", "NOBODY"))
        logs.append(dcmtk.scu(stage, "echoscu", "-aet", "STRANGER", "-aec", "ARCHIVE"))
        logs.append(dcmtk.scu(stage, "echoscu", "-aet", "FRIEND", "-aec", "ARCHIVE"))
    return dcmtk_log.associations("\n".join(logs), "requestor")


@recipe(
    "abort-requestor.pcap",
    "The requestor aborts after one C-STORE.",
    "storescu {dcmtk} -> storescp {dcmtk}",
    tools=("storescu", "storescp", "tcpdump"),
)
def abort_requestor(stage: Stage) -> list[Association]:
    image = plain(stage)
    with dcmtk.storescp(stage) as storescp:
        with stage.tcpdump():
            log = dcmtk.scu(stage, "storescu", "-R", "--abort", files=(image,))
        associations = dcmtk_log.associations(log, "requestor")
        storescp.fill_in(associations)
    return associations


@recipe(
    "abort-acceptor.pcap",
    "The acceptor aborts when it should answer a C-STORE: the request stays unanswered.",
    "pynetdicom {pynetdicom} -> storescp {dcmtk}",
    tools=("storescp", "tcpdump"),
)
def abort_acceptor(stage: Stage) -> list[Association]:
    heard = Listener()
    with dcmtk.storescp(stage, "--abort-after"), stage.tcpdump():
        with association(entity("SENDER", objects.CT), heard) as peer:
            peer.send_c_store(objects.gray(objects.CT))
    return heard.associations


@recipe(
    "contexts-refused.pcap",
    "Two associations whose contexts are refused: an abstract syntax and a transfer"
    " syntax the acceptor does not support, beside one context it accepts; then none at all.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def contexts_refused(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(objects.CT)
    mixed = entity("SENDER", VERIFICATION, objects.MR, (objects.CT, JPEG_BASELINE))
    useless = entity("SENDER", objects.MR, (objects.CT, JPEG_BASELINE))

    heard = Listener()
    with scp(acceptor, Listener()), stage.tcpdump():
        with association(mixed, heard, called="ARCHIVE") as peer:
            peer.send_c_echo()
        with association(useless, heard, called="ARCHIVE"):
            pass  # pynetdicom aborts at once, having nothing to talk about
    return heard.associations


@recipe(
    "goes-wrong.pcap",
    "What goes wrong most: a title nobody has, two contexts refused, a C-MOVE to an unknown"
    " destination, an abort by the requestor.",
    "echoscu {dcmtk}, pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("echoscu", "tcpdump"),
)
def goes_wrong(stage: Stage) -> list[Association]:
    def nowhere(event: Event) -> Iterator[tuple[None, None]]:
        yield None, None

    acceptor = AE(ae_title="ARCHIVE")
    acceptor.require_called_aet = True
    for syntax in (VERIFICATION, objects.CT, STUDY_ROOT_MOVE):
        acceptor.add_supported_context(syntax)
    mixed = entity("SENDER", VERIFICATION, (objects.CT, JPEG_BASELINE), PRINTER)
    heard = Listener()
    with scp(acceptor, Listener(), [(evt.EVT_C_MOVE, nowhere)]), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu", "-aet", "SENDER", "-aec", "NOBODY")
        with association(mixed, heard, called="ARCHIVE") as peer:
            peer.send_c_echo()
        with association(entity("MOVER", STUDY_ROOT_MOVE), heard, called="ARCHIVE") as peer:
            list(peer.send_c_move(whole_study(), "NOWHERE", STUDY_ROOT_MOVE))
        with association(entity("SENDER", VERIFICATION), heard, called="ARCHIVE") as peer:
            peer.send_c_echo()
            peer.abort()
    return dcmtk_log.associations(log, "requestor") + heard.associations


@recipe(
    "reject-orthanc.pcap",
    "Orthanc does not answer to the called title.",
    "echoscu {dcmtk} -> Orthanc {orthanc}",
    tools=("Orthanc", "echoscu", "tcpdump"),
)
def reject_orthanc(stage: Stage) -> list[Association]:
    with archives.orthanc(stage, DicomCheckCalledAet=True), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu", "-aec", "NOBODY")
    return dcmtk_log.associations(log, "requestor")


@recipe(
    "reject-limit.pcap",
    "The acceptor serves one association at a time: the second is rejected as transient.",
    "pynetdicom {pynetdicom}, echoscu {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("echoscu", "tcpdump"),
)
def reject_limit(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.maximum_associations = 1
    heard = Listener()
    with scp(acceptor, Listener()), stage.tcpdump():
        with association(entity("FIRST", VERIFICATION), heard, called="ARCHIVE"):
            log = dcmtk.scu(stage, "echoscu", "-aet", "SECOND", "-aec", "ARCHIVE")
    return heard.associations + dcmtk_log.associations(log, "requestor")


@recipe(
    "abort-provider.pcap",
    "The requestor sends a PDU of an unknown type; the acceptor's provider aborts.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
)
def abort_provider(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    heard = Listener()
    with scp(acceptor, Listener()), stage.tcpdump():
        with association(entity("SENDER", VERIFICATION), heard, called="ARCHIVE") as peer:
            peer.send_c_echo()
            connection: Any = peer.dul.socket
            connection.send(b"\x42\0\0\0\0\4\0\0\0\0")
            heard.wait_closed()
    return heard.associations


@recipe(
    "closed.pcap",
    "The requestor closes the connection after a C-ECHO, without release or abort.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
)
def closed(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    heard = Listener()
    with scp(acceptor, heard), stage.tcpdump():
        with association(entity("SENDER", VERIFICATION), Listener(), called="ARCHIVE") as peer:
            peer.send_c_echo()
            connection: Any = peer.dul.socket
            connection.close()
            heard.wait_closed()
    return heard.associations


@recipe(
    "parallel.pcap",
    "Three associations open at once, their C-ECHOs and C-STOREs taking turns.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
)
def parallel(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(objects.ECG)
    heard = Listener()
    with scp(acceptor, Listener(), [(evt.EVT_C_STORE, accept_store)]), stage.tcpdump():
        with ExitStack() as stack:
            peers = []
            for number in (1, 2, 3):
                sender = entity(f"SENDER{number}", VERIFICATION, objects.ECG)
                opened = association(sender, heard, called="ARCHIVE")
                peers.append(stack.enter_context(opened))
            for turn in (1, 2):
                for peer in peers:
                    peer.send_c_echo(msg_id=2 * turn)
                    peer.send_c_store(objects.waveform(), msg_id=2 * turn + 1)
    return heard.associations
