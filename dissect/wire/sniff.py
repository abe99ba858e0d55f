"""Live traffic: a small process with the right to sniff spools packets to files, which a capture follows.

Three can do it, tried in this order: libpcap in a Python process of its own; dumpcap; Scapy's listening
socket, in a Python process too. None of them runs in the process that reads and shows the packets.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from dissect.wire import permissions
from dissect.wire.pcaplib import LOOPBACK, UP, devices
from dissect.wire.spool import DENIED
from dissect.wire.wanted import KINDS, Wanted, command, search_path

__all__ = [
    "KINDS",
    "Counts",
    "Interface",
    "Sniffer",
    "SnifferError",
    "Wanted",
    "choose",
    "interfaces",
    "is_up",
    "only_interface",
]

POLL = 0.02
START = 20.0
"""Seconds that a sniffer may take to begin."""
GRACE = 0.4
"""Seconds that dumpcap is left at its end: it would leave what waits in the kernel, for up to 0.25 s."""
STOP = 5.0
"""Seconds that it may take to end."""
WORDS = 20
"""Lines of a sniffer that are kept, to say why it ended."""
OTHERS = ("any", "bluetooth", "dbus", "nflog", "nfqueue", "usbmon", "dag")
"""Beginnings of the names of what libpcap lists beside network interfaces."""

SIOCGIFFLAGS, IFF_UP_RUNNING = 0x8913, 0x41
"""linux/sockios.h, linux/if.h."""

_COUNTS = re.compile(r"Packets received/dropped.*: (\d+)/(\d+)")
_SO_FAR = re.compile(r"Packets: (\d+) *")
_REFUSED = re.compile(r"permission|not permitted", re.IGNORECASE)


class SnifferError(Exception):
    """Nothing can be captured. The text says why, and what to do."""


class _DeniedError(Exception):
    """A sniffer lacks a right that another one may have."""


class Interface(NamedTuple):
    """Where one can listen."""

    name: str
    addresses: tuple[str, ...]
    description: str
    up: bool
    loopback: bool = False


class Counts(NamedTuple):
    """Packets since the start: those in the spool, and those that the kernel dropped for want of room."""

    captured: int
    dropped: int | None
    """None: nobody said so far; dumpcap does at its end."""


def interfaces() -> list[Interface]:
    """The network interfaces that can be listened on."""
    found = [
        Interface(
            each.name, each.addresses, each.description, bool(each.flags & UP), bool(each.flags & LOOPBACK)
        )
        for each in devices()
        if not each.name.startswith(OTHERS)
    ]
    if found or not hasattr(socket, "if_nameindex"):
        return found
    return [Interface(name, (), "", True, name == "lo") for _, name in socket.if_nameindex()]


def is_up(name: str) -> bool:
    """Whether an interface is up and has a carrier; only Linux says when it is not."""
    if sys.platform != "linux":
        return True
    import fcntl  # not there on Windows

    request = struct.pack("16sH14x", name.encode()[:15], 0)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            (flags,) = struct.unpack_from("16xH", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))
    except OSError:  # it is no device, such as "any"; or it is gone, which its sniffer says
        return True
    return bool(flags & IFF_UP_RUNNING == IFF_UP_RUNNING)


def only_interface() -> str:
    """The interface to listen on when none is named. Raises SnifferError unless there is just one."""
    found = [each for each in interfaces() if each.up and each.addresses and not each.loopback]
    if len(found) == 1:
        return found[0].name
    names = ", ".join(each.name for each in found or interfaces())
    raise SnifferError(f"which interface? Name one with -i: {names or 'there is none'}")


class Sniffer:
    """A running sniffer process; a Feed of the files that it writes."""

    def __init__(self, title: str, command: list[str], wanted: Wanted, folder: Path | None) -> None:
        self.title = title
        self.name = wanted.interface
        self.keeps = None if wanted.ring is None else wanted.ring[0] - 1
        self.counts: Counts | None = None
        """As last told, about once a second."""
        self.kept = wanted.path
        self.skipped = 0
        """Files of a ring that were overwritten before they could be read."""
        self._folder = folder
        self._files: deque[str] = deque()
        self._words: deque[str] = deque(maxlen=WORDS)
        self._stopped = False
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": search_path()},
                start_new_session=True,  # Ctrl-C is for this process, which ends it in good order
            )  # fmt: skip
        except PermissionError as error:  # dumpcap is for members of its group
            raise _DeniedError(str(error)) from error
        except OSError as error:
            raise SnifferError(f"{title} cannot be started: {error.strerror}") from error
        self._guard = _guard(self._process.pid) if title == "dumpcap" else None
        self._listener = threading.Thread(target=self._listen, name="sniffer", daemon=True)
        self._listener.start()
        try:
            self._wait_until_begun()
        except BaseException:
            self.close()
            raise

    def _listen(self) -> None:
        """Hear what the process says, to its end."""
        assert self._process.stderr is not None
        rest = b""
        while piece := os.read(self._process.stderr.fileno(), 1 << 16):
            *lines, rest = re.split(rb"[\r\n]", rest + piece)
            for line in lines:
                self._hear(line.decode(errors="replace").strip())
        self._hear(rest.decode(errors="replace").strip())
        if self._guard is not None:
            self._guard.kill()  # now: later the number may be that of another process

    def _hear(self, line: str) -> None:
        so_far = _SO_FAR.match(line)
        if so_far:  # another word may follow on the same line
            self.counts = Counts(int(so_far[1]), None)
            line = line[so_far.end() :]
        counts = _COUNTS.search(line)
        if counts:
            self.counts = Counts(int(counts[1]), int(counts[2]))
        elif line.startswith("File: "):
            self._files.append(line.removeprefix("File: "))
        elif line and not line.startswith(("Capturing on", "Packets captured")):
            self._words.append(line)

    def _wait_until_begun(self) -> None:
        deadline = time.monotonic() + START
        while not self._files:
            if not self._listener.is_alive() and not self._files:
                text = "\n".join(self._words)
                status = self._process.wait()
                if status == DENIED or (_REFUSED.search(text) and "could not be opened" not in text):
                    raise _DeniedError(text)
                raise SnifferError(f"{self.title}: {self._last_words() or f'it ended with {status}'}")
            if time.monotonic() > deadline:
                raise SnifferError(f"{self.title} did not begin within {START:.0f} s")
            time.sleep(POLL)

    def _last_words(self) -> str:
        """Why it ended, in its own words: dumpcap's first sentence, or the last line of one of ours."""
        words = list(self._words)
        first = next((number for number, line in enumerate(words) if line.startswith("dumpcap: ")), None)
        if first is None:
            return words[-1] if words else ""
        text = " ".join(words[first:]).removeprefix("dumpcap: ")
        return re.split(r"\.(?: |$)", text)[0]

    # a feed

    @property
    def over(self) -> bool:
        return not self._listener.is_alive()

    @property
    def moved(self) -> bool:
        return bool(self._files)

    def next(self) -> str | None:
        while self._files:
            path = Path(self._files[0])
            if path.exists():
                if path.stat().st_size < 4 and len(self._files) == 1:
                    return None
                if path.stat().st_size >= 4:
                    return self._files.popleft()
            self._files.popleft()
            self.skipped += not path.exists()
        return None

    def wait(self) -> None:
        if not self.over:
            time.sleep(POLL)

    # its end

    def stop(self) -> None:
        """Ask it to end; what it captured is still written. May be called by a signal handler."""
        if self._process.poll() is not None:
            return
        again, self._stopped = self._stopped, True
        if self.title != "dumpcap":
            self._interrupt()
        elif not again:
            threading.Timer(GRACE, self._interrupt).start()

    def _interrupt(self) -> None:
        if self._process.poll() is not None:
            return
        if sys.platform == "win32":
            self._process.terminate()
        else:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End it, and remove what nobody asked to keep."""
        self.stop()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        for process in filter(None, (self._process, self._guard)):
            process.wait()
            for pipe in filter(None, (process.stdin, process.stderr)):
                pipe.close()
        _remove(self._folder)

    @property
    def killed(self) -> bool:
        """Whether it could say nothing at its end: what it counted by then, and why it ended."""
        return self.over and self._process.wait() < 0

    @property
    def trouble(self) -> str:
        """Why it ended early; empty while it runs, and where it ended as it should."""
        if not self.over:
            return ""
        status = self._process.wait()
        words = self._last_words()
        if words:
            return f"the sniffer ended: {words}"
        if status < 0 and not self._stopped:
            return f"the sniffer was killed by {signal.Signals(-status).name}"
        if status and not self._stopped:
            return f"the sniffer ended with status {status}"
        return ""


def choose(wanted: Wanted, kinds: tuple[str, ...] = KINDS) -> Sniffer:
    """Start the best sniffer that is installed and permitted. Raises SnifferError."""
    denied = False
    for kind in kinds:
        folder = None if wanted.path else Path(tempfile.mkdtemp(prefix="pduscope-"))
        path = wanted.path or str(Path(folder or ".") / "live.pcapng")
        found = command(kind, wanted, path)
        try:
            if found is not None:
                return Sniffer(kind, found, wanted, folder)
        except _DeniedError:
            denied = True
        except SnifferError:
            _remove(folder)
            raise
        _remove(folder)
    raise SnifferError(permissions.advice(wanted.interface) if denied else permissions.missing())


def _guard(number: int) -> subprocess.Popen[bytes] | None:
    """A shell that ends a process once this one is gone: its standard input ends then.

    Our own sniffers see to that themselves; dumpcap would notice with the next packet,
    on a quiet network never.
    """
    shell = shutil.which("sh")
    if shell is None:  # Windows
        return None
    return subprocess.Popen(
        [shell, "-c", 'read -r _; kill -INT "$0"', str(number)], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
