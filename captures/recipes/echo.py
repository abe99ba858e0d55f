"""Verification: the smallest conversation, by each of the peers."""

from __future__ import annotations

from recording import archives, dcmtk, dcmtk_log
from recording.listener import Listener, association, entity
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

VERIFICATION = "1.2.840.10008.1.1"


@recipe(
    "echo.pcap",
    "One C-ECHO and an orderly release.",
    "echoscu {dcmtk} -> storescp {dcmtk}",
    tools=("echoscu", "storescp", "tcpdump"),
)
def echo(stage: Stage) -> list[Association]:
    with dcmtk.storescp(stage), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu", "-aec", "STORESCP")
    return dcmtk_log.associations(log, "requestor")


@recipe(
    "echo-pynetdicom.pcap",
    "Three C-ECHOs on one association, all with message id 1.",
    "pynetdicom {pynetdicom} -> storescp {dcmtk}",
    tools=("storescp", "tcpdump"),
)
def echo_pynetdicom(stage: Stage) -> list[Association]:
    heard = Listener()
    with dcmtk.storescp(stage), stage.tcpdump():
        with association(entity("PYNETDICOM", VERIFICATION), heard) as peer:
            for _ in range(3):
                peer.send_c_echo()
    return heard.associations


@recipe(
    "echo-orthanc.pcap",
    "One C-ECHO answered by Orthanc.",
    "echoscu {dcmtk} -> Orthanc {orthanc}",
    tools=("Orthanc", "echoscu", "tcpdump"),
)
def echo_orthanc(stage: Stage) -> list[Association]:
    with archives.orthanc(stage), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu", "-aec", "ORTHANC")
    return dcmtk_log.associations(log, "requestor")
