"""What craft writes, tshark reads: the oracle of all other tests needs one itself."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import pytest

from tests.craft import CT, EXPLICIT, IMPLICIT, VERIFICATION, Talk, command_set, pcap, pdv, write
from tests.craft.segments import SIDES
from tests.peers import run, tshark, tshark_fields

PROPOSED = [(1, CT, [IMPLICIT, EXPLICIT]), (3, VERIFICATION, [IMPLICIT])]


def storing(data: bytes = bytes(3000)) -> Talk:
    talk = Talk(calling="STORER", called="ARCHIVE")
    talk.associate(PROPOSED, accept={1: EXPLICIT, 3: IMPLICIT}, max_ac=1024)
    talk.echo(3, 7)
    talk.store(1, 8, data)
    talk.release()
    return talk


def summaries(capture: Path) -> list[str]:
    return [row[0].split(", ")[-1] for row in tshark_fields(capture, ["_ws.col.Info"])]


def test_command_set_is_padded_ordered_and_counted() -> None:
    wanted = "00000000 04000000 0c000000" + "00000200 04000000 312e3200"
    assert command_set(AffectedSOPClassUID="1.2") == bytes.fromhex(wanted)
    parts = command_set(Status=0xA900, MessageID=1, OffendingElement=[0x00100020])
    assert parts[12:] == bytes.fromhex("00001001020000000100 00000009020000 0000a9 00000109040000001000 2000")
    assert command_set(CommandGroupLength=99, Priority=0)[8:12] == struct.pack("<I", 99)


def test_streams_hold_what_was_said() -> None:
    talk = storing(b"\x01\x02" * 1500)
    for side in SIDES:
        joined = b"".join(segment.payload for segment in talk.segments(mss=100) if segment.sender == side)
        assert joined == talk.stream(side)
    assert talk.stream("requestor").count(pdv(1, 2, b"\x01\x02" * 482)) == 1  # 3000 = 2 * 1018 + 964


def test_a_segment_can_be_cut_and_wraps_around() -> None:
    talk = Talk(sequences=(2**32 - 3, 1))
    talk.requestor.raw(b"abcdef")
    sent = talk.segments()[-1]
    first, second = sent.cut(2)
    assert (first.payload, second.payload, second.sequence) == (b"ab", b"cdef", 0)
    assert dataclasses.replace(sent, payload=b"").packet()[20:22] == struct.pack(">H", 50000)


@pytest.mark.parametrize("addresses", [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")])
@pytest.mark.parametrize("mss", [1460, 7])
def test_tshark_reads_the_same_conversation(tmp_path: Path, addresses: tuple[str, str], mss: int) -> None:
    talk = storing()
    talk.ends = {"requestor": (addresses[0], 50000), "acceptor": (addresses[1], 104)}
    capture = talk.write(tmp_path / "talk.pcap", mss=mss, acks=True)
    assert [line for line in summaries(capture) if "Fragment" not in line] == [
        "A-ASSOCIATE request STORER --> ARCHIVE",
        "A-ASSOCIATE accept  STORER <-- ARCHIVE",
        "C-ECHO-RQ ID=7",
        "C-ECHO-RSP ID=7 (Success)",
        "C-STORE-RQ ID=8",
        "CT Image Storage",
        "C-STORE-RSP ID=8 (Success)",
        "A-RELEASE request",
        "A-RELEASE response",
    ]
    assert "Malformed" not in tshark(capture, "-V")
    assert tshark(capture, "-Y", "tcp.analysis.flags || _ws.expert.severity >= 6291456") == ""


def test_tshark_reads_reject_and_abort(tmp_path: Path) -> None:
    rejected, aborted = Talk(requestor_port=50001), Talk(requestor_port=50002)
    rejected.reject(PROPOSED, 1, 1, 7)
    aborted.associate(PROPOSED)
    aborted.abort(by="acceptor", source=2, reason=1)
    capture = write(tmp_path / "both.pcap", rejected.segments() + aborted.segments())
    assert "reject  SCU <-- SCP (Called AE title not recognized)" in summaries(capture)[1]
    assert "Unrecognized PDU" in summaries(capture)[-1]


def test_capture_keeps_nanoseconds_and_cuts_at_the_snap_length(tmp_path: Path) -> None:
    capture = pcap(tmp_path / "a.pcap", [(1_700_000_000_123_456_789, bytes(100))], snap=60, nanoseconds=True)
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len"]
    assert tshark_fields(capture, fields, "frame") == [["1700000000.123456789", "100", "60"]]
    assert "nanoseconds" in run("capinfos", capture)
