from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP, fragment

from dissect.capture import Capture, series
from dissect.dicom.associations import Association
from dissect.outputs import packets
from dissect.outputs.packets import SaveError, save
from dissect.wire.records import CaptureFile
from tests.craft import CT, IMPLICIT, VERIFICATION, Talk, implicit
from tests.craft.network import ethernet, ipv4, pcap
from tests.craft.segments import write
from tests.outputs.reading import read
from tests.peers import tshark_fields
from tests.test_cli import run, told
from tests.wire import files

CAPTURES = Path(__file__).parents[2] / "captures"
SHIPPED = series(sorted(CAPTURES.glob("*.pcap*")))


def records(*paths: str | Path) -> list[tuple[int, bytes, int, int]]:
    """Time, bytes, original length and link type of all records."""
    return [
        (each.time, each.data, each.original, each.link) for path in paths for each in files.read(Path(path))
    ]


def said(association: Association) -> list[Any]:
    """All that was said, and what came of it."""
    messages = []
    for message in association.messages:
        data = message.data_bytes()
        digest = hashlib.sha256(data.read(0, len(data))).hexdigest()
        messages.append((message.sender, message.command, message.message_id, message.status, digest))
    titles = association.calling_ae, association.called_ae
    damage = [(finding.rule, finding.text) for finding in association.noted()]
    return [titles, association.outcome, association.negotiation, messages, damage]


def echo(**settings: Any) -> Talk:
    talk = Talk(**settings)
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    talk.release()
    return talk


def reopened(capture: Capture, associations: list[Association], path: Path) -> list[Association]:
    save(capture, associations, path)
    return read(path).associations


@pytest.mark.parametrize("paths", SHIPPED, ids=lambda paths: Path(paths[0]).name)
def test_each_association_is_saved_whole_and_alone(paths: list[str], tmp_path: Path) -> None:
    capture = read(*map(Path, paths))
    everything = records(*paths)
    streams: list[str] = []
    for path in paths:
        rows = tshark_fields(Path(path), ["tcp.stream"], "frame")
        streams += [row[0].rpartition(";")[2] for row in rows]
    for association in capture.associations:
        out = tmp_path / f"{association.index}.pcap"
        count = save(capture, [association], out)
        stream = streams[association.first_record]
        theirs = [everything[index] for index, each in enumerate(streams) if each == stream]
        if len(paths) == 1:  # tshark numbers streams anew in each file
            assert count == len(theirs)
            assert records(out) == theirs
        (again,) = read(out).associations
        assert said(again) == said(association)


@pytest.mark.parametrize("paths", SHIPPED, ids=lambda paths: Path(paths[0]).name)
def test_all_associations_together_are_the_same_as_before(paths: list[str], tmp_path: Path) -> None:
    capture = read(*map(Path, paths))
    found = reopened(capture, capture.associations, tmp_path / "all.pcap")
    assert [said(each) for each in found] == [said(each) for each in capture.associations]


def test_ports_that_were_used_again_are_told_apart(tmp_path: Path) -> None:
    talks = [
        echo(called=f"PEER{number}", sequences=(1000 + 10**6 * number, 5000 + 10**6 * number))
        for number in range(3)
    ]
    for talk in talks:
        talk.acceptor.acknowledge()
    segments = [segment for talk in talks for segment in talk.segments(acks=True)]
    capture = read(write(tmp_path / "a.pcap", segments))
    size = len(segments) // 3
    for number, association in enumerate(capture.associations):
        out = tmp_path / f"{number}.pcap"
        assert save(capture, [association], out) == size
        assert records(out) == records(tmp_path / "a.pcap")[number * size : (number + 1) * size]
        assert read(out).associations[0].called_ae == f"PEER{number}"


def test_two_associations_of_one_connection_are_saved_once(tmp_path: Path) -> None:
    talk = Talk()
    for _ in range(2):
        talk.associate([(1, VERIFICATION, [IMPLICIT])])
        talk.echo()
        talk.release(close=False)
    talk.close()
    capture = read(talk.write(tmp_path / "a.pcap"))
    assert len(capture.associations) == 2
    out = tmp_path / "out.pcap"
    for chosen in (capture.associations, capture.associations[1:]):
        assert save(capture, chosen, out, overwrite=True) == len(talk.segments())
        assert len(read(out).associations) == 2


@pytest.mark.parametrize("batch", [1, 7, 65536])
def test_ip_fragments_come_along_in_whatever_order(
    tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packets, "BATCH", batch)
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT])])
    talk.store(1, 1, implicit(0x7FE00010, bytes(range(256)) * 20))
    talk.release()
    frames: list[tuple[int, bytes]] = []
    for number, segment in enumerate(talk.segments(mss=4000)):
        time = segment.time
        (source, sport), (target, dport) = segment.source, segment.target
        inner = TCP(
            sport=sport, dport=dport, seq=segment.sequence, ack=segment.acknowledgement, flags=segment.flags
        )
        whole = IP(src=source, dst=target, id=number) / inner / segment.payload
        pieces: list[Any] = fragment(whole, 1000)  # type: ignore[no-untyped-call]
        frames += [(time, ethernet(bytes(piece))) for piece in reversed(pieces)]
        frames.append((time, ethernet(ipv4(bytes(20), "10.0.0.9", "10.0.0.8", protocol=17))))
    capture = read(pcap(tmp_path / "a.pcap", frames))
    assert len(frames) > 2 * len(talk.segments())
    out = tmp_path / "out.pcap"
    save(capture, capture.associations, out)
    assert [row[1] for row in records(out)] == [frame for _, frame in frames if frame[14 + 9] == 6]
    assert [said(each) for each in read(out).associations] == [said(each) for each in capture.associations]


def mixed(path: Path, *, links: tuple[int, int], start: int = 0, comment: str = "") -> Path:
    """A pcapng file of one association on each of two interfaces."""
    blocks = [files.section(), *(files.interface(link, resolution=9) for link in links)]
    for number, link in enumerate(links):
        talk = echo(requestor_port=50000 + number, start=start + number * 10**9)
        for segment in talk.segments():
            data = segment.frame() if link == 1 else segment.packet()
            comments = (comment,) if comment and not number else ()
            blocks.append(files.packet(segment.time, data, number=number, comments=comments))
    path.write_bytes(b"".join(blocks))
    return path


def test_several_link_types_make_pcapng_and_one_makes_pcap(tmp_path: Path) -> None:
    capture = read(mixed(tmp_path / "a.pcapng", links=(1, 101), start=1_700_000_000_123_456_789))
    out = tmp_path / "out"
    assert save(capture, capture.associations, out) == capture.source.records
    assert out.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    assert records(out) == records(tmp_path / "a.pcapng")
    save(capture, capture.associations[1:], out, overwrite=True)
    assert out.read_bytes()[:4] == b"\x4d\x3c\xb2\xa1"
    assert records(out) == [row for row in records(tmp_path / "a.pcapng") if row[3] == 101]


def test_comments_of_packets_are_kept(tmp_path: Path) -> None:
    capture = read(mixed(tmp_path / "a.pcapng", links=(1, 1), comment="look, here"))
    out = tmp_path / "out"
    save(capture, capture.associations[:1], out)
    with CaptureFile(out) as file:
        comments = [text for batch in file.batches() for text in batch.comments.values()]
    assert comments == ["look, here"] * (capture.source.records // 2)
    save(capture, capture.associations[1:], out, overwrite=True)
    assert out.read_bytes()[:4] == b"\x4d\x3c\xb2\xa1"


def test_times_beyond_32_bits_of_seconds_survive(tmp_path: Path) -> None:
    far = (1 << 32) * 1_000_000_000 + 5
    capture = read(mixed(tmp_path / "a.pcapng", links=(1, 1), start=far))
    out = tmp_path / "out"
    save(capture, capture.associations, out)
    assert records(out) == records(tmp_path / "a.pcapng")


def test_a_record_that_the_snap_length_cut_keeps_its_length(tmp_path: Path) -> None:
    path = echo().write(tmp_path / "a.pcap", snap=100)
    capture = read(path)
    out = tmp_path / "out.pcap"
    save(capture, capture.associations, out)
    assert records(out) == records(path)


def test_nothing_is_overwritten_unless_told(tmp_path: Path) -> None:
    path = echo().write(tmp_path / "a.pcap")
    capture = read(path)
    out = tmp_path / "out.pcap"
    out.write_text("mine")
    with pytest.raises(SaveError, match="there is such a file already"):
        save(capture, capture.associations, out)
    assert out.read_text() == "mine"
    assert save(capture, capture.associations, out, overwrite=True) == len(records(out))


def test_the_capture_itself_is_never_overwritten(tmp_path: Path) -> None:
    path = echo().write(tmp_path / "a.pcap")
    before = path.read_bytes()
    capture = read(path)
    (tmp_path / "link.pcap").symlink_to(path)
    for out in (path, tmp_path / "link.pcap"):
        with pytest.raises(SaveError, match="this is the capture itself"):
            save(capture, capture.associations, out, overwrite=True)
    assert path.read_bytes() == before


def test_what_is_no_file_is_not_written_to(tmp_path: Path) -> None:
    capture = read(echo().write(tmp_path / "a.pcap"))
    for out, why in (
        (tmp_path, "directory"),
        (Path("/dev/null"), "no plain file"),
        (tmp_path / "b/c", "No such"),
    ):
        with pytest.raises(SaveError, match=why) as told:
            save(capture, capture.associations, out, overwrite=True)
        assert "\n" not in str(told.value)


def test_work_that_is_stopped_leaves_no_file(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(part: float) -> None:
        seen.append(part)
        if part > 0.5:
            raise StoppedError

    seen: list[float] = []
    capture = read(echo().write(tmp_path / "a.pcap"))
    with pytest.raises(StoppedError):
        save(capture, capture.associations, tmp_path / "out.pcap", report=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pcap"]
    assert seen == sorted(seen)


def test_the_command_saves_what_a_filter_selects(tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    path = CAPTURES / "parallel.pcap"
    done = run("save", path, "-w", out, "--association", "2")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"pduscope: {out}: {len(records(out))} packets of 1 association\n"
    wanted = read(path).associations[1]
    assert [said(each) for each in read(out).associations] == [said(wanted)]
    assert "there is such a file already" in told(run("save", path, "-w", out))
    assert run("save", path, "-w", out, "--overwrite", "-Y", "calling_ae").returncode == 0
    assert len(read(out).associations) == len(read(path).associations)
    assert "no such associations" in told(run("save", path, "-w", tmp_path / "b", "-Y", "status == 77"))
    assert not (tmp_path / "b").exists()
