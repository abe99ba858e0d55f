"""What an association requestor may send, out of hex text, a file of bytes, or a capture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dissect.verbs import captures
from dissect.verbs.octets import STDIN, InputError, Run, is_capture, is_file, read_runs

if TYPE_CHECKING:
    from dissect.dicom.associations import Association
    from dissect.explain.splitting import Part

RAW = "--raw sends it as it is"


class Sendable(NamedTuple):
    """PDUs in their order; `answers` are those of the acceptor in hex text, which are left out."""

    pdus: list[bytes]
    answers: int


def sendable(given: str, association: int | None, *, raw: bool) -> Sendable:
    """The PDUs that a file, stdin or hex text holds to be sent; with `raw` those that are wrong as well.

    `association` is a number in a capture. Raises InputError, and CaptureError where one cannot be read.
    """
    if is_capture(given):
        return _captured(given, association, raw=raw)
    name = "stdin" if given == STDIN else given
    if not is_file(given):
        raise InputError(f"{name}: there is no such file")
    if association is not None:
        raise InputError(f"{name}: --association goes with captures, and this is none")
    found = [each for run in read_runs(given) for each in _requested(name, run, raw=raw)]
    pdus = [pdu for pdu in found if pdu is not None]
    if not pdus:
        raise InputError(f"{name}: all of it is what an acceptor sends: there is nothing to send to one")
    return Sendable(pdus, len(found) - len(pdus))


def _requested(name: str, run: Run, *, raw: bool) -> Iterator[bytes | None]:
    """The PDUs of a run; None in the place of one that acceptors send."""
    from dissect.explain.splitting import split  # deferred: Scapy takes 0.24 s
    from dissect.outputs.handwritten import directed
    from dissect.wire.hextext import ACCEPTOR

    parts = list(split(run.data))
    if raw:
        if run.direction == ACCEPTOR:
            yield None
            return
        # what is no PDU may belong to the one before it, whose length is wrong: it goes with that
        starts = [part.start for part in parts if part.is_pdu or not part.start]
        for start, stop in pairwise([*starts, len(run.data)]):
            yield run.data[start:stop]
        return
    for part, (side, octets) in zip(parts, directed([(None, run.data)]), strict=True):
        if (run.direction or side) == ACCEPTOR:
            yield None
            continue
        place = run.where(part.start)
        wrong = _wrong(part, octets)
        if wrong:
            raise InputError(f"{name}: {f'{place}: ' if place else ''}{wrong}")
        yield octets


def _wrong(part: Part, octets: bytes) -> str:
    """Why bytes are no PDU that is fit to be sent."""
    if part.stranger:
        return f"this is {part.stranger.name}; PDUs are sent, in hexadecimal or as they are"
    if not part.is_pdu:
        return f"no PDU begins with {octets[:4].hex(' ').upper()}; {RAW}"
    if len(octets) < 6:
        return f"a PDU begins with 6 bytes, and here are {len(octets)}; {RAW}"
    stated = int.from_bytes(octets[2:6], "big")
    if stated != len(octets) - 6:
        return f"the PDU length says {stated:,}, and {len(octets) - 6:,} bytes follow it; {RAW}"
    return ""


def _captured(name: str, number: int | None, *, raw: bool) -> Sendable:
    """The requestor's PDUs of one association."""
    association = captures.association(name, number)
    wrong = "" if raw else _lost(association)
    if wrong:
        raise InputError(f"{name}: association {association.index}: {wrong}")
    side = association.requestor_side
    pieces = association.framers[side].direction.pieces
    pdus = [pdu for sender, pdu in association.pdus() if sender == side]
    if raw:  # what follows a PDU and is none goes with it
        start, stop = association.reach(side)
        borders = list(pairwise([start, *(pdu.start for pdu in pdus[1:]), stop]))
    else:
        borders = [(pdu.start, pdu.stop) for pdu in pdus]
    return Sendable([pieces.read(*each) for each in borders], answers=0)


def _lost(association: Association) -> str:
    if association.request is None:
        return f"its A-ASSOCIATE-RQ was not captured; {RAW}"
    if association.gaps(association.requestor_side):
        return "bytes of its requestor are missing in the capture; --raw sends zeros for them"
    return ""
