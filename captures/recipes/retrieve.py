"""Retrieval: C-MOVE to a third application entity, C-GET with exchanged roles."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.association import Association as Connection
from pynetdicom.events import Event

from recording import archives, dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"


def images(stage: Stage, count: int = 3) -> list[Path]:
    return [
        objects.saved(objects.gray(objects.CT, number), stage.path(f"{number}.dcm"))
        for number in range(1, count + 1)
    ]


def whole_study() -> Dataset:
    return objects.data_set(QueryRetrieveLevel="STUDY", StudyInstanceUID=objects.uid("study"))


def accept_store(event: Event) -> int:
    return 0x0000


def move(heard: Listener, archive: str, destination: str = "THIRD") -> None:
    """Have the archive send the study to a third, pynetdicom, that listens."""
    third = AE(ae_title="THIRD")
    third.add_supported_context(objects.CT)
    mover = entity("MOVER", STUDY_ROOT_MOVE)
    handlers = [(evt.EVT_C_STORE, accept_store)]
    with scp(third, heard, handlers, port=archives.DESTINATION):
        with association(mover, heard, called=archive) as peer:
            list(peer.send_c_move(whole_study(), destination, STUDY_ROOT_MOVE))


@recipe(
    "move.pcap",
    "A C-MOVE of three images to a third application entity: both associations.",
    "pynetdicom {pynetdicom} -> dcmqrscp {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("dcmqrscp", "dcmqridx", "tcpdump"),
)
def move_dcmqrscp(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.dcmqrscp(stage, *images(stage)), stage.tcpdump():
        move(heard, "ARCHIVE")
        heard.wait_closed(2)
    return heard.associations


@recipe(
    "move-orthanc.pcap",
    "A C-MOVE of three images to a third application entity, by another archive.",
    "pynetdicom {pynetdicom} -> Orthanc {orthanc} -> pynetdicom {pynetdicom}",
    tools=("Orthanc", "storescu", "tcpdump"),
)
def move_orthanc(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.orthanc(stage, *images(stage), DicomAssociationCloseDelay=0), stage.tcpdump():
        move(heard, "ORTHANC")
        heard.wait_closed(2)
    return heard.associations


@recipe(
    "move-unknown.pcap",
    "A C-MOVE to a destination the archive does not know: status A801.",
    "pynetdicom {pynetdicom} -> dcmqrscp {dcmtk}",
    tools=("dcmqrscp", "dcmqridx", "tcpdump"),
)
def move_unknown(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.dcmqrscp(stage, *images(stage)), stage.tcpdump():
        move(heard, "ARCHIVE", "NOBODY")
    return heard.associations


def get(heard: Listener, archive: str, *, as_scp: bool = True) -> Connection:
    """Fetch the study: the requestor is SCP of the storage class (PS3.7 D.3.3.4), or forgets to say so."""
    getter = entity("GETTER", STUDY_ROOT_GET, objects.CT)
    roles = [build_role(objects.CT, scp_role=True)] if as_scp else []
    handlers = [(evt.EVT_C_STORE, accept_store)]
    with association(getter, heard, called=archive, handlers=handlers, ext_neg=roles) as peer:
        list(peer.send_c_get(whole_study(), STUDY_ROOT_GET))
    return peer


@recipe(
    "get.pcap",
    "A C-GET of three images: C-STOREs come back on the same association, roles negotiated.",
    "pynetdicom {pynetdicom} -> dcmqrscp {dcmtk}",
    tools=("dcmqrscp", "dcmqridx", "tcpdump"),
)
def get_dcmqrscp(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.dcmqrscp(stage, *images(stage)), stage.tcpdump():
        get(heard, "ARCHIVE")
    return heard.associations


@recipe(
    "get-no-role.pcap",
    "A C-GET whose requestor did not ask to be SCP of the storage class: nothing can come back.",
    "pynetdicom {pynetdicom} -> dcmqrscp {dcmtk}",
    tools=("dcmqrscp", "dcmqridx", "tcpdump"),
)
def get_no_role(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.dcmqrscp(stage, *images(stage)), stage.tcpdump():
        get(heard, "ARCHIVE", as_scp=False)
    return heard.associations


@recipe(
    "get-orthanc.pcap",
    "A C-GET of three images from another archive.",
    "pynetdicom {pynetdicom} -> Orthanc {orthanc}",
    tools=("Orthanc", "storescu", "tcpdump"),
)
def get_orthanc(stage: Stage) -> list[Association]:
    heard = Listener()
    with archives.orthanc(stage, *images(stage)), stage.tcpdump():
        get(heard, "ORTHANC")
    return heard.associations


@recipe(
    "get-dcmtk.pcap",
    "A C-GET between DCMTK's tools, 120 contexts with role selection.",
    "getscu {dcmtk} -> dcmqrscp {dcmtk}",
    tools=("getscu", "dcmqrscp", "dcmqridx", "tcpdump"),
    note="Neither peer keeps the bytes of the C-GET identifiers: their hashes are null.",
)
def get_dcmtk(stage: Stage) -> list[Association]:
    received = stage.directory("got")
    options = ("-aec", "ARCHIVE", "-S", "--bit-preserving", "-od", str(received))
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={objects.uid('study')}")
    with archives.dcmqrscp(stage, *images(stage)), stage.tcpdump():
        log = dcmtk.scu(stage, "getscu", *options, *keys)
    associations = dcmtk_log.associations(log, "requestor")
    dcmtk.hold_stored(associations, received)
    return associations
