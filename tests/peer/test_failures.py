"""What `pduscope send` and `echo` say, and how they end, where the peer or the file does not do its part."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from dissect.peer.connection import Connection
from tests.craft import IMPLICIT, abort, associate_ac, command_set, p_data, pdv
from tests.explain.story import STORY
from tests.peer.scripted import Script, free, reset, scripted, until_closed
from tests.peer.test_send import ECHO as ECHO_TEXT
from tests.peer.test_send import ROOT, Command
from tests.peer.test_send import pduscope as pduscope

ACCEPT = associate_ac("PDUSCOPE", "ANY-SCP", [(1, IMPLICIT)])
ECHOED = p_data(
    pdv(1, 3, command_set(CommandField=0x8030, MessageIDBeingRespondedTo=1, CommandDataSetType=257, Status=0))
)
REJECT = bytes.fromhex("03000000000400010107")


def answering(*answers: bytes) -> Script:
    """Answer each write of the requestor, then read on."""

    def script(plug: socket.socket) -> None:
        for answer in answers:
            assert plug.recv(1 << 16)
            plug.sendall(answer)
        until_closed(plug)

    return script


def after_request(then: Script) -> Script:
    def script(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        then(plug)

    return script


def trouble(pduscope: Command, script: Script, *options: str, status: int = 1) -> str:
    """The line on stderr."""
    with scripted(script) as address:
        pduscope("send", ECHO_TEXT, "--to", str(address), "--timeout", "0.3", *options, status=status)
    (line,) = pduscope.error.splitlines()
    assert line.startswith("pduscope: ")
    return line.removeprefix("pduscope: ")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1", "'127.0.0.1' is no address: expected HOST:PORT, such as 127.0.0.1:104"),
        ("pacs.invalid:104", "pacs.invalid is no name that is known here ("),
        ("255.255.255.255:104", "255.255.255.255:104 cannot be reached ("),
    ],
)
@pytest.mark.parametrize("verb", [("echo",), ("send", ECHO_TEXT, "--to")])
def test_a_peer_that_is_not_there(pduscope: Command, verb: tuple[str, ...], address: str, said: str) -> None:
    assert pduscope(*verb, address, status=2) == ""
    assert pduscope.error.startswith(f"pduscope: {said}")


def test_nothing_listens(pduscope: Command) -> None:
    address = str(free())
    for verb in (("echo",), ("send", ECHO_TEXT, "--to")):
        assert pduscope(*verb, address, status=2) == ""
        assert pduscope.error == f"pduscope: nothing listens at {address}\n"


SILENT = ": it may expect TLS, or serve nobody who calls from here"


@pytest.mark.parametrize("verb", [("echo",), ("send", ECHO_TEXT, "--to")])
def test_a_peer_that_does_not_answer_gets_an_abort(pduscope: Command, verb: tuple[str, ...]) -> None:
    heard = bytearray()

    def deaf(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(ACCEPT)
        while more := plug.recv(1 << 16):
            heard.extend(more)

    with scripted(deaf) as address:
        text = pduscope(*verb, str(address), "--timeout", "0.2", status=1)
    assert heard[80:] == abort(0, 0)
    assert "→ A-ABORT" in text
    assert pduscope.error == "pduscope: no answer to the C-ECHO-RQ within 0.2 s\n"


def test_nothing_is_answered(pduscope: Command) -> None:
    assert trouble(pduscope, until_closed) == "no answer to the A-ASSOCIATE-RQ within 0.3 s"
    assert "→ A-ASSOCIATE-RQ" in pduscope.out
    assert "→ P-DATA-TF" not in pduscope.out
    assert trouble(pduscope, answering(ACCEPT)) == "no answer to the C-ECHO-RQ within 0.3 s"


def test_the_connection_ends_without_an_answer(pduscope: Command) -> None:
    closed = "the peer closed the connection instead of answering the "
    assert trouble(pduscope, after_request(lambda plug: None)) == f"{closed}A-ASSOCIATE-RQ{SILENT}"
    assert trouble(pduscope, after_request(reset)) == f"the peer reset the connection{SILENT}"

    def close_later(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(ACCEPT)
        plug.recv(1 << 16)

    assert trouble(pduscope, close_later) == f"{closed}C-ECHO-RQ"
    assert "TCP closed without release" in pduscope.out


def test_a_peer_that_speaks_tls(pduscope: Command) -> None:
    alert = bytes.fromhex("15 03 01 00 02 02 28")
    assert trouble(pduscope, answering(alert)) == (
        "the peer answers with a TLS alert, not with DICOM. One side speaks TLS, the other does not: make "
        "both sides secure, or neither."
    )
    assert "✗ expected a PDU" in pduscope.out


def test_a_web_server(pduscope: Command) -> None:
    class Web(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    # a line end in a reserved byte makes the web server answer what it takes for a request
    pduscope("send", ECHO_TEXT, "--to", f"127.0.0.1:{server.server_port}", "--timeout", "5", "--set",
             "A-ASSOCIATE-RQ.reserved3[1]=" + "0a" * 32, status=1)  # fmt: skip
    thread.join()
    server.server_close()
    assert "not with DICOM. The port belongs to a web server" in pduscope.error


def test_garbage_and_lengths_that_cannot_be(pduscope: Command) -> None:
    assert trouble(pduscope, answering(b"\xde\xad\xbe\xef")) == (
        "the peer sent what is no PDU, it begins with DE AD BE EF"
    )
    assert trouble(pduscope, answering(b"\2\0\xff\xff\xff\xff\0\1")) == (
        "the peer announces a PDU of 4,294,967,295 bytes; 64 MB at most are waited for"
    )


def test_a_dribble(pduscope: Command) -> None:
    stopped = threading.Event()

    def dribble(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(ACCEPT[:20])
        while not stopped.wait(0.05):
            plug.send(b"\0")

    said = trouble(pduscope, dribble)
    stopped.set()
    assert said.startswith("no whole PDU within 0.3 s: ")
    assert said.endswith(f" of {len(ACCEPT)} bytes came")


def test_half_an_answer(pduscope: Command) -> None:
    def half(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(ACCEPT[:68])

    assert trouble(pduscope, half) == (
        f"the peer closed the connection in the middle of a PDU, after 68 of {len(ACCEPT)} bytes"
    )
    assert "A-ASSOCIATE-AC" in pduscope.out


def test_an_abort_instead_of_an_answer(pduscope: Command) -> None:
    with scripted(answering(ACCEPT, abort(2, 2))) as address:
        text = pduscope("send", ECHO_TEXT, "--to", str(address), status=1)
    assert text.splitlines()[-1] == (
        "The association was aborted by the acceptor (service-provider: unexpected-PDU)."
    )


def test_an_abort_while_a_message_is_sent(pduscope: Command) -> None:
    def abort_early(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        plug.sendall(associate_ac("STORESCU", "STORESCP", [(1, IMPLICIT)], maximum=0))
        plug.recv(1000)
        plug.sendall(abort(0, 0))

    with scripted(abort_early) as address:
        text = pduscope("send", "captures/big-segments.pcap", "--to", str(address), "-q", status=1)
    assert text == "The association was aborted by the acceptor (service-user).\n"


def test_raw_goes_on_without_an_answer(pduscope: Command) -> None:
    heard = bytearray()

    def deaf(plug: socket.socket) -> None:
        while more := plug.recv(1 << 16):
            heard.extend(more)

    with scripted(deaf) as address:
        pduscope("send", ECHO_TEXT, "--to", str(address), "--timeout", "0.1", "--raw", status=1)
    assert len(heard) == 220 + 80 + 10
    assert pduscope.error.splitlines() == [
        f"pduscope: no answer to the {name} within 0.1 s"
        for name in ("A-ASSOCIATE-RQ", "C-ECHO-RQ", "A-RELEASE-RQ")
    ]


@pytest.mark.parametrize("length", [0, 1, 100, 203, 207, 5000])
def test_raw_sends_a_pdu_whole_whatever_length_it_says(
    pduscope: Command, tmp_path: Path, length: int
) -> None:
    """Its rest does not wait for an answer to what its length makes of it."""
    request = STORY[:211]
    wrong = request[:2] + length.to_bytes(4, "big") + request[6:]
    path = tmp_path / "wrong.bin"
    path.write_bytes(wrong)
    heard = bytearray()

    def objecting(plug: socket.socket) -> None:
        heard.extend(plug.recv(1 << 16))
        plug.sendall(abort(2, 6))
        until_closed(plug)

    with scripted(objecting) as address:
        text = pduscope("send", path, "--to", str(address), "--raw", "--timeout", "5", status=1)
    assert bytes(heard) == wrong
    assert "← A-ABORT" in text
    assert "aborted by the acceptor (service-provider: invalid-PDU-parameter value)" in text


def test_raw_sends_what_is_no_pdu(pduscope: Command, tmp_path: Path) -> None:
    path = tmp_path / "garbage.txt"
    path.write_text("ff 00 00 00 00 01 00")
    pduscope("send", path, "--to", "127.0.0.1:1", status=2)
    assert "no PDU begins with FF 00 00 00; --raw sends it as it is" in pduscope.error
    with scripted(answering(abort(2, 1))) as address:
        pduscope("send", path, "--to", str(address), "--raw", "--timeout", "1", status=1)


def test_a_response_to_something_else(pduscope: Command, tmp_path: Path) -> None:
    """A response to something else does not keep the release waiting."""
    command = command_set(
        CommandField=0x8030, MessageIDBeingRespondedTo=99, CommandDataSetType=0x0101, Status=0
    )
    response = p_data(pdv(1, 3, command))
    with scripted(answering(ACCEPT, response, bytes.fromhex("06000000000400000000"))) as address:
        text = pduscope("send", ECHO_TEXT, "--to", str(address), "--timeout", "2", status=1)
    assert text.splitlines()[-1] == "C-ECHO: no response; released"


ANSWERS = "all of it is what an acceptor sends: there is nothing to send to one"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"# nothing but a comment\n", "line 1, column 1: expected bytes in hexadecimal, found none"),
        (b"\0" * 128 + b"DICM" + bytes(40),
         "this is a DICOM file with its preamble; PDUs are sent, in hexadecimal or as they are"),
        (b"06 00 00 00 00 04 00 00 00 00", ANSWERS),
        (b"< 05 00 00 00 00 04 00 00 00 00", ANSWERS),
        (b"05 00 00", "a PDU begins with 6 bytes, and here are 3; --raw sends it as it is"),
        (STORY[:50], "the PDU length says 205, and 44 bytes follow it; --raw sends it as it is"),
        (STORY[:5] + b"\xcc" + STORY[6:],
         "the PDU length says 204, and 205 bytes follow it; --raw sends it as it is"),
    ],
)  # fmt: skip
def test_a_file_that_holds_nothing_to_send(
    pduscope: Command, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    assert pduscope("send", path, "--to", "127.0.0.1:1", status=2) == ""
    assert pduscope.error == f"pduscope: {path}: {said}\n"


def test_captures_without_what_is_wanted(pduscope: Command, tmp_path: Path) -> None:
    for arguments, said in (
        (("captures/identity.pcap",), "there are 6 associations: say which with --association"),
        (("captures/identity.pcap", "--association", "7"), "there is no association 7, the last is 6"),
        (("captures/mid-store.pcap",), "association 1: its A-ASSOCIATE-RQ was not captured; --raw"),
        (
            ("captures/lossy-monitor.pcap",),
            "association 1: bytes of its requestor are missing in the capture",
        ),
        (("captures/http.pcap",), "no DICOM associations: "),
        (("captures/echo.txt", "--association", "1"), "--association goes with captures, and this is none"),
        (("nothere.txt",), "there is no such file"),
    ):
        pduscope("send", *arguments, "--to", "127.0.0.1:1", status=2)
        assert pduscope.error.startswith(f"pduscope: {arguments[0]}: {said}"), pduscope.error


def test_a_pipe_is_read_from_its_first_byte(pduscope: Command, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(ECHO_TEXT.read_bytes(),), daemon=True)
    writer.start()
    text = pduscope("send", pipe, "--set", "help")
    writer.join(10)
    assert text == pduscope("send", ECHO_TEXT, "--set", "help")


def test_where_nothing_can_be_written_is_known_before_the_dialogue(pduscope: Command, tmp_path: Path) -> None:
    out = tmp_path / "none" / "out.pcap"
    for verb in (("echo", "127.0.0.1:1"), ("send", ECHO_TEXT, "--to", "127.0.0.1:1"), ("import", ECHO_TEXT)):
        pduscope(*verb, "-w", out, status=2)
        assert pduscope.error == f"pduscope: {out}: there is no such directory\n"


def test_a_dialogue_that_could_not_be_kept_is_no_success(pduscope: Command) -> None:
    release = bytes.fromhex("06000000000400000000")
    with scripted(answering(ACCEPT, ECHOED, release)) as address:
        text = pduscope("echo", str(address), "-q", "-w", "/dev/full", "--overwrite", status=2)
    assert text.startswith("C-ECHO: Success")
    assert pduscope.error == "pduscope: /dev/full: No space left on device\n"


def test_options_that_do_not_go_together(pduscope: Command) -> None:
    for arguments, said in (
        (
            ("--raw", "--called-ae", "X"),
            "--raw sends bytes as they are: it goes without --set, --called-ae, ",
        ),
        (("--set", "max_length=1"), "'max_length=1' is no setting: expected NAME.FIELD=VALUE"),
        (("--set", "C-FIND-RQ.MessageID=1"), "there is no C-FIND-RQ to set fields of, only A-ASSOCIATE-RQ, "),
        (
            ("--called-ae", "A TITLE THAT IS TOO LONG"),
            "called_ae_title: an AE title has at most 16 characters",
        ),
        (("-w", "captures"), "captures: this is a directory; give a file in it"),
        (("--timeout", "0"), "Invalid value for '--timeout'"),
    ):
        assert pduscope("send", ECHO_TEXT, "--to", "127.0.0.1:1", *arguments, status=2) == ""
        assert pduscope.error.startswith(f"pduscope: {said}"), pduscope.error
    pduscope("send", ECHO_TEXT, status=2)
    assert pduscope.error.startswith("pduscope: missing option --to HOST:PORT")
    pduscope("echo", "127.0.0.1:1", "--called-ae", "A TITLE THAT IS TOO LONG", status=2)
    assert "is no AE title: 1 to 16 ASCII characters, no backslash" in pduscope.error


def test_the_fields_of_a_file_are_listed_as_they_are_set(pduscope: Command) -> None:
    text = pduscope("send", ECHO_TEXT, "--set", "help")
    rows = dict(line.split(None, 1) for line in text.splitlines())
    assert rows["A-ASSOCIATE-RQ.maximum_length_received"] == "16384"
    assert rows["C-ECHO-RQ.MessageID"] == "1"


def test_an_interrupt_as_a_pdu_has_just_gone_out(pduscope: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = bytearray()

    def deaf(plug: socket.socket) -> None:
        while more := plug.recv(1 << 16):
            heard.extend(more)

    def interrupted(connection: Connection, octets: bytes) -> None:
        send(connection, octets)
        if octets[0] == 1:
            raise KeyboardInterrupt

    send = Connection.send
    monkeypatch.setattr(Connection, "send", interrupted)
    with scripted(deaf) as address:
        pduscope("send", ECHO_TEXT, "--to", str(address), status=130)
    assert heard.endswith(abort(0, 0))


def test_an_interrupt_ends_it_at_once() -> None:
    asked = threading.Event()
    heard = bytearray()

    def deaf(plug: socket.socket) -> None:
        plug.recv(1 << 16)
        asked.set()
        while more := plug.recv(1 << 16):
            heard.extend(more)

    with scripted(deaf) as address:
        command = [sys.executable, "-m", "dissect", "send", "-", "--to", str(address), "--timeout", "60"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdin is not None
        process.stdin.write(ECHO_TEXT.read_bytes())
        process.stdin.close()
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        process.stderr.close()
    assert heard == abort(0, 0)
