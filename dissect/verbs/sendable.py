"""What an association requestor may send, out of hex text, a file of bytes, or a capture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dissect.verbs import captures
from dissect.verbs.octets import STDIN, InputError, Run, is_capture, is_file, read_runs

if TYPE_CHECKING:
    from dissect.capture import Capture
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
        return _captured(captures.read([given]), association, raw=raw)
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

    for part, (side, octets) in zip(split(run.data), directed([(None, run.data)]), strict=True):
        if (run.direction or side) == "<" and not (raw and run.direction is None):
            yield None
            continue
        place = run.where(part.start)
        wrong = "" if raw else _wrong(part, octets)
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


def _captured(capture: Capture, number: int | None, *, raw: bool) -> Sendable:
    """The requestor's PDUs of one association."""
    captures.tell_damage(capture)
    found = capture.associations
    if not found:
        raise InputError(f"{capture.name}: no DICOM associations: {captures.contents(capture)}")
    if number is None and len(found) > 1:
        raise InputError(
            f"{capture.name}: there are {len(found):,} associations; --association N sends one of them"
        )
    if number is not None and number > len(found):
        raise InputError(f"{capture.name}: there is no association {number}, but {len(found):,} at most")
    association = found[(number or 1) - 1]
    wrong = "" if raw else _lost(association)
    if wrong:
        raise InputError(f"{capture.name}: association {association.index}: {wrong}")
    side = association.requestor_side
    pieces = association.framers[side].direction.pieces
    pdus = [pieces.read(pdu.start, pdu.stop) for sender, pdu in association.pdus() if sender == side]
    return Sendable(pdus, answers=0)


def _lost(association: Association) -> str:
    if association.request is None:
        return f"its A-ASSOCIATE-RQ was not captured; {RAW}"
    if association.gaps(association.requestor_side):
        return "bytes of its requestor are missing in the capture; --raw sends zeros for them"
    return ""
