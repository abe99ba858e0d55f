"""Query: many answers, cancelled queries, worklists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydicom.dataset import Dataset, FileDataset
from pynetdicom import AE, evt
from pynetdicom.events import Event

from recording import archives, dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import PORT, Stage
from recording.truth import Association
from recording.waiting import wait_for

from .retrieve import images

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
WORKLIST_FIND = "1.2.840.10008.5.1.4.31"
PENDING, CANCELLED = 0xFF00, 0xFE00


def study(number: int) -> Dataset:
    """The answer of a made-up archive."""
    return objects.data_set(
        QueryRetrieveLevel="STUDY",
        PatientName=f"Example^Patient {number:03}",
        PatientID=f"EX{number:03}",
        StudyDate="20240102",
        StudyInstanceUID=objects.uid(f"study {number}"),
    )


def archive(title: str) -> AE:
    made = AE(ae_title=title)
    made.add_supported_context(STUDY_ROOT_FIND)
    return made


def keys() -> list[str]:
    """findscu's options for a study-level query for all of them."""
    wanted = ("PatientName", "PatientID", "StudyDate", "StudyInstanceUID")
    options = ["-S", "-k", "QueryRetrieveLevel=STUDY"]
    for keyword in wanted:
        options += ["-k", keyword]
    return options


@recipe(
    "find.pcap",
    "A study root C-FIND with 200 answers.",
    "findscu {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("findscu", "tcpdump"),
)
def find(stage: Stage) -> list[Association]:
    def answer(event: Event) -> Iterator[tuple[int, Dataset]]:
        for number in range(200):
            yield PENDING, study(number)

    heard = Listener()
    with scp(archive("ARCHIVE"), heard, [(evt.EVT_C_FIND, answer)]), stage.tcpdump():
        dcmtk.scu(stage, "findscu", "-aec", "ARCHIVE", *keys())
        heard.wait_closed()
    return heard.associations


@recipe(
    "find-cancel.pcap",
    "A C-FIND that the requestor cancels after five answers; the acceptor obeys with FE00.",
    "findscu {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("findscu", "tcpdump"),
)
def find_cancel(stage: Stage) -> list[Association]:
    def answer(event: Event) -> Iterator[tuple[int, Any]]:
        for number in range(8):
            yield PENDING, study(number)
        # pynetdicom forgets a cancel once asked about it: ask until it says yes.
        wait_for("C-CANCEL", lambda: event.is_cancelled)
        yield CANCELLED, None

    heard = Listener()
    with scp(archive("ARCHIVE"), heard, [(evt.EVT_C_FIND, answer)]), stage.tcpdump():
        dcmtk.scu(stage, "findscu", "-aec", "ARCHIVE", "--cancel", "5", *keys())
        heard.wait_closed()
    return heard.associations


@recipe(
    "find-errors.pcap",
    "C-FINDs that fail: identifier does not match, out of resources with a comment, a status of no class.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def find_errors(stage: Stage) -> list[Association]:
    statuses = iter((0xA900, 0xA700, 0xD000))

    def answer(event: Event) -> Iterator[tuple[Any, None]]:
        yield objects.data_set(Status=next(statuses), ErrorComment="Example trouble"), None

    heard, query = Listener(), study(1)
    with scp(archive("ARCHIVE"), Listener(), [(evt.EVT_C_FIND, answer)]), stage.tcpdump():
        with association(entity("QUERIER", STUDY_ROOT_FIND), heard, called="ARCHIVE") as peer:
            for _ in range(3):
                list(peer.send_c_find(query, STUDY_ROOT_FIND))
    return heard.associations


@recipe(
    "find-orthanc.pcap",
    "A study root C-FIND at image level, answered by Orthanc.",
    "pynetdicom {pynetdicom} -> Orthanc {orthanc}",
    tools=("Orthanc", "storescu", "tcpdump"),
)
def find_orthanc(stage: Stage) -> list[Association]:
    query = objects.data_set(
        QueryRetrieveLevel="IMAGE",
        StudyInstanceUID=objects.uid("study"),
        SeriesInstanceUID=objects.uid("series CT"),
        SOPInstanceUID="",
        InstanceNumber=None,
    )
    heard = Listener()
    with archives.orthanc(stage, *images(stage, 12)), stage.tcpdump():
        with association(entity("QUERIER", STUDY_ROOT_FIND), heard, called="ORTHANC") as peer:
            list(peer.send_c_find(query, STUDY_ROOT_FIND))
    return heard.associations


def worklist_item(number: int) -> FileDataset:
    """A scheduled procedure step, with the attributes wlmscpfs insists on."""
    step = objects.data_set(
        Modality="CT",
        ScheduledStationAETitle="SCANNER",
        ScheduledProcedureStepStartDate="20240102",
        ScheduledProcedureStepStartTime=f"{number // 60:02}{number % 60:02}00",
        ScheduledPerformingPhysicianName="Example^Performer",
        ScheduledProcedureStepDescription="Phantom, synthetic",
        ScheduledProcedureStepID=f"STEP{number}",
    )
    item = objects.instance(objects.SC, number)
    item.update(
        objects.data_set(
            PatientName=f"Example^Worklist {number:03}",
            RequestedProcedureID=f"PROC{number}",
            RequestedProcedureDescription="Phantom, synthetic",
            ScheduledProcedureStepSequence=[step],
        )
    )
    return item


@contextmanager
def worklist(stage: Stage, count: int) -> Iterator[None]:
    """wlmscpfs, which answers from a directory of files named after its title."""
    directory = stage.directory("worklists")
    title = directory / "WORKLIST"
    title.mkdir()
    (title / "lockfile").touch()
    for number in range(1, count + 1):
        objects.saved(worklist_item(number), title / f"{number:03}.wl")
    command = ("wlmscpfs", "-d", "--single-process", "-dhl", "-dfp", str(directory), str(PORT))
    with stage.server(*command):
        yield


def worklist_query() -> Dataset:
    step = objects.data_set(Modality="CT", ScheduledProcedureStepStartDate="20240102")
    step.ScheduledProcedureStepID = ""
    return objects.data_set(PatientName="", PatientID="", ScheduledProcedureStepSequence=[step])


@recipe(
    "worklist.pcap",
    "A modality worklist C-FIND with 10 answers: sequences in query and answers.",
    "pynetdicom {pynetdicom} -> wlmscpfs {dcmtk}",
    tools=("wlmscpfs", "tcpdump"),
)
def worklist_find(stage: Stage) -> list[Association]:
    heard = Listener()
    with worklist(stage, 10), stage.tcpdump():
        with association(entity("SCANNER", WORKLIST_FIND), heard, called="WORKLIST") as peer:
            list(peer.send_c_find(worklist_query(), WORKLIST_FIND))
    return heard.associations


@recipe(
    "worklist-findscu.pcap",
    "A modality worklist C-FIND between DCMTK's tools.",
    "findscu {dcmtk} -> wlmscpfs {dcmtk}",
    tools=("findscu", "wlmscpfs", "tcpdump"),
    note="Neither peer keeps the bytes of the data sets: their hashes are null.",
)
def worklist_findscu(stage: Stage) -> list[Association]:
    step = "ScheduledProcedureStepSequence[0]."
    keys = ("-k", "PatientName", "-k", step + "Modality=CT", "-k", step + "ScheduledProcedureStepID")
    with worklist(stage, 3), stage.tcpdump():
        log = dcmtk.scu(stage, "findscu", "-W", "-aec", "WORKLIST", *keys)
    return dcmtk_log.associations(log, "requestor")


@recipe(
    "worklist-cancel.pcap",
    "A worklist C-FIND cancelled after the fifth of 400 answers; a great many more come all the same.",
    "pynetdicom {pynetdicom} -> wlmscpfs {dcmtk}",
    tools=("wlmscpfs", "tcpdump"),
    note="Both peers talk at once: each one's messages are in order, but the cancel passed"
    " some answers on its way.",
)
def worklist_cancel(stage: Stage) -> list[Association]:
    heard = Listener()
    with worklist(stage, 400), stage.tcpdump():
        with association(entity("SCANNER", WORKLIST_FIND), heard, called="WORKLIST") as peer:
            answers = peer.send_c_find(worklist_query(), WORKLIST_FIND, msg_id=7)
            for number, _ in enumerate(answers, 1):
                if number == 5:
                    peer.send_c_cancel(7, query_model=WORKLIST_FIND)
    return heard.associations
