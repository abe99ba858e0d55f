"""Real peers over a wire between two namespaces, seen live. Needs root, dumpcap, libpcap and DCMTK."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.network import PORT, RIGHT, Wire, live, offline
from tests.live.running import ROOT, Running, pduscope, wait_for
from tests.peers import require, tshark

SNIFFERS = ("dumpcap", "libpcap", "scapy")
FAST = SNIFFERS[:2]
"""Scapy takes a second and a half to import."""


@pytest.mark.parametrize("sniffer", SNIFFERS)
def test_echo_store_and_find_live_are_what_the_spool_gives_offline(
    wire: Wire, image: Path, tmp_path: Path, sniffer: str
) -> None:
    spool = tmp_path / "spool.pcapng"
    with live(wire, tmp_path, "--sniffer", sniffer, "--write", spool, "--format", "ndjson") as command:
        wire.echo()
        wire.left.run("storescu", RIGHT, str(PORT), image)
        wire.left.run("findscu", "-S", "-k", "QueryRetrieveLevel=STUDY", RIGHT, str(PORT))
        command.wait_for_lines(3)
        assert command.interrupt() == 0
    assert command.out == offline(spool, wire.interface)
    assert [[each["command"] for each in json.loads(line)["messages"]][-1] for line in command.lines] == [
        "C-ECHO-RSP", "C-STORE-RSP", "C-FIND-RSP",
    ]  # fmt: skip
    assert "none dropped" in command.err


def test_lines_appear_while_the_capture_goes_on(wire: Wire, tmp_path: Path) -> None:
    with live(wire, tmp_path) as command:
        wire.echo()
        command.wait_for_lines(4)
        assert command.lines[-1].endswith("released")
        wire.echo()
        command.wait_for_lines(7)
        assert command.interrupt(signal.SIGTERM) == 0
    assert command.out.count("C-ECHO") == 2


@pytest.mark.parametrize("form", ["text", "ndjson"])
def test_what_ended_is_told_within_200_ms(wire: Wire, tmp_path: Path, form: str) -> None:
    """On a busy machine some take longer: half of them count."""
    lags = []
    with live(wire, tmp_path, "--format", form, "-t", "epoch") as command:
        for number in range(1, 9):
            wire.echo()
            command.wait_for_text("released", number)
            line = command.lines[-1]
            end = json.loads(line)["end"] if form == "ndjson" else line.split()[2]
            lags.append(command.changed - float(end))
    assert sorted(lags)[3] < 0.2, lags


@pytest.mark.parametrize("sniffer", SNIFFERS)
def test_a_killed_sniffer_is_told_and_what_came_stays(wire: Wire, tmp_path: Path, sniffer: str) -> None:
    spool = tmp_path / "spool.pcapng"
    with live(wire, tmp_path, "--sniffer", sniffer, "--write", spool) as command:
        wire.echo()
        command.wait_for_lines(4)
        child, *_ = command.children()  # dumpcap has a guard besides
        os.kill(child, signal.SIGKILL)
        assert command.finish() == 2
    assert "the sniffer was killed by SIGKILL" in command.err
    assert "the sniffer did not say how many packets it dropped" in command.err
    assert pduscope("list", spool).stdout.count("C-ECHO") == 1


@pytest.mark.parametrize("sniffer", SNIFFERS)
def test_no_sniffer_outlives_the_process_that_it_sniffs_for(wire: Wire, tmp_path: Path, sniffer: str) -> None:
    quiet = ("--port", "1")  # no packet tells dumpcap that nobody listens to it any more
    spool = tmp_path / "spool.pcapng"
    with live(wire, tmp_path, "--sniffer", sniffer, "--write", spool, *quiet) as command:
        places = [Path(f"/proc/{child}") for child in command.children()]
        assert places
        command.process.kill()
        command.process.wait()
        wait_for("the sniffer to end", lambda: not any(place.exists() for place in places))


@pytest.mark.parametrize("sniffer", SNIFFERS)
def test_a_link_that_goes_down_is_told_and_what_comes_when_it_is_up_again(
    wire: Wire, tmp_path: Path, sniffer: str
) -> None:
    with live(wire, tmp_path, "--sniffer", sniffer) as command:
        wire.echo()
        wire.left.ip("link", "set", wire.interface, "down")
        command.wait_for_error("wire0 is down")
        wire.left.ip("link", "set", wire.interface, "up")
        command.wait_for_error("wire0 is up again")
        wire.echo()
        command.wait_for_text("released", 2)
        assert command.interrupt() == 0


def test_a_reader_that_has_seen_enough_ends_the_capture(wire: Wire, tmp_path: Path) -> None:
    spool, errors = tmp_path / "spool.pcapng", tmp_path / "errors"
    errors.touch()
    line = f"{sys.executable} -m dissect live -i wire0 --write {spool} 2> {errors} | head -n 3"
    command = subprocess.Popen(
        [*wire.left.within, "bash", "-c", line], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    assert command.stdout is not None
    try:
        wait_for("the sniffer", lambda: "listening" in errors.read_text())
        wire.echo()
        assert command.wait(20) == 0  # without another line that it could not write
        assert len(command.stdout.readlines()) == 3
    finally:
        command.stdout.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)
        command.wait()
    assert "C-ECHO" in pduscope("list", spool).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("sniffer", FAST)
def test_what_was_received_before_a_signal_is_kept_and_shown(
    wire: Wire, image: Path, tmp_path: Path, sniffer: str, number: int
) -> None:
    spool = tmp_path / "spool.pcapng"
    with live(wire, tmp_path, "--sniffer", sniffer, "--write", spool) as command:
        wire.left.run("storescu", RIGHT, str(PORT), image)
        assert command.interrupt(number) == 0  # at once: some packets are in the kernel still
    assert "none dropped" in command.err
    assert command.out.count("C-STORE") == command.out.count("released") == 1
    assert tshark(spool, "-Y", "dicom.pdu.type == 6", "-T", "fields", "-e", "frame.number").strip()


@pytest.mark.parametrize("sniffer", FAST)
def test_a_vanished_interface_is_told(wire: Wire, tmp_path: Path, sniffer: str) -> None:
    wire.left.ip("link", "add", "gone0", "type", "veth", "peer", "gone1")
    wire.left.ip("link", "set", "gone0", "up")
    arguments = ("live", "-i", "gone0", "--sniffer", sniffer)
    with Running(tmp_path, *arguments, within=wire.left.within) as command:
        command.wait_for_error("listening on")
        wire.left.ip("link", "delete", "gone0")
        assert command.finish() == 2
    assert "the sniffer ended: " in command.err


@pytest.mark.parametrize("sniffer", SNIFFERS)
def test_a_full_disk_is_told_and_what_came_stays(
    wire: Wire, image: Path, tmp_path: Path, sniffer: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=True)
    try:
        spool = disk / "spool.pcapng"
        with live(wire, tmp_path, "--sniffer", sniffer, "--write", spool) as command:
            wire.echo()
            command.wait_for_lines(4)
            wire.left.run("storescu", RIGHT, str(PORT), image)
            assert command.finish() == 2
        assert "the sniffer ended: " in command.err
        assert "space" in command.err
        assert pduscope("list", spool).stdout.count("C-ECHO") == 1
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("sniffer", FAST)
def test_a_ring_keeps_its_size(wire: Wire, image: Path, tmp_path: Path, sniffer: str) -> None:
    spool = tmp_path / "ring.pcapng"
    arguments = ("--sniffer", sniffer, "--write", spool, "--ring", "2,100k")
    with live(wire, tmp_path, *arguments) as command:
        wire.left.run("storescu", RIGHT, str(PORT), image)
        wire.echo()
        wait_for("the echo", lambda: "C-ECHO" in command.out)
        assert command.interrupt() == 0
    assert len(list(tmp_path.glob("ring_*.pcapng"))) <= 2
    assert "C-STORE" in command.out


def test_a_count_a_duration_and_a_port_end_and_narrow_it(wire: Wire, tmp_path: Path) -> None:
    for sniffer in FAST:
        arguments = ("--sniffer", sniffer, "--port", str(PORT), "--count", "6", "--format", "ndjson")
        with live(wire, tmp_path, *arguments) as command:
            wire.echo()
            assert command.finish() == 0
        assert json.loads(command.out)["outcome"] == "open"
        with live(wire, tmp_path, "--sniffer", sniffer, "--duration", "0.5") as command:
            assert command.finish() == 0


def test_a_wrong_filter_and_a_wrong_interface_get_one_line_and_status_2(wire: Wire, tmp_path: Path) -> None:
    for sniffer in FAST:
        for arguments in (("-i", "nosuch0"), ("-i", wire.interface, "--filter", "this is none")):
            command = Running(tmp_path, "live", "--sniffer", sniffer, *arguments, within=wire.left.within)
            with command:
                assert command.finish() == 2
            assert len(command.err.splitlines()) == 1, command.err


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_interfaces_are_listed_with_their_addresses(wire: Wire, tmp_path: Path, user: str) -> None:
    wire.left.ip("link", "add", "idle0", "type", "veth", "peer", "idle1")
    wire.left.ip("address", "add", "2001:db8::7/64", "dev", "lo")
    rights = [require("setpriv"), "--reuid=65534", "--clear-groups", "--"] if user == "nobody" else []
    try:
        with Running(tmp_path, "interfaces", within=[*wire.left.within, *rights]) as command:
            assert command.finish() == 0
    finally:
        wire.left.ip("link", "delete", "idle0")
        wire.left.ip("address", "delete", "2001:db8::7/64", "dev", "lo")
    rows = {line.split()[0]: line.split()[1:] for line in command.lines}
    assert rows["wire0"][:2] == ["up", "10.99.0.1"]
    assert rows["lo"][:1] == ["up"]
    assert {"127.0.0.1", "::1", "2001:db8::7"} <= set(rows["lo"])
    assert rows["idle0"] == rows["idle1"] == ["down"]
    assert command.err == ""


def test_without_an_interface_to_choose_the_names_are_told(tmp_path: Path) -> None:
    with Wire() as wire:
        wire.left.ip("address", "flush", "dev", "wire0")
        with Running(tmp_path, "live", within=wire.left.within) as command:
            assert command.finish() == 2
    (line,) = command.err.splitlines()
    assert line == "pduscope: which interface? Name one with -i: wire0, lo"


def test_who_may_not_sniff_gets_one_line_that_says_what_to_do(wire: Wire, tmp_path: Path) -> None:
    nobody = [*wire.left.within, require("setpriv"), "--reuid=65534", "--clear-groups", "--"]
    with Running(tmp_path, "live", "-i", wire.interface, within=nobody) as command:
        assert command.finish() == 2
    (line,) = command.err.splitlines()
    assert "no permission to listen on wire0" in line
    assert "setcap" in line
