"""One conversation in the many shapes that capture files take."""

from __future__ import annotations

import gzip
from contextlib import AbstractContextManager, ExitStack

from pynetdicom import AE, evt
from pynetdicom.events import Event
from pynetdicom.pdu import P_DATA_TF

from recording import dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.processes import run_tool
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association
from recording.waiting import wait_for

from .echo import VERIFICATION
from .query import PENDING, archive, keys, study
from .retrieve import accept_store
from .store import TOOLS, plain

MADE = "echoscu, storescu {dcmtk} -> storescp {dcmtk}"


def echo_and_store(stage: Stage, monitor: AbstractContextManager[None]) -> list[Association]:
    """Two associations, recorded by the monitor given."""
    image = plain(stage)
    with dcmtk.storescp(stage) as storescp:
        with monitor:
            logs = [dcmtk.scu(stage, "echoscu"), dcmtk.scu(stage, "storescu", "-R", files=(image,))]
        associations = dcmtk_log.associations("\n".join(logs), "requestor")
        storescp.fill_in(associations)
    return associations


@recipe(
    "nanoseconds.pcap",
    "C-ECHO and C-STORE in a pcap file with nanosecond time stamps.",
    MADE,
    tools=TOOLS,
)
def nanoseconds(stage: Stage) -> list[Association]:
    return echo_and_store(stage, stage.tcpdump("--time-stamp-precision=nano"))


@recipe(
    "blocks.pcapng",
    "C-ECHO and C-STORE in a pcapng file: blocks, nanoseconds.",
    MADE,
    tools=(*TOOLS, "dumpcap"),
)
def blocks(stage: Stage) -> list[Association]:
    return echo_and_store(stage, stage.dumpcap())


@recipe(
    "cooked.pcap",
    "C-ECHO and C-STORE captured on any interface: Linux cooked headers, version 1.",
    MADE,
    tools=TOOLS,
)
def cooked(stage: Stage) -> list[Association]:
    return echo_and_store(stage, stage.tcpdump("-y", "LINUX_SLL", interface="any"))


@recipe(
    "cooked2.pcap",
    "C-ECHO and C-STORE captured on any interface: Linux cooked headers, version 2.",
    MADE,
    tools=TOOLS,
)
def cooked2(stage: Stage) -> list[Association]:
    return echo_and_store(stage, stage.tcpdump("-y", "LINUX_SLL2", interface="any"))


@recipe(
    "snaplen.pcap",
    "C-ECHO and C-STORE cut at 256 bytes a packet: commands are whole, A-ASSOCIATEs and the"
    " data set are cut.",
    MADE,
    tools=TOOLS,
)
def snaplen(stage: Stage) -> list[Association]:
    associations = echo_and_store(stage, stage.tcpdump("-s", "256"))
    associations[1].messages[0].captured = "partly"
    return associations


@recipe(
    "snaplen-96.pcap",
    "C-ECHO and C-STORE cut at 96 bytes a packet: 30 bytes of each segment are left.",
    MADE,
    tools=TOOLS,
)
def snaplen_96(stage: Stage) -> list[Association]:
    associations = echo_and_store(stage, stage.tcpdump("-s", "96"))
    for each in associations:
        for message in each.messages:
            message.captured = "partly"
    return associations


@recipe("gzipped.pcap.gz", "C-ECHO and C-STORE, the file compressed by gzip.", MADE, tools=TOOLS)
def gzipped(stage: Stage) -> list[Association]:
    packed, stage.capture = stage.capture, stage.path("plain.pcap")
    associations = echo_and_store(stage, stage.tcpdump())
    # No time and no name in the header: the same capture gives the same file.
    packed.write_bytes(gzip.compress(stage.capture.read_bytes(), mtime=0))
    return associations


@recipe(
    "zstandard.pcapng.zst",
    "C-ECHO and C-STORE in pcapng, the file compressed by zstd.",
    MADE,
    tools=(*TOOLS, "dumpcap", "zstd"),
)
def zstandard(stage: Stage) -> list[Association]:
    packed, stage.capture = stage.capture, stage.path("plain.pcapng")
    associations = echo_and_store(stage, stage.dumpcap())
    run_tool("zstd", "--quiet", "-19", "-o", str(packed), str(stage.capture))
    return associations


@recipe(
    "ring-00001.pcapng",
    "A ring buffer of two files: one association with three C-STOREs crosses from the first into the second.",
    "storescu {dcmtk} -> storescp {dcmtk}",
    tools=(*TOOLS, "dumpcap"),
    more_files=("ring-00002.pcapng",),
)
def ring(stage: Stage) -> list[Association]:
    images = tuple(
        objects.saved(objects.gray(objects.CT, number), stage.path(f"{number}.dcm")) for number in (1, 2, 3)
    )
    first, stage.capture = stage.capture, stage.path("part.pcapng")
    with dcmtk.storescp(stage) as storescp:
        with stage.dumpcap("-b", "packets:20"):
            log = dcmtk.scu(stage, "storescu", "-R", files=images)
        associations = dcmtk_log.associations(log, "requestor")
        storescp.fill_in(associations)
    # dumpcap names them part_00001_DATETIME.pcapng; the ring's second file is the last.
    one, two = sorted(stage.temporary.glob("part_*"))
    first.write_bytes(one.read_bytes())
    first.with_name("ring-00002.pcapng").write_bytes(two.read_bytes())
    return associations


@recipe(
    "big-segments.pcap",
    "Two C-STOREs of 128 KB, a PDU each, in segments of up to 64 KB as offloading makes them.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
)
def big_segments(stage: Stage) -> list[Association]:
    archive_of_any_size = AE(ae_title="ARCHIVE")
    archive_of_any_size.maximum_pdu_size = 0
    archive_of_any_size.add_supported_context(objects.CT)
    heard = Listener()
    handlers = [(evt.EVT_C_STORE, accept_store)]
    with scp(archive_of_any_size, Listener(), handlers), stage.tcpdump():
        with association(entity("SENDER", objects.CT), heard, called="ARCHIVE") as peer:
            for number in (1, 2):
                peer.send_c_store(objects.gray(objects.CT, number, size=256), msg_id=number)
    return heard.associations


@recipe(
    "ipv6.pcap",
    "C-ECHO and C-STORE over IPv6.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}",
)
def ipv6(stage: Stage) -> list[Association]:
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(objects.CT)
    heard = Listener()
    sender = entity("SENDER", VERIFICATION, objects.CT)
    handlers = [(evt.EVT_C_STORE, accept_store)]
    with scp(acceptor, Listener(), handlers, host="::1"), stage.tcpdump():
        with association(sender, heard, "::1", called="ARCHIVE") as peer:
            peer.send_c_echo(msg_id=1)
            peer.send_c_store(objects.gray(objects.CT), msg_id=2)
    return heard.associations


@recipe(
    "mid-find.pcap",
    "A capture that begins after 20 of 40 answers to a C-FIND.",
    "findscu {dcmtk} -> pynetdicom {pynetdicom}",
    tools=("findscu",),
)
def mid_find(stage: Stage) -> list[Association]:
    sent: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event.pdu, P_DATA_TF):
            sent.append(event)

    with ExitStack() as later:

        def answer(event: Event) -> object:
            for number in range(40):
                if number == 20:
                    # Each answer is two PDUs, sent by another thread than this one.
                    wait_for("20 answers sent", lambda: len(sent) == 40)
                    later.enter_context(stage.tcpdump())
                yield PENDING, study(number)

        heard = Listener()
        handlers = [(evt.EVT_C_FIND, answer), (evt.EVT_PDU_SENT, note)]
        with scp(archive("ARCHIVE"), heard, handlers):
            dcmtk.scu(stage, "findscu", "-aec", "ARCHIVE", *keys())
            heard.wait_closed()
            later.close()
    for message in heard.associations[0].messages[:21]:
        message.captured = "no"
    return heard.associations
