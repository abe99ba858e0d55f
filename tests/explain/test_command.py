"""`pduscope explain` and `pduscope import` as somebody types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import dissect
from tests import peers
from tests.explain.story import ECHO, RELEASE, STORY, TEXT
from tests.test_cli import ROOT, on_a_terminal, run, told


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(TEXT)
    return path


def answered() -> str:
    """The story with the answers of the other side."""
    accept = bytes.fromhex("0200000000b8") + STORY[6:99]
    accept += bytes.fromhex("21000019 01000000 40000011") + b"1.2.840.10008.1.2" + STORY[149:211]
    elements = bytes.fromhex("0000 0001 0200 0000 3080 0000 2001 0200 0000 0100")
    elements += bytes.fromhex("0000 0008 0200 0000 0101 0000 0009 0200 0000 0000")
    response = bytes.fromhex("0400 0000 0054 0000 0050 01 03 0000 0000 0400 0000 4200 0000")
    response += ECHO[24:50] + elements
    request, echo = TEXT.split("# C-ECHO-RQ")
    echo, release = echo.split("# A-RELEASE-RQ")
    answers = [accept.hex(" "), response.hex(" "), "06 00 00 00 00 04 00 00 00 00"]
    return "".join(
        f"{asked}< {answer}\n" for asked, answer in zip((request, echo, release), answers, strict=True)
    )


def test_the_story_is_explained_byte_by_byte(story: Path) -> None:
    done = run("explain", "--depth", "bytes", story, COLUMNS="80")
    assert done.returncode == 0
    assert done.stderr == ""
    for words in ("A-ASSOCIATE-RQ  ECHOSCU > ANY-SCP", "PDU length: 205", "byte 1: 0 × 16,777,216 = 0",
                  "Command Set  C-ECHO-RQ", "(0000,0110) Message ID  1", "A-RELEASE-RQ"):  # fmt: skip
        assert words in done.stdout
    assert done.stdout.endswith("Nothing here is wrong.\n")
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


@pytest.mark.parametrize("columns", ["80", "200"])
def test_lines_fit_the_screen(story: Path, columns: str) -> None:
    lines = run("explain", story, COLUMNS=columns).stdout.splitlines()
    assert max(map(len, lines)) <= min(int(columns), 150)


def test_a_wrong_byte_is_named_with_its_place_in_the_text(story: Path) -> None:
    story.write_text(TEXT.replace("00 00 00 CD", "00 00 00 CC"))
    done = run("explain", "--depth", "items", story, COLUMNS="140")
    assert "✗ expected 000000CD: so many bytes are in this PDU (line 4, column 9)" in done.stdout
    assert done.stdout.endswith("1 place not as expected: line 4, column 9\n")


def test_bytes_may_be_arguments_or_come_from_stdin() -> None:
    expected = run("explain", RELEASE.hex()).stdout
    assert "A-RELEASE-RQ" in expected
    assert run("explain", *RELEASE.hex(" ").split()).stdout == expected
    piped = subprocess.run(
        [sys.executable, "-m", "dissect", "explain", "-"], input=RELEASE, capture_output=True, cwd=ROOT
    )
    assert piped.stdout.decode().split() == expected.split()


def test_a_file_of_bytes_needs_no_hex(tmp_path: Path) -> None:
    path = tmp_path / "story.bin"
    path.write_bytes(STORY)
    assert "Command Set  C-ECHO-RQ" in run("explain", path).stdout


def test_both_sides_are_told_apart(story: Path) -> None:
    story.write_text(answered())
    out = run("explain", "--depth", "items", story).stdout
    assert out.index("> sent by the requestor") < out.index("< sent by the acceptor")
    assert "Presentation Context  1: 0 (acceptance)" in out


def test_numbers_codes_and_names_are_explained() -> None:
    done = run("explain", "17149697", "0xA700", "1/1/7", "(0008,0018)", "1.2.840.10008.1.2", "C-ECHO")
    assert done.returncode == 0
    for words in ("16 03 [01 05 AF 01]", "Out of resources", "called-AE-title-not-recognized",
                  "SOP Instance UID",
                  "Implicit VR Little Endian", "C-ECHO-RQ, command field 0x0030"):  # fmt: skip
        assert words in done.stdout


def test_negative_numbers_are_no_options() -> None:
    done = run("explain", "-1", "--depth", "items")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("-1\n")
    assert "undefined length" in done.stdout
    assert "No such option" in told(run("explain", "-x"))


def test_passcodes_are_hidden(tmp_path: Path) -> None:
    secret = bytes.fromhex("58000011 02 01 0005") + b"admin" + b"\0\6" + b"p4sswd"
    user = b"\x50\0\0" + bytes([len(secret) + 58]) + STORY[153:211] + secret
    body = STORY[6:149] + user
    path = tmp_path / "identity.bin"
    path.write_bytes(b"\1\0" + len(body).to_bytes(4, "big") + body)
    hidden = run("explain", "--depth", "bytes", path).stdout
    assert "User Identity" in hidden
    assert "p4sswd" not in hidden
    assert b"p4ss".hex(" ") not in hidden
    assert "p4sswd" in run("explain", "--show-secrets", path).stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("explain", "xyzzy"), "xyzzy: no such file, and no bytes, number or name that means anything here"),
        (("explain", ""), "pduscope: there is nothing to explain"),
        (("explain", "captures"), "captures: this is a directory; give a file"),
        (("explain", "captures/print.pcap"), "this is a capture; pduscope show --hex --notes explains it"),
        (("explain", r"\x05 0g"), "hex: line 1, column 7: expected two hexadecimal digits for each byte"),
        (("import", "05 0", "-w", "x.pcap"), "hex: line 1, column 4: expected two hexadecimal digits"),
        (("import", "LICENSE", "-w", "x.pcap"), "LICENSE: line 1, column "),
        (("explain",), "Missing argument 'FILE-or-HEX-or-NUMBER...'"),
    ],
)
def test_what_cannot_be_explained_gets_one_line_and_status_2(
    arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in told(run(*arguments))


def test_an_import_is_a_capture_that_reads_back(story: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    story.write_text(answered())
    assert run("import", story, "-w", out).returncode == 0
    (association,) = dissect.open(out).associations
    assert association.outcome == "released" or [each.command for each in association.messages] == [
        "C-ECHO-RQ"
    ]
    listed = run("list", out).stdout
    assert "C-ECHO" in listed


def test_an_import_never_overwrites_unasked(story: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    out.write_text("precious")
    assert "the file exists already; --overwrite replaces it" in told(run("import", story, "-w", out))
    assert out.read_text() == "precious"
    assert run("import", story, "-w", out, "--overwrite").returncode == 0
    assert out.stat().st_size > 300


def test_tshark_reads_an_import(story: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    story.write_text(answered())
    assert run("import", story, "-w", out).returncode == 0
    rows = peers.tshark_fields(out, ["ip.src", "dicom.pdu.type"])
    assert [tuple(row) for row in rows] == [
        ("192.0.2.1", "0x01"), ("192.0.2.2", "0x02"), ("192.0.2.1", "0x04"), ("192.0.2.2", "0x04"),
        ("192.0.2.1", "0x05"), ("192.0.2.2", "0x06"),
    ]  # fmt: skip
    checked = peers.tshark(out, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-V")
    assert "incorrect" not in checked
    assert peers.tshark(out, "-Y", "tcp.analysis.flags") == ""


def test_without_marks_the_pdus_tell_who_sent_them(tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    assert run("import", (STORY + b"\6" + RELEASE[1:]).hex(), "-w", out).returncode == 0
    (association,) = dissect.open(out).associations
    assert association.outcome == "released"


def test_colour_is_for_terminals(story: Path) -> None:
    assert "\x1b[1mA-ASSOCIATE-RQ\x1b[0m" in on_a_terminal("explain", story)
    assert "\x1b" not in on_a_terminal("explain", story, NO_COLOR="1")
    assert "\x1b" not in run("explain", story).stdout


def test_help_has_examples() -> None:
    assert "pduscope explain 17149697" in run("explain", "--help").stdout
    assert "pduscope import association.txt -w association.pcap" in run("import", "--help").stdout


def test_ascii_terminals_get_ascii(story: Path) -> None:
    story.write_text(TEXT.replace("00 00 00 CD", "00 00 00 CC"))
    done = run("explain", "--depth", "bytes", story, PYTHONIOENCODING="ascii")
    assert done.stdout.isascii()
    assert "! expected 000000CD" in done.stdout
