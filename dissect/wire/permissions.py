"""What to do where sniffing is not permitted, or nothing is installed that can: on each platform."""

from __future__ import annotations

import os
import sys
from pathlib import Path

USUAL = {
    "linux": ("/usr/bin/dumpcap", "/usr/sbin/dumpcap"),
    "darwin": ("/Applications/Wireshark.app/Contents/MacOS/dumpcap", "/opt/homebrew/bin/dumpcap"),
    "win32": (r"C:\Program Files\Wireshark\dumpcap.exe",),
}
"""Where Wireshark's installers put dumpcap, which is not always in PATH."""


def usual_dumpcap() -> str | None:
    """dumpcap, where it is installed but not in PATH, and may be run."""
    for place in USUAL.get(sys.platform, ()):
        if os.access(place, os.X_OK) and Path(place).is_file():
            return place
    return None


def advice(interface: str) -> str:
    """What to do where the right to listen is missing."""
    if sys.platform == "darwin":
        return (
            f"no permission to listen on {interface}: install ChmodBPF, which comes with Wireshark "
            "(brew install --cask wireshark-chmodbpf), and log in again; or run only the sniffer as root: "
            f"sudo tcpdump -i {interface} -U -w - | pduscope list -"
        )
    if sys.platform == "win32":
        return (
            f"no permission to listen on {interface}: install Npcap (https://npcap.com) without 'Restrict "
            "Npcap driver's access to Administrators only', or run this as administrator"
        )
    return (
        f"no permission to listen on {interface}: let members of the group wireshark do it (Debian: sudo "
        "dpkg-reconfigure wireshark-common; else: sudo setcap cap_net_raw,cap_net_admin=ep "
        "/usr/bin/dumpcap), then sudo usermod -aG wireshark $USER and log in again; or run only the sniffer "
        f"as root: sudo tcpdump -i {interface} -U -w - | pduscope list -"
    )


def missing() -> str:
    """What to install where nothing can listen."""
    what = {
        "darwin": "Wireshark (brew install --cask wireshark), whose dumpcap this uses",
        "win32": "Npcap (https://npcap.com), or Wireshark, which brings it",
    }.get(sys.platform, "dumpcap (Debian: wireshark-common; Fedora: wireshark-cli), or libpcap")
    return f"nothing here can listen to a network: install {what}"
