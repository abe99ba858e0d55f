"""What DICOM ports also see: TLS, HTTP, and peers that speak the wrong one of them."""

from __future__ import annotations

import ssl
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from pynetdicom import AE, evt

from recording import dcmtk, dcmtk_log, objects
from recording.listener import Listener, association, entity, scp
from recording.processes import run_tool
from recording.registry import recipe
from recording.stage import PORT, Stage
from recording.truth import Association

from .echo import VERIFICATION
from .retrieve import accept_store


def certificate(stage: Stage) -> tuple[Path, Path]:
    """A key and a certificate for it, signed by itself."""
    key, made = stage.path("key.pem"), stage.path("certificate.pem")
    subject = ("-subj", "/CN=Example", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(made))
    run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files)
    return key, made


def hidden(associations: list[Association]) -> list[Association]:
    """Encrypted: what the peers did, of which the capture shows nothing."""
    for each in associations:
        for message in each.messages:
            message.captured = "no"
    return associations


@recipe(
    "tls.pcap",
    "A C-ECHO within TLS, without the keys to read it.",
    "echoscu {dcmtk} -> storescp {dcmtk}",
    tools=("echoscu", "storescp", "openssl"),
    note="Encrypted: the association is what the peers logged, none of it can be read.",
)
def tls(stage: Stage) -> list[Association]:
    key, made = certificate(stage)
    options = ("+tls", str(key), str(made), "+cf", str(made))
    with dcmtk.storescp(stage, *options), stage.tcpdump():
        log = dcmtk.scu(stage, "echoscu", *options)
    return hidden(dcmtk_log.associations(log, "requestor"))


@recipe(
    "tls-keys.pcapng",
    "C-ECHO and C-STORE within TLS 1.3, the keys in a decryption secrets block.",
    "pynetdicom {pynetdicom} -> pynetdicom {pynetdicom}, Python {python}",
    tools=("dumpcap", "editcap", "openssl"),
    note="The messages can be read with the secrets in the capture.",
)
def tls_keys(stage: Stage) -> list[Association]:
    key, made = certificate(stage)
    secrets, plain = stage.path("secrets"), stage.path("plain.pcapng")
    with_secrets, stage.capture = stage.capture, plain
    inbound = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inbound.load_cert_chain(made, key)
    outbound = ssl.create_default_context(cafile=str(made))
    outbound.keylog_filename = str(secrets)
    acceptor = AE(ae_title="ARCHIVE")
    acceptor.add_supported_context(VERIFICATION)
    acceptor.add_supported_context(objects.CT)
    heard = Listener()
    handlers = [(evt.EVT_C_STORE, accept_store)]
    sender = entity("SENDER", VERIFICATION, objects.CT)
    with scp(acceptor, Listener(), handlers, ssl_context=inbound), stage.dumpcap():
        tls_args = (outbound, "127.0.0.1")
        with association(sender, heard, called="ARCHIVE", tls_args=tls_args) as peer:
            peer.send_c_echo(msg_id=1)
            peer.send_c_store(objects.gray(objects.CT), msg_id=2)
    run_tool("editcap", "--inject-secrets", f"tls,{secrets}", str(plain), str(with_secrets))
    return heard.associations


@recipe(
    "tls-on-plain-port.pcap",
    "A TLS client greets a DICOM port that speaks no TLS; storescp resets the connection.",
    "echoscu {dcmtk} -> storescp {dcmtk}",
    tools=("echoscu", "storescp", "openssl"),
)
def tls_on_plain_port(stage: Stage) -> list[Association]:
    key, made = certificate(stage)
    with dcmtk.storescp(stage), stage.tcpdump():
        dcmtk.scu(stage, "echoscu", "+tls", str(key), str(made), "+cf", str(made))
    return []


class Page(BaseHTTPRequestHandler):
    """A page that mentions DICOM and is none."""

    def do_GET(self) -> None:
        body = b"<title>DICM</title><p>Not DICOM at all.</p>" * 40
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet: the server would write to standard error."""


@recipe(
    "http.pcap",
    "An HTTP exchange on another port: no DICOM in this capture.",
    "urllib -> http.server, Python {python}",
)
def http(stage: Stage) -> list[Association]:
    server = HTTPServer(("127.0.0.1", 8080), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with stage.tcpdump(), urllib.request.urlopen("http://127.0.0.1:8080/") as answer:
            answer.read()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return []


@recipe(
    "http-on-dicom-port.pcap",
    "An HTTP client asks a DICOM port for a page; storescp resets the connection.",
    "urllib, Python {python} -> storescp {dcmtk}",
    tools=("storescp",),
)
def http_on_dicom_port(stage: Stage) -> list[Association]:
    with dcmtk.storescp(stage), stage.tcpdump():
        with suppress(urllib.error.URLError, OSError):  # no answer, or none in HTTP
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).read()
    return []
