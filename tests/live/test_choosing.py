from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dissect.wire import sniff
from dissect.wire.sniff import Interface, SnifferError, Wanted, choose, only_interface


def program(folder: Path, text: str) -> Path:
    """A dumpcap that does what `text`, a shell script, says."""
    path = folder / "dumpcap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def dumpcap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "dumpcap"))
    return tmp_path


def test_a_sniffer_begins_when_it_names_its_file(dumpcap: Path) -> None:
    program(dumpcap, "echo 'File: /tmp/x' >&2; echo 'Packets received/dropped on interface: 7/3' >&2")
    sniffer = choose(Wanted("eth0"), ("dumpcap",))
    sniffer.close()
    assert sniffer.over
    assert sniffer.counts == (7, 3)
    assert sniffer.trouble == ""


def test_what_dumpcap_counts_is_told_and_hides_no_file(dumpcap: Path) -> None:
    program(dumpcap, r"printf 'File: /tmp/x\n\rPackets: 4 \rPackets: 7 File: /tmp/y\n' >&2; sleep 0.2")
    sniffer = choose(Wanted("eth0"), ("dumpcap",))
    sniffer.close()
    assert sniffer.counts == (7, None)
    assert list(sniffer._files) == ["/tmp/x", "/tmp/y"]


def test_what_dumpcap_says_of_its_end_is_told_in_a_sentence(dumpcap: Path) -> None:
    program(dumpcap, "echo 'File: /tmp/x' >&2; printf 'dumpcap: It is\nthe end. Go away.\n' >&2; exit 1")
    sniffer = choose(Wanted("eth0"), ("dumpcap",))
    sniffer.close()
    assert sniffer.trouble == "the sniffer ended: It is the end"


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("linux", ("setcap cap_net_raw,cap_net_admin=ep", "group wireshark", "sudo tcpdump -i eth0 -U -w -")),
        ("darwin", ("ChmodBPF", "sudo tcpdump -i eth0 -U -w -")),
        ("win32", ("Npcap", "administrator")),
    ],
)
def test_without_the_right_each_platform_gets_its_advice(
    dumpcap: Path, monkeypatch: pytest.MonkeyPatch, platform: str, words: tuple[str, ...]
) -> None:
    program(dumpcap, 'echo "dumpcap: You don\'t have permission to capture on that device" >&2; exit 1')
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SnifferError) as told:
        choose(Wanted("eth0"), ("dumpcap",))
    assert "\n" not in str(told.value)
    for word in words:
        assert word in str(told.value)


@pytest.mark.parametrize(
    ("platform", "word"), [("linux", "wireshark-common"), ("darwin", "brew"), ("win32", "npcap.com")]
)
def test_where_nothing_can_sniff_each_platform_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, platform: str, word: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SnifferError, match=word):
        choose(Wanted("eth0"), ())


def test_a_spool_that_cannot_be_opened_is_no_lack_of_a_right(dumpcap: Path) -> None:
    text = "dumpcap: The file to which the capture would be saved could not be opened: Permission denied."
    program(dumpcap, f'echo "{text}" >&2; exit 1')
    with pytest.raises(SnifferError, match="could not be opened: Permission denied"):
        choose(Wanted("eth0", path="/x"), ("dumpcap",))


def test_the_interface_is_found_where_there_is_but_one(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Interface("lo", ("127.0.0.1",), "", up=True, loopback=True)
    wired = Interface("eth0", ("10.0.0.1",), "", up=True)
    monkeypatch.setattr(sniff, "interfaces", lambda: [loop, wired, Interface("eth1", (), "", up=False)])
    assert only_interface() == "eth0"
    monkeypatch.setattr(sniff, "interfaces", lambda: [loop, wired, wired._replace(name="wlan0")])
    with pytest.raises(SnifferError, match="Name one with -i: eth0, wlan0"):
        only_interface()


def test_a_port_is_found_behind_a_vlan_tag_too() -> None:
    wanted = Wanted("eth0", filter="host 10.0.0.1", port=104)
    assert wanted.expression == "(host 10.0.0.1) and (tcp port 104 or (vlan and tcp port 104))"


def test_what_reads_and_shows_packets_does_not_load_scapy() -> None:
    code = "import sys, dissect.wire.sniff, dissect.wire.sniffer; print('scapy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
