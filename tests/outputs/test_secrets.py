"""Passcodes and tokens stay hidden in every output, in identities that are out of order too."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from dissect.cli import group
from dissect.terminal import run
from tests.craft import IMPLICIT, VERIFICATION, Talk, associate_ac, associate_rq
from tests.outputs.golden import CAPTURES

PASSCODE = b"swordfish99"
CONTEXTS = [(1, VERIFICATION, [IMPLICIT])]
ECHO = str(CAPTURES / "echo.pcap")
COMMANDS = [
    ("list",), ("show", "--hex", "--full", "--notes", "--pdus", "--hash"),
    ("show", "--format", "json", "--datasets", "--pdus", "--hash"), ("show", "--format", "csv"), ("check",),
    ("check", "--format", "ndjson"), ("check", "--format", "sarif"), ("check", "--format", "junit"),
    ("stats", "--each"), ("ladder",), ("ladder", "--format", "mermaid"), ("ladder", "--format", "svg"),
    ("diff", "--all", ECHO), ("diff", "--all", "--format", "ndjson", ECHO), ("send", "--set", "help"),
]  # fmt: skip


def identity(
    kind: int = 2, name: bytes = b"bob", passcode: bytes = PASSCODE, length: int | None = None
) -> bytes:
    """A user identity sub-item; `length` is what it says of its passcode (PS3.7 Table D.3-14)."""
    fields = struct.pack(">BBH", kind, 1, len(name)) + name
    fields += struct.pack(">H", len(passcode) if length is None else length) + passcode
    return struct.pack(">BBH", 0x58, 0, len(fields)) + fields


def response(length: int) -> bytes:
    """An acceptor's answer that says it has so many bytes."""
    return struct.pack(">BBHH", 0x59, 0, len(PASSCODE) + 2, length) + PASSCODE


def asking(extra: bytes, answer: bytes = b"") -> Callable[[Talk], None]:
    return lambda talk: talk.associate(CONTEXTS, extra_rq=extra, extra_ac=answer)


def outside(talk: Talk) -> None:
    """An identity that is no part of the user information."""
    body = associate_rq("SCU", "SCP", CONTEXTS)[6:] + identity()
    talk.requestor.raw(struct.pack(">BBI", 1, 0, len(body)) + body)
    talk.acceptor.raw(associate_ac("SCU", "SCP", [(1, IMPLICIT)]))


def too_short(talk: Talk) -> None:
    """A PDU whose length leaves out the end of the passcode."""
    pdu = associate_rq("SCU", "SCP", CONTEXTS, extra=identity())
    talk.requestor.raw(struct.pack(">BBI", 1, 0, len(pdu) - 6 - 5) + pdu[6:])
    talk.acceptor.raw(associate_ac("SCU", "SCP", [(1, IMPLICIT)]))


def too_late(talk: Talk) -> None:
    talk.associate(CONTEXTS)
    talk.requestor.raw(associate_rq("SCU", "SCP", CONTEXTS, extra=identity()))


CASES = {
    "sound": asking(identity()), "token": asking(identity(5, PASSCODE, b"")),
    "unknown type": asking(identity(9, PASSCODE)), "not its type": asking(identity(1)),
    "length too long": asking(identity(length=200)), "length too short": asking(identity(length=3)),
    "no name": asking(identity(name=b"")), "twice": asking(identity() * 2),
    "answer": asking(identity(), response(len(PASSCODE))), "answer too long": asking(b"", response(200)),
    "by the acceptor": asking(b"", identity()), "outside": outside, "too short": too_short,
    "too late": too_late,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_no_output_tells_a_secret(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    CASES[case](talk)
    talk.echo()
    talk.release()
    path = str(talk.write(tmp_path / "talk.pcap"))
    parts = [PASSCODE[at : at + 3] for at in range(len(PASSCODE) - 2)]
    told = [text for part in parts for text in (part.hex(" "), part.hex())]
    told += [PASSCODE[at : at + 5].decode() for at in range(len(PASSCODE) - 4)]
    for command in COMMANDS:
        assert run(group, [*command, path]) in (0, 1, 2)
        done = capsys.readouterr()
        text = done.out + done.err.lower()
        assert not [each for each in told if each in text or each in text.lower()], command


def test_what_is_not_secret_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    CASES["twice"](talk)
    path = str(talk.write(tmp_path / "talk.pcap"))
    assert run(group, ["check", "--rule", "dup-subitem", path]) == 1
    assert "58 00 00 14 02 01 00 03 62 6F 62 00 0B ** ** ** ..\n" in capsys.readouterr().out
    assert run(group, ["show", "--show-secrets", path]) == 0
    assert PASSCODE.decode() in capsys.readouterr().out
