"""Storage, in each kind of transfer syntax."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.events import Event

from recording import archives, dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

MADE = "storescu {dcmtk} -> storescp {dcmtk}"
TOOLS = ("storescu", "storescp", "tcpdump")


def store(
    stage: Stage, *files: Path, scu: tuple[str, ...] = ("-R",), scp: tuple[str, ...] = ()
) -> list[Association]:
    """Send files from storescu to storescp. -R proposes only the contexts needed."""
    with dcmtk.storescp(stage, *scp) as storescp:
        with stage.tcpdump():
            log = dcmtk.scu(stage, "storescu", "-aec", "STORESCP", *scu, files=files)
        associations = dcmtk_log.associations(log, "requestor")
        storescp.fill_in(associations)
    return associations


def plain(stage: Stage) -> Path:
    return objects.saved(objects.gray(objects.CT), stage.path("ct.dcm"))


@recipe("store-implicit.pcap", "A CT image in implicit VR little endian.", MADE, tools=TOOLS)
def store_implicit(stage: Stage) -> list[Association]:
    return store(stage, plain(stage), scu=("-R", "-xi"))


@recipe("store-explicit.pcap", "A CT image in explicit VR little endian.", MADE, tools=TOOLS)
def store_explicit(stage: Stage) -> list[Association]:
    return store(stage, plain(stage), scu=("-R", "-xe"))


@recipe("store-big-endian.pcap", "A CT image in explicit VR big endian.", MADE, tools=TOOLS)
def store_big_endian(stage: Stage) -> list[Association]:
    return store(stage, plain(stage), scu=("-R", "-xb"), scp=("+xb",))


@recipe(
    "store-deflated.pcap",
    "A CT image whose data set is deflated.",
    MADE,
    tools=(*TOOLS, "dcmconv"),
)
def store_deflated(stage: Stage) -> list[Association]:
    deflated = objects.converted(plain(stage), stage.path("deflated.dcm"), "dcmconv", "+td")
    return store(stage, deflated, scu=("-R", "-xd"), scp=("+xd",))


@recipe(
    "store-jpeg.pcap",
    "An ultrasound image in JPEG Baseline, lossy.",
    MADE,
    tools=(*TOOLS, "dcmcjpeg"),
)
def store_jpeg(stage: Stage) -> list[Association]:
    image = objects.saved(objects.colour(), stage.path("us.dcm"))
    jpeg = objects.converted(image, stage.path("jpeg.dcm"), "dcmcjpeg", "+eb")
    return store(stage, jpeg, scu=("-R", "-xy"), scp=("+xy",))


@recipe(
    "store-jpeg-ls.pcap",
    "An MR image in JPEG-LS, lossless.",
    MADE,
    tools=(*TOOLS, "dcmcjpls"),
)
def store_jpeg_ls(stage: Stage) -> list[Association]:
    image = objects.saved(objects.gray(objects.MR), stage.path("mr.dcm"))
    jpeg = objects.converted(image, stage.path("jls.dcm"), "dcmcjpls")
    return store(stage, jpeg, scu=("-R", "-xt"), scp=("+xt",))


@recipe("store-jpeg-2000.pcap", "An MR image in JPEG 2000, lossless.", MADE, tools=TOOLS)
def store_jpeg_2000(stage: Stage) -> list[Association]:
    jpeg = objects.jpeg2000(objects.gray(objects.MR), stage.path("j2k.dcm"))
    return store(stage, jpeg, scu=("-R", "-xv"), scp=("+xv",))


@recipe(
    "store-rle.pcap",
    "An ultrasound image in RLE: three segments in one fragment.",
    MADE,
    tools=(*TOOLS, "dcmcrle"),
)
def store_rle(stage: Stage) -> list[Association]:
    image = objects.saved(objects.colour(), stage.path("us.dcm"))
    rle = objects.converted(image, stage.path("rle.dcm"), "dcmcrle")
    return store(stage, rle, scu=("-R", "-xr"), scp=("+xr",))


@recipe(
    "store-fragmented.pcap",
    "A 32 KB image in P-DATA PDUs of at most 4096 bytes, the acceptor's limit.",
    MADE,
    tools=TOOLS,
)
def store_fragmented(stage: Stage) -> list[Association]:
    image = objects.saved(objects.gray(objects.CT, size=128), stage.path("ct.dcm"))
    return store(stage, image, scp=("-pdu", "4096"))


@recipe(
    "store-tiny-pdu.pcap",
    "A CT image for an acceptor that takes P-DATA PDUs of at most 256 bytes.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def store_tiny_pdu(stage: Stage) -> list[Association]:
    heard = Listener()
    archive = AE(ae_title="ARCHIVE")
    archive.add_supported_context(objects.CT)
    archive.maximum_pdu_size = 256
    handlers = [(evt.EVT_C_STORE, lambda event: 0x0000)]
    with scp(archive, Listener(), handlers), stage.tcpdump():
        with association(entity("SENDER", objects.CT), heard, called="ARCHIVE") as peer:
            peer.send_c_store(objects.gray(objects.CT), msg_id=1)
    return heard.associations


@recipe(
    "store-multi.pcap",
    "Seven objects of six SOP classes on one association that proposes 128 contexts:"
    " nested sequences, Japanese text, private elements, a waveform, a document.",
    MADE,
    tools=TOOLS,
)
def store_multi(stage: Stage) -> list[Association]:
    made = [
        objects.gray(objects.CT, 1),
        objects.gray(objects.CT, 2),
        objects.gray(objects.MR, 1),
        objects.colour(),
        objects.report(),
        objects.waveform(),
        objects.document(),
    ]
    files = [objects.saved(each, stage.path(f"{number}.dcm")) for number, each in enumerate(made)]
    return store(stage, *files, scu=())


@recipe(
    "store-orthanc.pcap",
    "Two objects of two SOP classes stored in Orthanc.",
    "pynetdicom {pynetdicom} -> Orthanc {orthanc}",
    tools=("Orthanc", "tcpdump"),
)
def store_orthanc(stage: Stage) -> list[Association]:
    heard = Listener()
    sender = entity("SENDER", objects.CT, objects.US)
    with archives.orthanc(stage), stage.tcpdump(), association(sender, heard, called="ORTHANC") as peer:
        for made in (objects.gray(objects.CT), objects.colour()):
            peer.send_c_store(made)
    return heard.associations


@recipe(
    "store-statuses.pcap",
    "C-STOREs answered with each class of status: success, warnings, failures.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
    tools=("tcpdump",),
)
def store_statuses(stage: Stage) -> list[Association]:
    statuses = (0x0000, 0xB000, 0xB006, 0xB007, 0xA700, 0xA900, 0xC000, 0x0124)
    answers = iter(statuses)

    def answer(event: Event) -> Dataset:
        return objects.data_set(Status=next(answers), ErrorComment="Example")

    archive = AE(ae_title="ARCHIVE")
    archive.add_supported_context(objects.ECG)
    heard, made = Listener(), objects.waveform()
    with scp(archive, Listener(), [(evt.EVT_C_STORE, answer)]), stage.tcpdump():
        with association(entity("SENDER", objects.ECG), heard, called="ARCHIVE") as peer:
            for number, _ in enumerate(statuses, 1):
                peer.send_c_store(made, msg_id=number)
    return heard.associations
