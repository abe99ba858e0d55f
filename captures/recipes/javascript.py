"""dcmjs-dimse, whose habits differ from those of the others, in both roles."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pynetdicom import evt
from pynetdicom.events import Event

from recording import dcmjs, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

from .echo import VERIFICATION
from .query import PENDING, STUDY_ROOT_FIND, archive, study
from .retrieve import accept_store

TOOLS = ("node", "tcpdump")


@recipe(
    "echo-dcmjs.pcap",
    "One C-ECHO by dcmjs-dimse.",
    "dcmjs-dimse {dcmjs} -> pynetdicom {pynetdicom}",
    tools=TOOLS,
)
def echo_dcmjs(stage: Stage) -> list[Association]:
    acceptor = archive("ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    heard = Listener()
    with scp(acceptor, heard), stage.tcpdump():
        dcmjs.scu(stage, "ARCHIVE", [["echo"]])
        heard.wait_closed()
    return heard.associations


@recipe(
    "dcmjs-scu.pcap",
    "C-ECHO, C-STORE and C-FIND on one association by dcmjs-dimse, which asks for all at once.",
    "dcmjs-dimse {dcmjs} -> pynetdicom {pynetdicom}",
    tools=TOOLS,
)
def dcmjs_scu(stage: Stage) -> list[Association]:
    def answer(event: Event) -> Iterator[tuple[int, Dataset]]:
        for number in range(3):
            yield PENDING, study(number)

    image = objects.saved(objects.gray(objects.CT), stage.path("ct.dcm"))
    acceptor = archive("ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(objects.CT)
    handlers = [(evt.EVT_C_STORE, accept_store), (evt.EVT_C_FIND, answer)]
    heard = Listener()
    wishes: list[list[object]] = [["echo"], ["store", str(image)], ["find", {"PatientID": "*"}]]
    with scp(acceptor, heard, handlers), stage.tcpdump():
        dcmjs.scu(stage, "ARCHIVE", wishes)
        heard.wait_closed()
    return heard.associations


@recipe(
    "dcmjs-scp.pcap",
    "C-ECHO, C-STORE and C-FIND answered by dcmjs-dimse.",
    "pynetdicom {pynetdicom} -> dcmjs-dimse {dcmjs}",
    tools=TOOLS,
)
def dcmjs_scp(stage: Stage) -> list[Association]:
    heard = Listener()
    requestor = entity("SENDER", VERIFICATION, objects.CT, STUDY_ROOT_FIND)
    with dcmjs.scp(stage), stage.tcpdump(), association(requestor, heard, called="DCMJS") as peer:
        peer.send_c_echo(msg_id=1)
        peer.send_c_store(objects.gray(objects.CT), msg_id=2)
        list(peer.send_c_find(study(1), STUDY_ROOT_FIND, msg_id=3))
    return heard.associations
