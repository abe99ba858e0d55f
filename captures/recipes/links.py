"""What networks and monitor ports do to traffic on its way into a capture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pynetdicom import AE, evt
from pynetdicom.association import Association as Connection

from recording import encapsulation, objects
from recording.encapsulation import Dress
from recording.link import LEFT, RIGHT, Link, Trouble
from recording.listener import Listener, association, entity, scp
from recording.registry import recipe
from recording.stage import Stage
from recording.truth import Association

from .echo import VERIFICATION
from .retrieve import accept_store

MADE = "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}, each on its own TCP stack"
REQUESTOR, ACCEPTOR = 0, 1  # the link's sides


@contextmanager
def across(link: Link, heard: Listener) -> Iterator[Connection]:
    """An association from the left host to the right one."""
    archive = AE(ae_title="ARCHIVE")
    archive.add_supported_context(VERIFICATION)
    archive.add_supported_context(objects.CT)
    sender = entity("SENDER", VERIFICATION, objects.CT)
    handlers = [(evt.EVT_C_STORE, accept_store)]
    with ExitStack() as stack:
        with link.hosts[ACCEPTOR].entered():
            stack.enter_context(scp(archive, Listener(), handlers, host=RIGHT))
        with link.hosts[REQUESTOR].entered():
            peer = association(sender, heard, RIGHT, called="ARCHIVE", bind_address=(LEFT, 0))
            yield stack.enter_context(peer)


def echo_and_store(stage: Stage, dress: Dress) -> list[Association]:
    heard = Listener()
    with Link(stage.capture, dress=dress) as link, across(link, heard) as peer:
        peer.send_c_echo(msg_id=1)
        peer.send_c_store(objects.gray(objects.CT), msg_id=2)
    return heard.associations


@recipe("vlan.pcap", "C-ECHO and C-STORE in frames with an IEEE 802.1Q tag.", MADE)
def vlan(stage: Stage) -> list[Association]:
    return echo_and_store(stage, encapsulation.vlan)


@recipe("qinq.pcap", "C-ECHO and C-STORE in frames with two tags, IEEE 802.1ad and 802.1Q.", MADE)
def qinq(stage: Stage) -> list[Association]:
    return echo_and_store(stage, encapsulation.qinq)


@recipe("vxlan.pcap", "C-ECHO and C-STORE as a virtual switch mirrors them: VXLAN.", MADE)
def vxlan(stage: Stage) -> list[Association]:
    return echo_and_store(stage, encapsulation.vxlan)


@recipe("erspan.pcap", "C-ECHO and C-STORE as a switch mirrors them: ERSPAN type II in GRE.", MADE)
def erspan(stage: Stage) -> list[Association]:
    return echo_and_store(stage, encapsulation.Erspan())


@recipe(
    "check-sequence.pcap",
    "C-ECHO and C-STORE in frames padded to 60 bytes and with their check sequence.",
    MADE,
)
def check_sequence(stage: Stage) -> list[Association]:
    return echo_and_store(stage, encapsulation.with_check_sequence)


@recipe(
    "lossy.pcap",
    "Twelve C-STOREs over a link that loses, repeats and reorders frames, MTU 1500."
    " TCP repaired it: no byte is missing.",
    MADE,
)
def lossy(stage: Stage) -> list[Association]:
    heard = Listener()
    trouble = Trouble(0.02, 0.02, repeated=0.02, overtaken=0.04)
    with Link(stage.capture, trouble) as link, across(link, heard) as peer:
        for number in range(1, 13):
            peer.send_c_store(objects.gray(objects.CT, number, size=128), msg_id=number)
    return heard.associations


@recipe(
    "slow-wire.pcap",
    "C-ECHO and C-STORE over a line of 128 kbit/s, 60 ms long.",
    MADE,
)
def slow_wire(stage: Stage) -> list[Association]:
    heard = Listener()
    with Link(stage.capture, Trouble(delay=0.06, rate=16_000)) as link, across(link, heard) as peer:
        peer.send_c_echo(msg_id=1)
        peer.send_c_store(objects.gray(objects.CT), msg_id=2)
    return heard.associations


@recipe(
    "lossy-monitor.pcap",
    "Six C-STOREs over a sound link whose monitor missed frames: holes in the data of the"
    " second and in the command of the fifth, the third's response missing whole.",
    MADE,
)
def lossy_monitor(stage: Stage) -> list[Association]:
    heard = Listener()
    with Link(stage.capture) as link, across(link, heard) as peer:
        for number in range(1, 7):
            missed = {2: (10, 11), 5: (1,)}.get(number, ())
            link.monitor.miss(REQUESTOR, *missed)
            link.monitor.miss(ACCEPTOR, *((1,) if number == 3 else ()))
            peer.send_c_store(objects.gray(objects.CT, number, size=128), msg_id=number)
    messages = heard.associations[0].messages
    messages[2].captured = messages[8].captured = "partly"
    messages[5].captured = "no"
    return heard.associations


@recipe(
    "mid-store.pcap",
    "A capture that begins in the middle of the third of five C-STOREs, and of a PDU.",
    MADE,
)
def mid_store(stage: Stage) -> list[Association]:
    heard = Listener()
    with Link(stage.capture, listening=False) as link, across(link, heard) as peer:
        for number in range(1, 6):
            if number == 3:
                link.monitor.listen_after(REQUESTOR, 9)
            peer.send_c_store(objects.gray(objects.CT, number, size=128), msg_id=number)
    messages = heard.associations[0].messages
    for message in messages[:4]:
        message.captured = "no"
    messages[4].captured = "partly"
    return heard.associations
