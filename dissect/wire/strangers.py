"""Protocols and files that turn up where DICOM is expected, known by how they begin."""

from __future__ import annotations

from typing import NamedTuple


class Stranger(NamedTuple):
    """How something that is not DICOM begins, what it is, and what usually makes it turn up."""

    start: bytes
    name: str
    cure: str


WEB = "The port belongs to a web server or web client, not to a DICOM application."
TLS = "One side speaks TLS, the other does not: make both sides secure, or neither."
SHELL = "The port belongs to an SSH server."
HL7 = "An HL7 sender or receiver is configured with the DICOM port."
FILE = "This is a file, not what goes over a network."

STRANGERS = (
    Stranger(b"HTTP/1.1 ", "an HTTP response", WEB),
    Stranger(b"HTTP/1.0 ", "an HTTP response", WEB),
    Stranger(b"GET / HTTP/1.1", "an HTTP request", WEB),
    Stranger(b"GET /", "an HTTP request", WEB),
    Stranger(b"POST /", "an HTTP request", WEB),
    Stranger(b"PUT /", "an HTTP request", WEB),
    Stranger(b"HEAD /", "an HTTP request", WEB),
    Stranger(b"OPTIONS ", "an HTTP request", WEB),
    Stranger(b"CONNECT ", "an HTTP request to a proxy", WEB),
    Stranger(b"PRI * HTTP/2.0", "HTTP/2", WEB),
    Stranger(b"<?xml ", "XML", WEB),
    Stranger(b"<!DOCTYPE ", "a web page", WEB),
    Stranger(b"<html", "a web page", WEB),
    Stranger(b"SSH-2.0-", "SSH", SHELL),
    Stranger(b"SSH-1.99-", "SSH", SHELL),
    Stranger(b"\x0bMSH|^~\\&", "HL7 over MLLP", HL7),
    Stranger(b"MSH|^~\\&", "HL7", HL7),
    Stranger(b"\x16\x03", "a TLS handshake", TLS),
    Stranger(b"\x15\x03", "a TLS alert", TLS),
    Stranger(b"\x17\x03\x03", "TLS application data", TLS),
    Stranger(b"PROXY TCP", "a PROXY protocol header", "A load balancer adds it: switch that off for DICOM."),
    Stranger(b"DICM", "the prefix of a DICOM file", FILE),
    Stranger(b"\x1f\x8b\x08", "gzip", FILE),
    Stranger(b"PK\x03\x04", "a zip archive", FILE),
    Stranger(b"\x89PNG", "a PNG image", FILE),
    Stranger(b"\xff\xd8\xff", "a JPEG image", FILE),
)


def recognise(data: bytes) -> Stranger | None:
    """What `data` begins like, if that is known and is not DICOM."""
    if data[128:132] == b"DICM":
        return Stranger(data[:132], "a DICOM file with its preamble", FILE)
    for stranger in STRANGERS:
        if data.startswith(stranger.start):
            return stranger
    head = data[:24]
    if len(head) >= 8 and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in head):
        return Stranger(head, "text", "Some program answers in its own words: read them.")
    return None
