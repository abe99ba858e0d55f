"""From captured segments to messages: whatever order they came in, and however they were batched."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissect
from dissect.capture import Capture, series
from dissect.dicom.messages import Message
from dissect.readings import READINGS
from dissect.wire.records import CaptureError
from tests.craft import CT, EXPLICIT, IMPLICIT, VERIFICATION, Segment, Talk, pcap, write

SYN, ACK = 2, 16


def conversation() -> Talk:
    """An association with a C-ECHO, three C-STOREs of several fragments each and a release."""
    talk = Talk(calling="SCU", called="SCP", port=11112)
    talk.associate(
        [(1, VERIFICATION, [IMPLICIT]), (3, CT, [EXPLICIT, IMPLICIT])], accept={1: IMPLICIT, 3: EXPLICIT}
    )
    talk.echo(1, 1)
    for number in (2, 3, 4):
        talk.store(3, number, bytes(range(256)) * 4 * number, fragment=500)
    talk.release()
    return talk


def told(message: Message) -> tuple[object, ...]:
    data = message.data_bytes()
    return (
        message.sender, message.command, message.message_id, message.responding_to, message.status,
        message.context_id, data.read(0, len(data)), message.damage,
    )  # fmt: skip


def everything(capture: Capture) -> list[object]:
    """All messages, each side's in order: where the sides cross depends on the order of the packets."""
    return [
        (
            a.calling_ae,
            a.called_ae,
            a.outcome,
            [[told(m) for m in a.messages if m.sender == side] for side in SIDES],
        )
        for a in capture.associations
    ]


SIDES = ("requestor", "acceptor")


def read(path: Path, batch: int = 65536) -> Capture:
    capture = Capture([path], readings=READINGS)
    for _ in capture.read(batch):
        pass
    return capture


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Segment], list[object]]:
    """Where captures may be written, the segments in order, and what they say."""
    folder = tmp_path_factory.mktemp("captures")
    segments = conversation().segments(mss=100)
    return folder, segments, everything(read(write(folder / "plain.pcap", segments)))


def test_the_conversation_is_read_whole(plain: tuple[Path, list[Segment], list[object]]) -> None:
    ((calling, called, outcome, (sent, answered)),) = plain[2]  # type: ignore[misc]
    assert (calling, called, outcome) == ("SCU", "SCP", "released")  # type: ignore[has-type]
    assert [row[1:3] for row in sent] == [  # type: ignore[has-type]
        ("C-ECHO-RQ", 1), ("C-STORE-RQ", 2), ("C-STORE-RQ", 3), ("C-STORE-RQ", 4),
    ]  # fmt: skip
    assert [row[1:5] for row in answered] == [  # type: ignore[has-type]
        ("C-ECHO-RSP", None, 1, 0), ("C-STORE-RSP", None, 2, 0), ("C-STORE-RSP", None, 3, 0),
        ("C-STORE-RSP", None, 4, 0),
    ]  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_segments_in_any_order_repeated_and_overlapping_give_the_same_messages(
    plain: tuple[Path, list[Segment], list[object]], data: st.DataObject
) -> None:
    folder, segments, expected = plain
    random_ = random.Random(data.draw(st.integers(0, 1 << 30), label="seed"))
    reach = data.draw(st.sampled_from([0.0, 3.0, 12.0, 1000.0]), label="how far a segment strays")
    batch = data.draw(st.sampled_from([1, 2, 7, 50, 65536]), label="records in a batch")
    mixed: list[Segment] = []
    for segment in segments:
        if segment.payload and random_.random() < 0.3:
            at = random_.randrange(len(segment.payload))
            first, second = segment.cut(at)
            overlapping = replace(first, payload=segment.payload[: at + 5])
            mixed += [one for one in (overlapping, second) if one.payload]
        else:
            mixed.append(segment)
        if random_.random() < 0.2:
            mixed.append(segment)
    order = sorted(
        range(len(mixed)),
        key=lambda index: -1 if mixed[index].flags & SYN else index + random_.uniform(0, reach),
    )
    flags = 0xFF if reach < 100 else 0xFF & ~ACK  # an acknowledgement far too early would tell of a loss
    strayed = [
        replace(mixed[index], time=now, flags=mixed[index].flags & (flags | SYN))
        for now, index in enumerate(order)
    ]
    assert everything(read(write(folder / "mixed.pcap", strayed), batch)) == expected


def test_a_lost_segment_costs_only_the_message_it_was_of(
    plain: tuple[Path, list[Segment], list[object]],
) -> None:
    folder, segments, _ = plain
    payloads = [index for index, one in enumerate(segments) if len(one.payload) == 100]
    lost = payloads[len(payloads) // 2]  # in the middle of a data set
    capture = read(write(folder / "lost.pcap", segments[:lost] + segments[lost + 1 :]))
    (association,) = capture.associations
    damaged = [message for message in association.messages if message.damage]
    assert len(association.messages) == 8
    assert len(damaged) == 1
    assert damaged[0].damage == "some of its bytes were not captured"
    assert association.outcome == "released"
    assert [finding.rule for finding in association.findings] == ["bytes-missing"]


@pytest.mark.parametrize("begin", range(2, 60, 7))
def test_a_capture_that_begins_in_the_middle_loses_no_message_that_follows(
    plain: tuple[Path, list[Segment], list[object]], begin: int
) -> None:
    folder, segments, expected = plain
    capture = read(write(folder / "middle.pcap", segments[begin:]))
    (association,) = capture.associations
    ((_, _, _, whole),) = expected  # type: ignore[misc]
    for side, messages in zip(SIDES, whole, strict=True):  # type: ignore[has-type]
        rows = [told(m) for m in association.messages if m.sender == side and not m.damage]
        assert rows == messages[len(messages) - len(rows) :]
        missing = len(messages) - len(rows)
        sent = sum(len(segment.payload) for segment in segments[:begin])
        assert missing <= 4 if sent else missing == 0
    assert association.outcome == "released"


def test_contexts_nobody_negotiated_are_inferred_and_say_so(
    plain: tuple[Path, list[Segment], list[object]],
) -> None:
    folder, segments, _ = plain
    first_message = next(i for i, one in enumerate(segments) if one.payload[:1] == b"\4")
    capture = read(write(folder / "inferred.pcap", segments[first_message:]))
    (association,) = capture.associations
    assert [context.abstract_syntax for context in association.negotiation] == [VERIFICATION, CT]
    assert all("not captured" in context.inferred for context in association.negotiation)
    assert association.calling_ae is None


def test_every_span_of_a_message_is_found_in_the_file(
    plain: tuple[Path, list[Segment], list[object]],
) -> None:
    folder, segments, _ = plain
    path = write(folder / "located.pcap", segments)
    capture = read(path)
    raw = path.read_bytes()
    for message in capture.associations[0].messages:
        data = message.data_bytes()
        places = [(p.start, p.length) for p in dissect.pieces.locate(dissect.pieces.Span(data, 0, len(data)))]
        assert b"".join(raw[start : start + length] for start, length in places) == data.read(0, len(data))


def test_files_of_a_ring_buffer_are_one_capture_and_others_are_not(tmp_path: Path) -> None:
    segments = conversation().segments()
    middle = len(segments) // 2
    first = write(tmp_path / "ring_00001.pcap", segments[:middle])
    second = write(tmp_path / "ring_00002.pcap", segments[middle:])
    other = write(tmp_path / "another.pcap", segments)
    names = [str(first), str(second), str(other)]
    assert series(names) == [names[:2], names[2:]]
    assert series(names[::-1]) == [[names[2]], [names[1]], [names[0]]]
    assert everything(dissect.open(first, second)) == everything(dissect.open(other))


def test_a_datagram_cut_by_the_border_of_two_files_is_told_of_and_never_read_wrong(tmp_path: Path) -> None:
    segments = conversation().segments()
    frames = [(segment.time, segment.frame()) for segment in segments]
    data = (i for i, one in enumerate(segments) if one.payload[:1] == b"\4" and len(one.payload) > 400)
    middle = next(data)
    time, frame = frames[middle]
    head, body = bytearray(frame[:34]), frame[34:]
    head[16:18], head[20:22] = (20 + 80).to_bytes(2, "big"), b"\x20\x00"
    first = bytes(head) + body[:80]
    head[16:18], head[20:22] = (20 + len(body) - 80).to_bytes(2, "big"), (80 // 8).to_bytes(2, "big")
    second = bytes(head) + body[80:]
    one = pcap(tmp_path / "ring_1.pcap", [*frames[:middle], (time, first)])
    two = pcap(tmp_path / "ring_2.pcap", [(time, second), *frames[middle + 1 :]])
    capture = dissect.open(one, two)
    assert {finding.rule for finding in capture.findings} == {"fragments-lost"}  # either half, in its file
    whole = dissect.open(write(tmp_path / "whole.pcap", segments))
    good = [told(message) for message in whole.associations[0].messages]
    read = [told(message) for message in capture.associations[0].messages if not message.damage]
    assert all(message in good for message in read)


def test_frames_are_numbered_through_all_files(tmp_path: Path) -> None:
    segments = conversation().segments()
    first = write(tmp_path / "ring_1.pcap", segments[:9])
    second = write(tmp_path / "ring_2.pcap", segments[9:])
    whole = write(tmp_path / "whole.pcap", segments)
    parts, one = dissect.open(first, second), dissect.open(whole)
    assert [m.frame for m in parts.associations[0].messages] == [
        m.frame for m in one.associations[0].messages
    ]


def test_a_file_that_is_no_capture_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no capture at all\n" * 10)
    with pytest.raises(CaptureError, match=r"notes\.txt"):
        dissect.open(path)


def test_connections_without_a_byte_are_no_conversations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port scan has millions of them."""
    monkeypatch.setattr("dissect.capture.Conversation", None)
    scan = [
        Segment("requestor", 0, ("10.0.0.1", 50000), ("10.0.0.2", port), 7, 0, SYN)
        for port in range(100, 105)
    ]
    capture = read(write(tmp_path / "scan.pcap", scan))
    assert len(capture.foreign) == 5
    assert capture.associations == []


def test_what_a_side_said_before_its_start_was_known_is_in_order_in_any_batch(
    plain: tuple[Path, list[Segment], list[object]],
) -> None:
    """Nothing says where the acceptor's bytes begin: neither its SYN nor an acknowledgement of them."""
    folder, segments, _ = plain
    deaf = [replace(each, acknowledgement=0) for each in segments if each is not segments[1]]
    path = write(folder / "deaf.pcap", [deaf[0], *(each for each in deaf[1:] if each.payload)])
    orders = []
    for batch in (65536, 7, 1):
        (association,) = read(path, batch).associations
        orders.append([(m.sender, m.command, m.first_record) for m in association.messages])
        assert association.first_record == 1
    assert orders[0] == orders[1] == orders[2]
    assert orders[0] == sorted(orders[0], key=lambda row: row[2])
