"""Performed procedure steps and storage commitment: the DIMSE-N services."""

from __future__ import annotations

import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.events import Event
from pynetdicom.pdu import P_DATA_TF

from recording import archives, dcmjs, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association
from recording.waiting import wait_for

from .retrieve import images

MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1
COMMITTED = 1  # PS3.4 J.3.3, event type


def started() -> dict[str, object]:
    """The elements of a performed procedure step in progress."""
    return {
        "PatientName": "Example^Patient",
        "PatientID": "EX001",
        "Modality": "CT",
        "PerformedProcedureStepID": "STEP1",
        "PerformedStationAETitle": "SCANNER",
        "PerformedProcedureStepStartDate": "20240102",
        "PerformedProcedureStepStartTime": "030405",
        "PerformedProcedureStepStatus": "IN PROGRESS",
        "PerformedProcedureStepEndDate": "",
        "PerformedProcedureStepEndTime": "",
    }


def finished() -> dict[str, object]:
    return {
        "PerformedProcedureStepStatus": "COMPLETED",
        "PerformedProcedureStepEndDate": "20240102",
        "PerformedProcedureStepEndTime": "040506",
    }


def manager() -> AE:
    made = AE(ae_title="MANAGER")
    made.add_supported_context(MPPS)
    return made


def accept_create(event: Event) -> tuple[int, Dataset]:
    return 0x0000, event.attribute_list


def accept_set(event: Event) -> tuple[int, Dataset]:
    return 0x0000, event.modification_list


@recipe(
    "mpps.pcap",
    "A performed procedure step: N-CREATE in progress, N-SET completed;"
    " then an N-SET that is too late, refused with 0110 and error id A710.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def mpps(stage: Stage) -> list[Association]:
    answers = iter((0x0000, 0x0110))

    def judge_set(event: Event) -> tuple[Dataset, Dataset | None]:
        if (status := next(answers)) == 0:
            return objects.data_set(Status=status), event.modification_list
        return objects.data_set(
            Status=status, ErrorComment="Performed Procedure Step Object may no longer be updated",
            ErrorID=0xA710,
        ), None  # fmt: skip

    step, heard = objects.uid("step"), Listener()
    handlers = [(evt.EVT_N_CREATE, accept_create), (evt.EVT_N_SET, judge_set)]
    with scp(manager(), Listener(), handlers), stage.tcpdump():
        with association(entity("SCANNER", MPPS), heard, called="MANAGER") as peer:
            peer.send_n_create(objects.data_set(**started()), MPPS, step, msg_id=1)
            peer.send_n_set(objects.data_set(**finished()), MPPS, step, msg_id=2)
            peer.send_n_set(objects.data_set(**finished()), MPPS, step, msg_id=3)
    return heard.associations


@recipe(
    "mpps-retried.pcap",
    "A performed procedure step over three associations: N-CREATE; rejected by a manager that lost its list"
    " of AE titles; N-SET once it has it back.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def mpps_retried(stage: Stage) -> list[Association]:
    step, heard, made = objects.uid("retried step"), Listener(), manager()
    handlers = [(evt.EVT_N_CREATE, accept_create), (evt.EVT_N_SET, accept_set)]
    with scp(made, Listener(), handlers), stage.tcpdump():
        with association(entity("SCANNER", MPPS), heard, called="MANAGER") as peer:
            peer.send_n_create(objects.data_set(**started()), MPPS, step, msg_id=1)
        made.require_calling_aet = ["NOBODY"]
        with association(entity("SCANNER", MPPS), heard, called="MANAGER"):
            pass
        made.require_calling_aet = []
        with association(entity("SCANNER", MPPS), heard, called="MANAGER") as peer:
            peer.send_n_set(objects.data_set(**finished()), MPPS, step, msg_id=1)
    return heard.associations


@recipe(
    "mpps-dcmjs.pcap",
    "A performed procedure step reported by dcmjs-dimse.",
    "dcmjs-dimse {dcmjs} -> pynetdicom {pynetdicom}",
    tools=("node", "tcpdump"),
)
def mpps_dcmjs(stage: Stage) -> list[Association]:
    step, heard = objects.uid("step"), Listener()
    handlers = [(evt.EVT_N_CREATE, accept_create), (evt.EVT_N_SET, accept_set)]
    wishes = [["create", MPPS, step, started()], ["set", MPPS, step, finished()]]
    with scp(manager(), heard, handlers), stage.tcpdump():
        dcmjs.scu(stage, "MANAGER", wishes)
        heard.wait_closed()
    return heard.associations


def commitment_request(name: str, *numbers: int) -> Dataset:
    references = [
        objects.data_set(
            ReferencedSOPClassUID=objects.CT, ReferencedSOPInstanceUID=objects.uid(f"CT {number}")
        )
        for number in numbers
    ]
    return objects.data_set(TransactionUID=objects.uid(name), ReferencedSOPSequence=references)


def accept_report(event: Event) -> tuple[int, None]:
    return 0x0000, None


@recipe(
    "commitment.pcap",
    "Storage commitment: two N-ACTIONs, the second naming an object Orthanc does not hold;"
    " Orthanc reports by N-EVENT-REPORT on associations of its own, as SCP by role selection.",
    "pynetdicom {pynetdicom} -> Orthanc {orthanc} -> pynetdicom {pynetdicom}",
    tools=("Orthanc", "storescu", "tcpdump"),
)
def commitment(stage: Stage) -> list[Association]:
    heard = Listener()
    sender = AE(ae_title="SENDER")
    sender.add_supported_context(COMMITMENT, scu_role=False, scp_role=True)
    handlers = [(evt.EVT_N_EVENT_REPORT, accept_report)]
    with archives.orthanc(stage, *images(stage)), stage.tcpdump():
        with scp(sender, heard, handlers, port=archives.DESTINATION):
            for number, names in enumerate(((1, 2, 3), (1, 9)), 1):
                requested = commitment_request(f"transaction {number}", *names)
                with association(entity("SENDER", COMMITMENT), heard, called="ORTHANC") as peer:
                    peer.send_n_action(requested, REQUEST_COMMITMENT, COMMITMENT, COMMITMENT_INSTANCE)
                heard.wait_closed(2 * number)
    return heard.associations


@recipe(
    "commitment-same.pcap",
    "Storage commitment whose N-EVENT-REPORT comes from the acceptor on the same association.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def commitment_same(stage: Stage) -> list[Association]:
    asked: list[Event] = []

    def accept_action(event: Event) -> tuple[int, None]:
        asked.append(event)
        return 0x0000, None

    def report(event: Event) -> None:
        """Once the N-ACTION-RSP has gone, from a thread of its own as it waits for an answer."""
        if asked and isinstance(event.pdu, P_DATA_TF):
            information = asked.pop().action_information
            threading.Thread(
                target=event.assoc.send_n_event_report,
                args=(information, COMMITTED, COMMITMENT, COMMITMENT_INSTANCE),
            ).start()

    archive = AE(ae_title="ARCHIVE")
    archive.add_supported_context(COMMITMENT)
    heard = Listener()
    handlers = [(evt.EVT_N_ACTION, accept_action), (evt.EVT_PDU_SENT, report)]
    reports = [(evt.EVT_N_EVENT_REPORT, accept_report)]
    with (
        scp(archive, Listener(), handlers),
        stage.tcpdump(),
        association(entity("SENDER", COMMITMENT), heard, called="ARCHIVE", handlers=reports) as peer,
    ):
        request = commitment_request("transaction", 1, 2)
        peer.send_n_action(request, REQUEST_COMMITMENT, COMMITMENT, COMMITMENT_INSTANCE)
        wait_for("the report", lambda: len(heard.associations[0].messages) >= 4)
    return heard.associations
